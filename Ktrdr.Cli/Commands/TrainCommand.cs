using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
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
        var window = new Option<string>("--window") { Description = "train, or unsealed: every bar before the seal, which leaves none to judge the model on", DefaultValueFactory = _ => DataWindows.Train };
        window.AcceptOnlyFromAmong(DataWindows.Train, DataWindows.Unsealed);
        var start = OptionValues.Date("--start", "First bar to learn from (else the window's)");
        var end = OptionValues.Date("--end", "First bar not to learn from");
        var seed = OptionValues.Seed();
        var seeds = OptionValues.Seeds();
        var epochs = new Option<int?>("--epochs") { Description = "Epochs at most (else the strategy's)" };
        var follow = OptionValues.Follow();
        var command = new Command("train", "Train a strategy's network") { strategy, dataset, symbol, timeframe, window, start, end, seed, seeds, epochs, follow };
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
                    Window = parsed.GetRequiredValue(window),
                    Seed = parsed.GetValue(seed),
                    Seeds = OptionValues.SeedsOf(parsed.GetValue(seed), parsed.GetValue(seeds)),
                    Epochs = parsed.GetValue(epochs),
                },
                cancellationToken: cancellationToken).ConfigureAwait(false);
            return await StartedOperation.ShowAsync(api, output, accepted, parsed.GetValue(follow), Render, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static void Render(IAnsiConsole console, Operation operation)
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
            Words.Hash(result.WeightsHash));
        console.Write(table);
        foreach (var (set, share) in result.UncoveredShare.Where(set => set.Value > 0.05).OrderBy(set => set.Key, StringComparer.Ordinal))
        {
            console.MarkupLineInterpolated($"The fuzzy set {set} says nothing about {Words.Percent(share)} of the bars.");
        }

        if (result.AllZeroShare is > 0.01)
        {
            console.MarkupLineInterpolated($"On {Words.Percent(result.AllZeroShare)} of the rows no fuzzy set says anything: the network sees nothing but zeros there.");
        }

        if (result.Seeds.Count > 1)
        {
            console.MarkupLineInterpolated($"Seed {result.Seed} stands in the middle of {result.Seeds.Count} by validation loss: {Words.Range(result.Seeds.Select(one => one.ValidationLoss), "0.0000")}.");
        }

        if (result.Folds.Count > 0)
        {
            var folds = Words.Table(">fold", "tested", ">rows", ">loss", ">accuracy", ">return", ">Sharpe");
            foreach (var fold in result.Folds)
            {
                folds.AddRow(
                    Words.Count(fold.Number), $"{Words.Date(fold.TestStart)} … {Words.Date(fold.TestEnd)}", Words.Count(fold.TestRows), Words.Number(fold.TestLoss, "0.0000"), Words.Percent(fold.Accuracy),
                    Words.Percent(fold.NetReturn), Words.Number(fold.NetSharpe));
            }

            console.Write(folds);
            console.WriteLine(Folds([.. result.Folds.Select(fold => fold.NetReturn)]));
        }

        if (result.Proof is { } proof)
        {
            console.WriteLine(Words.Proof(proof));
        }
    }

    /// <summary>A fold in which nothing was traded loses nothing, and shows nothing either.</summary>
    internal static string Folds(IReadOnlyList<double?> returns)
    {
        var (losing, idle) = (returns.Count(r => r < 0), returns.Count(r => r is null or 0));
        var flat = idle == 0 ? "" : $" In {idle} of {returns.Count} nothing was gained or lost: {(idle == 1 ? "it says" : "they say")} nothing.";
        return losing > 0 ? $"{losing} of {returns.Count} folds {(losing == 1 ? "loses" : "lose")}: what one fold loses, no other can make robust.{flat}"
            : idle == returns.Count ? flat.TrimStart()
            : "No fold loses." + flat;
    }
}
