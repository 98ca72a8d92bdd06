using System.CommandLine;
using System.Globalization;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Contracts.Operations;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

/// <summary><c>data check</c>: a file as an import would see it, or the gaps of stored bars.</summary>
internal static class DataCheckCommand
{
    public static Command Create()
    {
        var target = new Argument<string>("file-or-symbol") { Description = "A file on this machine, else a symbol of stored bars" };
        var file = new DataFileOptions();
        var limit = new Option<int>("--limit") { Description = "Unexpected gaps of stored bars to list", DefaultValueFactory = _ => 20 };
        var command = new Command("check", "Findings of a file, or gaps and coverage of stored bars; nothing is imported") { target, limit };
        file.AddTo(command);
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(target);
            return File.Exists(name)
                ? await CheckFileAsync(api, output, await file.UploadAsync(parsed, api, name, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)
                : await CheckStoredAsync(api, output, name, parsed.GetValue(file.Timeframe), parsed.GetValue(limit), cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> CheckFileAsync(IKtrdrApi api, Output output, ImportRequest request, CancellationToken cancellationToken)
    {
        var accepted = await api.CheckDataAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
        var isFine = true;
        var code = await StartedOperation.ShowAsync(
            api, output, accepted, follow: true, RenderFile, cancellationToken, done => isFine = KtrdrJson.Read<DataCheckResult>(done.Result!.Value).Accepted).ConfigureAwait(false);
        return code == ExitCodes.Success && !isFine ? ExitCodes.BadInput : code;
    }

    private static async Task<int> CheckStoredAsync(IKtrdrApi api, Output output, string symbol, string? timeframe, int limit, CancellationToken cancellationToken)
    {
        var stored = (await api.ListDatasetsAsync(symbol, cancellationToken: cancellationToken).ConfigureAwait(false)).Select(d => d.Timeframe).Distinct().ToList();
        if (stored.Count == 0)
        {
            throw new UsageException($"'{symbol}' is no file on this machine, and there is no data of that symbol: `ktrdr data list` shows what there is.");
        }

        var reports = new List<GapReport>();
        foreach (var name in timeframe is null ? stored : [timeframe])
        {
            reports.Add(await api.GetGapsAsync(symbol, name, limit: limit, cancellationToken: cancellationToken).ConfigureAwait(false));
        }

        output.Answer(reports, console => reports.ForEach(report => Render(console, report)));
        return ExitCodes.Success;
    }

    private static void RenderFile(IAnsiConsole console, Operation operation)
    {
        var result = KtrdrJson.Read<DataCheckResult>(operation.Result!.Value);
        foreach (var problem in result.Problems)
        {
            console.MarkupLineInterpolated($"[red]refused[/] {problem.Message}");
        }

        if (result.Findings.Count > 0)
        {
            var table = Words.Table("finding", "severity", ">count", "first");
            foreach (var finding in result.Findings)
            {
                table.AddRow(finding.Code, finding.Severity, Words.Count(finding.Count), Markup.Escape(finding.Examples.Count > 0 ? finding.Examples[0] : ""));
            }

            console.Write(table);
        }

        if (result.Gaps is { } gaps)
        {
            Render(console, gaps);
        }

        console.WriteLine(result.Accepted ? "An import would take it." : "An import would refuse it.");
    }

    private static void Render(IAnsiConsole console, GapReport report)
    {
        console.MarkupLineInterpolated(
            $"{report.Symbol} {report.Timeframe}: {Words.Counted(report.Bars, "bar")} from {Words.Time(report.FirstTime)} to {Words.Time(report.LastTime)}, calendar {report.Calendar} ({report.CalendarSummary})");
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"coverage {Words.Percent(report.Coverage)}, {Words.Counted(report.MissingBars, "bar")} missing; gaps: {Gaps(report)}"));
        if (report.Unexpected.Count == 0)
        {
            return;
        }

        var table = Words.Table("unexpected gap from (UTC)", "to", ">missing bars");
        foreach (var gap in report.Unexpected)
        {
            table.AddRow(Words.Time(gap.From), Words.Time(gap.To), Words.Count(gap.MissingBars));
        }

        console.Write(table);
    }

    private static string Gaps(GapReport report) => report.Counts.Count == 0 ? "none" : string.Join(", ", report.Counts.Select(c => $"{c.Kind} {Words.Count(c.Count)}"));
}
