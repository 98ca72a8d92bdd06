using System.Globalization;
using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads what version 3.1 adds for a backtest: <c>costs</c>, <c>sizing</c>, <c>exits</c>.</summary>
internal static class AccountReader
{
    // As in a request; together at most 0.3 of the price per fill, so that a run at three times the costs is defined.
    private static readonly NumberKey Commission = new("commission", null, 0, 0.1, "Per side, as a fraction of the traded value.");
    private static readonly NumberKey PerUnit = new("per_unit", null, 0, 1e6, "Commission per unit and side, in account currency.");
    private static readonly NumberKey Minimum = new("minimum", null, 0, 1e6, "Least commission of a fill, in account currency.");
    private static readonly NumberKey Spread = new("spread", null, 0, 0.2, "Whole bid-ask spread as a fraction of price; half of it is paid per fill.");
    private static readonly NumberKey Slippage = new("slippage", null, 0, 0.1, "Per fill, against the trader, as a fraction of price.");
    private static readonly NumberKey Financing = new("financing", null, 0, 0.1, "Per day that a position is held over midnight UTC, as a fraction of its value.");

    public static readonly PartKey Costs = new("costs", new Shape(Commission, PerUnit, Minimum, Spread, Slippage, Financing), "What trading costs in a backtest; what is not given is the backtest's own.") { Since = "3.1" };

    private static readonly NumberKey Fraction = new("fraction", null, 0, 1, "Share of the available cash in a position.") { MinOpen = true };
    private static readonly NumberKey Units = new("units", null, 0, 1e12, "A fixed number of units.") { MinOpen = true };
    private static readonly NumberKey VolatilityTarget = new("volatility_target", null, 0, 10, "Annual volatility of a position, as a share of equity.") { MinOpen = true };
    private static readonly NumberKey Risk = new("risk_per_trade", null, 0, 1, "Share of equity that is lost at the stop; needs exits.stop.") { MinOpen = true };
    private static readonly FlagKey WholeUnits = new("whole_units", true, "Whether quantities are rounded down to whole units.");
    private static readonly NumberKey LotSize = new("lot_size", null, 0, 1e12, "Units in a lot; quantities are rounded down to whole lots.") { MinOpen = true };
    private static readonly IntegerKey Lookback = new("volatility_lookback", 20, 2, 10_000, "volatility_target: bars whose returns give the volatility.");

    public static readonly PartKey Sizing = new(
        "sizing", new Shape(Fraction, Units, VolatilityTarget, Risk, WholeUnits, LotSize, Lookback) { Rules = [() => Schemas.ExactlyOne(Fraction!, Units!, VolatilityTarget!, Risk!)] }, "How large a position is: one of fraction, units, volatility_target, risk_per_trade.")
    { Since = "3.1" };

    private static readonly NumberKey Percent = new("percent", null, 0, 1000, "In per cent of the price: 2 means 2 %.") { MinOpen = true };
    private static readonly NumberKey Atr = new("atr", null, 0, 1000, "In average true ranges as of the decision.") { MinOpen = true };
    private static readonly NumberKey Price = new("price", null, 0, 1e12, "As a distance in price.") { MinOpen = true };
    private static readonly NumberKey LossPercent = Percent with { Max = 100, MaxOpen = true };
    private static readonly Shape LossShape = new(LossPercent, Atr, Price) { Rules = [() => Schemas.ExactlyOne(LossPercent!, Atr!, Price!)] };
    private static readonly Shape GainShape = new(Percent, Atr, Price) { Rules = [() => Schemas.ExactlyOne(Percent!, Atr!, Price!)] };
    private static readonly PartKey Stop = new("stop", LossShape, "Loss at which a position is closed, from its entry price.");
    private static readonly PartKey Target = new("target", GainShape, "Gain at which a position is closed, from its entry price.");
    private static readonly PartKey Trailing = new("trailing", LossShape, "Distance from the best price of completed bars at which a position is closed.");
    private static readonly IntegerKey TimeBars = new("time_bars", null, 1, 1_000_000, "Bars after which a position is closed at the next open.");
    private static readonly IntegerKey AtrPeriod = new("atr_period", 14, 1, 200, "Bars of the average true range of levels in atr.");

    public static readonly PartKey Exits = new("exits", new Shape(Stop, Target, Trailing, TimeBars, AtrPeriod) { Rules = [() => Schemas.AtLeastOne(Stop!, Target!, Trailing!, TimeBars!)] }, "When a position is closed without a signal.") { Since = "3.1" };

    /// <summary>The schema's word for what <see cref="ReadSizing"/> says of a risk without a stop.</summary>
    public static JsonObject RiskNeedsStop()
    {
        var risk = Schemas.Required(Sizing.Name);
        risk["properties"] = new JsonObject { [Sizing.Name] = Schemas.Required(Risk.Name) };
        var stop = Schemas.Required(Exits.Name);
        stop["properties"] = new JsonObject { [Exits.Name] = Schemas.Required(Stop.Name) };
        return Schemas.When(risk, stop);
    }

    public static CostSpec? ReadCosts(Section root)
    {
        if (root.Part(Costs) is not { } section)
        {
            return null;
        }

        return new CostSpec(
            ShareOfPrice(Commission), ShareOfPrice(Slippage), ShareOfPrice(Spread), section.NumberOrNull(PerUnit), section.NumberOrNull(Minimum), section.NumberOrNull(Financing));

        double? ShareOfPrice(NumberKey key)
        {
            var share = section.NumberOrNull(key);
            if (share > 0.02)
            {
                section.Unusual(key, "is a fraction of price: more than 2 % is unusual");
            }

            return share;
        }
    }

    public static SizingSpec? ReadSizing(Section root, ExitSpec? exits)
    {
        if (root.Part(Sizing) is not { } section)
        {
            return null;
        }

        (SizingKind Kind, NumberKey Key)[] kinds = [(SizingKind.Fraction, Fraction), (SizingKind.Units, Units), (SizingKind.VolatilityTarget, VolatilityTarget), (SizingKind.RiskPerTrade, Risk)];
        var given = kinds.Where(k => section.Has(k.Key)).ToArray();
        var whole = section.Flag(WholeUnits);
        var lot = section.NumberOrNull(LotSize);
        var context = section.Context;
        if (given.Length != 1)
        {
            const string allowed = "exactly one of fraction, units, volatility_target, risk_per_trade";
            context.Report(section.Line, "conflict", section.Path, $"{section.Path} has {(given.Length == 0 ? "none" : string.Join(" and ", given.Select(g => g.Key.Name)))}; allowed: {allowed}.", allowed: allowed);
            return null;
        }

        var (kind, key) = given[0];
        if (kind != SizingKind.VolatilityTarget)
        {
            section.OnlyWith(Lookback, "volatility_target");
        }

        context.ReportIf(!whole && lot is not null, section.LineOf(LotSize), "conflict", section.PathOf(LotSize), $"{section.PathOf(LotSize)} does not go with whole_units: false; allowed: one of them.", "one of lot_size, whole_units: false");
        // Where exits are wrong altogether, that has been said.
        var stops = exits?.Stop is not null || root.Has(Exits) && (root.Part(Exits) is not { Count: > 0 } part || part.Has(Stop));
        context.ReportIf(
            kind == SizingKind.RiskPerTrade && !stops, section.LineOf(Risk), "conflict", section.PathOf(Risk), $"{section.PathOf(Risk)} needs exits.stop, which says where the risk ends; allowed: with exits.stop.", "with exits.stop");
        var least = lot ?? (whole ? 1 : 0);
        if (kind == SizingKind.Units && section.NumberOrNull(Units) < least)
        {
            section.Unusual(Units, $"is less than {(lot is null ? "a whole unit" : "a lot")}: nothing is ever bought; {(lot is null ? "with whole_units: false it is" : "write a multiple of lot_size")}");
        }

        return section.NumberOrNull(key) is { } amount
            ? new SizingSpec(kind, amount, whole, lot, kind == SizingKind.VolatilityTarget ? section.Integer(Lookback) : Lookback.Default!.Value)
            : null;
    }

    public static ExitSpec? ReadExits(Section root)
    {
        if (root.Part(Exits) is not { } section)
        {
            return null;
        }

        var spec = new ExitSpec(ReadLevel(section, Stop), ReadLevel(section, Target), ReadLevel(section, Trailing), section.IntegerOrNull(TimeBars));
        if (!section.Has(Stop) && !section.Has(Target) && !section.Has(Trailing) && !section.Has(TimeBars))
        {
            section.Context.Report(section.Line, "missing_key", section.Path, $"{section.Path} has no exit; allowed: stop, target, trailing, time_bars.", allowed: "at least one of stop, target, trailing, time_bars");
        }

        var atr = new[] { spec.Stop, spec.Target, spec.Trailing }.Any(l => l?.Unit == ExitUnit.Atr);
        if (!atr)
        {
            section.OnlyWith(AtrPeriod, "a level in atr");
            return spec;
        }

        return spec with { AtrPeriod = section.Integer(AtrPeriod) };
    }

    private static ExitLevel? ReadLevel(Section exits, PartKey key)
    {
        if (exits.Part(key) is not { } section)
        {
            return null;
        }

        (ExitUnit Unit, NumberKey Key)[] units = [(ExitUnit.Percent, key.Shape == LossShape ? LossPercent : Percent), (ExitUnit.Atr, Atr), (ExitUnit.Price, Price)];
        var given = units.Where(u => section.Has(u.Key)).ToArray();
        if (given.Length != 1)
        {
            section.Context.Report(
                section.Line, "conflict", section.Path, $"{section.Path} has {(given.Length == 0 ? "no distance" : string.Join(" and ", given.Select(g => g.Key.Name)))}; allowed: exactly one of percent, atr, price.", allowed: "exactly one of percent, atr, price");
            return null;
        }

        var (unit, level) = given[0];
        if (section.NumberOrNull(level) is not { } amount)
        {
            return null;
        }

        if (unit != ExitUnit.Percent)
        {
            return new ExitLevel(unit, amount);
        }

        if (amount < 0.02)
        {
            section.Unusual(Percent, $"is {amount.ToString("R", CultureInfo.InvariantCulture)} %, hardly a move; 2 means 2 %");
        }

        return new ExitLevel(unit, FromPercent(((ScalarNode)section.Take(level)!).Text));
    }

    /// <summary>A hundredth of a number as written, correctly rounded: "2.5" is exactly the double that "0.025" is.</summary>
    internal static double FromPercent(string text)
    {
        var (digits, power) = Scientific(text);
        return double.Parse(string.Create(CultureInfo.InvariantCulture, $"{digits}e{power - 2}"), NumberStyles.Float, CultureInfo.InvariantCulture);
    }

    /// <summary>The text whose hundredth is the fraction, to the bit.</summary>
    internal static string ToPercent(double fraction)
    {
        var text = fraction.ToString("R", CultureInfo.InvariantCulture);
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact) && exact != 0 && (double)exact == fraction)
        {
            return (exact * 100).ToString("G29", CultureInfo.InvariantCulture);
        }

        var (digits, power) = Scientific(text);
        return string.Create(CultureInfo.InvariantCulture, $"{digits}e{power + 2}");
    }

    /// <summary>A number's text as digits and a power of ten.</summary>
    private static (string Digits, int Power) Scientific(string text)
    {
        var exponent = text.IndexOfAny(['e', 'E']);
        return exponent < 0 ? (text, 0) : (text[..exponent], int.Parse(text.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }
}
