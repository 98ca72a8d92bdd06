using Ktrdr.Api;
using Ktrdr.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.Api;

/// <summary>A full disk is an outage like the database's: who sends waits and sends again.</summary>
public sealed class DiskFullTests
{
    [Theory]
    [InlineData(28)]
    [InlineData(122)]
    [InlineData(unchecked((int)0x80070070))]
    public async Task Gate_DiskFull_AsksToTryAgain(int code)
    {
        var gate = new ProblemGate(
            async _ =>
            {
                if (code == 28 && File.Exists("/dev/full"))
                {
                    // The system's own word for it.
                    await using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
                    await full.WriteAsync(new byte[] { 1 });
                    Assert.Fail("a full device took a byte");
                }

                throw new IOException("no room", code);
            },
            NullLogger<ProblemGate>.Instance);
        var context = new DefaultHttpContext();
        context.Response.Body = new MemoryStream();

        await gate.InvokeAsync(context);

        Assert.Equal((503, "5"), (context.Response.StatusCode, context.Response.Headers.RetryAfter.ToString()));
    }

    [Fact]
    public async Task Gate_AnyOtherFileError_IsOurs()
    {
        using var folder = new TemporaryFolder();
        var gate = new ProblemGate(_ => throw new FileNotFoundException("lost", folder.File("lost")), NullLogger<ProblemGate>.Instance);
        var context = new DefaultHttpContext();
        context.Response.Body = new MemoryStream();

        await gate.InvokeAsync(context);

        Assert.Equal(500, context.Response.StatusCode);
    }

    [Fact]
    public async Task Gate_DatabaseWentAwayInTheMiddleOfAQuery_AsksToTryAgain()
    {
        // As EF puts it where nothing is repeated by itself.
        var gone = new InvalidOperationException("An exception has been raised that is likely due to a transient failure.", new NpgsqlException("Failed to connect"));
        var gate = new ProblemGate(_ => throw gone, NullLogger<ProblemGate>.Instance);
        var context = new DefaultHttpContext();
        context.Response.Body = new MemoryStream();

        await gate.InvokeAsync(context);

        Assert.Equal((503, "1"), (context.Response.StatusCode, context.Response.Headers.RetryAfter.ToString()));
    }
}
