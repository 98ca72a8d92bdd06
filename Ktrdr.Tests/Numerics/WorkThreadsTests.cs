using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Numerics;

public sealed class WorkThreadsTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(1000, 0)]
    [InlineData(1000, 1)]
    [InlineData(1000, 3)]
    public void Run_AnyNumberOfThreads_DoesEveryIndexOnce(int count, int maxThreads)
    {
        var done = new int[count];
        WorkThreads.Run(count, maxThreads, (i, _) => Interlocked.Increment(ref done[i]));
        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Run_OneThread_WorksOnTheCallersFromTheLowestUp()
    {
        var (order, caller) = (new List<int>(), Environment.CurrentManagedThreadId);
        WorkThreads.Run(5, 1, (i, _) =>
        {
            Assert.Equal(caller, Environment.CurrentManagedThreadId);
            order.Add(i);
        });
        Assert.Equal([0, 1, 2, 3, 4], order);
    }

    [Fact]
    public void Run_SeveralFail_ThrowsThatOfTheLowestIndex()
    {
        for (var last = 0; last < 3; last++)
        {
            using var together = new Barrier(3);
            using var others = new CountdownEvent(2);
            var error = Assert.Throws<InvalidDataException>(() => WorkThreads.Run(3, 3, (i, _) =>
            {
                together.SignalAndWait();
                if (i == last)
                {
                    others.Wait();
                }
                else
                {
                    others.Signal();
                }

                throw new InvalidDataException($"piece {i}");
            }));
            Assert.Equal("piece 0", error.Message);
        }
    }

    [Fact]
    public void Run_OneFails_StopsTheOthersWithItsReason()
    {
        using var together = new Barrier(2);
        var begun = 0;
        var error = Assert.Throws<InvalidDataException>(() => WorkThreads.Run(1000, 2, (i, stop) =>
        {
            Interlocked.Increment(ref begun);
            together.SignalAndWait(stop);
            if (i == 1)
            {
                throw new InvalidDataException("piece 1");
            }

            stop.WaitHandle.WaitOne();
            stop.ThrowIfCancellationRequested();
        }));
        Assert.Equal(("piece 1", 2), (error.Message, begun));
    }

    [Fact]
    public void Run_PieceThatGivesUpByItself_IsNotTakenForDone() =>
        Assert.Throws<OperationCanceledException>(() => WorkThreads.Run(3, 2, (i, _) => throw new OperationCanceledException()));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_Cancelled_EndsBetweenPieces(int maxThreads)
    {
        using var source = new CancellationTokenSource();
        var begun = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => WorkThreads.Run(1000, maxThreads, (_, stop) =>
        {
            Interlocked.Increment(ref begun);
            source.Cancel();
        }, source.Token));
        Assert.InRange(begun, 1, maxThreads);
    }
}
