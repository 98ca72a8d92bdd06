using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Features;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// What each seed's network answers to the last rows up to some cut points, shown no row after them. A run that was decided by anything else at one of these rows may know what comes after it:
/// rows that are shifted between a network and its decisions are a leak though neither of the two has one.
/// </summary>
internal sealed class RunAnswers
{
    /// <summary>Rows up to a cut that are compared.</summary>
    private const int RowsBefore = 256;

    private readonly BarSeries _bars;
    private readonly int _width;
    private readonly IReadOnlyList<Stretch> _stretches;

    private RunAnswers(BarSeries bars, int width, IReadOnlyList<Stretch> stretches) => (_bars, _width, _stretches) = (bars, width, stretches);

    /// <param name="trained">Its networks answer.</param>
    /// <param name="market">Bars of one symbol that end with the window.</param>
    /// <param name="cuts">Rows that nothing is shown after. One that is too early for a whole window of rows is not tried.</param>
    /// <param name="memory">Indicators computed before.</param>
    /// <exception cref="InvalidInputException">The bars do not suit the strategy.</exception>
    public static RunAnswers Of(TrainedStrategy trained, MarketView market, IReadOnlyList<int> cuts, IndicatorMemory? memory = null)
    {
        var bars = market.Primary;
        using var stream = FeatureStream.Open(trained.Strategy, market.InputsOf(trained.Strategy, 0), bars.Timeframe.Name, trained.Normalization, memory);
        var (before, width) = (trained.SequenceLength - 1, trained.PrimarySeed.Network.Shape.Outputs);
        var stretches = new List<Stretch>();
        foreach (var cut in cuts.Where(cut => cut >= before))
        {
            var first = Math.Max(before, cut + 1 - RowsBefore);
            var origin = first - before;
            var (values, ready) = (new float[(cut + 1 - origin) * stream.Columns], new bool[cut + 1 - origin]);
            stream.Fill(origin, values, ready);
            var whole = FeatureMatrix.WindowReady(ready, stream.StartsRun[origin..(cut + 1)], trained.SequenceLength);
            var outputs = new float[trained.Seeds.Count][];
            for (var s = 0; s < outputs.Length; s++)
            {
                outputs[s] = new float[(cut + 1 - first) * width];
                trained.Seeds[s].Network.Predict(values, before, cut + 1 - first, outputs[s]);
            }

            stretches.Add(new Stretch(cut, first, whole[before..], outputs));
        }

        return new RunAnswers(bars, width, stretches);
    }

    /// <summary>Holds what decided each seed's run of these bars against the answers, bit for bit. A cut point was tried where one of the rows up to it is complete: no other is decided.</summary>
    /// <exception cref="InvalidInputException">The run has no bar of the symbol: nothing of it can be proven.</exception>
    public LookaheadReport Check(BacktestRun run)
    {
        var timeframe = _bars.Timeframe.Name;
        var leaks = new List<Leak>();
        var tried = new SortedSet<int>();
        var (compared, start) = (0, Traded(run.Headline, _bars).Start);
        for (var s = 0; s < run.Seeds.Count; s++)
        {
            var traded = Traded(run.Seeds[s], _bars);
            var decisions = DecisionsOf(traded);
            foreach (var stretch in _stretches)
            {
                for (var row = Math.Max(stretch.First, traded.Start); row <= stretch.Cut; row++, compared++)
                {
                    var at = row - stretch.First;
                    if (stretch.Ready[at])
                    {
                        tried.Add(stretch.Cut);
                    }

                    if (!decisions.Says(row, stretch.Ready[at], stretch.Outputs[s].AsSpan(at * _width, _width)))
                    {
                        leaks.Add(new Leak(LeakKind.Decision, "answers", timeframe, row, stretch.Cut));
                        break;
                    }
                }
            }
        }

        return new LookaheadReport([TriedSymbol.Of(_bars, start, [.. tried])], [new CheckedNode(LeakKind.Decision, "answers", timeframe, compared)], [.. leaks.Distinct()]);
    }

    /// <summary>What a seed's run did on some bars.</summary>
    /// <exception cref="InvalidInputException">Nothing: none of them lies in the window.</exception>
    public static SymbolRun Traded(SeedBacktestRun seed, BarSeries bars) =>
        seed.Symbols.FirstOrDefault(s => ReferenceEquals(s.Bars, bars)) ?? throw new InvalidInputException(new Problem(
            "unproven", "window", $"no bar of {bars.Symbol} lies in the window, so that its part of the run cannot be proven to see no future; allowed: a window with bars of it."));

    /// <summary>The model's answers that a symbol was traded by.</summary>
    public static ModelDecisions DecisionsOf(SymbolRun traded) => traded.Decisions as ModelDecisions
        ?? throw new InvalidOperationException($"{traded.Bars.Symbol} was decided by {traded.Decisions.GetType().Name}, which no model's answers can be held against");

    /// <param name="Cut">The last row.</param>
    /// <param name="First">The first row.</param>
    /// <param name="Ready">Per row, whether its window of features is complete.</param>
    /// <param name="Outputs">Per seed, row-major.</param>
    private sealed record Stretch(int Cut, int First, bool[] Ready, float[][] Outputs);
}
