using Ktrdr.Engine.Features;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>The rows of features around a cut point, raw inputs not scaled.</summary>
/// <param name="Cut">The row after which the futures differ.</param>
/// <param name="First">The first row.</param>
/// <param name="Matrix">Until shortly after the cut, or until the rows end.</param>
internal sealed record FeatureRows(int Cut, int First, FeatureMatrix Matrix)
{
    /// <summary>Rows up to the cut.</summary>
    public int Known => Cut + 1 - First;

    /// <summary>The rows that are looked at.</summary>
    public static (int First, int EndExclusive) Around(int rows, int cut) => (Math.Max(0, cut + 1 - SweepFutures.RowsAround), Math.Min(rows, cut + 1 + SweepFutures.RowsAround));

    public static FeatureRows Of(FeatureStream stream, int cut)
    {
        var (first, end) = Around(stream.Rows, cut);
        var (values, ready) = (new float[(end - first) * stream.Columns], new bool[end - first]);
        stream.Fill(first, values, ready);
        return new FeatureRows(cut, first, new FeatureMatrix(stream.Names, values, ready, new bool[ready.Length], stream.LongestLookBack));
    }

    /// <summary>The first row up to the cut in which a column is another.</summary>
    public int? FirstOtherValue(FeatureRows other, int column)
    {
        for (var (row, at) = (0, column); row < Known; row++, at += Matrix.Columns)
        {
            if (BitConverter.SingleToInt32Bits(Matrix.Values[at]) != BitConverter.SingleToInt32Bits(other.Matrix.Values[at]))
            {
                return First + row;
            }
        }

        return null;
    }

    /// <summary>The first row up to the cut that is complete on one side only.</summary>
    public int? FirstOtherReady(FeatureRows other)
    {
        var same = Matrix.IsReady.AsSpan(0, Known).CommonPrefixLength(other.Matrix.IsReady.AsSpan(0, Known));
        return same < Known ? First + same : null;
    }

    /// <summary>The scaling that the complete rows up to the cut give.</summary>
    public Normalization Fit(StrategyDocument document) =>
        Matrix.IsReady.AsSpan(0, Known).Contains(true) ? Normalization.Fit(Matrix, document, [.. Enumerable.Range(0, Known)]) : Normalization.None;
}
