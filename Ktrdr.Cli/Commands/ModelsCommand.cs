using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts.Models;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class ModelsCommand
{
    public static Command Create() => new("models", "Trained models") { List(), Show(), ModelReadingCommands.Rules(), ModelReadingCommands.Explain(), Export() };

    private static Command List()
    {
        var strategy = new Option<string?>("--strategy") { Description = "One strategy's only" };
        var limit = OptionValues.Limit();
        var after = new Option<string?>("--after") { Description = "Go on after this model" };
        var command = new Command("list", "Models, newest first") { strategy, limit, after };
        command.WithPage((parsed, api, cancellationToken) => api.ListModelsAsync(parsed.GetValue(strategy), parsed.GetValue(after), parsed.GetValue(limit), cancellationToken), Render);
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("model");
        var command = new Command("show", "One model: how it was trained, on what, with which figures") { id };
        command.WithAnswer((parsed, api, cancellationToken) => api.GetModelAsync(parsed.GetRequiredValue(id), cancellationToken), Render);
        return command;
    }

    private static void Render(IAnsiConsole console, IReadOnlyList<ModelSummary> models)
    {
        var table = Words.Table("model", "strategy", ">version", "market", "purpose", ">epochs", ">validation loss", ">accuracy", "created (UTC)");
        foreach (var row in models)
        {
            table.AddRow(
                row.Id, Markup.Escape(row.Strategy), Words.Count(row.Version), Markup.Escape($"{row.Symbol} {row.Timeframe}"), row.Purpose, Words.Count(row.EpochsTrained), Words.Number(row.ValidationLoss, "0.0000"), Words.Percent(row.ValidationAccuracy), Words.Time(row.CreatedAt));
        }

        console.Write(table);
    }

    private static void Render(IAnsiConsole console, Model model)
    {
        var training = model.Training;
        var table = Words.Table("figure", "value");
        table.AddRow("strategy", Markup.Escape($"{training.StrategyName} version {model.Version} ({Words.Hash(training.StrategyHash)})"));
        table.AddRow("data", Markup.Escape($"{model.Symbol} {model.Timeframe} {Words.Date(training.Start)} … {Words.Date(training.End)} ({Words.Hash(training.Dataset)})"));
        table.AddRow("rows", $"{Words.Count(training.TrainRows)} to learn, {Words.Count(training.ValidationRows)} to stop on");
        table.AddRow("epochs", $"{training.EpochsTrained}, best {training.BestEpoch} ({Markup.Escape(training.StopReason)})");
        table.AddRow("validation loss", Words.Number(training.ValidationLoss, "0.000000"));
        table.AddRow("validation accuracy", Words.Percent(training.ValidationAccuracy));
        if (training.UncoveredShare.Count > 0)
        {
            table.AddRow("not covered", Markup.Escape(string.Join(", ", training.UncoveredShare.Select(set => $"{set.Key} {Words.Percent(set.Value)}")) + (training.AllZeroShare is { } zeros ? $"; nothing but zeros on {Words.Percent(zeros)} of rows" : "")));
        }

        table.AddRow("parameters", Words.Count(training.Parameters));
        table.AddRow("seed, engine", Markup.Escape($"{training.Seed}, {training.EngineVersion}"));
        table.AddRow("weights", training.WeightsHash);
        table.AddRow("features", Markup.Escape(string.Join(", ", training.Features)));
        console.Write(table);
    }

    private static Command Export()
    {
        var id = new Argument<string>("model");
        var folder = new Argument<string>("folder") { Description = "A new folder" };
        var command = new Command("export", "Write a model's files: model.json, weights.safetensors, strategy.yaml, model.onnx, and rules.json of a tsk model") { id, folder };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var model = await api.GetModelAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetRequiredValue(folder)));
            if (Path.Exists(target))
            {
                throw new UsageException($"folder is '{target}', which is there already; allowed: a new folder.");
            }

            // Written beside its place and renamed, so that a folder of this name is always whole.
            var partial = $"{target}.partial";
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }

            Directory.CreateDirectory(partial);
            var training = model.Training;
            var written = new List<string>();
            foreach (var (name, sha256) in new[]
            {
                ("model.json", training.ManifestSha256), ("weights.safetensors", training.WeightsSha256), ("strategy.yaml", training.StrategySha256), ("model.onnx", training.OnnxSha256), ("rules.json", training.RulesSha256),
            })
            {
                if (sha256 is null)
                {
                    continue;
                }

                using var response = await api.GetArtifactAsync(sha256, cancellationToken).ConfigureAwait(false);
                await using var file = File.Create(Path.Combine(partial, name));
                await response.Content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
                written.Add(Path.Combine(target, name));
            }

            Directory.Move(partial, target);

            output.Answer(written, console => written.ForEach(path => console.WriteLine(path)));
            return ExitCodes.Success;
        });
        return command;
    }
}
