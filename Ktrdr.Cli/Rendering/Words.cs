using System.Globalization;
using Ktrdr.Contracts.Strategies;
using Spectre.Console;

namespace Ktrdr.Cli.Rendering;

/// <summary>How figures and states read in tables.</summary>
internal static class Words
{
    public const string Undefined = "–";

    public static string Number(double? value, string format = "0.00") => value is { } number ? number.ToString(format, CultureInfo.InvariantCulture) : Undefined;

    public static string Percent(double? fraction) => fraction is { } value ? (value * 100).ToString("0.00", CultureInfo.InvariantCulture) + " %" : Undefined;

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number of things: <c>1 bar</c>, <c>1,200 bars</c>.</summary>
    public static string Counted(long value, string one, string? many = null) => $"{Count(value)} {(value == 1 ? one : many ?? one + "s")}";

    /// <summary>The least and the greatest of those that are defined.</summary>
    public static string Range(IEnumerable<double?> values, string format = "0.00")
    {
        var defined = values.OfType<double>().Order().ToList();
        return defined.Count == 0 ? Undefined : $"{Number(defined[0], format)} … {Number(defined[^1], format)}";
    }

    public static string Time(DateTimeOffset? time) => time is { } value ? value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : Undefined;

    public static string Date(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The digits of a hash that tables show; the service takes them for the hash.</summary>
    public static string Hash(string? sha256) => sha256?[..12] ?? Undefined;

    /// <summary>What was tried to see whether a run knows the future. Without a cut point that is nothing, and never said to be clean.</summary>
    public static string Proof(LookaheadProof? proof) => proof switch
    {
        null => "Whether a node sees the future was tried by a version that did not keep at how many cut points.",
        { Summary: { } said } => said,
        { CutPoints: 0 } => "Nothing could be tried, so that nothing is known of whether a node sees the future.",
        _ => $"No node sees the future: {Counted(proof.Nodes, "node")} tried at {Counted(proof.CutPoints, "cut point")}.",
    };

    /// <summary>A state in its colour.</summary>
    public static string State(string? word)
    {
        var colour = word switch
        {
            "succeeded" or "survives" or "available" or "done" or "running" => "green",
            "failed" or "rejected" or "unavailable" or "lost" => "red",
            "cancelled" or "cancelling" or "draining" or "stopped" => "grey",
            null => "grey",
            _ => "yellow",
        };
        return $"[{colour}]{Markup.Escape(word ?? Undefined)}[/]";
    }

    public static Table Table(params ReadOnlySpan<string> columns)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var column in columns)
        {
            // A leading '>' asks for right alignment: figures.
            table.AddColumn(column.StartsWith('>') ? new TableColumn(column[1..]).RightAligned().NoWrap() : new TableColumn(column));
        }

        return table;
    }
}
