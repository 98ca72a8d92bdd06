using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Statistics;

/// <summary>Pearson correlations between daily series over their common days. Series with equal days, the usual case, are standardised once.</summary>
internal sealed class DailyCorrelations
{
    private readonly IReadOnlyList<DailyReturns> _series;
    private readonly int[] _calendar;
    private readonly double[]?[] _standardised;

    public DailyCorrelations(IReadOnlyList<DailyReturns> series)
    {
        _series = series;
        _calendar = new int[series.Count];
        _standardised = new double[]?[series.Count];
        var calendars = new List<int[]>();
        for (var i = 0; i < series.Count; i++)
        {
            var days = series[i].Days;
            var known = calendars.FindIndex(c => c.AsSpan().SequenceEqual(days));
            if (known < 0)
            {
                known = calendars.Count;
                calendars.Add(days);
            }

            _calendar[i] = known;
            _standardised[i] = Standardise(series[i].Returns);
        }
    }

    /// <summary>Number of series.</summary>
    public int Count => _series.Count;

    /// <summary>Null where fewer than two days are common or one of the series is constant on them.</summary>
    public double? Of(int first, int second)
    {
        if (_calendar[first] == _calendar[second])
        {
            return _standardised[first] is { } a && _standardised[second] is { } b ? Math.Clamp(Reductions.Dot(a, b), -1, 1) : null;
        }

        var (x, y) = OnCommonDays(_series[first], _series[second]);
        return Standardise(x) is { } zx && Standardise(y) is { } zy ? Math.Clamp(Reductions.Dot(zx, zy), -1, 1) : null;
    }

    /// <summary>
    /// Sum and number of all pairs' defined correlations. Series with equal days take one pass together, Σ over pairs of z·z' being
    /// (|Σz|² − Σ|z|²)/2, so that the usual case costs as many operations as there are returns, not pairs.
    /// </summary>
    public (double Sum, long Pairs) Total()
    {
        double sum = 0;
        long pairs = 0;
        foreach (var group in Enumerable.Range(0, Count).Where(i => _standardised[i] is not null).GroupBy(i => _calendar[i]))
        {
            var together = new double[_series[group.First()].Count];
            double lengths = 0;
            long count = 0;
            foreach (var i in group)
            {
                var z = _standardised[i]!;
                for (var day = 0; day < z.Length; day++)
                {
                    together[day] += z[day];
                }

                lengths += Reductions.Dot(z, z);
                count++;
            }

            sum += (Reductions.Dot(together, together) - lengths) / 2;
            pairs += count * (count - 1) / 2;
        }

        for (var i = 0; i < Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (_calendar[i] != _calendar[j] && Of(i, j) is { } correlation)
                {
                    sum += correlation;
                    pairs++;
                }
            }
        }

        return (sum, pairs);
    }

    private static (double[] First, double[] Second) OnCommonDays(DailyReturns first, DailyReturns second)
    {
        var x = new List<double>();
        var y = new List<double>();
        for (int i = 0, j = 0; i < first.Count && j < second.Count;)
        {
            if (first.Days[i] == second.Days[j])
            {
                x.Add(first.Returns[i++]);
                y.Add(second.Returns[j++]);
            }
            else if (first.Days[i] < second.Days[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        return ([.. x], [.. y]);
    }

    /// <summary>Deviations from the mean scaled to a length of 1, so that a correlation is one dot product.</summary>
    private static double[]? Standardise(double[] returns)
    {
        if (ReturnMoments.Of(returns) is not { Deviation: > 0 } moments)
        {
            return null;
        }

        var scale = 1 / (moments.Deviation * Math.Sqrt(returns.Length - 1));
        return Array.ConvertAll(returns, r => (r - moments.Mean) * scale);
    }
}
