using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Ktrdr.Engine.Indicators;

/// <summary>Keltner channels as Raschke drew them: an EMA of the close and multiples of Wilder's average true range; and how far Bollinger bands lie inside them.</summary>
internal static class KeltnerChannels
{
    public static IndicatorType Type { get; } = new(
        "keltnerchannels",
        ["keltner", "keltner_channels"],
        "volatility",
        "EMA of the close (middle) and multiplier average true ranges above (upper) and below it (lower), in price units.",
        [
            IndicatorParameter.Integer("period", 20, 2, 500, "window of the EMA"),
            IndicatorParameter.Integer("atr_period", AtrPeriod, 2, 200, "bars of the average true range"),
            IndicatorParameter.Number("multiplier", 2.0, 0.001, 10.0, "average true ranges between middle and band"),
        ],
        ["upper", "middle", "lower"],
        a => Math.Max(a.Int("period") - 1, a.Int("atr_period")),
        Runs.OverBars((high, low, close, a, y) => Channel(
            high, low, close, a.Int("period"), a.Int("atr_period"), a.Number("multiplier"), y.First, y.Second, y.Third)));

    public static IndicatorType Squeeze { get; } = new(
        "squeezeintensity",
        ["squeeze", "squeeze_intensity"],
        "volatility",
        "How far the Bollinger bands lie inside the Keltner channel (average true range over 10 bars), as a share of the channel's width on the narrower side: 0 (not inside) to 0.5, 0 where the channel has no width.",
        [
            IndicatorParameter.Integer("bb_period", 20, 2, 100, "window of the Bollinger bands"),
            IndicatorParameter.Number("bb_multiplier", 2.0, 0.001, 5.0, "standard deviations between middle and Bollinger band"),
            IndicatorParameter.Integer("kc_period", 20, 2, 100, "window of the channel's EMA"),
            IndicatorParameter.Number("kc_multiplier", 2.0, 0.001, 5.0, "average true ranges between middle and channel"),
            PriceSource.Parameter,
        ],
        [],
        a => Math.Max(a.Int("bb_period") - 1, Math.Max(a.Int("kc_period") - 1, AtrPeriod)),
        Runs.Over(Inputs.Bars | Inputs.Source, (in Stretch bars, IndicatorArguments a, Lines y) => Intensity(bars, a, y.First)));

    private const int AtrPeriod = 10;

    /// <summary>A multiple of the blocks in which deviations are computed.</summary>
    private const int PieceLength = 4096;

    private static void Channel(
        ReadOnlySpan<double> high, ReadOnlySpan<double> low, ReadOnlySpan<double> close, int period, int atrPeriod, double multiplier, Span<double> upper, Span<double> middle, Span<double> lower)
    {
        MovingAverages.Exponentially(close, period, middle);
        Atr.Compute(high, low, close, atrPeriod, lower);
        Elementwise.Bands(middle, lower, multiplier, upper, lower);
    }

    /// <summary>max(0, min(channel's upper − band's upper, band's lower − channel's lower) / channel's width). The recursions run through, the rest is made in pieces that stay in the caches.</summary>
    private static void Intensity(in Stretch bars, IndicatorArguments a, Span<double> y)
    {
        var (period, bandMultiplier, channelMultiplier) = (a.Int("bb_period"), a.Number("bb_multiplier"), a.Number("kc_multiplier"));
        var reach = period - 1;
        using var scratch = new Scratch(bars.Length + (5 * (PieceLength + reach)));
        var middle = scratch.Take(bars.Length);
        MovingAverages.Exponentially(bars.Close, a.Int("kc_period"), middle);
        Atr.Compute(bars.High, bars.Low, bars.Close, AtrPeriod, y);

        var bandUpper = scratch.Take(PieceLength + reach);
        var bandMiddle = scratch.Take(PieceLength + reach);
        var bandLower = scratch.Take(PieceLength + reach);
        var channelUpper = scratch.Take(PieceLength + reach);
        var channelLower = scratch.Take(PieceLength + reach);
        y[..Math.Min(reach, y.Length)].Fill(double.NaN);
        for (var first = 0; first + reach < y.Length; first += PieceLength)
        {
            var read = Math.Min(PieceLength + reach, y.Length - first);
            BollingerBands.Bands(bars.Source.Slice(first, read), period, bandMultiplier, bandUpper[..read], bandMiddle[..read], bandLower[..read]);
            var piece = (first + reach)..(first + read);
            Elementwise.Bands(middle[piece], y[piece], channelMultiplier, channelUpper[reach..read], channelLower[reach..read]);
            Room(channelUpper[reach..read], channelLower[reach..read], bandUpper[reach..read], bandLower[reach..read], y[piece]);
        }
    }

    private static void Room(ReadOnlySpan<double> channelUpper, ReadOnlySpan<double> channelLower, ReadOnlySpan<double> bandUpper, ReadOnlySpan<double> bandLower, Span<double> y)
    {
        ref var outerUppers = ref MemoryMarshal.GetReference(channelUpper[..y.Length]);
        ref var outerLowers = ref MemoryMarshal.GetReference(channelLower[..y.Length]);
        ref var innerUppers = ref MemoryMarshal.GetReference(bandUpper[..y.Length]);
        ref var innerLowers = ref MemoryMarshal.GetReference(bandLower[..y.Length]);
        ref var target = ref MemoryMarshal.GetReference(y);
        var zero = Vector256<double>.Zero;
        var i = 0;
        for (; i <= y.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            var (upper, lower) = (Vector256.LoadUnsafe(ref outerUppers, (nuint)i), Vector256.LoadUnsafe(ref outerLowers, (nuint)i));
            var widths = upper - lower;
            var rooms = Vector256.Min(upper - Vector256.LoadUnsafe(ref innerUppers, (nuint)i), Vector256.LoadUnsafe(ref innerLowers, (nuint)i) - lower);
            var none = Vector256.Equals(widths, zero) & Vector256.Equals(rooms, rooms);
            Vector256.ConditionalSelect(none, zero, Vector256.Max(zero, rooms / widths)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < y.Length; i++)
        {
            var width = channelUpper[i] - channelLower[i];
            var room = Math.Min(channelUpper[i] - bandUpper[i], bandLower[i] - channelLower[i]);
            y[i] = width == 0.0 && !double.IsNaN(room) ? 0.0 : Math.Max(0.0, room / width);
        }
    }
}
