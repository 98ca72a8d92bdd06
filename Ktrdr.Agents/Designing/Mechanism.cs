namespace Ktrdr.Agents.Designing;

/// <summary>Why a strategy should earn anything. It follows from the indicators it looks at.</summary>
internal static class Mechanism
{
    public const string Reversion = "reversion";
    public const string Momentum = "momentum";
    public const string Breakout = "breakout";

    public static IReadOnlyList<string> All { get; } = [Reversion, Momentum, Breakout];

    /// <summary>The families that show a mechanism. ADX and ATR show none: they say when, not where to.</summary>
    public static IReadOnlyList<string> FamiliesOf(string mechanism) => mechanism switch
    {
        Reversion => ["rsi", "stochastic", "bollinger"],
        Momentum => ["roc", "macd", "ema", "sma"],
        _ => ["donchian", "roc", "bollinger"],
    };

    /// <summary>The mechanism that most of the families show; the first family breaks ties, since a design begins with what it is about.</summary>
    public static string Of(IReadOnlyList<string> families) => All
        .Select((name, order) => (Name: name, Order: order, Votes: families.Sum(f => FamiliesOf(name).Contains(f) ? 2 : 0) + FirstVote(name, families)))
        .OrderByDescending(m => m.Votes).ThenBy(m => m.Order).First().Name;

    private static int FirstVote(string mechanism, IReadOnlyList<string> families) => families.Count > 0 && FamiliesOf(mechanism).Contains(families[0]) ? 1 : 0;
}
