using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.MarketData;

/// <summary>Files that no one should have made: each has a typed error or a defined result.</summary>
public sealed class BadBarsTests
{
    private const string Header = "time,open,high,low,close,volume\n";

    [Fact]
    public void Read_ConstantPrices_AreKeptWithoutSpikes()
    {
        var import = Import(Header + Rows(200, _ => "5,5,5,5,1"));
        Assert.Equal(200, import.Bars.Count);
        Assert.DoesNotContain(import.Findings, f => f.Code == "spike");
    }

    [Fact]
    public void Read_ZeroVolume_IsKeptAndFlaggedOrRejectedOnRequest()
    {
        var text = Header + Rows(50, _ => "5,6,4,5,0");
        Assert.Contains(Import(text).Findings, f => f is { Code: "zero_volume", Count: 50 });
        Assert.Throws<InvalidInputException>(() => Import(text, DataPolicy.Of([new("zero_volume", "reject")])));
        Assert.Equal("no_rows", Assert.Throws<InvalidInputException>(() => Import(text, DataPolicy.Of([new("zero_volume", "drop")]))).Problems[0].Code);
    }

    [Fact]
    public void Read_NaNPrices_AreRejectedByRowOrDroppedAsAGap()
    {
        var text = Header + Rows(50, i => i is 20 or 21 ? "NaN,NaN,NaN,NaN,1" : "5,6,4,5,1");
        Assert.Equal("invalid_number", Assert.Throws<InvalidInputException>(() => Import(text)).Problems[0].Code);
        var dropped = Import(text, DataPolicy.Of([new("malformed", "drop")]));
        Assert.Equal(48, dropped.Bars.Count);
        Assert.True(dropped.Bars.RunStarts()[20]);
        Assert.Contains(dropped.Findings, f => f.Code == "gap_unexpected");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n")]
    [InlineData(Header)]
    [InlineData("time,open,high,low,close,volume")]
    [InlineData(",,,,,\n,,,,,\n")]
    [InlineData("time\n1704110400\n")]
    [InlineData("{\"bars\": []}")]
    [InlineData("<html><body>404</body></html>")]
    public void Read_TextThatHoldsNoBars_IsATypedError(string text) => Assert.NotEmpty(Assert.Throws<InvalidInputException>(() => Import(text)).Problems);

    [Fact]
    public void Read_RandomBytes_AreATypedErrorAlways()
    {
        var generator = new Generator(3, "bytes");
        for (var round = 0; round < 500; round++)
        {
            var bytes = new byte[generator.NextInt(400)];
            for (var i = 0; i < bytes.Length; i++)
            {
                bytes[i] = (byte)generator.NextInt(round % 2 == 0 ? 256 : 128);
            }

            Assert.Throws<InvalidInputException>(() => CsvBars.Read(new MemoryStream(bytes), Options()));
        }
    }

    [Fact]
    public void Read_RowsOfRandomCharacters_NeverEndInAnythingElseThanATypedError()
    {
        const string characters = "0123456789.,-:TZ+eE \";\r";
        var generator = new Generator(4, "rows");
        for (var round = 0; round < 2_000; round++)
        {
            var row = new string([.. Enumerable.Range(0, generator.NextInt(90)).Select(_ => characters[generator.NextInt(characters.Length)])]);
            try
            {
                Assert.NotEmpty(Import($"{Header}2024-01-01T00:00:00Z,5,6,4,5,1\n{row}\n2024-01-01T02:00:00Z,5,6,4,5,1\n2024-01-01T03:00:00Z,5,6,4,5,1\n").Bars.Times.ToArray());
            }
            catch (InvalidInputException refused)
            {
                Assert.NotEmpty(refused.Problems);
            }
        }
    }

    [Theory]
    [InlineData("unsorted", "keep")]
    [InlineData("spikes", "drop")]
    [InlineData("spike", "mend")]
    [InlineData("spike", "1")]
    [InlineData("spike", "")]
    public void PolicyOf_WhatCannotBe_IsATypedError(string finding, string action)
        => Assert.Equal("invalid_policy", Assert.Throws<InvalidInputException>(() => DataPolicy.Of([new(finding, action)])).Problems[0].Code);

    private static string Rows(int count, Func<int, string> values)
        => string.Concat(Enumerable.Range(0, count).Select(i => $"{1_704_067_200 + i * 3_600},{values(i)}\n"));

    private static CsvImport Import(string text, DataPolicy? policy = null)
        => CsvBars.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), Options() with { Policy = policy ?? new DataPolicy() });

    private static CsvOptions Options() => new() { Symbol = "X", Timeframe = Timeframe.OneHour };
}
