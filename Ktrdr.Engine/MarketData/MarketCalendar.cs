using System.Diagnostics.CodeAnalysis;

namespace Ktrdr.Engine.MarketData;

/// <summary>When a market trades: decides when a daily or weekly bar is complete and which missing bars are expected.</summary>
public sealed class MarketCalendar
{
    private const string Currencies = "AUD CAD CHF CNH CZK DKK EUR GBP HKD HUF ILS JPY MXN NOK NZD PLN SEK SGD THB TRY USD ZAR";
    private const string Coins = "ADA AVAX BCH BNB BTC DOGE DOT ETH LINK LTC MATIC SOL TRX XBT XLM XMR XRP";
    private const string CoinQuotes = "BUSD EUR GBP USD USDC USDT";
    private const string Shares = "AAPL AMD AMZN AVGO BAC BRK.A BRK.B COST CRM CSCO CVX DIA DIS EEM EFA GE GLD GOOG GOOGL HD HYG IBM INTC IWM JNJ JPM KO LQD MA MCD META MRK MSFT NFLX NVDA ORCL PEP PFE PG QQQ SLV SPY T TLT TSLA UNH V VOO VTI VZ WMT XLE XLF XLK XOM";

    private readonly Lazy<TradingSessions>? _sessions;
    private readonly Lazy<TradingSessions>? _expected;
    private readonly Lazy<TradingSessions>? _days;
    private readonly Func<long, long>? _published;

    private MarketCalendar(string name, string summary, Func<TradingSessions>? sessions = null, Func<TradingSessions>? expected = null, Func<TradingSessions>? days = null, Func<long, long>? published = null)
    {
        _days = days is null ? null : new Lazy<TradingSessions>(days);
        _published = published;
        Name = name;
        Summary = summary;
        _sessions = sessions is null ? null : new Lazy<TradingSessions>(sessions);
        _expected = expected is null ? _sessions : new Lazy<TradingSessions>(expected);
    }

    /// <summary>Nothing is known: a bar is complete a timeframe after its stamp, and gaps are judged by how they look.</summary>
    public static MarketCalendar None { get; } = new("none", "nothing is known about sessions");

    /// <summary>Always open: every missing bar is unexpected.</summary>
    public static MarketCalendar AlwaysOpen { get; } = new("24x7", "always open");

    /// <summary>Sunday 17:00 to Friday 17:00 New York.</summary>
    public static MarketCalendar Fx { get; } = new("fx", "Sunday 17:00 to Friday 17:00 New York", FxWeek.Sessions, FxWeek.Expected, FxWeek.Days);

    /// <summary>9:30 to 16:00 New York on days the exchange is open, 13:00 on early closes.</summary>
    public static MarketCalendar UsEquities { get; } = new("us_equities", "9:30 to 16:00 New York on exchange days", UsEquitySessions.Sessions);

    /// <summary>Daily observations that are published at 18:00 New York on the next US business day.</summary>
    public static MarketCalendar UsNextBusinessDay { get; } = new("us_next_business_day", "published by 18:00 New York on the next US business day", published: PublicationTimes.NextBusinessDay);

    /// <summary>Commitments of traders as of Tuesday.</summary>
    public static MarketCalendar CotRelease { get; } = new("cftc_cot", "published Friday 15:30 New York, the next Monday in weeks with a federal holiday", published: PublicationTimes.CotRelease);

    public static IReadOnlyList<MarketCalendar> All { get; } = [None, AlwaysOpen, Fx, UsEquities, UsNextBusinessDay, CotRelease];

    /// <summary>The name in documents, requests and bar files.</summary>
    public string Name { get; }

    /// <summary>A few words for reports.</summary>
    public string Summary { get; }

    /// <summary>Sessions that trade; null where they are not known or never end.</summary>
    internal TradingSessions? Sessions => _sessions?.Value;

    /// <summary>Stretches in which bars must be; null where that is not known, or always.</summary>
    internal TradingSessions? Expected => _expected?.Value;

    /// <summary>One stretch per trading date; null where days are those of UTC.</summary>
    internal TradingSessions? Days => _days?.Value ?? Sessions;

    /// <summary>Whether a bar of that width can be complete at another time than a timeframe after its stamp.</summary>
    internal bool Moves(Timeframe timeframe)
        => _sessions is not null && timeframe.Milliseconds >= Timeframe.OneDay.Milliseconds || _published is not null && timeframe == Timeframe.OneDay;

    /// <summary>
    /// The calendar of a symbol by its name: pairs of currencies, pairs of coins, and a list of large US shares and funds; <see cref="None"/> for
    /// every other. A pair may have one of <c>/ _ - .</c> between its parts.
    /// </summary>
    public static MarketCalendar For(string symbol)
    {
        var name = symbol.ToUpperInvariant();
        if (Has(Shares, name))
        {
            return UsEquities;
        }

        var pair = string.Concat(name.Where(c => c is not ('/' or '_' or '-' or '.')));
        if (pair.Length == 6 && Has(Currencies, pair[..3]) && Has(Currencies, pair[3..]) && pair[..3] != pair[3..])
        {
            return Fx;
        }

        return Enumerable.Range(3, Math.Max(0, pair.Length - 5)).Any(cut => cut < pair.Length && Has(Coins, pair[..cut]) && Has(CoinQuotes, pair[cut..])) ? AlwaysOpen : None;
    }

    public static bool TryParse(string? name, [NotNullWhen(true)] out MarketCalendar? calendar)
    {
        calendar = All.FirstOrDefault(c => c.Name == name);
        return calendar is not null;
    }

    /// <exception cref="InvalidInputException">There is no calendar of that name; the message lists them.</exception>
    public static MarketCalendar Parse(string? name)
    {
        if (TryParse(name, out var calendar))
        {
            return calendar;
        }

        var allowed = string.Join(", ", All.Select(c => c.Name));
        throw new InvalidInputException(new Problem("unknown_calendar", "calendar", $"calendar '{name}' is not known; allowed: {allowed}") { Value = name, Allowed = allowed });
    }

    /// <summary>
    /// When a bar is complete, Unix milliseconds UTC. A bar of a day or a week ends with the last session close inside it where the market is shut
    /// up to its nominal end: a daily bar of a US share stamped with its trading date is complete at 16:00 New York that day. Every other bar, and
    /// one on a day without a session, is complete a timeframe after its stamp: never earlier than its last trade. Daily observations of an agency
    /// are complete when it publishes them.
    /// </summary>
    public long CompleteAt(long stamp, Timeframe timeframe)
    {
        var end = stamp + timeframe.Milliseconds;
        return !Moves(timeframe) ? end : _published?.Invoke(stamp) ?? Sessions?.TradedUntil(stamp, end) ?? end;
    }

    public override string ToString() => Name;

    private static bool Has(string names, string name) => name.Length > 0 && names.Split(' ').Contains(name, StringComparer.Ordinal);
}
