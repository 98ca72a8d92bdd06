using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost.Aspire;

/// <summary>The files of <c>deploy/</c>: in the clone that this build belongs to, or beside a published AppHost.</summary>
internal static class DeployFolder
{
    private const string Name = "deploy";

    /// <exception cref="SandboxException"><c>no_deploy_files</c>.</exception>
    public static string Find(string source)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, Name, source);
            if (Path.Exists(path))
            {
                return path;
            }
        }

        throw new SandboxException("no_deploy_files", $"{Name}/{source} is found neither beside {AppContext.BaseDirectory} nor above it: run from a clone, or copy its {Name} folder there.");
    }
}
