using System.Globalization;

namespace Ktrdr.Contracts.Sandboxes;

/// <summary><c>.ktrdr/sandbox</c> in a clone names the slot that was last started from it, so that the command line finds its sandbox by itself.</summary>
public static class SandboxMarker
{
    /// <returns>Whether it was written: a sandbox also runs from somebody else's clone, only without the marker.</returns>
    public static bool TryWrite(string cloneRoot, int slot)
    {
        var path = PathIn(cloneRoot);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var next = $"{path}.{Guid.NewGuid():N}";
            File.WriteAllText(next, slot.ToString(CultureInfo.InvariantCulture) + "\n");
            File.Move(next, path, overwrite: true);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The slot named by the nearest marker, from <paramref name="folder"/> upwards; null when there is none.</summary>
    /// <exception cref="SandboxException"><c>invalid_marker</c>: a marker holds something else than a slot.</exception>
    public static int? Find(string folder)
    {
        for (var here = new DirectoryInfo(Path.GetFullPath(folder)); here is not null; here = here.Parent)
        {
            var path = PathIn(here.FullName);
            if (File.Exists(path))
            {
                var text = File.ReadAllText(path).Trim();
                return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) && slot <= SandboxPorts.LastSlot
                    ? slot
                    : throw new SandboxException("invalid_marker", $"{path} holds '{text}': a slot is {SandboxPorts.FirstSlot} to {SandboxPorts.LastSlot}.");
            }
        }

        return null;
    }

    private static string PathIn(string folder) => Path.Combine(folder, ".ktrdr", "sandbox");
}
