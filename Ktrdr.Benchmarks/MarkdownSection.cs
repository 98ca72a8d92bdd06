namespace Ktrdr.Benchmarks;

/// <summary>A part of a document that is written by a program: what lies between its two marks.</summary>
internal static class MarkdownSection
{
    private const string Begin = "<!-- benchmarks: begin -->\n";
    private const string End = "<!-- benchmarks: end -->";

    /// <summary>Whether the file can be written: it is new, or has the marks.</summary>
    public static bool Fits(string file) => !File.Exists(file) || (File.ReadAllText(file) is var text && text.Contains(Begin, StringComparison.Ordinal) && text.Contains(End, StringComparison.Ordinal));

    /// <summary>Replaces the section of an existing document; a new one is the section.</summary>
    public static void Write(string file, string section)
    {
        var document = File.Exists(file) ? File.ReadAllText(file) : Begin + End + "\n";
        var begin = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = document.IndexOf(End, StringComparison.Ordinal);
        File.WriteAllText(file, string.Concat(document.AsSpan(0, begin), "\n", section) + string.Concat("\n", document.AsSpan(end)));
    }
}
