using System.Runtime.Versioning;
using Ktrdr.Contracts.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.Sandboxes;

public sealed class SandboxSecretsTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Ensure_Twice_KeepsWhatWasGenerated()
    {
        var secrets = new SandboxSecrets(_home.Layout.Slot(0));
        secrets.Ensure();
        var first = SandboxSecrets.Names.Select(secrets.Read).ToList();
        secrets.Ensure();

        Assert.Equal(first, SandboxSecrets.Names.Select(secrets.Read));
        Assert.Equal(first.Count, first.Distinct().Count());
        Assert.All(first, secret => Assert.Matches("^[A-Za-z0-9_-]{43}$", secret));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Ensure_Files_AreReadableByTheOwnerOnly()
    {
        var secrets = new SandboxSecrets(_home.Layout.Slot(0));
        secrets.Ensure();
        File.SetUnixFileMode(secrets.PathOf(SandboxSecrets.AdminToken), (UnixFileMode)0b110_100_100);
        secrets.Ensure();

        Assert.All(SandboxSecrets.Names, name => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secrets.PathOf(name))));
    }

    [Fact]
    public void Read_NeverStarted_NamesTheFile()
    {
        var secrets = new SandboxSecrets(_home.Layout.Slot(0));

        var error = Assert.Throws<SandboxException>(() => secrets.Read(SandboxSecrets.AdminToken));
        Assert.Contains(secrets.PathOf(SandboxSecrets.AdminToken), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_MarkerAbove_NamesTheSlot()
    {
        Assert.True(SandboxMarker.TryWrite(_home.Root, 4));
        var below = Directory.CreateDirectory(Path.Combine(_home.Root, "a", "b")).FullName;

        Assert.Equal(4, SandboxMarker.Find(below));
    }

    [Fact]
    public void Find_MarkerHoldsNoSlot_NamesTheFile()
    {
        Assert.True(SandboxMarker.TryWrite(_home.Root, 99));

        Assert.Contains("'99'", Assert.Throws<SandboxException>(() => SandboxMarker.Find(_home.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Marker_CloneCannotBeWritten_IsLeftOutAndNothingIsThrown()
    {
        File.WriteAllText(Path.Combine(_home.Root, ".ktrdr"), "a file where the folder would be");

        Assert.False(SandboxMarker.TryWrite(_home.Root, 4));
    }
}
