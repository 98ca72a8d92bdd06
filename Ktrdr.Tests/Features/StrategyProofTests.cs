using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Features;

/// <summary>A leak planted in each kind of node is found and named; without one nothing is.</summary>
public sealed class StrategyProofTests
{
    private static readonly int[] Cuts = [401, 550, 702];

    [Fact]
    public void Check_WholeWayToFills_HasNoLeak()
    {
        var (document, inputs) = FeatureStreamTests.Case("context", 900);
        var proof = Proof(document);

        Assert.Empty(PerturbationProof.Check(inputs, "1h", Cuts, 3, proof.Nodes));
        var nodes = proof.Nodes(inputs);
        Assert.Equal(
            [LeakKind.Indicator, LeakKind.Context, LeakKind.Feature, LeakKind.Window, LeakKind.Normalization, LeakKind.Decision, LeakKind.Fill], nodes.Select(n => n.Kind).Distinct().Order());
        Assert.True(nodes[^1].Count > 20);
    }

    [Fact]
    public void Check_ContextSeriesReadAhead_IsNamedBySource()
    {
        var (document, inputs) = FeatureStreamTests.Case("context", 900);
        var leaks = PerturbationProof.Check(inputs, "1h", Cuts, 3, Proof(document, (node, series) =>
        {
            var outputs = FeaturePipeline.Compute(node, series);
            if (node.IsContext)
            {
                outputs[0].AsSpan(1).CopyTo(outputs[0]);
            }

            return outputs;
        }).Nodes);

        Assert.Equal(Cuts.Length, leaks.Count);
        Assert.All(leaks, l => Assert.Equal((LeakKind.Context, "bands", "other"), (l.Kind, l.Node, l.Timeframe)));
        Assert.StartsWith("context bands on other looks ahead", leaks[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_ContextSeriesWithoutItsLag_IsNamed()
    {
        var (document, inputs) = FeatureStreamTests.Case("context", 900);

        var leaks = PerturbationProof.Check(inputs, "1h", Cuts, 3, changed => Proof(document).Nodes(changed with
        {
            Context = changed.Context.ToDictionary(c => c.Key, c => c.Value.With(MarketCalendar.None, 0)),
        }));

        Assert.Equal(Cuts, leaks.Select(l => l.CutPoint));
        Assert.All(leaks, l => Assert.Equal((LeakKind.Context, "other"), (l.Kind, l.Timeframe)));
    }

    [Fact]
    public void Check_WiderBarSeenFromItsBeginning_IsNamed()
    {
        // The original's mistake: a bar of four hours is visible, with its close, from its first minute.
        var (document, inputs) = FeatureStreamTests.Case("multi", 900);
        var leaks = PerturbationProof.Check(inputs, "1h", Cuts, 3, changed =>
        {
            var four = changed.Bars["4h"];
            long[] early = [.. four.Times.ToArray().Select(t => t - (3 * 3_600_000))];
            var bars = new Dictionary<string, BarSeries>(changed.Bars)
            {
                ["4h"] = new BarSeries(four.Symbol, four.Timeframe, early, four.Open.ToArray(), four.High.ToArray(), four.Low.ToArray(), four.Close.ToArray(), four.Volume.ToArray()),
            };
            return Proof(document).Nodes(new FeatureInputs(bars));
        });

        Assert.Contains(leaks, l => l is { Kind: LeakKind.Indicator, Node: "rsi_14", Timeframe: "4h" });
        Assert.DoesNotContain(leaks, l => l.Timeframe == "1h" && l.Kind == LeakKind.Indicator);
    }

    [Fact]
    public void Check_FeatureOfTheNextRow_IsNamed()
    {
        var (document, inputs) = FeatureStreamTests.Case("single", 900);
        var leaks = PerturbationProof.Check(inputs, "1h", Cuts, 3, changed =>
        {
            var bars = changed.Bars["1h"];
            var nodes = Proof(document).Nodes(changed).ToList();
            nodes.Add(new ProofNode
            {
                Kind = LeakKind.Feature,
                Name = "tomorrow",
                Timeframe = "1h",
                Count = bars.Count,
                KnownAt = (i, _) => bars.AvailableAt(i),
                Bits = i => BitConverter.DoubleToInt64Bits(i + 1 < bars.Count ? bars.Close[i + 1] : 0),
            });
            return nodes;
        });

        Assert.Equal(Cuts.Select(c => new Leak(LeakKind.Feature, "tomorrow", "1h", c, c)), leaks);
    }

    [Fact]
    public void Check_ScalerFittedOnAllRows_IsNamed()
    {
        var (document, inputs) = FeatureStreamTests.Case("single", 900);
        var proof = new StrategyProof(document, "1h") { Fit = (features, _) => Normalization.Fit(features, document, [.. Enumerable.Range(0, features.Rows)]) };

        var leaks = PerturbationProof.Check(inputs, "1h", Cuts, 3, proof.Nodes);

        Assert.Equal(Cuts.Select(c => (LeakKind.Normalization, c)), leaks.Select(l => (l.Kind, l.CutPoint)));
    }

    [Fact]
    public void Check_RowsChosenByTheirFuture_AreNamedAsWindow()
    {
        // An indicator that is missing where the next bar falls: the values that are there are right, which of them are there is not.
        var (document, inputs) = FeatureStreamTests.Case("single", 900);
        var nodes = Proof(document).Nodes(inputs);
        Assert.Contains(nodes, n => n.Kind == LeakKind.Window && n.Count == 900);
        var leaks = PerturbationProof.Check(inputs, "1h", Cuts, 3, changed =>
        {
            var series = changed.Bars["1h"];
            return
            [
                new ProofNode
                {
                    Kind = LeakKind.Window, Name = "window", Timeframe = "1h", Count = series.Count, KnownAt = (i, _) => series.AvailableAt(i), Bits = i => i + 1 < series.Count && series.Close[i + 1] < series.Close[i] ? 0 : 1,
                },
            ];
        });
        Assert.NotEmpty(leaks);
    }

    [Fact]
    public void Check_ModelThatAnswersWithTheNextRow_IsNamed()
    {
        var (document, inputs) = FeatureStreamTests.Case("single", 900);
        var sound = Proof(document);
        var proof = new StrategyProof(document, "1h")
        {
            Options = sound.Options,
            Model = features =>
            {
                var answer = sound.Model!(features);
                answer.Outputs.AsSpan(3).CopyTo(answer.Outputs);
                return answer;
            },
        };

        var leaks = PerturbationProof.Check(inputs, "1h", Cuts, 3, proof.Nodes);

        Assert.All(leaks, l => Assert.Equal((LeakKind.Decision, "decision", l.CutPoint), (l.Kind, l.Node, l.Index)));
        Assert.Equal(Cuts, leaks.Select(l => l.CutPoint).Distinct());
    }

    [Fact]
    public void Check_EntryFilledAtTheCloseOfItsBar_IsNamed()
    {
        var (document, inputs) = FeatureStreamTests.Case("single", 900);
        var sound = Proof(document);
        var bars = inputs.Bars["1h"];
        int[] cuts = [.. Fills(bars, sound).Where(f => f.Reason == FillReason.Entry).Select(f => f.Bar - 1).Where(b => b > 300).Take(3)];
        var proof = new StrategyProof(document, "1h")
        {
            Model = sound.Model,
            Fills = (series, decisions) =>
            [
                .. Backtester.Run(series, 200, series.Count, decisions, sound.Options!).Fills.Select(f => f.Reason == FillReason.Entry ? f with { Price = series.Close[f.Bar] } : f),
            ],
        };

        Assert.Empty(PerturbationProof.Check(inputs, "1h", cuts, 3, sound.Nodes));
        var leaks = PerturbationProof.Check(inputs, "1h", cuts, 3, proof.Nodes);
        Assert.Equal(cuts.Select(c => (LeakKind.Fill, c + 1, c)), leaks.Select(l => (l.Kind, l.Index, l.CutPoint)));
    }

    [Fact]
    public void Check_DecisionFilledBeforeItIsMade_IsNamed()
    {
        var (document, inputs) = FeatureStreamTests.Case("single", 900);
        var sound = Proof(document);
        var proof = new StrategyProof(document, "1h")
        {
            Model = sound.Model,
            Fills = (series, decisions) => [.. Backtester.Run(series, 200, series.Count, decisions, sound.Options!).Fills.Select(f => f with { Bar = f.Bar - 3 })],
        };

        Assert.Contains(PerturbationProof.Check(inputs, "1h", [.. Enumerable.Range(400, 12)], 3, proof.Nodes), l => l.Kind == LeakKind.Fill);
    }

    public static TheoryData<string> Files => ExampleStrategiesTests.Files;

    [Theory]
    [MemberData(nameof(Files))]
    public void LookaheadReport_ExampleStrategy_SeesNoFutureFromBarsToFills(string file)
    {
        var document = StrategyReader.Parse(File.ReadAllText(Path.Combine(Repository.Root, "strategies", file)));
        var bars = TestBars.Random(Timeframe.Parse(document.TrainingData.BaseTimeframe), 1500, 4, document.TrainingData.Symbol).With(MarketCalendar.For(document.TrainingData.Symbol));

        var report = LookaheadReport.Of(document, bars, Context(document, bars), all => Widened(document, all), 3, 5);

        Assert.Empty(report.Leaks);
        Assert.Equal(3, report.CutPoints.Count);
        Assert.Equal(FeatureNames.Of(document), report.Nodes.Where(n => n.Kind == LeakKind.Feature).Select(n => n.Node));
        if (document.Decisions.OutputFormat is OutputFormat.Classification or OutputFormat.Regression)
        {
            Assert.Contains(report.Nodes, n => n is { Kind: LeakKind.Fill, Values: > 5 });
        }
        else
        {
            Assert.DoesNotContain(report.Nodes, n => n.Kind == LeakKind.Fill);
        }
    }

    private static Dictionary<string, BarSeries> Context(StrategyDocument document, BarSeries bars) => document.ContextData
        .SelectMany(spec => ContextSeries.Of(spec, (symbol, _) => Stored(symbol, bars)))
        .ToDictionary(source => source.Key, source => source.Value, StringComparer.Ordinal);

    /// <summary>A price by the day for every day of the bars.</summary>
    private static BarSeries Stored(string symbol, BarSeries bars)
    {
        var daily = Resampler.Resample(bars, Timeframe.OneDay).Bars;
        return new BarSeries(symbol, Timeframe.OneDay, daily.Times.ToArray(), daily.Open.ToArray(), daily.High.ToArray(), daily.Low.ToArray(), daily.Close.ToArray(), daily.Volume.ToArray());
    }

    private static Dictionary<string, BarSeries> Widened(StrategyDocument document, BarSeries bars) => document.TrainingData.Timeframes.ToDictionary(
        t => t, t => t == bars.Timeframe.Name ? bars : Resampler.Resample(bars, Timeframe.Parse(t)).Bars);

    /// <summary>A model that buys and sells by the sign of a feature, so that there is much to fill.</summary>
    private static StrategyProof Proof(StrategyDocument document, IndicatorComputation? compute = null)
    {
        var function = new DecisionFunction(document.Decisions with { ConfidenceThreshold = 0, AllowShortFromFlat = true, MinSignalSeparation = new SignalSeparation(1, SeparationUnit.Bars) });
        return new StrategyProof(document, "1h")
        {
            Compute = compute ?? FeaturePipeline.Compute,
            Start = 200,
            Options = new BacktestOptions { InitialCapital = 100_000 },
            Model = features =>
            {
                var outputs = new float[features.Rows * 3];
                for (var row = 0; row < features.Rows; row++)
                {
                    var last = features.Row(row)[^1] + features.Row(row)[0];
                    var bits = BitConverter.SingleToInt32Bits(last) >> 3;
                    outputs[(row * 3) + ((bits % 3) + 3) % 3] = float.IsFinite(last) ? 1 : float.NaN;
                }

                return new ModelAnswer(outputs, new ModelDecisions(function, outputs, features.IsReady));
            },
        };
    }

    private static IReadOnlyList<Fill> Fills(BarSeries bars, StrategyProof proof)
    {
        var features = FeaturePipeline.Build(FeaturePipelineTests.Single, new Dictionary<string, BarSeries> { ["1h"] = bars }, "1h");
        return Backtester.Run(bars, 200, bars.Count, proof.Model!(features).Decisions!, proof.Options!).Fills;
    }
}
