using Ktrdr.Engine.Fuzzy;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>One indicator computation on one timeframe, shared by all ids with the same type and arguments.</summary>
internal sealed record IndicatorNode(string Timeframe, IndicatorType Type, IndicatorArguments Arguments, IReadOnlyList<string> Ids)
{
    public string Name => string.Join(", ", Ids);

    public bool ReadsVolume => Arguments.Values.Any(a => a.Key == PriceSource.Parameter.Name && a.Value is "volume");
}

/// <summary>One column of the matrix: an output of a node, through a membership or raw.</summary>
internal sealed record FeatureColumn(string Name, int Node, int Output, MembershipFunction? Membership);

/// <summary>What has to be computed for a strategy, each distinct indicator once.</summary>
internal sealed class FeaturePlan
{
    private FeaturePlan(IReadOnlyList<IndicatorNode> nodes, IReadOnlyList<FeatureColumn> columns)
    {
        Nodes = nodes;
        Columns = columns;
    }

    public IReadOnlyList<IndicatorNode> Nodes { get; }

    public IReadOnlyList<FeatureColumn> Columns { get; }

    public static FeaturePlan Of(StrategyDocument document)
    {
        var nodes = new List<(string Timeframe, IndicatorType Type, IndicatorArguments Arguments, List<string> Ids)>();
        var columns = new List<FeatureColumn>();
        foreach (var input in document.Inputs)
        {
            var set = input.FuzzySet is null ? null : FindSet(document, input.FuzzySet);
            var reference = set?.Indicator ?? input.RawIndicator ?? throw Wrong("nn_inputs", "an input has neither fuzzy_set nor raw_indicator");
            var indicator = document.Indicators.FirstOrDefault(i => i.Id == reference.Id) ?? throw Wrong("nn_inputs", $"there is no indicator {reference.Id}");
            var type = indicator.FindType();
            foreach (var timeframe in input.Timeframes)
            {
                var node = nodes.FindIndex(n => n.Timeframe == timeframe && n.Type == type && n.Arguments.Equals(indicator.Arguments));
                if (node < 0)
                {
                    node = nodes.Count;
                    nodes.Add((timeframe, type, indicator.Arguments, []));
                }

                if (!nodes[node].Ids.Contains(indicator.Id))
                {
                    nodes[node].Ids.Add(indicator.Id);
                }

                var output = OutputIndex(type, reference);
                if (set is null)
                {
                    columns.Add(new FeatureColumn($"{timeframe}_{reference}_raw", node, output, null));
                    continue;
                }

                columns.AddRange(set.Memberships.Select(m => new FeatureColumn($"{timeframe}_{set.Id}_{m.Name}", node, output, m.Function)));
            }
        }

        return new FeaturePlan(nodes.Select(n => new IndicatorNode(n.Timeframe, n.Type, n.Arguments, n.Ids)).ToArray(), columns);
    }

    /// <summary>Bars of the base timeframe that the widest finite window covers before its last.</summary>
    public int LongestLookBack(Timeframe baseTimeframe)
    {
        var longest = 0L;
        foreach (var node in Nodes)
        {
            var warmUp = (long)node.Type.WarmUp(node.Arguments);
            var timeframe = Timeframe.Parse(node.Timeframe);
            var bars = timeframe == baseTimeframe ? warmUp : (((warmUp + 1) * timeframe.Milliseconds) + baseTimeframe.Milliseconds - 1) / baseTimeframe.Milliseconds;
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

    private static InvalidInputException Wrong(string path, string what) => new(new Problem("unknown_reference", path, $"{path}: {what}."));
}
