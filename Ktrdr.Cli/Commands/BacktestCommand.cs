using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class BacktestCommand
{
    public static Command Create()
    {
        var strategy = new Argument<string?>("strategy") { Description = "A strategy with a trained model: name, hash or path of a document", Arity = ArgumentArity.ZeroOrOne };
        var ensemble = new Option<string?>("--ensemble") { Description = "In place of a strategy: path of an ensemble document, whose models are trained" };
        var model = new Option<string?>("--model") { Description = "The model (else the strategy's latest)" };
        var window = new Option<string?>("--window") { Description = "train, validation, test or unsealed (else validation, or --start and --end)" };
        window.AcceptOnlyFromAmong(DataWindows.Train, DataWindows.Validation, DataWindows.Test, DataWindows.Unsealed);
        var options = new RunOptions("Dataset version (else the model's)", "First bar", "First bar after the last");
        var command = new Command("backtest", "Backtest a trained strategy, or an ensemble of them") { strategy, ensemble, model, window };
        options.AddTo(command);
        command.Validators.Add(given =>
        {
            var (isStrategy, isEnsemble) = (given.GetResult(strategy) is { Tokens.Count: > 0 }, given.GetResult(ensemble) is not null);
            if (isStrategy == isEnsemble)
            {
                given.AddError($"{(isStrategy ? "both a strategy and --ensemble are" : "neither a strategy nor --ensemble is")} given; allowed: one of them.");
            }
            else if (isEnsemble && given.GetResult(model) is not null)
            {
                given.AddError("--model is given beside --ensemble; allowed: the models that the ensemble's document names.");
            }
        });
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var (named, document) = (parsed.GetValue(strategy), parsed.GetValue(ensemble));
            var run = options.Of(parsed);
            var accepted = await api.StartBacktestAsync(
                new BacktestRequest
                {
                    Strategy = named is null ? null : await StrategySource.ResolveAsync(api, output, named, cancellationToken).ConfigureAwait(false),
                    Ensemble = document is null ? null : await StrategySource.ReadAsync(document, cancellationToken).ConfigureAwait(false),
                    Model = parsed.GetValue(model),
                    Window = parsed.GetValue(window) ?? (run.Start is null && run.End is null ? DataWindows.Validation : null),
                    Dataset = run.Dataset,
                    Start = run.Start,
                    End = run.End,
                    InitialCapital = run.Capital,
                    Commission = run.Commission,
                    Slippage = run.Slippage,
                },
                cancellationToken: cancellationToken).ConfigureAwait(false);
            return await StartedOperation.ShowAsync(api, output, accepted, run.Follow, Render, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static void Render(IAnsiConsole console, Operation operation)
    {
        var result = KtrdrJson.Read<BacktestResult>(operation.Result!.Value);
        var metrics = result.Metrics;
        console.MarkupLineInterpolated($"{result.StrategyName} on {result.Symbol} {result.Timeframe}, {result.Window} window {Words.Date(result.Start)} … {Words.Date(result.End)}, {Words.Counted(result.Bars, "bar")}");
        if (result.Members.Count > 0)
        {
            console.MarkupLineInterpolated($"[grey]members: {string.Join(", ", result.Members.Select(m => $"{m.Id} {m.Model}"))}[/]");
        }

        var table = Words.Table("figure", ">value");
        table.AddRow("total return", Words.Percent(metrics.TotalReturn));
        table.AddRow("annual return", Words.Percent(metrics.AnnualReturn));
        table.AddRow("volatility", Words.Percent(metrics.Volatility));
        table.AddRow("Sharpe (net, daily)", Words.Number(metrics.Sharpe));
        if (result.Seeds.Count > 1)
        {
            table.AddRow($"Sharpe of all {result.Seeds.Count} seeds together", Words.Number(result.TrialSharpe));
        }

        table.AddRow(result.Seeds.Count > 1 ? "theirs at 2x / 3x costs" : "Sharpe at 2x / 3x costs", $"{Words.Number(result.SharpeAtDoubleCosts)} / {Words.Number(result.SharpeAtTripleCosts)}");
        table.AddRow("Sharpe of buy and hold", Words.Number(result.BuyAndHoldSharpe));
        table.AddRow("t-statistic", Words.Number(metrics.NetTStatistic));
        table.AddRow("maximum drawdown", Words.Percent(metrics.MaxDrawdown));
        table.AddRow("trades", Words.Count(metrics.Trades));
        table.AddRow("win rate", Words.Percent(metrics.WinRate));
        table.AddRow("profit factor", metrics is { ProfitFactor: null, Trades: > 0 } ? "no trade lost" : Words.Number(metrics.ProfitFactor));
        table.AddRow("exposure", Words.Percent(metrics.Exposure));
        table.AddRow("costs paid", Words.Number(metrics.CostsPaid));
        table.AddRow("trade list", Words.Hash(result.TradeListHash));
        console.Write(table);
        if (result.Statistics is { } statistics)
        {
            Render(console, statistics, metrics.Trades);
        }

        if (metrics.Trades == 0)
        {
            console.MarkupLineInterpolated($"Nothing was traded{Held(result.HoldReasons)}.");
        }

        if (result.Seeds.Count > 1)
        {
            console.MarkupLineInterpolated($"Figures are of seed {result.Seed}; Sharpe over {result.Seeds.Count} seeds: {Words.Range(result.Seeds.Select(one => one.Sharpe))}. The verdict is of all seeds together.");
        }

        if (result.RejectedOrders.Count > 0)
        {
            console.MarkupLineInterpolated($"Orders not filled: {string.Join(", ", result.RejectedOrders.Select(r => $"{r.Value} {r.Key.Replace('_', ' ')}"))}.");
        }

        console.MarkupLine($"On its own: {Words.State(result.ProvisionalVerdict)}. {Markup.Escape(string.Join(" ", result.ProvisionalReasons))}");
        console.WriteLine(result.Leaks.Count == 0 ? Words.Proof(result.Proof) : $"LOOK-AHEAD in {string.Join(", ", result.Leaks)}.");
    }

    /// <summary>On how many bars which reason spoke against trading, the most frequent first; nothing where none did.</summary>
    internal static string Held(IReadOnlyDictionary<string, int> reasons)
    {
        var held = reasons.Where(r => r.Value > 0).OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal).Select(r => $"on {Words.Counted(r.Value, "bar")} {Why(r.Key)}").ToList();
        return held.Count == 0 ? "" : $": {string.Join(", ", held)}";
    }

    private static string Why(string reason) => reason switch
    {
        "predicted" => "the model says HOLD",
        "below_confidence" => "its confidence is below the threshold",
        "too_soon" => "the last trade is too near",
        "position_held" => "the position is held already",
        "shorts_off" => "shorts are off",
        "not_ready" => "features are not complete",
        "not_finite" => "its outputs are no numbers",
        "regime_flat" => "the regime is flat",
        _ => reason.Replace('_', ' '),
    };

    private static void Render(IAnsiConsole console, BacktestStatistics statistics, int trades)
    {
        var level = Words.Number(statistics.IntervalLevel * 100, "0.##");
        var intervals = Words.Table("figure", ">value", $">{level} % interval");
        foreach (var one in trades == 0 ? [] : statistics.Intervals)
        {
            intervals.AddRow(one.Name.Replace('_', ' '), Words.Number(one.Value, "0.000"), $"{Words.Number(one.Lower, "0.000")} … {Words.Number(one.Upper, "0.000")}");
        }

        if (intervals.Rows.Count > 0)
        {
            console.Write(intervals);
        }

        if (trades > 0)
        {
            console.MarkupLineInterpolated($"Random entries do as well with probability {Words.Number(statistics.PermutationP, "0.000")}; probabilistic Sharpe {Words.Number(statistics.ProbabilisticSharpe, "0.000")}; stability {Words.Number(statistics.StabilityScore)}.");
        }

        console.MarkupLineInterpolated($"Sharpe of {string.Join(", ", statistics.Benchmarks.Select(b => $"{b.Name.Replace('_', ' ')} {Words.Number(b.Sharpe)}"))}.");
    }
}
