using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>Some rows of features, row-major.</summary>
/// <param name="matrix">The rows to use and, before them, those their windows reach back to.</param>
/// <param name="firstRow">Number of the first row to use inside <paramref name="matrix"/>.</param>
/// <param name="rowCount">Rows to use.</param>
/// <param name="bar">Bar of the first row to use.</param>
public delegate void FeatureTile(ReadOnlySpan<float> matrix, int firstRow, int rowCount, int bar);

/// <summary>
/// The features of a strategy without their matrix: indicators are computed over the whole series when it is opened, rows are made a tile at a time. The matrix of
/// <see cref="FeaturePipeline.Build(StrategyDocument, FeatureInputs, string, IndicatorMemory?)"/> is filled by the same code, so that both are the same bits.
/// </summary>
public sealed class FeatureStream : IDisposable
{
    /// <summary>Rows of a tile of <see cref="ForEachTile"/>.</summary>
    public const int TileRows = 4096;

    private readonly ColumnSource[] _sources;
    private readonly (double Offset, double Scale)?[] _scales;
    private readonly int _history;
    private readonly BarSeries _baseBars;
    private readonly UnsharedIndicators? _unshared;
    private bool[]? _startsRun;
    private bool _isDisposed;

    private FeatureStream(StrategyDocument document, FeaturePlan plan, FeatureInputs inputs, BarSeries baseBars, Normalization? normalization, IndicatorComputation? compute)
    {
        _unshared = compute is null ? new UnsharedIndicators(plan) : null;
        compute ??= _unshared!.Compute;
        _baseBars = baseBars;
        _history = document.TrainingData.HistoryRequired ?? 0;
        Names = plan.Columns.Select(c => c.Name).ToArray();
        Rows = baseBars.Count;
        LongestLookBack = plan.LongestLookBack(inputs, baseBars.Timeframe);
        _scales = (normalization ?? Normalization.None).ScalesOf(Names);
        _sources = new ColumnSource[Columns];
        var alignment = new FeatureAlignment(inputs, baseBars);
        for (var n = 0; n < plan.Nodes.Count; n++)
        {
            var node = plan.Nodes[n];
            var outputs = compute(node, node.In(inputs));
            for (var c = 0; c < Columns; c++)
            {
                if (plan.Columns[c] is { } column && column.Node == n)
                {
                    // Outputs that are remembered stay as they are in any case: a second copy of them saves nothing.
                    var shared = _unshared is null || plan.Columns.Any(other => other != column && other.Node == n && other.Output == column.Output);
                    _sources[c] = new ColumnSource(outputs[column.Output], alignment.Of(node, column.Timeframe), column.Membership);
                    _sources[c] = shared ? _sources[c] : _sources[c].Shrink(Rows);
                }
            }
        }
    }

    /// <summary>Feature ids in column order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>One per bar of the base timeframe.</summary>
    public int Rows { get; }

    public int Columns => Names.Count;

    /// <summary>Bars of the base timeframe before a row that its finite windows reach back to.</summary>
    public int LongestLookBack { get; }

    /// <summary>Per row: bars are missing before it that the market's calendar does not explain, or it is the first.</summary>
    public bool[] StartsRun => _startsRun ??= _baseBars.RunStarts();

    /// <summary>Computes the indicators of a strategy.</summary>
    /// <param name="document">A checked strategy.</param>
    /// <param name="inputs">Bars and context series of one symbol.</param>
    /// <param name="baseTimeframe">Name of the timeframe whose bars are the rows; one of the strategy's training timeframes.</param>
    /// <param name="normalization">Applied to every row; null: raw inputs stay as they are.</param>
    /// <param name="memory">Indicators computed before.</param>
    /// <exception cref="InvalidInputException">A series is missing, symbols differ, the strategy may not be run on these bars, or a scaled feature is not among the columns.</exception>
    public static FeatureStream Open(StrategyDocument document, FeatureInputs inputs, string baseTimeframe, Normalization? normalization = null, IndicatorMemory? memory = null) =>
        Open(document, inputs, baseTimeframe, normalization, memory is null ? null : memory.Compute);

    /// <param name="compute">How indicators are computed; null: for this stream alone.</param>
    internal static FeatureStream Open(StrategyDocument document, FeatureInputs inputs, string baseTimeframe, Normalization? normalization, IndicatorComputation? compute)
    {
        var plan = FeaturePlan.Of(document);
        var baseBars = FeatureChecks.Check(document, plan, inputs, baseTimeframe);
        return new FeatureStream(document, plan, inputs, baseBars, normalization, compute);
    }

    /// <summary>The first of the rows [0, <paramref name="rows"/>) whose column <paramref name="column"/> shows another bar in one stream than in the other; null where there is none.</summary>
    internal static int? FirstOtherBar(FeatureStream one, FeatureStream other, int column, int rows) => ColumnSource.FirstOtherBar(one._sources[column], other._sources[column], rows);

    /// <summary>Hands the memory of the indicators back; no more rows can be made.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _unshared?.Dispose();
    }

    /// <summary>Writes the rows [<paramref name="firstRow"/>, firstRow + ready.Length).</summary>
    /// <param name="firstRow">The first row.</param>
    /// <param name="values">Row-major, as many rows as <paramref name="ready"/> has elements; NaN while an indicator warms up.</param>
    /// <param name="ready">Per row: complete, and with the history before it that the strategy requires.</param>
    public void Fill(int firstRow, Span<float> values, Span<bool> ready)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (firstRow < 0 || firstRow > Rows - ready.Length || values.Length != (long)ready.Length * Columns)
        {
            throw new ArgumentOutOfRangeException(nameof(firstRow), $"{ready.Length} rows from {firstRow} in {values.Length} values do not fit {Rows} rows of {Columns} columns");
        }

        using var block = new FeatureBlock(Columns);
        for (var start = 0; start < ready.Length; start += FeatureBlock.Rows)
        {
            var isReady = ready.Slice(start, Math.Min(FeatureBlock.Rows, ready.Length - start));
            for (var i = 0; i < isReady.Length; i++)
            {
                isReady[i] = firstRow + start + i >= _history;
            }

            block.Evaluate(_sources, _scales, firstRow + start, isReady.Length);
            block.Write(values.Slice(start * Columns, isReady.Length * Columns), isReady);
        }
    }

    /// <summary>Makes the rows [<paramref name="start"/>, <paramref name="endExclusive"/>) in tiles, oldest first; rows too early for a whole window are left out.</summary>
    /// <param name="start">First row.</param>
    /// <param name="endExclusive">Row after the last.</param>
    /// <param name="sequenceLength">Rows of a window, its last being the row itself.</param>
    /// <param name="ready">One flag per row of the stream; those of the rows made, and of the rows before them that their windows reach back to, are set.</param>
    /// <param name="use">Called for every tile; the memory is used again for the next.</param>
    public void ForEachTile(int start, int endExclusive, int sequenceLength, Span<bool> ready, FeatureTile use)
    {
        var before = sequenceLength - 1;
        var buffer = new float[(Math.Min(TileRows, endExclusive - start) + before) * Columns];
        for (var row = Math.Max(start, before); row < endExclusive; row += TileRows)
        {
            var count = Math.Min(TileRows, endExclusive - row);
            var matrix = buffer.AsSpan(0, (before + count) * Columns);
            Fill(row - before, matrix, ready.Slice(row - before, before + count));
            use(matrix, before, count, row);
        }
    }
}
