using Ktrdr.Engine;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Strategies;
using Xunit;

namespace Ktrdr.Tests.Runs;

/// <summary>Documents drawn from the whole grammar over few, many, flat and broken bars: trained, tested on folds, run and judged, or refused with a typed error.</summary>
public sealed class AnyDocumentTests
{
    private const int Batch = 40;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_AnyDocument_IsATypedErrorOrADefinedResult(int batch)
    {
        var trained = 0;
        for (var seed = (ulong)(batch * Batch); seed < (ulong)((batch + 1) * Batch); seed++)
        {
            var generator = new Generator(seed, "any-run");
            var strategy = Small(RandomDocuments.Create(seed), generator);
            try
            {
                Run(strategy, Market(strategy, generator), generator);
                trained++;
            }
            catch (InvalidInputException refused)
            {
                Assert.All(refused.Problems, p => Assert.True(p.Code.Length > 0 && p.Message.Length > 20, $"document {seed}: {p}"));
            }
        }

        Assert.True(trained > 2, $"only {trained} of {Batch} documents could be trained");
    }

    private static void Run(StrategyDocument strategy, MarketView market, Generator generator)
    {
        var bars = market.Primary;
        var middle = bars.Times[bars.Count * 2 / 3];
        var known = market.Before(middle);
        var trained = Trainings.Train(strategy, known, middle);
        Assert.True(trained.PrimarySeed.ValidationLoss is null || double.IsFinite(trained.PrimarySeed.ValidationLoss.Value));
        if (strategy.Validation is not null && generator.NextInt(2) == 0)
        {
            new FoldRun(strategy, known, TrainingRun.Table(strategy, known, long.MinValue), [1], 1, BacktestOptions.From(strategy)).Run(1);
        }

        if (strategy.Decisions.OutputFormat is not (OutputFormat.Classification or OutputFormat.Regression))
        {
            return;
        }

        var run = BacktestRun.Of(trained, market, middle, BacktestOptions.From(strategy));
        var result = run.Headline.Result;
        Assert.All(result.Equity, equity => Assert.True(double.IsFinite(equity)));
        foreach (var property in typeof(BacktestMetrics).GetProperties())
        {
            Assert.True(property.GetValue(result.Metrics) is not double value || double.IsFinite(value), $"{property.Name} of {strategy.Name}");
        }

        var statistics = RunStatistics.Of(result, run.Headline.Symbols, run.Options, 1, new RunStatisticsOptions { Replications = 40, RandomRuns = 2 });
        Assert.All(statistics.Intervals.Intervals, i => Assert.True(i.Lower is null || i.Lower <= i.Upper));
        Assert.Empty(RunProof.Of(trained, run, 1, 1).Leaks);

        // A sweep trains, runs and proves it by other ways, and refuses nothing that a training and a backtest do not.
        var sweep = new SweepRun(market, (long.MinValue, middle), (middle, long.MaxValue), [1], null, BacktestOptions.From);
        var (swept, refused) = ((VariantOutcome?)null, (InvalidInputException?)null);
        sweep.RunAll([strategy with { Seeds = [] }], 1, (_, outcome, reason) => (swept, refused) = (outcome, reason));
        Assert.True(swept is not null, refused?.Message);
        Assert.Equal(trained.PrimarySeed.Network.WeightsHash(), swept.Trained.PrimarySeed.Network.WeightsHash());
        Assert.Equal(result.TradeListHash, swept.Backtest.Headline.Result.TradeListHash);
        Assert.Empty(swept.Proof.Leaks);
    }

    /// <summary>Networks and windows of a size that trains in a moment on a few hundred bars.</summary>
    private static StrategyDocument Small(StrategyDocument strategy, Generator generator)
    {
        var model = strategy.Model with { HiddenLayers = [1 + generator.NextInt(6), 3], HiddenSize = 1 + generator.NextInt(5), Layers = 1 + generator.NextInt(2) };
        model = model.Kind switch
        {
            ModelKind.Lstm or ModelKind.Gru => model with { SequenceLength = 2 + generator.NextInt(4) },
            ModelKind.Tsk => model with { Tsk = new TskSpec(2 + generator.NextInt(2), 2 + generator.NextInt(6), 0.01) },
            _ => model,
        };
        var labels = strategy.Training.Labels with
        {
            Horizon = 1 + generator.NextInt(8),
            MaxHoldingPeriod = 1 + generator.NextInt(10),
            VolSpan = 2 + generator.NextInt(20),
            ZigzagThreshold = 0.002 + (0.02 * generator.NextDouble()),
            AtrPeriod = 2 + generator.NextInt(6),
            VolLookback = 2 + generator.NextInt(20),
        };
        return strategy with
        {
            Model = model,
            TrainingData = strategy.TrainingData with { HistoryRequired = null },
            Inputs = strategy.Inputs.Take(1 + generator.NextInt(4)).ToSequence(),
            Validation = strategy.Validation is null ? null : strategy.Validation with { Folds = 3, TestFolds = 1, EmbargoBars = null },
            Training = strategy.Training with { Epochs = 1 + generator.NextInt(2), Labels = labels },
        };
    }

    private static MarketView Market(StrategyDocument strategy, Generator generator)
    {
        var count = generator.NextInt(5) == 0 ? 3 + generator.NextInt(60) : 400 + generator.NextInt(900);
        var kind = generator.NextInt(8);
        BarSeries Bars(string name)
        {
            var like = SyntheticMarket.Planted(generator.NextUInt64(), count, symbol: "SYNTH");
            return kind switch
            {
                0 => Trainings.Bars(name, like, close: _ => 1.25),
                1 => Trainings.Bars(name, like, volume: 0),
                2 => Trainings.Bars(name, like, close: i => i == count / 2 ? double.NaN : like.Close[i]),
                3 => Trainings.Bars(name, like, keep: i => i < 2 || i % 7 != 3),
                _ => Trainings.Bars(name, like),
            };
        }

        var context = new SortedDictionary<string, BarSeries>(StringComparer.Ordinal);
        foreach (var id in strategy.ContextData.SelectMany(c => c.SourceIds()))
        {
            context[id] = Bars(id).With(MarketCalendar.None, 3_600_000);
        }

        return new MarketView([.. strategy.TrainingData.Symbols.Take(2).Select(Bars)], context);
    }
}
