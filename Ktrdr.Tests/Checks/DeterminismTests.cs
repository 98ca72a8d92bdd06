using System.Diagnostics;
using System.Globalization;
using Ktrdr.Benchmarks;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>Whole runs in processes with and without the hardware's wide vectors, on one thread and on eight: indicators, features, labels, weights, fills, equity and statistics are the same bits.</summary>
public sealed class DeterminismTests
{
    private const int Kinds = 4;

    private static readonly Lazy<Task<string>> Plain = new(() => HashesAsync("", 1));

    [Theory]
    [InlineData("", 8)]
    [InlineData("DOTNET_EnableAVX512", 1)]
    [InlineData("DOTNET_EnableAVX2", 2)]
    [InlineData("DOTNET_EnableHWIntrinsic", 1)]
    public async Task Runs_OtherVectorsOrThreads_GiveTheSameBits(string switchedOff, int threads)
    {
        var plain = await Plain.Value;
        var hashes = plain.Split(' ');

        Assert.Equal((4 * Kinds) + 1, hashes.Distinct().Count());
        Assert.All(Enumerable.Range(0, Kinds), kind => Assert.False(hashes[(4 * kind) + 3].EndsWith("+0", StringComparison.Ordinal), "a run without trades shows nothing"));
        Assert.Equal(plain, await HashesAsync(switchedOff, threads));
    }

    private static async Task<string> HashesAsync(string switchedOff, int threads)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Benchmark).Assembly.Location, "--run-hashes", threads.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        if (switchedOff.Length > 0)
        {
            start.Environment[switchedOff] = "0";
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }
}
