namespace Ktrdr.Tests.Support;

/// <summary>Where this clone lies, found from the test assembly upwards.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The folder of reference vectors and market data beside the clone, or null where there is none.</summary>
    public static string? Shared { get; } = FindShared();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Ktrdr.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Ktrdr.sln above {AppContext.BaseDirectory}.");
    }

    private static string? FindShared()
    {
        var folder = Path.GetFullPath(Path.Combine(Root, "..", "shared"));
        return Directory.Exists(Path.Combine(folder, "vectors")) ? folder : null;
    }
}
