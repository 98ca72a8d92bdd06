using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ktrdr.Contracts.Sandboxes;

public enum SandboxStatus
{
    /// <summary>Claimed; its processes are being started.</summary>
    Starting,

    /// <summary>Everything was seen ready.</summary>
    Running,

    Stopping,

    /// <summary>Stopped; its data is kept for the next start.</summary>
    Stopped,

    /// <summary>The start did not succeed; see the logs.</summary>
    Failed,
}

/// <summary>One process of a sandbox as its AppHost last saw it.</summary>
/// <param name="Process">Null while it does not run, or where its AppHost does not know.</param>
/// <param name="Log">Its file, or words for where else its output is found.</param>
public sealed record SandboxProcess(string Name, ProcessIdentity? Process, int? Port, int Restarts, string Log)
{
    [JsonIgnore]
    public int? Pid => Process?.Pid;
}

/// <summary>What <c>sandbox.json</c> says about a sandbox: where it answers and which AppHost runs it. It holds no secret.</summary>
public sealed record SandboxFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        WriteIndented = true,
    };

    public required int Slot { get; init; }

    public required string Url { get; init; }

    public required SandboxPorts Ports { get; init; }

    /// <summary>The process that runs the sandbox; see <see cref="IsAlive"/>.</summary>
    public required ProcessIdentity AppHost { get; init; }

    /// <summary>The clone whose build runs.</summary>
    public required string CloneRoot { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required SandboxStatus Status { get; init; }

    /// <summary>Where PostgreSQL keeps the data: outside of the sandbox's folder when its user cannot reach that.</summary>
    public string? PostgresData { get; init; }

    public IReadOnlyList<SandboxProcess> Processes { get; init; } = [];

    /// <summary>Whether the sandbox is held by an AppHost that still runs; a claim without one is stale and heals at the next claim.</summary>
    [JsonIgnore]
    public bool IsAlive => Status is not (SandboxStatus.Stopped or SandboxStatus.Failed) && AppHost.IsAlive();

    /// <summary>Null when the sandbox was never started.</summary>
    /// <exception cref="SandboxException">The file is there but cannot be understood.</exception>
    public static SandboxFile? Read(SandboxFolder folder)
    {
        try
        {
            using var stream = File.OpenRead(folder.File);
            return JsonSerializer.Deserialize<SandboxFile>(stream, Options) ?? throw new JsonException("it holds null");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException error)
        {
            throw new SandboxException("invalid_sandbox_file", $"{folder.File} is not a sandbox file ({error.Message}): delete it to start the slot anew.", error);
        }
    }

    /// <summary>Replaces the file in one step: a reader sees the old or the new one, never a part.</summary>
    public void Write(SandboxFolder folder)
    {
        Directory.CreateDirectory(folder.Root);
        var next = $"{folder.File}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        try
        {
            File.WriteAllText(next, JsonSerializer.Serialize(this, Options) + "\n");
            File.Move(next, folder.File, overwrite: true);
        }
        catch
        {
            File.Delete(next);
            throw;
        }
    }
}
