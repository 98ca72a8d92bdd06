using FsCheck;
using FsCheck.Fluent;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class StrategyWriterTests
{
    [Fact]
    public void Write_AnyDocument_ReadsBackEqualFromYamlAndJson()
    {
        var generated = Gen.Choose(0, int.MaxValue).Select(seed => RandomDocuments.Create((ulong)seed));

        Prop.ForAll(generated.ToArbitrary(), document =>
            document.Equals(StrategyReader.Parse(StrategyWriter.ToYaml(document)))
            && document.Equals(StrategyReader.Parse(StrategyWriter.Canonical(document)))
            && StrategyHash.Of(document) == StrategyHash.Of(StrategyReader.Parse(StrategyWriter.ToYaml(document)))).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("plain words: with # everything \"quoted\" \\ and \t tabs")]
    [InlineData("two\nlines\r\nand more\n")]
    [InlineData("- not a list")]
    [InlineData("null")]
    [InlineData("3.0")]
    [InlineData("umlauts ä, snowman ☃, rocket 🚀, <html> & 'quotes'")]
    public void Write_AnyDescription_ReadsBackEqual(string description)
    {
        var document = StrategyReader.Parse(StrategyTexts.Sound) with { Description = description };

        Assert.Equal(document, StrategyReader.Parse(StrategyWriter.ToYaml(document)));
        Assert.Equal(document, StrategyReader.Parse(StrategyWriter.Canonical(document)));
    }

    [Fact]
    public void Hash_CountsWhatTheStrategyDoesAndNothingElse()
    {
        var document = StrategyReader.Parse(StrategyTexts.Sound);
        var hash = StrategyHash.Of(document);

        Assert.Equal(64, hash.Length);
        Assert.Equal(hash, StrategyHash.Of(document with { Name = "other", Description = "words" }));
        Assert.Equal(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("hidden_layers: [16, 8]", "hidden_layers:\n      - 16\n      - 8  # the same"))));
        Assert.Equal(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("timeframes: all", "timeframes: [1h]"))));
        Assert.Equal(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("epochs: 30", "epochs: 30\n  batch_size: 32"))));
        Assert.Equal(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("type: bbands", "type: BollingerBands"))));
        Assert.NotEqual(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("period: 14", "period: 15"))));
        Assert.NotEqual(hash, StrategyHash.Of(StrategyReader.Parse(StrategyTexts.With("epochs: 30", "epochs: 31"))));
        Assert.NotEqual(hash, StrategyHash.Of(document with { Inputs = document.Inputs.Reverse().ToSequence() }));
    }

    [Fact]
    public void Hash_IsTheSameInEveryBuild()
    {
        Assert.StartsWith("""{"name":"sound","version":"3.0","training_data":{"symbols":{"mode":"single","symbol":"EURUSD"},"timeframes":{"mode":"single","timeframe":"1h"},"history_required":100},"indicators":{"rsi_14":{"type":"rsi","period":14,"source":"close"},""", StrategyWriter.Canonical(StrategyReader.Parse(StrategyTexts.Sound)), StringComparison.Ordinal);
        Assert.Equal("2d2c428ae6d256089b2310f61af5f55f54536bececb81d8d24d8c69fdb8a03df", StrategyHash.Of(StrategyReader.Parse(StrategyTexts.Sound)));
    }
}
