using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Relative strength index (Wilder, New Concepts in Technical Trading Systems, 1978).</summary>
internal static class Rsi
{
    private const int BlockLength = 1024;

    public static IndicatorType Type { get; } = new(
        "rsi",
        [],
        "momentum",
        "Relative strength index with Wilder's smoothing: 0 to 100, 50 where prices did not move at all.",
        [IndicatorParameter.Integer("period", 14, 2, 100, "bars of Wilder's smoothing"), PriceSource.Parameter],
        [],
        a => a.Int("period"),
        Runs.OverSource((x, a, y) => Compute(x, a.Int("period"), y.First)));

    /// <summary>
    /// Seed at index <paramref name="period"/>: the mean gain and loss of the first period changes; afterwards avg += (change − avg)/period.
    /// What is carried along is gain + loss (the average of |change|) and gain − loss (of change): the same smoothing, without asking for signs.
    /// </summary>
    [SkipLocalsInit]
    private static void Compute(ReadOnlySpan<double> x, int period, Span<double> y)
    {
        y[..Math.Min(period, y.Length)].Fill(double.NaN);
        if (x.Length <= period)
        {
            return;
        }

        var (total, net) = (0.0, 0.0);
        for (var i = 1; i <= period; i++)
        {
            var change = x[i] - x[i - 1];
            total += Math.Abs(change);
            net += change;
        }

        total /= period;
        net /= period;
        y[period] = Index(total, net);

        var now = x[(period + 1)..];
        var before = x.Slice(period, now.Length);
        var output = y.Slice(period + 1, now.Length);
        Span<double> totals = stackalloc double[BlockLength];
        for (var start = 0; start < output.Length; start += BlockLength)
        {
            // The recursion over a block first, then the divisions in vectors while it is in the cache.
            var block = output.Slice(start, Math.Min(BlockLength, output.Length - start));
            var current = now.Slice(start, block.Length);
            var previous = before.Slice(start, block.Length);
            var sums = totals[..block.Length];
            (total, net) = Smooth(current, previous, total, net, period, sums, block);
            Indices(sums, block);
        }
    }

    /// <summary>A method without calls: in one with calls the compiler keeps the averages in memory, which is three times slower.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (double Total, double Net) Smooth(
        ReadOnlySpan<double> now, ReadOnlySpan<double> before, double total, double net, int period, Span<double> totals, Span<double> nets)
    {
        var keep = (period - 1.0) / period;
        var take = 1.0 / period;
        before = before[..now.Length];
        totals = totals[..now.Length];
        nets = nets[..now.Length];
        for (var i = 0; i < now.Length; i++)
        {
            var change = take * (now[i] - before[i]);
            total = Math.FusedMultiplyAdd(keep, total, Math.Abs(change));
            net = Math.FusedMultiplyAdd(keep, net, change);
            totals[i] = total;
            nets[i] = net;
        }

        return (total, net);
    }

    private static void Indices(ReadOnlySpan<double> totals, Span<double> nets)
    {
        var fifty = Vector256.Create(50.0);
        var total = MemoryMarshal.Cast<double, Vector256<double>>(totals);
        var net = MemoryMarshal.Cast<double, Vector256<double>>(nets);
        for (var i = 0; i < net.Length; i++)
        {
            var index = fifty + fifty * net[i] / total[i];
            net[i] = Vector256.ConditionalSelect(Vector256.Equals(total[i], Vector256<double>.Zero), fifty, index);
        }

        for (var i = net.Length * Vector256<double>.Count; i < nets.Length; i++)
        {
            nets[i] = Index(totals[i], nets[i]);
        }
    }

    /// <summary>100·gain/(gain + loss), which is 100 − 100/(1 + gain/loss) without the division by zero.</summary>
    private static double Index(double total, double net) => total == 0.0 ? 50.0 : 50.0 + 50.0 * net / total;
}
