using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

/// <summary><c>models rules</c> and <c>models explain</c>: what a model knows, in words.</summary>
internal static class ModelReadingCommands
{
    public static Command Rules()
    {
        var id = new Argument<string>("model") { Description = "A model of type tsk" };
        var top = OptionValues.AtLeastOne(new Option<int>("--top") { Description = "Show this many of the strongest rules", DefaultValueFactory = _ => 20 });
        var command = new Command("rules", "The rules of a tsk model as sentences, the strongest first") { id, top };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var rules = await api.GetModelRulesAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            output.Answer(rules, console => Render(console, rules, parsed.GetValue(top)));
            return ExitCodes.Success;
        });
        return command;
    }

    public static Command Explain()
    {
        var id = new Argument<string>("model");
        var time = OptionValues.Date("--time", "The bar: the last one that opens at or before it (else the last unsealed bar)");
        var dataset = new Option<string?>("--dataset") { Description = "Dataset version (else the model's)" };
        var chosen = new Option<string?>("--output") { Description = "The output to explain, for instance buy (else the one that the model chooses)" };
        var seed = OptionValues.Seed();
        var follow = OptionValues.Follow();
        var command = new Command("explain", "Why a model decides as it does at one bar: what each feature adds, and which rules fired") { id, time, dataset, chosen, seed, follow };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var accepted = await api.ExplainModelAsync(
                parsed.GetRequiredValue(id),
                new ExplainRequest { Time = parsed.GetValue(time), Dataset = parsed.GetValue(dataset), Output = parsed.GetValue(chosen), Seed = parsed.GetValue(seed) },
                cancellationToken: cancellationToken).ConfigureAwait(false);
            return await StartedOperation.ShowAsync(api, output, accepted, parsed.GetValue(follow), Render, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static void Render(IAnsiConsole console, ModelRules rules, int top)
    {
        var table = Words.Table(">strength", ">share", ">firing", "rule");
        foreach (var rule in rules.Rules.Take(top))
        {
            table.AddRow(Words.Number(rule.Strength, "0.0E0"), Words.Percent(rule.Share), Words.Number(rule.MeanFiring, "0.000"), Markup.Escape(rule.Sentence));
        }

        console.Write(table);
        if (rules.Rules.Count > top)
        {
            console.WriteLine($"{rules.Rules.Count - top} more: --top {rules.Rules.Count}");
        }

        console.WriteLine($"Consequents are measured from the mean ({string.Join(", ", rules.Outputs.Select((o, k) => $"{o} {Words.Number(rules.Level[k], "G3")}"))}).");
        console.WriteLine($"Fidelity on {Words.Counted(rules.Fidelity.Rows, "row")} not trained on: same decision {Words.Percent(rules.Fidelity.Agreement)}, R² {Words.Number(rules.Fidelity.RSquared)}.");
        if (rules.Pruning is { } pruning)
        {
            console.WriteLine($"Pruned from {pruning.RulesBefore} to {Words.Counted(pruning.RulesAfter, "rule")}, loss {Words.Number(pruning.LossBefore, "0.0000")} → {Words.Number(pruning.LossAfter, "0.0000")}.");
        }
    }

    private static void Render(IAnsiConsole console, Operation operation)
    {
        var result = KtrdrJson.Read<ModelExplanation>(operation.Result!.Value);
        console.MarkupLineInterpolated($"{result.StrategyName} ({result.ModelKind}) on {result.Symbol} {result.Timeframe} at {Words.Time(result.Time)}: {string.Join(", ", result.Outputs.Select(o => $"{o.Key} {Words.Number(o.Value, "G4")}"))}");
        console.MarkupLineInterpolated($"{result.Output} is {Words.Number(result.Value, "G4")}, on average {Words.Number(result.Expected, "G4")}; the difference comes from");
        var table = Words.Table("feature", ">value", ">adds");
        foreach (var contribution in result.Contributions)
        {
            table.AddRow(Markup.Escape(contribution.Feature), Words.Number(contribution.Value, "G5"), Words.Number(contribution.Contribution, "+0.0000E0;-0.0000E0"));
        }

        console.Write(table);
        if (result.Rules.Count == 0)
        {
            return;
        }

        var rules = Words.Table(">firing", ">adds", ">share", "rule");
        foreach (var rule in result.Rules.Where(r => r.Share >= 0.01))
        {
            rules.AddRow(Words.Number(rule.Firing, "0.000"), Words.Number(rule.Contribution, "+0.0000E0;-0.0000E0"), Words.Percent(rule.Share), Markup.Escape(rule.Sentence));
        }

        console.Write(rules);
    }
}
