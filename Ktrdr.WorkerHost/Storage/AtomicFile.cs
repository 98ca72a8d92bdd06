namespace Ktrdr.WorkerHost.Storage;

/// <summary>Files that are there whole or not at all, also after a kill in the middle.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside the target, flushes to the disk and renames.</summary>
    /// <param name="path">The target; its folder is created.</param>
    /// <param name="bytes">The content.</param>
    /// <param name="ownerOnly">Mode 0600.</param>
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool ownerOnly = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var next = $"{path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (ownerOnly && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using (var file = new FileStream(next, options))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(next, path, overwrite: true);
        }
        catch
        {
            File.Delete(next);
            throw;
        }
    }
}
