using Xunit;

namespace Ktrdr.Tests.Support;

/// <summary>A test that needs the reference vectors or market data beside the clone; skipped, with the reason, where they are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = Repository.Shared is null ? MissingReason : null;

    internal const string MissingReason = "needs the reference vectors and data in ../shared, which is not there";
}

/// <inheritdoc cref="SharedFactAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute() => Skip = Repository.Shared is null ? SharedFactAttribute.MissingReason : null;
}
