using System.Globalization;
using System.Text.Json;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Backtesting;

/// <summary>One run of the Python original: bars, its decision per bar, its trades and equity.</summary>
public sealed class ReferenceTradesTests
{
    private const int WarmUp = 50;

    [SharedFact]
    public void Run_OriginalsDecisions_ReproducesItsTrades()
    {
        var bars = ReadBars();
        var signals = Enumerable.Repeat(Signal.Hold, WarmUp).Concat(Read("decisions.csv").Select(r => Enum.Parse<Signal>(r["final_signal"], ignoreCase: true))).ToArray();

        var result = Backtester.Run(bars, WarmUp, bars.Count, new FixedDecisions(signals), Options());

        AssertTrades(result);
    }

    [SharedFact]
    public void Run_OriginalsProbabilities_ReproducesItsDecisionsAndTrades()
    {
        var bars = ReadBars();
        var rows = Read("decisions.csv");
        var outputs = new float[bars.Count * 3];
        var ready = new bool[bars.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            var row = (WarmUp + i) * 3;
            (outputs[row], outputs[row + 1], outputs[row + 2]) = ((float)Number(rows[i]["p_buy"]), (float)Number(rows[i]["p_hold"]), (float)Number(rows[i]["p_sell"]));
            ready[WarmUp + i] = true;
        }

        var spec = new DecisionSpec { ConfidenceThreshold = 0.45, MinSignalSeparation = new SignalSeparation(4, SeparationUnit.Hours), AllowShortFromFlat = true };
        var result = Backtester.Run(bars, WarmUp, bars.Count, new ModelDecisions(new DecisionFunction(spec), outputs, ready), Options());

        AssertTrades(result);
        Assert.Equal(rows.Count(r => r["final_signal"] == "BUY"), result.Decisions.Buy);
        Assert.Equal(rows.Count(r => r["final_signal"] == "SELL"), result.Decisions.Sell);
        Assert.Equal(rows.Count(r => r["raw_signal"] == "HOLD"), result.Decisions.Predicted);
    }

    [SharedFact]
    public void Run_OriginalsDecisions_EquityDiffersOnlyByTheEntryCommissionOfOpenShorts()
    {
        var bars = ReadBars();
        var signals = Enumerable.Repeat(Signal.Hold, WarmUp).Concat(Read("decisions.csv").Select(r => Enum.Parse<Signal>(r["final_signal"], ignoreCase: true))).ToArray();
        var result = Backtester.Run(bars, WarmUp, bars.Count, new FixedDecisions(signals), Options());
        var expected = Read("equity_curve.csv");

        Assert.Equal(expected.Count, result.Equity.Length);
        var open = 0;
        for (var i = 0; i < expected.Count; i++)
        {
            var bar = WarmUp + i;
            while (open < result.Trades.Count && result.Trades[open].ExitBar <= bar)
            {
                open++;
            }

            var entryCommission = open < result.Trades.Count && result.Trades[open].Side == PositionSide.Short && result.Trades[open].EntryBar <= bar
                ? result.Trades[open].EntryCommission
                : 0;
            Assert.Equal(Number(expected[i]["portfolio_value"]), result.Equity[i] + entryCommission, 1e-6);
        }
    }

    private static void AssertTrades(BacktestResult result)
    {
        var expected = Read("trades.csv");
        Assert.Equal(307, expected.Count);
        Assert.Equal(expected.Count, result.Trades.Count);
        foreach (var (row, trade) in expected.Zip(result.Trades))
        {
            Assert.Equal(row["side"], trade.Side == PositionSide.Long ? "LONG" : "SHORT");
            Assert.Equal(Time(row["entry_time"]), trade.EntryTime);
            Assert.Equal(Time(row["exit_time"]), trade.ExitTime);
            Assert.Equal(Number(row["entry_price"]), trade.EntryPrice, 1e-12);
            Assert.Equal(Number(row["exit_price"]), trade.ExitPrice, 1e-12);
            Assert.Equal(Number(row["quantity"]), trade.Quantity);
            Assert.Equal(Number(row["gross_pnl"]), trade.GrossPnl, 1e-6);
            Assert.Equal(Number(row["commission"]) + trade.EntryCommission, trade.EntryCommission + trade.ExitCommission, 1e-6);
            Assert.Equal(Number(row["net_pnl"]) - trade.EntryCommission, trade.NetPnl, 1e-6);
        }
    }

    private static BacktestOptions Options()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path("config.json")));
        var config = document.RootElement.GetProperty("config");
        return new BacktestOptions
        {
            InitialCapital = config.GetProperty("initial_capital").GetDouble(),
            CommissionRate = config.GetProperty("commission").GetDouble(),
            Slippage = config.GetProperty("slippage").GetDouble(),
            Sizing = new SizingSpec(config.GetProperty("position_fraction").GetDouble()),
        };
    }

    private static BarSeries ReadBars()
    {
        var rows = Read("ohlcv_2023.csv");
        double[] Column(string name) => [.. rows.Select(r => Number(r[name]))];
        return new BarSeries("EURUSD2Y", Timeframe.Parse("1h"), [.. rows.Select(r => Time(r["timestamp"]))], Column("open"), Column("high"), Column("low"), Column("close"), Column("volume"));
    }

    private static List<Dictionary<string, string>> Read(string file)
    {
        var lines = File.ReadAllLines(Path(file));
        var names = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => names.Zip(line.Split(',')).ToDictionary(p => p.First, p => p.Second))];
    }

    private static string Path(string file) => System.IO.Path.Combine(Repository.Shared!, "vectors", "backtest", file);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static long Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
}
