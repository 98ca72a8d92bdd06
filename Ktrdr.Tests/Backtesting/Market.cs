using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Backtesting;

/// <summary>Bars for tests: a few given by hand, or many drawn from a seed.</summary>
internal static class Market
{
    public const long Hour = 3_600_000;
    public const long Day = 24 * Hour;

    /// <summary>2024-01-01 00:00 UTC.</summary>
    public const long Start = 1_704_067_200_000;

    /// <summary>Hourly bars of open, high, low, close.</summary>
    public static BarSeries Of(params (double Open, double High, double Low, double Close)[] rows) => new(
        "TINY",
        Timeframe.Parse("1h"),
        [.. rows.Select((_, i) => Start + (i * Hour))],
        [.. rows.Select(r => r.Open)],
        [.. rows.Select(r => r.High)],
        [.. rows.Select(r => r.Low)],
        [.. rows.Select(r => r.Close)],
        [.. rows.Select(_ => 1.0)]);

    /// <summary>Hourly bars at given hours after <see cref="Start"/>.</summary>
    public static BarSeries At(string symbol, params (int Hour, double Open, double High, double Low, double Close)[] rows) => new(
        symbol,
        Timeframe.Parse("1h"),
        [.. rows.Select(r => Start + (r.Hour * Hour))],
        [.. rows.Select(r => r.Open)],
        [.. rows.Select(r => r.High)],
        [.. rows.Select(r => r.Low)],
        [.. rows.Select(r => r.Close)],
        [.. rows.Select(_ => 1.0)]);

    /// <summary>A random walk of a market that is shut now and then: each hour has a bar with a probability of 80 %.</summary>
    public static BarSeries RandomWithHoles(ulong seed, string symbol, int hours)
    {
        var generator = new Generator(seed, "test-holes-" + symbol);
        var bars = Random(seed, hours);
        var kept = Enumerable.Range(0, hours).Where(_ => generator.NextDouble() < 0.8).ToArray();
        return At(symbol, [.. kept.Select(i => (i, bars.Open[i], bars.High[i], bars.Low[i], bars.Close[i]))]);
    }

    /// <summary>Probabilities of BUY, HOLD, SELL per bar that now and then exceed one half, some rows not ready, one not finite.</summary>
    public static ModelDecisions RandomModel(ulong seed, int count, DecisionSpec spec)
    {
        var generator = new Generator(seed, "test-model");
        var outputs = new float[count * 3];
        var ready = new bool[count];
        for (var i = 0; i < count; i++)
        {
            double[] weights = [generator.NextDouble(), generator.NextDouble(), generator.NextDouble()];
            for (var k = 0; k < 3; k++)
            {
                outputs[(i * 3) + k] = (float)(weights[k] / weights.Sum());
            }

            ready[i] = i > 5 && generator.NextInt(20) != 0;
        }

        outputs[(count / 2 * 3) + 1] = float.NaN;
        return new ModelDecisions(new DecisionFunction(spec), outputs, ready);
    }

    /// <summary>A random walk that gaps between bars.</summary>
    public static BarSeries Random(ulong seed, int count, double volatility = 0.01)
    {
        var generator = new Generator(seed, "test-market");
        var rows = new (double Open, double High, double Low, double Close)[count];
        var price = 100.0;
        for (var i = 0; i < count; i++)
        {
            var open = price * (1 + (0.002 * generator.NextGaussian()));
            var close = open * Math.Max(0.2, 1 + (volatility * generator.NextGaussian()));
            rows[i] = (open, Math.Max(open, close) * (1 + (0.003 * generator.NextDouble())), Math.Min(open, close) * (1 - (0.003 * generator.NextDouble())), close);
            price = close;
        }

        return Of(rows);
    }

    public static Signal[] RandomSignals(ulong seed, int count)
    {
        var generator = new Generator(seed, "test-signals");
        return [.. Enumerable.Range(0, count).Select(_ => generator.NextInt(10) switch { 0 => Signal.Buy, 1 => Signal.Sell, _ => Signal.Hold })];
    }

    /// <summary>One letter per bar: B, S, or - for HOLD.</summary>
    public static FixedDecisions Signals(string letters) =>
        new([.. letters.Select(c => c switch { 'B' => Signal.Buy, 'S' => Signal.Sell, _ => Signal.Hold })]);
}
