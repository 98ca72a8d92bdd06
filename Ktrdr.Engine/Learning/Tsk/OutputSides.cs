namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>Two classes that are opposites: what rules are asked is which of them, so that a rule for waiting does not hide one for buying.</summary>
/// <param name="Up">Index of the output.</param>
/// <param name="Down">Index of the output.</param>
internal sealed record OutputSides(int Up, int Down)
{
    private static readonly (string Up, string Down)[] Pairs = [("buy", "sell"), ("bullish", "bearish")];

    /// <summary>Null where the outputs have no such pair.</summary>
    public static OutputSides? Of(IReadOnlyList<string> outputs)
    {
        string[] names = [.. outputs];
        return Pairs.Select(pair => new OutputSides(Array.IndexOf(names, pair.Up), Array.IndexOf(names, pair.Down))).FirstOrDefault(sides => sides.Up >= 0 && sides.Down >= 0);
    }
}
