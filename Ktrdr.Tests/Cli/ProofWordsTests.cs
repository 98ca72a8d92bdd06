using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts.Strategies;
using Xunit;

namespace Ktrdr.Tests.Cli;

public sealed class ProofWordsTests
{
    [Fact]
    public void Proof_WithASummary_IsSaidAsItStands() => Assert.Equal("said", Words.Proof(new LookaheadProof(2, 9, 1000) { Summary = "said" }));

    [Fact]
    public void Proof_CountsOfAnEarlierVersion_AreSaid() => Assert.Equal("No node sees the future: 9 nodes tried at 2 cut points.", Words.Proof(new LookaheadProof(2, 9, 1000)));

    [Fact]
    public void Proof_WithoutACutPointOrUncounted_IsNeverSaidToBeClean()
    {
        Assert.StartsWith("Nothing could be tried", Words.Proof(new LookaheadProof(0, 9, 1000)), StringComparison.Ordinal);
        Assert.DoesNotContain("No node", Words.Proof(null), StringComparison.Ordinal);
    }
}
