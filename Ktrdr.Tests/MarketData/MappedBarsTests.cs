using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.MarketData;

public sealed class MappedBarsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Map_AFile_IsTheSameSeriesInEveryWay()
    {
        var bars = SyntheticMarket.Null(3, 500, "SPY", Timeframe.OneDay).With(MarketCalendar.UsEquities, 60_000);
        var mapped = BarSeries.Map(Write("a.bars", bars.ToBytes()));

        Assert.Equal(bars.ContentHash, mapped.ContentHash);
        Assert.Equal(bars.Volume.ToArray(), mapped.Volume.ToArray());
        Assert.Equal(bars.AvailableAt(77), mapped.AvailableAt(77));
        var (slice, other) = (bars.Slice(100, 50).Slice(10, 20), mapped.Slice(100, 50).Slice(10, 20));
        Assert.Equal(slice.ContentHash, other.ContentHash);
        Assert.Equal(slice.AvailableAt(3), other.AvailableAt(3));
        Assert.Equal(bars.With(MarketCalendar.None, 0).ContentHash, mapped.With(MarketCalendar.None, 0).ContentHash);
        Assert.Equal(slice.With(MarketCalendar.Fx).AvailableAt(5), other.With(MarketCalendar.Fx).AvailableAt(5));
        Assert.Equal(bars.LowerBound(bars.Times[9]), mapped.LowerBound(bars.Times[9]));
        Assert.Equal(bars.RunStarts(), mapped.RunStarts());
    }

    [Fact]
    public void Map_ADamagedFile_IsRefusedUntilItIsReplaced()
    {
        var bytes = SyntheticMarket.Null(3, 500).ToBytes();
        var sound = (byte[])bytes.Clone();
        bytes[1_000] ^= 1;
        var path = Write("b.bars", bytes);

        Assert.Equal("damaged_bars", Assert.Throws<InvalidInputException>(() => BarSeries.Map(path)).Problems[0].Code);
        var next = Write("next", sound);
        File.Move(next, path, overwrite: true);
        Assert.Equal(500, BarSeries.Map(path).Count);
        Assert.Equal(500, BarSeries.Map(path).Count);
    }

    [Fact]
    public void Map_AFileReplacedByADamagedOne_IsVerifiedAgain()
    {
        var bytes = SyntheticMarket.Null(4, 300).ToBytes();
        var path = Write("c.bars", bytes);
        var first = BarSeries.Map(path);

        bytes[^100] ^= 1;
        var next = Write("next", bytes);
        File.SetLastWriteTimeUtc(next, File.GetLastWriteTimeUtc(path).AddSeconds(3));
        File.Move(next, path, overwrite: true);

        Assert.Equal("damaged_bars", Assert.Throws<InvalidInputException>(() => BarSeries.Map(path)).Problems[0].Code);
        Assert.Equal(SyntheticMarket.Null(4, 300).ContentHash, first.ContentHash); // the old file lives on in its mapping
    }

    [Fact]
    public void Map_ADamagedFileOfTheRightLengthAndTime_IsRefusedWhateverLiesBesideIt()
    {
        var bytes = SyntheticMarket.Null(5, 300).ToBytes();
        bytes[1_000] ^= 1;
        var path = Write("e.bars", bytes);
        var written = new FileInfo(path).LastWriteTimeUtc.Ticks;
        File.WriteAllText(path + ".verified", $"{bytes.Length} {written}");

        Assert.Equal("damaged_bars", Assert.Throws<InvalidInputException>(() => BarSeries.Map(path)).Problems[0].Code);
    }

    [Fact]
    public void Map_AFile_LeavesNothingBesideIt()
    {
        BarSeries.Map(Write("g.bars", SyntheticMarket.Null(5, 300).ToBytes()));

        Assert.Equal(["g.bars"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Map_AFileThatWasNotThere_OpensOnceItIs()
    {
        var path = _folder.File("f.bars");
        Assert.ThrowsAny<IOException>(() => BarSeries.Map(path));

        Assert.Equal(300, BarSeries.Map(Write("f.bars", SyntheticMarket.Null(5, 300).ToBytes())).Count);
    }

    [Theory]
    [InlineData(0, "not_bars")]
    [InlineData(5, "not_bars")]
    [InlineData(40, "truncated_bars")]
    [InlineData(2_000, "truncated_bars")]
    public void Map_ACutFile_IsATypedError(int length, string code)
        => Assert.Equal(code, Assert.Throws<InvalidInputException>(() => BarSeries.Map(Write("d.bars", SyntheticMarket.Null(3, 500).ToBytes()[..length]))).Problems[0].Code);

    private string Write(string name, byte[] bytes)
    {
        var path = _folder.File(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
