using System.Diagnostics;
using Ktrdr.Benchmarks;
using Xunit;

namespace Ktrdr.Tests.Learning;

/// <summary>The same trainings in processes with and without wide vectors and fused multiply-add in hardware: one hash.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public async Task WeightsHash_WithoutWideVectors_IsTheSame()
    {
        var plain = await WeightsHash([]);
        Assert.Equal(4, plain.Split(' ').Distinct().Count());
        Assert.Equal(plain, await WeightsHash(["DOTNET_EnableAVX512"]));
        Assert.Equal(plain, await WeightsHash(["DOTNET_EnableAVX2"]));
    }

    private static async Task<string> WeightsHash(string[] switchedOff)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Benchmark).Assembly.Location, "--weights-hash"]) { RedirectStandardOutput = true };
        foreach (var name in switchedOff)
        {
            start.Environment[name] = "0";
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }
}
