using System.Runtime.ExceptionServices;

namespace Ktrdr.Engine.Numerics;

/// <summary>Independent pieces of work, side by side on threads of their own. What a piece computes may depend on nothing but its index, so the number of threads changes no result.</summary>
public static class WorkThreads
{
    /// <summary>
    /// Does the work of the indices [0, <paramref name="count"/>), each once; a thread that is free takes the lowest that nobody has taken.
    /// The calling thread works too and returns when every thread has ended.
    /// </summary>
    /// <param name="count">Pieces of work; none is allowed.</param>
    /// <param name="maxThreads">Threads at most, the calling one among them; less than 1 counts as 1.</param>
    /// <param name="work">Gets the index and a token that is cancelled when the work is, or when another piece has failed.</param>
    /// <param name="cancellation">Ends the work between pieces, and inside those that look at their token.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    /// <remarks>A piece that fails stops the others, and its exception is thrown as it is; where several have failed by then, that of the lowest index.</remarks>
    public static void Run(int count, int maxThreads, Action<int, CancellationToken> work, CancellationToken cancellation = default)
    {
        var next = -1;
        var turn = new Lock();
        (int Index, Exception Error)? failure = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        void Work()
        {
            while (!stop.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < count)
            {
                try
                {
                    work(index, stop.Token);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    // It was told to end; the reason is kept where it arose.
                }
                catch (Exception error)
                {
                    lock (turn)
                    {
                        failure = failure is { } other && other.Index < index ? other : (index, error);
                    }

                    stop.Cancel();
                }
            }
        }

        var threads = new Thread[Math.Max(0, Math.Min(maxThreads, count) - 1)];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work) { IsBackground = true, Name = "work" };
            threads[i].Start();
        }

        Work();
        foreach (var thread in threads)
        {
            thread.Join();
        }

        cancellation.ThrowIfCancellationRequested();
        if (failure is { } first)
        {
            ExceptionDispatchInfo.Throw(first.Error);
        }
    }
}
