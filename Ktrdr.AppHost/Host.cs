using System.Diagnostics;
using System.Globalization;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Sandboxes;
using Spectre.Console;

namespace Ktrdr.AppHost;

/// <summary>Does what the command line asks for.</summary>
/// <param name="choose">Gives what runs a sandbox, for the commands that start one.</param>
/// <param name="stop">Cancelled by Ctrl+C, SIGTERM, SIGHUP and SIGQUIT.</param>
internal sealed class Host(SandboxRegistry registry, Func<CancellationToken, Task<ISandboxRealisation>> choose, CancellationToken stop)
{
    /// <summary>What people read. A demo whose output goes to a program keeps standard output for its result.</summary>
    private TextWriter _people = Console.Out;

    public async Task<int> RunAsync(HostCommand command)
    {
        try
        {
            switch (command)
            {
                case HostCommand.Help:
                    await Console.Out.WriteLineAsync(CommandLineParser.Usage).ConfigureAwait(false);
                    return ExitCodes.Done;
                case HostCommand.Stop other:
                    await SandboxSession.StopOtherAsync(registry, other.Slot, stop).ConfigureAwait(false);
                    Say($"slot {other.Slot} is stopped");
                    return ExitCodes.Done;
                case HostCommand.Publish publish:
                    await Edition.PublishAsync(publish, stop).ConfigureAwait(false);
                    Say($"wrote {publish.Output}");
                    return ExitCodes.Done;
                case HostCommand.Run run:
                    return await RunAsync(run).ConfigureAwait(false);
                case HostCommand.Demo demo:
                    _people = demo.Exit && Console.IsOutputRedirected ? Console.Error : Console.Out;
                    return await RunAsync(demo).ConfigureAwait(false);
                default:
                    throw new InvalidOperationException($"{command.GetType().Name} is not a command.");
            }
        }
        catch (Exception error) when (error is SandboxException or KtrdrApiException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return command is HostCommand.Demo ? ExitCodes.Interrupted : ExitCodes.Done;
        }
    }

    private async Task<int> RunAsync(HostCommand.Run run)
    {
        await using var session = await StartAsync(run.Slot, run.Workers).ConfigureAwait(false);
        return await StayUpAsync(session).ConfigureAwait(false);
    }

    private async Task<int> RunAsync(HostCommand.Demo demo)
    {
        var elapsed = Stopwatch.StartNew();
        DemoResult result;
        await using (var session = await StartAsync(demo.Slot, demo.Workers).ConfigureAwait(false))
        {
            result = await RunAsync(demo, session, elapsed).ConfigureAwait(false);
            if (!demo.Exit)
            {
                return await StayUpAsync(session).ConfigureAwait(false);
            }

            Say("stopping");
        }

        await Console.Out.WriteLineAsync((result with { ElapsedSeconds = Seconds(elapsed) }).ToJson()).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private async Task<DemoResult> RunAsync(HostCommand.Demo demo, SandboxSession session, Stopwatch elapsed)
    {
        using (var client = session.Connect())
        {
            var api = client.Api;
            var live = !Console.IsOutputRedirected && !Console.IsErrorRedirected && AnsiConsole.Profile.Capabilities.Interactive;
            var console = AnsiConsole.Create(new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(_people),
                Ansi = live ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = live ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            });
            if (!live)
            {
                // A pipe has no width of its own; a table must not be folded at 80 characters for nobody.
                console.Profile.Width = 200;
            }

            var view = new DemoView(console, live);
            var (campaign, experiments) = await view.FollowAsync(
                show => new DemoRun(api, Say, show).RunAsync(demo.Data, demo.Cycles, demo.Seed, stop)).ConfigureAwait(false);
            view.ShowLeaderboard(await api.GetLeaderboardAsync(campaign.Id, cancellationToken: stop).ConfigureAwait(false));
            Say(string.Create(CultureInfo.InvariantCulture, $"{experiments.Count} experiments in {Seconds(elapsed):0.0} s; everything is stored and shown at {session.Url}"));
            return new DemoResult
            {
                Slot = session.Slot,
                Url = session.Url,
                ElapsedSeconds = Seconds(elapsed),
                Symbol = campaign.Symbol,
                Timeframe = campaign.Timeframe,
                Synthetic = campaign.Synthetic,
                Experiments = [.. experiments.Select(DemoExperiment.Of)],
            };
        }
    }

    private async Task<SandboxSession> StartAsync(int? slot, WorkerCounts workers)
    {
        var elapsed = Stopwatch.StartNew();
        var realisation = await choose(stop).ConfigureAwait(false);
        var session = await SandboxSession.ClaimAsync(registry, realisation, slot, workers, CloneRoot(), Say, stop).ConfigureAwait(false);
        Say(slot is null ? $"slot {session.Slot}: the first whose ports are all free" : $"slot {session.Slot}");
        await session.StartAsync(workers, stop).ConfigureAwait(false);
        Say(string.Create(CultureInfo.InvariantCulture, $"ready after {Seconds(elapsed):0.0} s at {session.Url} (logs: {session.Logs})"));
        return session;
    }

    private async Task<int> StayUpAsync(SandboxSession session)
    {
        using (var client = session.Connect())
        {
            var link = await client.Sessions.CreateLoginLinkAsync(stop).ConfigureAwait(false);
            Say($"dashboard: {link.Url} (logs one browser in, once; `ktrdr token` prints a token for curl)");
        }

        Say($"running at {session.Url}; Ctrl+C stops it");
        try
        {
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Say("stopping");
        }

        return ExitCodes.Done;
    }

    /// <summary>The clone that this build belongs to; without one (a published build) the working folder.</summary>
    private static string CloneRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Ktrdr.sln")))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }

    private static double Seconds(Stopwatch elapsed) => Math.Round(elapsed.Elapsed.TotalSeconds, 3);

    /// <summary>Also from where processes are kept running, which a full disk behind our own output must not end.</summary>
    private void Say(string line)
    {
        try
        {
            _people.WriteLine(line);
        }
        catch (IOException)
        {
            // Nobody can be told, not even of this.
        }
    }
}
