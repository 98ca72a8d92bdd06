namespace Ktrdr.Agents.Designing;

/// <summary>Names of building blocks: <c>dimension:value</c>, such as <c>indicator:rsi</c>.</summary>
internal static class Block
{
    public const string Mechanism = "mechanism";
    public const string Indicator = "indicator";
    public const string Membership = "membership";
    public const string Words = "words";
    public const string Label = "label";
    public const string Horizon = "horizon";
    public const string Model = "model";
    public const string Threshold = "threshold";

    public static string Of(string dimension, string value) => $"{dimension}:{value}";
}
