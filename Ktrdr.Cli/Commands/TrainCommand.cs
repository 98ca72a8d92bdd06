using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class TrainCommand
{
    public static Command Create()
    {
        var strategy = new Argument<string>("strategy") { Description = "A stored strategy's name or hash, or the path of a document" };
        var dataset = new Option<string?>("--dataset") { Description = "Dataset version (else the latest of the strategy's symbol and timeframe)" };
        var symbol = new Option<string?>("--symbol") { Description = "Symbol, if not the strategy's" };
        var timeframe = new Option<string?>("--timeframe") { Description = "Timeframe, if not the strategy's" };
        var start = OptionValues.Date("--start", "First bar to learn from (else the dataset's train window)");
        var end = OptionValues.Date("--end", "First bar not to learn from");
        var seed = OptionValues.Seed();
        var epochs = new Option<int?>("--epochs") { Description = "Epochs at most (else the strategy's)" };
        var follow = OptionValues.Follow();
        var command = new Command("train", "Train a strategy's network") { strategy, dataset, symbol, timeframe, start, end, seed, epochs, follow };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var accepted = await api.StartTrainingAsync(
                new TrainingRequest
                {
                    Strategy = await StrategySource.ResolveAsync(api, output, parsed.GetRequiredValue(strategy), cancellationToken).ConfigureAwait(false),
                    Dataset = parsed.GetValue(dataset),
                    Symbol = parsed.GetValue(symbol),
                    Timeframe = parsed.GetValue(timeframe),
                    Start = parsed.GetValue(start),
                    End = parsed.GetValue(end),
                    Seed = parsed.GetValue(seed),
                    Epochs = parsed.GetValue(epochs),
                },
                cancellationToken: cancellationToken).ConfigureAwait(false);
            return await StartedOperation.ShowAsync(api, output, accepted, parsed.GetValue(follow), Render, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static void Render(Spectre.Console.IAnsiConsole console, Operation operation)
    {
        var result = KtrdrJson.Read<TrainingResult>(operation.Result!.Value);
        var table = Words.Table("model", ">epochs", ">best", ">train loss", ">validation loss", ">accuracy", ">rows", "weights");
        table.AddRow(
            result.ModelId ?? Words.Undefined,
            Words.Count(result.EpochsTrained),
            Words.Count(result.BestEpoch),
            Words.Number(result.TrainLoss, "0.0000"),
            Words.Number(result.ValidationLoss, "0.0000"),
            Words.Percent(result.ValidationAccuracy),
            Words.Count(result.TrainRows),
            result.WeightsHash[..12]);
        console.Write(table);
    }
}
