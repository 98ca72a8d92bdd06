using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.Tests.Sandboxes;

/// <summary>A KTRDR home of one test, deleted with it.</summary>
internal sealed class TemporaryHome : IDisposable
{
    public TemporaryHome()
    {
        Root = Path.Combine(Path.GetTempPath(), $"ktrdr-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Root);
        Layout = new SandboxLayout(Path.Combine(Root, "home"));
    }

    public string Root { get; }

    public SandboxLayout Layout { get; }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
