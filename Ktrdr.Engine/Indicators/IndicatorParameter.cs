namespace Ktrdr.Engine.Indicators;

public enum ParameterKind
{
    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A finite number.</summary>
    Number,

    /// <summary>One of a list of words.</summary>
    Choice,

    /// <summary>true or false.</summary>
    Flag,
}

/// <summary>One parameter of an indicator as declared in the catalog: documents are checked and schemas are generated from it.</summary>
/// <param name="Name">Key in a strategy document.</param>
/// <param name="Kind">What type of value it takes.</param>
/// <param name="Default">Used where the document says nothing: int, double, string or bool by <paramref name="Kind"/>.</param>
/// <param name="Min">Smallest allowed value, inclusive.</param>
/// <param name="Max">Largest allowed value, inclusive.</param>
/// <param name="Choices">The allowed words of a <see cref="ParameterKind.Choice"/>.</param>
/// <param name="Summary">One line for people and agents.</param>
public sealed record IndicatorParameter(
    string Name, ParameterKind Kind, object Default, double? Min, double? Max, IReadOnlyList<string>? Choices, string Summary)
{
    /// <summary>What is allowed, in words: <c>a whole number from 2 to 100</c>.</summary>
    public string Allowed => Kind switch
    {
        ParameterKind.Integer => $"a whole number from {Min} to {Max}",
        ParameterKind.Number => $"a number from {Min} to {Max}",
        ParameterKind.Choice => $"one of {string.Join(", ", Choices!)}",
        _ => "true or false",
    };

    internal static IndicatorParameter Integer(string name, int value, int min, int max, string summary)
        => new(name, ParameterKind.Integer, value, min, max, null, summary);

    internal static IndicatorParameter Number(string name, double value, double min, double max, string summary)
        => new(name, ParameterKind.Number, value, min, max, null, summary);

    internal static IndicatorParameter Choice(string name, string value, IReadOnlyList<string> choices, string summary)
        => new(name, ParameterKind.Choice, value, null, null, choices, summary);

    internal static IndicatorParameter Flag(string name, bool value, string summary)
        => new(name, ParameterKind.Flag, value, null, null, null, summary);
}
