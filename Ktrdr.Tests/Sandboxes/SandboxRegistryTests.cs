using System.Diagnostics;
using Ktrdr.Contracts.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.Sandboxes;

public sealed class SandboxRegistryTests : IDisposable
{
    private readonly TemporaryHome _home = new();
    private readonly SandboxRegistry _registry;

    public SandboxRegistryTests() => _registry = new SandboxRegistry(_home.Layout);

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Claim_ManyAtOnce_OneWins()
    {
        var won = 0;
        var refused = 0;
        Parallel.For(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            try
            {
                new SandboxRegistry(_home.Layout).Claim(3, _home.Root);
                Interlocked.Increment(ref won);
            }
            catch (SandboxException error) when (error.Code == "slot_in_use")
            {
                Interlocked.Increment(ref refused);
            }
        });

        Assert.Equal((1, 23), (won, refused));
    }

    [Fact]
    public void Claim_HomeCannotBeWritten_NamesTheFolderAndTheVariable()
    {
        var file = Path.Combine(_home.Root, "file");
        File.WriteAllText(file, "");

        var refused = Assert.Throws<SandboxException>(() => new SandboxRegistry(new SandboxLayout(Path.Combine(file, "home"))).Claim(3, _home.Root));

        Assert.Equal("home_not_writable", refused.Code);
        Assert.Contains(Path.Combine(file, "home"), refused.Message, StringComparison.Ordinal);
        Assert.Contains(SandboxLayout.HomeVariable, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ClaimFirst_ManyAtOnce_EachGetsASlotOfItsOwn()
    {
        var slots = new int[12];
        Parallel.For(0, slots.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => slots[i] = new SandboxRegistry(_home.Layout).ClaimFirst(_ => true, _home.Root).Slot);

        Assert.Equal(Enumerable.Range(0, slots.Length), slots.Order());
    }

    [Fact]
    public void ClaimFirst_UnusableSlots_AreSkipped()
        => Assert.Equal(2, _registry.ClaimFirst(slot => slot >= 2, _home.Root).Slot);

    [Fact]
    public void ClaimFirst_NoneUsable_SaysSo()
        => Assert.Equal("no_free_slot", Assert.Throws<SandboxException>(() => _registry.ClaimFirst(_ => false, _home.Root)).Code);

    [Fact]
    public void Claim_HolderIsGone_Heals()
    {
        using var other = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        var identity = ProcessIdentity.Of(other.Id)!;
        (_registry.Claim(5, _home.Root) with { AppHost = identity, PostgresData = "/somewhere" }).Write(_home.Layout.Slot(5));
        Assert.Throws<SandboxException>(() => _registry.Claim(5, _home.Root));

        other.Kill();
        other.WaitForExit();

        var healed = _registry.Claim(5, _home.Root);
        Assert.Equal(ProcessIdentity.Current, healed.AppHost);
        Assert.Equal("/somewhere", healed.PostgresData);
    }

    [Fact]
    public void Claim_HoldersPidBelongsToALaterProcess_Heals()
    {
        var stale = ProcessIdentity.Current with { Started = "long ago" };
        (_registry.Claim(5, _home.Root) with { AppHost = stale }).Write(_home.Layout.Slot(5));

        Assert.Equal(5, _registry.Claim(5, _home.Root).Slot);
    }

    [Fact]
    public void Claim_Stopped_CanBeTakenAgain()
    {
        _registry.Update(_registry.Claim(1, _home.Root) with { Status = SandboxStatus.Stopped });

        Assert.Equal(SandboxStatus.Starting, _registry.Claim(1, _home.Root).Status);
    }

    [Fact]
    public void Read_WhatWasWritten_ComesBack()
    {
        var written = _registry.Claim(7, _home.Root) with { Status = SandboxStatus.Running, Processes = [new SandboxProcess("api", ProcessIdentity.Current, 8007, 1, "api.log")] };
        _registry.Update(written);

        var read = _registry.Read(7)!;
        Assert.Equal(written.Processes, read.Processes);
        Assert.Equal(written with { Processes = [] }, read with { Processes = [] });
        Assert.Equal("http://127.0.0.1:8007", read.Url);
        Assert.Equal([7], _registry.List().Select(s => s.Slot));
    }

    [Fact]
    public void Read_BrokenFile_NamesIt()
    {
        Directory.CreateDirectory(_home.Layout.Slot(2).Root);
        File.WriteAllText(_home.Layout.Slot(2).File, "{");

        var error = Assert.Throws<SandboxException>(() => _registry.Read(2));
        Assert.Contains(_home.Layout.Slot(2).File, error.Message, StringComparison.Ordinal);
    }
}
