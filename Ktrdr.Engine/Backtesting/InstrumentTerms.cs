using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Backtesting;

/// <summary>What one unit of an instrument is worth in the account's currency.</summary>
public sealed record InstrumentTerms
{
    private const int CurrencyLetters = 3;

    /// <summary>Units of the underlying in one traded unit: 1 for shares and spot, 100 000 for a standard currency lot.</summary>
    public double ContractSize { get; init; } = 1;

    /// <summary>Currency of the prices; null: the account's.</summary>
    public string? QuoteCurrency { get; init; }

    /// <summary>Account currency for one unit of <see cref="QuoteCurrency"/>, constant over the run. Needed where the two differ, refused where they do not.</summary>
    public double? ConversionRate { get; init; }

    /// <summary>The terms of a symbol as far as its name tells: a pair of currencies is quoted in its second; everything else is left open.</summary>
    public static InstrumentTerms Of(string symbol)
    {
        var letters = new string([.. symbol.ToUpperInvariant().Where(char.IsAsciiLetter)]);
        return MarketCalendar.For(symbol) == MarketCalendar.Fx ? new InstrumentTerms { QuoteCurrency = letters[^CurrencyLetters..] } : new InstrumentTerms();
    }

    /// <summary>Account currency for one unit and a price of 1.</summary>
    internal double UnitValue => ContractSize * (ConversionRate ?? 1);

    /// <summary>Adds what is wrong to <paramref name="problems"/>.</summary>
    internal void Check(string accountCurrency, string path, List<Problem> problems)
    {
        if (!(ContractSize > 0) || !double.IsFinite(ContractSize))
        {
            problems.Add(BacktestOptions.OutOfRange($"{path}.contract_size", ContractSize, "more than 0"));
        }

        var isForeign = QuoteCurrency is not null && !string.Equals(QuoteCurrency, accountCurrency, StringComparison.OrdinalIgnoreCase);
        if (isForeign && ConversionRate is null)
        {
            problems.Add(new Problem(
                "conversion_rate_missing",
                $"{path}.conversion_rate",
                $"{path}.conversion_rate is not set: prices are quoted in {QuoteCurrency}, the account is in {accountCurrency}; allowed: {accountCurrency} for one {QuoteCurrency}."));
        }
        else if (isForeign && (!(ConversionRate > 0) || !double.IsFinite(ConversionRate.Value)))
        {
            problems.Add(BacktestOptions.OutOfRange($"{path}.conversion_rate", ConversionRate!.Value, "more than 0"));
        }
        else if (!isForeign && ConversionRate is { } rate && rate != 1)
        {
            problems.Add(BacktestOptions.OutOfRange($"{path}.conversion_rate", rate, $"nothing or 1: prices are quoted in the account's currency {accountCurrency}"));
        }
    }
}
