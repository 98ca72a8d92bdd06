using System.Runtime.InteropServices;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Native;

/// <summary>Where our executables lie: each in a folder of its own as the build lays them out, or all together as published.</summary>
public sealed class ProgramFolder(string root, string configuration)
{
    /// <summary>The executables that were built together with this one.</summary>
    public static ProgramFolder BesideThisProgram()
    {
        // artifacts/<edition>/bin/Ktrdr.AppHost/<configuration>/
        var here = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return here.Parent is { Name: "Ktrdr.AppHost", Parent: { } bin }
            ? new ProgramFolder(bin.FullName, here.Name)
            : new ProgramFolder(here.FullName, "");
    }

    /// <summary>The .NET that runs this program, so that the others find it also where it is not installed for everyone.</summary>
    public static string DotnetRoot { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <exception cref="SandboxException"><c>not_built</c>.</exception>
    public string Find(string project)
    {
        var built = Path.Combine(root, project, configuration, project);
        var together = Path.Combine(root, project);
        return File.Exists(built) ? built
            : File.Exists(together) ? together
            : throw new SandboxException("not_built", $"{project} is not built ({built} is missing): run `dotnet build {project}`.");
    }
}
