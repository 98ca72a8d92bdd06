namespace Ktrdr.Tests.Strategies;

/// <summary>Sound documents that together use every key of the grammar that has an effect.</summary>
internal static class FullDocuments
{
    public const string Recurrent = """
        name: full_recurrent
        description: everything that goes with a recurrent classifier
        version: "3.1"
        training_data:
          symbols: {mode: multi_symbol, list: [AUDUSD, NZDUSD]}
          timeframes: {mode: multi_timeframe, list: [15m, 4h], base_timeframe: 15m}
          history_required: 320
          start_date: 2015-01-01
          end_date: 2020-06-30T12:00:00Z
        context_data:
          - {provider: ib, symbol: USDCAD, timeframe: 4h, alignment: forward_fill}
          - {provider: fred, series: [DGS5, DGS30], publication_lag_hours: 30}
          - {provider: cftc_cot, report: AUD}
        deployment:
          target_symbols: {mode: training_only, restrictions: {excluded_symbols: [XAUUSD]}}
          target_timeframes: {supported: [15m], timeframe: 1h}
        indicators:
          osc: {type: stochastic, k_period: 21, d_period: 5, smooth_k: 4}
          bands: {type: bbands, period: 34, multiplier: 1.8}
          cad: {type: roc, period: 6, data_source: USDCAD}
          curve: {type: ema, period: 9, data_source: yield_spread_DGS5_DGS30}
          crowd: {type: sma, period: 4, data_source: cot_AUD_net_pct}
        fuzzy_sets:
          osc_state:
            indicator: osc.d
            cold: [0, 15, 40]
            mild: {type: trapezoidal, parameters: [30, 42, 58, 70]}
            hot: {type: gaussian, parameters: [88, 11]}
          cad_push: {indicator: cad, down: [-1.2, -0.5, 0.05], up: [-0.05, 0.5, 1.2]}
        nn_inputs:
          - {fuzzy_set: osc_state, timeframes: all}
          - {fuzzy_set: cad_push, timeframes: [4h]}
          - {raw_indicator: curve, timeframes: [4h], normalization: zscore}
          - {raw_indicator: crowd, timeframes: [4h], normalization: minmax}
          - {raw_indicator: bands.upper, timeframes: [15m], normalization: zscore}
        model:
          type: gru
          architecture: {sequence_length: 24, hidden_size: 40, num_layers: 1, dropout: 0.15}
        decisions:
          output_format: classification
          confidence_threshold: 0.47
          position_awareness: true
          allow_short_from_flat: true
          allow_reversal: true
          filters: {min_signal_separation: 6}
        training:
          labels: {source: triple_barrier, pt_multiplier: 1.7, sl_multiplier: 1.3, max_holding_period: 36, vol_span: 60, vol_method: log_return, cusum_threshold: 0, cusum_multiplier: 0.7, compute_weights: true}
          loss: focal
          focal_gamma: 1.5
          epochs: 60
          batch_size: 96
          learning_rate: 0.0007
          lr_scheduler: {type: step, step_size: 20, gamma: 0.3, enabled: true}
          optimizer: rmsprop
          weight_decay: 0.001
          gradient_clip: 0.5
          class_weights: false
          early_stopping: {enabled: true, patience: 7, min_delta: 0.0001, monitor: val_loss, restore_best: true}
          data_split: {train: 0.8, validation: 0.2, test: 0}
        costs: {commission: 0.0001, per_unit: 0.002, minimum: 1, spread: 0.0002, slippage: 0.0001, financing: 0.00003}
        sizing: {risk_per_trade: 0.01, whole_units: true, lot_size: 1000}
        exits: {stop: {atr: 2.5}, target: {percent: 3}, trailing: {price: 0.01}, time_bars: 96, atr_period: 20}
        validation: {scheme: combinatorial, folds: 8, test_folds: 3, embargo_bars: 200}
        seeds: [3, 5, 18446744073709551615]
        """;

    public const string Regression = """
        name: full_regression
        version: "3.1"
        training_data:
          symbols: {mode: single, symbol: XAUUSD}
          timeframes: {mode: single, timeframe: 4h}
        indicators:
          trend: {type: adx, period: 18}
          push: {type: macd, fast_period: 8, slow_period: 20, signal_period: 5, source: close}
        fuzzy_sets:
          drive: {indicator: trend.adx, slack: [0, 8, 20], firm: [16, 28, 44], fierce: [38, 60, 90]}
        nn_inputs:
          - {fuzzy_set: drive, timeframes: all}
          - {raw_indicator: push.histogram, normalization: none}
        model: {type: mlp, architecture: {hidden_layers: [48, 24], activation: leaky_relu, dropout: 0.1}}
        decisions:
          output_format: regression
          cost_model: {round_trip_cost: 0.0009, min_edge_multiplier: 2}
          filters: {min_signal_separation: 8 bars}
        training:
          labels: {source: forward_return, horizon: 14}
          loss: huber
          huber_delta: 0.004
          scheduler: {type: reduce_on_plateau, factor: 0.4, patience: 3}
          early_stopping: {restore_best_weights: true}
        sizing: {volatility_target: 0.1, volatility_lookback: 50, whole_units: false}
        exits: {trailing: {percent: 1.5}}
        validation: {scheme: walk_forward, folds: 6, anchored: false}
        seed: 11
        """;

    public const string Rules = """
        name: full_rules
        version: "3.1"
        training_data:
          symbols: {mode: single, list: [EURUSD]}
          timeframes: {mode: multi_timeframe, timeframes: [1h, 4h]}
        indicators:
          rsi_14: {type: rsi, period: 14}
        fuzzy_sets:
          stretch: {indicator: rsi_14, low: [0, 25, 50], high: [40, 75, 100]}
        nn_inputs: [{fuzzy_set: stretch}]
        model: {type: tsk, architecture: {memberships_per_input: 4, max_rules: 48, prune_below: 0.02}}
        decisions: {output_format: classification}
        training:
          labels: {source: zigzag, zigzag_threshold: 0.015}
          lr_scheduler: {type: exponential, gamma: 0.97}
        sizing: {units: 1000}
        validation: {scheme: purged_kfold, folds: 4}
        """;

    public const string Regime = """
        name: full_regime
        version: "3.0"
        training_data:
          symbols: {mode: multi_symbol, symbols: [EURUSD, GBPUSD]}
          timeframes: {mode: single, timeframe: 4h}
        indicators:
          trend: {type: adx}
        fuzzy_sets:
          drive: {indicator: trend, slack: [0, 8, 30], firm: [16, 60, 90]}
        nn_inputs: [{fuzzy_set: drive}]
        model: {type: lstm, architecture: {sequence_length: 12}}
        decisions: {output_format: regime_classification}
        training:
          labels: {source: regime, macro_atr_mult: 4, micro_atr_mult: 1.5, atr_period: 10, vol_lookback: 100, vol_crisis_threshold: 2.5, progression_tolerance: 0.6}
        """;

    public const string Context = """
        name: full_context
        version: "3.0"
        training_data:
          symbols: {mode: single, symbol: SPY}
          timeframes: {mode: single, timeframe: 1d}
        indicators:
          push: {type: roc, period: 20}
        fuzzy_sets:
          month: {indicator: push, down: [-20, -5, 1], up: [-1, 5, 20]}
        nn_inputs: [{fuzzy_set: month}]
        model: {type: mlp}
        decisions: {output_format: context_classification}
        training: {labels: {source: context, horizon: 5, bullish_threshold: 0.01, bearish_threshold: -0.01}}
        """;

    public const string Ensemble = """
        name: probe_router
        models:
          gate: {model_path: models/gate_v2/4h_latest, output_type: regime_classification}
          day: {model_path: models/day_bias/1d_latest, output_type: context_classification}
          swing: {model_path: models/probe_gold_swing/4h_v3, output_type: regression}
        composition:
          type: regime_route
          gate_model: gate
          context_gate: day
          regime_threshold: 0.42
          stability_bars: 4
          context_modifiers: {aligned_discount: 0.15, counter_premium: 0.4}
          allow_short_from_flat: true
          rules: {trending_up: {model: swing}, trending_down: {model: swing}, ranging: {action: FLAT}, volatile: {action: FLAT}}
          on_regime_transition: let_run
        """;

    public static IReadOnlyList<string> Strategies { get; } = [Recurrent, Regression, Rules, Regime, Context];
}
