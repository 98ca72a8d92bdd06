using System.Collections.Concurrent;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>All bars that a run may look at: what is not in it does not exist for the run.</summary>
public sealed class MarketView
{
    private static readonly Dictionary<string, BarSeries> Nothing = [];

    private readonly ConcurrentDictionary<(int Symbol, string Timeframe), Lazy<BarSeries>> _wider = new();

    /// <param name="symbols">Bars of the base timeframe, one series per symbol, each from its dataset's first bar: recursive indicators begin there.</param>
    /// <param name="context">Context series by source id.</param>
    /// <exception cref="InvalidInputException">No symbol, a symbol twice, or symbols of different timeframes.</exception>
    public MarketView(IReadOnlyList<BarSeries> symbols, IReadOnlyDictionary<string, BarSeries>? context = null)
    {
        if (symbols.Count == 0)
        {
            throw Invalid("there are no bars", "the bars of at least one symbol");
        }

        for (var i = 1; i < symbols.Count; i++)
        {
            if (symbols[i].Timeframe != symbols[0].Timeframe)
            {
                throw Invalid($"{symbols[i].Symbol} has timeframe {symbols[i].Timeframe.Name}", $"{symbols[0].Timeframe.Name}, as {symbols[0].Symbol}");
            }

            if (symbols.Take(i).Any(s => s.Symbol == symbols[i].Symbol))
            {
                throw Invalid($"{symbols[i].Symbol} is there twice", "each symbol once");
            }
        }

        Symbols = symbols;
        Context = context ?? Nothing;
    }

    public MarketView(BarSeries bars, IReadOnlyDictionary<string, BarSeries>? context = null)
        : this([bars], context)
    {
    }

    /// <summary>In the strategy's order.</summary>
    public IReadOnlyList<BarSeries> Symbols { get; }

    public IReadOnlyDictionary<string, BarSeries> Context { get; }

    /// <summary>The first symbol's bars.</summary>
    public BarSeries Primary => Symbols[0];

    /// <summary>Each symbol as if it were the only one.</summary>
    internal IReadOnlyList<MarketView> Alone => Symbols.Count == 1 ? [this] : [.. Symbols.Select(bars => new MarketView(bars, Context))];

    /// <summary>Without the bars that open at <paramref name="end"/> (Unix milliseconds UTC) or later.</summary>
    public MarketView Before(long end) => new(
        [.. Symbols.Select(s => s.Slice(0, s.LowerBound(end)))],
        Context.ToDictionary(c => c.Key, c => c.Value.Slice(0, c.Value.LowerBound(end)), StringComparer.Ordinal));

    /// <summary>Every series that the strategy's inputs need of one symbol, by timeframe: the bars themselves and wider ones made of them.</summary>
    /// <exception cref="InvalidInputException">A timeframe of the strategy is narrower than the bars'.</exception>
    public static IReadOnlyDictionary<string, BarSeries> Timeframes(StrategyDocument strategy, BarSeries bars) => Timeframes(strategy, bars, timeframe => Resampler.Resample(bars, timeframe).Bars);

    /// <summary>What the features of one symbol are made of. A wider timeframe is made once, whoever asks for it again.</summary>
    /// <exception cref="InvalidInputException">A timeframe of the strategy is narrower than the bars'.</exception>
    public FeatureInputs InputsOf(StrategyDocument strategy, int symbol) => new(Timeframes(strategy, Symbols[symbol], timeframe => Wider(symbol, timeframe))) { Context = Context };

    /// <summary>The bars of a symbol in a timeframe as wide as its own or wider.</summary>
    internal BarSeries Wider(int symbol, Timeframe timeframe)
    {
        var bars = Symbols[symbol];
        return timeframe == bars.Timeframe ? bars : _wider.GetOrAdd((symbol, timeframe.Name), _ => new Lazy<BarSeries>(() => Resampler.Resample(bars, timeframe).Bars)).Value;
    }

    private static Dictionary<string, BarSeries> Timeframes(StrategyDocument strategy, BarSeries bars, Func<Timeframe, BarSeries> wider)
    {
        var series = new Dictionary<string, BarSeries>(StringComparer.Ordinal) { [bars.Timeframe.Name] = bars };
        foreach (var timeframe in strategy.Inputs.SelectMany(input => input.Timeframes))
        {
            if (!series.ContainsKey(timeframe))
            {
                series.Add(timeframe, wider(Timeframe.Parse(timeframe)));
            }
        }

        return series;
    }

    private static InvalidInputException Invalid(string what, string allowed) =>
        new(new Problem("unfit_bars", "bars", $"bars: {what}; allowed: {allowed}.") { Allowed = allowed });
}
