using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>How one raw feature is scaled: (x - <paramref name="Offset"/>) * <paramref name="Scale"/>.</summary>
/// <param name="Feature">Feature id.</param>
/// <param name="Kind">minmax: offset = smallest, scale = 1 / (largest - smallest), values outside the training range leave [0, 1]. zscore: offset = mean, scale = 1 / standard deviation (divisor n).</param>
/// <param name="Scale">0 where the feature does not vary over the training rows: it then says nothing.</param>
public sealed record FeatureScale(string Feature, NormalizationKind Kind, double Offset, double Scale)
{
    /// <summary>The scaled value, computed in double precision and rounded once.</summary>
    internal static float Apply(float value, double offset, double scale) => (float)((value - offset) * scale);
}

/// <summary>The scaling of a model's raw inputs, fitted on training rows only and stored with the model.</summary>
/// <param name="Scales">One per normalised feature in column order; memberships and raw inputs with <c>none</c> have none.</param>
public sealed record Normalization(Sequence<FeatureScale> Scales)
{
    public static Normalization None { get; } = new(Sequence<FeatureScale>.Empty);

    /// <summary>Fits on the given rows, skipping those that are not ready.</summary>
    /// <exception cref="InvalidInputException">None of the rows is ready.</exception>
    public static Normalization Fit(FeatureMatrix features, StrategyDocument document, ReadOnlySpan<int> trainRows)
    {
        var columns = FeaturePlan.Of(document).Columns;
        var kinds = columns.Select((c, at) => (Column: at, Kind: c.Normalization)).Where(c => c.Kind != NormalizationKind.None).ToList();
        if (kinds.Count == 0)
        {
            return None;
        }

        var rows = new List<int>(trainRows.Length);
        foreach (var row in trainRows)
        {
            if (features.IsReady[row])
            {
                rows.Add(row);
            }
        }

        if (rows.Count == 0)
        {
            throw new InvalidInputException(new Problem("no_training_rows", "training_data", $"None of {Counted.Of(trainRows.Length, "training row")} is past the warm-up of {Counted.Of(features.LongestLookBack, "bar")}; allowed: at least one."));
        }

        var values = new double[rows.Count];
        var scales = new List<FeatureScale>();
        foreach (var (at, kind) in kinds)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = features.Values[(rows[i] * features.Columns) + at];
            }

            scales.Add(Fit(features.Names[at], kind, values));
        }

        return new Normalization(scales.ToSequence());
    }

    /// <summary>The scaled features; the same object where nothing is scaled.</summary>
    /// <exception cref="InvalidInputException">A feature of this normalisation is not among the columns.</exception>
    public FeatureMatrix Apply(FeatureMatrix features)
    {
        if (Scales.Count == 0)
        {
            return features;
        }

        var values = (float[])features.Values.Clone();
        var scales = ScalesOf(features.Names);
        for (var column = 0; column < scales.Length; column++)
        {
            if (scales[column] is var (offset, scale))
            {
                for (var at = column; at < values.Length; at += features.Columns)
                {
                    values[at] = FeatureScale.Apply(values[at], offset, scale);
                }
            }
        }

        return new FeatureMatrix(features.Names, values, features.IsReady, features.StartsRun, features.LongestLookBack);
    }

    /// <summary>Offset and scale per column, null for those that stay as they are.</summary>
    /// <exception cref="InvalidInputException">A feature of this normalisation is not among the columns.</exception>
    internal (double Offset, double Scale)?[] ScalesOf(IReadOnlyList<string> names)
    {
        string[] columns = [.. names];
        var scales = new (double, double)?[names.Count];
        foreach (var scale in Scales)
        {
            var column = Array.IndexOf(columns, scale.Feature);
            if (column < 0)
            {
                throw new InvalidInputException(new Problem(
                    "unknown_feature", "normalization", $"The normalisation has the feature {scale.Feature}, the features have not; allowed: {string.Join(", ", names)}.")
                { Value = scale.Feature });
            }

            scales[column] = (scale.Offset, scale.Scale);
        }

        return scales;
    }

    private static FeatureScale Fit(string feature, NormalizationKind kind, double[] values)
    {
        var (offset, width) = kind == NormalizationKind.MinMax ? Range(values) : (Reductions.Mean(values), Math.Sqrt(Reductions.Variance(values, 0)));
        // A constant column's mean may be off by rounding, and a spread of that size is no spread.
        var (low, span) = Range(values);
        var scale = span > 0 && width > 0 ? 1 / width : 0;
        return new FeatureScale(feature, kind, span > 0 ? offset : low, double.IsFinite(scale) ? scale : 0);
    }

    private static (double Low, double Span) Range(double[] values)
    {
        var (low, high) = (values[0], values[0]);
        foreach (var value in values)
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        return (low, high - low);
    }
}
