using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Tests.Backtesting;

/// <summary>Options drawn from a seed: every cost, sizing and exit on or off, in some combination.</summary>
internal static class RandomOptions
{
    public static BacktestOptions Of(ulong seed)
    {
        var generator = new Generator(seed, "test-options");
        bool Maybe() => generator.NextInt(2) == 0;
        ExitLevel? Level(double scale) => generator.NextInt(4) switch
        {
            0 => new ExitLevel(ExitUnit.Percent, scale * 0.01),
            1 => new ExitLevel(ExitUnit.Atr, scale),
            2 => new ExitLevel(ExitUnit.Price, scale),
            _ => null,
        };

        var exits = Maybe()
            ? new ExitSpec(Level(2), Level(3), Level(2.5), Maybe() ? 1 + generator.NextInt(12) : null, AtrPeriod: 1 + generator.NextInt(10))
            : null;
        var kind = (SizingKind)generator.NextInt(4);
        kind = kind == SizingKind.RiskPerTrade && exits?.Stop is null ? SizingKind.Fraction : kind;
        var amount = kind switch { SizingKind.Fraction => 0.1 + (0.9 * generator.NextDouble()), SizingKind.Units => 300, SizingKind.VolatilityTarget => 0.3, _ => 0.02 };
        return new BacktestOptions
        {
            CommissionRate = Maybe() ? 0.0005 : 0,
            CommissionPerUnit = Maybe() ? 0.01 : 0,
            MinimumCommission = Maybe() ? 3 : 0,
            Slippage = Maybe() ? 0.0002 : 0,
            SpreadFraction = Maybe() ? 0.0004 : 0,
            FinancingPerDay = Maybe() ? 0.0003 : 0,
            RolloverHour = Maybe() ? 22 : 0,
            CostMultiplier = Maybe() ? 2 : 1,
            Sizing = new SizingSpec(kind, amount, WholeUnits: Maybe(), LotSize: generator.NextInt(4) == 0 ? 10 : null, VolatilityLookback: 15),
            Exits = exits,
            AllowShort = generator.NextInt(4) != 0,
            ReverseInOneStep = Maybe(),
            Instrument = Maybe() ? new InstrumentTerms() : new InstrumentTerms { ContractSize = 5, QuoteCurrency = "EUR", ConversionRate = 1.25 },
        };
    }

    /// <summary>Signals as they stand, or a model with every filter.</summary>
    public static IDecisions Decisions(ulong seed, int count) => seed % 3 == 0
        ? Market.RandomModel(seed, count, new DecisionSpec { ConfidenceThreshold = 0.4, AllowShortFromFlat = seed % 2 == 0, PositionAwareness = seed % 4 != 0, MinSignalSeparation = new SignalSeparation(seed % 5, seed % 2 == 0 ? SeparationUnit.Bars : SeparationUnit.Hours) })
        : new FixedDecisions(Market.RandomSignals(seed, count));
}
