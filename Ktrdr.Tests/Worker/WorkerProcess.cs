using System.Collections.Concurrent;
using System.Diagnostics;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.Tests.Worker;

/// <summary>The worker's executable as its own process, as an AppHost starts it.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private bool _disposed;

    private WorkerProcess(Process process) => _process = process;

    public ConcurrentQueue<string> Output { get; } = new();

    /// <param name="kinds">For instance <c>training</c>.</param>
    /// <param name="id">Registered name.</param>
    /// <param name="apiUrls">The Api's replicas.</param>
    /// <param name="joinTokenFile">The sandbox's.</param>
    /// <param name="state">Kept when the process dies, for the next of this id.</param>
    /// <param name="parent">Whose end ends the worker; this process if null.</param>
    /// <param name="executable">Of another build; the one beside the tests if null.</param>
    public static WorkerProcess Start(string kinds, string id, IEnumerable<Uri> apiUrls, string joinTokenFile, string state, int? parent = null, string? executable = null)
    {
        var start = new ProcessStartInfo("dotnet", [executable ?? Path.Combine(AppContext.BaseDirectory, "Ktrdr.Worker.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment[SandboxVariables.WorkerKinds] = kinds;
        start.Environment[SandboxVariables.WorkerId] = id;
        start.Environment[SandboxVariables.WorkerPort] = "0";
        start.Environment[SandboxVariables.ApiUrl] = string.Join(',', apiUrls.Select(url => url.ToString().TrimEnd('/')));
        start.Environment[SandboxVariables.JoinTokenFile] = joinTokenFile;
        start.Environment[SandboxVariables.State] = state;
        start.Environment[SandboxVariables.ParentPid] = (parent ?? Environment.ProcessId).ToString();
        start.Environment.Remove(SandboxVariables.Sandbox);
        var worker = new WorkerProcess(new Process { StartInfo = start });
        worker._process.OutputDataReceived += (_, line) => worker.Keep(line.Data);
        worker._process.ErrorDataReceived += (_, line) => worker.Keep(line.Data);
        worker._process.Start();
        worker.Id = worker._process.Id;
        worker._process.BeginOutputReadLine();
        worker._process.BeginErrorReadLine();
        return worker;
    }

    public int Id { get; private set; }

    public bool Said(string text) => Output.Any(line => line.Contains(text, StringComparison.Ordinal));

    public int ExitCode
    {
        get
        {
            _process.WaitForExit();
            return _process.ExitCode;
        }
    }

    /// <summary>As <c>kill -9</c> does.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            Output.Enqueue(line);
        }
    }
}
