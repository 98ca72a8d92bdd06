namespace Ktrdr.Engine.Labels;

/// <summary>Rows (bar indices, ascending) to train on and to decide when to stop.</summary>
public sealed record RowSplit(int[] Train, int[] Validation)
{
    /// <summary>Rows that neither has seen, ascending; empty for a holdout, whose results are measured on windows of their own.</summary>
    public int[] Test { get; init; } = [];

    /// <summary>Numbers of the stretches that <see cref="Test"/> covers, oldest first.</summary>
    public IReadOnlyList<int> TestFolds { get; init; } = [];
}
