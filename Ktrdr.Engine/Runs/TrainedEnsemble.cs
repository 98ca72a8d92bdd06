using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Runs;

/// <summary>
/// An ensemble with its trained members. It runs as often as the member with most seeds has seeds: first every member speaks by its primary seed, then each by its next, beginning again where
/// it has no more.
/// </summary>
public sealed record TrainedEnsemble
{
    private readonly IReadOnlyDictionary<string, TrainedStrategy> _members;

    /// <param name="document">Its <see cref="EnsembleModel.ModelPath"/>s count no more: the members are given.</param>
    /// <param name="members">By the ids of the document.</param>
    /// <exception cref="InvalidInputException">A member is missing or of another output type than the document says; its symbols or timeframe do not fit the gate's; or the members that rules name ask for different accounts. All of it at once.</exception>
    public TrainedEnsemble(EnsembleDocument document, IReadOnlyDictionary<string, TrainedStrategy> members)
    {
        (Document, _members) = (document, members);
        var problems = new List<Problem>();
        foreach (var model in document.Models)
        {
            if (!members.TryGetValue(model.Id, out var member))
            {
                problems.Add(Wrong(model.Id, "missing_member", "is not given", "one trained model per entry of models"));
                continue;
            }

            if (member.Strategy.Decisions.OutputFormat != model.OutputType)
            {
                problems.Add(Wrong(
                    model.Id, "wrong_output", $"is of output type {Vocabulary.OutputFormats.NameOf(member.Strategy.Decisions.OutputFormat)}", Vocabulary.OutputFormats.NameOf(model.OutputType) + ", as the document says"));
            }
        }

        if (problems.Count == 0)
        {
            CheckBars(problems);
            CheckAccounts(problems);
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }

    public EnsembleDocument Document { get; }

    public TrainedStrategy Gate => _members[Document.Composition.GateModel];

    /// <summary>What its runs are called by: the seeds, primary first, of the first active member that has most of them.</summary>
    public IReadOnlyList<ulong> Seeds
    {
        get
        {
            var widest = Active.Select(Member).MaxBy(member => member.Seeds.Count)!;
            return [.. widest.PrimaryFirst.Select(place => widest.Seeds[place].Seed)];
        }
    }

    /// <summary>Bars that are decided at.</summary>
    public string BaseTimeframe => TimeframeOf(Gate);

    /// <summary>Ids of the members that rules name, by regime, each once.</summary>
    public IReadOnlyList<string> Routed => [.. Document.Composition.Rules.OrderBy(r => r.Regime).Select(r => r.Model).OfType<string>().Distinct()];

    /// <summary>Every member that decides anything: the gate, the context, those that rules name.</summary>
    public IReadOnlyList<string> Active => [.. new[] { Document.Composition.GateModel, Document.Composition.ContextGate }.OfType<string>().Concat(Routed).Distinct()];

    /// <summary>A member by its id in the document; one of <see cref="Active"/>.</summary>
    public TrainedStrategy Member(string id) => _members[id];

    /// <summary>The account that the routed members ask for, with the ensemble's own rule about shorts.</summary>
    public BacktestOptions Options() =>
        BacktestOptions.From((Routed.Count > 0 ? _members[Routed[0]] : Gate).Strategy) with { AllowShort = Document.Composition.AllowShortFromFlat };

    /// <summary>Bars of one symbol that a member reads.</summary>
    internal static string TimeframeOf(TrainedStrategy member) => member.Strategy.TrainingData.BaseTimeframe;

    /// <summary>What is decided at each close of one symbol.</summary>
    /// <param name="bars">Of the base timeframe.</param>
    /// <param name="start">First bar of the window: regimes and biases are worked out from there on.</param>
    /// <param name="answers">Outputs of the active members per bar of the base timeframe.</param>
    internal RegimeRouter Router(BarSeries bars, int start, IReadOnlyDictionary<string, MemberAnswers> answers)
    {
        var composition = Document.Composition;
        var gate = answers[composition.GateModel];
        var path = new RegimePath(gate.Outputs, gate.Ready, start, composition.RegimeThreshold, composition.StabilityBars);
        var context = composition.ContextGate is { } id
            ? new ContextBias(answers[id].Outputs, answers[id].Ready, bars.Times, start, composition.ContextModifiers)
            : null;
        return new RegimeRouter(composition, path, context, Routed.ToDictionary(
            member => member, member => new ModelDecisions(new DecisionFunction(_members[member].Strategy.Decisions), answers[member].Outputs, answers[member].Ready), StringComparer.Ordinal));
    }

    private void CheckBars(List<Problem> problems)
    {
        var symbols = Gate.Strategy.TrainingData.Symbols;
        var timeframe = Timeframe.Parse(BaseTimeframe);
        foreach (var model in Document.Models)
        {
            var data = _members[model.Id].Strategy.TrainingData;
            if (!data.Symbols.Equals(symbols))
            {
                problems.Add(Wrong(model.Id, "wrong_symbol", $"is of {string.Join(", ", data.Symbols)}", $"{string.Join(", ", symbols)}, as the gate"));
            }

            var own = Timeframe.Parse(data.BaseTimeframe);
            var isWiderContext = model.Id == Document.Composition.ContextGate && own.Milliseconds > timeframe.Milliseconds && own.Milliseconds % timeframe.Milliseconds == 0;
            if (own != timeframe && !isWiderContext)
            {
                problems.Add(Wrong(
                    model.Id, "wrong_timeframe", $"is of timeframe {own.Name}", model.Id == Document.Composition.ContextGate ? $"{timeframe.Name}, as the gate, or a multiple of it" : $"{timeframe.Name}, as the gate"));
            }
        }
    }

    /// <summary>There is one account: what routed members ask of it must be the same.</summary>
    private void CheckAccounts(List<Problem> problems)
    {
        foreach (var id in Routed.Skip(1))
        {
            var (first, other) = (BacktestOptions.From(_members[Routed[0]].Strategy), BacktestOptions.From(_members[id].Strategy));
            foreach (var (part, isSame) in new[]
            {
                ("costs", Costs(first) == Costs(other)), ("sizing", first.Sizing == other.Sizing), ("exits", first.Exits == other.Exits),
                ("decisions.allow_reversal", first.ReverseInOneStep == other.ReverseInOneStep),
            })
            {
                if (!isSame)
                {
                    problems.Add(Wrong(id, "different_account", $"asks for other {part} than {Routed[0]}", $"the same {part} in every member that rules name: they trade one account"));
                }
            }
        }
    }

    private static BacktestOptions Costs(BacktestOptions options) => options with { Sizing = new BacktestOptions().Sizing, Exits = null, AllowShort = true, ReverseInOneStep = false };

    private static Problem Wrong(string id, string code, string what, string allowed) =>
        new(code, $"models.{id}", $"models.{id} {what}; allowed: {allowed}.") { Value = id, Allowed = allowed };
}

/// <summary>What a member of an ensemble says at each bar of the base timeframe.</summary>
/// <param name="Outputs">Row-major.</param>
/// <param name="Ready">Per bar.</param>
internal sealed record MemberAnswers(float[] Outputs, bool[] Ready)
{
    /// <summary>From wider bars: each base bar has what was said at the close of the last wider bar that is available at its own close.</summary>
    /// <param name="lastKnown">Per base bar the index of that wider bar, -1 before the first.</param>
    public MemberAnswers Spread(int[] lastKnown)
    {
        var width = Ready.Length == 0 ? 0 : Outputs.Length / Ready.Length;
        var (outputs, ready) = (new float[lastKnown.Length * width], new bool[lastKnown.Length]);
        for (var bar = 0; bar < lastKnown.Length; bar++)
        {
            if (lastKnown[bar] is >= 0 and var at)
            {
                Outputs.AsSpan(at * width, width).CopyTo(outputs.AsSpan(bar * width));
                ready[bar] = Ready[at];
            }
        }

        return new MemberAnswers(outputs, ready);
    }
}
