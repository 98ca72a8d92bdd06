using System.CommandLine;
using System.Globalization;
using Ktrdr.Cli.Commands;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.Cli.Connection;

/// <summary>Which service a command talks to, and with which token.</summary>
/// <param name="Slot">Null for an address that belongs to no sandbox of this machine.</param>
internal sealed record Target(Uri Url, int? Slot)
{
    public const string UrlVariable = "KTRDR_URL";
    public const string TokenVariable = "KTRDR_TOKEN";

    /// <summary><c>--url</c>, <c>--slot</c>, KTRDR_URL, the nearest <c>.ktrdr/sandbox</c>, slot 0: the first that says something.</summary>
    public static Target Resolve(ParseResult parsed)
    {
        if (parsed.GetValue(GlobalOptions.Url) is { } url)
        {
            return OfUrl(url, "--url");
        }

        if (parsed.GetValue(GlobalOptions.Slot) is { } slot)
        {
            return OfSlot(slot);
        }

        if (Environment.GetEnvironmentVariable(UrlVariable) is { Length: > 0 } configured)
        {
            return OfUrl(configured, UrlVariable);
        }

        return OfSlot(SandboxMarker.Find(Directory.GetCurrentDirectory()) ?? SandboxMarker.Find(AppContext.BaseDirectory) ?? 0);
    }

    public static Target OfSlot(int slot) =>
        new(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.For(slot).Api}")), slot);

    /// <summary>The secrets of the sandbox, when it is one of this machine.</summary>
    public SandboxSecrets? Secrets => Slot is { } slot ? new SandboxSecrets(SandboxLayout.FromEnvironment().Slot(slot)) : null;

    /// <summary>KTRDR_TOKEN, else the sandbox's own administrator token; null when there is neither.</summary>
    public string? Token()
    {
        if (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } configured)
        {
            return configured;
        }

        try
        {
            return Secrets?.Read(SandboxSecrets.AdminToken);
        }
        catch (SandboxException)
        {
            // Never started from here: the service will say what it thinks of a request without a token.
            return null;
        }
    }

    public ApiClient CreateClient() => new(new RestConnection(Url, new SocketsHttpHandler(), TimeSpan.FromMinutes(5), Token()));

    private static Target OfUrl(string text, string source)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            throw new UsageException($"{source} is '{text}': an absolute http or https address is needed, such as http://127.0.0.1:8000.");
        }

        var slot = url.IsLoopback && url.Port is >= 8000 and <= 8000 + SandboxPorts.LastSlot ? url.Port - 8000 : (int?)null;
        return new Target(url, slot);
    }
}

/// <summary>The typed client with the connection that it lives on.</summary>
internal sealed class ApiClient(RestConnection connection) : IDisposable
{
    public IKtrdrApi Api { get; } = connection.Of<IKtrdrApi>();

    public ISessionsApi Sessions { get; } = connection.Of<ISessionsApi>();

    public void Dispose() => connection.Dispose();
}
