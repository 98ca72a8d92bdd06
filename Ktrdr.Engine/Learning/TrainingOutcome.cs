using Ktrdr.Engine.Learning.Tsk;

namespace Ktrdr.Engine.Learning;

/// <summary>One epoch in the history.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Weighted mean over the epoch's batches, with dropout, each batch before its own update.</param>
/// <param name="ValidationLoss">Weighted mean after the epoch, without dropout; null without validation rows, or where all of them have weight 0.</param>
/// <param name="TrainAccuracy">Share of rows whose greatest output is their class; null for regression.</param>
/// <param name="ValidationAccuracy">The same on the validation rows.</param>
/// <param name="GradientNorm">The greatest of the epoch's batches, before clipping.</param>
/// <param name="LearningRate">Of this epoch.</param>
/// <param name="IsBest">The lowest monitored loss so far (validation, or train without one): its weights are kept.</param>
public sealed record EpochReport(
    int Epoch,
    double TrainLoss,
    double? ValidationLoss,
    double? TrainAccuracy,
    double? ValidationAccuracy,
    double GradientNorm,
    double LearningRate,
    bool IsBest);

public enum StopReason
{
    /// <summary>All epochs ran.</summary>
    Completed,

    /// <summary>No improvement for as many epochs as patience allows.</summary>
    EarlyStopping,

    /// <summary>A loss or gradient was not finite; the best epoch before it is returned.</summary>
    NotFinite,
}

/// <summary>What a training gives back.</summary>
/// <param name="Network">With the weights of <paramref name="BestEpoch"/>.</param>
/// <param name="History">One report per finished epoch.</param>
/// <param name="BestEpoch">From 1; 0 if no epoch finished, and the network is the initial one.</param>
/// <param name="StopReason">Why training ended.</param>
/// <param name="StopMessage">The same for people, with numbers.</param>
/// <param name="WeightsHash">See <see cref="Network.WeightsHash"/>.</param>
/// <param name="ValidationClassCounts">How often the best epoch's network chose each class on the validation rows; empty for regression or without validation rows.</param>
public sealed record TrainingOutcome(
    Network Network,
    IReadOnlyList<EpochReport> History,
    int BestEpoch,
    StopReason StopReason,
    string StopMessage,
    string WeightsHash,
    int[] ValidationClassCounts)
{
    /// <summary>A tsk network: what was taken out after training; else null.</summary>
    public TskPruningReport? Pruning { get; init; }
}
