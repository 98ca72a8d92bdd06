using System.CommandLine;
using System.Globalization;
using System.Text;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts.MarketData;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class IndicatorsCommand
{
    public static Command Create() => new("indicators", "The catalog of indicators, and their values on bars of yours") { List(), Show(), Calculate() };

    private static Command List()
    {
        var command = new Command("list", "Every indicator type");
        command.WithAnswer(
            (_, api, cancellationToken) => api.ListIndicatorsAsync(cancellationToken),
            (console, catalog) =>
            {
                var table = Words.Table("type", "aliases", "category", "parameters", "outputs", ">warm-up", "meaning");
                foreach (var type in catalog)
                {
                    table.AddRow(
                        type.Type,
                        Markup.Escape(string.Join(", ", type.Aliases)),
                        type.Category,
                        Markup.Escape(string.Join(", ", type.Parameters.Select(parameter => $"{parameter.Name}={parameter.Default}"))),
                        Markup.Escape(string.Join(", ", type.Outputs)),
                        Words.Count(type.WarmUp),
                        Markup.Escape(type.Summary));
                }

                console.Write(table);
            });
        return command;
    }

    private static Command Show()
    {
        var type = new Argument<string>("type");
        var command = new Command("show", "One type with its parameters and ranges") { type };
        command.WithAnswer(
            (parsed, api, cancellationToken) => api.GetIndicatorAsync(parsed.GetRequiredValue(type), cancellationToken),
            (console, described) =>
            {
                console.WriteLine($"{described.Type}: {described.Summary}");
                console.WriteLine($"category {described.Category}; outputs {string.Join(", ", described.Outputs)}; warm-up {Words.Counted(described.WarmUp, "bar")}{(described.Aliases.Count == 0 ? "" : $"; also called {string.Join(", ", described.Aliases)}")}");
                if (described.Parameters.Count == 0)
                {
                    console.WriteLine("no parameters");
                    return;
                }

                var table = Words.Table("parameter", "kind", "default", "allowed", "meaning");
                foreach (var parameter in described.Parameters)
                {
                    var allowed = parameter.Choices is { } choices ? string.Join(", ", choices) : parameter.Kind == "flag" ? "true, false" : $"{Words.Number(parameter.Min, "0.####")} … {Words.Number(parameter.Max, "0.####")}";
                    table.AddRow(parameter.Name, parameter.Kind, Markup.Escape(parameter.Default), Markup.Escape(allowed), Markup.Escape(parameter.Summary));
                }

                console.Write(table);
            });
        return command;
    }

    private static Command Calculate()
    {
        var type = new Argument<string>("type") { Description = "Indicator type or alias" };
        var parameters = new Option<string?>("--params", "-p") { Description = "k=v,k=v (else the type's defaults)" };
        var input = new Option<string?>("--input", "-i") { Description = "CSV of bars, also .gz; at most 100 000 rows" };
        var symbol = new Option<string?>("--symbol") { Description = "Stored data instead of --input" };
        var timeframe = new Option<string?>("--timeframe") { Description = "Timeframe of --symbol" };
        var outputPath = new Option<string?>("--output", "-o") { Description = "CSV to write (else stdout)" };
        var command = new Command("calculate", "Compute an indicator over bars") { type, parameters, input, symbol, timeframe, outputPath };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var (path, named) = (parsed.GetValue(input), parsed.GetValue(symbol));
            if (path is null == named is null)
            {
                throw new UsageException("say either --input bars.csv or --symbol S --timeframe TF.");
            }

            var result = await api.CalculateIndicatorAsync(
                new CalculateIndicatorRequest
                {
                    Type = parsed.GetRequiredValue(type),
                    Parameters = ParseParameters(parsed.GetValue(parameters)),
                    Csv = path is null ? null : await BarFile.ReadTextAsync(path, cancellationToken).ConfigureAwait(false),
                    Symbol = named,
                    Timeframe = parsed.GetValue(timeframe),
                },
                cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(outputPath) is { } target)
            {
                await BarFile.WriteTextAsync(target, ToCsv(result), cancellationToken).ConfigureAwait(false);
                output.Answer(new { output = target, rows = result.Time.Count }, console => console.WriteLine($"{target}: {Words.Counted(result.Time.Count, "row")} of {string.Join(", ", result.Columns.Select(column => column.Name))}."));
            }
            else
            {
                output.Answer(result, _ => Console.Out.Write(ToCsv(result)));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    internal static IReadOnlyDictionary<string, string> ParseParameters(string? text)
    {
        var values = new Dictionary<string, string>();
        foreach (var pair in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw new UsageException($"--params has '{pair}': pairs of name=value are needed, separated by commas, such as period=14.");
            }

            if (!values.TryAdd(pair[..at].Trim(), pair[(at + 1)..].Trim()))
            {
                throw new UsageException($"--params gives '{pair[..at]}' twice.");
            }
        }

        return values;
    }

    internal static string ToCsv(CalculatedIndicator result)
    {
        var text = new StringBuilder("timestamp");
        foreach (var column in result.Columns)
        {
            text.Append(',').Append(column.Name);
        }

        text.Append('\n');
        for (var row = 0; row < result.Time.Count; row++)
        {
            text.Append(result.Time[row].UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            foreach (var column in result.Columns)
            {
                text.Append(',').Append(column.Values[row]?.ToString("R", CultureInfo.InvariantCulture));
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}
