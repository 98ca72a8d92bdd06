using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using Microsoft.Extensions.Configuration;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>What a worker process was told about itself; see <see cref="SandboxVariables"/> for the variables.</summary>
public sealed partial record WorkerOptions
{
    public const int MostSlots = 64;

    private const string Loopback = "127.0.0.1";

    /// <summary>Says that a GPU is there where it cannot be seen from here.</summary>
    public const string HasGpuVariable = SandboxVariables.WorkerHasGpu;

    public required string WorkerId { get; init; }

    public required IReadOnlyList<string> Kinds { get; init; }

    /// <summary>An address, or <c>+</c> for every one.</summary>
    public string ListenHost { get; init; } = Loopback;

    /// <summary>0 takes a free one, which is then registered.</summary>
    public required int Port { get; init; }

    public int Slots { get; init; } = 1;

    /// <summary>Where the Api reaches this worker; null is <c>http://127.0.0.1:port</c>.</summary>
    public Uri? EndpointUrl { get; init; }

    /// <summary>Addresses of the same Api (its replicas), tried in turn.</summary>
    public required IReadOnlyList<Uri> ApiUrls { get; init; }

    /// <summary>Folder of what outlives the process: the worker's secret, unreported results, cached bars.</summary>
    public required string State { get; init; }

    /// <summary>Bars that workers of one sandbox share; below <see cref="State"/> where there is no sandbox.</summary>
    public required string Cache { get; init; }

    public required string JoinTokenFile { get; init; }

    public bool HasGpu { get; init; }

    /// <param name="configuration">The process's environment.</param>
    /// <param name="defaultKind">The kind of a process that was told none.</param>
    /// <exception cref="WorkerOptionsException">A variable is missing or not what is allowed.</exception>
    public static WorkerOptions From(IConfiguration configuration, string? defaultKind = null)
    {
        var kinds = List(configuration[SandboxVariables.WorkerKinds] ?? defaultKind);
        foreach (var kind in kinds)
        {
            if (!WorkerKinds.All.Contains(kind))
            {
                throw Wrong(SandboxVariables.WorkerKinds, kind, string.Join(", ", WorkerKinds.All));
            }
        }

        if (kinds.Count == 0)
        {
            throw Wrong(SandboxVariables.WorkerKinds, "", $"one or more of {string.Join(", ", WorkerKinds.All)}, separated by commas");
        }

        var port = Number(configuration, SandboxVariables.WorkerPort, 0, 0, 65535);
        var id = Text(configuration, SandboxVariables.WorkerId) ?? $"{kinds[0]}-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}";
        if (!IdPattern().IsMatch(id))
        {
            throw Wrong(SandboxVariables.WorkerId, id, "1-64 characters of a-z, 0-9, '-', '_' and '.'");
        }

        var host = Text(configuration, SandboxVariables.ListenHost) ?? Loopback;
        if (host != "+" && !IPAddress.TryParse(host, out _))
        {
            throw Wrong(SandboxVariables.ListenHost, host, "an IP address, or + for every address of the machine");
        }

        var sandbox = Text(configuration, SandboxVariables.Sandbox) is { } root ? new SandboxFolder(root) : null;
        var state = Text(configuration, SandboxVariables.State) ?? sandbox?.Worker(id)
            ?? throw Wrong(SandboxVariables.State, "", $"a folder, unless {SandboxVariables.Sandbox} names the sandbox's");
        var joinToken = Text(configuration, SandboxVariables.JoinTokenFile) ?? (sandbox is null ? null : new SandboxSecrets(sandbox).PathOf(SandboxSecrets.JoinToken))
            ?? throw Wrong(SandboxVariables.JoinTokenFile, "", $"the file that holds the join token, unless {SandboxVariables.Sandbox} names the sandbox's folder");
        var endpoint = Text(configuration, SandboxVariables.WorkerEndpointUrl);

        return new WorkerOptions
        {
            WorkerId = id,
            Kinds = kinds,
            ListenHost = host,
            Port = port,
            Slots = Number(configuration, SandboxVariables.WorkerSlots, 1, 1, MostSlots),
            EndpointUrl = endpoint is null ? null : Url(SandboxVariables.WorkerEndpointUrl, endpoint),
            ApiUrls = [.. List(Text(configuration, SandboxVariables.ApiUrl) ?? "http://127.0.0.1:8000").Select(url => Url(SandboxVariables.ApiUrl, url))],
            State = Path.GetFullPath(state),
            Cache = Path.GetFullPath(Path.Combine(sandbox?.Root ?? state, "cache")),
            JoinTokenFile = joinToken,
            HasGpu = string.Equals(configuration[HasGpuVariable], "true", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static string? Text(IConfiguration configuration, string name)
        => string.IsNullOrWhiteSpace(configuration[name]) ? null : configuration[name]!.Trim();

    private static IReadOnlyList<string> List(string? text)
        => text is null ? [] : [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];

    private static int Number(IConfiguration configuration, string name, int fallback, int least, int most)
    {
        if (Text(configuration, name) is not { } text)
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw Wrong(name, text, $"a whole number from {least} to {most}");
    }

    private static Uri Url(string name, string text)
        => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw Wrong(name, text, "an absolute http or https URL");

    private static WorkerOptionsException Wrong(string name, string value, string allowed)
        => new($"{name} is {(value.Length == 0 ? "not set" : $"'{value}'")}; allowed: {allowed}.");

    [GeneratedRegex("^[a-z0-9._-]{1,64}$")]
    private static partial Regex IdPattern();
}

/// <summary>The environment of a worker is wrong; the message is one line that names the variable, its value and what is allowed.</summary>
public sealed class WorkerOptionsException(string message) : Exception(message);
