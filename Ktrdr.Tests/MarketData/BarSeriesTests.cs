using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Indicators;
using Xunit;

namespace Ktrdr.Tests.MarketData;

public sealed class BarSeriesTests
{
    [Fact]
    public void FromBytes_OfToBytes_IsTheSameSeries()
    {
        var bars = Candles.WithGap(Candles.Random(3, 257), 9).Slice(5, 200);
        var read = BarSeries.FromBytes(bars.ToBytes());
        Assert.Equal((bars.Symbol, bars.Timeframe, bars.Count), (read.Symbol, read.Timeframe, read.Count));
        Assert.Equal(bars.Times.ToArray(), read.Times.ToArray());
        Assert.Equal(bars.Low.ToArray(), read.Low.ToArray());
        Assert.Equal(bars.ContentHash, read.ContentHash);
    }

    [Fact]
    public void FromBytes_AnyDamage_IsATypedError()
    {
        var bytes = Candles.Random(3, 4).ToBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = bytes.ToArray();
            damaged[i] ^= 0x10;
            Assert.Throws<InvalidInputException>(() => BarSeries.FromBytes(damaged));
            Assert.Throws<InvalidInputException>(() => BarSeries.FromBytes(bytes.AsSpan(0, i)));
        }
    }

    [Fact]
    public void ContentHash_OneBitOfOnePrice_ChangesIt()
    {
        var bars = Candles.Random(3, 50);
        var high = bars.High.ToArray();
        high[30] = Math.BitIncrement(high[30]);
        var other = Candles.Of(bars.Open.ToArray(), high, bars.Low.ToArray(), bars.Close.ToArray(), bars.Volume.ToArray());
        Assert.NotEqual(bars.ContentHash, other.ContentHash);
        Assert.Equal(bars.ContentHash, Candles.Random(3, 50).ContentHash);
        Assert.NotEqual(bars.ContentHash, bars.Slice(0, 49).ContentHash);
        Assert.Matches("^[0-9a-f]{64}$", bars.ContentHash);
    }

    [Theory]
    [InlineData(-1L, 0)]
    [InlineData(0L, 0)]
    [InlineData(1L, 1)]
    [InlineData(3_600_000L, 1)]
    [InlineData(9 * 3_600_000L, 9)]
    [InlineData(9 * 3_600_000L + 1, 10)]
    public void LowerBound_Time_IsTheFirstBarAtOrAfterIt(long time, int expected)
        => Assert.Equal(expected, Candles.Random(1, 10).LowerBound(time));

    [Theory]
    [InlineData(true, double.NaN, 0.0, 3.0)]
    [InlineData(false, double.NaN, 0.0, double.NaN)]
    [InlineData(false)]
    public void HasVolume_Volumes_IsWhetherAnyIsAboveZero(bool expected, params double[] volumes)
    {
        var prices = Array.ConvertAll(volumes, _ => 1.0);
        var bars = new BarSeries("EURUSD", Timeframe.OneHour, [.. volumes.Select((_, i) => i * 3_600_000L)], prices, prices, prices, prices, volumes);
        Assert.Equal(expected, bars.HasVolume);
        Assert.False(bars.Slice(0, Math.Min(2, bars.Count)).HasVolume);
    }

    [Fact]
    public void Slice_OfASlice_CountsFromIt()
    {
        var bars = Candles.Random(1, 100);
        var slice = bars.Slice(10, 50).Slice(5, 10);
        Assert.Equal(bars.Close[15], slice.Close[0]);
        Assert.Equal(bars.Times[24] + 3_600_000L, slice.AvailableAt(9));
        Assert.Throws<ArgumentOutOfRangeException>(() => bars.Slice(95, 6));
    }

    [Fact]
    public void Constructor_TimesThatDoNotAscend_IsATypedError()
    {
        var column = new double[2];
        Assert.Throws<InvalidInputException>(() => new BarSeries("X", Timeframe.OneHour, [5, 5], column, column, column, column, column));
        Assert.Throws<InvalidInputException>(() => new BarSeries("X", Timeframe.OneHour, [5, 6], column, column, column, column, new double[3]));
    }

    [Fact]
    public void BarsPerYear_HourlyWithoutGaps_Is8766() => Assert.Equal(8766.0, Candles.Random(1, 5_000).BarsPerYear, 1e-9);

    [Fact]
    public void ResearchWindows_OfASeries_CoverItWithoutOverlap()
    {
        var bars = Candles.Random(1, 1_001);
        var windows = ResearchWindows.Of(bars);
        var all = windows.All;
        Assert.Equal([500, 150, 150, 201], all.Select(w => w.Count));
        for (var i = 1; i < all.Count; i++)
        {
            Assert.Equal((all[i - 1].EndExclusive, all[i - 1].EndTime), (all[i].Start, all[i].StartTime));
        }

        Assert.Equal((1_001, bars.AvailableAt(1_000)), (windows.Sealed.EndExclusive, windows.Sealed.EndTime));
        Assert.Throws<InvalidInputException>(() => ResearchWindows.Of(bars.Slice(0, 19)));
    }

    [Theory]
    [InlineData("1h", "1h")]
    [InlineData("4H", "4h")]
    [InlineData("1m", "1m")]
    public void Timeframe_Name_IsRead(string text, string name) => Assert.Equal(name, Timeframe.Parse(text).Name);

    [Theory]
    [InlineData("1M")]
    [InlineData("2h")]
    [InlineData("")]
    [InlineData(null)]
    public void Timeframe_UnknownName_ListsTheKnownOnes(string? text)
        => Assert.Contains("1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w", Assert.Throws<InvalidInputException>(() => Timeframe.Parse(text)).Message);
}
