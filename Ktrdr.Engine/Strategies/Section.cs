using System.Globalization;
using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>
/// Reads one mapping of a document strictly: every key that is asked for counts as known, <see cref="Close"/> reports the rest.
/// A value of the wrong kind is reported and replaced by the default, so that one pass finds all problems.
/// </summary>
internal sealed class Section(MappingNode node, string path, ReadingContext context)
{
    private readonly List<string> _known = [];
    private readonly HashSet<string> _handled = new(StringComparer.Ordinal);

    public string Path => path;

    public int Line => node.Line;

    public ReadingContext Context => context;

    public IReadOnlyList<KeyValuePair<string, DocumentNode>> Entries => node.Entries;

    public string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    /// <summary>The node of a key, which counts as known from now on. An empty value is reported and counts as absent.</summary>
    public DocumentNode? Take(string key)
    {
        _handled.Add(key);
        Offer(key);
        var value = node.Find(key);
        if (value is ScalarNode { Kind: ScalarKind.Null })
        {
            context.Report(value.Line, "wrong_type", PathOf(key), $"{PathOf(key)} is empty; write a value or leave the key out.");
            return null;
        }

        return value;
    }

    public bool Has(string key) => node.Find(key) is not null;

    public int LineOf(string key) => node.Find(key)?.Line ?? Line;

    public DocumentNode? Require(string key, string allowed)
    {
        var value = Take(key);
        if (value is null && !Has(key))
        {
            context.Report(Line, "missing_key", PathOf(key), $"{PathOf(key)} is missing; allowed: {allowed}.", allowed: allowed);
        }

        return value;
    }

    public string? Text(string key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Text } scalar when scalar.Text.Length > 0:
                return scalar.Text;
            case var other:
                WrongType(key, other, other is ScalarNode { Kind: not ScalarKind.Text } ? "text (in quotes)" : "text");
                return null;
        }
    }

    public double? NumberOrNull(string key, double min, double max, bool minOpen = false, bool maxOpen = false)
    {
        var taken = Take(key);
        if (taken is null)
        {
            return null;
        }

        var range = RangeText(min, max, minOpen, maxOpen);
        if (taken is not ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } scalar)
        {
            WrongType(key, taken, $"a number, {range}");
            return null;
        }

        var value = scalar.AsNumber();
        if (!double.IsFinite(value) || value < min || value > max || minOpen && value == min || maxOpen && value == max)
        {
            OutOfRange(key, scalar, range);
            return null;
        }

        return value;
    }

    public double Number(string key, double fallback, double min, double max, bool minOpen = false, bool maxOpen = false) => NumberOrNull(key, min, max, minOpen, maxOpen) ?? fallback;

    public int? IntegerOrNull(string key, int min, int max)
    {
        var taken = Take(key);
        if (taken is null)
        {
            return null;
        }

        var range = $"{min} to {max}";
        if (taken is not ScalarNode { Kind: ScalarKind.Integer } scalar)
        {
            WrongType(key, taken, $"a whole number, {range}");
            return null;
        }

        if (!long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < min || value > max)
        {
            OutOfRange(key, scalar, range);
            return null;
        }

        return (int)value;
    }

    public int Integer(string key, int fallback, int min, int max) => IntegerOrNull(key, min, max) ?? fallback;

    public bool? FlagOrNull(string key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Flag } flag:
                return flag.AsFlag();
            case var other:
                WrongType(key, other, "true or false");
                return null;
        }
    }

    public bool Flag(string key, bool fallback) => FlagOrNull(key) ?? fallback;

    public T? Choice<T>(string key, Vocabulary<T> vocabulary)
        where T : struct, Enum
    {
        switch (Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Text } scalar:
                if (vocabulary.TryFind(scalar.Text, out var value))
                {
                    return value;
                }

                context.UnknownWord(scalar.Line, PathOf(key), scalar.Text, vocabulary.Names, vocabulary.NotImplemented);
                return null;
            case var other:
                WrongType(key, other, string.Join(", ", vocabulary.Names));
                return null;
        }
    }

    public Section? Child(string key) => AsSection(key, Take(key));

    public Section? RequireChild(string key, string allowed) => AsSection(key, Require(key, allowed));

    public IReadOnlyList<DocumentNode>? List(string key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case SequenceNode list:
                return list.Items;
            case var other:
                WrongType(key, other, "a list");
                return null;
        }
    }

    /// <summary>A list of texts; null where absent or wrong (reported).</summary>
    public IReadOnlyList<string>? TextList(string key)
    {
        if (List(key) is not { } items)
        {
            return null;
        }

        var texts = new List<string>();
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i] is ScalarNode { Kind: ScalarKind.Text } scalar && scalar.Text.Length > 0)
            {
                texts.Add(scalar.Text);
            }
            else
            {
                var at = $"{PathOf(key)}[{i}]";
                context.Report(items[i].Line, "wrong_type", at, $"{at} is {items[i].KindName}; allowed: text.", allowed: "text");
            }
        }

        return texts;
    }

    /// <summary>Counts keys as known that are read elsewhere, so that a slip of the pen finds them.</summary>
    public void Offer(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (!_known.Contains(key))
            {
                _known.Add(key);
            }
        }
    }

    /// <summary>A key that never had an effect: accepted, and said so.</summary>
    public void NoEffect(string key, string why)
    {
        if (Has(key))
        {
            _handled.Add(key);
            context.Warn(LineOf(key), "no_effect", PathOf(key), $"{PathOf(key)} has no effect: {why}.");
        }
    }

    /// <summary>A key that the grammar knows and this engine does not have.</summary>
    public void NotImplemented(string key, string available)
    {
        if (Has(key))
        {
            _handled.Add(key);
            context.Report(LineOf(key), "not_implemented", PathOf(key), $"{PathOf(key)} is not implemented; {available}.", allowed: available);
        }
    }

    /// <summary>A key that the original drops without a word because it is called otherwise.</summary>
    public void WrongKey(string key, string right)
    {
        if (Has(key))
        {
            _handled.Add(key);
            context.Report(LineOf(key), "wrong_key", PathOf(key), $"{PathOf(key)} is not a key here (the original ignores it); the right key is {right}.", value: key, allowed: right, suggestion: right);
        }
    }

    /// <summary>A key that means something only beside another choice.</summary>
    public void OnlyWith(string key, string condition)
    {
        if (Has(key))
        {
            _handled.Add(key);
            context.Warn(LineOf(key), "no_effect", PathOf(key), $"{PathOf(key)} has no effect here: it counts only with {condition}.");
        }
    }

    /// <summary>Reports every key that nobody asked for.</summary>
    public void Close()
    {
        foreach (var entry in node.Entries)
        {
            if (!_handled.Contains(entry.Key))
            {
                var at = PathOf(entry.Key);
                var nearest = NearestName.Among(entry.Key, _known);
                context.ReportUnknownKey(entry.Value.Line, at, entry.Key, _known, nearest);
            }
        }
    }

    public void WrongType(string key, DocumentNode actual, string allowed) =>
        context.Report(actual.Line, "wrong_type", PathOf(key), $"{PathOf(key)} is {Describe(actual)}; allowed: {allowed}.", (actual as ScalarNode)?.Text, allowed);

    public void OutOfRange(string key, ScalarNode actual, string allowed) =>
        context.Report(actual.Line, "out_of_range", PathOf(key), $"{PathOf(key)} is {actual.Text}; allowed: {allowed}.", actual.Text, allowed);

    private Section? AsSection(string key, DocumentNode? value)
    {
        switch (value)
        {
            case null:
                return null;
            case MappingNode mapping:
                return new Section(mapping, PathOf(key), context);
            default:
                WrongType(key, value, "a mapping");
                return null;
        }
    }

    internal static string Describe(DocumentNode node) => node is ScalarNode { Kind: not ScalarKind.Null } scalar ? $"{scalar.KindName} ({ReadingContext.Shorten(scalar.Text)})" : node.KindName;

    private static string RangeText(double min, double max, bool minOpen, bool maxOpen)
    {
        var low = min.ToString("R", CultureInfo.InvariantCulture);
        var high = max.ToString("R", CultureInfo.InvariantCulture);
        return $"{(minOpen ? $"above {low}" : $"from {low}")} {(maxOpen ? $"to below {high}" : $"to {high}")}";
    }
}
