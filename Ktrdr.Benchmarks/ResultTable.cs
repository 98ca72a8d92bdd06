using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Ktrdr.Benchmarks;

/// <summary>The table of a run on the console, as Markdown and as JSON.</summary>
internal static class ResultTable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string ConsoleHeader { get; } = $"{"name",-30} {"value",15} {"best",15}  {"unit",-13} {"target",13} {"of it",7} {"peak",5} {$"at {FmaPeak.Reference}",7} {"allocated",12} {"to peer",9}  peer";

    public static string ConsoleLine(BenchmarkRow row)
    {
        var benchmark = row.Benchmark;
        return string.Create(CultureInfo.InvariantCulture,
            $"{benchmark.Name,-30} {Number(row.Median),15} {Number(row.Best),15}  {benchmark.Unit,-13} {TargetOf(benchmark),13} {Times(row.ToTarget, "F2"),7} {Times(row.Peak, "F0"),5} {Times(row.ToTargetAtReference, "F2"),7} {row.Allocated,12:N0} {Times(row.ToPeer, "F1"),9}  {PeerOf(benchmark)}").TrimEnd();
    }

    /// <summary>The section of docs/performance.md between its two marks.</summary>
    public static string Markdown(IReadOnlyList<BenchmarkRow> rows, string command, string machine)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"`{command}` on {machine}:\n\n");
        text.Append(CultureInfo.InvariantCulture, $"| row | what it measures | value | unit | target | of target | peak | of target at {FmaPeak.Reference} | allocated | peer | times the peer |\n");
        text.Append("|---|---|--:|---|--:|--:|--:|--:|--:|---|--:|\n");
        foreach (var row in rows)
        {
            var benchmark = row.Benchmark;
            text.Append(CultureInfo.InvariantCulture,
                $"| `{benchmark.Name}` | {benchmark.Measures} | {Number(row.Median)} | {benchmark.Unit} | {TargetOf(benchmark)} | {Times(row.ToTarget, "F2")} | {Times(row.Peak, "F0")} | {Times(row.ToTargetAtReference, "F2")} | {row.Allocated:N0} B | {PeerOf(benchmark)} | {Times(row.ToPeer, "F1")} |\n");
        }

        return text.ToString();
    }

    public static string Json(IReadOnlyList<BenchmarkRow> rows) =>
        JsonSerializer.Serialize(rows.Select(r => new { name = r.Benchmark.Name, value = r.Median, unit = r.Benchmark.Unit, peak = r.Peak }), Indented) + "\n";

    private static string TargetOf(Benchmark benchmark) => benchmark.Target is { } target ? (target.IsLimit ? "≤ " : "") + Number(target.Value) : "";

    private static string PeerOf(Benchmark benchmark) => benchmark.Peer is { } peer ? $"{peer.Name} ({Number(peer.Value)})" : "";

    private static string Times(double? ratio, string format) => ratio?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    private static string Number(double value) => value.ToString(Math.Abs(value) < 100 && value != Math.Floor(value) ? "N2" : "N0", CultureInfo.InvariantCulture);
}
