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
            output.Answer(rows, console => Render(console, rows));
            return ExitCodes.Success;
        });
        return command;
    }

    public static void Render(IAnsiConsole console, IReadOnlyList<LeaderboardRow> rows)
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
    }
}
