using static Ktrdr.Engine.MarketData.Durations;

namespace Ktrdr.Engine.MarketData;

/// <summary>How often an external series is observed.</summary>
public enum ObservationFrequency
{
    Daily,
    Weekly,
    Monthly,
    Quarterly,
}

/// <summary>
/// Series from outside the traded bars, as bars whose prices are all the value and whose volume is NaN; values may be negative. A bar is stamped with
/// the date the source gives the observation; <see cref="BarSeries.AvailableAt"/> says when it was published. Missing observations have no bar.
/// </summary>
/// <remarks>
/// Publication, unless another lag is stated. FRED daily: 18:00 New York on the next US business day. FRED weekly (dated by the end of its week or a day
/// in it): eight days after its date. FRED monthly and quarterly (dated by the first day of the period): 30 days after the period's end.
/// CFTC: Friday 15:30 New York after the Tuesday of the report. Weekly and sparser series are bars of 1w. FRED's files hold today's revision of
/// each value, not the first print; prefer series that are not revised.
/// </remarks>
public static class ExternalSeries
{
    public const double WeeklyLagHours = 24;
    public const double MonthlyLagHours = 30 * 24;

    /// <summary>Reads a file of FRED: a date column and one of values, "." where there is none.</summary>
    /// <param name="stream">CSV, plain or gzipped.</param>
    /// <param name="series">Id of the series, for instance DGS10. The symbol becomes <c>fred_DGS10</c>.</param>
    /// <param name="publicationLagHours">Hours from the end of an observation's day, week, month or quarter to its publication; null: the documented lag.</param>
    /// <exception cref="InvalidInputException">No such file; the message names row, value and what is allowed.</exception>
    public static CsvImport ReadFred(Stream stream, string series, double? publicationLagHours = null)
    {
        RequireCode("series", series);
        var table = ExternalTable.Read(stream);
        var date = table.Require("the date", "date", "observation date");
        var value = table.Find("value", series.ToLowerInvariant().Replace('_', ' '));
        if (value < 0)
        {
            value = table.Names.Count == 2 ? 1 - date : table.Require($"the values of {series}", "value", series);
        }

        var findings = new List<DataFinding>();
        var bars = ToBars($"fred_{series}", table, date, row => ExternalTable.Value(row.Fields[value], "value", row.Line), findings);
        return new CsvImport(Published(bars, publicationLagHours, findings), findings);
    }

    /// <summary>
    /// The same series published that many hours after the end of an observation's day, week, month (31 days) or quarter (92 days), its frequency
    /// taken from its spacing; no calendar moves it then.
    /// </summary>
    public static BarSeries WithPublicationLag(BarSeries series, double hours)
    {
        if (!(hours >= 0.0) || hours > 24.0 * 366.0)
        {
            throw new InvalidInputException(new Problem(
                "invalid_lag", "publication_lag_hours", $"publication_lag_hours = {hours:R} is not allowed; allowed: 0 to {24 * 366}")
            {
                Value = hours.ToString("R", null),
            });
        }

        var period = Frequency(series) switch
        {
            ObservationFrequency.Monthly => 31 * Day,
            ObservationFrequency.Quarterly => 92 * Day,
            _ => series.Timeframe.Milliseconds,
        };
        return series.With(MarketCalendar.None, Math.Max(0, period - series.Timeframe.Milliseconds) + (long)Math.Ceiling(hours * Hour));
    }

    /// <summary>How often the series is observed, by its median spacing.</summary>
    /// <exception cref="InvalidInputException">The spacing is none of them.</exception>
    public static ObservationFrequency Frequency(BarSeries series)
    {
        var steps = new long[Math.Max(0, series.Count - 1)];
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = series.Times[i + 1] - series.Times[i];
        }

        Array.Sort(steps);
        return (steps.Length == 0 ? Day : steps[steps.Length / 2]) switch
        {
            <= 4 * Day => ObservationFrequency.Daily,
            >= 6 * Day and <= 9 * Day => ObservationFrequency.Weekly,
            >= 27 * Day and <= 33 * Day => ObservationFrequency.Monthly,
            >= 88 * Day and <= 94 * Day => ObservationFrequency.Quarterly,
            var other => throw new InvalidInputException(new Problem(
                "unknown_frequency", "file", $"{series.Symbol}: observations are most often {Counted.Of(other / Day, "day")} apart; allowed: daily, weekly, monthly or quarterly observations")),
        };
    }

    /// <summary>
    /// A less B where both have an observation of the same date; published when the later of the two is. Named <c>yield_spread_A_B</c> after the FRED ids.
    /// </summary>
    /// <exception cref="InvalidInputException">They are of different timeframes or share no date.</exception>
    public static BarSeries Spread(BarSeries a, BarSeries b)
    {
        if (a.Timeframe != b.Timeframe)
        {
            throw new InvalidInputException(new Problem("different_timeframes", "series", $"{a.Symbol} is observed {a.Timeframe} and {b.Symbol} {b.Timeframe}; allowed: two series of one frequency"));
        }

        var (times, values) = (new List<long>(), new List<double>());
        for (int i = 0, j = 0; i < a.Count && j < b.Count;)
        {
            if (a.Times[i] == b.Times[j])
            {
                times.Add(a.Times[i]);
                values.Add(a.Close[i++] - b.Close[j++]);
            }
            else if (a.Times[i] < b.Times[j])
            {
                i++;
            }
            else
            {
                j++;
            }
        }

        if (times.Count == 0)
        {
            throw new InvalidInputException(new Problem("no_common_dates", "series", $"{a.Symbol} and {b.Symbol} have no date in common; allowed: series that overlap"));
        }

        var spread = Of($"yield_spread_{Code(a.Symbol)}_{Code(b.Symbol)}", a.Timeframe, [.. times], [.. values]);
        if (a.Calendar == b.Calendar)
        {
            return spread.With(a.Calendar, Math.Max(a.PublicationLagMilliseconds, b.PublicationLagMilliseconds));
        }

        // Two rules: the latest that either of them leads to, for every bar.
        var (ofA, ofB) = (spread.With(a.Calendar, a.PublicationLagMilliseconds), spread.With(b.Calendar, b.PublicationLagMilliseconds));
        var lag = 0L;
        for (var i = 0; i < spread.Count; i++)
        {
            lag = Math.Max(lag, Math.Max(ofA.AvailableAt(i), ofB.AvailableAt(i)) - spread.AvailableAt(i));
        }

        return spread.With(MarketCalendar.None, lag);
    }

    /// <summary>A series of dated values as bars.</summary>
    /// <param name="symbol">Its source id.</param>
    /// <param name="timeframe">1d, or 1w for anything sparser.</param>
    /// <param name="times">Stamps, ascending; taken over.</param>
    /// <param name="values">Values; taken over.</param>
    public static BarSeries Of(string symbol, Timeframe timeframe, long[] times, double[] values)
    {
        var none = new double[values.Length];
        Array.Fill(none, double.NaN);
        return new BarSeries(symbol, timeframe, times, values, values, values, values, none);
    }

    /// <summary>Turns rows into bars: sorted by date, missing values left out; a date that comes twice is an error.</summary>
    internal static BarSeries ToBars(
        string symbol, ExternalTable table, int dateColumn, Func<(int Line, string[] Fields), double?> valueOf, List<DataFinding> findings)
    {
        var observations = new List<(long Time, double Value, int Line)>();
        var (missing, firstMissing) = (0, 0);
        foreach (var row in table.Rows)
        {
            var time = ExternalTable.Date(row.Fields[dateColumn], row.Line);
            if (valueOf(row) is { } value)
            {
                observations.Add((time, value, row.Line));
            }
            else
            {
                firstMissing = missing++ == 0 ? row.Line : firstMissing;
            }
        }

        if (missing > 0)
        {
            findings.Add(new DataFinding("missing_value", firstMissing, $"{Counted.Of(missing, "row")} of {table.Rows.Count} without a value, left out", FindingSeverity.Info) { Count = missing });
        }

        if (observations.Count == 0)
        {
            throw new InvalidInputException(new Problem("no_rows", "file", $"{symbol}: no row has a value; allowed: at least one"));
        }

        observations.Sort((a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Line.CompareTo(b.Line));
        for (var i = 1; i < observations.Count; i++)
        {
            if (observations[i].Time == observations[i - 1].Time)
            {
                throw ExternalTable.Invalid("duplicate", observations[i].Line, $"date {CsvRowReader.Stamp(observations[i].Time)[..10]} comes a second time", "each date once");
            }
        }

        var daily = Of(symbol, Timeframe.OneDay, [.. observations.Select(o => o.Time)], [.. observations.Select(o => o.Value)]);
        return Frequency(daily) == ObservationFrequency.Daily ? daily : Of(symbol, Timeframe.OneWeek, daily.Times.ToArray(), daily.Close.ToArray());
    }

    /// <summary>Letters, digits and underscores that can stand in a source id.</summary>
    internal static void RequireCode(string field, string code)
    {
        if (code.Length is 0 or > 24 || code.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
        {
            throw new InvalidInputException(new Problem(
                "invalid_code", field, $"{field} = '{code}' is not allowed; allowed: 1 to 24 characters of A-Z, a-z, 0-9 and '_'")
            {
                Value = code,
            });
        }
    }

    private static BarSeries Published(BarSeries bars, double? lagHours, List<DataFinding> findings)
    {
        var frequency = Frequency(bars);
        var published = lagHours is { } stated ? WithPublicationLag(bars, stated)
            : frequency == ObservationFrequency.Daily ? bars.With(MarketCalendar.UsNextBusinessDay)
            : WithPublicationLag(bars, frequency == ObservationFrequency.Weekly ? WeeklyLagHours : MonthlyLagHours);
        var words = published.Calendar == MarketCalendar.None
            ? $"{(published.AvailableAt(0) - published.Times[0]) / (double)Day:0.##} days after its date"
            : published.Calendar.Summary;
        findings.Add(new DataFinding("publication_lag", 0, $"{frequency.ToString().ToLowerInvariant()} observations; each may be used {words}", FindingSeverity.Info) { Count = bars.Count });
        return published;
    }

    private static string Code(string symbol) => symbol.StartsWith("fred_", StringComparison.Ordinal) ? symbol[5..] : symbol;
}
