using System.Runtime.InteropServices;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Labels;

/// <summary>How much price usually moves within a bar, as a fraction of price: what the reversals of regime labels are multiples of.</summary>
internal static class SwingUnit
{
    /// <summary>
    /// Median of the average true range divided by the median close, over the given stretches. The average is the mean of the last <paramref name="period"/> true ranges;
    /// a stretch is measured without the bars before it, its first true range being its first bar's high − low.
    /// </summary>
    /// <exception cref="InvalidInputException">No stretch has <paramref name="period"/> bars, or the bars do not move.</exception>
    public static double Of(BarSeries bars, int period, IReadOnlyList<BarRange> fit)
    {
        var (averages, closes) = (new List<double>(), new List<double>());
        foreach (var range in fit)
        {
            Add(bars.Slice(range.Start, range.Count), period, averages);
            closes.AddRange(bars.Close[range.Start..range.EndExclusive]);
        }

        if (averages.Count == 0)
        {
            throw LabelChecks.Invalid("too_few_bars", "atr_period", period.ToString(), $"at most the number of training bars of {bars.Symbol} {bars.Timeframe}, which is {fit.Sum(r => r.Count)} in {Counted.Of(fit.Count, "stretch", "stretches")}");
        }

        averages.Sort();
        closes.Sort();
        var unit = Quantiles.Median(CollectionsMarshal.AsSpan(averages)) / Quantiles.Median(CollectionsMarshal.AsSpan(closes));
        return unit > 0
            ? unit
            : throw new InvalidInputException(new Problem("constant_prices", "bars", $"the training bars of {bars.Symbol} {bars.Timeframe} have a median range of 0; allowed: prices that move, for regime labels"));
    }

    private static void Add(BarSeries bars, int period, List<double> averages)
    {
        var ranges = new double[bars.Count];
        for (var i = 0; i < ranges.Length; i++)
        {
            ranges[i] = i == 0 ? bars.High[0] - bars.Low[0] : Atr.TrueRange(bars.High[i], bars.Low[i], bars.Close[i - 1]);
        }

        for (var i = period - 1; i < ranges.Length; i++)
        {
            var sum = 0.0;
            for (var k = i - period + 1; k <= i; k++)
            {
                sum += ranges[k];
            }

            averages.Add(sum / period);
        }
    }
}
