using System.Text;
using Ktrdr.Engine;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Xunit;
using static Ktrdr.Tests.MarketData.MarketCalendarTests;

namespace Ktrdr.Tests.MarketData;

public sealed class ExternalSeriesTests
{
    private const string Yields = "DATE,VALUE\n2024-07-03,4.36\n2024-07-04,.\n2024-07-05,4.28\n2024-07-08,4.28\n2024-07-09,4.30\n";

    [Fact]
    public void ReadFred_DailySeries_LeavesOutMissingValuesAndIsPublishedOnTheNextBusinessDay()
    {
        var import = ExternalSeries.ReadFred(Text(Yields), "DGS10");
        var bars = import.Bars;

        Assert.Equal(("fred_DGS10", Timeframe.OneDay, 4), (bars.Symbol, bars.Timeframe, bars.Count));
        Assert.Equal([4.36, 4.28, 4.28, 4.30], bars.Close.ToArray());
        Assert.Equal(bars.Close.ToArray(), bars.Low.ToArray());
        Assert.True(double.IsNaN(bars.Volume[0]));
        Assert.Equal(Time("2024-07-05T22:00:00Z"), bars.AvailableAt(0)); // over Independence Day
        Assert.Equal(Time("2024-07-08T22:00:00Z"), bars.AvailableAt(1)); // Friday's over the weekend
        Assert.Contains(import.Findings, f => f is { Code: "missing_value", Row: 3, Count: 1 });
        Assert.Contains(import.Findings, f => f.Code == "publication_lag");
        Assert.Equal(bars.AvailableAt(1), BarSeries.FromBytes(bars.ToBytes()).AvailableAt(1));
    }

    [Fact]
    public void ReadFred_MonthlySeries_IsPublishedAfterItsMonth()
    {
        var bars = ExternalSeries.ReadFred(Text("observation_date,UNRATE\n2024-01-01,3.7\n2024-02-01,3.9\n2024-03-01,3.8\n"), "UNRATE").Bars;

        Assert.Equal(Timeframe.OneWeek, bars.Timeframe);
        Assert.Equal(Time("2024-01-01") + (31 + 30) * 86_400_000L, bars.AvailableAt(0));
    }

    [Fact]
    public void ReadFred_StatedLag_CountsFromTheEndOfTheObservationsPeriod()
    {
        Assert.Equal(Time("2024-07-04T06:00:00Z"), ExternalSeries.ReadFred(Text(Yields), "DGS10", 6).Bars.AvailableAt(0));
        var monthly = ExternalSeries.ReadFred(Text("DATE,VALUE\n2024-01-01,3.7\n2024-02-01,3.9\n2024-03-01,3.8\n"), "UNRATE", 24).Bars;
        Assert.Equal(Time("2024-02-02"), monthly.AvailableAt(0));
        Assert.Throws<InvalidInputException>(() => ExternalSeries.WithPublicationLag(monthly, -1));
        Assert.Throws<InvalidInputException>(() => ExternalSeries.WithPublicationLag(monthly, double.NaN));
    }

    [Theory]
    [InlineData("", "empty_file")]
    [InlineData("# nothing\n", "no_rows")]
    [InlineData("DATE,VALUE\n", "no_rows")]
    [InlineData("DATE,VALUE\n2024-01-01,.\n", "no_rows")]
    [InlineData("DATE,VALUE\n2024-01-01,x\n", "invalid_number")]
    [InlineData("DATE,VALUE\n2024-01-01,1e300\n", "invalid_number")]
    [InlineData("DATE,VALUE\n9999-01-01,1\n", "invalid_time")]
    [InlineData("DATE,VALUE\nyesterday,1\n", "invalid_time")]
    [InlineData("DATE,VALUE\n2024-01-01,1,2\n", "field_count")]
    [InlineData("DATE,VALUE\n2024-01-01,1\n2024-01-01,2\n", "duplicate")]
    [InlineData("DATE,VALUE\n2024-01-01,1\n2026-01-01,2\n", "unknown_frequency")]
    [InlineData("day,VALUE\n2024-01-01,1\n", "missing_column")]
    public void ReadFred_BadFile_IsATypedError(string text, string code)
        => Assert.Equal(code, Assert.Throws<InvalidInputException>(() => ExternalSeries.ReadFred(Text(text), "X")).Problems[0].Code);

    [Fact]
    public void ReadFred_BadSeriesName_IsRefused()
        => Assert.Throws<InvalidInputException>(() => ExternalSeries.ReadFred(Text(Yields), "../DGS10"));

    [Fact]
    public void Spread_TwoYields_IsTheDifferenceOnCommonDates()
    {
        var a = ExternalSeries.ReadFred(Text(Yields), "DGS10").Bars;
        var b = ExternalSeries.ReadFred(Text("DATE,VALUE\n2024-07-02,4.0\n2024-07-05,4.78\n2024-07-09,4.80\n"), "DGS2", 200).Bars;

        var spread = ExternalSeries.Spread(a, b);

        Assert.Equal("yield_spread_DGS10_DGS2", spread.Symbol);
        Assert.Equal([Time("2024-07-05"), Time("2024-07-09")], spread.Times.ToArray());
        Assert.Equal(-0.5, spread.Close[0], 12);
        Assert.True(spread.AvailableAt(0) >= b.AvailableAt(1)); // never before the later of the two
        Assert.Equal(a.AvailableAt(1), ExternalSeries.Spread(a, a).AvailableAt(1));
    }

    [Fact]
    public void Spread_OneIsPublishedLater_WaitsForIt()
    {
        var daily = ExternalSeries.ReadFred(Text(Yields), "DGS10").Bars;
        var (early, late) = (daily.With(MarketCalendar.None, 3_600_000), daily.With(MarketCalendar.None, 10_800_000));

        Assert.Equal(10_800_000, ExternalSeries.Spread(early, late).PublicationLagMilliseconds);
        Assert.Equal(10_800_000, ExternalSeries.Spread(late, early).PublicationLagMilliseconds);
    }

    [Theory]
    [InlineData("2024-07-16", "2024-07-19T19:30:00Z")]
    [InlineData("2024-01-09", "2024-01-12T20:30:00Z")]
    [InlineData("2024-11-26", "2024-12-02T20:30:00Z")] // Thanksgiving
    [InlineData("2024-01-16", "2024-01-22T20:30:00Z")] // a holiday on Monday: as if delayed
    public void ReadCot_TuesdayReport_IsAvailableWhenItIsReleased(string tuesday, string released)
        => Assert.Equal(Time(released), CommitmentsOfTraders.Read(Text($"date,long,short\n{tuesday},100,40\n"), "EUR").Bars.AvailableAt(0));

    [Fact]
    public void ReadCot_FileOfTheCommission_NeedsTheMarketWhereItHasSeveral()
    {
        const string file =
            """
            "Market_and_Exchange_Names","Report_Date_as_YYYY-MM-DD","Lev_Money_Positions_Long_All","Lev_Money_Positions_Short_All"
            "EURO FX - CHICAGO MERCANTILE EXCHANGE","2024-07-16","1,500","500"
            "EURO FX - CHICAGO MERCANTILE EXCHANGE","2024-07-09",900,1000
            "JAPANESE YEN - CHICAGO MERCANTILE EXCHANGE","2024-07-16",1,2
            """;
        var bars = CommitmentsOfTraders.Read(Text(file), "EUR", "euro fx").Bars;

        Assert.Equal(("cot_EUR_net_pos", Timeframe.OneDay), (bars.Symbol, bars.Timeframe));
        Assert.Equal([-100.0, 1000.0], bars.Close.ToArray());
        Assert.Equal("ambiguous_market", Assert.Throws<InvalidInputException>(() => CommitmentsOfTraders.Read(Text(file), "EUR")).Problems[0].Code);
        Assert.Equal("ambiguous_market", Assert.Throws<InvalidInputException>(() => CommitmentsOfTraders.Read(Text(file), "EUR", "gold")).Problems[0].Code);
    }

    [Fact]
    public void Percentile_OverAWindow_IsTheShareOfValuesBelow()
    {
        var positions = ExternalSeries.Of("cot_X_net_pos", Timeframe.OneDay, [0, 1, 2, 3, 4], [5, 1, 3, 3, 9]);

        var shares = CommitmentsOfTraders.Percentile(positions, 4);

        Assert.Equal("cot_X_net_pct", shares.Symbol);
        Assert.All(shares.Close[..3].ToArray(), v => Assert.True(double.IsNaN(v)));
        Assert.Equal([25.0, 75.0], shares.Close[3..].ToArray());
    }

    [Fact]
    public void ContextSeries_OfEntries_HaveTheSourceIdsOfTheGrammar()
    {
        var a = ExternalSeries.ReadFred(Text(Yields), "DGS10").Bars;
        var stored = new Dictionary<string, BarSeries>
        {
            ["fred_DGS10"] = a,
            ["fred_DGS2"] = ExternalSeries.ReadFred(Text(Yields), "DGS2").Bars,
            ["cot_EUR_net_pos"] = CommitmentsOfTraders.Read(Text("date,net\n2024-07-09,1\n2024-07-16,2\n"), "EUR").Bars,
            ["USDCAD"] = Bars("USDCAD", Timeframe.OneHour, "2024-07-16T10:00:00Z"),
        };
        ContextDataSpec[] specs = [new(ContextProvider.Fred, Series: ["DGS10", "DGS2"]), new(ContextProvider.CftcCot, Report: "EUR"), new(ContextProvider.Ib, "USDCAD", PublicationLagHours: 1)];
        foreach (var spec in specs)
        {
            var series = ContextSeries.Of(spec, (symbol, _) => stored[symbol]);
            Assert.Equal(spec.SourceIds().Order(), series.Keys.Order());
            Assert.All(ContextSeries.Needed(spec), needed => Assert.Contains(needed.Symbol, stored.Keys));
        }

        Assert.Equal(Time("2024-07-16T12:00:00Z"), ContextSeries.Of(specs[2], (symbol, _) => stored[symbol])["USDCAD"].AvailableAt(0));
        Assert.Equal(Time("2024-07-04"), ContextSeries.Of(specs[0] with { PublicationLagHours = 0 }, (symbol, _) => stored[symbol])["fred_DGS10"].AvailableAt(0));
    }

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));
}
