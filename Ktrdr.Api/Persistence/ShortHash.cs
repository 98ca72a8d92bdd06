namespace Ktrdr.Api.Persistence;

/// <summary>The first digits of a SHA-256, as tables show them: as good as the whole where only one stored hash begins with them.</summary>
internal static class ShortHash
{
    /// <summary>As many as the command line prints.</summary>
    private const int Digits = 12;

    public static bool Is(string text) => text.Length >= Digits && text.All(char.IsAsciiHexDigitLower);
}
