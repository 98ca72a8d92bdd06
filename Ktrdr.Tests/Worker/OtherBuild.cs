using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Ktrdr.Engine;
using Ktrdr.Tests.Support;

namespace Ktrdr.Tests.Worker;

/// <summary>The worker's executable beside an engine of another identity: the same code under another module id, as a build from other sources has.</summary>
internal sealed class OtherBuild : IDisposable
{
    private static readonly string[] Copied = ["Ktrdr.Worker.dll", "Ktrdr.Worker.deps.json", "Ktrdr.Worker.runtimeconfig.json"];

    private readonly TemporaryFolder _folder = new();

    public OtherBuild()
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(AppContext.BaseDirectory))
        {
            var name = Path.GetFileName(path);
            if (Copied.Contains(name))
            {
                File.Copy(path, _folder.File(name));
            }
            else if (name != "Ktrdr.Engine.dll")
            {
                File.CreateSymbolicLink(_folder.File(name), path);
            }
        }

        var engine = File.ReadAllBytes(typeof(EngineBuild).Assembly.Location);
        var id = typeof(EngineBuild).Module.ModuleVersionId.ToByteArray();
        var place = engine.AsSpan().IndexOf(id);
        engine[place] ^= 1;
        File.WriteAllBytes(_folder.File("Ktrdr.Engine.dll"), engine);
        using var reader = new PEReader(new MemoryStream(engine));
        var metadata = reader.GetMetadataReader();
        var other = metadata.GetGuid(metadata.GetModuleDefinition().Mvid).ToString("N");
        Identity = $"{EngineBuild.Version}+{other[..12]}";
    }

    public string Identity { get; }

    public string Worker => _folder.File("Ktrdr.Worker.dll");

    public void Dispose() => _folder.Dispose();
}
