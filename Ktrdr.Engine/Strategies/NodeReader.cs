using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ktrdr.Engine.Strategies;

/// <summary>Makes nodes of a parser's events, within the bounds of <see cref="DocumentParser"/>.</summary>
/// <param name="parser">At the beginning of the text.</param>
/// <param name="problems">Receives what is wrong with a text that can still be read on.</param>
/// <param name="hasLines">Whether the line of a problem says anything.</param>
internal sealed class NodeReader(Parser parser, ICollection<Problem> problems, bool hasLines)
{
    private int _nodes;

    /// <summary>The document's mapping; null where there is none, which is a problem.</summary>
    /// <exception cref="YamlException">The text is not YAML.</exception>
    /// <exception cref="RefusedException">The text is YAML of a kind, or of a size, that strategies are not written in.</exception>
    public MappingNode? ReadDocument()
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
        {
            problems.Add(EmptyDocument());
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
                problems.Add(EmptyDocument());
                return null;
            default:
                problems.Add(At(root.Line, "wrong_type", $"The document is {root.KindName}; allowed: a mapping with the keys of a strategy."));
                return null;
        }
    }

    private DocumentNode ReadNode(string path, int depth)
    {
        var here = parser.Current ?? throw new InvalidOperationException("The parser has no event.");
        var line = LineOf(here);
        CheckBounds(line, depth);
        CheckIsPlain(here, line);
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            return scalar.Style == ScalarStyle.Plain ? ScalarNode.Plain(scalar.Value, line) : new ScalarNode(scalar.Value, ScalarKind.Text, line);
        }

        return parser.TryConsume<SequenceStart>(out _) ? ReadSequence(path, line, depth) : ReadMapping(path, line, depth);
    }

    private void CheckBounds(int line, int depth)
    {
        if (++_nodes > DocumentParser.MaxNodes)
        {
            throw new RefusedException(At(line, "too_many_nodes", $"The document has more than {DocumentParser.MaxNodes} values{Bracketed(line)}."));
        }

        if (depth > DocumentParser.MaxDepth)
        {
            throw new RefusedException(At(line, "too_deep", $"The document is nested deeper than {DocumentParser.MaxDepth} levels{Bracketed(line)}."));
        }
    }

    /// <summary>An alias could stand for any number of values, and a tag for any type.</summary>
    private static void CheckIsPlain(ParsingEvent here, int line)
    {
        if (here is AnchorAlias alias)
        {
            throw new RefusedException(At(line, "alias_refused", $"The alias *{alias.Value}{Where(line)} is refused: write the value out, strategy documents have no anchors and aliases."));
        }

        if (here is NodeEvent { Tag: { IsEmpty: false } tag } && !tag.IsNonSpecific)
        {
            throw new RefusedException(At(line, "tag_refused", $"The tag {tag.Value}{Where(line)} is refused: strategy documents have plain values only."));
        }
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
                var second = keyLine > 0 ? $", the second time at line {keyLine}" : "";
                problems.Add(At(keyLine, "duplicate_key", $"{childPath} is given twice{second}; allowed: once.") with { Path = childPath });
            }
        }

        return new MappingNode(entries, line);
    }

    /// <summary>A value is reported at the line of its key: an empty value or a block has no better place.</summary>
    private static DocumentNode Relocate(DocumentNode value, int keyLine) => value switch
    {
        ScalarNode scalar => scalar.At(keyLine),
        MappingNode mapping => new MappingNode(mapping.Entries, keyLine),
        SequenceNode sequence => new SequenceNode(sequence.Items, keyLine),
        _ => value,
    };

    /// <summary>From 1; 0 where the text has no lines.</summary>
    private int LineOf(ParsingEvent at) => hasLines ? (int)at.Start.Line : 0;

    private static string Where(int line) => line > 0 ? $" at line {line}" : "";

    private static string Bracketed(int line) => line > 0 ? $" (line {line})" : "";

    private static Problem EmptyDocument() =>
        At(0, "empty_document", "The document is empty; a strategy needs at least name, training_data, indicators, fuzzy_sets, nn_inputs, model, decisions and training.");

    /// <param name="line">0 where the text has no lines.</param>
    internal static Problem At(int line, string code, string message) => new(code, "", message) { Line = line > 0 ? line : null };

    /// <summary>Ends the reading: what follows would cost too much, or mean something that documents cannot say.</summary>
    internal sealed class RefusedException(Problem problem) : Exception(problem.Message)
    {
        public Problem Problem { get; } = problem;
    }
}
