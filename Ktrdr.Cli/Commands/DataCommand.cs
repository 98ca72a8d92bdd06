using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class DataCommand
{
    public static Command Create() => new("data", "Market data: dataset versions and bars") { List(), Import(), Generate(), Show() };

    private static Command List()
    {
        var symbol = new Option<string?>("--symbol") { Description = "One symbol only" };
        var command = new Command("list", "Dataset versions, newest first") { symbol };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var datasets = await api.ListDatasetsAsync(parsed.GetValue(symbol), cancellationToken: cancellationToken).ConfigureAwait(false);
            output.Answer(datasets, console => Render(console, datasets));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Import()
    {
        var path = new Argument<string>("path") { Description = "CSV of bars, also .gz" };
        var symbol = new Option<string>("--symbol", "-s") { Description = "Symbol of the bars", Required = true };
        var timeframe = new Option<string>("--timeframe", "-t") { Description = "1m, 5m, 15m, 30m, 1h, 4h, 1d or 1w", Required = true };
        var zone = new Option<string>("--time-zone") { Description = "IANA zone of stamps without an offset", DefaultValueFactory = _ => "UTC" };
        var command = new Command("import", "Import a file as a new dataset version") { path, symbol, timeframe, zone };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var file = parsed.GetRequiredValue(path);
            string hash;
            await using (var content = BarFile.OpenForUpload(file))
            {
                hash = await BarFile.HashAsync(content, cancellationToken).ConfigureAwait(false);
                await api.PutArtifactAsync(hash, content, cancellationToken).ConfigureAwait(false);
            }

            var accepted = await api.ImportDataAsync(
                new ImportRequest
                {
                    Sha256 = hash,
                    FileName = Path.GetFileName(file),
                    Symbol = parsed.GetRequiredValue(symbol),
                    Timeframe = parsed.GetRequiredValue(timeframe),
                    TimeZone = parsed.GetValue(zone)!,
                },
                cancellationToken: cancellationToken).ConfigureAwait(false);
            return await StartedOperation.ShowAsync(api, output, accepted, follow: true, RenderLoaded, cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static Command Generate()
    {
        var kind = new Option<string>("--kind") { Description = "null (nothing to find), planted (an edge to find) or regimes", DefaultValueFactory = _ => "null" };
        kind.AcceptOnlyFromAmong("null", "planted", "regimes");
        var seed = OptionValues.Seed();
        var bars = new Option<int>("--bars") { Description = "How many", DefaultValueFactory = _ => 20_000 };
        var symbol = new Option<string>("--symbol", "-s") { Description = "Its name", DefaultValueFactory = _ => "SYNTH" };
        var timeframe = new Option<string>("--timeframe", "-t") { Description = "Its timeframe", DefaultValueFactory = _ => "1h" };
        var command = new Command("generate", "Generate a synthetic market, labelled as such wherever it shows") { kind, seed, bars, symbol, timeframe };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var accepted = await api.GenerateDataAsync(
                new GenerateRequest
                {
                    Kind = parsed.GetValue(kind)!,
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
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var bars = await api.GetBarsAsync(
                parsed.GetRequiredValue(symbol), parsed.GetRequiredValue(timeframe), start: parsed.GetValue(start), end: parsed.GetValue(end), limit: parsed.GetValue(limit), cancellationToken: cancellationToken).ConfigureAwait(false);
            output.Answer(bars, console =>
            {
                var table = Words.Table("open time (UTC)", ">open", ">high", ">low", ">close", ">volume");
                for (var row = 0; row < bars.Time.Count; row++)
                {
                    table.AddRow(Words.Time(bars.Time[row]), Price(bars.Open, row), Price(bars.High, row), Price(bars.Low, row), Price(bars.Close, row), Price(bars.Volume, row));
                }

                console.Write(table);
            });
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

        var table = Words.Table("version", "market", ">bars", "from", "to", "sealed from", "source", "findings");
        foreach (var dataset in datasets)
        {
            table.AddRow(
                dataset.Id[..12],
                Markup.Escape($"{dataset.Symbol} {dataset.Timeframe}") + (dataset.Synthetic ? " [yellow]synthetic[/]" : ""),
                Words.Count(dataset.Bars),
                Words.Date(dataset.FirstTime),
                Words.Date(dataset.LastTime),
                Words.Date(dataset.SealedFrom),
                Markup.Escape(dataset.Source),
                Markup.Escape(string.Join(", ", dataset.Findings.Select(finding => $"{finding.Code} {finding.Count}"))));
        }

        console.Write(table);
    }
}
