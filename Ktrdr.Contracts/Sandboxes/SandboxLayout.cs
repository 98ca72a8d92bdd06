namespace Ktrdr.Contracts.Sandboxes;

/// <summary>Where KTRDR keeps what outlives a process: <c>KTRDR_HOME</c>, else <c>~/.ktrdr</c>.</summary>
public sealed record SandboxLayout
{
    public const string HomeVariable = "KTRDR_HOME";

    public SandboxLayout(string home) => Home = Path.GetFullPath(home);

    public string Home { get; }

    /// <summary>Fetched binaries; can be deleted at any time while nothing runs.</summary>
    public string Cache => Path.Combine(Home, "cache");

    /// <summary>Files that all sandboxes of this user may read.</summary>
    public string Shared => Path.Combine(Home, "shared");

    public string Sandboxes => Path.Combine(Home, "sandboxes");

    public static SandboxLayout FromEnvironment()
    {
        var configured = Environment.GetEnvironmentVariable(HomeVariable);
        return new SandboxLayout(string.IsNullOrWhiteSpace(configured)
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ktrdr")
            : configured);
    }

    /// <exception cref="SandboxException">The slot is not between 0 and 40.</exception>
    public SandboxFolder Slot(int slot)
    {
        _ = SandboxPorts.For(slot);
        return new SandboxFolder(Path.Combine(Sandboxes, $"slot-{slot}"));
    }
}

/// <summary>The folder of one sandbox.</summary>
public sealed record SandboxFolder(string Root)
{
    /// <summary>The <see cref="SandboxFile"/>: who runs the sandbox and where it answers.</summary>
    public string File => Path.Combine(Root, "sandbox.json");

    /// <summary>One file per secret, readable by the owner only. See <see cref="SandboxSecrets"/>.</summary>
    public string Secrets => Path.Combine(Root, "secrets");

    /// <summary>One log file per process.</summary>
    public string Logs => Path.Combine(Root, "logs");

    public string Postgres => Path.Combine(Root, "postgres");

    public string Prometheus => Path.Combine(Root, "prometheus");

    public string Workers => Path.Combine(Root, "workers");

    /// <summary>State of one worker that outlives its process.</summary>
    public string Worker(string id) => Path.Combine(Workers, id);
}
