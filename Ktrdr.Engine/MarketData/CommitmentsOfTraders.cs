namespace Ktrdr.Engine.MarketData;

/// <summary>
/// The CFTC's commitments of traders as series: net positions (long − short contracts) and where they stand among those of the last weeks.
/// Files may be plain (date and net, or date, long and short) or the CFTC's own: of traders in financial futures leveraged funds are read, of
/// the legacy report non-commercial traders.
/// </summary>
public static class CommitmentsOfTraders
{
    /// <summary>Reports that a percentile looks back over: three years.</summary>
    public const int LongWindow = 156;

    private static readonly string[] Dates = ["date", "report date as yyyy mm dd", "report date as mm dd yyyy"];
    private static readonly string[] Longs = ["long", "lev money positions long all", "lev money positions long", "noncommercial positions long (all)", "noncomm positions long all"];
    private static readonly string[] Shorts = ["short", "lev money positions short all", "lev money positions short", "noncommercial positions short (all)", "noncomm positions short all"];

    /// <summary>Net positions by date of report: symbol <c>cot_REPORT_net_pos</c>, published as <see cref="MarketCalendar.CotRelease"/> says or after the lag stated.</summary>
    /// <param name="stream">CSV, plain or gzipped, of one market or of several.</param>
    /// <param name="report">Code for the source id, for instance EUR.</param>
    /// <param name="market">Start of the market's name, needed where the file has several.</param>
    /// <param name="publicationLagHours">Hours from the end of the report's day to its publication; null: the documented release.</param>
    /// <exception cref="InvalidInputException">No such file, or several markets and none chosen.</exception>
    public static CsvImport Read(Stream stream, string report, string? market = null, double? publicationLagHours = null)
    {
        ExternalSeries.RequireCode("report", report);
        var table = ExternalTable.Read(stream);
        Select(table, market);
        var net = table.Find("net", "net position", "net pos");
        var (@long, @short) = net >= 0 ? (-1, -1) : (table.Require("long positions", Longs), table.Require("short positions", Shorts));
        var findings = new List<DataFinding>();
        var bars = ExternalSeries.ToBars(
            $"cot_{report}_net_pos", table, table.Require("the date of the report", Dates),
            row => net >= 0
                ? ExternalTable.Value(row.Fields[net], "net", row.Line)
                : ExternalTable.Value(row.Fields[@long], "long", row.Line) - ExternalTable.Value(row.Fields[@short], "short", row.Line),
            findings);

        // The report is of one day, whatever the distance to the next: it may be used from its release on.
        var daily = ExternalSeries.Of(bars.Symbol, Timeframe.OneDay, bars.Times.ToArray(), bars.Close.ToArray());
        var published = publicationLagHours is { } hours ? ExternalSeries.WithPublicationLag(daily, hours) : daily.With(MarketCalendar.CotRelease);
        findings.Add(new DataFinding(
            "publication_lag", 0, publicationLagHours is null ? $"each may be used as {MarketCalendar.CotRelease.Summary}" : $"each may be used {publicationLagHours:0.##} h after the day of the report", FindingSeverity.Info)
        {
            Count = bars.Count,
        });
        return new CsvImport(published, findings);
    }

    /// <summary>
    /// Share of the values of the last <paramref name="weeks"/> reports, this one included, that lie below this one, times 100: 0 … 100 · (1 − 1/weeks).
    /// NaN until the window is full. The symbol is <c>cot_REPORT_net_pct</c>; calendar and lag are those of the positions.
    /// </summary>
    public static BarSeries Percentile(BarSeries netPositions, int weeks = LongWindow)
    {
        if (weeks < 2)
        {
            throw new InvalidInputException(new Problem("invalid_window", "weeks", $"weeks = {weeks} is not allowed; allowed: 2 or more") { Value = weeks.ToString() });
        }

        var values = netPositions.Close;
        var shares = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var below = 0;
            for (var j = Math.Max(0, i - weeks + 1); j < i; j++)
            {
                below += values[j] < values[i] ? 1 : 0;
            }

            shares[i] = i < weeks - 1 ? double.NaN : 100.0 * below / weeks;
        }

        return ExternalSeries.Of(netPositions.Symbol.Replace("_net_pos", "_net_pct", StringComparison.Ordinal), netPositions.Timeframe, netPositions.Times.ToArray(), shares)
            .With(netPositions.Calendar, netPositions.PublicationLagMilliseconds);
    }

    private static void Select(ExternalTable table, string? market)
    {
        var name = table.Find("market and exchange names", "market", "contract market name");
        if (name < 0)
        {
            return;
        }

        if (market is not null)
        {
            table.Rows.RemoveAll(row => !row.Fields[name].StartsWith(market, StringComparison.OrdinalIgnoreCase));
        }

        var names = table.Rows.Select(row => row.Fields[name]).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToList();
        if (names.Count != 1)
        {
            throw new InvalidInputException(new Problem(
                "ambiguous_market", "market", names.Count == 0
                    ? $"no row of the file is of market '{market}'; allowed: the start of a market's name"
                    : $"the file holds {names.Count} markets and market is '{market}'; allowed: the start of one name, such as {string.Join(", ", names.Take(5).Select(n => $"'{n}'"))}")
            {
                Value = market,
            });
        }
    }
}
