using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Backtesting;

/// <summary>What fills of one instrument cost, each rate multiplied by the cost multiplier once. Money is in account currency.</summary>
internal sealed class TradingCosts
{
    private readonly double _perUnit;
    private readonly double _minimum;
    private readonly double _unitValue;

    public TradingCosts(BacktestOptions options, InstrumentTerms instrument)
    {
        var multiplier = options.CostMultiplier;
        CommissionRate = options.CommissionRate * multiplier;
        _perUnit = options.CommissionPerUnit * multiplier;
        _minimum = options.MinimumCommission * multiplier;
        Slippage = options.Slippage * multiplier;
        HalfSpread = options.SpreadFraction * multiplier / 2;
        FinancingPerDay = options.FinancingPerDay * multiplier;
        _unitValue = instrument.UnitValue;
    }

    public double CommissionRate { get; }

    public double Slippage { get; }

    public double HalfSpread { get; }

    public double FinancingPerDay { get; }

    /// <summary>Account currency for one unit and a price of 1.</summary>
    public double UnitValue => _unitValue;

    /// <summary>What an order at the market pays (direction 1) or receives (direction -1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double MarketFill(double market, int direction) => market * (1 + (direction * (Slippage + HalfSpread)));

    /// <summary>The same for a limit order: half the spread, no slippage.</summary>
    public double LimitFill(double market, int direction) => market * (1 + (direction * HalfSpread));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Notional(double quantity, double price) => quantity * price * _unitValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double Commission(double quantity, double notional) => Math.Max(_minimum, (notional * CommissionRate) + (_perUnit * quantity));

    /// <summary>Units that <paramref name="money"/> pays for at <paramref name="price"/>, commission by rate and per unit included.</summary>
    public double Units(double money, double price) => _perUnit > 0
        ? money / ((price * _unitValue * (1 + CommissionRate)) + _perUnit)
        : money / (1 + CommissionRate) / (price * _unitValue);

    /// <summary>The same with the minimum commission too: the most that <paramref name="cash"/> can pay.</summary>
    public double Affordable(double cash, double price) => _minimum > 0
        ? Math.Min(Units(cash, price), (cash - _minimum) / (price * _unitValue))
        : Units(cash, price);
}
