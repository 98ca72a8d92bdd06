using System.Diagnostics;
using Xunit;

namespace Ktrdr.Tests.Support;

/// <summary>Waits for what another thread or process will do, at most until a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Fails with the sentence if the condition does not become true.</summary>
    public static Task TrueAsync(Func<bool> condition, string sentence, TimeSpan? longest = null)
        => TrueAsync(() => Task.FromResult(condition()), () => sentence, longest);

    /// <summary>The same for a condition that has to be asked for, with a sentence that may tell the last answer.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> sentence, TimeSpan? longest = null)
    {
        var began = Stopwatch.GetTimestamp();
        var patience = longest ?? Longest;
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < patience, $"Not within {patience.TotalSeconds} s: {sentence()}");
            await Task.Delay(10);
        }
    }

    /// <summary>The first value that is not null.</summary>
    public static async Task<T> GetAsync<T>(Func<T?> find, string sentence, TimeSpan? longest = null)
        where T : class
    {
        T? found = null;
        await TrueAsync(() => (found = find()) is not null, sentence, longest);
        return found!;
    }
}
