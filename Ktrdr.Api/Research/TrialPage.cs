using System.Globalization;

namespace Ktrdr.Api.Research;

/// <summary>Which trials are asked for. Pages after the first see the ledger as the first did, so that together they are one count.</summary>
/// <param name="Until">Last row of the ledger that counts; null: the last there is.</param>
/// <param name="Skip">Trials of the pages before.</param>
/// <param name="Limit">Trials of this page at most.</param>
/// <param name="Packed">Daily returns as bytes.</param>
internal sealed record TrialPage(long? Until, int Skip, int Limit, bool Packed)
{
    private const int Usual = 500;
    private const int Largest = 1_000;

    /// <param name="after">What <see cref="Next"/> gave; null for the first page.</param>
    /// <param name="limit">1 to 1 000; each trial brings its daily returns.</param>
    /// <param name="packed">Daily returns as bytes; as a list if null.</param>
    /// <exception cref="ApiException">400: neither of these.</exception>
    public static TrialPage Of(string? after, int? limit, bool? packed)
    {
        var most = Paging.Limit(limit, Usual, Largest);
        if (after is null)
        {
            return new TrialPage(null, 0, most, packed is true);
        }

        var parts = after.Split('.');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var until) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var skip)
            ? new TrialPage(until, skip, most, packed is true)
            : throw ApiException.Invalid("after", after, "the next of the page before");
    }

    /// <param name="until">The row that the first page stopped at.</param>
    /// <param name="total">Trials of all pages.</param>
    public string? Next(long until, int total) => Skip + (long)Limit < total ? string.Create(CultureInfo.InvariantCulture, $"{until}.{Skip + Limit}") : null;
}
