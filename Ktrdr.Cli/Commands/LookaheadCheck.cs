using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Strategies;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

/// <summary><c>strategies validate --lookahead</c>: has a worker change the future, waits for it and names every node that noticed.</summary>
internal sealed class LookaheadCheck
{
    private readonly Option<bool> _lookahead = new("--lookahead") { Description = "Prove on data that nothing sees the future: indicators, features, scaling, decisions, fills" };
    private readonly Option<string?> _dataset = new("--dataset") { Description = "With --lookahead: dataset version of one symbol (else, and of the strategy's other symbols, the latest)" };
    private readonly Option<int> _cutPoints = new("--cut-points") { Description = "With --lookahead: bars of each symbol after which the future is changed", DefaultValueFactory = _ => 8 };
    private readonly Option<long> _seed = OptionValues.Seed();

    public void AddTo(Command command)
    {
        command.Add(_lookahead);
        command.Add(_dataset);
        command.Add(_cutPoints);
        command.Add(_seed);
    }

    public bool IsWanted(ParseResult parsed) => parsed.GetValue(_lookahead);

    public async Task<int> RunAsync(ParseResult parsed, IKtrdrApi api, Output output, string document, CancellationToken cancellationToken)
    {
        var request = new LookaheadRequest(document) { Dataset = parsed.GetValue(_dataset), CutPoints = parsed.GetValue(_cutPoints), Seed = parsed.GetValue(_seed) };
        var accepted = await api.CheckLookaheadAsync(request, cancellationToken: cancellationToken).ConfigureAwait(false);
        var isClean = false;
        var code = await StartedOperation.ShowAsync(
            api, output, accepted, follow: true, Render, cancellationToken, done => isClean = KtrdrJson.Read<LookaheadResult>(done.Result!.Value) is { CutPoints.Count: > 0, Leaks.Count: 0 }).ConfigureAwait(false);
        return code == ExitCodes.Success && !isClean ? ExitCodes.Failed : code;
    }

    private static void Render(IAnsiConsole console, Operation operation)
    {
        var result = KtrdrJson.Read<LookaheadResult>(operation.Result!.Value);
        foreach (var symbol in result.Symbols)
        {
            console.MarkupLineInterpolated($"{result.StrategyName} on {symbol.Symbol} {(symbol.NotTried is null ? string.Join(", ", symbol.Timeframes) : symbol.Timeframe)}: {Tried(symbol)}");
        }

        var table = Words.Table("kind", "node", "timeframe", ">values", "sees the future");
        foreach (var node in result.Nodes)
        {
            var leak = result.Leaks.FirstOrDefault(l => l.Kind == node.Kind && l.Node == node.Node && l.Timeframe == node.Timeframe);
            table.AddRow(node.Kind, Markup.Escape(node.Node), Markup.Escape(node.Timeframe), Words.Count(node.Values), leak is not null ? $"[red]YES[/], at {leak.Index}" : node.Values > 0 ? "no" : "nothing to compare");
        }

        console.Write(table);
        foreach (var leak in result.Leaks)
        {
            console.MarkupLineInterpolated($"[red]look-ahead[/] {leak.Message}");
        }

        if (result.UnreadTimeframes.Count > 0)
        {
            console.MarkupLineInterpolated($"No input reads {string.Join(", ", result.UnreadTimeframes)}: there is nothing of it to try.");
        }

        console.WriteLine(result.Summary!);
    }

    private static string Tried(LookaheadSymbol symbol) => symbol.NotTried is { } why
        ? $"not tried: {why}"
        : $"{Words.Counted(symbol.Bars, "bar")}, the future changed after {Words.Count(symbol.CutPoints.Count)} of them ({string.Join(", ", symbol.CutPoints)})";
}
