using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.Engine.Statistics;

/// <summary>
/// The numbers a verdict rests on, fixed before anything is tried. Every verdict carries <see cref="Hash"/>, so that a verdict under other rules
/// cannot pass for one under these. What the numbers mean is said in <c>docs/statistics.md</c>.
/// </summary>
public sealed record VerdictRules
{
    /// <summary>The rules of this engine version.</summary>
    public static VerdictRules Default { get; } = new();

    /// <summary>Fewer trades than this on a window are no evidence: rejected.</summary>
    public int MinimumTrades { get; init; } = 30;

    /// <summary>Least probability, both for the Holm-adjusted probabilistic Sharpe ratio on test and for the deflated one on validation.</summary>
    public double MinimumProbability { get; init; } = 0.95;

    /// <summary>Most trials that are scored on the test window.</summary>
    public int MaximumNominees { get; init; } = 5;

    /// <summary>Trials whose daily returns correlate with the candidate's by this much or more do not enter its variance of trials.</summary>
    public double SameEdgeCorrelation { get; init; } = 0.5;

    /// <summary>Multiple of the costs at which the net Sharpe ratio on test must still exceed 0.</summary>
    public double CostStress { get; init; } = 2;

    /// <summary>SHA-256, lower-case hex, of the rules in their canonical form.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical())));

    private string Canonical() => string.Create(
        CultureInfo.InvariantCulture,
        $"ktrdr-verdict-rules-1;minimum_trades={MinimumTrades};minimum_probability={MinimumProbability:R};maximum_nominees={MaximumNominees};same_edge_correlation={SameEdgeCorrelation:R};cost_stress={CostStress:R};rejected_at_net_sharpe=0;hurdle_floor=0;favourable_skew_from={ReturnMoments.FewestCredited};effective_trials=rho+(1-rho)N;family=holm");
}
