using Ktrdr.Engine;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class EnsembleReaderTests
{
    [Fact]
    public void Read_TheRouter_GivesItsValues()
    {
        var document = EnsembleReader.Parse(FullDocuments.Ensemble);

        Assert.Equal("probe_router", document.Name);
        Assert.Equal(new EnsembleModel("swing", "models/probe_gold_swing/4h_v3", OutputFormat.Regression), document.Models[2]);
        var composition = document.Composition;
        Assert.Equal(("gate", "day", 0.42, 4, true, RegimeTransition.LetRun), (composition.GateModel, composition.ContextGate, composition.RegimeThreshold, composition.StabilityBars, composition.AllowShortFromFlat, composition.OnRegimeTransition));
        Assert.Equal(new ContextModifiers(0.15, 0.4), composition.ContextModifiers);
        Assert.Equal([new(Regime.TrendingUp, "swing"), new(Regime.TrendingDown, "swing"), new(Regime.Ranging, null), new(Regime.Volatile, null)], composition.Rules);
    }

    [Fact]
    public void Read_ModifierThatNeverHadAnEffect_IsAWarning()
    {
        var reading = EnsembleReader.Read(FullDocuments.Ensemble.Replace("counter_premium: 0.4}", "counter_premium: 0.4, neutral_effect: 0.05}", StringComparison.Ordinal));

        Assert.Equal(("no_effect", "composition.context_modifiers.neutral_effect"), (Assert.Single(reading.Problems).Code, reading.Problems[0].Path));
        Assert.NotNull(reading.Document);
    }

    [Fact]
    public void Read_MemberThatNothingNames_IsAWarningAtItsLine()
    {
        Assert.Empty(EnsembleReader.Read(FullDocuments.Ensemble).Problems);
        var reading = EnsembleReader.Read(FullDocuments.Ensemble.Replace("composition:", "  spare: {model_path: spare_1, output_type: classification}\ncomposition:", StringComparison.Ordinal));

        var problem = Assert.Single(reading.Problems);
        Assert.Equal(("unused_model", "models.spare", ProblemSeverity.Warning, 6), (problem.Code, problem.Path, problem.Severity, problem.Line));
        Assert.NotNull(reading.Document);
    }

    [Theory]
    [InlineData("0.25", true)]
    [InlineData("0.26", false)]
    public void Read_ThresholdThatAnyRegimeReaches_IsAWarning(string threshold, bool isUnusual)
    {
        var reading = EnsembleReader.Read(FullDocuments.Ensemble.Replace("regime_threshold: 0.42", "regime_threshold: " + threshold, StringComparison.Ordinal));

        Assert.Equal(isUnusual ? ["composition.regime_threshold"] : [], reading.Problems.Select(p => p.Path));
        Assert.NotNull(reading.Document);
    }

    [Fact]
    public void Read_Defaults_AreTheOriginals()
    {
        var document = EnsembleReader.Parse("{name: x, models: {g: {model_path: g, output_type: regime_classification}, m: {model_path: m, output_type: classification}}, composition: {type: regime_route, gate_model: g, rules: {ranging: {model: m}}}}");

        Assert.Equal((0.4, 3, false, RegimeTransition.CloseAndSwitch, new ContextModifiers(0.2, 0.3)), (document.Composition.RegimeThreshold, document.Composition.StabilityBars, document.Composition.AllowShortFromFlat, document.Composition.OnRegimeTransition, document.Composition.ContextModifiers));
        Assert.Equal("m", document.Composition.Rules.Single(r => r.Model is not null).Model);
    }

    [Theory]
    [InlineData("gate_model: gate", "gate_model: gat", "composition.gate_model", "unknown_reference")]
    [InlineData("gate_model: gate", "gate_model: swing", "composition.gate_model", "conflict")]
    [InlineData("context_gate: day", "context_gate: gate", "composition.context_gate", "conflict")]
    [InlineData("trending_up: {model: swing}", "trending_up: {model: gate}", "composition.rules.trending_up.model", "conflict")]
    [InlineData("trending_up: {model: swing}", "trending_up: {model: swing, action: FLAT}", "composition.rules.trending_up", "conflict")]
    [InlineData("trending_up: {model: swing}", "trending_up: {}", "composition.rules.trending_up", "conflict")]
    [InlineData("ranging: {action: FLAT}", "ranging: {action: SHORT}", "composition.rules.ranging.action", "unknown_name")]
    [InlineData("regime_threshold: 0.42", "regime_threshold: 1.5", "composition.regime_threshold", "out_of_range")]
    [InlineData("stability_bars: 4", "stability_bars: 0", "composition.stability_bars", "out_of_range")]
    [InlineData("aligned_discount: 0.15", "aligned_discount: 2", "composition.context_modifiers.aligned_discount", "out_of_range")]
    [InlineData("on_regime_transition: let_run", "on_regime_transition: panic", "composition.on_regime_transition", "unknown_name")]
    [InlineData("models/gate_v2/4h_latest", "models/gate_v2/4h_newest", "models.gate.model_path", "out_of_range")]
    [InlineData("models/gate_v2/4h_latest", "../../etc/passwd", "models.gate.model_path", "out_of_range")]
    [InlineData("type: regime_route", "type: vote", "composition.type", "unknown_name")]
    [InlineData("  gate_model: gate\n", "", "composition.gate_model", "missing_key")]
    public void Read_OneMistake_IsOneErrorAtItsPlace(string piece, string replacement, string path, string code)
    {
        Assert.Contains(piece, FullDocuments.Ensemble, StringComparison.Ordinal);

        var error = Assert.Single(EnsembleReader.Read(FullDocuments.Ensemble.Replace(piece, replacement, StringComparison.Ordinal)).Errors);

        Assert.Equal((path, code), (error.Path, error.Code));
        Assert.NotNull(error.Line);
    }

    [Theory]
    [InlineData("models/gate_v2/4h_latest", "gate_v2", "4h", null)]
    [InlineData("models/gate_v2/4h_v12", "gate_v2", "4h", 12)]
    [InlineData("some/where/models/gate/1d_latest/", "gate", "1d", null)]
    [InlineData("m_20240101_abc", "m_20240101_abc", null, null)]
    public void ModelPath_EveryForm_IsUnderstood(string text, string name, string? timeframe, int? version)
    {
        Assert.True(EnsembleModelPath.TryParse(text, out var path));
        Assert.Equal(new EnsembleModelPath(name, timeframe, version), path);
    }

    [Fact]
    public void Write_AnyEnsemble_ReadsBackEqual()
    {
        for (var seed = 0UL; seed < 100; seed++)
        {
            var document = RandomDocuments.Ensemble(seed);

            Assert.Equal(document, EnsembleReader.Parse(EnsembleWriter.ToYaml(document)));
            Assert.Equal(document, EnsembleReader.Parse(EnsembleWriter.Canonical(document)));
            Assert.Equal(EnsembleWriter.Hash(document), EnsembleWriter.Hash(document with { Name = "other" }));
        }

        Assert.NotEqual(EnsembleWriter.Hash(RandomDocuments.Ensemble(1)), EnsembleWriter.Hash(RandomDocuments.Ensemble(2)));
    }

    [Fact]
    public void Read_EachForTheOther_SaysWhatItIs()
    {
        Assert.Equal("wrong_document", Assert.Single(StrategyReader.Read(FullDocuments.Ensemble).Problems).Code);
        Assert.True(EnsembleReader.IsEnsemble(FullDocuments.Ensemble));
        Assert.False(EnsembleReader.IsEnsemble(StrategyTexts.Sound));
        Assert.Contains(EnsembleReader.Read("[1]").Problems, p => p.Severity == ProblemSeverity.Error);
    }
}
