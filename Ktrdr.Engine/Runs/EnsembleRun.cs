using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>An ensemble over a window: every member's features with all history before it, regimes, context, decisions, the fills of any other backtest.</summary>
public static class EnsembleRun
{
    /// <param name="ensemble">What decides.</param>
    /// <param name="market">Bars of the base timeframe that end with the window.</param>
    /// <param name="start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
    /// <param name="options">Account and costs, see <see cref="TrainedEnsemble.Options"/>.</param>
    /// <param name="memory">Indicators computed before.</param>
    /// <returns>As many runs as <see cref="TrainedEnsemble.Seeds"/>, the first with every member's primary seed: it is the one that is shown.</returns>
    /// <exception cref="InvalidInputException">The bars do not suit a member, the window is empty, or an option is out of range.</exception>
    public static BacktestRun Of(TrainedEnsemble ensemble, MarketView market, long start, BacktestOptions options, IndicatorMemory? memory = null, CancellationToken cancellation = default)
    {
        if (market.Primary.Timeframe.Name != ensemble.BaseTimeframe)
        {
            throw new InvalidInputException(new Problem(
                "wrong_timeframe", "bars", $"bars of {market.Primary.Symbol} are of timeframe {market.Primary.Timeframe.Name}; allowed: {ensemble.BaseTimeframe}, that of the gate."));
        }

        options = BacktestRun.InQuoteCurrency(options, market);
        var starts = market.Symbols.Select(s => s.LowerBound(start)).ToArray();
        RequireStability(ensemble.Document.Composition.StabilityBars, market, starts);
        var answers = new Dictionary<string, MemberAnswers[]>[starts.Length];
        for (var s = 0; s < answers.Length; s++)
        {
            answers[s] = ensemble.Active.ToDictionary(id => id, id => Answers(ensemble.Member(id), market, s, starts[s], memory, cancellation), StringComparer.Ordinal);
        }

        var seeds = new SeedBacktestRun[ensemble.Seeds.Count];
        for (var i = 0; i < seeds.Length; i++)
        {
            var symbols = BacktestRun.Symbols(market, starts, [.. answers.Select((members, s) => ensemble.Router(
                market.Symbols[s], starts[s], members.ToDictionary(m => m.Key, m => m.Value[i % m.Value.Length], StringComparer.Ordinal)))]);
            seeds[i] = new SeedBacktestRun(ensemble.Seeds[i], Backtester.Run(symbols, options, new RunControl { Cancellation = cancellation }), symbols);
        }

        return new BacktestRun { Market = market, Starts = starts, Options = options, Seeds = seeds, Primary = 0, Daily = DailyReturns.Average([.. seeds.Select(s => s.Result.Daily)]) };
    }

    /// <summary>The regime of a window's first bar holds at once, and can change only after the stability's bars: a document that asks for more of them than usual and than there are would never route.</summary>
    private static void RequireStability(int stability, MarketView market, int[] starts)
    {
        var bars = market.Symbols.Select((symbol, s) => symbol.Count - starts[s]).Max();
        if (stability > EnsembleComposition.UsualStabilityBars && stability >= bars)
        {
            throw new InvalidInputException(BacktestOptions.OutOfRange(
                "composition.stability_bars", stability, $"fewer than the {Counted.Of(bars, "bar")} of {market.Primary.Timeframe.Name} in the window, or the regime of its first bar holds to its end"));
        }
    }

    /// <summary>What each of a member's networks says, the primary seed's first.</summary>
    private static MemberAnswers[] Answers(TrainedStrategy member, MarketView market, int symbol, int start, IndicatorMemory? memory, CancellationToken cancellation)
    {
        var (bars, own) = (market.Symbols[symbol], market.Wider(symbol, Timeframe.Parse(TrainedEnsemble.TimeframeOf(member))));
        var inputs = market.InputsOf(member.Strategy, symbol);
        if (ReferenceEquals(bars, own))
        {
            return AnswersOf(member.Predict(inputs, bars.Timeframe.Name, start, bars.Count, memory, member.PrimaryFirst, cancellation));
        }

        var lastKnown = FeatureAlignment.Align(bars, own);
        var first = start < lastKnown.Length ? Math.Max(0, lastKnown[start]) : own.Count;
        return [.. AnswersOf(member.Predict(inputs, own.Timeframe.Name, first, own.Count, memory, member.PrimaryFirst, cancellation)).Select(a => a.Spread(lastKnown))];
    }

    private static MemberAnswers[] AnswersOf(Predictions predictions) => [.. predictions.Outputs.Select(outputs => new MemberAnswers(outputs, predictions.Ready))];
}
