using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Runs;

/// <summary>An ensemble over a window: every member's features with all history before it, regimes, context, decisions, the fills of any other backtest.</summary>
public static class EnsembleRun
{
    /// <param name="ensemble">What decides.</param>
    /// <param name="market">Bars of the base timeframe that end with the window.</param>
    /// <param name="start">Open time of the first bar of the window, Unix milliseconds UTC.</param>
    /// <param name="options">Account and costs, see <see cref="TrainedEnsemble.Options"/>.</param>
    /// <param name="memory">Indicators computed before.</param>
    /// <returns>A run of one seed: that of the gate.</returns>
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
        var routers = new IDecisions[starts.Length];
        for (var s = 0; s < routers.Length; s++)
        {
            var answers = ensemble.Active.ToDictionary(id => id, id => Answer(ensemble.Member(id), market, s, starts[s], memory, cancellation), StringComparer.Ordinal);
            routers[s] = ensemble.Router(market.Symbols[s], starts[s], answers);
        }

        var symbols = BacktestRun.Symbols(market, starts, routers);
        var result = Backtester.Run(symbols, options, new RunControl { Cancellation = cancellation });
        return new BacktestRun
        {
            Market = market,
            Starts = starts,
            Options = options,
            Seeds = [new SeedBacktestRun(ensemble.Gate.PrimarySeed.Seed, result, symbols)],
            Primary = 0,
            Daily = result.Daily,
        };
    }

    private static MemberAnswers Answer(TrainedStrategy member, MarketView market, int symbol, int start, IndicatorMemory? memory, CancellationToken cancellation)
    {
        var (bars, own) = (market.Symbols[symbol], market.Wider(symbol, Timeframe.Parse(TrainedEnsemble.TimeframeOf(member))));
        var inputs = market.InputsOf(member.Strategy, symbol);
        if (ReferenceEquals(bars, own))
        {
            return AnswersOf(member.Predict(inputs, bars.Timeframe.Name, start, bars.Count, memory, [member.Primary], cancellation));
        }

        var lastKnown = FeatureAlignment.Align(bars, own);
        var first = start < lastKnown.Length ? Math.Max(0, lastKnown[start]) : own.Count;
        return AnswersOf(member.Predict(inputs, own.Timeframe.Name, first, own.Count, memory, [member.Primary], cancellation)).Spread(lastKnown);
    }

    private static MemberAnswers AnswersOf(Predictions predictions) => new(predictions.Outputs[0], predictions.Ready);
}
