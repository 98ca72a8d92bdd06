using Ktrdr.Contracts.Backtests;
using Ktrdr.Engine.Backtesting;

namespace Ktrdr.Worker.Backtesting;

/// <summary>What an account was worth, at the moments at which that was known.</summary>
internal static class EquityCurve
{
    /// <summary>
    /// A point for every moment of the run, when the bars that were marked there were complete: at their session's close where a calendar is known, which may be an
    /// early one. Where symbols have bars at the same moment, when the last of them was.
    /// </summary>
    public static IReadOnlyList<EquityPoint> Of(Engine.Backtesting.BacktestResult result, IReadOnlyList<SymbolRun> symbols)
    {
        var next = symbols.Select(s => s.Start).ToArray();
        var points = new EquityPoint[result.Equity.Length];
        for (var i = 0; i < points.Length; i++)
        {
            var known = long.MinValue;
            for (var s = 0; s < next.Length; s++)
            {
                var bars = symbols[s].Bars;
                if (next[s] < symbols[s].EndExclusive && bars.Times[next[s]] == result.Times[i])
                {
                    known = Math.Max(known, bars.AvailableAt(next[s]++));
                }
            }

            points[i] = new EquityPoint(DateTimeOffset.FromUnixTimeMilliseconds(known), result.Equity[i], result.Exposure[i]);
        }

        return points;
    }
}
