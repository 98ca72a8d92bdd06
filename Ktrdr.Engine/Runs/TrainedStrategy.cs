using Ktrdr.Engine.Features;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>One seed's network.</summary>
/// <param name="ValidationLoss">At its best epoch; null without validation rows.</param>
public sealed record TrainedSeed(ulong Seed, Network Network, double? ValidationLoss);

/// <summary>Everything that serving a strategy needs: the document and scaling it was trained under, and a network per seed.</summary>
/// <param name="Strategy">As trained, without the inputs that were dropped.</param>
/// <param name="Seeds">At least one, in the order of training.</param>
public sealed record TrainedStrategy(StrategyDocument Strategy, Normalization Normalization, IReadOnlyList<TrainedSeed> Seeds)
{
    /// <summary>The seed that speaks where only one can: the one with the median validation loss, the lower of two. Taking the best would be a choice by luck.</summary>
    public int Primary
    {
        get
        {
            var ranked = Enumerable.Range(0, Seeds.Count).OrderBy(i => Seeds[i].ValidationLoss ?? 0).ThenBy(i => i).ToList();
            return ranked[(Seeds.Count - 1) / 2];
        }
    }

    public TrainedSeed PrimarySeed => Seeds[Primary];

    /// <summary>Places in <see cref="Seeds"/> from the primary one on, around to the one before it.</summary>
    internal IReadOnlyList<int> PrimaryFirst => [.. Enumerable.Range(0, Seeds.Count).Select(i => (Primary + i) % Seeds.Count)];

    public int SequenceLength => PrimarySeed.Network.Shape.SequenceLength;

    /// <summary>Outputs of every seed for the rows [<paramref name="start"/>, <paramref name="endExclusive"/>) of one symbol.</summary>
    /// <param name="inputs">Bars and context of the symbol, from the dataset's first bar.</param>
    /// <param name="memory">Indicators computed before.</param>
    /// <param name="seeds">Places in <see cref="Seeds"/>; null: all of them.</param>
    /// <exception cref="InvalidInputException">The bars do not suit the strategy.</exception>
    public Predictions Predict(FeatureInputs inputs, string baseTimeframe, int start, int endExclusive, IndicatorMemory? memory = null, IReadOnlyList<int>? seeds = null, CancellationToken cancellation = default)
    {
        seeds ??= [.. Enumerable.Range(0, Seeds.Count)];
        using var stream = FeatureStream.Open(Strategy, inputs, baseTimeframe, Normalization, memory);
        var width = PrimarySeed.Network.Shape.Outputs;
        var ready = new bool[stream.Rows];
        var outputs = seeds.Select(_ => new float[(long)stream.Rows * width]).ToArray();
        stream.ForEachTile(start, endExclusive, SequenceLength, ready, (matrix, firstRow, rowCount, bar) =>
        {
            cancellation.ThrowIfCancellationRequested();
            for (var s = 0; s < outputs.Length; s++)
            {
                Seeds[seeds[s]].Network.Predict(matrix, firstRow, rowCount, outputs[s].AsSpan(bar * width, rowCount * width));
            }
        });
        return new Predictions(outputs, width, FeatureMatrix.WindowReady(ready, stream.StartsRun, SequenceLength), stream.Names);
    }
}

/// <summary>What networks say of the rows of one symbol.</summary>
/// <param name="Outputs">Per seed, row-major, <paramref name="Width"/> per bar of the series; 0 for bars that were not asked for.</param>
/// <param name="Width">Outputs per bar.</param>
/// <param name="Ready">Per bar, whether its window of features is complete; false for bars that were not asked for.</param>
/// <param name="Features">Feature ids in column order.</param>
public sealed record Predictions(float[][] Outputs, int Width, bool[] Ready, IReadOnlyList<string> Features);
