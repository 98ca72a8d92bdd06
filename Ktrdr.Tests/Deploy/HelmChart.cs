using System.Text;
using System.Text.RegularExpressions;
using Ktrdr.Tests.Support;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ktrdr.Tests.Deploy;

/// <summary>
/// The committed chart, rendered by what it uses of Helm's language and nothing else: values, the names of chart and release, files as
/// base 64, <c>with</c> and one <c>ternary</c>. Anything further fails the test that renders it.
/// </summary>
internal sealed partial class HelmChart
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "kubernetes");

    private readonly Dictionary<string, string> _values = [];

    /// <param name="set">Values instead of the chart's own, as <c>helm --set</c> takes them.</param>
    public HelmChart(params (string Path, string Value)[] set)
    {
        Collect("", Yaml.Read(Path.Combine(Folder, "values.yaml")));
        foreach (var (path, value) in set)
        {
            Assert.Contains(path, _values.Keys);
            _values[path] = value;
        }

        Objects = [.. Directory.GetFiles(Path.Combine(Folder, "templates"), "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Render)];
    }

    public IReadOnlyDictionary<string, string> Values => _values;

    public IReadOnlyList<YamlMappingNode> Objects { get; }

    public YamlMappingNode this[string kind, string name] => Objects.Single(item => item.At("kind") == kind && item.At("metadata", "name") == name);

    public IEnumerable<YamlMappingNode> OfKind(string kind) => Objects.Where(item => item.At("kind") == kind);

    private void Collect(string path, YamlNode node)
    {
        if (node is YamlScalarNode scalar)
        {
            _values[path] = scalar.Value!;
            return;
        }

        foreach (var (key, value) in ((YamlMappingNode)node).Children)
        {
            Collect(path.Length == 0 ? ((YamlScalarNode)key).Value! : $"{path}.{((YamlScalarNode)key).Value}", value);
        }
    }

    private YamlMappingNode Render(string template)
    {
        var text = With().Replace(File.ReadAllText(template), match =>
        {
            var value = Value(match.Groups["path"].Value, template);
            return value.Length == 0 ? "" : "\n" + match.Groups["body"].Value.Replace("{{ . }}", value, StringComparison.Ordinal).TrimEnd('\n');
        });
        text = Expression().Replace(text, match => match.Groups["value"] switch
        {
            { Success: true } value => Value(value.Value, template),
            _ when match.Groups["switch"] is { Success: true } either => Value(either.Value, template) == "true" ? "1" : "0",
            _ when match.Groups["file"] is { Success: true } file => Convert.ToBase64String(File.ReadAllBytes(Path.Combine(Folder, file.Value))),
            _ => "ktrdr",
        });
        Assert.False(text.Contains("{{", StringComparison.Ordinal), $"{template} uses more of Helm than this test knows: {text[Math.Max(0, text.IndexOf("{{", StringComparison.Ordinal))..].Split('\n')[0]}");
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    private string Value(string path, string template)
        => _values.TryGetValue(path, out var value) ? value : throw new KeyNotFoundException($"{template} uses .Values.{path}, which values.yaml does not have.");

    [GeneratedRegex(@"\n\{\{- with \.Values\.(?<path>[\w.]+) \}\}\n(?<body>.*?)\{\{- end \}\}", RegexOptions.Singleline)]
    private static partial Regex With();

    [GeneratedRegex(@"\{\{ (?:\.Values\.(?<value>[\w.]+)|ternary 1 0 \.Values\.(?<switch>[\w.]+)|\.Files\.Get `(?<file>[^`]+)` \| b64enc|\.Chart\.Name|\.Release\.Name) \}\}")]
    private static partial Regex Expression();
}

internal static class YamlPaths
{
    /// <summary>The scalar at a path; null where there is none.</summary>
    public static string? At(this YamlNode node, params string[] path) => (node.Find(path) as YamlScalarNode)?.Value;

    public static YamlNode? Find(this YamlNode node, params string[] path)
    {
        YamlNode? found = node;
        foreach (var key in path)
        {
            found = found is YamlMappingNode map && map.Children.TryGetValue(key, out var child) ? child : null;
        }

        return found;
    }

    public static IEnumerable<YamlMappingNode> ListAt(this YamlNode node, params string[] path) => node.Find(path) is YamlSequenceNode list ? list.Items() : [];

    public static IReadOnlyList<string> TextsAt(this YamlNode node, params string[] path)
        => node.Find(path) is YamlSequenceNode list ? [.. list.Select(item => ((YamlScalarNode)item).Value!)] : [];

    public static IReadOnlyDictionary<string, string> MapAt(this YamlNode node, params string[] path)
        => node.Find(path) is YamlMappingNode map ? map.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value!) : new Dictionary<string, string>();
}
