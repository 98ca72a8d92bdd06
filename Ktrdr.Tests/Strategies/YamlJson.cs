using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Ktrdr.Tests.Strategies;

/// <summary>YAML as the JSON it stands for, by YAML 1.2's core schema.</summary>
internal static class YamlJson
{
    public static JsonNode? Of(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Of(stream.Documents[0].RootNode);
    }

    private static JsonNode? Of(YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode mapping:
                var result = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                {
                    result[((YamlScalarNode)key).Value!] = Of(value);
                }

                return result;
            case YamlSequenceNode sequence:
                return new JsonArray(sequence.Children.Select(Of).ToArray());
            default:
                var scalar = (YamlScalarNode)node;
                var text = scalar.Value!;
                return scalar.Style != ScalarStyle.Plain ? text
                    : text is "true" or "false" ? text == "true"
                    : text is "" or "null" or "~" ? null
                    : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? whole
                    : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
                    : text;
        }
    }
}
