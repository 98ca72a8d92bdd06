using System.Globalization;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>One seed's backtest.</summary>
/// <param name="Symbols">What was run, with the decisions.</param>
public sealed record SeedBacktestRun(ulong Seed, BacktestResult Result, IReadOnlyList<SymbolRun> Symbols);

/// <summary>A trained strategy over a window: features with all history before it, decisions, fills.</summary>
public sealed record BacktestRun
{
    /// <summary>Bars of every symbol up to the end of the window: nothing after it exists for the run.</summary>
    public required MarketView Market { get; init; }

    /// <summary>First bar of the window per symbol.</summary>
    public required IReadOnlyList<int> Starts { get; init; }

    public required BacktestOptions Options { get; init; }

    /// <summary>In the order of the strategy's seeds.</summary>
    public required IReadOnlyList<SeedBacktestRun> Seeds { get; init; }

    /// <summary>Place in <see cref="Seeds"/> of the one that trades, equity and figures are shown of.</summary>
    public required int Primary { get; init; }

    /// <summary>Daily net returns of all seeds with equal capital: what a trial is judged by.</summary>
    public required DailyReturns Daily { get; init; }

    public SeedBacktestRun Headline => Seeds[Primary];

    /// <summary>Each seed as a part of the run's stability; none where there is one seed only.</summary>
    public IReadOnlyList<StabilityPart> SeedParts => Seeds.Count < 2
        ? []
        : [.. Seeds.Select(s => new StabilityPart(StabilityKind.Seed, string.Create(CultureInfo.InvariantCulture, $"seed {s.Seed}"), s.Result.Metrics.DailySharpe, s.Result.Metrics.TotalReturn))];

    /// <summary>First bar of the window of the first symbol.</summary>
    public int Start => Starts[0];

    /// <summary>Runs every seed, one after the other.</summary>
    /// <param name="trained">What decides.</param>
    /// <param name="market">Bars that end with the window.</param>
    /// <param name="start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
    /// <param name="options">Account and costs.</param>
    /// <param name="memory">Indicators computed before.</param>
    /// <exception cref="InvalidInputException">The bars do not suit the strategy, the window is empty, an option is out of range, or the strategy's model does not trade by itself.</exception>
    public static BacktestRun Of(TrainedStrategy trained, MarketView market, long start, BacktestOptions options, IndicatorMemory? memory = null, CancellationToken cancellation = default)
    {
        trained.Strategy.RequireTrades();
        options = InQuoteCurrency(options, market);
        var starts = market.Symbols.Select(s => s.LowerBound(start)).ToArray();
        var function = new DecisionFunction(trained.Strategy.Decisions);
        var predicted = new Predictions[market.Symbols.Count];
        for (var s = 0; s < predicted.Length; s++)
        {
            var bars = market.Symbols[s];
            predicted[s] = trained.Predict(market.InputsOf(trained.Strategy, s), bars.Timeframe.Name, starts[s], bars.Count, memory, cancellation: cancellation);
        }

        var seeds = new SeedBacktestRun[trained.Seeds.Count];
        for (var i = 0; i < seeds.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var symbols = Symbols(market, starts, [.. predicted.Select(p => new ModelDecisions(function, p.Outputs[i], p.Ready))]);
            seeds[i] = new SeedBacktestRun(trained.Seeds[i].Seed, Backtester.Run(symbols, options, new RunControl { Cancellation = cancellation }), symbols);
        }

        return new BacktestRun { Market = market, Starts = starts, Options = options, Seeds = seeds, Primary = trained.Primary, Daily = DailyReturns.Average([.. seeds.Select(s => s.Result.Daily)]) };
    }

    /// <summary>Daily net returns of all seeds together with costs multiplied.</summary>
    public DailyReturns DailyAtCosts(double multiple, CancellationToken cancellation = default) => DailyAtCosts(multiple, [], cancellation);

    /// <summary>The same, where the headline seed has been run at some multiples of the costs and need not be again.</summary>
    public DailyReturns DailyAtCosts(double multiple, IReadOnlyList<CostStressResult> headline, CancellationToken cancellation = default)
    {
        var known = headline.FirstOrDefault(stress => stress.Multiple == multiple)?.Daily;
        return DailyReturns.Average([.. Seeds.Select((seed, i) => i == Primary && known is not null ? known : CostStressResult.Of(seed.Result, multiple, seed.Symbols, Options, cancellation).Daily)]);
    }

    /// <summary>The symbols that have bars in the window.</summary>
    internal static IReadOnlyList<SymbolRun> Symbols(MarketView market, IReadOnlyList<int> starts, IReadOnlyList<IDecisions> decisions)
    {
        var symbols = market.Symbols.Select((bars, s) => new SymbolRun(bars, starts[s], bars.Count, decisions[s], InstrumentTerms.Of(bars.Symbol))).Where(run => run.Start < run.EndExclusive).ToList();
        return symbols.Count > 0
            ? symbols
            : throw new InvalidInputException(new Problem("invalid_window", "window", $"no bar of {string.Join(", ", market.Symbols.Select(s => s.Symbol))} lies in the window; allowed: a window with at least one bar."));
    }

    /// <summary>The account is kept in the currency that the symbols are quoted in, where their names tell: no rate between currencies is known.</summary>
    internal static BacktestOptions InQuoteCurrency(BacktestOptions options, MarketView market)
    {
        var currencies = market.Symbols.Select(s => InstrumentTerms.Of(s.Symbol).QuoteCurrency).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        return currencies.Count switch
        {
            0 => options,
            1 => options with { AccountCurrency = currencies[0] },
            _ => throw new InvalidInputException(new Problem(
                "conversion_rate_missing", "symbols", $"symbols are quoted in {string.Join(" and ", currencies)}, and one account needs one currency; allowed: symbols that are quoted in the same one.")
            { Value = string.Join(", ", currencies) }),
        };
    }
}
