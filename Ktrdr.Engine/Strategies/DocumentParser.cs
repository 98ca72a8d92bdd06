using System.Text;
using YamlDotNet.Core;

namespace Ktrdr.Engine.Strategies;

/// <summary>
/// Turns YAML or JSON (a part of YAML) into <see cref="DocumentNode"/>s with line marks. Anchors and aliases, tags, several documents,
/// depth above <see cref="MaxDepth"/>, more than <see cref="MaxNodes"/> nodes and more than <see cref="MaxBytes"/> bytes are refused, so that no text can make the reader
/// take more than a bounded amount of time and memory.
/// </summary>
internal static class DocumentParser
{
    /// <summary>In UTF-8.</summary>
    public const int MaxBytes = 1 << 20;
    public const int MaxDepth = 32;
    public const int MaxNodes = 20_000;

    /// <summary>The document's mapping; null where the text has none, or is refused, which is then among the problems.</summary>
    public static MappingNode? Parse(string text, ICollection<Problem> problems)
    {
        if (text.Length > MaxBytes || Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            problems.Add(new Problem("too_large", "", $"The document has {Encoding.UTF8.GetByteCount(text)} bytes; allowed: at most {MaxBytes}.") { Allowed = $"at most {MaxBytes} bytes" });
            return null;
        }

        if (FindControlCharacter(text) is { } at)
        {
            problems.Add(new Problem("not_text", "", $"The document has the control character U+{(int)text[at]:X4} at character {at + 1}; allowed: YAML or JSON text.") { Allowed = "YAML or JSON text" });
            return null;
        }

        // In a text of one line, as programs write JSON, the line of a problem would say nothing.
        var hasLines = text.AsSpan().Trim().IndexOfAny('\n', '\r') >= 0;
        var parser = new Parser(new StringReader(text));
        try
        {
            return new NodeReader(parser, problems, hasLines).ReadDocument();
        }
        catch (YamlException e)
        {
            var line = hasLines ? (int)e.Start.Line : 0;
            problems.Add(NodeReader.At(line, "invalid_yaml", $"The text is neither YAML nor JSON at {(hasLines ? $"line {line}, " : "")}column {e.Start.Column}: {OneLine(e.Message)}"));
            return null;
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner ends some broken flow text this way instead of with a YamlException.
            var line = hasLines ? Math.Max(1, (int)(parser.Current?.End.Line ?? 1)) : 0;
            problems.Add(NodeReader.At(line, "invalid_yaml", $"The text is neither YAML nor JSON{(hasLines ? $" near line {line}" : "")}: brackets, braces or quotes do not match."));
            return null;
        }
        catch (NodeReader.RefusedException e)
        {
            problems.Add(e.Problem);
            return null;
        }
    }

    private static int? FindControlCharacter(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] < ' ' && text[i] is not ('\t' or '\n' or '\r') || text[i] == '\uFFFD')
            {
                return i;
            }
        }

        return null;
    }

    private static string OneLine(string message) => message.ReplaceLineEndings(" ").Trim();
}
