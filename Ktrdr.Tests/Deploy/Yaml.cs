using YamlDotNet.RepresentationModel;

namespace Ktrdr.Tests.Deploy;

internal static class Yaml
{
    public static YamlNode Read(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(file)));
        return stream.Documents[0].RootNode;
    }

    public static IEnumerable<YamlMappingNode> Items(this YamlNode list) => ((YamlSequenceNode)list).Cast<YamlMappingNode>();
}
