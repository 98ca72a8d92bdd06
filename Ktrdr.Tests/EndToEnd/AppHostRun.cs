using System.Diagnostics;
using System.Text.Json;
using Ktrdr.Tests.Support;

namespace Ktrdr.Tests.EndToEnd;

/// <summary>The AppHost as a person starts it, in a home of its own that goes away with it.</summary>
internal sealed class AppHostRun : IAsyncDisposable
{
    private static readonly string[] Inherited = ["KTRDR_HOME", "KTRDR_URL", "KTRDR_TOKEN", "KTRDR_SLOT", "KTRDR_POSTGRES", "KTRDR_SCRAPE_SECONDS"];

    private readonly TemporaryFolder _home;
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private AppHostRun(TemporaryFolder home, Process process)
    {
        _home = home;
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    public string Home => _home.Path;

    public bool HasExited => _process.HasExited;

    /// <summary>What the run's sandbox files say at this moment.</summary>
    public IEnumerable<JsonElement> Sandboxes()
    {
        var folder = Path.Combine(Home, "sandboxes");
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "sandbox.json", SearchOption.AllDirectories).Select(file => JsonDocument.Parse(File.ReadAllText(file)).RootElement).ToList()
            : [];
    }

    public static AppHostRun Start(params string[] arguments) => StartWith([], arguments);

    public static AppHostRun StartWith(Dictionary<string, string> environment, params string[] arguments)
    {
        var home = new TemporaryFolder();
        if (!OperatingSystem.IsWindows())
        {
            // The database may have to run as another user, who must be able to reach its folder.
            File.SetUnixFileMode(home.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        var start = new ProcessStartInfo("dotnet", [Executable("Ktrdr.AppHost"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Repository.Root,
        };
        foreach (var name in Inherited)
        {
            start.Environment.Remove(name);
        }

        start.Environment["KTRDR_HOME"] = home.Path;
        // The full edition would take containers where there is an engine; these tests look at processes.
        start.Environment["KTRDR_REALISATION"] = "native";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new AppHostRun(home, process);
    }

    /// <summary>An executable of the same build as these tests.</summary>
    public static string Executable(string project)
    {
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", project, configuration, $"{project}.dll"));
    }

    public async Task<(int ExitCode, string Output, string Error)> ExitAsync(TimeSpan patience)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            throw new TimeoutException($"The AppHost did not exit within {patience}. It said:\n{await _output}\n{await _error}");
        }

        return (_process.ExitCode, await _output, await _error);
    }

    /// <summary>The demo's last line of stdout.</summary>
    public async Task<JsonElement> DemoResultAsync(TimeSpan patience)
    {
        var (exitCode, output, error) = await ExitAsync(patience);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"The demo ended with exit code {exitCode}:\n{output}\n{error}");
        }

        return JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _home.Dispose();
    }
}
