using System.CommandLine;
using System.Diagnostics;
using Ktrdr.Cli.Connection;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Contracts.Workers;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

/// <summary>Checks all that a sandbox needs and says what to do about what is missing.</summary>
internal static class DoctorCommand
{
    private sealed record Check(string Name, bool Ok, string Finding, string? Remedy = null);

    public static Command Create()
    {
        var command = new Command("doctor", "Check this machine and the sandbox, and say what to do");
        command.WithoutApi(async (parsed, output, cancellationToken) =>
        {
            List<Check> checks = [Sdk(), Postgres(), Home(), .. Slots()];
            checks.AddRange(await ServiceAsync(parsed, cancellationToken).ConfigureAwait(false));
            output.Answer(checks, console =>
            {
                foreach (var check in checks)
                {
                    console.MarkupLine($"{(check.Ok ? "[green]ok[/]  " : "[red]no[/]  ")}{Markup.Escape($"{check.Name}: {check.Finding}")}{(check.Remedy is { } remedy && !check.Ok ? $" [yellow]{Markup.Escape(remedy)}[/]" : "")}");
                }
            });
            return checks.All(check => check.Ok) ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static Check Sdk()
    {
        var version = Environment.Version;
        return new("runtime", version.Major >= 10, $".NET {version}", "Install the .NET 10 SDK.");
    }

    private static Check Postgres()
    {
        var system = SystemPostgres().FirstOrDefault() ?? FindOnPath("postgres");
        if (system is not null)
        {
            return new("database", true, $"PostgreSQL at {system}");
        }

        return FindOnPath("npm") is { } npm
            ? new("database", true, $"no PostgreSQL here; its npm package is fetched with {npm} at the first start")
            : new("database", false, "neither PostgreSQL nor npm is installed", "Install one: apt-get install postgresql, or brew install postgresql, or Node.js.");
    }

    private static IEnumerable<string> SystemPostgres() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", "postgres")).Where(File.Exists).Order(StringComparer.Ordinal).Reverse()
            : [];

    private static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? program + ".exe" : program)).FirstOrDefault(File.Exists);

    private static Check Home()
    {
        var home = SandboxLayout.FromEnvironment().Home;
        try
        {
            Directory.CreateDirectory(home);
            var probe = Path.Combine(home, $".probe.{Environment.ProcessId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            var free = new DriveInfo(home).AvailableFreeSpace / (1L << 30);
            return new("home", free >= 1, $"{home} is writable, {free} GiB free", "Free some disk space, or move it with KTRDR_HOME.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new("home", false, $"{home} cannot be written ({error.Message})", "Set KTRDR_HOME to a folder of yours.");
        }
    }

    private static IEnumerable<Check> Slots()
    {
        foreach (var sandbox in new SandboxRegistry(SandboxLayout.FromEnvironment()).List().Where(sandbox => sandbox.IsAlive))
        {
            var down = sandbox.Processes.Where(process => process.Pid is { } pid && !IsRunning(pid)).Select(process => process.Name).ToList();
            yield return new($"slot {sandbox.Slot}", down.Count == 0, down.Count == 0 ? $"{KtrdrJson.Word(sandbox.Status)} at {sandbox.Url}" : $"not running: {string.Join(", ", down)}", "See `ktrdr sandbox status` for the logs.");
        }
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static async Task<IReadOnlyList<Check>> ServiceAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var target = Target.Resolve(parsed);
        using var client = target.CreateClient();
        try
        {
            var version = await client.Api.GetVersionAsync(cancellationToken).ConfigureAwait(false);
            var workers = await client.Api.ListWorkersAsync(cancellationToken).ConfigureAwait(false);
            var missing = new[] { WorkerKinds.Backtest, WorkerKinds.Training, WorkerKinds.Agent }
                .Where(kind => !workers.Any(worker => worker.Kinds.Contains(kind) && worker.Status is WorkerStatus.Available or WorkerStatus.Busy)).ToList();
            return
            [
                new("service", true, $"{version.Product} {version.Version} answers at {target.Url}"),
                new("workers", missing.Count == 0, missing.Count == 0 ? $"{workers.Count} registered" : $"none that can run {string.Join(", ", missing)}", "See `ktrdr sandbox status` for their logs."),
            ];
        }
        catch (KtrdrApiException error)
        {
            return [new("service", false, error.Message, error.Status is null ? "Start one with `./ktrdr sandbox up`." : "Is the token right? KTRDR_TOKEN, or --slot of a sandbox of yours.")];
        }
    }
}
