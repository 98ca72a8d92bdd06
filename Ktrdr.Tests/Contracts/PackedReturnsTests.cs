using Ktrdr.Contracts.Backtests;
using Xunit;

namespace Ktrdr.Tests.Contracts;

public sealed class PackedReturnsTests
{
    public static IReadOnlyList<DailyReturn> Awkward { get; } =
    [
        new(new DateOnly(1, 1, 1), 0.1 + 0.2),
        new(new DateOnly(1969, 12, 31), -0.0),
        new(new DateOnly(2024, 2, 29), double.Epsilon),
        new(new DateOnly(2024, 3, 1), -1.0 / 3),
        new(new DateOnly(9999, 12, 31), double.MaxValue),
    ];

    [Fact]
    public void Read_OfPacked_GivesTheSameBits()
    {
        var read = PackedReturns.Read(PackedReturns.Of(Awkward));

        Assert.Equal(Awkward.Select(d => (d.Day, BitConverter.DoubleToInt64Bits(d.Return))), read.Select(d => (d.Day, BitConverter.DoubleToInt64Bits(d.Return))));
        Assert.Empty(PackedReturns.Read(PackedReturns.Of([])));
    }

    [Fact]
    public void Of_TwoDays_IsTheDocumentedLayout()
    {
        var packed = PackedReturns.Of([new DailyReturn(new DateOnly(1970, 1, 2), 1), new DailyReturn(new DateOnly(1969, 12, 31), -2)]);

        Assert.Equal("000000000000F03F00000000000000C001000000FFFFFFFF", Convert.ToHexString(packed));
        Assert.Equal([1, -1], PackedReturns.DaysOf(packed).ToArray());
        Assert.Equal([1, -2], PackedReturns.ReturnsOf(packed).ToArray());
    }

    [Fact]
    public void Read_BytesLeftOver_IsRefused()
        => Assert.Contains("13 bytes", Assert.Throws<FormatException>(() => PackedReturns.Read(new byte[13])).Message, StringComparison.Ordinal);
}
