using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>What a family's module is drawn for.</summary>
internal sealed record DrawingContext(Generator Generator, InstrumentFacts Instrument, string Timeframe, MembershipKind Shape, int Words);

/// <summary>
/// A kind of indicator and how a design uses it. Oscillators of a known range get fuzzy sets; what is measured in units of price goes in raw with
/// z-scores fitted on training rows, because no fixed set fits it.
/// </summary>
/// <param name="Name">Short name in blocks and strategy names.</param>
/// <param name="Type">Canonical name in the catalog.</param>
/// <param name="Words">How a hypothesis calls it.</param>
/// <param name="IsLevel">Follows the price itself: at most one per design, and never alone, since its later values lie outside what training saw.</param>
internal sealed record IndicatorFamily(string Name, string Type, string Words, bool IsLevel, Func<DrawingContext, InputModule> Draw)
{
    public static IReadOnlyList<IndicatorFamily> All { get; } =
    [
        new("rsi", "rsi", "the RSI", false, c => Oscillator(c, "rsi", "rsi", [("period", [7, 10, 14, 21, 28])], null, new ValueRange(28, 72, 0, 100, 1), Momentary)),
        new("stochastic", "stochastic", "the stochastic", false, c => Oscillator(
            c, "stochastic", "stochastic", [("k_period", [9, 14, 21, 34]), ("d_period", [3, 5]), ("smooth_k", [3, 5])], c.Generator.NextInt(2) == 0 ? "k" : "d", new ValueRange(15, 85, 0, 100, 1), Momentary)),
        new("adx", "adx", "the ADX", false, DirectionalMovement),
        new("roc", "roc", "the rate of change", false, RateOfChange),
        new("macd", "macd", "the MACD", false, Convergence),
        new("atr", "atr", "the ATR", false, c => Raw(c, "atr", [Specify("atr", "atr", ("period", Pick(c, [10, 14, 28, 56])))], ["atr"])),
        new("bollinger", "bollingerbands", "the Bollinger bands", true, c => Raw(
            c, "bollinger", [Specify("bollinger", "bollingerbands", ("period", Pick(c, [14, 20, 40, 60])), ("multiplier", 1.5 + (0.5 * c.Generator.NextInt(3))))], ["bollinger.upper", "bollinger.lower"])),
        new("donchian", "donchianchannels", "the Donchian channel", true, c => Raw(
            c, "donchian", [Specify("donchian", "donchianchannels", ("period", Pick(c, [20, 34, 55, 100])))], ["donchian.upper", "donchian.lower"])),
        new("ema", "exponentialmovingaverage", "two exponential averages", true, c => Averages(c, "ema", "exponentialmovingaverage")),
        new("sma", "simplemovingaverage", "two simple averages", true, c => Averages(c, "sma", "simplemovingaverage")),
    ];

    private static string[] Momentary => ["oversold", "weak", "neutral", "strong", "overbought"];

    /// <summary>The family of an indicator type; a type without one is its own.</summary>
    public static string NameOf(string type) => All.FirstOrDefault(f => f.Type == type)?.Name ?? type;

    public static bool IsKnown(string name) => All.Any(f => f.Name == name);

    /// <summary>A family by name; a type that no family covers counts as following the price, the careful assumption.</summary>
    public static IndicatorFamily Find(string name) => All.FirstOrDefault(f => f.Name == name)
        ?? new IndicatorFamily(name, name, name, true, _ => throw new InvalidOperationException($"The designer cannot draw the indicator {name}."));

    private static InputModule Oscillator(DrawingContext c, string family, string type, (string Name, int[] Choices)[] parameters, string? output, ValueRange range, string[] words)
    {
        var arguments = parameters.Select(p => (p.Name, (object)Pick(c, p.Choices))).ToArray();
        return Fuzzy(c, family, Specify(family, type, arguments), output, range, words);
    }

    private static InputModule Fuzzy(DrawingContext c, string family, IndicatorSpec indicator, string? output, ValueRange range, string[] words)
    {
        var set = new FuzzySetSpec($"{family}_state", new IndicatorRef(family, output), FuzzyPartition.Draw(c.Generator, c.Shape, Select(words, c.Words), range));
        return new InputModule(family, [indicator], [set], [new NnInput(set.Id, null, [c.Timeframe])]);
    }

    private static InputModule RateOfChange(DrawingContext c)
    {
        var period = Pick(c, [6, 12, 24, 48]);
        var sigma = c.Instrument.PercentOver(c.Timeframe, period);
        var bound = Math.Round(50 * sigma, 2);
        var range = new ValueRange(-1.6 * sigma, 1.6 * sigma, -bound, bound, 4);
        return Fuzzy(c, "roc", Specify("roc", "roc", ("period", period)), null, range, ["falling_fast", "falling", "flat", "rising", "rising_fast"]);
    }

    /// <summary>The strength of a trend as words; for half of the draws its direction too, as the two directional indicators.</summary>
    private static InputModule DirectionalMovement(DrawingContext c)
    {
        var indicator = Specify("adx", "adx", ("period", Pick(c, [10, 14, 20, 28])));
        var strength = Fuzzy(c, "adx", indicator, "adx", new ValueRange(13, 42, 0, 100, 1), ["still", "slack", "moderate", "firm", "fierce"]);
        return c.Generator.NextInt(2) == 0
            ? strength
            : strength with { Inputs = strength.Inputs.Concat(Raw(c, "adx", [indicator], ["adx.plus_di", "adx.minus_di"]).Inputs).ToSequence() };
    }

    private static InputModule Convergence(DrawingContext c)
    {
        (int Fast, int Slow, int Signal)[] choices = [(12, 26, 9), (8, 21, 5), (24, 52, 18), (6, 48, 9)];
        var (fast, slow, signal) = choices[c.Generator.NextInt(choices.Length)];
        string[][] outputs = [["macd.histogram"], ["macd.line"], ["macd.line", "macd.histogram"]];
        return Raw(c, "macd", [Specify("macd", "macd", ("fast_period", fast), ("slow_period", slow), ("signal_period", signal))], outputs[c.Generator.NextInt(outputs.Length)]);
    }

    private static InputModule Averages(DrawingContext c, string family, string type)
    {
        var fast = Pick(c, [8, 12, 20]);
        var slow = fast * (2 + c.Generator.NextInt(4));
        return Raw(c, family, [Specify($"{family}_fast", type, ("period", fast)), Specify($"{family}_slow", type, ("period", slow))], [$"{family}_fast", $"{family}_slow"]);
    }

    private static InputModule Raw(DrawingContext c, string family, IndicatorSpec[] indicators, string[] references) => new(
        family, indicators.ToSequence(), [], references.Select(r => new NnInput(null, IndicatorRef.Parse(r), [c.Timeframe], NormalizationKind.ZScore)).ToSequence());

    private static IndicatorSpec Specify(string id, string type, params (string Name, object Value)[] arguments) =>
        IndicatorSpec.Create(id, type, arguments.ToDictionary(a => a.Name, a => (object?)a.Value, StringComparer.Ordinal));

    private static int Pick(DrawingContext c, int[] choices) => choices[c.Generator.NextInt(choices.Length)];

    /// <summary>The words for a partition of 3, 4 or 5, out of five from low to high.</summary>
    private static IReadOnlyList<string> Select(string[] five, int count) => count switch
    {
        3 => [five[0], five[2], five[4]],
        4 => [five[0], five[1], five[3], five[4]],
        _ => five,
    };
}
