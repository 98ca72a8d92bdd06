using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>Computes the outputs of one indicator node over the bars of its series; the seam through which tests plant a leak.</summary>
internal delegate double[][] IndicatorComputation(IndicatorNode node, BarSeries bars);

/// <summary>
/// The one way from bars to features: training, backtest and explanation use it. A row belongs to a bar of the base timeframe and sees, on every timeframe and in every context series,
/// exactly the bars that are available (<see cref="BarSeries.AvailableAt"/>) when that bar is. Give whole series from the dataset's first bar, so that recursive indicators have the same
/// history everywhere. Where the whole matrix is not needed at once, <see cref="FeatureStream"/> gives the same rows in tiles.
/// </summary>
public static class FeaturePipeline
{
    /// <summary>Builds the features of a strategy, raw inputs not yet normalised: see <see cref="Normalization"/>.</summary>
    /// <param name="document">A checked strategy.</param>
    /// <param name="inputs">Bars and context series of one symbol; every timeframe and source the inputs use must be there.</param>
    /// <param name="baseTimeframe">Name of the timeframe whose bars are the rows; one of the strategy's training timeframes.</param>
    /// <param name="memory">Indicators computed before.</param>
    /// <exception cref="InvalidInputException">A series is missing, symbols differ, or the strategy may not be run on these bars.</exception>
    public static FeatureMatrix Build(StrategyDocument document, FeatureInputs inputs, string baseTimeframe, IndicatorMemory? memory = null) =>
        Build(document, inputs, baseTimeframe, memory is null ? null : memory.Compute);

    /// <summary>The same for a strategy without context series.</summary>
    /// <inheritdoc cref="Build(StrategyDocument, FeatureInputs, string, IndicatorMemory?)"/>
    public static FeatureMatrix Build(StrategyDocument document, IReadOnlyDictionary<string, BarSeries> barsByTimeframe, string baseTimeframe) =>
        Build(document, new FeatureInputs(barsByTimeframe), baseTimeframe);

    internal static double[][] Compute(IndicatorNode node, BarSeries bars) => node.Type.Compute(bars, node.Arguments);

    internal static FeatureMatrix Build(StrategyDocument document, FeatureInputs inputs, string baseTimeframe, IndicatorComputation? compute)
    {
        using var stream = FeatureStream.Open(document, inputs, baseTimeframe, null, compute);
        if ((long)stream.Rows * stream.Columns > Array.MaxLength)
        {
            throw new InvalidInputException(new Problem("too_large", "nn_inputs", $"{Counted.Of(stream.Rows, "bar")} x {Counted.Of(stream.Columns, "feature")} do not fit into one matrix; allowed: at most {Array.MaxLength} values."));
        }

        var values = GC.AllocateUninitializedArray<float>(stream.Rows * stream.Columns);
        var ready = new bool[stream.Rows];
        stream.Fill(0, values, ready);
        return new FeatureMatrix(stream.Names, values, ready, stream.StartsRun, stream.LongestLookBack);
    }
}
