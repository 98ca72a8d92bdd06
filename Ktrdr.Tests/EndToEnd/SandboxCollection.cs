using Xunit;

namespace Ktrdr.Tests.EndToEnd;

/// <summary>Tests that start whole sandboxes run one after the other: they need the machine to themselves.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SandboxCollection : ICollectionFixture<RecordedDemo>
{
    public const string Name = "sandboxes";
}
