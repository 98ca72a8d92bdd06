using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ktrdr.Engine.Strategies;

/// <summary>Writes strategy documents, complete: every default stands in the text. What it writes reads back to an equal document.</summary>
public static class StrategyWriter
{
    /// <summary>The document as YAML for people: two spaces of indent, lists of plain values in one line.</summary>
    public static string ToYaml(StrategyDocument document) => ToYaml(StrategyTree.Of(document, withIdentity: true));

    /// <summary>The document as one line of JSON with its keys in one fixed order; equal documents give equal text.</summary>
    public static string Canonical(StrategyDocument document) => Encoding.UTF8.GetString(CanonicalBytes(document, withIdentity: true));

    internal static byte[] CanonicalBytes(StrategyDocument document, bool withIdentity) => ToJson(StrategyTree.Of(document, withIdentity));

    internal static string ToYaml(MappingNode tree)
    {
        var text = new StringBuilder();
        WriteMapping(text, tree, 0);
        return text.ToString();
    }

    internal static byte[] ToJson(MappingNode tree)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            WriteJson(writer, tree);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteJson(Utf8JsonWriter writer, DocumentNode node)
    {
        switch (node)
        {
            case MappingNode mapping:
                writer.WriteStartObject();
                foreach (var (key, value) in mapping.Entries)
                {
                    writer.WritePropertyName(key);
                    WriteJson(writer, value);
                }

                writer.WriteEndObject();
                break;
            case SequenceNode sequence:
                writer.WriteStartArray();
                foreach (var item in sequence.Items)
                {
                    WriteJson(writer, item);
                }

                writer.WriteEndArray();
                break;
            case ScalarNode { Kind: ScalarKind.Text } scalar:
                writer.WriteStringValue(scalar.Text);
                break;
            case ScalarNode scalar:
                writer.WriteRawValue(scalar.Text);
                break;
        }
    }

    private static void WriteMapping(StringBuilder text, MappingNode mapping, int indent)
    {
        foreach (var (key, value) in mapping.Entries)
        {
            text.Append(' ', indent);
            WriteEntry(text, key, value, indent);
        }
    }

    private static void WriteEntry(StringBuilder text, string key, DocumentNode value, int indent)
    {
        text.Append(Quote(key)).Append(':');
        switch (value)
        {
            case MappingNode { Entries.Count: > 0 } mapping:
                text.Append('\n');
                WriteMapping(text, mapping, indent + 2);
                break;
            case SequenceNode { Items: [MappingNode, ..] } sequence:
                text.Append('\n');
                foreach (var item in sequence.Items.Cast<MappingNode>())
                {
                    text.Append(' ', indent + 2).Append("- ");
                    WriteEntry(text, item.Entries[0].Key, item.Entries[0].Value, indent + 4);
                    WriteMapping(text, new MappingNode(item.Entries.Skip(1).ToArray(), 0), indent + 4);
                }

                break;
            default:
                text.Append(' ').Append(Inline(value)).Append('\n');
                break;
        }
    }

    /// <summary>The node in one line of YAML.</summary>
    internal static string Inline(DocumentNode node) => node switch
    {
        MappingNode mapping => $"{{{string.Join(", ", mapping.Entries.Select(e => $"{Quote(e.Key)}: {Inline(e.Value)}"))}}}",
        SequenceNode sequence => $"[{string.Join(", ", sequence.Items.Select(Inline))}]",
        ScalarNode { Kind: ScalarKind.Text } scalar => Quote(scalar.Text),
        ScalarNode scalar => scalar.Text,
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };

    /// <summary>Plain where that reads back as the same text, else in double quotes with JSON's escapes, which are YAML's too.</summary>
    private static string Quote(string text)
    {
        var plain = text.Length > 0
            && ScalarNode.KindOf(text) == ScalarKind.Text
            && char.IsAsciiLetterOrDigit(text[0])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
        return plain ? text : $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.Default)}\"";
    }
}

/// <summary>Identifies what a strategy does, whatever it is called.</summary>
public static class StrategyHash
{
    /// <summary>SHA-256, lower-case hex, over the canonical form without name and description.</summary>
    public static string Of(StrategyDocument document) => Convert.ToHexStringLower(SHA256.HashData(StrategyWriter.CanonicalBytes(document, withIdentity: false)));
}
