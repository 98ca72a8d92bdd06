using Ktrdr.Engine.Strategies;

namespace Ktrdr.Agents.Designing;

/// <summary>What is predicted and how a prediction becomes a trade: parts of a document that only make sense together.</summary>
internal sealed record TargetGene(TrainingSpec Training, DecisionSpec Decisions);

/// <summary>A design as the designer varies it; a document is its written form.</summary>
internal sealed record Genome(IReadOnlyList<InputModule> Modules, TargetGene Target, ModelSpec Model)
{
    public IReadOnlyList<string> Families => [.. Modules.Select(m => m.Family)];

    public static Genome Of(StrategyDocument document) => new(InputModule.Of(document), new TargetGene(document.Training, document.Decisions), document.Model);

    /// <summary>Whether the modules can stand in one document: no two of a family, no id twice.</summary>
    public bool IsCoherent => Modules.Count > 0
        && AllDistinct(Modules.Select(m => m.Family))
        && AllDistinct(Modules.SelectMany(m => m.Indicators).Select(i => i.Id))
        && AllDistinct(Modules.SelectMany(m => m.FuzzySets).Select(s => s.Id))
        && Modules.Any(m => !IndicatorFamily.Find(m.Family).IsLevel)
        && Modules.Count(m => IndicatorFamily.Find(m.Family).IsLevel) <= 1;

    /// <summary>The document, with a name to be replaced once its hash is known.</summary>
    public StrategyDocument ToDocument(string name, string? description, string symbol, string timeframe, CostSpec costs) => new()
    {
        Name = name,
        Description = description,
        Version = "3.1",
        TrainingData = new TrainingDataSpec(symbol, [timeframe], timeframe),
        Indicators = Modules.SelectMany(m => m.Indicators).ToSequence(),
        FuzzySets = Modules.SelectMany(m => m.FuzzySets).ToSequence(),
        Inputs = Modules.SelectMany(m => m.On(timeframe).Inputs).ToSequence(),
        Model = Model,
        Decisions = Target.Decisions,
        Training = Target.Training,
        Costs = costs,
    };

    private static bool AllDistinct(IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return names.All(seen.Add);
    }
}
