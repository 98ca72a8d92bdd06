namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// What each rule does on some rows. Its consequent is what it says where it fires (its linear function averaged with its firing as weight), measured from the
/// mean output of all rows, so that 0 means "as usual"; logits are also measured from their mean over the classes, because softmax does not see a common shift.
/// </summary>
internal sealed class TskRuleStatistics
{
    private TskRuleStatistics(double[] level, double[] meanFiring, double[][] consequent)
    {
        Level = level;
        MeanFiring = meanFiring;
        Consequent = consequent;
    }

    /// <summary>Mean output per output.</summary>
    public double[] Level { get; }

    /// <summary>Per rule; sums to 1.</summary>
    public double[] MeanFiring { get; }

    /// <summary>Per rule and output.</summary>
    public double[][] Consequent { get; }

    public static TskRuleStatistics Of(TskNetwork network, float[] matrix, int[] rows)
    {
        var layout = network.Layout;
        var firing = new double[layout.Rules];
        var said = new double[layout.Rules][];
        for (var r = 0; r < said.Length; r++)
        {
            said[r] = new double[layout.Outputs];
        }

        var pass = (TskPass)network.CreatePass(training: false);
        TskRows.ForEachTile(network, pass, matrix, rows, (_, count) =>
        {
            for (var r = 0; r < layout.Rules; r++)
            {
                for (var s = 0; s < count; s++)
                {
                    var strength = pass.Firing(r, s);
                    firing[r] += strength;
                    for (var k = 0; k < layout.Outputs; k++)
                    {
                        said[r][k] += strength * pass.Consequent(r, k, s);
                    }
                }
            }
        });

        var level = new double[layout.Outputs];
        for (var k = 0; k < layout.Outputs; k++)
        {
            level[k] = said.Sum(s => s[k]) / rows.Length;
        }

        for (var r = 0; r < layout.Rules; r++)
        {
            for (var k = 0; k < layout.Outputs; k++)
            {
                said[r][k] = firing[r] > 0 ? (said[r][k] / firing[r]) - level[k] : 0;
            }

            Spread(said[r]);
            firing[r] /= rows.Length;
        }

        for (var k = 0; k < layout.Outputs; k++)
        {
            level[k] += network.Parameters.Span[k];
        }

        return new TskRuleStatistics(level, firing, said);
    }

    /// <summary>Mean firing × the greatest |consequent|: what a rule does, whatever it says.</summary>
    public double Strength(int rule) => MeanFiring[rule] * Consequent[rule].Max(Math.Abs);

    /// <summary>Logits from their mean; a single output is left alone.</summary>
    private static void Spread(double[] values)
    {
        if (values.Length < 2)
        {
            return;
        }

        var mean = values.Sum() / values.Length;
        for (var k = 0; k < values.Length; k++)
        {
            values[k] -= mean;
        }
    }
}
