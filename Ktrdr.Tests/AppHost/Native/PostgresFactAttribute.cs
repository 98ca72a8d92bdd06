using Ktrdr.AppHost.Native;
using Xunit;

namespace Ktrdr.Tests.AppHost.Native;

/// <summary>A test that runs the PostgreSQL that is installed on this machine; skipped, with the reason, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresPresence.Missing(npmToo: false);
}

/// <summary>A test that runs PostgreSQL both as installed and as fetched by npm; skipped, with the reason, where one of them is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresTheoryAttribute : TheoryAttribute
{
    public PostgresTheoryAttribute() => Skip = PostgresPresence.Missing(npmToo: true);
}

internal static class PostgresPresence
{
    private static readonly Lazy<bool> InSystem = new(() => Task.Run(() => PostgresInstallation.FindInSystemAsync(CancellationToken.None)).GetAwaiter().GetResult() is not null);

    public static string? Missing(bool npmToo)
        => !InSystem.Value ? "needs PostgreSQL 14 or newer, which is not installed"
            : npmToo && Executables.Find("npm") is null ? "needs npm, which is not installed"
            : null;
}
