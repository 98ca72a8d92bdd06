using System.Diagnostics;
using Ktrdr.AppHost.Native;

namespace Ktrdr.Tests.Deploy;

internal static class Promtool
{
    public static string? Program { get; } = Executables.Find("promtool");

    public static string? Server { get; } = PrometheusServer.Program;

    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Program!, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return (process.ExitCode, await output + await error);
    }
}
