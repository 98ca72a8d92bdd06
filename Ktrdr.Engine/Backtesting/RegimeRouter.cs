using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Backtesting;

/// <summary>
/// An ensemble's decisions: the regime chooses the member that decides, the context moves its thresholds. Pure like every <see cref="IDecisions"/>: regimes and
/// biases are worked out beforehand, and who opened a position follows from the bar of its entry. An ensemble whose every rule names the same member decides as that member does.
/// </summary>
public sealed class RegimeRouter : IDecisions
{
    private const int Regimes = 4;

    private readonly RegimePath _path;
    private readonly ContextBias? _context;
    private readonly Member?[] _routes = new Member?[Regimes];
    private readonly bool _letRun;

    /// <param name="composition">Rules and what happens to a position when the regime changes. Its short rule replaces that of the members.</param>
    /// <param name="path">Regime per bar.</param>
    /// <param name="context">Bias per bar; null: none.</param>
    /// <param name="members">Decisions by id of the members that rules name, over the same bars.</param>
    /// <exception cref="InvalidInputException">A rule names no member, a regime has two rules, or the bars differ.</exception>
    public RegimeRouter(EnsembleComposition composition, RegimePath path, ContextBias? context, IReadOnlyDictionary<string, ModelDecisions> members)
    {
        var problems = new List<Problem>();
        (_path, _context) = (path, context);
        _letRun = composition.OnRegimeTransition == RegimeTransition.LetRun;
        Count = path.Count;
        var known = new SortedDictionary<string, Member>(StringComparer.Ordinal);
        foreach (var (id, decisions) in members)
        {
            known[id] = new Member(id, decisions.WithShorts(composition.AllowShortFromFlat));
        }

        var ruled = new bool[Regimes];
        foreach (var rule in composition.Rules)
        {
            var field = $"composition.rules.{rule.Regime}";
            if (ruled[(int)rule.Regime])
            {
                problems.Add(new Problem("duplicate_rule", field, $"{field} is given twice: one rule per regime."));
            }

            ruled[(int)rule.Regime] = true;
            if (rule.Model is not { } id)
            {
                continue;
            }

            if (!known.TryGetValue(id, out var member))
            {
                problems.Add(new Problem("unknown_member", field, $"{field} names '{id}', which is no member; allowed: {string.Join(", ", known.Keys)}.") { Value = id });
                continue;
            }

            _routes[(int)rule.Regime] = member;
            if (member.Decisions.Count != Count)
            {
                problems.Add(new Problem("invalid_outputs", field, $"{field}: member '{id}' decides {member.Decisions.Count} bars, the gate {Count}: they must be the same bars."));
            }
        }

        if (context is not null && context.Count != Count)
        {
            problems.Add(new Problem("invalid_outputs", "composition.context_gate", $"the context has {context.Count} bars, the gate {Count}: they must be the same bars."));
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }
    }

    public int Count { get; }

    public Decision Decide(in DecisionMoment now)
    {
        if (_path.At(now.Bar) is not { } regime)
        {
            return Decision.Hold(HoldReason.NotReady);
        }

        var route = _routes[(int)regime];
        if (now.Position != PositionSide.Flat && Route(now.LastFillBar - 1) is { } opener && opener != route)
        {
            return _letRun ? LeaveToOpener(opener, now) : new Decision(Signal.Close, HoldReason.None);
        }

        return route is null ? Decision.Hold(HoldReason.RegimeFlat) : Ask(route, now);
    }

    public EntryReason Explain(int bar) => Route(bar) is { } route
        ? route.Decisions.Explain(bar) with { Member = route.Id, Regime = _path.At(bar) }
        : new EntryReason(bar, null, []) { Regime = _path.At(bar) };

    /// <summary>A position that outlives its regime is left by the signals of the member that opened it; that member opens nothing new.</summary>
    private Decision LeaveToOpener(Member opener, in DecisionMoment now)
    {
        var decision = Ask(opener, now);
        var opposite = now.Position == PositionSide.Long ? Signal.Sell : Signal.Buy;
        return decision.Signal == opposite ? new Decision(Signal.Close, HoldReason.None)
            : decision.Signal == Signal.Hold ? decision
            : Decision.Hold(HoldReason.PositionHeld);
    }

    private Decision Ask(Member member, in DecisionMoment now)
    {
        if (_context is null)
        {
            return member.Decisions.Decide(now);
        }

        var (buy, sell) = _context.Factors(now.Bar);
        return member.Decisions.Decide(now, buy, sell);
    }

    private Member? Route(int bar) => bar >= 0 && _path.At(bar) is { } regime ? _routes[(int)regime] : null;

    private sealed class Member(string id, ModelDecisions decisions)
    {
        public string Id { get; } = id;

        public ModelDecisions Decisions { get; } = decisions;
    }
}
