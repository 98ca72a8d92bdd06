using Ktrdr.Engine;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Checks;

/// <summary>A misspelled key at each nesting level is one error with its path, its line and the right key.</summary>
public sealed class MisspelledKeyTests
{
    private static readonly string Document = CheckMarket.Single
        .Replace("class_weights: false}", "class_weights: false, early_stopping: {patience: 3}, lr_scheduler: {type: step, step_size: 2}}\nvalidation: {scheme: walk_forward, folds: 3}\ncosts: {commission: 0.0001}", StringComparison.Ordinal)
        .Replace("timeframe: 1h}\n", "timeframe: 1h}\n  history_required: 60\n", StringComparison.Ordinal);

    [Theory]
    [InlineData("indicators:", "indicatorz:", "indicatorz", "indicators")]
    [InlineData("nn_inputs:", "nn_input:", "nn_input", "nn_inputs")]
    [InlineData("history_required", "history_requierd", "training_data.history_requierd", "history_required")]
    [InlineData("symbol: CHECK", "symbl: CHECK", "training_data.symbols.symbl", "symbol")]
    [InlineData("period: 14", "perod: 14", "indicators.rsi_14.perod", "period")]
    [InlineData("hot: {type: gaussian, parameters:", "hot: {type: gaussian, paramters:", "fuzzy_sets.heat.hot.paramters", "parameters")]
    [InlineData("{fuzzy_set: heat", "{fuzy_set: heat", "nn_inputs[0].fuzy_set", "fuzzy_set")]
    [InlineData("timeframes: all, normalization: zscore", "timeframes: all, normalisation: zscore", "nn_inputs[1].normalisation", "normalization")]
    [InlineData("architecture:", "architekture:", "model.architekture", "architecture")]
    [InlineData("hidden_layers", "hiden_layers", "model.architecture.hiden_layers", "hidden_layers")]
    [InlineData("confidence_threshold", "confidence_treshold", "decisions.confidence_treshold", "confidence_threshold")]
    [InlineData("min_signal_separation", "min_signal_seperation", "decisions.filters.min_signal_seperation", "min_signal_separation")]
    [InlineData("max_holding_period", "max_holding_perod", "training.labels.max_holding_perod", "max_holding_period")]
    [InlineData("batch_size", "batchsize", "training.batchsize", "batch_size")]
    [InlineData("patience", "patiance", "training.early_stopping.patiance", "patience")]
    [InlineData("step_size", "stepsize", "training.lr_scheduler.stepsize", "step_size")]
    [InlineData("folds: 3", "fold: 3", "validation.fold", "folds")]
    [InlineData("commission", "comission", "costs.comission", "commission")]
    [InlineData("fraction: 0.5", "fracton: 0.5", "sizing.fracton", "fraction")]
    [InlineData("time_bars", "timebars", "exits.timebars", "time_bars")]
    [InlineData("{atr: 3}", "{art: 3}", "exits.stop.art", "atr")]
    public void Read_MisspelledKey_IsOneErrorWithPathLineAndSuggestion(string piece, string slip, string path, string right)
    {
        Assert.Empty(StrategyReader.Read(Document).Problems);
        Assert.Equal(1, Document.Split(piece).Length - 1);

        var text = Document.Replace(piece, slip, StringComparison.Ordinal);
        var error = Assert.Single(StrategyReader.Read(text).Errors);

        Assert.Equal(("unknown_key", path, right), (error.Code, error.Path, error.Suggestion));
        Assert.Equal(Document[..Document.IndexOf(piece, StringComparison.Ordinal)].Count(c => c == '\n') + 1, error.Line);
        Assert.Contains($"did you mean {right}?", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);

        // Lenient: a warning, and the document is read without it where it can be.
        Assert.Contains(StrategyReader.Read(text, lenient: true).Warnings, w => w.Code == "unknown_key" && w.Path == path);
    }
}
