using System.Globalization;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning;

/// <summary>
/// The same training from several seeds, side by side: how much of a result is the seed's luck. Each seed trains on one thread exactly as it would alone, so the
/// number of threads changes no bit of any of them.
/// </summary>
public static class SeedTraining
{
    private const int MostSeeds = 256;

    /// <param name="options">Their seed is not used.</param>
    /// <param name="seeds">1 to 256, each once.</param>
    /// <param name="maxThreads">At least 1.</param>
    /// <param name="resume">Continue from here, or null to start.</param>
    /// <param name="onEpoch">Called after every epoch of every seed, one call at a time, from the seeds' threads. The function builds a checkpoint of all seeds; it may only be called before the callback returns.</param>
    /// <param name="cancellation">Looked at by every seed as often as <see cref="Trainer.Train"/> does; all threads have ended when it throws.</param>
    /// <exception cref="InvalidInputException">The set, shape, options, seeds or checkpoint do not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the last checkpoint taken is where to go on.</exception>
    public static SeedOutcome Train(
        TrainingSet set,
        NetworkShape shape,
        TrainerOptions options,
        IReadOnlyList<ulong> seeds,
        int maxThreads,
        SeedCheckpoint? resume,
        Action<SeedEpoch, Func<SeedCheckpoint>>? onEpoch,
        CancellationToken cancellation)
    {
        Check(seeds, maxThreads);
        resume?.CheckSeeds(seeds);
        var checkpoints = resume?.Checkpoints.ToArray() ?? new TrainerCheckpoint?[seeds.Count];
        var outcomes = new TrainingOutcome[seeds.Count];
        var turn = new Lock();

        void Announce(int index, EpochReport report, Func<TrainerCheckpoint> take, CancellationToken stop)
        {
            // Taken now, because no seed's state can be looked at while it trains on.
            var checkpoint = take();
            lock (turn)
            {
                stop.ThrowIfCancellationRequested();
                checkpoints[index] = checkpoint;
                var current = true;
                onEpoch(new SeedEpoch(index, seeds[index], report), () => current
                    ? SeedCheckpoint.Of(seeds, checkpoints)
                    : throw new InvalidOperationException("A checkpoint can only be taken inside the epoch's callback: training has moved on since."));
                current = false;
            }
        }

        WorkThreads.Run(
            seeds.Count,
            maxThreads,
            (i, stop) => outcomes[i] = Trainer.Train(set, shape, options with { Seed = seeds[i] }, checkpoints[i], onEpoch is null ? null : (report, take) => Announce(i, report, take, stop), stop),
            cancellation);
        return new SeedOutcome([.. seeds], outcomes);
    }

    private static void Check(IReadOnlyList<ulong> seeds, int maxThreads)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxThreads, 1);
        if (seeds.Count is < 1 or > MostSeeds)
        {
            throw new InvalidInputException(new Problem("out_of_range", "training.seeds", string.Create(CultureInfo.InvariantCulture, $"training.seeds has {seeds.Count} seeds; allowed: 1 to {MostSeeds}.")));
        }

        if (seeds.GroupBy(s => s).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidInputException(new Problem("duplicate_seed", "training.seeds", string.Create(CultureInfo.InvariantCulture, $"training.seeds has {twice.Key} more than once; allowed: each seed once.")));
        }
    }
}

/// <summary>One epoch of one of several seeds.</summary>
/// <param name="Index">Of the seed in the list.</param>
public sealed record SeedEpoch(int Index, ulong Seed, EpochReport Report);
