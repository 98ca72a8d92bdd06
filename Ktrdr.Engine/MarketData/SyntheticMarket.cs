using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.MarketData;

/// <summary>What is planted into an otherwise unpredictable market.</summary>
public sealed record PlantedEdge
{
    /// <summary>Bars whose summed log return is the condition: it holds where that sum is negative (a fall that is followed by a rise).</summary>
    public int LookBack { get; init; } = 5;

    /// <summary>Expected log return per bar in standard deviations of one bar: +strength after a fall, −strength after a rise.</summary>
    public double Strength { get; init; } = 0.1;
}

/// <summary>
/// Made-up markets with a known truth, for demonstrations and calibration. The same seed gives the same bits on every machine. Each bar is aggregated
/// from <see cref="StepsPerBar"/> steps of one path, so that highs and lows are what a path of that kind really reaches; the next bar opens where the
/// last one closed. Symbols should say that the data are synthetic.
/// </summary>
/// <remarks>
/// Log variance of a bar: h = μ + x, x an AR(1) with half-life of about 70 bars (volatility clustering); the steps have Student-t returns with
/// <see cref="DegreesOfFreedom"/> degrees of freedom (fat tails), cut at ±<see cref="StepLimit"/> so that their exponential has a mean. Each step
/// multiplies the price by 1 + r with E[r] = 0 given the past, so the price of the null market is a martingale: E[P(t+1)/P(t)] = 1 exactly.
/// </remarks>
public static class SyntheticMarket
{
    /// <summary>Steps of the path that a bar is aggregated from.</summary>
    public const int StepsPerBar = 64;
    /// <summary>Of the steps' Student-t returns.</summary>
    public const double DegreesOfFreedom = 4.0;

    private const double StepLimit = 0.2;
    private const double StartPrice = 100.0;
    private const double BarDeviation = 0.004;
    private const double Persistence = 0.99;
    private const double VolatilityOfLogVariance = 0.12;
    private const long StartTime = 1_262_304_000_000L; // 2010-01-01T00:00Z
    private const int RegimeLength = 500;

    /// <summary>A martingale with volatility clustering and fat tails: nothing can be found in it.</summary>
    public static BarSeries Null(ulong seed, int count, string symbol = "SYNTH", Timeframe? timeframe = null)
        => Generate(seed, "null", count, symbol, timeframe, static _ => (0.0, 1.0));

    /// <summary>The null market plus an edge of stated strength in a stated condition.</summary>
    public static BarSeries Planted(ulong seed, int count, PlantedEdge? edge = null, string symbol = "SYNTH", Timeframe? timeframe = null)
    {
        edge ??= new PlantedEdge();
        if (edge.LookBack < 1 || !double.IsFinite(edge.Strength))
        {
            throw new InvalidInputException(new Problem(
                "invalid_edge", "edge", $"edge look_back = {edge.LookBack}, strength = {edge.Strength:R} is not allowed; allowed: look_back of 1 or more, a finite strength"));
        }

        return Generate(seed, "planted", count, symbol, timeframe, closes =>
        {
            if (closes.Length <= edge.LookBack)
            {
                return (0.0, 1.0);
            }

            var change = closes[^1] - closes[^(edge.LookBack + 1)];
            return (change < 0.0 ? edge.Strength : change > 0.0 ? -edge.Strength : 0.0, 1.0);
        });
    }

    /// <summary>
    /// Stretches of about 500 bars, each rising, falling, quiet or wild: drift of ±0.1 standard deviations, volatility of half or twice the usual one.
    /// </summary>
    public static BarSeries Regimes(ulong seed, int count, string symbol = "SYNTH", Timeframe? timeframe = null)
    {
        var switches = new Generator(seed, "synthetic/regimes/switches");
        var regime = switches.NextInt(4);
        return Generate(seed, "regimes", count, symbol, timeframe, _ =>
        {
            if (switches.NextInt(RegimeLength) == 0)
            {
                regime = (regime + 1 + switches.NextInt(3)) % 4;
            }

            return regime switch { 0 => (0.1, 1.0), 1 => (-0.1, 1.0), 2 => (0.0, 0.5), _ => (0.0, 2.0) };
        });
    }

    /// <summary>Expected return in standard deviations and a factor on volatility for the next bar, given the closes so far.</summary>
    private delegate (double Drift, double Volatility) Condition(ReadOnlySpan<double> closes);

    private static BarSeries Generate(ulong seed, string kind, int count, string symbol, Timeframe? timeframe, Condition condition)
    {
        if (count < 1)
        {
            throw new InvalidInputException(new Problem("invalid_count", "count", $"count = {count} is not allowed; allowed: 1 or more bars") { Value = count.ToString() });
        }

        var width = timeframe ?? Timeframe.OneHour;
        var path = new Generator(seed, $"synthetic/{kind}/path");
        var variance = new Generator(seed, $"synthetic/{kind}/variance");
        var traded = new Generator(seed, $"synthetic/{kind}/volume");
        var columns = new BarColumns(count) { Count = count };
        var logVariance = 0.0;
        var price = StartPrice;

        // A Student t has variance ν/(ν − 2): scaled away, so that a bar has the stated deviation.
        var stepScale = Math.Sqrt((DegreesOfFreedom - 2.0) / DegreesOfFreedom / StepsPerBar);
        for (var i = 0; i < count; i++)
        {
            logVariance = Persistence * logVariance + VolatilityOfLogVariance * variance.NextGaussian();
            var (drift, factor) = condition(columns.Close.AsSpan(0, i));
            var deviation = factor * BarDeviation * Elementary.Exp(0.5 * Math.Clamp(logVariance, -4.0, 4.0));
            var mean = drift * deviation / StepsPerBar;
            var (open, high, low) = (price, price, price);
            for (var step = 0; step < StepsPerBar; step++)
            {
                price *= 1.0 + mean + Math.Clamp(deviation * stepScale * StudentT(path), -StepLimit, StepLimit);
                high = Math.Max(high, price);
                low = Math.Min(low, price);
            }

            columns.Times[i] = StartTime + i * width.Milliseconds;
            columns.Open[i] = open;
            columns.High[i] = high;
            columns.Low[i] = low;
            columns.Close[i] = price;
            columns.Volume[i] = Math.Round(1_000.0 * deviation / BarDeviation * (0.5 + traded.NextDouble()));
        }

        return columns.ToSeries(symbol, width);
    }

    /// <summary>
    /// Student t with 4 degrees of freedom by inversion: with a = 4u(1 − u) and c = cos(acos(√a)/3)/√a, t = sign(u − ½)·2·√(c − 1) (Shaw 2006).
    /// The cosine of a third is the root in [½, 1] of 4y³ − 3y = √a, found by Newton's method.
    /// </summary>
    private static double StudentT(Generator generator)
    {
        var u = generator.NextDouble() + 0.5 / (1UL << 53);
        var root = Math.Sqrt(4.0 * u * (1.0 - u));
        var y = 1.0;
        for (var i = 0; i < 8; i++)
        {
            var next = y - (4.0 * y * y * y - 3.0 * y - root) / (12.0 * y * y - 3.0);
            if (Math.Abs(next - y) < 1e-15)
            {
                break;
            }

            y = next;
        }

        var magnitude = 2.0 * Math.Sqrt(Math.Max(0.0, y / root - 1.0));
        return u < 0.5 ? -magnitude : magnitude;
    }
}
