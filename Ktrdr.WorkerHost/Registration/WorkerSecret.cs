using Ktrdr.ServiceDefaults.Security;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.WorkerHost.Registration;

/// <summary>The token that the Api and this worker show each other. It is kept on disk, readable by the owner only, because a known id is registered again only by whoever has its secret.</summary>
public sealed class WorkerSecret
{
    private readonly string _path;
    private readonly string _joinTokenFile;
    private volatile string? _value;
    private volatile string? _shown;

    public WorkerSecret(WorkerOptions options)
    {
        _path = Path.Combine(options.State, "secret");
        _joinTokenFile = options.JoinTokenFile;
        _value = File.Exists(_path) && File.ReadAllText(_path).Trim() is { Length: > 0 } stored ? stored : null;
    }

    /// <summary>Null until the first registration.</summary>
    public string? Value => _value;

    /// <summary>What a registration shows: this secret, or a join token.</summary>
    internal string? Shown
    {
        get => _shown;
        set => _shown = value;
    }

    /// <summary>The token that admits a worker which has no secret yet; read each time, because tokens are rotated.</summary>
    public string ReadJoinToken() => File.ReadAllText(_joinTokenFile).Trim();

    /// <summary>Writes the secret down before it is used.</summary>
    public void Keep(string secret)
    {
        if (secret != _value)
        {
            AtomicFile.Write(_path, System.Text.Encoding.UTF8.GetBytes(secret), ownerOnly: true);
            _value = secret;
        }
    }

    public bool Admits(string? bearer) => _value is { } secret && Secret.FixedTimeEquals(bearer, secret);
}
