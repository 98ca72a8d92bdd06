using System.Diagnostics;

namespace Ktrdr.Benchmarks;

/// <summary>This program once more, in a process without what other rows have left behind: compiled code, a grown heap, memory that is already there.</summary>
internal static class OwnProcess
{
    /// <summary>What it prints.</summary>
    /// <exception cref="InvalidOperationException">It failed; its errors are on the console.</exception>
    public static string Run(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
        {
            start.ArgumentList.Add(typeof(OwnProcess).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"'{string.Join(' ', start.ArgumentList)}' ended with code {process.ExitCode}");
    }
}
