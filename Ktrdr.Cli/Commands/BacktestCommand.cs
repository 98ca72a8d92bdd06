using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class BacktestCommand
{
    public static Command Create()
    {
        var strategy = new Argument<string>("strategy") { Description = "A strategy with a trained model: name, hash or path of a document" };
        var model = new Option<string?>("--model") { Description = "The model (else the strategy's latest)" };
        var dataset = new Option<string?>("--dataset") { Description = "Dataset version (else the model's)" };
        var window = new Option<string?>("--window") { Description = "train, validation or test (else validation, or --start and --end)" };
        window.AcceptOnlyFromAmong("train", "validation", "test");
        var start = OptionValues.Date("--start", "First bar");
        var end = OptionValues.Date("--end", "First bar after the last");
        var capital = new Option<double>("--capital", "-c") { Description = "Initial capital", DefaultValueFactory = _ => 100_000 };
        var commission = new Option<double?>("--commission") { Description = "Fraction of the traded value per side (else the strategy's)" };
        var slippage = new Option<double?>("--slippage") { Description = "Fraction of the price per fill (else the strategy's)" };
        var follow = OptionValues.Follow();
        var command = new Command("backtest", "Backtest a trained strategy") { strategy, model, dataset, window, start, end, capital, commission, slippage, follow };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var dated = parsed.GetValue(start) is not null || parsed.GetValue(end) is not null;
            var accepted = await api.StartBacktestAsync(
                new BacktestRequest
                {
                    Strategy = await StrategySource.ResolveAsync(api, output, parsed.GetRequiredValue(strategy), cancellationToken).ConfigureAwait(false),
                    Model = parsed.GetValue(model),
                    Dataset = parsed.GetValue(dataset),
                    Window = parsed.GetValue(window) ?? (dated ? null : "validation"),
                    Start = parsed.GetValue(start),
                    End = parsed.GetValue(end),
                    InitialCapital = parsed.GetValue(capital),
                    Commission = parsed.GetValue(commission),
                    Slippage = parsed.GetValue(slippage),
                },
                cancellationToken: cancellationToken).ConfigureAwait(false);
            return await StartedOperation.ShowAsync(api, output, accepted, parsed.GetValue(follow), Render, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static void Render(IAnsiConsole console, Operation operation)
    {
        var result = KtrdrJson.Read<BacktestResult>(operation.Result!.Value);
        var metrics = result.Metrics;
        console.MarkupLineInterpolated($"{result.StrategyName} on {result.Symbol} {result.Timeframe}, {result.Window} window {Words.Date(result.Start)} … {Words.Date(result.End)}, {Words.Count(result.Bars)} bars");
        var table = Words.Table("figure", ">value");
        table.AddRow("total return", Words.Percent(metrics.TotalReturn));
        table.AddRow("annual return", Words.Percent(metrics.AnnualReturn));
        table.AddRow("volatility", Words.Percent(metrics.Volatility));
        table.AddRow("Sharpe (net, daily)", Words.Number(metrics.Sharpe));
        table.AddRow("Sharpe at 2x / 3x costs", $"{Words.Number(result.SharpeAtDoubleCosts)} / {Words.Number(result.SharpeAtTripleCosts)}");
        table.AddRow("Sharpe of buy and hold", Words.Number(result.BuyAndHoldSharpe));
        table.AddRow("t-statistic", Words.Number(metrics.NetTStatistic));
        table.AddRow("maximum drawdown", Words.Percent(metrics.MaxDrawdown));
        table.AddRow("trades", Words.Count(metrics.Trades));
        table.AddRow("win rate", Words.Percent(metrics.WinRate));
        table.AddRow("profit factor", Words.Number(metrics.ProfitFactor));
        table.AddRow("exposure", Words.Percent(metrics.Exposure));
        table.AddRow("costs paid", Words.Number(metrics.CostsPaid));
        table.AddRow("trade list", result.TradeListHash[..12]);
        console.Write(table);
        console.MarkupLine($"On its own: {Words.State(result.ProvisionalVerdict)}. {Markup.Escape(string.Join(" ", result.ProvisionalReasons))}");
        console.WriteLine(result.Leaks.Count == 0 ? "No node sees the future at the cut points that were tried." : $"LOOK-AHEAD in {string.Join(", ", result.Leaks)}.");
    }
}
