using Refit;

namespace Ktrdr.Contracts.Client;

/// <summary>A link that opens the dashboard once and logs its browser in.</summary>
public sealed record DashboardLink(string Url, DateTimeOffset ExpiresAt);

/// <summary>How people get into the dashboard; needs the admin's token.</summary>
public interface ISessionsApi
{
    [Post("/api/v1/login-links")]
    Task<DashboardLink> CreateLoginLinkAsync(CancellationToken cancellationToken = default);
}
