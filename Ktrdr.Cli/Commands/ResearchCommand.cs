using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class ResearchCommand
{
    public static Command Create()
    {
        var goal = new Argument<string?>("goal") { Description = "What to look for, in words", Arity = ArgumentArity.ZeroOrOne };
        var symbol = new Option<string>("--symbol", "-s") { Description = "Symbol of stored data", Required = true };
        var timeframe = new Option<string>("--timeframe", "-t") { Description = "Timeframe of stored data", DefaultValueFactory = _ => "1h" };
        var dataset = new Option<string?>("--dataset") { Description = "Dataset version (else the latest)" };
        var cycles = new Option<int>("--cycles", "-n") { Description = "Experiments", DefaultValueFactory = _ => 3 };
        var seed = OptionValues.Seed();
        var lag = new Option<int>("--lag") { Description = "Experiments under way at once; part of the outcome, unlike the number of workers", DefaultValueFactory = _ => 2 };
        var strategy = new Option<string?>("--strategy") { Description = "Judge this strategy first" };
        var scope = new Option<string?>("--memory") { Description = "Memory that the designer knows and adds to (else the campaign's own)" };
        var open = new Option<bool>("--keep-open") { Description = "Do not nominate and test when the last experiment is done" };
        var follow = OptionValues.Follow();
        var command = new Command("research", "Run a research campaign: design, train, backtest, assess, learn") { goal, symbol, timeframe, dataset, cycles, seed, lag, strategy, scope, open, follow };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var request = new ResearchRequest
            {
                Symbol = parsed.GetRequiredValue(symbol),
                Timeframe = parsed.GetRequiredValue(timeframe),
                Dataset = parsed.GetValue(dataset),
                Cycles = parsed.GetValue(cycles),
                Seed = parsed.GetValue(seed),
                Lag = parsed.GetValue(lag),
                Close = !parsed.GetValue(open),
                MemoryScope = parsed.GetValue(scope),
                Strategy = parsed.GetValue(strategy) is { } named ? await StrategySource.ResolveAsync(api, output, named, cancellationToken).ConfigureAwait(false) : null,
            };
            var started = await api.StartResearchAsync(parsed.GetValue(goal) is { } text ? request with { Goal = text } : request, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (!parsed.GetValue(follow))
            {
                output.Answer(started, console => console.WriteLine($"{started.CampaignId} is driven by {started.OperationId}; `ktrdr leaderboard --campaign {started.CampaignId}` shows what it finds."));
                return ExitCodes.Success;
            }

            var view = new ProgressView(api, output);
            Operation operation = await view.FollowAsync(started.OperationId, cancellationToken).ConfigureAwait(false);
            var rows = await api.GetLeaderboardAsync(started.CampaignId, cancellationToken: cancellationToken).ConfigureAwait(false);
            var statistics = (await api.GetCampaignAsync(started.CampaignId, cancellationToken).ConfigureAwait(false)).Statistics;
            output.Answer(rows, console => LeaderboardCommand.Render(console, rows, statistics));
            return view.Conclude(operation);
        });
        return command;
    }
}
