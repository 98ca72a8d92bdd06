using Ktrdr.Engine;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Strategies;
using Xunit;

namespace Ktrdr.Tests.Features;

/// <summary>What a row may see on wider timeframes, over changes of the clock, and of series from outside.</summary>
public sealed class AvailabilityTests
{
    private const long Hour = 3_600_000;
    private const long Day = 24 * Hour;

    /// <summary>The close itself, so that a feature says which bar it shows.</summary>
    private static readonly IndicatorSpec Close = IndicatorSpec.Create("price", "sma", new Dictionary<string, object?> { ["period"] = 2 });

    [Theory]
    [InlineData("4h")]
    [InlineData("1d")]
    [InlineData("1w")]
    public void Align_EveryRow_ShowsTheLastBarThatIsAvailable(string wider)
    {
        // Five weeks around the end of daylight saving time in New York on 2020-11-01 and its beginning on 2021-03-14.
        foreach (var (first, calendar) in ((long, MarketCalendar)[])[(1_602_720_000_000, MarketCalendar.Fx), (1_614_556_800_000, MarketCalendar.UsEquities), (1_614_556_800_000, MarketCalendar.None)])
        {
            var hours = Series(Timeframe.OneHour, first, 35 * 24).With(calendar);
            var other = Series(Timeframe.Parse(wider), first, 35).With(calendar);
            var map = FeatureAlignment.Align(hours, other);
            for (var row = 0; row < hours.Count; row++)
            {
                var now = hours.AvailableAt(row);
                Assert.Equal(Enumerable.Range(0, other.Count).Count(i => other.AvailableAt(i) <= now) - 1, map[row]);
            }
        }
    }

    [Fact]
    public void Build_DailyBarWithASession_IsSeenFromItsCloseOnAlsoWhenTheClockChanged()
    {
        // US shares close at 16:00 New York: 21:00 UTC in the week before 2021-03-14, 20:00 UTC in the week after.
        var first = 1_614_556_800_000;
        var hours = Series(Timeframe.OneHour, first, 28 * 24, "SPY").With(MarketCalendar.UsEquities);
        var days = TestBars.Pick(Series(Timeframe.OneDay, first, 28, "SPY"), i => i % 7 < 5).With(MarketCalendar.UsEquities);
        var document = Document("1h", "1d", Close);
        var features = FeaturePipeline.Build(document, new FeatureInputs(Two(hours, days)), "1h");

        var average = Close.FindType().Compute(days, Close.Arguments)[0];
        foreach (var (date, hourOfClose) in ((int, int)[])[(11, 21), (15, 20)])
        {
            var day = Enumerable.Range(0, days.Count).Single(i => days.Times[i] == first + (date * Day));
            var row = (date * 24) + hourOfClose - 1;
            Assert.Equal((float)average[day], features.Row(row)[1]);
            Assert.Equal((float)average[day - 1], features.Row(row - 1)[1]);
        }
    }

    [Fact]
    public void Build_ExternalSeriesWithALag_IsSeenFromItsPublicationOn()
    {
        var hours = Series(Timeframe.OneHour, TestBars.Start, 60 * 24);
        var weekly = Series(Timeframe.OneWeek, TestBars.Start, 8, "cot").With(MarketCalendar.None, 3 * Day + 30 * 60_000);
        var document = Document("1h", "1h", Close with { DataSource = "cot" });
        var features = FeaturePipeline.Build(document, new FeatureInputs(new Dictionary<string, BarSeries> { ["1h"] = hours }) { Context = new Dictionary<string, BarSeries> { ["cot"] = weekly } }, "1h");

        var average = Close.FindType().Compute(weekly, Close.Arguments)[0];
        for (var week = 2; week < 7; week++)
        {
            // The week ends at week + 1; published three days and half an hour later, so that the hour that ends 30 minutes before does not see it.
            var row = ((week + 1) * 7 * 24) + (3 * 24);
            Assert.Equal((float)average[week], features.Row(row)[0]);
            Assert.Equal((float)average[week - 1], features.Row(row - 1)[0]);
        }

        Assert.Equal((2 * 7 * 24) + 73, features.LongestLookBack);
    }

    [Fact]
    public void Build_ContextOnAWiderTimeframe_ChangesOnlyWhenItsBarsDo()
    {
        var hours = Series(Timeframe.OneHour, TestBars.Start, 400);
        var document = Document("1h", "4h", Close with { DataSource = "USDCAD" });
        var other = Series(Timeframe.OneHour, TestBars.Start, 400, "USDCAD");
        var inputs = new FeatureInputs(Two(hours, TestBars.Widen(hours, Timeframe.FourHours))) { Context = new Dictionary<string, BarSeries> { ["USDCAD"] = other } };

        var features = FeaturePipeline.Build(document, inputs, "1h");

        var average = Close.FindType().Compute(other, Close.Arguments)[0];
        for (var row = 8; row < 400; row++)
        {
            Assert.Equal((float)average[row], features.Row(row)[0]);
            Assert.Equal((float)average[((row + 1) / 4 * 4) - 1], features.Row(row)[1]);
        }
    }

    [Fact]
    public void Build_MissingContextOrItsVolume_IsRefusedByName()
    {
        var hours = new Dictionary<string, BarSeries> { ["1h"] = Series(Timeframe.OneHour, TestBars.Start, 400) };
        var ofVolume = IndicatorSpec.Create("price", "sma", new Dictionary<string, object?> { ["period"] = 2, ["source"] = "volume" }) with { DataSource = "fred_DGS10" };
        var series = hours["1h"];
        var yields = new BarSeries("fred_DGS10", Timeframe.OneHour, series.Times.ToArray(), series.Open.ToArray(), series.High.ToArray(), series.Low.ToArray(), series.Close.ToArray(), [.. Enumerable.Repeat(double.NaN, 400)]);

        AssertRefused("no series fred_DGS10, which price", Document("1h", "1h", ofVolume), new FeatureInputs(hours));
        AssertRefused("price reads the volume", Document("1h", "1h", ofVolume), new FeatureInputs(hours) { Context = new Dictionary<string, BarSeries> { ["fred_DGS10"] = yields } });
    }

    [Fact]
    public void Build_VolumeIndicatorsWithoutVolume_AreRefusedByName()
    {
        var bars = Series(Timeframe.OneHour, TestBars.Start, 400);
        var silent = bars.WithPrices(bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), new double[400]);
        foreach (var type in IndicatorCatalog.All.Where(t => t.Category == "volume"))
        {
            var document = Document("1h", "1h", new IndicatorSpec("price", type.Name, type.Defaults()));
            AssertRefused("price reads the volume", document, new FeatureInputs(new Dictionary<string, BarSeries> { ["1h"] = silent }));
            Assert.Equal(400, FeaturePipeline.Build(document, new Dictionary<string, BarSeries> { ["1h"] = bars }, "1h").Rows);
        }
    }

    [Fact]
    public void Build_IndicatorThatRepaints_IsRefusedByName() => Assert.All(IndicatorCatalog.All.Where(t => t.Repaints), type => AssertRefused(
        "whose past values change", Document("1h", "1h", new IndicatorSpec("price", type.Name, type.Defaults())), new FeatureInputs(new Dictionary<string, BarSeries> { ["1h"] = Series(Timeframe.OneHour, TestBars.Start, 400) })));

    private static void AssertRefused(string part, StrategyDocument document, FeatureInputs inputs) =>
        Assert.Contains(part, Assert.Throws<InvalidInputException>(() => FeaturePipeline.Build(document, inputs, "1h")).Message, StringComparison.Ordinal);

    /// <summary>Raw values of one indicator on two timeframes.</summary>
    internal static StrategyDocument Document(string first, string second, IndicatorSpec indicator)
    {
        var timeframes = new[] { first, second }.Distinct().ToSequence();
        return FeaturePipelineTests.Single with
        {
            TrainingData = new TrainingDataSpec("EURUSD", timeframes, first),
            Indicators = [indicator],
            FuzzySets = [],
            Inputs = [new NnInput(null, new IndicatorRef(indicator.Id, null), timeframes)],
        };
    }

    private static Dictionary<string, BarSeries> Two(BarSeries first, BarSeries second) => new() { [first.Timeframe.Name] = first, [second.Timeframe.Name] = second };

    private static BarSeries Series(Timeframe timeframe, long start, int count, string symbol = "EURUSD")
    {
        var bars = TestBars.Random(timeframe, count, (ulong)timeframe.Name[0] + (ulong)symbol.Length, symbol);
        var times = bars.Times.ToArray().Select(t => t - TestBars.Start + start).ToArray();
        return new BarSeries(symbol, timeframe, times, bars.Open.ToArray(), bars.High.ToArray(), bars.Low.ToArray(), bars.Close.ToArray(), bars.Volume.ToArray());
    }
}
