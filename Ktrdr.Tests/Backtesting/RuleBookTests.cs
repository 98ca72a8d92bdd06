using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>Both loops against <see cref="RuleBook"/>, which was written from the page of rules and shares no code with them.</summary>
public sealed class RuleBookTests
{
    private const int Batch = 150;
    private const double Tolerance = 1e-9;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_AnyAccount_GivesTheFillsAndTheEquityOfTheRules(int batch)
    {
        for (var seed = (ulong)(batch * Batch); seed < (ulong)((batch + 1) * Batch); seed++)
        {
            var options = RandomOptions.Of(seed);
            var generator = new Generator(seed, "rule-book");
            var runs = new SymbolRun[generator.NextInt(3) == 0 ? 1 + generator.NextInt(3) : 1];
            var books = new RuleBook.Book[runs.Length];
            for (var s = 0; s < runs.Length; s++)
            {
                var bars = Market.RandomWithHoles(seed + (1000 * (ulong)s), $"S{s}", 60 + generator.NextInt(400));
                var signals = Market.RandomSignals(seed + (77 * (ulong)s), bars.Count);
                if (generator.NextInt(3) == 0)
                {
                    signals[bars.Count / 2] = Signal.Close;
                }

                var (start, end) = (generator.NextInt(25), bars.Count - generator.NextInt(10));
                runs[s] = new SymbolRun(bars, start, end, new FixedDecisions(signals));
                books[s] = new RuleBook.Book(bars, start, end, signals);
            }

            var rules = new RuleBook(books, options);
            rules.Run();
            Compare(seed, rules, Backtester.Run(runs, options));
            Compare(seed, rules, Backtester.Run(runs, options, new RunControl { Checkpoint = _ => { }, CheckpointInterval = 41 }));
        }
    }

    private static void Compare(ulong seed, RuleBook rules, BacktestResult result)
    {
        for (var i = 0; i < Math.Min(rules.Fills.Count, result.Fills.Count); i++)
        {
            var (expected, fill) = (rules.Fills[i], result.Fills[i]);
            var isSame = (expected.Symbol, expected.Bar, expected.Time, expected.Side, expected.Reason) == (fill.Symbol, fill.Bar, fill.Time, fill.Side, fill.Reason);
            Assert.True(
                isSame && Near(expected.Market, fill.MarketPrice) && Near(expected.Price, fill.Price) && Near(expected.Quantity, fill.Quantity) && Near(expected.Cash, fill.CashAfter),
                $"account {seed}, fill {i}: {expected} by the rules, {fill} found");
        }

        Assert.Equal(rules.Fills.Count, result.Fills.Count);
        Assert.Equal(rules.Equity.Count, result.Equity.Length);
        Assert.All(rules.Equity.Zip(result.Equity), pair => Assert.True(Near(pair.First, pair.Second), $"account {seed}: equity {pair.First:R} by the rules, {pair.Second:R} found"));
        Assert.Equal(rules.NetPnl.Count, result.Trades.Count);
        Assert.All(rules.NetPnl.Zip(result.Trades), pair => Assert.True(Near(pair.First, pair.Second.NetPnl), $"account {seed}: {pair.First:R} by the rules, {pair.Second.NetPnl:R} found"));
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) <= Tolerance * Math.Max(1, Math.Max(Math.Abs(a), Math.Abs(b)));
}
