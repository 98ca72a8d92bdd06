using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sweeps;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class SweepCommand
{
    private const int MostSteps = 1_000;

    public static Command Create()
    {
        var strategy = new Argument<string>("strategy") { Description = "A stored strategy's name or hash, or the path of a document" };
        var vary = new Option<string[]>("--vary", "-p")
        {
            Description = "path=value,value,… or path=first..last:step, for instance indicators.rsi_14.period=7..28:7; once per path",
            Required = true,
        };
        vary.Validators.Add(given =>
        {
            if (given.Tokens.FirstOrDefault(token => Parse(token.Value) is null) is { } wrong)
            {
                given.AddError($"--vary is '{wrong.Value}'; allowed: path=value,value,… or path=first..last:step, with a step above 0, a last one not below the first and at most {MostSteps} steps.");
            }
        });
        var sample = new Option<int?>("--sample") { Description = "Take this many combinations at random (else all)" };
        var symbol = new Option<string?>("--symbol") { Description = "Symbol, if not the strategy's" };
        var window = new Option<string>("--window") { Description = "validation or test: where every variant is backtested", DefaultValueFactory = _ => DataWindows.Validation };
        window.AcceptOnlyFromAmong(DataWindows.Validation, DataWindows.Test);
        var options = new RunOptions("Dataset version (else the latest of the strategy's symbol and timeframe)", "First bar to learn from (else the dataset's train window)", "First bar not to learn from");
        var seed = OptionValues.Seed();
        var epochs = new Option<int?>("--epochs") { Description = "Epochs at most (else the strategy's)" };
        var command = new Command("sweep", "Train and backtest every combination of some values of a strategy, on all workers") { strategy, vary, sample, symbol, window, seed, epochs };
        options.AddTo(command);
        command.Add(Show());
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var run = options.Of(parsed);
            var accepted = await api.StartSweepAsync(
                new SweepRequest
                {
                    Strategy = await StrategySource.ResolveAsync(api, output, parsed.GetRequiredValue(strategy), cancellationToken).ConfigureAwait(false),
                    Parameters = [.. parsed.GetRequiredValue(vary).Select(text => Parse(text)!)],
                    Sample = parsed.GetValue(sample),
                    Symbol = parsed.GetValue(symbol),
                    Window = parsed.GetRequiredValue(window),
                    Seed = parsed.GetValue(seed),
                    Epochs = parsed.GetValue(epochs),
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

    private static Command Show()
    {
        var id = new Argument<string>("sweep") { Description = "A sweep's operation" };
        var sort = new Option<string>("--sort") { Description = "number or sharpe", DefaultValueFactory = _ => "number" };
        sort.AcceptOnlyFromAmong("number", "sharpe");
        var after = new Option<int?>("--after") { Description = "Leave out this many" };
        var limit = OptionValues.Limit();
        var command = new Command("show", "The variants of a sweep that are done, and why others failed") { id, sort, after, limit };
        command.WithPage(
            (parsed, api, cancellationToken) => api.ListSweepVariantsAsync(parsed.GetRequiredValue(id), parsed.GetValue(sort), parsed.GetValue(after), parsed.GetValue(limit), cancellationToken), Render);
        return command;
    }

    /// <summary>A number, true, false, null or JSON stands for itself; anything else is text.</summary>
    internal static SweepParameter? Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || equals == text.Length - 1)
        {
            return null;
        }

        var (path, values) = (text[..equals].Trim(), text[(equals + 1)..].Trim());
        if (TryRange(values, out var range))
        {
            return range is null ? null : new SweepParameter(path, range);
        }

        var items = Items(values);
        return items.Count == 0 || items.Any(i => i.Length == 0) ? null : new SweepParameter(path, [.. items.Select(Element)]);
    }

    /// <summary>The values of first..last:step. Null where it is a range of numbers that has no values, or too many.</summary>
    /// <returns>False where the text is no range of numbers at all.</returns>
    private static bool TryRange(string text, out IReadOnlyList<JsonElement>? values)
    {
        values = null;
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (dots < 1 || !Number(text[..dots], out var first)
            || !Number(colon < 0 ? text[(dots + 2)..] : text[(dots + 2)..colon], out var last) || !Number(colon < 0 ? "1" : text[(colon + 1)..], out var step))
        {
            return false;
        }

        // As double: a decimal quotient may overflow.
        if (step > 0 && last >= first && ((double)last - (double)first) / (double)step <= MostSteps)
        {
            values = [.. Enumerable.Range(0, (int)((last - first) / step) + 1).Select(i => Element((first + (i * step)).ToString(CultureInfo.InvariantCulture)))];
        }

        return true;
    }

    private static bool Number(string text, out decimal value) => decimal.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    /// <summary>Splits at commas that are not inside brackets: a list is one value.</summary>
    private static List<string> Items(string text)
    {
        var items = new List<string>();
        var (depth, start) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] is '[' or '{' ? 1 : text[i] is ']' or '}' ? -1 : 0;
            if (text[i] == ',' && depth == 0)
            {
                items.Add(text[start..i].Trim());
                start = i + 1;
            }
        }

        items.Add(text[start..].Trim());
        return items;
    }

    private static JsonElement Element(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text, KtrdrJson.Options);
        }
    }

    private static void Render(IAnsiConsole console, Operation operation)
    {
        const int shown = 15;
        var result = KtrdrJson.Read<SweepResult>(operation.Result!.Value);
        console.MarkupLineInterpolated($"{result.StrategyName}, {result.Window} window: {Words.Counted(result.Variants, "variant")}, {Words.Count(result.Failed)} failed.");
        Render(console, result.Leaders.Take(shown));
        if (result.Verdict is not null)
        {
            console.MarkupLineInterpolated($"The best one is {result.Verdict}, stability among its neighbours {Words.Number(result.Leaders[0].StabilityScore)}. {string.Join(' ', result.Reasons)}");
        }

        if (result.Leaders.Count > 0)
        {
            console.MarkupLineInterpolated($"The best one's proof: {Words.Proof(result.Leaders[0].Proof)}");
        }

        if (result.Untried > 0)
        {
            console.MarkupLineInterpolated($"At {Words.Counted(result.Untried, "variant")} nothing could be tried to see whether the future is known there; nothing was traded there either.");
        }

        console.MarkupLineInterpolated($"Trials on this data: {Words.Count(result.Trials)}, worth {Words.Number(result.EffectiveTrials)} independent ones.");
        if (result.Leaders.Count == 0)
        {
            return;
        }

        console.MarkupLineInterpolated($"The best one's Sharpe: probabilistic {Words.Number(result.ProbabilisticSharpe)}, deflated {Words.Number(result.DeflatedSharpe)}.");
        console.MarkupLineInterpolated($"Probability of overfitting {Words.Number(result.ProbabilityOfOverfitting)}; reality check p {Words.Number(result.RealityCheckP)}, superior predictive ability p {Words.Number(result.SuperiorAbilityP)}.");
    }

    private static void Render(IAnsiConsole console, IEnumerable<SweepVariant> variants)
    {
        var table = Words.Table(">variant", "values", ">Sharpe", ">at 2x costs", ">return", ">drawdown", ">trades");
        foreach (var variant in variants)
        {
            var values = string.Join(", ", variant.Values.Select(v => $"{v.Key} = {v.Value.GetRawText()}"));
            table.AddRow(
                Words.Count(variant.Number), Markup.Escape(variant.Failure is null ? values : $"{values}: {variant.Failure}"), Words.Number(variant.TrialSharpe), Words.Number(variant.SharpeAtDoubleCosts),
                Words.Percent(variant.Metrics?.TotalReturn), Words.Percent(variant.Metrics?.MaxDrawdown), variant.Metrics is null ? "" : Words.Count(variant.Metrics.Trades));
        }

        console.Write(table);
    }
}
