namespace Ktrdr.Engine.Strategies;

/// <summary>One difference between two documents.</summary>
/// <param name="Path">For instance <c>indicators.rsi_14.period</c> or <c>nn_inputs[1].timeframes</c>.</param>
/// <param name="Before">The value in the first document as YAML would write it; null: it is not there.</param>
/// <param name="After">The value in the second document; null: it is not there.</param>
public sealed record StrategyChange(string Path, string? Before, string? After);

/// <summary>What two documents do differently, with every default filled in: an equal meaning, written differently, is no difference.</summary>
public static class StrategyDiff
{
    /// <summary>The differences in the order of the canonical form. Lists of plain values are compared as a whole.</summary>
    public static IReadOnlyList<StrategyChange> Of(StrategyDocument before, StrategyDocument after) => Compare(StrategyTree.Of(before, withIdentity: true), StrategyTree.Of(after, withIdentity: true));

    /// <summary>The same for ensembles.</summary>
    public static IReadOnlyList<StrategyChange> Of(EnsembleDocument before, EnsembleDocument after) => Compare(EnsembleWriter.Tree(before, withIdentity: true), EnsembleWriter.Tree(after, withIdentity: true));

    private static IReadOnlyList<StrategyChange> Compare(MappingNode before, MappingNode after)
    {
        var changes = new List<StrategyChange>();
        Compare("", before, after, changes);
        return changes;
    }

    private static void Compare(string path, DocumentNode? before, DocumentNode? after, List<StrategyChange> changes)
    {
        if (before is MappingNode or null && after is MappingNode or null)
        {
            var (old, now) = (before as MappingNode, after as MappingNode);
            var oldKeys = (old?.Entries ?? []).Select(e => e.Key).ToArray();
            foreach (var key in oldKeys.Concat((now?.Entries ?? []).Select(e => e.Key).Where(k => old?.Find(k) is null)))
            {
                Compare(path.Length == 0 ? key : $"{path}.{key}", old?.Find(key), now?.Find(key), changes);
            }

            return;
        }

        if ((IsListOfParts(before) || before is null) && (IsListOfParts(after) || after is null))
        {
            var (old, now) = ((before as SequenceNode)?.Items ?? [], (after as SequenceNode)?.Items ?? []);
            for (var i = 0; i < Math.Max(old.Count, now.Count); i++)
            {
                Compare($"{path}[{i}]", i < old.Count ? old[i] : null, i < now.Count ? now[i] : null, changes);
            }

            return;
        }

        var (oldText, newText) = (before is null ? null : StrategyWriter.Inline(before), after is null ? null : StrategyWriter.Inline(after));
        if (oldText != newText)
        {
            changes.Add(new StrategyChange(path, oldText, newText));
        }
    }

    private static bool IsListOfParts(DocumentNode? node) => node is SequenceNode { Items: [MappingNode, ..] };
}
