using System.Globalization;
using System.Text;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.MarketData;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Api.MarketData;

/// <summary>Bars as JSON columns and as CSV.</summary>
internal static class BarTables
{
    public static BarColumns ToColumns(IReadOnlyList<BarRow> rows) => new()
    {
        Time = [.. rows.Select(r => r.Time)],
        Open = [.. rows.Select(r => r.Open)],
        High = [.. rows.Select(r => r.High)],
        Low = [.. rows.Select(r => r.Low)],
        Close = [.. rows.Select(r => r.Close)],
        Volume = rows.All(r => r.Volume is null) ? null : [.. rows.Select(r => r.Volume ?? 0)],
    };

    public static BarColumns ToColumns(BarSeries bars, DateTimeOffset? start, DateTimeOffset? end, int limit)
    {
        var first = start is null ? 0 : bars.LowerBound(start.Value.ToUnixTimeMilliseconds());
        var last = end is null ? bars.Count : bars.LowerBound(end.Value.ToUnixTimeMilliseconds());
        var slice = bars.Slice(first, Math.Min(limit, Math.Max(0, last - first)));
        var volume = slice.Volume.ToArray();
        return new BarColumns
        {
            Time = [.. slice.Times.ToArray().Select(DateTimeOffset.FromUnixTimeMilliseconds)],
            Open = slice.Open.ToArray(),
            High = slice.High.ToArray(),
            Low = slice.Low.ToArray(),
            Close = slice.Close.ToArray(),
            Volume = volume.All(double.IsNaN) ? null : [.. volume.Select(v => double.IsNaN(v) ? 0 : v)],
        };
    }

    public static string ToCsv(BarColumns bars)
    {
        var text = new StringBuilder("time,open,high,low,close,volume\n");
        for (var i = 0; i < bars.Time.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{bars.Time[i].UtcDateTime:yyyy-MM-ddTHH:mm:ssZ},{bars.Open![i]:R},{bars.High![i]:R},{bars.Low![i]:R},{bars.Close[i]:R},{bars.Volume?[i]:R}\n");
        }

        return text.ToString();
    }
}
