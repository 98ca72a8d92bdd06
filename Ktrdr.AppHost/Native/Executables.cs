namespace Ktrdr.AppHost.Native;

/// <summary>Finds programs of the machine.</summary>
internal static class Executables
{
    /// <summary>The first program of that name on PATH, or in the folders where systems keep them though a user's PATH may leave them out.</summary>
    public static string? Find(string name)
        => (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin", "/opt/homebrew/bin"])
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
