using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ktrdr.Engine.Strategies;

/// <summary>
/// Turns YAML or JSON (a part of YAML) into <see cref="DocumentNode"/>s with line marks. Anchors and aliases, tags, several documents,
/// depth above <see cref="MaxDepth"/>, more than <see cref="MaxNodes"/> nodes and more than <see cref="MaxBytes"/> bytes are refused, so that no text can make the reader
/// take more than a bounded amount of time and memory.
/// </summary>
internal static class DocumentParser
{
    public const int MaxBytes = 1 << 20;
    public const int MaxDepth = 32;
    public const int MaxNodes = 20_000;

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
            return new Reader(parser, problems, hasLines).ReadDocument();
        }
        catch (YamlException e)
        {
            var line = hasLines ? (int)e.Start.Line : 0;
            problems.Add(At(line, "invalid_yaml", $"The text is neither YAML nor JSON at {(hasLines ? $"line {line}, " : "")}column {e.Start.Column}: {OneLine(e.Message)}"));
            return null;
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner ends some broken flow text this way instead of with a YamlException.
            var line = hasLines ? Math.Max(1, (int)(parser.Current?.End.Line ?? 1)) : 0;
            problems.Add(At(line, "invalid_yaml", $"The text is neither YAML nor JSON{(hasLines ? $" near line {line}" : "")}: brackets, braces or quotes do not match."));
            return null;
        }
        catch (RefusedException e)
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

    /// <param name="line">0 where the text has no lines.</param>
    private static Problem At(int line, string code, string message) => new(code, "", message) { Line = line > 0 ? line : null };

    private sealed class RefusedException(Problem problem) : Exception(problem.Message)
    {
        public Problem Problem { get; } = problem;
    }

    private sealed class Reader(Parser parser, ICollection<Problem> problems, bool hasLines)
    {
        private int _nodes;

        public MappingNode? ReadDocument()
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                problems.Add(new Problem("empty_document", "", "The document is empty; a strategy needs at least name, training_data, indicators, fuzzy_sets, nn_inputs, model, decisions and training."));
                return null;
            }

            parser.Consume<DocumentStart>();
            var root = ReadNode("", 1);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                var line = LineOf(parser.Current!);
                problems.Add(At(line, "several_documents", $"A second document begins{Where(line)}; allowed: one strategy per text."));
            }

            switch (root)
            {
                case MappingNode mapping:
                    return mapping;
                case ScalarNode { Kind: ScalarKind.Null }:
                    problems.Add(new Problem("empty_document", "", "The document is empty; a strategy needs at least name, training_data, indicators, fuzzy_sets, nn_inputs, model, decisions and training."));
                    return null;
                default:
                    problems.Add(At(root.Line, "wrong_type", $"The document is {root.KindName}; allowed: a mapping with the keys of a strategy."));
                    return null;
            }
        }

        private int LineOf(ParsingEvent at) => hasLines ? (int)at.Start.Line : 0;

        private static string Where(int line) => line > 0 ? $" at line {line}" : "";

        private DocumentNode ReadNode(string path, int depth)
        {
            var here = parser.Current ?? throw new InvalidOperationException("The parser has no event.");
            var line = LineOf(here);
            if (++_nodes > MaxNodes)
            {
                throw new RefusedException(At(line, "too_many_nodes", $"The document has more than {MaxNodes} values{(line > 0 ? $" (line {line})" : "")}."));
            }

            if (depth > MaxDepth)
            {
                throw new RefusedException(At(line, "too_deep", $"The document is nested deeper than {MaxDepth} levels{(line > 0 ? $" (line {line})" : "")}."));
            }

            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                throw new RefusedException(At(line, "alias_refused", $"The alias *{alias.Value}{Where(line)} is refused: write the value out, strategy documents have no anchors and aliases."));
            }

            if (here is NodeEvent { Tag: { IsEmpty: false } tag } && !tag.IsNonSpecific)
            {
                throw new RefusedException(At(line, "tag_refused", $"The tag {tag.Value}{Where(line)} is refused: strategy documents have plain values only."));
            }

            if (parser.TryConsume<Scalar>(out var scalar))
            {
                return scalar.Style == ScalarStyle.Plain ? ScalarNode.Plain(scalar.Value, line) : new ScalarNode(scalar.Value, ScalarKind.Text, line);
            }

            return parser.TryConsume<SequenceStart>(out _) ? ReadSequence(path, line, depth) : ReadMapping(path, line, depth);
        }

        private SequenceNode ReadSequence(string path, int line, int depth)
        {
            var items = new List<DocumentNode>();
            while (!parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode($"{path}[{items.Count}]", depth + 1));
            }

            return new SequenceNode(items, line);
        }

        private MappingNode ReadMapping(string path, int line, int depth)
        {
            parser.Consume<MappingStart>();
            var entries = new List<KeyValuePair<string, DocumentNode>>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var keyLine = LineOf(parser.Current!);
                if (ReadNode(path, depth + 1) is not ScalarNode key)
                {
                    throw new RefusedException(At(keyLine, "wrong_type", $"The key{Where(keyLine)} is not a name; allowed: plain text keys."));
                }

                var childPath = path.Length == 0 ? key.Text : $"{path}.{key.Text}";
                var value = ReadNode(childPath, depth + 1);
                if (seen.Add(key.Text))
                {
                    entries.Add(new(key.Text, Relocate(value, keyLine)));
                }
                else
                {
                    problems.Add(new Problem("duplicate_key", childPath, $"{childPath} is given twice{(keyLine > 0 ? $", the second time at line {keyLine}" : "")}; allowed: once.") { Line = keyLine > 0 ? keyLine : null });
                }
            }

            return new MappingNode(entries, line);
        }

        /// <summary>A value is reported at the line of its key: an empty value or a block has no better place.</summary>
        private static DocumentNode Relocate(DocumentNode value, int keyLine) => value switch
        {
            ScalarNode scalar => new ScalarNode(scalar.Text, scalar.Kind, keyLine),
            MappingNode mapping => new MappingNode(mapping.Entries, keyLine),
            SequenceNode sequence => new SequenceNode(sequence.Items, keyLine),
            _ => value,
        };
    }
}
