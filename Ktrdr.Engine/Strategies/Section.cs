using System.Globalization;
using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>
/// Reads one mapping of a document strictly. Keys that its <see cref="Shape"/> does not have are reported when it is opened; a key that is clearly a slip of the pen for one that is missing is
/// read as that one all the same, so that one slip is one problem. A value of the wrong kind is reported and replaced by the default, so that one pass finds everything.
/// </summary>
internal sealed class Section
{
    private readonly MappingNode _node;
    private readonly ReadingContext _context;
    private readonly Shape? _shape;
    private readonly Dictionary<string, string> _writtenAs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Section> _parts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <param name="shape">The keys it may have; null: ids of the author's choice.</param>
    public Section(MappingNode node, string path, ReadingContext context, Shape? shape)
    {
        (_node, Path, _context, _shape) = (node, path, context, shape);
        if (shape is not null)
        {
            CheckKeys(shape);
        }
    }

    public string Path { get; }

    public int Line => _node.Line;

    public ReadingContext Context => _context;

    public IEnumerable<string> Ids => _node.Entries.Select(e => e.Key);

    public int Count => _node.Entries.Count;

    /// <summary>Where the value of a key stands: with a slip of the pen, as it was written.</summary>
    public string PathOf(string key) => Path.Length == 0 ? Written(key) : $"{Path}.{Written(key)}";

    public string PathOf(Key key) => PathOf(key.Name);

    public bool Has(Key key) => Find(key.Name) is not null;

    public int LineOf(string key) => Find(key)?.Line ?? Line;

    public int LineOf(Key key) => LineOf(key.Name);

    /// <summary>Whether the key was written otherwise: what follows from its value alone is then not worth a second word.</summary>
    public bool IsSlip(Key key) => _writtenAs.ContainsKey(key.Name);

    /// <summary>The value of an id of the author's choice.</summary>
    public DocumentNode? Take(string id) => NotEmpty(id, Find(id), null);

    public DocumentNode? Take(Key key)
    {
        if (_shape?.Find(key.Name) is null)
        {
            throw new InvalidOperationException($"The shape of {Path} does not declare {key.Name}.");
        }

        var value = Find(key.Name);
        if (value is not null && key.Since == "3.1" && _context.Version == "3.0" && _said.Add(key.Name))
        {
            _context.Report(value.Line, "needs_version", PathOf(key), $"{PathOf(key)} belongs to grammar 3.1; allowed: write version: \"3.1\".", allowed: "version: \"3.1\"");
        }

        return NotEmpty(key.Name, value, key);
    }

    public DocumentNode? Require(Key key, string? allowed = null)
    {
        var value = Take(key);
        if (!Has(key) && _said.Add(key.Name))
        {
            allowed ??= key.Allowed;
            _context.Report(Line, "missing_key", PathOf(key), $"{PathOf(key)} is missing; allowed: {allowed}.", allowed: allowed);
        }

        return value;
    }

    public string? Text(Key key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Text } scalar when scalar.Text.Length > 0:
                return scalar.Text;
            case var other:
                WrongType(key, other, other is ScalarNode { Kind: not ScalarKind.Text } && key is TextKey ? $"{key.Allowed} (in quotes)" : key.Allowed);
                return null;
        }
    }

    public double? NumberOrNull(NumberKey key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } scalar:
                if (key.Contains(scalar.AsNumber()))
                {
                    return scalar.AsNumber();
                }

                OutOfRange(key, scalar, key.Range);
                return null;
            case var other:
                WrongType(key, other);
                return null;
        }
    }

    public double Number(NumberKey key) => NumberOrNull(key) ?? key.Default!.Value;

    public int? IntegerOrNull(IntegerKey key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Integer } scalar:
                if (long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= key.Min && value <= key.Max)
                {
                    return (int)value;
                }

                OutOfRange(key, scalar, key.Range);
                return null;
            case ScalarNode { Kind: ScalarKind.Number } scalar when scalar.AsNumber() is var number && number == Math.Floor(number):
                // 14.0 is a whole number, here as in JSON Schema.
                if (number >= key.Min && number <= key.Max)
                {
                    return (int)number;
                }

                OutOfRange(key, scalar, key.Range);
                return null;
            case var other:
                WrongType(key, other);
                return null;
        }
    }

    public int Integer(IntegerKey key) => IntegerOrNull(key) ?? key.Default!.Value;

    public bool? FlagOrNull(FlagKey key)
    {
        switch (Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Flag } flag:
                return flag.AsFlag();
            case var other:
                WrongType(key, other);
                return null;
        }
    }

    public bool Flag(FlagKey key) => FlagOrNull(key) ?? key.Default!.Value;

    public T? ChoiceOrNull<T>(ChoiceKey<T> key)
        where T : struct, Enum
    {
        switch (Take(key))
        {
            case null:
                return null;
            case ScalarNode { Kind: ScalarKind.Text } scalar:
                if (key.Words.TryFind(scalar.Text, out var value))
                {
                    return value;
                }

                if (!IsSlip(key))
                {
                    _context.UnknownWord(scalar.Line, PathOf(key), scalar.Text, key.Words.Names, key.Words.NotImplemented);
                }

                return null;
            case var other:
                WrongType(key, other);
                return null;
        }
    }

    public T Choice<T>(ChoiceKey<T> key)
        where T : struct, Enum => ChoiceOrNull(key) ?? key.Default!.Value;

    public Section? Part(PartKey key) => Open(key.Name, Take(key), key.Shape);

    public Section? RequirePart(PartKey key, string? allowed = null) => Open(key.Name, Require(key, allowed), key.Shape);

    /// <summary>A mapping of ids of the author's choice.</summary>
    public Section? Map(Key key) => Open(key.Name, Take(key), null);

    public Section? RequireMap(Key key) => Open(key.Name, Require(key), null);

    /// <summary>The mapping under an id of the author's choice.</summary>
    public Section? Part(string id, Shape shape) => Open(id, Take(id), shape);

    public IReadOnlyList<DocumentNode>? List(Key key)
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

    /// <summary>The mappings of a list; what is not a mapping is reported. Null where the list is absent or wrong.</summary>
    public IReadOnlyList<Section>? Parts(PartsKey key)
    {
        if (List(key) is not { } items)
        {
            return null;
        }

        var parts = new List<Section>();
        for (var i = 0; i < items.Count; i++)
        {
            var at = $"{PathOf(key)}[{i}]";
            if (items[i] is MappingNode mapping)
            {
                parts.Add(new Section(mapping, at, _context, key.Shape));
            }
            else
            {
                _context.Report(items[i].Line, "wrong_type", at, $"{at} is {Describe(items[i])}; allowed: a mapping with {string.Join(", ", key.Shape.Working)}.", (items[i] as ScalarNode)?.Text, "a mapping");
            }
        }

        return parts;
    }

    /// <summary>A list of texts; null where absent or wrong (reported).</summary>
    public IReadOnlyList<string>? TextList(Key key)
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
                continue;
            }

            var at = $"{PathOf(key)}[{i}]";
            _context.Report(items[i].Line, "wrong_type", at, $"{at} is {Describe(items[i])}; allowed: text.", (items[i] as ScalarNode)?.Text, "text");
        }

        return texts.Count == items.Count ? texts : null;
    }

    /// <summary>A key that means something only beside another choice.</summary>
    public void OnlyWith(Key key, string condition)
    {
        if (Has(key) && _said.Add(key.Name))
        {
            _context.Warn(LineOf(key), "no_effect", PathOf(key), $"{PathOf(key)} has no effect here: it counts only with {condition}.");
        }
    }

    /// <summary>Two names of one setting: only one of them may be given.</summary>
    public void OneNameOf(Key key, Key other) => _context.ReportIf(
        Has(key) && Has(other) && !IsSlip(key) && !IsSlip(other), LineOf(other), "conflict", PathOf(other), $"{PathOf(other)} is another name of {key.Name}; allowed: one of them.", "one of them");

    /// <summary>A key that the grammar knows and this engine does not have.</summary>
    public void NotImplemented(Key key, string available)
    {
        if (Has(key) && _said.Add(key.Name))
        {
            _context.Report(LineOf(key), "not_implemented", PathOf(key), $"{PathOf(key)} is not implemented; {available}.", allowed: available);
        }
    }

    public void WrongType(Key key, DocumentNode actual, string? allowed = null)
    {
        if (!IsSlip(key))
        {
            WrongType(key.Name, actual, allowed ?? key.Allowed);
        }
    }

    public void WrongType(string id, DocumentNode actual, string allowed) =>
        _context.Report(actual.Line, "wrong_type", PathOf(id), $"{PathOf(id)} is {Describe(actual)}; allowed: {allowed}.", (actual as ScalarNode)?.Text, allowed);

    public void OutOfRange(Key key, ScalarNode actual, string? allowed = null)
    {
        if (!IsSlip(key))
        {
            var value = ReadingContext.Show(actual.Text);
            _context.Report(actual.Line, "out_of_range", PathOf(key), $"{PathOf(key)} is {value}; allowed: {allowed ?? key.Allowed}.", value, allowed ?? key.Allowed);
        }
    }

    public void Unusual(Key key, string why) => _context.Warn(LineOf(key), "unusual_value", PathOf(key), $"{PathOf(key)} {why}.", (Find(key.Name) as ScalarNode)?.Text);

    internal static string Describe(DocumentNode node) => node switch
    {
        ScalarNode { Kind: ScalarKind.Text, Text: var text } when string.IsNullOrWhiteSpace(text) => ReadingContext.Show(text),
        ScalarNode { Kind: not ScalarKind.Null } scalar => $"{scalar.KindName} ({ReadingContext.Shorten(scalar.Text)})",
        _ => node.KindName,
    };

    /// <summary>The same where numbers are wanted: a wrong one is named as it is.</summary>
    internal static string DescribeNumber(DocumentNode node) => node is ScalarNode { Kind: ScalarKind.Integer or ScalarKind.Number } scalar ? ReadingContext.Shorten(scalar.Text) : Describe(node);

    private string Written(string key) => _writtenAs.GetValueOrDefault(key, key);

    private DocumentNode? Find(string key) => _node.Find(Written(key));

    private void CheckKeys(Shape shape)
    {
        foreach (var (name, value) in _node.Entries)
        {
            if (shape.Find(name) is { } known)
            {
                if (known.NoEffect is { } why)
                {
                    _context.NeverHadEffect(value.Line, PathOf(name), why);
                }

                continue;
            }

            var at = PathOf(name);
            var right = shape.WrongKeys.FirstOrDefault(w => w.Wrong == name).Right;
            var nearest = right ?? NearestName.Among(name, shape.Names);
            if (right is not null)
            {
                _context.Report(value.Line, "wrong_key", at, $"{at} is not a key here (the original ignores it); the right key is {right}.", value: name, allowed: right, suggestion: right);
            }
            else
            {
                _context.ReportUnknownKey(value.Line, at, name, shape.Working, nearest);
            }

            if (nearest is not null && !_context.IsLenient && _node.Find(nearest) is null)
            {
                _writtenAs.TryAdd(nearest, name);
            }
        }
    }

    private DocumentNode? NotEmpty(string id, DocumentNode? value, Key? key)
    {
        if (value is not ScalarNode { Kind: ScalarKind.Null })
        {
            return value;
        }

        if (key is not { MayBeEmpty: true } && _said.Add(id))
        {
            var path = PathOf(id);
            var message = key is { Required: true } ? $"{path} is empty; allowed: {key.Allowed}." : $"{path} is empty; write a value or leave the key out.";
            _context.Report(value.Line, "wrong_type", path, message, allowed: key?.Allowed ?? "a value");
        }

        return null;
    }

    private Section? Open(string key, DocumentNode? value, Shape? shape)
    {
        switch (value)
        {
            case null:
                return null;
            case MappingNode mapping:
                return _parts.TryGetValue(key, out var known) ? known : _parts[key] = new Section(mapping, PathOf(key), _context, shape);
            default:
                if (_said.Add(key))
                {
                    WrongType(key, value, "a mapping");
                }

                return null;
        }
    }
}
