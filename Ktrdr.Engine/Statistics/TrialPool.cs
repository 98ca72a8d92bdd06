namespace Ktrdr.Engine.Statistics;

/// <summary>Everything tried on the same data, one entry per trial key in ordinal order of keys, with the figures that all candidates share.</summary>
internal sealed class TrialPool
{
    private readonly List<TrialKey> _keys = [];
    private readonly List<DailyReturns> _series = [];
    private readonly List<ReturnMoments?> _moments = [];
    private readonly SortedDictionary<TrialKey, int> _index = [];
    private readonly DailyCorrelations _correlations;

    public TrialPool(IEnumerable<TrialEvidence> evidence)
    {
        var byKey = new SortedDictionary<TrialKey, List<DailyReturns>>();
        foreach (var item in evidence)
        {
            if (!byKey.TryGetValue(item.Key, out var runs))
            {
                byKey.Add(item.Key, runs = []);
            }

            if (item is { Status: TrialStatus.Completed or TrialStatus.Gated, Daily: { } daily })
            {
                runs.Add(daily);
            }
        }

        Trials = byKey.Count;
        foreach (var (key, runs) in byKey)
        {
            if (runs.Count == 0)
            {
                continue;
            }

            runs.Sort(DailyReturns.ByContent);
            var series = DailyReturns.Average(runs);
            _index.Add(key, _keys.Count);
            _keys.Add(key);
            _series.Add(series);
            _moments.Add(ReturnMoments.Of(series.Returns));
        }

        _correlations = new DailyCorrelations(_series);
        MeanCorrelation = Statistics.EffectiveTrials.MeanCorrelation(_correlations);
    }

    /// <summary>N.</summary>
    public int Trials { get; }

    /// <summary>ρ̄.</summary>
    public double MeanCorrelation { get; }

    /// <summary>N_eff.</summary>
    public double EffectiveTrials => Statistics.EffectiveTrials.Of(Trials, MeanCorrelation);

    /// <summary>The averaged series of a trial and its moments; nulls where it has none.</summary>
    public (DailyReturns? Series, ReturnMoments? Moments) Of(TrialKey key) =>
        _index.TryGetValue(key, out var i) ? (_series[i], _moments[i]) : (null, null);

    /// <summary>
    /// V for one candidate: the larger of 1/(T−1) and the sample variance of the daily Sharpe ratios of the other trials that are not the
    /// same edge. A trial whose correlation with the candidate is undefined counts as another edge.
    /// </summary>
    public double SharpeVariance(TrialKey candidate, double sameEdgeCorrelation)
    {
        var own = _index[candidate];
        var others = new List<double>();
        for (var i = 0; i < _keys.Count; i++)
        {
            if (i != own && _moments[i]?.Sharpe is { } sharpe && !(_correlations.Of(own, i) >= sameEdgeCorrelation))
            {
                others.Add(sharpe);
            }
        }

        var floor = 1.0 / Math.Max(1, _series[own].Count - 1);
        return ReturnMoments.Of([.. others]) is { } spread ? Math.Max(floor, spread.Deviation * spread.Deviation) : floor;
    }
}
