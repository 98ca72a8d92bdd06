using System.Globalization;
using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>Bars that no market should have: a defined result or an error that names what is wrong, never a silent zero.</summary>
public sealed class BadDataTests
{
    private const int Split = 600;
    private const int Count = 800;

    private static readonly string Volume = CheckMarket.Single
        .Replace("trend: {type: macd}", "trend: {type: macd}\n  flow: {type: mfi}", StringComparison.Ordinal)
        .Replace("{raw_indicator: trend.histogram, timeframes: all, normalization: zscore}", "{raw_indicator: flow, timeframes: all, normalization: zscore}", StringComparison.Ordinal);

    [Theory]
    [InlineData("mlp")]
    [InlineData("lstm")]
    [InlineData("tsk")]
    public void ConstantPrices_OneClass_TrainsAndTradesFinitelyOrSaysWhy(string kind)
    {
        var flat = CheckMarket.Bars(Count, deviation: 0);
        Assert.All(flat.Close.ToArray(), c => Assert.Equal(100, c));
        var market = CheckMarket.View(flat);
        var (run, outcome, trained) = CheckMarket.Train(CheckMarket.WithModel(CheckMarket.Single, kind), market, Split);

        // Nothing ever moves, so that only HOLD is there to be learned.
        Assert.Equal([1], run.Fold.Rows.Train.Select(row => (int)run.Fold.Labels.Class[row]).Distinct());
        Assert.All(outcome.Outcomes[0].History, e => Assert.True(double.IsFinite(e.TrainLoss) && double.IsFinite(e.ValidationLoss!.Value)));
        var test = CheckMarket.Backtest(trained, market, Split).Headline.Result;
        Assert.Null(test.Metrics.Sharpe);
        Assert.Null(test.Metrics.WinRate);
        Assert.Equal(0, test.Metrics.TotalReturn);
        Assert.Equal(0, test.Decisions.NotFinite);
    }

    [Fact]
    public void ClassMissingFromTheTrainingRows_IsLearnedWithoutIt()
    {
        // Only ever up: nothing is sold.
        var market = CheckMarket.View(CheckMarket.Bars(Count, drift: 0.01, deviation: 0.0005));
        var (run, outcome, trained) = CheckMarket.Train(CheckMarket.Single, market, Split);

        Assert.DoesNotContain(run.Fold.Rows.Train, row => run.Fold.Labels.Class[row] == 2);
        Assert.All(outcome.Outcomes[0].History, e => Assert.True(double.IsFinite(e.TrainLoss)));
        Assert.All(CheckMarket.Backtest(trained, market, Split).Headline.Result.Equity, e => Assert.True(double.IsFinite(e)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void NoVolume_VolumeIndicatorsAreRefusedByName(double volume)
    {
        var bars = CheckMarket.Bars(Count);
        var silent = bars.WithPrices(bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), [.. Enumerable.Repeat(volume, Count)]);

        var refused = Assert.Throws<InvalidInputException>(() => CheckMarket.Train(Volume, CheckMarket.View(silent), Split));
        Assert.Contains("flow", refused.Message, StringComparison.Ordinal);
        Assert.Contains("volume", refused.Message, StringComparison.OrdinalIgnoreCase);

        // What reads no volume does not mind.
        CheckMarket.Train(CheckMarket.Single, CheckMarket.View(silent), Split);
    }

    [Fact]
    public void MissingPrices_InTheMiddle_AreRefusedWithTheFirstBar()
    {
        var bars = CheckMarket.Bars(Count);
        BarSeries Holed(int first, int end)
        {
            double[] Cut(ReadOnlySpan<double> values) => [.. values.ToArray().Select((v, i) => i >= first && i < end ? double.NaN : v)];
            return bars.WithPrices(Cut(bars.Open), Cut(bars.High), Cut(bars.Low), Cut(bars.Close), bars.Volume.ToArray());
        }

        // A label looks at every price after it, a backtest marks at every close: neither passes over a hole in silence.
        var learned = Assert.Throws<InvalidInputException>(() => CheckMarket.Train(CheckMarket.Single, CheckMarket.View(Holed(300, 310)), Split));
        Assert.Contains("bar 300 of CHECK", learned.Message, StringComparison.Ordinal);

        var (_, _, trained) = CheckMarket.Train(CheckMarket.Single, CheckMarket.View(bars), Split);
        var run = Assert.Throws<InvalidInputException>(() => CheckMarket.Backtest(trained, CheckMarket.View(Holed(700, 705)), Split));
        Assert.Contains("700", run.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("gru")]
    public void MissingBars_InTheMiddle_BeginANewRun(string kind)
    {
        var bars = CheckMarket.Bars(Count + 50);
        int[] kept = [.. Enumerable.Range(0, Count + 50).Where(i => i is < 200 or >= 250)];
        T[] Pick<T>(ReadOnlySpan<T> values)
        {
            var all = values.ToArray();
            return [.. kept.Select(i => all[i])];
        }

        var gapped = new BarSeries("CHECK", bars.Timeframe, Pick(bars.Times), Pick(bars.Open), Pick(bars.High), Pick(bars.Low), Pick(bars.Close), Pick(bars.Volume)).With(MarketCalendar.AlwaysOpen);
        var run = CheckMarket.Training(CheckMarket.WithModel(CheckMarket.Single, kind), CheckMarket.View(gapped), Split);
        var before = run.Strategy.Model.SequenceLength - 1;

        Assert.True(run.Features.StartsRun[200]);
        Assert.DoesNotContain(run.Fold.Rows.Train, row => row >= 200 && row < 200 + before);
        Assert.Contains(200 + before, run.Fold.Rows.Train);
    }

    [Theory]
    [InlineData("duplicate", 4)]
    [InlineData("unsorted", 4)]
    [InlineData("invalid_price", 4)]
    [InlineData("malformed", 4)]
    public void File_WithWrongRows_IsRefusedWithTheRow(string what, int row)
    {
        var lines = new List<string> { "timestamp,open,high,low,close,volume" };
        for (var i = 0; i < 20; i++)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(CheckMarket.Monday + (i * 3_600_000)).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            lines.Add($"{time},100,101,99,100.5,7");
        }

        lines[row - 1] = what switch
        {
            "duplicate" => lines[row - 2],
            "unsorted" => "2019-12-31T00:00:00Z,100,101,99,100.5,7",
            "invalid_price" => lines[row - 1].Replace(",101,", ",98,", StringComparison.Ordinal),
            _ => lines[row - 1].Replace("100.5", "nothing", StringComparison.Ordinal),
        };
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

        var refused = Assert.Throws<InvalidInputException>(() => CsvBars.Read(stream, new CsvOptions { Symbol = "CHECK" }));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"row {row}: "), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlp", 30)]
    [InlineData("mlp", 1)]
    [InlineData("lstm", 45)]
    [InlineData("tsk", 40)]
    public void FewerRowsThanTheWindow_SaysHowManyAreNeeded(string kind, int count)
    {
        var refused = Assert.Throws<InvalidInputException>(() => CheckMarket.Train(CheckMarket.WithModel(CheckMarket.Single, kind), CheckMarket.View(CheckMarket.Bars(count)), count));

        Assert.All(refused.Problems, p => Assert.Contains("allowed", p.Message, StringComparison.Ordinal));
        Assert.All(refused.Problems, p => Assert.DoesNotContain('\n', p.Message));
    }

    [Fact]
    public void WindowWithoutBars_IsRefusedByName()
    {
        var market = CheckMarket.View(CheckMarket.Bars(Count));
        var (_, _, trained) = CheckMarket.Train(CheckMarket.Single, market, Split);

        var refused = Assert.Throws<InvalidInputException>(() => BacktestRun.Of(trained, market, CheckMarket.End(market.Primary, Count) + 1, new Engine.Backtesting.BacktestOptions { InitialCapital = 1000 }));
        Assert.Equal("invalid_window", refused.Problems[0].Code);
    }
}
