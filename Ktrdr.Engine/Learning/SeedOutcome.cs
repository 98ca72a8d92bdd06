namespace Ktrdr.Engine.Learning;

/// <summary>What the seeds gave, in their order, whichever finished first.</summary>
public sealed record SeedOutcome(IReadOnlyList<ulong> Seeds, IReadOnlyList<TrainingOutcome> Outcomes);
