namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>How the consequents of a network were fitted.</summary>
/// <param name="Ridge">The penalty that was used, per unit of loss weight.</param>
/// <param name="TrainLoss">Weighted mean, without the penalty.</param>
/// <param name="ValidationLoss">The same on the validation rows; null without any.</param>
internal sealed record TskFit(double Ridge, double TrainLoss, double? ValidationLoss);

/// <summary>
/// The consequents and the bias with the terms held fixed: outputs are linear in them, so the loss is convex and its minimum with a ridge penalty is found
/// by majorisation with one Cholesky factor. For the squared error that is exact at once (the least-squares half of Jang's hybrid rule); Huber's curvature is at
/// most that of the squared error, and the softmax's at most ½ΨᵀWΨ per class (Böhning 1992), so every step lowers the penalised loss.
/// </summary>
internal static class TskConsequents
{
    /// <summary>Used where no validation rows can choose.</summary>
    public const double DefaultRidge = 1e-3;

    /// <summary>Slopes are held tighter than constants: what a rule says should be readable from its constant.</summary>
    private const double SlopePenalty = 10;

    /// <summary>Holds the mean consequent of each input's own rules, weighted with their firing, near 0: the level belongs to the bias, and a rule that says "as usual" should say 0.</summary>
    private const double LevelPenalty = 100;
    private const double BiasPenalty = 1e-9;

    /// <summary>Least ridge of restrained rules, before their restraint: a weak penalty that suits the telling rules must not set the others free.</summary>
    private const double Floor = 3e-3;
    private const int MostRows = 100_000;
    private const int Steps = 40;

    /// <summary>A step that promises less than this fall of the mean loss is the last.</summary>
    private const double LeastFall = 1e-7;

    /// <summary>From strong to weak, so that each start is near its end.</summary>
    private static readonly double[] Ridges = [1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4, 1e-5];

    /// <summary>Fits with a given penalty and writes the result into the network.</summary>
    public static TskFit Fit(TskNetwork network, TrainingSet set, float[] lossWeights, LossFunction loss, double ridge) => Fit(network, set, lossWeights, loss, [ridge]);

    /// <summary>Fits with the penalty that does best on the validation rows; the first of equals is the strongest.</summary>
    public static TskFit Fit(TskNetwork network, TrainingSet set, float[] lossWeights, LossFunction loss) =>
        Fit(network, set, lossWeights, loss, set.ValidationRows.Length > 0 ? Ridges : [DefaultRidge]);

    private static TskFit Fit(TskNetwork network, TrainingSet set, float[] lossWeights, LossFunction loss, double[] ridges)
    {
        var train = new Sample(network, set, TskRows.Thin(set.TrainRows, MostRows), lossWeights, loss);
        var validation = new Sample(network, set, TskRows.Thin(set.ValidationRows, MostRows), lossWeights, loss);
        var curvature = train.Gram();
        var levels = Levels(network, train);
        var theta = train.NewTheta();
        (TskFit Fit, float[][] Theta)? best = null;
        foreach (var ridge in ridges)
        {
            var penalty = Penalties(train, levels, ridge, network);
            var factor = new CholeskyFactor(Sum(curvature, penalty), train.Columns);
            var steps = loss is { IsRegression: true, HuberDelta: 0 } ? 1 : Steps;
            while (steps-- > 0 && Step(train, factor, theta, penalty) > LeastFall * train.TotalWeight)
            {
            }

            var fit = new TskFit(ridge, train.Loss(theta), validation.TotalWeight > 0 ? validation.Loss(theta) : null);
            if (best is null || (fit.ValidationLoss ?? fit.TrainLoss) < (best.Value.Fit.ValidationLoss ?? best.Value.Fit.TrainLoss))
            {
                best = (fit, [.. theta.Select(t => (float[])t.Clone())]);
            }
        }

        Write(network, best!.Value.Theta);
        return best.Value.Fit;
    }

    /// <summary>Per input its rules of one condition, as a row of mean firings over the design's columns.</summary>
    private static double[][] Levels(TskNetwork network, Sample sample)
    {
        var means = sample.Means();
        var levels = new List<double[]>();
        for (var i = 0; i < network.Layout.Inputs; i++)
        {
            var level = new double[sample.Columns];
            for (var r = 0; r < network.Layout.Rules; r++)
            {
                var antecedents = network.Shape.Rules[r].Antecedents;
                level[r] = antecedents.Count == 1 && antecedents[0].Input == i ? means[r] : 0;
            }

            levels.Add(level);
        }

        return [.. levels];
    }

    /// <summary>The matrix of the penalty ½θᵀPθ, lower triangle.</summary>
    private static double[] Penalties(Sample sample, double[][] levels, double ridge, TskNetwork network)
    {
        var layout = network.Layout;
        var restraint = Restraints(network);
        var columns = sample.Columns;
        var matrix = new double[columns * columns];
        var scale = sample.Curvature * sample.TotalWeight;
        for (var p = 0; p < columns; p++)
        {
            var own = p < restraint.Length ? Math.Max(ridge, restraint[p] > 1 ? Floor : 0) * restraint[p] * (p < layout.Rules ? 1 : SlopePenalty) : BiasPenalty;
            matrix[(p * columns) + p] = scale * own * sample.Unevenness;
        }

        foreach (var level in levels)
        {
            for (var p = 0; p < layout.Rules; p++)
            {
                for (var q = 0; q <= p && level[p] != 0; q++)
                {
                    matrix[(p * columns) + q] += scale * LevelPenalty * level[p] * level[q];
                }
            }
        }

        return matrix;
    }

    /// <summary>Per rule, then per antecedent that of its rule.</summary>
    private static double[] Restraints(TskNetwork network)
    {
        var rules = network.Shape.Rules;
        return [.. rules.Select(r => r.Restraint), .. rules.SelectMany(r => r.Antecedents.Select(_ => r.Restraint))];
    }

    private static double[] Sum(double[] a, double[] b)
    {
        var sum = new double[a.Length];
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] = a[i] + b[i];
        }

        return sum;
    }

    /// <summary>One step of majorisation; gives the fall of the penalised loss that the bound promises.</summary>
    private static double Step(Sample sample, CholeskyFactor factor, float[][] theta, double[] penalty)
    {
        var columns = sample.Columns;
        var fall = 0.0;
        var gradients = sample.Gradient(theta);
        for (var k = 0; k < theta.Length; k++)
        {
            var gradient = gradients[k];
            for (var p = 0; p < columns; p++)
            {
                for (var q = 0; q < columns; q++)
                {
                    gradient[p] += penalty[q <= p ? (p * columns) + q : (q * columns) + p] * theta[k][q];
                }
            }

            var step = (double[])gradient.Clone();
            factor.Solve(step);
            for (var p = 0; p < columns; p++)
            {
                theta[k][p] -= (float)step[p];
                fall += 0.5 * step[p] * gradient[p];
            }
        }

        return fall;
    }

    private static void Write(TskNetwork network, float[][] theta)
    {
        var layout = network.Layout;
        var values = network.Parameters.Span;
        for (var k = 0; k < layout.Outputs; k++)
        {
            for (var r = 0; r < layout.Rules; r++)
            {
                values[layout.Constants + (r * layout.Outputs) + k] = theta[k][r];
            }

            for (var a = 0; a < layout.Antecedents; a++)
            {
                values[layout.Slopes + (a * layout.Outputs) + k] = theta[k][layout.Rules + a];
            }

            values[k] = theta[k][layout.Rules + layout.Antecedents];
        }
    }

    /// <summary>Rows, their labels and weights, and the loss in the coefficients.</summary>
    private sealed class Sample
    {
        private readonly TskDesign _design;
        private readonly TrainingSet _set;
        private readonly LossFunction _loss;
        private readonly float[] _weights;
        private readonly int _outputs;

        public Sample(TskNetwork network, TrainingSet set, int[] rows, float[] lossWeights, LossFunction loss)
        {
            _design = new TskDesign(network, set.Features, rows);
            _set = set;
            _loss = loss;
            _outputs = network.Layout.Outputs;
            _weights = [.. rows.Select(r => lossWeights[r])];
            var squares = 0.0;
            foreach (var weight in _weights)
            {
                TotalWeight += weight;
                squares += (double)weight * weight;
            }

            Unevenness = TotalWeight > 0 ? squares * rows.Length / (TotalWeight * TotalWeight) : 1;
        }

        public int Columns => _design.Columns;

        public double TotalWeight { get; }

        /// <summary>Upper bound of the loss's second derivative in an output, per unit of weight.</summary>
        public double Curvature => !_loss.IsRegression ? 0.5 : _loss.HuberDelta > 0 ? 1 : 2;

        /// <summary>Rows over the effective number of rows (Kish): the ridge grows where a few rows carry the weight.</summary>
        public double Unevenness { get; }

        /// <summary>The bound of the loss's second derivatives, lower triangle.</summary>
        public double[] Gram()
        {
            var gram = _design.Gram(_weights);
            for (var i = 0; i < gram.Length; i++)
            {
                gram[i] *= Curvature;
            }

            return gram;
        }

        /// <summary>Weighted mean of each column.</summary>
        public double[] Means()
        {
            var means = _design.Gradient(_weights, 1)[0];
            for (var p = 0; p < means.Length; p++)
            {
                means[p] /= TotalWeight;
            }

            return means;
        }

        public float[][] NewTheta() => [.. Enumerable.Range(0, _outputs).Select(_ => new float[_design.Pitch])];

        public double Loss(float[][] theta)
        {
            var sum = 0.0;
            Visit(theta, (row, slopes, loss) => sum += loss);
            return sum / TotalWeight;
        }

        public double[][] Gradient(float[][] theta)
        {
            var rows = _design.Rows.Length;
            var all = new float[(long)_outputs * rows];
            Visit(theta, (row, slopes, loss) =>
            {
                for (var k = 0; k < _outputs; k++)
                {
                    all[((long)k * rows) + row] = slopes[k];
                }
            });
            return _design.Gradient(all, _outputs);
        }

        /// <summary>Gives every row's slopes by its outputs and its loss, both weighted.</summary>
        private void Visit(float[][] theta, Action<int, float[], double> look)
        {
            var outputs = new float[_outputs];
            for (var row = 0; row < _design.Rows.Length; row++)
            {
                for (var k = 0; k < _outputs; k++)
                {
                    outputs[k] = _design.Dot(row, theta[k]);
                }

                var loss = _loss.IsRegression
                    ? RowLoss.Regression(outputs, _set.Targets[_design.Rows[row]], _loss.HuberDelta)
                    : RowLoss.CrossEntropy(outputs, _set.Classes[_design.Rows[row]]);
                for (var k = 0; k < _outputs; k++)
                {
                    outputs[k] *= _weights[row];
                }

                look(row, outputs, loss * _weights[row]);
            }
        }
    }
}
