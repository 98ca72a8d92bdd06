using System.Globalization;

namespace Ktrdr.Benchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Filter">Part of the names to run; null: all of them.</param>
/// <param name="Json">File for the figures; null: none.</param>
/// <param name="Markdown">File for the table; a document with the two marks keeps what is around them. Null: none.</param>
/// <param name="Peak">GFLOP/s that the core must give while a row is measured; null: any.</param>
internal sealed record BenchmarkArguments(string? Filter, string? Json, string? Markdown, double? Peak)
{
    public const string ProcessorTime = "--processor-time";

    private const string Allowed = "--filter <part of a name>, --json <file>, --markdown <file>, --peak <GFLOP/s>, --processor-time, --weights-hash [threads]";

    /// <summary>Null and a message where they are not understood.</summary>
    public static BenchmarkArguments? Parse(string[] args, out string problem)
    {
        problem = "";
        var parsed = new BenchmarkArguments(null, null, null, null);
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : null;
            switch (args[i])
            {
                case "--filter" when value is not null:
                    parsed = parsed with { Filter = value };
                    i++;
                    break;
                case "--json" when value is not null:
                    parsed = parsed with { Json = value };
                    i++;
                    break;
                case "--markdown" when value is not null:
                    parsed = parsed with { Markdown = value };
                    i++;
                    break;
                case "--peak" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var peak):
                    parsed = parsed with { Peak = peak };
                    i++;
                    break;
                case ProcessorTime:
                    Clock.CountsProcessorTime = true;
                    break;
                default:
                    problem = $"'{args[i]}' is not understood; allowed: {Allowed}.";
                    return null;
            }
        }

        if (parsed.Markdown is not null && !MarkdownSection.Fits(parsed.Markdown))
        {
            problem = $"--markdown {parsed.Markdown}: the file is there and has no marks to write between; allowed: a new file, or one with the marks of docs/performance.md.";
            return null;
        }

        return parsed;
    }
}
