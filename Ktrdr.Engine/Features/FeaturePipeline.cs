using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>Computes the outputs of one indicator node over the bars of its timeframe; the seam through which tests plant a leak.</summary>
internal delegate double[][] IndicatorComputation(IndicatorNode node, BarSeries bars);

/// <summary>
/// The one way from bars to features: training, backtest and explanation use it. A row belongs to a bar of the base timeframe and sees, on every timeframe, exactly the bars that are complete
/// (<see cref="BarSeries.AvailableAt"/>) when that bar is. Give whole series from the dataset's first bar, so that recursive indicators have the same history everywhere.
/// </summary>
public static class FeaturePipeline
{
    private const int Tile = 512;

    /// <summary>Builds the features of a strategy, raw inputs not yet normalised: see <see cref="Normalization"/>.</summary>
    /// <param name="document">A checked strategy.</param>
    /// <param name="barsByTimeframe">Bars of one symbol by timeframe name; every timeframe the inputs use must be there.</param>
    /// <param name="baseTimeframe">Name of the timeframe whose bars are the rows; one of the strategy's training timeframes.</param>
    /// <exception cref="InvalidInputException">A timeframe is missing, symbols differ, or the strategy may not be run on these bars.</exception>
    public static FeatureMatrix Build(StrategyDocument document, IReadOnlyDictionary<string, BarSeries> barsByTimeframe, string baseTimeframe) =>
        Build(document, barsByTimeframe, baseTimeframe, Compute);

    internal static double[][] Compute(IndicatorNode node, BarSeries bars) => node.Type.Compute(bars, node.Arguments);

    internal static FeatureMatrix Build(StrategyDocument document, IReadOnlyDictionary<string, BarSeries> barsByTimeframe, string baseTimeframe, IndicatorComputation compute)
    {
        var plan = FeaturePlan.Of(document);
        var baseBars = Check(document, plan, barsByTimeframe, baseTimeframe);
        var rows = baseBars.Count;
        var columns = plan.Columns.Count;
        if ((long)rows * columns > Array.MaxLength)
        {
            throw new InvalidInputException(new Problem("too_large", "nn_inputs", $"{rows} bars x {columns} features do not fit into one matrix; allowed: at most {Array.MaxLength} values."));
        }

        var values = GC.AllocateUninitializedArray<float>(rows * columns);
        var alignments = new Dictionary<string, int[]?>(StringComparer.Ordinal);
        for (var n = 0; n < plan.Nodes.Count; n++)
        {
            var node = plan.Nodes[n];
            var bars = barsByTimeframe[node.Timeframe];
            if (!alignments.TryGetValue(node.Timeframe, out var alignment))
            {
                alignments[node.Timeframe] = alignment = ReferenceEquals(bars, baseBars) ? null : Align(baseBars, bars);
            }

            var outputs = compute(node, bars);
            for (var c = 0; c < columns; c++)
            {
                if (plan.Columns[c].Node == n)
                {
                    FillColumn(plan.Columns[c], outputs[plan.Columns[c].Output], alignment, values, rows, columns, c);
                }
            }
        }

        var ready = Readiness(values, rows, columns, document.TrainingData.HistoryRequired ?? 0);
        return new FeatureMatrix(plan.Columns.Select(c => c.Name).ToArray(), rows, values, ready, plan.LongestLookBack(baseBars.Timeframe));
    }

    /// <summary>For each base bar the index of the last bar of the other series that is complete when the base bar is; -1 before the first.</summary>
    internal static int[] Align(BarSeries baseBars, BarSeries other)
    {
        var map = GC.AllocateUninitializedArray<int>(baseBars.Count);
        var last = -1;
        for (var row = 0; row < map.Length; row++)
        {
            var now = baseBars.AvailableAt(row);
            while (last + 1 < other.Count && other.AvailableAt(last + 1) <= now)
            {
                last++;
            }

            map[row] = last;
        }

        return map;
    }

    /// <summary>Memberships are evaluated in tiles that stay in the cache and then written with the stride of a row.</summary>
    private static void FillColumn(FeatureColumn column, double[] source, int[]? alignment, float[] values, int rows, int columns, int c)
    {
        Span<double> gathered = stackalloc double[Tile];
        Span<float> evaluated = stackalloc float[Tile];
        for (var start = 0; start < rows; start += Tile)
        {
            var count = Math.Min(Tile, rows - start);
            scoped ReadOnlySpan<double> part;
            if (alignment is null)
            {
                part = source.AsSpan(start, count);
            }
            else
            {
                for (var i = 0; i < count; i++)
                {
                    var at = alignment[start + i];
                    gathered[i] = at < 0 ? double.NaN : source[at];
                }

                part = gathered[..count];
            }

            var target = ((long)start * columns) + c;
            if (column.Membership is { } membership)
            {
                membership.Evaluate(part, evaluated);
                for (var i = 0; i < count; i++, target += columns)
                {
                    values[target] = evaluated[i];
                }
            }
            else
            {
                for (var i = 0; i < count; i++, target += columns)
                {
                    values[target] = (float)part[i];
                }
            }
        }
    }

    private static bool[] Readiness(float[] values, int rows, int columns, int history)
    {
        var ready = new bool[rows];
        for (var row = history; row < rows; row++)
        {
            var complete = true;
            foreach (var value in values.AsSpan(row * columns, columns))
            {
                complete &= float.IsFinite(value);
            }

            ready[row] = complete;
        }

        return ready;
    }

    private static BarSeries Check(StrategyDocument document, FeaturePlan plan, IReadOnlyDictionary<string, BarSeries> barsByTimeframe, string baseTimeframe)
    {
        if (!document.TrainingData.Timeframes.Contains(baseTimeframe))
        {
            var allowed = string.Join(", ", document.TrainingData.Timeframes);
            throw Refused("timeframe", baseTimeframe, $"the base timeframe is {baseTimeframe}, strategy {document.Name} has {allowed}", allowed);
        }

        if (document.Deployment is { Timeframes.Count: > 0 } limits && !limits.Timeframes.Contains(baseTimeframe))
        {
            var allowed = string.Join(", ", limits.Timeframes);
            throw Refused("timeframe", baseTimeframe, $"the base timeframe is {baseTimeframe}, deployment.target_timeframes of strategy {document.Name} allows {allowed}", allowed);
        }

        var needed = plan.Nodes.Select(n => n.Timeframe).Append(baseTimeframe).Distinct(StringComparer.Ordinal);
        foreach (var timeframe in needed)
        {
            if (!barsByTimeframe.TryGetValue(timeframe, out var bars))
            {
                throw Refused("timeframe", timeframe, $"there are no bars of timeframe {timeframe}, which strategy {document.Name} needs", string.Join(", ", barsByTimeframe.Keys.Order(StringComparer.Ordinal)));
            }

            if (bars.Timeframe.Name != timeframe)
            {
                throw Refused("timeframe", timeframe, $"the bars given for timeframe {timeframe} are of timeframe {bars.Timeframe.Name}", timeframe);
            }

            CheckSymbol(document, bars, barsByTimeframe[baseTimeframe].Symbol);
        }

        if (plan.Nodes.FirstOrDefault(n => n.ReadsVolume && !HasVolume(barsByTimeframe[n.Timeframe])) is { } blind)
        {
            throw Refused("indicators", blind.Name, $"{blind.Name} reads the volume, which the bars of {barsByTimeframe[baseTimeframe].Symbol} {blind.Timeframe} do not have", "indicators of prices");
        }

        return barsByTimeframe[baseTimeframe];
    }

    private static bool HasVolume(BarSeries bars)
    {
        foreach (var volume in bars.Volume)
        {
            if (volume > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static void CheckSymbol(StrategyDocument document, BarSeries bars, string symbol)
    {
        if (bars.Symbol != symbol)
        {
            throw Refused("symbol", bars.Symbol, $"the bars of timeframe {bars.Timeframe.Name} are of {bars.Symbol}, those of the base timeframe of {symbol}", symbol);
        }

        if (document.Deployment is not { } deployment || symbol == document.TrainingData.Symbol)
        {
            return;
        }

        if (deployment.Symbols == SymbolScope.TrainingOnly)
        {
            throw Refused("symbol", symbol, $"the bars are of {symbol}, deployment.target_symbols of strategy {document.Name} allows {document.TrainingData.Symbol} only", document.TrainingData.Symbol);
        }

        if (deployment.ExcludedSymbols.Contains(symbol))
        {
            throw Refused("symbol", symbol, $"the bars are of {symbol}, which deployment.target_symbols of strategy {document.Name} excludes", $"not {string.Join(", ", deployment.ExcludedSymbols)}");
        }
    }

    private static InvalidInputException Refused(string path, string value, string message, string allowed) =>
        new(new Problem("unfit_bars", path, $"{path}: {message}; allowed: {allowed}.") { Value = value, Allowed = allowed });
}
