using System.Diagnostics;
using System.Globalization;
using Ktrdr.Benchmarks;
using Xunit;

namespace Ktrdr.Tests.Learning;

/// <summary>The same trainings in processes with and without wide vectors and fused multiply-add in hardware, on one thread and on several: the same hashes.</summary>
public sealed class DeterminismTests
{
    private const int Trainings = 12;

    private static readonly Lazy<Task<string>> Plain = new(() => WeightsHashes([], 1));

    [Theory]
    [InlineData("DOTNET_EnableAVX512", 2)]
    [InlineData("DOTNET_EnableAVX2", 1)]
    [InlineData("DOTNET_EnableHWIntrinsic", 2)]
    [InlineData("", 3)]
    public async Task WeightsHashes_OtherVectorsOrThreads_AreTheSame(string switchedOff, int threads)
    {
        var plain = await Plain.Value;
        Assert.Equal(Trainings, plain.Split(' ').Distinct().Count());
        Assert.Equal(plain, await WeightsHashes(switchedOff.Length > 0 ? [switchedOff] : [], threads));
    }

    private static async Task<string> WeightsHashes(string[] switchedOff, int threads)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Benchmark).Assembly.Location, "--weights-hash", threads.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
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
