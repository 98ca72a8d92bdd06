namespace Ktrdr.Api;

internal static class Paging
{
    /// <summary>The page size asked for, or the route's own; refused outside 1 … <paramref name="largest"/>.</summary>
    public static int Limit(int? asked, int usual, int largest)
        => asked is null ? usual : asked >= 1 && asked <= largest ? asked.Value : throw ApiException.Invalid("limit", asked, $"1 to {largest}");
}
