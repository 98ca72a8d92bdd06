namespace Ktrdr.Cli.Connection;

/// <summary>The clone that this executable was built in: sandboxes are started from there.</summary>
internal static class CloneRoot
{
    public static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Ktrdr.sln")))
            {
                return folder.FullName;
            }
        }

        throw new Commands.UsageException($"{AppContext.BaseDirectory} is not inside a clone of the project: sandboxes are started with ./ktrdr in a clone.");
    }
}
