using Ktrdr.Contracts.Operations;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>How many workers of each kind a sandbox runs.</summary>
public sealed record WorkerCounts(int Backtest = 2, int Training = 1)
{
    /// <summary>One of each at least: an operation whose kind nobody runs would wait for ever.</summary>
    public const int Min = 1;
    public const int Max = 16;

    /// <summary>Training workers that have a GPU, beside the others. Only what is published for other machines has one.</summary>
    public int Gpu { get; init; }

    /// <summary>Kind and count, in the order in which the workers get the table's ports.</summary>
    public IReadOnlyList<(string Kind, int Count)> ByKind => [(WorkerKinds.Backtest, Backtest), (WorkerKinds.Training, Training)];
}
