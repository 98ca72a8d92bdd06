using Ktrdr.Cli.Commands;
using Xunit;

namespace Ktrdr.Tests.Cli;

public sealed class SweepArgumentTests
{
    [Theory]
    [InlineData("indicators.x.period=7", "indicators.x.period", "7")]
    [InlineData("indicators.x.period=7..21:7", "indicators.x.period", "7|14|21")]
    [InlineData("a.b=1..3", "a.b", "1|2|3")]
    [InlineData("a.b=0.1..0.3:0.1", "a.b", "0.1|0.2|0.3")]
    [InlineData("a.b=-2..2:2", "a.b", "-2|0|2")]
    [InlineData("a.b=7..20:7", "a.b", "7|14")]
    [InlineData("a.b=5..5", "a.b", "5")]
    [InlineData("decisions.confidence_threshold=0.35,0.4", "decisions.confidence_threshold", "0.35|0.4")]
    [InlineData("model.type=mlp, tsk", "model.type", "\"mlp\"|\"tsk\"")]
    [InlineData("decisions.position_awareness=true,false", "decisions.position_awareness", "true|false")]
    [InlineData("decisions.filters.min_signal_separation=4 bars,2h", "decisions.filters.min_signal_separation", "\"4 bars\"|\"2h\"")]
    [InlineData("model.architecture.hidden_layers=[8],[16,8]", "model.architecture.hidden_layers", "[8]|[16,8]")]
    [InlineData("exits.stop={\"percent\": 0.01},{\"atr\": 2}", "exits.stop", "{\"percent\": 0.01}|{\"atr\": 2}")]
    [InlineData("a=b=c", "a", "\"b=c\"")]
    [InlineData("a.b=1e-3..3e-3:1e-3", "a.b", "0.001|0.002|0.003")]
    public void Parse_PathAndValues_AreWhatTheDocumentWouldHold(string text, string path, string values)
    {
        var parameter = SweepCommand.Parse(text);

        Assert.NotNull(parameter);
        Assert.Equal((path, values), (parameter.Path, string.Join('|', parameter.Values.Select(v => v.GetRawText()))));
    }

    [Theory]
    [InlineData("indicators.x.period")]
    [InlineData("=7")]
    [InlineData("a.b=")]
    [InlineData("a.b=1,,2")]
    [InlineData("a.b=,")]
    public void Parse_NoPathOrAnEmptyValue_IsRefused(string text) => Assert.Null(SweepCommand.Parse(text));

    [Theory]
    [InlineData("a.b=21..7")]
    [InlineData("a.b=1..5:0")]
    [InlineData("a.b=1..5:-1")]
    [InlineData("a.b=1..100000")]
    [InlineData("a.b=1..1e20:1e-20")]
    public void Parse_RangeThatIsNone_IsRefused(string text) => Assert.Null(SweepCommand.Parse(text));
}
