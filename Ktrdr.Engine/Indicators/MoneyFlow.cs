namespace Ktrdr.Engine.Indicators;

/// <summary>What Chaikin's indicators are made of.</summary>
internal static class MoneyFlow
{
    /// <summary>
    /// multiplier = ((close − low) − (high − close))/(high − low), from -1 (closed at the low) to 1, and 0 on a bar without range; volume = multiplier × the bar's.
    /// </summary>
    public static void Of(in Stretch bars, Span<double> multiplier, Span<double> volume)
    {
        var high = bars.High;
        var low = bars.Low;
        var close = bars.Close;
        var traded = bars.Volume;
        for (var i = 0; i < multiplier.Length; i++)
        {
            var range = high[i] - low[i];
            multiplier[i] = range == 0.0 ? 0.0 : (close[i] - low[i] - (high[i] - close[i])) / range;
            volume[i] = multiplier[i] * traded[i];
        }
    }
}
