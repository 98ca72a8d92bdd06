using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Indicators;

/// <summary>
/// Cuts inputs at NaN, so that kernels see unbroken stretches only: what every indicator does at a gap is decided here, once.
/// Inside a stretch a kernel starts as if it were the beginning of the data.
/// </summary>
internal static class Runs
{
    /// <summary>Values of a piece. A multiple of the blocks in which kernels count from the beginning of what they are given: pieces change no bit.</summary>
    private const int PieceLength = 8192;

    public delegate void Kernel(in Stretch bars, IndicatorArguments arguments, Lines y);

    public delegate void SourceKernel(ReadOnlySpan<double> x, IndicatorArguments arguments, Lines y);

    public delegate void BarKernel(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, IndicatorArguments arguments, Lines y);

    /// <summary>The computation of an indicator that reads one series, chosen by <see cref="PriceSource"/>.</summary>
    public static IndicatorComputer OverSource(SourceKernel kernel)
        => Over(Inputs.Source, (in Stretch bars, IndicatorArguments a, Lines y) => kernel(bars.Source, a, y));

    /// <summary>The computation of an indicator that reads high, low and close; a bar is missing when any of the three is NaN.</summary>
    public static IndicatorComputer OverBars(BarKernel kernel)
        => Over(Inputs.Bars, (in Stretch bars, IndicatorArguments a, Lines y) => kernel(bars.High, bars.Low, bars.Close, a, y));

    /// <summary>The computation of an indicator that reads <paramref name="inputs"/>; a bar is missing when any of them is NaN.</summary>
    public static IndicatorComputer Over(Inputs inputs, Kernel kernel) => (bars, arguments, outputs, reach) =>
    {
        var means = PriceSource.IsMean(inputs, arguments) ? bars.Count : 0;
        using var scratch = new Scratch(means);
        var source = inputs.HasFlag(Inputs.Source) ? PriceSource.Of(bars, arguments, scratch.Take(means)) : default;
        var whole = Stretch.Whole(bars, inputs, source);
        var written = 0;
        for (int start = 0, end = 0; whole.Next(ref start, ref end); written = end)
        {
            new Lines(outputs, written, start).FillNaN();

            // A kernel goes over its lines several times: a piece of them stays in the caches. The last piece comes first, so that the warm-up of each is written over by the one before it.
            for (var first = FirstOfLastPiece(end - start, reach); first >= 0; first -= PieceLength)
            {
                var (from, until) = (start + first, reach is { } back ? Math.Min(end, start + first + PieceLength + back) : end);
                kernel(whole.Slice(from, until), arguments, new Lines(outputs, from, until));
            }
        }

        new Lines(outputs, written, bars.Count).FillNaN();
    };

    /// <summary>Pieces begin at multiples of their length, and a piece makes as many values beyond the warm-up, which it reads only.</summary>
    private static int FirstOfLastPiece(int length, int? reach) => reach is { } back ? Math.Max(0, length - back - 1) / PieceLength * PieceLength : 0;
}
