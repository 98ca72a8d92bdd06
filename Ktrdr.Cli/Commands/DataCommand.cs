using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class DataCommand
{
    public static Command Create() => new("data", "Market data: dataset versions and bars") { List(), Import(), Generate(), DataCheckCommand.Create(), Show(), Range() };

    private static Command List()
    {
        var symbol = new Option<string?>("--symbol") { Description = "One symbol only" };
        var command = new Command("list", "Dataset versions, newest first") { symbol };
        command.WithAnswer((parsed, api, cancellationToken) => api.ListDatasetsAsync(parsed.GetValue(symbol), cancellationToken: cancellationToken), Render);
        return command;
    }

    private static Command Import()
    {
        var path = new Argument<string>("path") { Description = "CSV of bars, or of a series from outside; also .gz" };
        var file = new DataFileOptions();
        var command = new Command("import", "Import a file as a new dataset version") { path };
        file.AddTo(command);
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var request = await file.UploadAsync(parsed, api, parsed.GetRequiredValue(path), cancellationToken).ConfigureAwait(false);
            var accepted = await api.ImportDataAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
            return await StartedOperation.ShowAsync(api, output, accepted, follow: true, RenderLoaded, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static Command Generate()
    {
        var kind = new Argument<string>("kind") { Description = "null (nothing to find), planted (an edge to find) or regimes", DefaultValueFactory = _ => "null" };
        kind.AcceptOnlyFromAmong("null", "planted", "regimes");
        var seed = OptionValues.Seed();
        var bars = new Option<int>("--bars") { Description = "How many", DefaultValueFactory = _ => 20_000 };
        var symbol = new Option<string>("--symbol", "-s") { Description = "Its name", DefaultValueFactory = _ => "SYNTH" };
        var timeframe = new Option<string>("--timeframe", "-t") { Description = "Its timeframe", DefaultValueFactory = _ => "1h" };
        var strength = OptionValues.Finite(new Option<double?>("--strength") { Description = "planted: expected return per bar in standard deviations while the condition holds (else 0.1)" });
        var lookBack = new Option<int?>("--look-back") { Description = "planted: bars whose fall or rise is the condition (else 5)" };
        var command = new Command("generate", "Generate a synthetic market, labelled as such wherever it shows") { kind, seed, bars, symbol, timeframe, strength, lookBack };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var accepted = await api.GenerateDataAsync(
                new GenerateRequest
                {
                    Kind = parsed.GetValue(kind)!,
                    Strength = parsed.GetValue(strength),
                    LookBack = parsed.GetValue(lookBack),
                    Seed = parsed.GetValue(seed),
                    Bars = parsed.GetValue(bars),
                    Symbol = parsed.GetValue(symbol)!,
                    Timeframe = parsed.GetValue(timeframe)!,
                },
                cancellationToken: cancellationToken).ConfigureAwait(false);
            return await StartedOperation.ShowAsync(api, output, accepted, follow: true, RenderLoaded, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static Command Show()
    {
        var symbol = new Argument<string>("symbol");
        var timeframe = new Argument<string>("timeframe");
        var start = OptionValues.Date("--start", "First bar");
        var end = OptionValues.Date("--end", "First bar after the last");
        var limit = new Option<int>("--limit") { Description = "Bars at most", DefaultValueFactory = _ => 20 };
        var command = new Command("show", "Bars of the latest version") { symbol, timeframe, start, end, limit };
        command.WithAnswer(
            (parsed, api, cancellationToken) => api.GetBarsAsync(
                parsed.GetRequiredValue(symbol), parsed.GetRequiredValue(timeframe), start: parsed.GetValue(start), end: parsed.GetValue(end), limit: parsed.GetValue(limit), cancellationToken: cancellationToken),
            (console, bars) =>
            {
                var table = Words.Table("open time (UTC)", ">open", ">high", ">low", ">close", ">volume");
                for (var row = 0; row < bars.Time.Count; row++)
                {
                    table.AddRow(Words.Time(bars.Time[row]), Price(bars.Open, row), Price(bars.High, row), Price(bars.Low, row), Price(bars.Close, row), Price(bars.Volume, row));
                }

                console.Write(table);
            });
        return command;
    }

    private static Command Range()
    {
        var symbol = new Argument<string>("symbol");
        var command = new Command("range", "From when to when the latest versions of a symbol reach, and what is sealed") { symbol };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(symbol);
            var latest = (await api.ListDatasetsAsync(name, cancellationToken: cancellationToken).ConfigureAwait(false)).DistinctBy(d => d.Timeframe).ToList();
            if (latest.Count == 0)
            {
                throw new UsageException($"there is no data of '{name}': `ktrdr data list` shows what there is.");
            }

            output.Answer(latest.Select(d => new { d.Symbol, d.Timeframe, d.Bars, d.FirstTime, d.LastTime, d.SealedFrom, d.Calendar, Dataset = d.Id }).ToList(), console => Render(console, latest));
            return ExitCodes.Success;
        });
        return command;
    }

    private static string Price(IReadOnlyList<double>? column, int row) => Words.Number(column?[row], "0.######");

    private static void RenderLoaded(IAnsiConsole console, Operation operation) => Render(console, [KtrdrJson.Read<DataLoadResult>(operation.Result!.Value).Dataset]);

    private static void Render(IAnsiConsole console, IReadOnlyList<DatasetVersion> datasets)
    {
        if (datasets.Count == 0)
        {
            console.WriteLine("No data yet: `ktrdr data import` or `ktrdr data generate`.");
            return;
        }

        var table = Words.Table("version", "market", ">bars", "from", "to", "sealed from", "calendar", "source", "findings");
        foreach (var dataset in datasets)
        {
            table.AddRow(
                Words.Hash(dataset.Id),
                Markup.Escape($"{dataset.Symbol} {dataset.Timeframe}") + (dataset.Synthetic ? " [yellow]synthetic[/]" : ""),
                Words.Count(dataset.Bars),
                Words.Date(dataset.FirstTime),
                Words.Date(dataset.LastTime),
                dataset.External ? "never" : Words.Date(dataset.SealedFrom),
                dataset.Calendar,
                Markup.Escape(dataset.Source),
                Markup.Escape(string.Join(", ", dataset.Findings.Select(finding => $"{finding.Code} {finding.Count}"))));
        }

        console.Write(table);
    }
}
