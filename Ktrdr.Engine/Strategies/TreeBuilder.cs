namespace Ktrdr.Engine.Strategies;

/// <summary>Builds a mapping key by key, in the order of the text to be.</summary>
internal sealed class TreeBuilder
{
    private readonly List<KeyValuePair<string, DocumentNode>> _entries = [];

    public MappingNode Node => new(_entries, 0);

    public static MappingNode Map(IEnumerable<KeyValuePair<string, DocumentNode>> entries) => new(entries.ToArray(), 0);

    public static SequenceNode List(IEnumerable<string> items) => new(items.Select(i => (DocumentNode)ScalarNode.Of(i)).ToArray(), 0);

    public static SequenceNode List(IEnumerable<double> items) => new(items.Select(i => (DocumentNode)ScalarNode.Of(i)).ToArray(), 0);

    public TreeBuilder Add(string key, DocumentNode value)
    {
        _entries.Add(new(key, value));
        return this;
    }

    public TreeBuilder Add(string key, string value) => Add(key, ScalarNode.Of(value));

    public TreeBuilder Add(string key, double value) => Add(key, ScalarNode.Of(value));

    public TreeBuilder Add(string key, int value) => Add(key, ScalarNode.Of((long)value));

    public TreeBuilder AddUnlessNull(string key, DocumentNode? value) => value is null ? this : Add(key, value);

    public TreeBuilder AddUnlessNull(string key, string? value) => value is null ? this : Add(key, ScalarNode.Of(value));

    public TreeBuilder AddUnlessNull(string key, double? value) => value is null ? this : Add(key, ScalarNode.Of(value.Value));
}
