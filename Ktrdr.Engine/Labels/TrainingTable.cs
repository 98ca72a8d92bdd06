using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Labels;

/// <summary>One symbol's part of a <see cref="TrainingTable"/>.</summary>
/// <param name="Bars">Bars of the base timeframe up to the end of the window; bar i is row <paramref name="FirstRow"/> + i.</param>
/// <param name="FirstRow">Row of the first bar.</param>
/// <param name="Start">First bar of the window.</param>
/// <param name="Embargo">Bars left out on either side of what is held out.</param>
public sealed record TableSymbol(BarSeries Bars, int FirstRow, int Start, int Embargo)
{
    /// <summary>Bars of the symbol inside the window.</summary>
    public int Count => Bars.Count - Start;
}

/// <summary>Rows to train, validate and test on, and their labels, whose fitted thresholds have seen the stretches that train only.</summary>
/// <param name="Rows">Row numbers of the table.</param>
/// <param name="Labels">One per row of the table; ends are row numbers too and stay inside a symbol.</param>
/// <param name="TestTimes">Stretches that are tested, [start, end) in Unix milliseconds UTC, rising; empty for a holdout.</param>
public sealed record TrainingFold(RowSplit Rows, LabelSeries Labels, IReadOnlyList<(long Start, long EndExclusive)> TestTimes);

/// <summary>
/// What a strategy learns from: the features of its symbols one below the other, each symbol with labels from its own bars. Splits cut all symbols at the same moments, also where
/// their calendars differ, and no window of rows leads over the border between two symbols.
/// </summary>
public sealed class TrainingTable
{
    private readonly StrategyDocument _document;
    private readonly LabelMemory? _labels;
    private readonly bool[] _ready;

    private TrainingTable(StrategyDocument document, IReadOnlyList<TableSymbol> symbols, FeatureMatrix features, LabelMemory? labels)
    {
        (_document, _labels) = (document, labels);
        Symbols = symbols;
        Features = features;
        _ready = features.WindowReady(document.Model.SequenceLength);
    }

    /// <summary>In the order they were given.</summary>
    public IReadOnlyList<TableSymbol> Symbols { get; }

    /// <summary>Raw inputs not yet normalised.</summary>
    public FeatureMatrix Features { get; }

    /// <summary>Builds the features of every symbol.</summary>
    /// <param name="document">A checked strategy.</param>
    /// <param name="symbols">Bars and context of each symbol, from the dataset's first bar.</param>
    /// <param name="baseTimeframe">Name of the timeframe whose bars are the rows.</param>
    /// <param name="start">Beginning of the window, Unix milliseconds UTC; earlier bars are the indicators' history.</param>
    /// <param name="endExclusive">End of the window: bars stamped then or later do not exist for the table.</param>
    /// <param name="memory">Indicators computed before.</param>
    /// <param name="labels">Labels computed before.</param>
    /// <exception cref="InvalidInputException">No symbol, one twice, or one without bars in the window; or the pipeline refuses.</exception>
    public static TrainingTable Build(
        StrategyDocument document, IReadOnlyList<FeatureInputs> symbols, string baseTimeframe, long start, long endExclusive, IndicatorMemory? memory = null, LabelMemory? labels = null)
    {
        var parts = symbols.Select(inputs => FeaturePipeline.Build(document, Until(inputs, baseTimeframe, endExclusive), baseTimeframe, memory)).ToArray();
        var table = new List<TableSymbol>();
        var row = 0;
        for (var s = 0; s < parts.Length; s++)
        {
            var bars = symbols[s].Bars[baseTimeframe].Slice(0, parts[s].Rows);
            var first = bars.LowerBound(start);
            if (first >= bars.Count || table.Any(t => t.Bars.Symbol == bars.Symbol))
            {
                var what = first >= bars.Count ? $"{bars.Symbol} {baseTimeframe} has no bars in the window" : $"{bars.Symbol} is given twice";
                throw new InvalidInputException(new Problem("unfit_bars", "symbols", $"symbols: {what}; allowed: each symbol once, with bars in the window.") { Value = bars.Symbol });
            }

            var embargo = Splits.Embargo(bars.Count - first, parts[s].LongestLookBack, document.Model.SequenceLength, document.Validation?.EmbargoBars);
            table.Add(new TableSymbol(bars, row, first, embargo));
            row += bars.Count;
        }

        return new TrainingTable(document, table, FeatureMatrix.Concat(parts), labels);
    }

    /// <summary>The last part of the window validates, what comes before trains.</summary>
    /// <exception cref="InvalidInputException">A part comes out empty, or the labels cannot be computed.</exception>
    public TrainingFold Holdout(double validationFraction) => Folds(new ValidationSpec(ValidationScheme.Holdout), validationFraction)[0];

    /// <summary>The splits of a scheme.</summary>
    /// <param name="scheme">How the window is split.</param>
    /// <param name="validationFraction">Share of what is not tested that decides when to stop.</param>
    /// <exception cref="InvalidInputException">A part of a split comes out empty, or the labels cannot be computed.</exception>
    public IReadOnlyList<TrainingFold> Folds(ValidationSpec scheme, double validationFraction)
    {
        var unlabelled = Symbols.Select(s => Series(s, LabelSeries.Empty(s.Bars.Count, _document.Training.Labels.ClassCount))).ToArray();
        var plans = Splits.Plan(scheme, validationFraction, unlabelled);
        var fixedLabels = Labeler.IsFitted(_document.Training.Labels) ? null : Labels(unlabelled, null);
        return [.. plans.Select(plan => Fold(plan, fixedLabels ?? Labels(unlabelled, plan)))];
    }

    private TrainingFold Fold(PlannedSplit plan, LabelSeries[] labels) => new(
        SplitCutter.Cut(plan, [.. Symbols.Select((s, at) => Series(s, labels[at]))]),
        LabelSeries.Concat(labels),
        [.. plan.Test.Select(t => (t.Start, t.EndExclusive))]);

    private LabelSeries[] Labels(SplitSeries[] series, PlannedSplit? plan)
    {
        var spec = _document.Training.Labels;
        return [.. Symbols.Select((s, at) => plan is null ? _labels?.Compute(spec, s.Bars) ?? Labeler.Compute(spec, s.Bars) : Labeler.Compute(spec, s.Bars, [.. plan.Train.Select(series[at].Inside)]))];
    }

    private SplitSeries Series(TableSymbol symbol, LabelSeries labels) => new(
        symbol.Bars.Times.ToArray(), labels, _ready[symbol.FirstRow..(symbol.FirstRow + symbol.Bars.Count)], symbol.Start, symbol.Bars.Count, symbol.Embargo, symbol.FirstRow)
    {
        IsStamped = true,
        History = _document.TrainingData.HistoryRequired ?? 0,
        AskedEmbargo = _document.Validation?.EmbargoBars,
    };

    private static FeatureInputs Until(FeatureInputs inputs, string baseTimeframe, long endExclusive)
    {
        if (!inputs.Bars.TryGetValue(baseTimeframe, out var bars))
        {
            return inputs;
        }

        return inputs with { Bars = new SortedDictionary<string, BarSeries>(inputs.Bars.ToDictionary(), StringComparer.Ordinal) { [baseTimeframe] = bars.Slice(0, bars.LowerBound(endExclusive)) } };
    }
}
