namespace Ktrdr.Api.Research;

/// <summary>By what the board is sorted first, and the words for it. The statistics give the verdicts; here they are only stored and counted.</summary>
internal static class VerdictRank
{
    private const string None = "none";

    /// <summary>The best first; the last one stands for experiments that have no verdict.</summary>
    public static IReadOnlyList<string> Words { get; } = ["survives", "unproven", "rejected", None];

    public static int Of(string? verdict)
    {
        var rank = 0;
        while (rank < Words.Count - 1 && Words[rank] != verdict)
        {
            rank++;
        }

        return rank;
    }
}
