using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>How sure a figure of a run is.</summary>
/// <param name="Metric">Name in snake_case, for instance <c>max_drawdown</c>.</param>
/// <param name="Estimate">Of the run itself; null where undefined.</param>
/// <param name="Lower">Lower end; null where the run or more than 5 % of the replications leave the metric undefined.</param>
/// <param name="Upper">Upper end.</param>
public sealed record MetricInterval(string Metric, double? Estimate, double? Lower, double? Upper);

/// <summary>Percentile intervals for the headline metrics of a run.</summary>
public sealed record IntervalReport
{
    /// <summary>In the order of <see cref="BootstrapIntervals.Metrics"/>.</summary>
    public required IReadOnlyList<MetricInterval> Intervals { get; init; }

    /// <summary>Share of replications inside, for instance 0.95.</summary>
    public required double Level { get; init; }

    public required int Replications { get; init; }

    /// <summary>Mean block length of the resampled days.</summary>
    public required double BlockLength { get; init; }

    /// <summary>Mean block length of the resampled trades.</summary>
    public required double TradeBlockLength { get; init; }

    public MetricInterval this[string metric] => Intervals.First(i => i.Metric == metric);
}

/// <summary>
/// Percentile bootstrap (Efron 1979) over whole days in stationary blocks (Politis &amp; Romano 1994): a replication is a sequence of the run's own days,
/// measured bar by bar as the run is; metrics of trades resample the sequence of trades in the same way. No correction of bias (BCa would need a
/// jackknife over blocks and moves the ends of a drawdown's interval erratically): the interval of the maximum drawdown says what other orders of the
/// same days would have given.
/// </summary>
public static class BootstrapIntervals
{
    public const int DefaultReplications = 2000;
    public const double DefaultLevel = 0.95;

    /// <summary>A metric that is undefined in more than this share of the replications has no interval.</summary>
    private const double MostUndefined = 0.05;
    private const int Chunk = 50;

    /// <summary>Names of the metrics, days' first, then trades'.</summary>
    public static IReadOnlyList<string> Metrics { get; } = [.. ResampledDays.Metrics, .. ResampledTrades.Metrics];

    /// <param name="result">A finished run.</param>
    /// <param name="capital">Initial capital.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <param name="replications">B.</param>
    /// <param name="level">In (0, 1).</param>
    /// <param name="maxThreads">The result does not depend on it.</param>
    public static IntervalReport Of(
        BacktestResult result, double capital, ulong seed,
        int replications = DefaultReplications, double level = DefaultLevel, int maxThreads = 1)
    {
        if (replications < 1 || !(level > 0 && level < 1))
        {
            throw new InvalidInputException(new Problem("out_of_range", "replications", $"replications is {replications} and level {level}: 1 or more replications and a level between 0 and 1 are allowed."));
        }

        var dayBlocks = BlockLength.Stationary(result.Daily.Returns);
        var trades = Array.ConvertAll([.. result.Trades], (Trade t) => t.NetPnl);
        var tradeBlocks = trades.Length > 0 ? BlockLength.Stationary(trades) : 1;
        var days = DailyEquity.Of(result.Times, result.Equity, capital, result.Daily);
        var metrics = result.Metrics;
        double?[] estimates =
        [
            metrics.TotalReturn, metrics.AnnualReturn, metrics.Volatility, metrics.DailySharpe, metrics.Sortino, metrics.MaxDrawdown, metrics.Calmar,
            metrics.WinRate, metrics.ProfitFactor, metrics.Expectancy,
        ];
        var draws = Array.ConvertAll(estimates, _ => Filled(replications));
        if (days is { Length: > 1 })
        {
            var sampler = new ResampledDays(days, result.BarsPerYear, result.Daily.DaysPerYear);
            Replicate(new StationaryBootstrap(days.Length, dayBlocks, Generator.Derive(seed, "days")), replications, maxThreads, sampler.Measure, draws.AsMemory(0, ResampledDays.Metrics.Count));
        }

        if (trades.Length > 1)
        {
            Replicate(new StationaryBootstrap(trades.Length, tradeBlocks, Generator.Derive(seed, "trades")), replications, maxThreads, new ResampledTrades(trades).Measure, draws.AsMemory(ResampledDays.Metrics.Count));
        }

        return new IntervalReport
        {
            Intervals = [.. Metrics.Select((name, i) => Interval(name, estimates[i], draws[i], level))],
            Level = level,
            Replications = replications,
            BlockLength = dayBlocks,
            TradeBlockLength = tradeBlocks,
        };
    }

    /// <summary>Measures one replication into one value per metric, NaN where undefined.</summary>
    private delegate void Measurement(ReadOnlySpan<int> indices, Span<double> values);

    private static void Replicate(StationaryBootstrap bootstrap, int replications, int maxThreads, Measurement measure, Memory<double[]> draws) =>
        WorkThreads.Run((replications + Chunk - 1) / Chunk, maxThreads, (c, _) =>
        {
            var indices = new int[bootstrap.Count];
            var values = new double[draws.Length];
            for (var r = c * Chunk; r < Math.Min(replications, (c + 1) * Chunk); r++)
            {
                bootstrap.Draw(r, indices);
                measure(indices, values);
                for (var i = 0; i < values.Length; i++)
                {
                    draws.Span[i][r] = values[i];
                }
            }
        });

    private static MetricInterval Interval(string name, double? estimate, double[] draws, double level)
    {
        var defined = draws.Where(double.IsFinite).Order().ToArray();
        if (estimate is null || defined.Length < draws.Length * (1 - MostUndefined))
        {
            return new MetricInterval(name, estimate, null, null);
        }

        var tail = (1 - level) / 2;
        return new MetricInterval(name, estimate, Quantiles.Of(defined, tail), Quantiles.Of(defined, 1 - tail));
    }

    private static double[] Filled(int count)
    {
        var values = new double[count];
        Array.Fill(values, double.NaN);
        return values;
    }
}
