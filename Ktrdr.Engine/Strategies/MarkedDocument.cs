using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ktrdr.Engine.Strategies;

/// <summary>A value with its place in the text, so that the text can be changed without touching the rest of it.</summary>
/// <param name="Start">First character.</param>
/// <param name="End">Behind the last character.</param>
internal sealed record MarkedNode(int Start, int End, bool IsFlow, IReadOnlyList<MarkedEntry> Entries, IReadOnlyList<MarkedNode> Items)
{
    public MarkedEntry? Find(string key) => Entries.FirstOrDefault(e => e.Key == key);
}

/// <summary>A key and its value. <paramref name="Start"/> and <paramref name="End"/> enclose the key alone.</summary>
internal sealed record MarkedEntry(string Key, int Start, int End, int Line, MarkedNode Value);

/// <summary>Reads the places of a text that <see cref="DocumentParser"/> has accepted.</summary>
internal sealed class MarkedDocument
{
    private readonly Parser _parser;

    private MarkedDocument(string text) => _parser = new Parser(new StringReader(text));

    public static MarkedNode Parse(string text)
    {
        var document = new MarkedDocument(text);
        document._parser.Consume<StreamStart>();
        document._parser.Consume<DocumentStart>();
        return document.ReadNode();
    }

    /// <summary>The mapping that holds the last key of a path such as <c>indicators.x.period</c> or <c>context_data[0].symbol</c>, and that key; null where it is not there.</summary>
    public static (MarkedNode Parent, MarkedEntry Entry)? Find(MarkedNode root, string path)
    {
        var (node, entry, parent) = (root, (MarkedEntry?)null, (MarkedNode?)null);
        foreach (var part in path.Replace("[", ".[", StringComparison.Ordinal).Split('.'))
        {
            if (part.StartsWith('['))
            {
                if (!int.TryParse(part.AsSpan(1, part.Length - 2), out var index) || index >= node.Items.Count)
                {
                    return null;
                }

                node = node.Items[index];
                continue;
            }

            if (node.Find(part) is not { } found)
            {
                return null;
            }

            (parent, entry, node) = (node, found, found.Value);
        }

        return parent is null || entry is null ? null : (parent, entry);
    }

    /// <summary>Behind the bracket that ends a flow collection: the parser reports it without its width.</summary>
    private static int EndOf(ParsingEvent end) => (int)Math.Max(end.End.Index, end.Start.Index + 1);

    private MarkedNode ReadNode()
    {
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return new MarkedNode((int)scalar.Start.Index, (int)scalar.End.Index, true, [], []);
        }

        if (_parser.TryConsume<SequenceStart>(out var sequence))
        {
            var items = new List<MarkedNode>();
            while (!_parser.Accept<SequenceEnd>(out _))
            {
                items.Add(ReadNode());
            }

            var end = _parser.Consume<SequenceEnd>();
            var flow = sequence.Style == SequenceStyle.Flow;
            return new MarkedNode((int)sequence.Start.Index, flow || items.Count == 0 ? EndOf(end) : items[^1].End, flow, [], items);
        }

        var mapping = _parser.Consume<MappingStart>();
        var entries = new List<MarkedEntry>();
        while (!_parser.Accept<MappingEnd>(out _))
        {
            var key = _parser.Consume<Scalar>();
            entries.Add(new MarkedEntry(key.Value, (int)key.Start.Index, (int)key.End.Index, (int)key.Start.Line, ReadNode()));
        }

        var last = _parser.Consume<MappingEnd>();
        var isFlow = mapping.Style == MappingStyle.Flow;
        return new MarkedNode((int)mapping.Start.Index, isFlow || entries.Count == 0 ? EndOf(last) : Math.Max(entries[^1].Value.End, entries[^1].End), isFlow, entries, []);
    }
}
