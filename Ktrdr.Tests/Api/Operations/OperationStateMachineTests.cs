using Ktrdr.Api.Operations;
using Ktrdr.Contracts.Operations;
using Xunit;

namespace Ktrdr.Tests.Api.Operations;

public sealed class OperationStateMachineTests
{
    // Rows: the status an operation is in. Columns: what happens, in the enum's order. Empty: refused.
    private static readonly Dictionary<OperationStatus, string> Table = new()
    {
        //                               Claimed     Started  Refused LeaseExpired Requeued Exhausted Released   Result     Failure    Cancel      Confirmed  Resume  Retry   PartBegun
        [OperationStatus.Queued] = "dispatched  -        -       -            -        -         -          succeeded  failed     cancelled   -          -       -      running",
        [OperationStatus.Dispatched] = "-           running  queued  queued       -        -         -          succeeded  failed     cancelling  -          -       -       -",
        [OperationStatus.Running] = "-           -        -       lost         -        failed    queued     succeeded  failed     cancelling  -          -       -       -",
        [OperationStatus.Lost] = "-           -        -       -            queued   -         -          succeeded  -          -           -          -       -       -",
        [OperationStatus.Cancelling] = "-           -        cancelled cancelled    -        -         cancelled  succeeded  cancelled  -           cancelled  -       -       -",
        [OperationStatus.Succeeded] = "-           -        -       -            -        -         -          -          -          -           -          -       -       -",
        [OperationStatus.Failed] = "-           -        -       -            -        -         -          -          -          -           -          queued  queued  -",
        [OperationStatus.Cancelled] = "-           -        -       -            -        -         -          -          -          -           -          queued  queued  -",
    };

    public static TheoryData<string, string, string> Pairs()
    {
        var pairs = new TheoryData<string, string, string>();
        var triggers = Enum.GetNames<OperationTrigger>();
        foreach (var (from, row) in Table)
        {
            var cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            for (var i = 0; i < triggers.Length; i++)
            {
                pairs.Add(from.ToString(), triggers[i], cells[i]);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Next_EveryPair_IsTheTables(string from, string trigger, string expected)
    {
        var next = OperationStateMachine.Next(Enum.Parse<OperationStatus>(from), Enum.Parse<OperationTrigger>(trigger));
        Assert.Equal(expected, next?.ToString().ToLowerInvariant() ?? "-");
    }

    [Fact]
    public void Table_CoversEveryStatusAndTrigger()
    {
        Assert.Equal(Enum.GetValues<OperationStatus>(), Table.Keys.Order());
        Assert.All(Table.Values, row => Assert.Equal(Enum.GetNames<OperationTrigger>().Length, row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length));
    }
}
