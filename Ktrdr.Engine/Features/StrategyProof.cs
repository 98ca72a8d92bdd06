using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>What a model makes of a strategy's features.</summary>
/// <param name="Outputs">Row-major, the same number per row.</param>
/// <param name="Decisions">What is decided by them; null where such a model does not trade.</param>
public sealed record ModelAnswer(float[] Outputs, IDecisions? Decisions);

/// <summary>
/// The nodes of a strategy, from its indicators to the fills of a backtest, for <see cref="PerturbationProof"/>. Each is computed by the code that training and backtests use.
/// </summary>
public sealed class StrategyProof(StrategyDocument document, string baseTimeframe)
{
    private readonly FeaturePlan _plan = FeaturePlan.Of(document);

    /// <summary>The model, given the scaled features; null: the proof ends with the features and their scaling.</summary>
    public Func<FeatureMatrix, ModelAnswer>? Model { get; init; }

    /// <summary>The scaling the model was trained under.</summary>
    public Normalization Normalization { get; init; } = Normalization.None;

    /// <summary>How decisions are filled; null: the proof ends with the decisions.</summary>
    public BacktestOptions? Options { get; init; }

    /// <summary>First bar of the backtest.</summary>
    public int Start { get; init; }

    /// <summary>How indicators are computed; another computation plants a leak.</summary>
    internal IndicatorComputation Compute { get; init; } = FeaturePipeline.Compute;

    /// <summary>How the scaling is fitted on the rows up to a row.</summary>
    internal Func<FeatureMatrix, int[], Normalization> Fit { get; init; } = (features, rows) => Normalization.Fit(features, document, rows);

    /// <summary>How decisions become fills.</summary>
    internal Func<BarSeries, IDecisions, IReadOnlyList<Fill>>? Fills { get; init; }

    /// <summary>All nodes: indicators in the plan's order, features in theirs, windows, scaling, then decisions and fills where there is a model.</summary>
    public IReadOnlyList<ProofNode> Nodes(FeatureInputs inputs)
    {
        var outputs = new List<double[][]>();
        var features = FeaturePipeline.Build(document, inputs, baseTimeframe, (node, series) =>
        {
            var result = Compute(node, series);
            outputs.Add(result);
            return result;
        });
        var bars = inputs.Bars[baseTimeframe];
        var nodes = new List<ProofNode>();
        nodes.AddRange(_plan.Nodes.Select((node, n) => OfIndicator(node, node.In(inputs), outputs[n])));
        nodes.AddRange(_plan.Columns.Select((column, c) => OfRows(
            LeakKind.Feature, column.Name, bars, row => BitConverter.SingleToInt32Bits(features.Values[(row * features.Columns) + c]), [column.Node])));
        var columns = Enumerable.Range(_plan.Nodes.Count, _plan.Columns.Count).ToArray();
        nodes.Add(OfRows(LeakKind.Window, "window", bars, row => (features.IsReady[row] ? 1 : 0) | (features.StartsRun[row] ? 2 : 0), columns));
        nodes.Add(OfNormalization(bars, features, columns));
        if (Model is not null)
        {
            AddModel(bars, features, Model, nodes);
        }

        return nodes;
    }

    /// <summary>The last two nodes of a list: what is decided from the start on by those before, and how it is filled.</summary>
    internal static IReadOnlyList<ProofNode> OfDecisions(string timeframe, BarSeries bars, IDecisions decisions, BacktestOptions options, int start, int before)
    {
        var decided = new ProofNode
        {
            Kind = LeakKind.Decision,
            Name = "decision",
            Timeframe = timeframe,
            Count = Math.Max(0, bars.Count - start),
            KnownAt = (i, _) => bars.AvailableAt(start + i),
            Index = i => start + i,
            Bits = i => Decided(start + i),
            Of = [.. Enumerable.Range(0, before)],
        };
        return [decided, OfFills(timeframe, bars, Filled(bars, decisions, options, start), before)];

        // A long position shows what a flat one cannot: that the regime has changed.
        long Decided(int row) => ProofNode.Hash(
            (long)decisions.Decide(new DecisionMoment(row, bars.Times[row], PositionSide.Flat, -1, 0)).Signal,
            row == 0 ? 0 : (long)decisions.Decide(new DecisionMoment(row, bars.Times[row], PositionSide.Long, row, bars.Times[row])).Signal);
    }

    private static ProofNode OfIndicator(IndicatorNode node, BarSeries series, double[][] outputs) => new()
    {
        Kind = node.IsContext ? LeakKind.Context : LeakKind.Indicator,
        Name = node.Name,
        Timeframe = node.Series,
        Count = series.Count,
        KnownAt = (i, _) => series.AvailableAt(i),
        Bits = i =>
        {
            Span<long> words = stackalloc long[outputs.Length];
            for (var o = 0; o < words.Length; o++)
            {
                words[o] = BitConverter.DoubleToInt64Bits(outputs[o][i]);
            }

            return ProofNode.Hash(words);
        },
    };

    private ProofNode OfRows(LeakKind kind, string name, BarSeries bars, Func<int, long> bits, IReadOnlyList<int> of) => new()
    {
        Kind = kind,
        Name = name,
        Timeframe = baseTimeframe,
        Count = bars.Count,
        KnownAt = (row, _) => bars.AvailableAt(row),
        Bits = bits,
        Of = of,
    };

    /// <summary>Value i is the scaling fitted on the ready rows up to i.</summary>
    private ProofNode OfNormalization(BarSeries bars, FeatureMatrix features, IReadOnlyList<int> columns) => new()
    {
        Kind = LeakKind.Normalization,
        Name = "normalization",
        Timeframe = baseTimeframe,
        Count = bars.Count,
        KnownAt = (row, _) => bars.AvailableAt(row),
        OnlyLatest = true,
        Bits = row =>
        {
            var rows = Enumerable.Range(0, row + 1).Where(r => features.IsReady[r]).ToArray();
            var scales = rows.Length == 0 ? Normalization.None : Fit(features, rows);
            return ProofNode.Hash([.. scales.Scales.SelectMany(s => (long[])[BitConverter.DoubleToInt64Bits(s.Offset), BitConverter.DoubleToInt64Bits(s.Scale)])]);
        },
        Of = columns,
    };

    private void AddModel(BarSeries bars, FeatureMatrix features, Func<FeatureMatrix, ModelAnswer> model, List<ProofNode> nodes)
    {
        var answer = model(Normalization.Apply(features));
        var width = features.Rows == 0 ? 0 : answer.Outputs.Length / features.Rows;
        var before = Enumerable.Range(0, nodes.Count).Where(n => nodes[n].Kind != LeakKind.Normalization).ToArray();
        nodes.Add(OfRows(LeakKind.Decision, "decision", bars, row =>
        {
            var hash = answer.Decisions is null ? 0 : (long)answer.Decisions.Decide(new DecisionMoment(row, bars.Times[row], PositionSide.Flat, -1, 0)).Signal;
            foreach (var output in answer.Outputs.AsSpan(row * width, width))
            {
                hash = ProofNode.Hash(hash, BitConverter.SingleToInt32Bits(output));
            }

            return hash;
        }, before));
        if (answer.Decisions is not null && (Fills is not null || Options is not null))
        {
            nodes.Add(OfFills(baseTimeframe, bars, Fills is null ? Filled(bars, answer.Decisions, Options!, Start) : Fills(bars, answer.Decisions), nodes.Count - 1));
        }
    }

    private static IReadOnlyList<Fill> Filled(BarSeries bars, IDecisions decisions, BacktestOptions options, int start) =>
        bars.Count > start ? Backtester.Run(bars, start, bars.Count, decisions, options).Fills : [];

    /// <summary>A fill at an open follows from what was decided at the close before and from that open; any other from its whole bar. What the end of the data closes is left out.</summary>
    internal static ProofNode OfFills(string timeframe, BarSeries bars, IReadOnlyList<Fill> all, int decisions)
    {
        var fills = all.Where(f => f.Reason != FillReason.EndOfData).ToArray();
        return new ProofNode
        {
            Kind = LeakKind.Fill,
            Name = "fill",
            Timeframe = timeframe,
            Count = fills.Length,
            KnownAt = (i, change) => change == FutureChange.Perturbed && fills[i].Reason is FillReason.Entry or FillReason.OppositeSignal or FillReason.CloseSignal or FillReason.TimeExit && fills[i].Bar > 0
                ? bars.AvailableAt(fills[i].Bar - 1)
                : bars.AvailableAt(fills[i].Bar),
            Bits = i =>
            {
                var fill = fills[i];
                return ProofNode.Hash(
                    fill.Bar, (long)fill.Side, (long)fill.Reason, BitConverter.DoubleToInt64Bits(fill.Price), BitConverter.DoubleToInt64Bits(fill.Quantity),
                    BitConverter.DoubleToInt64Bits(fill.Commission), BitConverter.DoubleToInt64Bits(fill.CashAfter));
            },
            Index = i => fills[i].Bar,
            Of = [decisions],
        };
    }
}
