using Ktrdr.Cli.Commands;
using Ktrdr.Contracts.MarketData;
using Xunit;

namespace Ktrdr.Tests.Cli;

public sealed class IndicatorsCommandTests
{
    [Fact]
    public void ParseParameters_Pairs_KeepsEveryOne()
    {
        var values = IndicatorsCommand.ParseParameters("fast_period=12, slow_period=26,source=close");

        Assert.Equal(["12", "26", "close"], [values["fast_period"], values["slow_period"], values["source"]]);
    }

    [Theory]
    [InlineData("period")]
    [InlineData("=14")]
    [InlineData("period=14,period=15")]
    public void ParseParameters_NotPairs_NamesTheCulprit(string text)
    {
        var error = Assert.Throws<UsageException>(() => IndicatorsCommand.ParseParameters(text));

        Assert.Contains(text.Split(',')[0].Split('=')[0], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToCsv_UndefinedValues_AreEmptyAndNumbersRoundTrip()
    {
        var time = new DateTimeOffset(2020, 1, 2, 3, 0, 0, TimeSpan.Zero);
        var csv = IndicatorsCommand.ToCsv(new CalculatedIndicator("rsi", new Dictionary<string, string>(), [time, time.AddHours(1)], [new IndicatorColumn("value", [null, 0.1 + 0.2])]));

        Assert.Equal("timestamp,value\n2020-01-02T03:00:00Z,\n2020-01-02T04:00:00Z,0.30000000000000004\n", csv);
    }
}
