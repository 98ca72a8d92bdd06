using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Counts decisions while a run goes on.</summary>
internal sealed class DecisionTally
{
    private readonly long[] _holds = new long[(int)HoldReason.NotFinite + 1];
    private long _buys;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Decision decision)
    {
        _holds[(int)decision.Reason]++;
        _buys += decision.Signal == Signal.Buy ? 1 : 0;
    }

    public DecisionCounts Counts() => new(
        Buy: _buys,
        Sell: _holds[(int)HoldReason.None] - _buys,
        Predicted: _holds[(int)HoldReason.Predicted],
        BelowConfidence: _holds[(int)HoldReason.BelowConfidence],
        TooSoon: _holds[(int)HoldReason.TooSoon],
        PositionHeld: _holds[(int)HoldReason.PositionHeld],
        ShortsOff: _holds[(int)HoldReason.ShortsOff],
        NotReady: _holds[(int)HoldReason.NotReady],
        NotFinite: _holds[(int)HoldReason.NotFinite]);
}
