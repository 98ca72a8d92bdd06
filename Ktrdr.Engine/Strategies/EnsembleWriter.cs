using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.Engine.Strategies;

/// <summary>Writes ensemble documents, complete: every default stands in the text. What it writes reads back to an equal document.</summary>
public static class EnsembleWriter
{
    /// <summary>The document as YAML for people.</summary>
    public static string ToYaml(EnsembleDocument document) => StrategyWriter.ToYaml(Tree(document, withIdentity: true));

    /// <summary>The document as one line of JSON with its keys in one fixed order; equal documents give equal text.</summary>
    public static string Canonical(EnsembleDocument document) => Encoding.UTF8.GetString(StrategyWriter.ToJson(Tree(document, withIdentity: true)));

    /// <summary>SHA-256, lower-case hex, over the canonical form without name and description.</summary>
    public static string Hash(EnsembleDocument document) => Convert.ToHexStringLower(SHA256.HashData(StrategyWriter.ToJson(Tree(document, withIdentity: false))));

    /// <summary>
    /// Hash of an ensemble whose members are known: each counts as the strategy it was trained from, however the document names its model. Ensembles of the same strategies are one trial,
    /// and the latest model of a strategy that has changed meanwhile is another.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="strategyHash">Strategy hash of the member with an id of the document.</param>
    public static string Hash(EnsembleDocument document, Func<string, string> strategyHash) =>
        Hash(document with { Models = document.Models.Select(m => m with { ModelPath = strategyHash(m.Id) }).ToSequence() });

    internal static MappingNode Tree(EnsembleDocument document, bool withIdentity)
    {
        var tree = new TreeBuilder();
        if (withIdentity)
        {
            tree.Add("name", document.Name);
            tree.AddUnlessNull("description", document.Description);
        }

        tree.Add("models", TreeBuilder.Map(document.Models.Select(m => KeyValuePair.Create(
            m.Id, (DocumentNode)new TreeBuilder().Add("model_path", m.ModelPath).Add("output_type", Vocabulary.OutputFormats.NameOf(m.OutputType)).Node))));
        var composition = document.Composition;
        var modifiers = composition.ContextModifiers;
        var parts = new TreeBuilder()
            .Add("type", "regime_route")
            .Add("gate_model", composition.GateModel)
            .AddUnlessNull("context_gate", composition.ContextGate)
            .Add("regime_threshold", composition.RegimeThreshold)
            .Add("stability_bars", composition.StabilityBars);
        if (composition.ContextGate is not null)
        {
            parts.Add("context_modifiers", new TreeBuilder().Add("aligned_discount", modifiers.AlignedDiscount).Add("counter_premium", modifiers.CounterPremium).Node);
        }

        parts.Add("allow_short_from_flat", ScalarNode.Of(composition.AllowShortFromFlat))
            .Add("rules", TreeBuilder.Map(Enum.GetValues<Regime>().Select(regime => KeyValuePair.Create(Vocabulary.Regimes.NameOf(regime), Rule(composition, regime)))))
            .Add("on_regime_transition", Vocabulary.RegimeTransitions.NameOf(composition.OnRegimeTransition));
        return tree.Add("composition", parts.Node).Node;
    }

    /// <summary>A regime without a rule is flat.</summary>
    private static DocumentNode Rule(EnsembleComposition composition, Regime regime) =>
        composition.Rules.FirstOrDefault(r => r.Regime == regime)?.Model is { } model ? new TreeBuilder().Add("model", model).Node : new TreeBuilder().Add("action", "FLAT").Node;
}
