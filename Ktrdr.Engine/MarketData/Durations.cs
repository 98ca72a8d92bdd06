namespace Ktrdr.Engine.MarketData;

/// <summary>Lengths of time in the unit of all times of the engine, milliseconds.</summary>
public static class Durations
{
    public const long Hour = 3_600_000;
    public const long Day = 24 * Hour;
}
