namespace Ktrdr.Engine.Strategies;

/// <summary>Changes to a document's text, by paths, that leave comments, order and layout of everything else alone.</summary>
internal sealed class TextEdits(string text, MarkedNode root)
{
    private readonly List<(int Start, int End, string Replacement)> _edits = [];
    private readonly List<(MarkedNode Parent, string Path)> _removed = [];

    public bool Has(string path) => MarkedDocument.Find(root, path) is not null;

    public void Rename(string path, string name)
    {
        if (MarkedDocument.Find(root, path) is { } found)
        {
            _edits.Add((found.Entry.Start, found.Entry.End, text[found.Entry.Start] is '"' or '\'' ? $"\"{name}\"" : name));
        }
    }

    public void SetValue(string path, string value)
    {
        if (MarkedDocument.Find(root, path) is { } found)
        {
            _edits.Add((found.Entry.Value.Start, found.Entry.Value.End, value));
        }
    }

    /// <summary>Another key with the same value behind this one.</summary>
    public void Repeat(string path, string name)
    {
        if (MarkedDocument.Find(root, path) is { } found)
        {
            var value = text[found.Entry.Value.Start..found.Entry.Value.End];
            var quoted = text[found.Entry.Start] == '"' ? $"\"{name}\"" : name;
            var separator = found.Parent.IsFlow ? ", " : $"\n{new string(' ', ColumnOf(found.Entry.Start))}";
            _edits.Add((found.Entry.Value.End, found.Entry.Value.End, $"{separator}{quoted}: {value}"));
        }
    }

    /// <summary>A new key at the root, behind another one or first of all.</summary>
    public void AddFirst(string name, string value, string after)
    {
        if (root.IsFlow)
        {
            _edits.Add((root.Start + 1, root.Start + 1, $"\"{name}\": {value}{(root.Entries.Count > 0 ? ", " : "")}"));
            return;
        }

        var at = root.Find(after) is { } entry ? EndOfLine(entry.Value.End) : root.Start;
        _edits.Add((at, at, at == root.Start ? $"{name}: {value}\n" : $"\n{name}: {value}"));
    }

    /// <summary>Takes a key and its value out, and what is empty without it; false where the key is not there.</summary>
    public bool Remove(string path)
    {
        if (MarkedDocument.Find(root, path) is not { } found)
        {
            return false;
        }

        if (!_removed.Exists(r => r.Path == path))
        {
            _removed.Add((found.Parent, path));
        }

        return true;
    }

    /// <summary>Takes a key with a plain value out and writes it into another mapping; false where it has no plain value.</summary>
    public bool Move(string path, string target)
    {
        if (MarkedDocument.Find(root, path) is not { } found || MarkedDocument.Find(root, target) is not { Entry.Value: { Entries.Count: > 0 } mapping })
        {
            return false;
        }

        var value = text[found.Entry.Value.Start..found.Entry.Value.End];
        if (!found.Entry.Value.IsFlow || value.Contains('\n', StringComparison.Ordinal))
        {
            return false;
        }

        if (!Remove(path))
        {
            return false;
        }

        var first = mapping.Entries[0].Start;
        var key = text[first] == '"' ? $"\"{found.Entry.Key}\"" : found.Entry.Key;
        _edits.Add((first, first, mapping.IsFlow ? $"{key}: {value}, " : $"{key}: {value}\n{new string(' ', ColumnOf(first))}"));
        return true;
    }

    public string Apply()
    {
        foreach (var path in Removals())
        {
            Cut(path);
        }

        var result = text;
        var covered = int.MaxValue;
        foreach (var (start, end, replacement) in _edits.Select((edit, order) => (edit, order)).OrderByDescending(e => e.edit.Start).ThenByDescending(e => e.edit.End).ThenByDescending(e => e.order).Select(e => e.edit))
        {
            // What lies inside something that is taken out anyway is left to the next pass.
            if (end <= covered)
            {
                result = string.Concat(result.AsSpan(0, start), replacement, result.AsSpan(end));
                covered = start;
            }
        }

        return result;
    }

    /// <summary>The keys to take out; where all keys of a mapping go, the mapping goes instead of them.</summary>
    private List<string> Removals()
    {
        while (_removed.GroupBy(r => r.Parent, ReferenceEqualityComparer.Instance).FirstOrDefault(g => g.Count() == g.First().Parent.Entries.Count && g.First().Path.LastIndexOf('.') > 0) is { } all)
        {
            var children = all.ToArray();
            var owner = children[0].Path[..children[0].Path.LastIndexOf('.')];
            if (MarkedDocument.Find(root, owner) is not { } found || owner.EndsWith(']'))
            {
                break;
            }

            _removed.RemoveAll(r => children.Contains(r));
            if (RootReader.Shape.Find(owner) is { Required: true })
            {
                // A document needs the part, also where nothing stands in it.
                var colon = text.IndexOf(':', found.Entry.End) + 1;
                _edits.Add((colon, LastOf(found.Entry), " {}"));
                continue;
            }

            if (!_removed.Exists(r => r.Path == owner))
            {
                _removed.Add((found.Parent, owner));
            }
        }

        return [.. _removed.Select(r => r.Path)];
    }

    private void Cut(string path)
    {
        var (parent, entry) = MarkedDocument.Find(root, path)!.Value;
        var index = parent.Entries.ToList().IndexOf(entry);
        var next = index + 1 < parent.Entries.Count ? parent.Entries[index + 1] : null;
        if (parent.IsFlow)
        {
            var start = next is null && index > 0 ? parent.Entries[index - 1].Value.End : entry.Start;
            _edits.Add((start, next?.Start ?? entry.Value.End, ""));
            return;
        }

        var lineStart = text.LastIndexOf('\n', Math.Max(entry.Start - 1, 0)) + 1;
        if (text[lineStart..entry.Start].Trim().Length > 0)
        {
            // It stands behind the dash of a list: what follows takes its place.
            _edits.Add(next is null ? (entry.Start, LastOf(entry), "{}") : (entry.Start, next.Start, ""));
            return;
        }

        var end = EndOfLine(LastOf(entry));
        _edits.Add((lineStart, end < text.Length ? end + 1 : end, ""));
    }

    private int ColumnOf(int at) => at - (text.LastIndexOf('\n', Math.Max(at - 1, 0)) + 1);

    private int EndOfLine(int at)
    {
        var end = text.IndexOf('\n', Math.Min(at, text.Length));
        return end < 0 ? text.Length : end;
    }

    /// <summary>Behind the last character of a value; a block scalar's mark lies on the next line.</summary>
    private int LastOf(MarkedEntry entry)
    {
        var end = Math.Max(entry.Value.End, entry.End);
        while (end > entry.End && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return end;
    }
}
