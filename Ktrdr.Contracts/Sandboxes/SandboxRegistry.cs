using System.Diagnostics;
using System.Globalization;

namespace Ktrdr.Contracts.Sandboxes;

/// <summary>Which slots are taken on this machine, and by whom. Claims are made under a file lock, so that two starts never get the same slot.</summary>
public sealed class SandboxRegistry(SandboxLayout layout)
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(10);

    public SandboxLayout Layout { get; } = layout;

    /// <summary>Claims one slot for this process.</summary>
    /// <exception cref="SandboxException"><c>slot_in_use</c>: an AppHost that still runs holds it.</exception>
    public SandboxFile Claim(int slot, string cloneRoot)
    {
        using var held = Lock();
        return TryTake(slot, cloneRoot) ?? throw InUse(slot);
    }

    /// <summary>Claims the first slot that nobody holds and that <paramref name="usable"/> accepts (for instance: all its ports are free).</summary>
    /// <exception cref="SandboxException"><c>no_free_slot</c>.</exception>
    public SandboxFile ClaimFirst(Func<int, bool> usable, string cloneRoot)
    {
        using var held = Lock();
        for (var slot = SandboxPorts.FirstSlot; slot <= SandboxPorts.LastSlot; slot++)
        {
            if (Held(slot) is null && usable(slot) && TryTake(slot, cloneRoot) is { } claimed)
            {
                return claimed;
            }
        }

        throw new SandboxException("no_free_slot", $"no slot from {SandboxPorts.FirstSlot} to {SandboxPorts.LastSlot} has all its ports free: stop a sandbox with `ktrdr sandbox down --slot n`.");
    }

    /// <summary>Replaces what is known of a sandbox that this process holds.</summary>
    public void Update(SandboxFile sandbox)
    {
        using var held = Lock();
        sandbox.Write(Layout.Slot(sandbox.Slot));
    }

    /// <summary>Null when the slot was never started.</summary>
    public SandboxFile? Read(int slot) => SandboxFile.Read(Layout.Slot(slot));

    /// <summary>Every slot that was ever started, in order; ask <see cref="SandboxFile.IsAlive"/> which of them run.</summary>
    public IReadOnlyList<SandboxFile> List()
        => [.. Enumerable.Range(SandboxPorts.FirstSlot, SandboxPorts.LastSlot + 1 - SandboxPorts.FirstSlot).Select(Read).OfType<SandboxFile>()];

    private SandboxFile? Held(int slot) => Read(slot) is { IsAlive: true } holder ? holder : null;

    private SandboxException InUse(int slot)
    {
        var holder = Held(slot);
        return new SandboxException("slot_in_use", $"slot {slot} is in use by the AppHost with process id {holder?.AppHost.Pid} of {holder?.CloneRoot}: stop it with `ktrdr sandbox down --slot {slot}`, or take another slot.");
    }

    private SandboxFile? TryTake(int slot, string cloneRoot)
    {
        if (Held(slot) is not null)
        {
            return null;
        }

        var ports = SandboxPorts.For(slot);
        var before = Read(slot);
        var claimed = new SandboxFile
        {
            Slot = slot,
            Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports.Api}"),
            Ports = ports,
            AppHost = ProcessIdentity.Current,
            CloneRoot = Path.GetFullPath(cloneRoot),
            StartedAt = DateTimeOffset.UtcNow,
            Status = SandboxStatus.Starting,
            PostgresData = before?.PostgresData,
            // What a crashed holder may have left running, for the new one to end.
            Processes = before?.Processes ?? [],
        };
        claimed.Write(Layout.Slot(slot));
        return claimed;
    }

    /// <summary>Whether somebody else has the lock: EWOULDBLOCK of Linux and macOS, and the sharing violations of Windows.</summary>
    private static bool IsHeld(Exception error) => (error.HResult & 0xFFFF) is 11 or 35 or 32 or 33;

    private SandboxException NotWritable(Exception error)
        => new("home_not_writable", $"KTRDR's folder is '{Layout.Home}', which cannot be written ({error.Message.TrimEnd('.')}): set {SandboxLayout.HomeVariable} to a folder of yours.", error);

    private FileStream Lock()
    {
        try
        {
            Directory.CreateDirectory(Layout.Sandboxes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(error);
        }

        var path = Path.Combine(Layout.Sandboxes, "registry.lock");
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (Exception error) when (error is UnauthorizedAccessException || (error is IOException && !IsHeld(error)))
            {
                throw NotWritable(error);
            }
            catch (IOException error)
            {
                if (waited.Elapsed > LockTimeout)
                {
                    throw new SandboxException("registry_locked", $"the lock {path} was not free within {LockTimeout.TotalSeconds:0} s: another `ktrdr` process holds it.", error);
                }

                Thread.Sleep(20);
            }
        }
    }
}
