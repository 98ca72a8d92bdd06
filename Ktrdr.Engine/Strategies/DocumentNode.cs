using System.Globalization;

namespace Ktrdr.Engine.Strategies;

/// <summary>A part of a document as it was written, with its place in the text. Line 0 means made by code, or a text of one line.</summary>
internal abstract class DocumentNode(int line)
{
    public int Line { get; } = line;

    /// <summary>What the node is, in the words an error uses.</summary>
    public abstract string KindName { get; }
}

internal sealed class MappingNode(IReadOnlyList<KeyValuePair<string, DocumentNode>> entries, int line) : DocumentNode(line)
{
    private Dictionary<string, DocumentNode>? _byKey;

    public IReadOnlyList<KeyValuePair<string, DocumentNode>> Entries { get; } = entries;

    public override string KindName => "a mapping";

    public DocumentNode? Find(string key)
    {
        _byKey ??= new Dictionary<string, DocumentNode>(Entries, StringComparer.Ordinal);
        return _byKey.GetValueOrDefault(key);
    }
}

internal sealed class SequenceNode(IReadOnlyList<DocumentNode> items, int line) : DocumentNode(line)
{
    public IReadOnlyList<DocumentNode> Items { get; } = items;

    public override string KindName => "a list";
}

internal enum ScalarKind
{
    Null,
    Flag,
    Integer,
    Number,
    Text,
}

/// <summary>A single value. Plain text is typed by YAML 1.2's core schema; anything quoted is text.</summary>
internal sealed class ScalarNode : DocumentNode
{
    public ScalarNode(string text, ScalarKind kind, int line)
        : base(line)
    {
        Text = text;
        Kind = kind;
    }

    public string Text { get; }

    public ScalarKind Kind { get; }

    public override string KindName => Kind switch
    {
        ScalarKind.Null => "empty",
        ScalarKind.Flag => "true or false",
        ScalarKind.Integer => "a whole number",
        ScalarKind.Number => "a number",
        _ => "text",
    };

    /// <summary>The value of <see cref="ScalarKind.Integer"/> or <see cref="ScalarKind.Number"/>.</summary>
    public double AsNumber() => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    public bool AsFlag() => Text is "true" or "True" or "TRUE";

    public ScalarNode At(int line) => new(Text, Kind, line);

    public static ScalarNode Plain(string text, int line) => new(text, KindOf(text), line);

    public static ScalarNode Of(string text) => new(text, ScalarKind.Text, 0);

    public static ScalarNode Of(bool flag) => new(flag ? "true" : "false", ScalarKind.Flag, 0);

    public static ScalarNode Of(long number) => new(number.ToString(CultureInfo.InvariantCulture), ScalarKind.Integer, 0);

    public static ScalarNode Of(ulong number) => new(number.ToString(CultureInfo.InvariantCulture), ScalarKind.Integer, 0);

    /// <summary>Shortest text that reads back to the same bits; negative zero is written as zero.</summary>
    public static ScalarNode Of(double number)
    {
        var text = (number == 0 ? 0.0 : number).ToString("R", CultureInfo.InvariantCulture);
        return new ScalarNode(text, KindOf(text), 0);
    }

    internal static ScalarKind KindOf(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return ScalarKind.Null;
            case "true" or "True" or "TRUE" or "false" or "False" or "FALSE":
                return ScalarKind.Flag;
        }

        var start = text[0] is '+' or '-' ? 1 : 0;
        if (start == text.Length || !(char.IsAsciiDigit(text[start]) || text[start] == '.'))
        {
            return ScalarKind.Text;
        }

        if (text.AsSpan(start).IndexOfAnyExceptInRange('0', '9') < 0)
        {
            return ScalarKind.Integer;
        }

        return double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _)
            ? ScalarKind.Number
            : ScalarKind.Text;
    }
}
