namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>Compares the rules, each with its one number per output, with the network they were read from.</summary>
internal static class TskFidelity
{
    public static RuleFidelity Of(TskNetwork network, TskRuleStatistics statistics, float[] matrix, int[] rows)
    {
        var layout = network.Layout;
        var outputs = layout.Outputs;
        var bias = network.Parameters.Span[..outputs].ToArray();
        var list = new double[rows.Length * outputs];
        var whole = new double[rows.Length * outputs];
        var pass = (TskPass)network.CreatePass(training: false);
        TskRows.ForEachTile(network, pass, matrix, rows, (first, count) =>
        {
            for (var s = 0; s < count; s++)
            {
                for (var k = 0; k < outputs; k++)
                {
                    var (read, said) = (0.0, bias[k] - statistics.Level[k]);
                    for (var r = 0; r < layout.Rules; r++)
                    {
                        read += pass.Firing(r, s) * statistics.Consequent[r][k];
                        said += (double)pass.Firing(r, s) * pass.Consequent(r, k, s);
                    }

                    list[((first + s) * outputs) + k] = read;
                    whole[((first + s) * outputs) + k] = said;
                }
            }
        });

        var (agreed, error, spread) = (0, 0.0, 0.0);
        var mean = Means(whole, outputs);
        for (var row = 0; row < rows.Length; row++)
        {
            var read = list.AsSpan(row * outputs, outputs);
            var said = whole.AsSpan(row * outputs, outputs);
            agreed += Decision(read, statistics.Level) == Decision(said, statistics.Level) ? 1 : 0;

            // Logits count from their mean over the classes, as consequents do.
            var (readShift, saidShift) = outputs == 1 ? (0, 0) : (Average(read), Average(said));
            for (var k = 0; k < outputs; k++)
            {
                var difference = read[k] - readShift - (said[k] - saidShift);
                error += difference * difference;
                var deviation = said[k] - saidShift - mean[k];
                spread += deviation * deviation;
            }
        }

        return new RuleFidelity((double)agreed / rows.Length, spread > 0 ? 1 - (error / spread) : error > 0 ? 0 : 1, rows.Length);
    }

    private static int Decision(ReadOnlySpan<double> outputs, double[] level)
    {
        if (outputs.Length == 1)
        {
            return outputs[0] > 0 ? 1 : 0;
        }

        var best = 0;
        for (var k = 1; k < outputs.Length; k++)
        {
            best = outputs[k] + level[k] > outputs[best] + level[best] ? k : best;
        }

        return best;
    }

    /// <summary>Per output; for several from their mean over the outputs of a row.</summary>
    private static double[] Means(double[] values, int outputs)
    {
        var means = new double[outputs];
        var rows = values.Length / outputs;
        for (var row = 0; row < rows; row++)
        {
            var own = values.AsSpan(row * outputs, outputs);
            var shift = outputs == 1 ? 0 : Average(own);
            for (var k = 0; k < outputs; k++)
            {
                means[k] += (own[k] - shift) / rows;
            }
        }

        return means;
    }

    private static double Average(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }
}
