using Ktrdr.Tests.Support;
using Ktrdr.WorkerHost.Registration;
using Ktrdr.WorkerHost.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ktrdr.Tests.WorkerHost;

public sealed class BarCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keep_DiskTakesNoCopy_GivesWhatCame()
    {
        // A folder below a file: what a full disk or a foreign owner does, without being either.
        File.WriteAllText(_folder.File("cache"), "");

        Assert.Equal("from bytes", Cache().Keep(_folder.File("cache/a.bars"), [1, 2], _ => "from disk", _ => "from bytes"));
    }

    [Fact]
    public void Keep_DiskTakesIt_GivesTheCopy()
    {
        var path = _folder.File("a.bars");

        Assert.Equal("from disk", Cache().Keep(path, [1, 2], _ => "from disk", _ => "from bytes"));
        Assert.Equal([1, 2], File.ReadAllBytes(path));
    }

    [Fact]
    public void Keep_CopyIsNotWhatItShouldBe_IsDeleted()
    {
        var path = _folder.File("a.bars");

        Assert.Null(Cache().Keep<string>(path, [1, 2], _ => null, _ => "from bytes"));
        Assert.False(File.Exists(path));
    }

    private BarCache Cache() => new(
        new WorkerOptions { WorkerId = "worker-1", Kinds = [], Port = 0, Slots = 1, ApiUrls = [], State = _folder.File("state"), Cache = _folder.File("cache"), JoinTokenFile = _folder.File("join.token") },
        NullLogger<BarCache>.Instance);
}
