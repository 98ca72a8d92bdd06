using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>Draws networks.</summary>
internal static class ModelGenes
{
    private static readonly Dictionary<string, Sequence<int>[]> Sizes = new(StringComparer.Ordinal)
    {
        ["small"] = [[12], [16], [16, 8]],
        ["medium"] = [[32], [32, 16], [24, 24]],
        ["large"] = [[64, 32], [48, 24, 12], [64, 64]],
    };

    public static string SizeName(ModelSpec model) => model.HiddenLayers.Sum() switch
    {
        <= 24 => "small",
        <= 48 => "medium",
        _ => "large",
    };

    public static ModelSpec Draw(Generator generator, BlockPosteriors posteriors)
    {
        var shapes = Sizes[posteriors.Choose(generator, Block.Model, ["small", "medium", "large"])];
        return new ModelSpec
        {
            HiddenLayers = shapes[generator.NextInt(shapes.Length)],
            Activation = generator.NextInt(2) == 0 ? ActivationKind.Relu : ActivationKind.Tanh,
            Dropout = Math.Round(0.05 + (0.05 * generator.NextInt(5)), 2),
        };
    }
}
