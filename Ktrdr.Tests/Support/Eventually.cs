using System.Diagnostics;
using Xunit;

namespace Ktrdr.Tests.Support;

/// <summary>Waits for what another thread or process will do, at most until a deadline.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Fails with the sentence if the condition does not become true.</summary>
    public static async Task TrueAsync(Func<bool> condition, string sentence, TimeSpan? longest = null)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < (longest ?? Longest), $"Waited in vain: {sentence}");
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
