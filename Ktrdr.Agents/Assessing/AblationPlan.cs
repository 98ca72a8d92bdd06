using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Assessing;

/// <summary>Which inputs are left out, one at a time, to see what they bring.</summary>
internal static class AblationPlan
{
    /// <summary>Few epochs: what is compared is the inputs, not the polish.</summary>
    public const int Epochs = 8;

    /// <summary>Bounds the cost of an assessment at five small trainings.</summary>
    public const int MostInputs = 4;

    /// <summary>Names as training requests take them, in the document's order; empty where there is only one, since nothing would be left.</summary>
    public static IReadOnlyList<string> InputsOf(StrategyDocument document)
    {
        var names = document.Inputs.Select(i => i.FuzzySet ?? i.RawIndicator!.ToString()).Distinct(StringComparer.Ordinal).ToArray();
        return names.Length < 2 ? [] : [.. names.Take(MostInputs)];
    }
}
