using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Api.Full;

public sealed class DatabaseCheckTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresFact]
    public async Task Checks_WithADatabase_AreHealthyForAnybody() => Assert.Equal("Healthy", await fixture.Api.Http(null).GetStringAsync("/health/checks"));

    [PostgresFact]
    public async Task Version_SaysWhichEditionThisIs() => Assert.Equal("full", (await fixture.Api.Researcher.GetVersionAsync()).Edition);
}
