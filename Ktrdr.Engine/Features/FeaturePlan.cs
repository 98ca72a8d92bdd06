using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>One indicator computation, on the bars of a timeframe or on a context series, shared by all ids with the same type and arguments.</summary>
/// <param name="Series">Name of the timeframe, or id of the context source.</param>
/// <param name="IsContext">Which of the two.</param>
internal sealed record IndicatorNode(string Series, bool IsContext, IndicatorType Type, IndicatorArguments Arguments, IReadOnlyList<string> Ids)
{
    public string Name => string.Join(", ", Ids);

    public bool ReadsVolume => Type.ReadsVolume(Arguments);

    public BarSeries In(FeatureInputs inputs) => (IsContext ? inputs.Context : inputs.Bars)[Series];
}

/// <summary>One column of the matrix: an output of a node, through a membership or raw, as it stands at the close of the last complete bar of a timeframe.</summary>
internal sealed record FeatureColumn(string Name, int Node, int Output, MembershipFunction? Membership, string Timeframe, NormalizationKind Normalization);

/// <summary>What has to be computed for a strategy, each distinct indicator once.</summary>
internal sealed class FeaturePlan
{
    private readonly List<(string Series, bool IsContext, IndicatorType Type, IndicatorArguments Arguments, List<string> Ids)> _nodes = [];
    private readonly List<FeatureColumn> _columns = [];

    private FeaturePlan(StrategyDocument document)
    {
        foreach (var input in document.Inputs)
        {
            var set = input.FuzzySet is null ? null : FindSet(document, input.FuzzySet);
            var reference = set?.Indicator ?? input.RawIndicator ?? throw Wrong("nn_inputs", "an input has neither fuzzy_set nor raw_indicator");
            var indicator = document.Indicators.FirstOrDefault(i => i.Id == reference.Id) ?? throw Wrong("nn_inputs", $"there is no indicator {reference.Id}");
            var output = OutputIndex(indicator.FindType(), reference);
            foreach (var timeframe in input.Timeframes)
            {
                Add(document, input, set, reference, timeframe, FindOrAdd(indicator, timeframe), output);
            }
        }

        Nodes = _nodes.Select(n => new IndicatorNode(n.Series, n.IsContext, n.Type, n.Arguments, n.Ids)).ToArray();
        Columns = _columns;
    }

    public IReadOnlyList<IndicatorNode> Nodes { get; }

    public IReadOnlyList<FeatureColumn> Columns { get; }

    public static FeaturePlan Of(StrategyDocument document) => new(document);

    /// <summary>Bars of the base timeframe that the widest finite window covers before its last.</summary>
    public int LongestLookBack(FeatureInputs inputs, Timeframe baseTimeframe)
    {
        var longest = 0L;
        foreach (var node in Nodes)
        {
            var warmUp = (long)node.Type.WarmUp(node.Arguments);
            var series = node.In(inputs);
            var span = ((warmUp + 1) * Spacing(series, node.IsContext)) + (node.IsContext ? Delay(series) : 0);
            var bars = series.Timeframe == baseTimeframe && !node.IsContext ? warmUp : (span + baseTimeframe.Milliseconds - 1) / baseTimeframe.Milliseconds;
            longest = Math.Max(longest, bars);
        }

        return (int)Math.Min(longest, int.MaxValue);
    }

    internal static FuzzySetSpec FindSet(StrategyDocument document, string id) =>
        document.FuzzySets.FirstOrDefault(s => s.Id == id) ?? throw Wrong("nn_inputs", $"there is no fuzzy set {id}");

    internal static int OutputIndex(IndicatorType type, IndicatorRef reference)
    {
        if (reference.Output is null)
        {
            return 0;
        }

        for (var i = 0; i < type.Outputs.Count; i++)
        {
            if (type.IsMultiOutput && type.Outputs[i] == reference.Output)
            {
                return i;
            }
        }

        throw Wrong("nn_inputs", $"{type.Name} has no output {reference.Output}, allowed: {string.Join(", ", type.Outputs)}");
    }

    /// <summary>A context series may be sparser than its timeframe says: monthly values stand in daily or weekly bars.</summary>
    private static long Spacing(BarSeries series, bool isContext) => isContext && series.Count > 1
        ? Math.Max(series.Timeframe.Milliseconds, (series.Times[series.Count - 1] - series.Times[0]) / (series.Count - 1))
        : series.Timeframe.Milliseconds;

    /// <summary>How long after its bar the newest value was published.</summary>
    private static long Delay(BarSeries series) => series.Count == 0 ? 0 : Math.Max(0, series.AvailableAt(series.Count - 1) - series.Times[series.Count - 1] - series.Timeframe.Milliseconds);

    private int FindOrAdd(IndicatorSpec indicator, string timeframe)
    {
        var type = indicator.FindType();
        var (series, isContext) = (indicator.DataSource ?? timeframe, indicator.DataSource is not null);
        var node = _nodes.FindIndex(n => n.Series == series && n.IsContext == isContext && n.Type == type && n.Arguments.Equals(indicator.Arguments));
        if (node < 0)
        {
            node = _nodes.Count;
            _nodes.Add((series, isContext, type, indicator.Arguments, []));
        }

        if (!_nodes[node].Ids.Contains(indicator.Id))
        {
            _nodes[node].Ids.Add(indicator.Id);
        }

        return node;
    }

    /// <summary>A tsk network has memberships of its own and sees the values behind a fuzzy set, scaled by their standard deviation, each once.</summary>
    private void Add(StrategyDocument document, NnInput input, FuzzySetSpec? set, IndicatorRef reference, string timeframe, int node, int output)
    {
        if (set is not null && document.Model.Kind != ModelKind.Tsk)
        {
            _columns.AddRange(set.Memberships.Select(m => new FeatureColumn(FeatureNames.OfMembership(timeframe, set, m), node, output, m.Function, timeframe, NormalizationKind.None)));
            return;
        }

        var name = FeatureNames.OfRaw(timeframe, reference);
        if (document.Model.Kind != ModelKind.Tsk || !_columns.Any(c => c.Name == name))
        {
            _columns.Add(new FeatureColumn(name, node, output, null, timeframe, set is null ? input.Normalization : NormalizationKind.ZScore));
        }
    }

    private static InvalidInputException Wrong(string path, string what) => new(new Problem("unknown_reference", path, $"{path}: {what}."));
}
