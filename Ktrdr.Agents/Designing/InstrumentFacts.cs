using System.Globalization;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>What a designer must know of an instrument before it has seen a bar: what trading costs and how far a bar moves.</summary>
/// <param name="Costs">Each a fraction of price, on the careful side of what a private account pays.</param>
/// <param name="AnnualVolatility">Standard deviation of a year's return, a round figure: it scales fuzzy sets, never results.</param>
/// <param name="TradingHoursPerYear">Hours in which bars shorter than a day exist.</param>
internal sealed record InstrumentFacts(CostSpec Costs, double AnnualVolatility, double TradingHoursPerYear)
{
    private const double TradingDaysPerYear = 252;

    private static readonly InstrumentFacts ForeignExchange = new(new CostSpec(0.00003, 0.00002, 0.0001), 0.08, 6_240);
    private static readonly InstrumentFacts Metal = new(new CostSpec(0.00004, 0.00003, 0.0002), 0.16, 5_900);
    private static readonly InstrumentFacts Security = new(new CostSpec(0.00005, 0.0001, 0.0001), 0.2, 1_638);

    private static readonly string[] Currencies =
        ["AUD", "CAD", "CHF", "CNH", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "JPY", "MXN", "NOK", "NZD", "PLN", "SEK", "SGD", "TRY", "USD", "ZAR"];

    private static readonly string[] Metals = ["XAU", "XAG", "XPT", "XPD"];

    /// <summary>Costs of entering and leaving, as a fraction of price.</summary>
    public double RoundTripCost => 2 * (Costs.Commission!.Value + Costs.Slippage!.Value + (Costs.Spread!.Value / 2));

    /// <summary>By the form of the name: a currency pair, a metal, a generated market (as cheap as a currency pair), else a security.</summary>
    public static InstrumentFacts Of(string symbol)
    {
        var letters = new string([.. symbol.Where(char.IsAsciiLetter)]).ToUpperInvariant();
        if (letters.StartsWith("SYNTH", StringComparison.Ordinal))
        {
            return ForeignExchange;
        }

        if (letters.Length != 6 || !Currencies.Contains(letters[3..]))
        {
            return Security;
        }

        return Metals.Contains(letters[..3]) ? Metal : Currencies.Contains(letters[..3]) ? ForeignExchange : Security;
    }

    /// <summary>Standard deviation of the return over some bars, in percent.</summary>
    /// <param name="timeframe">Name of a timeframe, such as 15m or 1h.</param>
    /// <param name="bars">How many of them.</param>
    public double PercentOver(string timeframe, int bars)
    {
        var hours = HoursOf(timeframe);
        var barsPerYear = hours >= 24 ? TradingDaysPerYear * 24 / hours : TradingHoursPerYear / hours;
        return 100 * AnnualVolatility * Math.Sqrt(bars / barsPerYear);
    }

    private static double HoursOf(string timeframe)
    {
        var unit = timeframe[^1] switch
        {
            'm' => 1 / 60.0,
            'h' => 1,
            'd' => 24,
            'w' => 168,
            _ => throw new ArgumentException($"The timeframe is '{timeframe}'; allowed: a number with m, h, d or w.", nameof(timeframe)),
        };
        return unit * int.Parse(timeframe[..^1], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
