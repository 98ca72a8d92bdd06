using System.Globalization;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Research;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ktrdr.AppHost.Sandboxes;

/// <summary>How a demo looks: a table that changes in place on a terminal, one line per change in a pipe.</summary>
public sealed class DemoView(IAnsiConsole console, bool live)
{
    private readonly Dictionary<string, string> _shown = [];

    /// <summary>Runs the demo with a function that shows where it stands.</summary>
    public Task<T> FollowAsync<T>(Func<Action<DemoProgress>, Task<T>> demo)
        => live
            ? console.Live(new Text("")).AutoClear(true).StartAsync(context => demo(progress =>
            {
                context.UpdateTarget(LiveTable(progress));
                context.Refresh();
            }))
            : demo(ShowChanges);

    /// <summary>What came out, best first.</summary>
    public void ShowLeaderboard(IReadOnlyList<LeaderboardRow> rows)
    {
        var table = new Table().Border(live ? TableBorder.Rounded : TableBorder.Ascii).Title("Leaderboard");
        foreach (var column in (string[])["#", "experiment", "strategy", "trades", "Sharpe validation", "deflated", "Sharpe test", "N", "verdict", "because"])
        {
            table.AddColumn(column);
        }

        foreach (var row in rows)
        {
            table.AddRow(
                Cell(row.Rank), Cell(row.Number), Cell(row.Strategy), Cell(row.Trades), Figure(row.ValidationSharpe), Figure(row.DeflatedSharpe),
                Figure(row.TestSharpe), Cell(row.TrialsCounted), Cell(row.Verdict), Cell(string.Join(" ", row.Reasons)));
        }

        console.Write(table);
        if (rows.Any(row => row.Synthetic))
        {
            console.MarkupLine("[yellow]SYNTHETIC bars: nothing here says anything about a market.[/]");
        }
    }

    private static Rows LiveTable(DemoProgress progress)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(Title(progress)));
        foreach (var column in (string[])["#", "strategy", "phase", "now", "trades", "Sharpe validation", "verdict"])
        {
            table.AddColumn(column);
        }

        foreach (var experiment in progress.Experiments)
        {
            table.AddRow(
                Cell(experiment.Number), Cell(experiment.StrategyName), Cell(KtrdrJson.Word(experiment.Phase)), Cell(Now(experiment, progress.Running)),
                Cell(experiment.Validation?.Trades), Figure(experiment.Validation?.Sharpe), Cell(experiment.Verdict));
        }

        return new Rows(table);
    }

    private void ShowChanges(DemoProgress progress)
    {
        foreach (var experiment in progress.Experiments)
        {
            var line = $"experiment {experiment.Number}: {KtrdrJson.Word(experiment.Phase)}"
                + (experiment.StrategyName is { } strategy ? $", {strategy}" : "")
                + (experiment.Gate is { Passed: false } gate ? $", stopped by the {gate.Gate} gate: {gate.Reason}" : "")
                + (experiment.Validation is { } validation ? string.Create(CultureInfo.InvariantCulture, $", validation Sharpe {validation.Sharpe:0.00} over {validation.Trades} trades") : "")
                + (experiment.Verdict is { } verdict ? $", {verdict}" : "")
                + (experiment.Failure is { } failure ? $", failed: {failure}" : "");
            if (_shown.GetValueOrDefault(experiment.Id) != line)
            {
                _shown[experiment.Id] = line;
                console.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{progress.Elapsed.TotalSeconds,6:0.0} s  {line}"));
            }
        }
    }

    private static string Title(DemoProgress progress)
        => string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Campaign.Symbol} {progress.Campaign.Timeframe}{(progress.Campaign.Synthetic ? " (SYNTHETIC)" : "")}, campaign {KtrdrJson.Word(progress.Campaign.Status)}, {progress.Elapsed.TotalSeconds:0} s");

    private static string? Now(Experiment experiment, IReadOnlyList<Operation> running)
    {
        string?[] own = [experiment.DesignOperationId, experiment.TrainingOperationId, experiment.BacktestOperationId, experiment.AssessmentOperationId, experiment.LearningOperationId, experiment.TestOperationId];
        return running.FirstOrDefault(operation => own.Contains(operation.Id)) is { } operation
            ? string.Create(CultureInfo.InvariantCulture, $"{operation.Type} {operation.Progress?.Percent ?? 0:0} % {operation.Progress?.Step}")
            : null;
    }

    private static IRenderable Cell(object? value) => new Text(string.Create(CultureInfo.InvariantCulture, $"{value}"));

    private static IRenderable Figure(double? value) => new Text(value is { } figure ? figure.ToString("0.000", CultureInfo.InvariantCulture) : "-");
}
