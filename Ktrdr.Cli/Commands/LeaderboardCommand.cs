using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts.Research;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class LeaderboardCommand
{
    public static Command Create()
    {
        var campaign = new Option<string?>("--campaign") { Description = "One campaign only" };
        var limit = OptionValues.Limit();
        var command = new Command("leaderboard", "Experiments, best first, with their verdicts") { campaign, limit };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var rows = await api.GetLeaderboardAsync(parsed.GetValue(campaign), parsed.GetValue(limit), cancellationToken).ConfigureAwait(false);
            var statistics = parsed.GetValue(campaign) is { } id && rows.Count > 0
                ? (await api.GetCampaignAsync(id, cancellationToken).ConfigureAwait(false)).Statistics
                : null;
            output.Answer(rows, console => Render(console, rows, statistics));
            return ExitCodes.Success;
        });
        return command;
    }

    public static void Render(IAnsiConsole console, IReadOnlyList<LeaderboardRow> rows, CampaignStatisticsResult? statistics = null)
    {
        if (rows.Count == 0)
        {
            console.WriteLine("No experiments yet: `ktrdr research --symbol S` starts some.");
            return;
        }

        var table = Words.Table(">#", "strategy", "market", ">trades", ">validation", ">deflated", ">test", ">N", "verdict", "because");
        foreach (var row in rows)
        {
            table.AddRow(
                Words.Count(row.Rank),
                Markup.Escape(row.Strategy ?? Words.Undefined),
                $"{Markup.Escape(row.Symbol)} {row.Timeframe}{(row.Synthetic ? " [yellow]synthetic[/]" : "")}",
                Words.Count(row.Trades),
                Words.Number(row.ValidationSharpe),
                Words.Number(row.DeflatedSharpe, "0.000"),
                Words.Number(row.TestSharpe),
                row.TrialsCounted is { } n ? Words.Count(n) : Words.Undefined,
                Words.State(row.Verdict) + (row.Verdict is null || row.VerdictIsFinal ? "" : " [grey](provisional)[/]"),
                Markup.Escape(row.Reasons.Count > 0 ? row.Reasons[0] : Words.Undefined));
        }

        console.Write(table);
        console.MarkupLine("[grey]validation and test: annualised net Sharpe; deflated: probability that it is real after counting all N trials[/]");
        if (statistics is not null)
        {
            console.WriteLine($"N {Words.Count(statistics.Trials)}, effective {Words.Number(statistics.EffectiveTrials, "0.0")}");
            foreach (var universe in statistics.Overfitting)
            {
                Render(console, universe);
            }
        }
    }

    /// <summary>What choosing the best of the campaign's trials is worth.</summary>
    private static void Render(IAnsiConsole console, OverfittingStatistics universe)
    {
        console.WriteLine(
            $"{universe.Window}, {Words.Counted(universe.TrialsUsed, "trial")} over {Words.Counted(universe.Days, "day")}: probability of overfitting {Words.Number(universe.ProbabilityOfOverfitting)}, "
            + $"reality check p {Words.Number(universe.RealityCheckPValue, "0.000")}, superior predictive ability p {Words.Number(universe.SpaPValue, "0.000")}");
        foreach (var note in universe.Notes)
        {
            console.MarkupLine($"[grey]{Markup.Escape(note)}[/]");
        }
    }
}
