using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>A strategy alone and as the only member that an ensemble's rules name makes the same trades.</summary>
public sealed class OneRuleEnsembleTests
{
    private const int Split = 900;

    private static readonly string Gate = CheckMarket.Single
        .Replace("name: check", "name: gate", StringComparison.Ordinal)
        .Replace("{confidence_threshold: 0.34, allow_short_from_flat: true, filters: {min_signal_separation: 3 bars}}", "{output_format: regime_classification}", StringComparison.Ordinal)
        .Replace("{source: triple_barrier, pt_multiplier: 1, sl_multiplier: 1, max_holding_period: 12}", "{source: regime}", StringComparison.Ordinal);

    [Theory]
    [InlineData("mlp", "close_and_switch", 1)]
    [InlineData("mlp", "let_run", 3)]
    [InlineData("lstm", "close_and_switch", 3)]
    [InlineData("tsk", "let_run", 1)]
    public void Backtest_EveryRegimeRoutedToOneModel_MakesItsTrades(string kind, string transition, int stability)
    {
        var market = new MarketView(SyntheticMarket.Regimes(5, 1400, "CHECK"));
        var (_, _, member) = CheckMarket.Train(CheckMarket.WithModel(CheckMarket.Single, kind), market, Split);
        var (_, _, gate) = CheckMarket.Train(Gate, market, Split);
        var document = EnsembleReader.Parse($$$"""
            name: one_rule
            models:
              gate: {model_path: gate, output_type: regime_classification}
              only: {model_path: check, output_type: classification}
            composition:
              type: regime_route
              gate_model: gate
              regime_threshold: 0.3
              stability_bars: {{{stability}}}
              allow_short_from_flat: true
              on_regime_transition: {{{transition}}}
              rules: {trending_up: {model: only}, trending_down: {model: only}, ranging: {model: only}, volatile: {model: only}}
            """);
        var ensemble = new TrainedEnsemble(document, new Dictionary<string, TrainedStrategy>(StringComparer.Ordinal) { ["gate"] = gate, ["only"] = member });

        var alone = CheckMarket.Backtest(member, market, Split).Headline.Result;
        var routed = EnsembleRun.Of(ensemble, market, market.Primary.Times[Split], ensemble.Options()).Headline.Result;

        Assert.True(alone.Trades.Count > 5, $"{alone.Trades.Count} trades");
        Assert.Equal(alone.TradeListHash, routed.TradeListHash);
        Assert.Equal(alone.Fills, routed.Fills);
        Assert.Equal(alone.Equity, routed.Equity);
        Assert.Equal(alone.Metrics, routed.Metrics);
    }
}
