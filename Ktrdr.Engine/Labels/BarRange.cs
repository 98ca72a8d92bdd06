namespace Ktrdr.Engine.Labels;

/// <summary>Bars [<paramref name="Start"/>, <paramref name="EndExclusive"/>) of a series.</summary>
public readonly record struct BarRange(int Start, int EndExclusive)
{
    public int Count => EndExclusive - Start;

    public override string ToString() => $"[{Start}, {EndExclusive})";
}
