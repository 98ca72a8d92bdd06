namespace Ktrdr.Engine.Labels;

/// <summary>A turn of price.</summary>
/// <param name="Index">The bar of the extreme close.</param>
/// <param name="Price">That close.</param>
/// <param name="Confirmed">The bar at whose close price had reversed far enough to know; <see cref="NotConfirmed"/> for the last extreme of a series, which a later bar may still move.</param>
internal readonly record struct ZigzagPivot(int Index, double Price, int Confirmed)
{
    public const int NotConfirmed = int.MaxValue;

    public bool IsConfirmed => Confirmed != NotConfirmed;
}

/// <summary>
/// Percent-reversal zigzag over closes, as the original draws it: the first bar is the first pivot; an extreme becomes a pivot where the close has moved away from it by at least
/// the threshold, as a fraction of the extreme. It repaints, so that only labels may use it.
/// </summary>
internal static class ZigzagPivots
{
    /// <summary>Pivots in time order, highs and lows in turn; the last one is not confirmed.</summary>
    /// <param name="close">Closes, at least one, positive.</param>
    /// <param name="threshold">The reversal as a fraction, above 0.</param>
    public static List<ZigzagPivot> Of(ReadOnlySpan<double> close, double threshold)
    {
        var pivots = new List<ZigzagPivot>();
        var (direction, at, extreme) = (0, 0, close[0]);
        for (var i = 1; i < close.Length; i++)
        {
            var change = (close[i] - extreme) / extreme;
            if (direction >= 0 && change <= -threshold || direction <= 0 && change >= threshold)
            {
                pivots.Add(new ZigzagPivot(at, extreme, i));
                (direction, at, extreme) = (change > 0 ? 1 : -1, i, close[i]);
            }
            else if (direction > 0 && change > 0 || direction < 0 && change < 0)
            {
                (at, extreme) = (i, close[i]);
            }
        }

        pivots.Add(new ZigzagPivot(at, extreme, ZigzagPivot.NotConfirmed));
        return pivots;
    }
}
