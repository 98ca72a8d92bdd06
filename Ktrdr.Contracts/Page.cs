namespace Ktrdr.Contracts;

/// <summary>One page of a list that is paged by key.</summary>
/// <param name="Items">The rows, in the list's own order.</param>
/// <param name="Next">Pass it as <c>after</c> to get the next page; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next = null);
