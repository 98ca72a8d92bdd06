using System.Runtime.CompilerServices;

namespace Ktrdr.Engine.Backtesting;

/// <summary>Counts decisions while a run goes on.</summary>
internal sealed class DecisionTally
{
    private readonly long[] _holds = new long[(int)HoldReason.RegimeFlat + 1];
    private readonly long[] _signals = new long[(int)Signal.Close + 1];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Decision decision)
    {
        _holds[(int)decision.Reason]++;
        _signals[(int)decision.Signal]++;
    }

    public void Add(Decision decision, int count)
    {
        _holds[(int)decision.Reason] += count;
        _signals[(int)decision.Signal] += count;
    }

    public void AddHolds(HoldReason reason, int count) => _holds[(int)reason] += count;

    public DecisionCounts Counts() => new(
        Buy: _signals[(int)Signal.Buy],
        Sell: _signals[(int)Signal.Sell],
        Predicted: _holds[(int)HoldReason.Predicted],
        BelowConfidence: _holds[(int)HoldReason.BelowConfidence],
        TooSoon: _holds[(int)HoldReason.TooSoon],
        PositionHeld: _holds[(int)HoldReason.PositionHeld],
        ShortsOff: _holds[(int)HoldReason.ShortsOff],
        NotReady: _holds[(int)HoldReason.NotReady],
        NotFinite: _holds[(int)HoldReason.NotFinite],
        Close: _signals[(int)Signal.Close],
        RegimeFlat: _holds[(int)HoldReason.RegimeFlat]);

    public void Save(BinaryWriter writer)
    {
        Array.ForEach(_holds, writer.Write);
        Array.ForEach(_signals, writer.Write);
    }

    public void Restore(BinaryReader reader)
    {
        for (var i = 0; i < _holds.Length; i++)
        {
            _holds[i] = reader.ReadInt64();
        }

        for (var i = 0; i < _signals.Length; i++)
        {
            _signals[i] = reader.ReadInt64();
        }
    }
}
