using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Ktrdr.Cli.Connection;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Sandboxes;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class SandboxCommand
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);

    public static Command Create() => new("sandbox", "Whole environments of their own: database, service, workers, agents") { Up(), Down(), Status(), List() };

    private static Command Up()
    {
        var workers = new Option<string?>("--workers") { Description = "Worker counts, such as backtest=2,training=1" };
        var command = new Command("up", "Start a sandbox and leave it running (else the first slot whose ports are all free)") { workers };
        command.WithoutApi(async (parsed, output, cancellationToken) =>
        {
            var registry = new SandboxRegistry(SandboxLayout.FromEnvironment());
            var clone = CloneRoot.Find();
            var slot = parsed.GetValue(GlobalOptions.Slot);
            if (slot is { } wanted && registry.Read(wanted) is { IsAlive: true } running)
            {
                output.Answer(running, console => console.WriteLine($"slot {running.Slot} is up already: {running.Url}"));
                return ExitCodes.Success;
            }

            output.Note("building …");
            await AppHostProcess.BuildAsync(clone, cancellationToken).ConfigureAwait(false);
            List<string> arguments = [];
            if (slot is { } given)
            {
                arguments.AddRange(["--slot", given.ToString(CultureInfo.InvariantCulture)]);
            }

            if (parsed.GetValue(workers) is { } counts)
            {
                arguments.AddRange(["--workers", counts]);
            }

            var log = Path.Combine(registry.Layout.Home, "logs", string.Create(CultureInfo.InvariantCulture, $"apphost-{slot?.ToString(CultureInfo.InvariantCulture) ?? "auto"}.log"));
            output.Note("starting …");
            using var appHost = AppHostProcess.Start(clone, arguments, log);
            var sandbox = await WaitUntilReadyAsync(registry, appHost, log, cancellationToken).ConfigureAwait(false);
            output.Answer(sandbox, console => console.WriteLine($"slot {sandbox.Slot} is up: {sandbox.Url} (log: {log})"));
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task<SandboxFile> WaitUntilReadyAsync(SandboxRegistry registry, Process appHost, string log, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (waited.Elapsed < StartPatience)
        {
            if (registry.List().FirstOrDefault(sandbox => sandbox.AppHost.Pid == appHost.Id && sandbox.IsAlive) is { Status: SandboxStatus.Running } ready)
            {
                return ready;
            }

            if (appHost.HasExited)
            {
                var last = File.Exists(log) ? (await File.ReadAllLinesAsync(log, cancellationToken).ConfigureAwait(false)).LastOrDefault(line => line.Length > 0) : null;
                throw new UsageException($"the sandbox did not start: {last ?? $"exit code {appHost.ExitCode}"} (log: {log})");
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }

        throw new UsageException($"the sandbox was not ready within {StartPatience.TotalSeconds:0} s; {log} says how far it came.");
    }

    private static Command Down()
    {
        var command = new Command("down", "Stop a sandbox; its data is kept");
        command.WithoutApi(async (parsed, output, cancellationToken) =>
        {
            var registry = new SandboxRegistry(SandboxLayout.FromEnvironment());
            var slot = SlotOf(parsed);
            if (registry.Read(slot) is not { IsAlive: true } sandbox)
            {
                output.Answer(new { slot, stopped = false }, console => console.WriteLine($"slot {slot} is not running."));
                return ExitCodes.Success;
            }

            await AppHostProcess.StopAsync(sandbox.AppHost, StopPatience, cancellationToken).ConfigureAwait(false);
            output.Answer(new { slot, stopped = true }, console => console.WriteLine($"slot {slot} is stopped; its data is kept."));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Status()
    {
        var command = new Command("status", "Whether a sandbox is ready: database, service, workers");
        command.WithoutApi(async (parsed, output, cancellationToken) =>
        {
            var slot = SlotOf(parsed);
            var sandbox = new SandboxRegistry(SandboxLayout.FromEnvironment()).Read(slot);
            if (sandbox is null)
            {
                output.Answer(new { slot, status = "absent", ready = false }, console => console.WriteLine($"slot {slot} was never started."));
                return ExitCodes.Failed;
            }

            var ready = sandbox.IsAlive && await IsReadyAsync(sandbox.Url, cancellationToken).ConfigureAwait(false);
            var status = sandbox.IsAlive ? KtrdrJson.Word(sandbox.Status) : "stopped";
            output.Answer(new { slot, status, ready, sandbox.Url, sandbox.Processes }, console =>
            {
                console.MarkupLine($"slot {slot}: {Words.State(status)}{(ready ? ", ready" : "")} {sandbox.Url}");
                var table = Words.Table("process", ">pid", ">port", ">restarts", "log");
                foreach (var process in sandbox.Processes)
                {
                    table.AddRow(process.Name, $"{process.Pid}", $"{process.Port}", $"{process.Restarts}", Markup.Escape(process.Log));
                }

                console.Write(table);
            });
            return ready ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Every sandbox of this machine");
        command.WithoutApi((_, output, _) =>
        {
            var sandboxes = new SandboxRegistry(SandboxLayout.FromEnvironment()).List();
            var rows = sandboxes.Select(sandbox => new { sandbox.Slot, Status = sandbox.IsAlive ? KtrdrJson.Word(sandbox.Status) : "stopped", sandbox.Url, sandbox.CloneRoot, sandbox.StartedAt }).ToList();
            output.Answer(rows, console =>
            {
                var table = Words.Table(">slot", "status", "address", "clone", "started (UTC)");
                foreach (var row in rows)
                {
                    table.AddRow($"{row.Slot}", Words.State(row.Status), row.Url, Markup.Escape(row.CloneRoot), Words.Time(row.StartedAt));
                }

                console.Write(table);
            });
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }

    private static int SlotOf(ParseResult parsed) =>
        Target.Resolve(parsed).Slot ?? throw new UsageException("--url is not a sandbox of this machine: say --slot.");

    private static async Task<bool> IsReadyAsync(string url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
        try
        {
            using var answer = await client.GetAsync(new Uri($"{url}/ready"), cancellationToken).ConfigureAwait(false);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }
}
