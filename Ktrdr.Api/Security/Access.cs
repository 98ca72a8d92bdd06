namespace Ktrdr.Api.Security;

/// <summary>Who a caller is.</summary>
internal enum Role
{
    Reader,
    Researcher,
    Worker,

    /// <summary>Holds the join token: may register a worker and nothing else.</summary>
    Joiner,
    Admin,
}

/// <summary>What an endpoint demands.</summary>
internal enum Access
{
    /// <summary>Nothing: health, readiness, the page's own files.</summary>
    Open,

    /// <summary>Reading what is not sealed.</summary>
    Read,

    /// <summary>Starting and changing research: strategies, runs, data, cancel.</summary>
    Research,

    /// <summary>A worker's reports on itself and its attempts.</summary>
    Report,

    /// <summary>Storing bytes and spans: workers and researchers.</summary>
    Store,
    Register,
    Administer,
}

internal static class AccessRules
{
    public static bool Allows(Access access, Role? role) => access switch
    {
        Access.Open => true,
        Access.Read => role is Role.Reader or Role.Researcher or Role.Worker or Role.Admin,
        Access.Research => role is Role.Researcher or Role.Admin,
        Access.Report => role is Role.Worker,
        Access.Store => role is Role.Worker or Role.Researcher or Role.Admin,
        Access.Register => role is Role.Joiner or Role.Worker,
        Access.Administer => role is Role.Admin,
        _ => false,
    };

    /// <summary>The roles that an access admits, for the message of a refusal.</summary>
    public static string Describe(Access access)
        => string.Join(", ", Enum.GetValues<Role>().Where(r => Allows(access, r)).Select(r => r.ToString().ToLowerInvariant()));

    public static TBuilder Requires<TBuilder>(this TBuilder builder, Access access)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint => endpoint.Metadata.Add(new AccessMetadata(access)));
        return builder;
    }
}

internal sealed record AccessMetadata(Access Access);

/// <summary>The authenticated caller of the current request.</summary>
internal sealed record Caller(Role Role, string? WorkerId = null)
{
    private static readonly object Key = new();

    /// <summary>Who is written down as having done it.</summary>
    public string Actor => WorkerId ?? Role.ToString().ToLowerInvariant();

    public static Caller Of(HttpContext context)
        => context.Items[Key] as Caller ?? throw new ApiException(401, Contracts.ErrorCodes.Unauthorized, "this route needs a bearer token");

    public void Attach(HttpContext context) => context.Items[Key] = this;
}
