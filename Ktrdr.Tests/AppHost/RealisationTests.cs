using Ktrdr.AppHost;
using Ktrdr.Tests.EndToEnd;
using Xunit;

namespace Ktrdr.Tests.AppHost;

/// <summary>KTRDR_REALISATION as a person sets it. What each edition allows differs; that it refuses the rest does not.</summary>
public sealed class RealisationTests
{
    [Theory]
    [InlineData("docker")]
    [InlineData("Native")]
    public async Task Start_RealisationThatThereIsNot_IsRefusedByNameBeforeAnythingStarts(string realisation)
    {
        await using var run = AppHostRun.StartWith(new() { ["KTRDR_REALISATION"] = realisation });

        var (exitCode, output, error) = await run.ExitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((ExitCodes.Usage, ""), (exitCode, output));
        Assert.Matches($"^KTRDR_REALISATION is '{realisation}': allowed (is|are) .*native.*\\.$", error.Trim());
        Assert.Empty(run.Sandboxes());
    }
}
