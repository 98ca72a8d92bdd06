using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Backtests;
using Ktrdr.Contracts.Models;
using Ktrdr.Contracts.Strategies;
using Ktrdr.Contracts.Sweeps;
using Ktrdr.Engine.Features;
using Ktrdr.Worker.Backtesting;
using Ktrdr.WorkerHost.Operations;
using Xunit;

namespace Ktrdr.Tests.Worker;

public sealed class ProofRecordTests
{
    private static readonly LookaheadReport Report = new(
        [new("EURUSD", [10, 20], null), new("GBPUSD", [], "no bar of it lies in the window")],
        [new(LeakKind.Indicator, "rsi_14", "1h", int.MaxValue), new(LeakKind.Fill, "fill", "1h", int.MaxValue)], []);

    [Fact]
    public void RequireNone_Leak_FailsTheRunAndNamesTheNode()
    {
        var refused = Assert.Throws<OperationFailedException>(() => ProofRecord.RequireNone(Report with { Leaks = [new Leak(LeakKind.Indicator, "rsi_14", "1h", 7, 9)] }));

        Assert.Equal("look_ahead", refused.Code);
        Assert.Contains("indicator rsi_14 on 1h looks ahead", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RequireNone_NoLeak_Passes() => Assert.Same(Report, ProofRecord.RequireNone(Report));

    [Fact]
    public void Of_Report_CountsCutPointsNodesValuesAndSymbols()
    {
        var proof = ProofRecord.Of(Report);

        Assert.Equal((2, 2, 2L * int.MaxValue, Report.Summary), (proof.CutPoints, proof.Nodes, proof.Values, proof.Summary));
        Assert.Equal([new ProvenSymbol("EURUSD", 2, null), new("GBPUSD", 0, "no bar of it lies in the window")], proof.Symbols!);
    }

    [Fact]
    public void Json_ResultsOfVersionsThatKeptNoProof_AreReadAndWrittenAsTheyWere()
    {
        // What they were hashed from must stay what it was, so that they can be reproduced.
        foreach (var type in (Type[])[typeof(BacktestResult), typeof(TrainingResult)])
        {
            var known = type.GetProperty("Proof")!;
            Assert.Null(known.GetValue(System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type)));
            var written = JsonSerializer.SerializeToElement(System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(type), type, KtrdrJson.Options);
            Assert.False(written.TryGetProperty("proof", out _));
        }

        var variant = """{"number":1,"values":{},"proof":{"cut_points":2,"nodes":9,"values":1000}}""";
        var read = JsonSerializer.Deserialize<SweepVariant>(variant, KtrdrJson.Options)!;
        Assert.Equal(new LookaheadProof(2, 9, 1000), read.Proof);
        Assert.Equal("""{"cut_points":2,"nodes":9,"values":1000}""", JsonSerializer.Serialize(read.Proof, KtrdrJson.Options));

        var check = """{"strategy_name":"s","strategy_hash":"h","dataset":"d","symbol":"EURUSD","timeframe":"1h","bars":5,"cut_points":[1],"nodes":[],"leaks":[]}""";
        Assert.Empty(JsonSerializer.Deserialize<LookaheadResult>(check, KtrdrJson.Options)!.Symbols);
    }
}
