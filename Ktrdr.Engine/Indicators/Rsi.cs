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
        ["relative_strength_index"],
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

        var keep = (period - 1.0) / period;
        var take = 1.0 / period;
        var now = x[(period + 1)..];
        var before = x.Slice(period, now.Length);
        var output = y.Slice(period + 1, now.Length);
        Span<double> totals = stackalloc double[BlockLength];
        for (var start = 0; start < output.Length; start += BlockLength)
        {
            // Changes, recursions, divisions: each over a block while it is in the cache.
            var nets = output.Slice(start, Math.Min(BlockLength, output.Length - start));
            var sums = totals[..nets.Length];
            Changes(now.Slice(start, nets.Length), before.Slice(start, nets.Length), sums, nets);
            total = RecursiveMean.Run(sums, total, keep, take, sums);
            net = RecursiveMean.Run(nets, net, keep, take, nets);
            Indices(sums, nets);
        }
    }

    private static void Changes(ReadOnlySpan<double> now, ReadOnlySpan<double> before, Span<double> sizes, Span<double> changes)
    {
        var later = MemoryMarshal.Cast<double, Vector256<double>>(now);
        var earlier = MemoryMarshal.Cast<double, Vector256<double>>(before);
        var absolute = MemoryMarshal.Cast<double, Vector256<double>>(sizes);
        var signed = MemoryMarshal.Cast<double, Vector256<double>>(changes);
        for (var i = 0; i < signed.Length; i++)
        {
            var change = later[i] - earlier[i];
            signed[i] = change;
            absolute[i] = Vector256.Abs(change);
        }

        for (var i = signed.Length * Vector256<double>.Count; i < changes.Length; i++)
        {
            changes[i] = now[i] - before[i];
            sizes[i] = Math.Abs(changes[i]);
        }
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
