using Ktrdr.Contracts.Strategies;
using Ktrdr.Engine.Features;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker.Backtesting;

/// <summary>Future-perturbation proofs as the wire's record.</summary>
internal static class ProofRecord
{
    public static LookaheadProof Of(LookaheadReport report) => new(report.CutPoints.Count, report.Nodes.Count, report.Nodes.Sum(n => (long)n.Values))
    {
        Symbols = [.. report.Symbols.Select(s => new ProvenSymbol(s.Symbol, s.CutPoints.Count, s.NotTried))],
        Summary = report.Summary,
    };

    /// <summary>What saw the future is evidence of nothing: it must neither stand in the ledger nor be a model as if it were.</summary>
    /// <returns>The report.</returns>
    /// <exception cref="OperationFailedException">There is a leak; it names the node.</exception>
    public static LookaheadReport RequireNone(LookaheadReport report) => report.Leaks.Count == 0
        ? report
        : throw new OperationFailedException("look_ahead", string.Join(" ", report.Leaks.Select(l => l.ToString())));
}
