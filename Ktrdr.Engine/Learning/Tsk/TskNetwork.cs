using Ktrdr.Engine.Learning.Onnx;
using Ktrdr.Engine.Numerics;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// A Takagi-Sugeno-Kang network (Takagi and Sugeno 1985; trained as in Jang's ANFIS, 1993). With the memberships μ of <see cref="TskTerms"/>, rule r joins the terms of its antecedents A:
/// <code>
/// z_r = mean over A of ln μ          φ = softmax(z)          y_k = β_k + Σ_r φ_r (b_rk + Σ_A a_rk (x − pivot))
/// </code>
/// The mean in place of the sum keeps firing strengths from saturating where rules have many conditions (HTSK, Cui, Wu and Xu 2021) and gives short and long
/// rules the same footing. β carries the base level, so that b is what a rule adds to it.
/// </summary>
public sealed class TskNetwork : Network
{
    internal TskNetwork(TskShape shape)
        : this(shape, new TskLayout(shape))
    {
    }

    private TskNetwork(TskShape shape, TskLayout layout)
        : base(shape, layout.Length)
    {
        Shape = shape;
        Layout = layout;
        Tensors =
        [
            Tensor("bias", layout.Outputs, 0, 0),
            Tensor("consequent.constant", layout.Rules, layout.Outputs, layout.Constants),
            Tensor("consequent.slope", layout.Antecedents, layout.Outputs, layout.Slopes),
            Tensor("term.shift", layout.Inputs, 0, layout.Shifts),
            Tensor("term.gap", layout.Borders, 0, layout.Gaps),
            Tensor("term.crossing", layout.Borders, 0, layout.Crossings),
            Tensor("term.overlap", layout.Borders, 0, layout.Overlaps),
        ];
    }

    public new TskShape Shape { get; }

    internal TskLayout Layout { get; }

    internal override IReadOnlyList<NamedTensor> Tensors { get; }

    internal override GradientPass CreatePass(bool training) => new TskPass(Shape, Layout, training);

    internal override string AddTo(OnnxGraph graph, string input, string output) => TskOnnx.AddTo(graph, this, input, output);

    internal override void ScaleOutputs(float factor)
    {
        foreach (ref var value in Parameters.Span[..Layout.Shifts])
        {
            value *= factor;
        }
    }

    /// <summary>
    /// Terms where the shape has them; consequents by regularised least squares on the training rows (Jang's hybrid rule), 0 without data.
    /// Nothing is drawn: the seed decides the order of rows only.
    /// </summary>
    private protected override void Initialize(Generator generator, TrainingSet? set, TrainerOptions options)
    {
        if (set is not null)
        {
            TskConsequents.Fit(this, set, LossWeights.Of(set, Shape.Outputs, options), new LossFunction(set.IsRegression, LossFunction.Of(options).HuberDelta, 0));
        }
    }

    private static NamedTensor Tensor(string name, int rows, int columns, int offset) =>
        new(name, columns == 0 ? [rows] : [rows, columns], at => offset + at);
}
