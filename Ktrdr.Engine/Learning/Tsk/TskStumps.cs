namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>"The input lies below the threshold", and how surely rows where it does differ: |t| given the stumps found before.</summary>
internal sealed record Stump(int Input, double Threshold, double T);

/// <summary>
/// Which inputs tell something, and at which thresholds: the stump with the greatest |t| is taken, what it explains is taken out, and so on (forward selection). An input that only
/// stands in for another one, because it moves with it, has little left to tell once the other is in.
/// </summary>
internal static class TskStumps
{
    /// <summary>Greatest |t| of all thresholds of a handful of inputs that tell nothing.</summary>
    public const double LeastT = 3.0;

    /// <summary>A stand-in that moves closely with the telling input beats it by chance by less than this.</summary>
    public const double Doubt = 0.9;

    private const int MostStumps = 12;

    /// <summary>Thresholds tried: these shares of the rows lie below.</summary>
    private static readonly double[] Shares = [0.025, .. Enumerable.Range(1, 19).Select(i => 0.05 * i), 0.975];

    /// <summary>
    /// The stumps found, in that order: those after the first have at least <see cref="LeastT"/>. Behind them the best stump of each input that no more than <see cref="Doubt"/> separated from the first
    /// one when nothing was known yet: which of them is the one and which stands in for it is not certain. Empty where no input varies.
    /// </summary>
    public static IReadOnlyList<Stump> Find(TermMemberships memberships, TskEvidence evidence, int inputs)
    {
        var scans = Enumerable.Range(0, inputs).Select(i => new Scan(memberships.Values(i))).ToArray();
        var found = new List<Stump>();
        Stump[] rivals = [];
        var columns = new List<float[]> { Ones(memberships.Values(0).Length) };
        while (found.Count < MostStumps)
        {
            Stump[] candidates = [.. scans.Select((scan, i) => Best(i, scan, evidence)).OfType<Stump>()];
            var best = candidates.Where(s => !found.Any(f => f.Input == s.Input && f.Threshold == s.Threshold)).MaxBy(s => s.T);
            if (best is null || (found.Count > 0 && best.T < LeastT))
            {
                break;
            }

            rivals = found.Count > 0 ? rivals : [.. candidates.Where(s => s.T >= best.T - Doubt).OrderByDescending(s => s.T)];
            found.Add(best);
            columns.Add([.. memberships.Values(best.Input).Select(x => x < best.Threshold ? 1f : 0f)]);
            evidence.Explain(columns);
        }

        return [.. found, .. rivals.Where(r => !found.Any(f => f.Input == r.Input))];
    }

    private static Stump? Best(int input, Scan scan, TskEvidence evidence)
    {
        if (scan.Thresholds.Length == 0)
        {
            return null;
        }

        var t = evidence.OfThresholds(scan.Bins, scan.Thresholds.Length);
        var best = 0;
        for (var i = 1; i < t.Length; i++)
        {
            best = t[i] > t[best] ? i : best;
        }

        return new Stump(input, scan.Thresholds[best], t[best]);
    }

    private static float[] Ones(int count)
    {
        var ones = new float[count];
        Array.Fill(ones, 1f);
        return ones;
    }

    /// <summary>An input's distinct thresholds, and per row the number of thresholds at or below its value.</summary>
    private sealed class Scan
    {
        public Scan(float[] values)
        {
            var sorted = (float[])values.Clone();
            Array.Sort(sorted);
            Thresholds = [.. Shares.Select(q => (double)sorted[(int)(q * sorted.Length)]).Where(t => t > sorted[0]).Distinct()];
            Bins = [.. values.Select(Bin)];
        }

        public double[] Thresholds { get; }

        public byte[] Bins { get; }

        private byte Bin(float value)
        {
            var bin = 0;
            while (bin < Thresholds.Length && value >= Thresholds[bin])
            {
                bin++;
            }

            return (byte)bin;
        }
    }
}
