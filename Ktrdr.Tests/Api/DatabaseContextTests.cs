using Ktrdr.Api.Persistence;
using Ktrdr.ServiceDefaults;
using Ktrdr.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Ktrdr.Tests.Api;

/// <summary>The database as the Api's container gives it: the same in both editions.</summary>
public sealed class DatabaseContextTests(ApiFixture fixture) : IClassFixture<ApiFixture>
{
    [PostgresFact]
    public async Task Commands_AreNeverRepeatedBehindATransactionsBack()
    {
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<KtrdrDatabase>();

        Assert.False(database.Database.CreateExecutionStrategy().RetriesOnFailure);
    }

    [PostgresFact]
    public async Task Connections_AreThoseOfTheOnePool()
    {
        var source = fixture.Api.Services.GetRequiredService<NpgsqlDataSource>();
        await using var scope = fixture.Api.Services.CreateAsyncScope();
        var connection = scope.ServiceProvider.GetRequiredService<KtrdrDatabase>().Database.GetDbConnection();

        Assert.Equal(source.ConnectionString, connection.ConnectionString);
        Assert.Equal("ktrdr-api", new NpgsqlConnectionStringBuilder(source.ConnectionString).ApplicationName);
    }

    [PostgresFact]
    public async Task Version_SaysWhichEditionThisIs() => Assert.Equal(ServiceSetup.Edition, (await fixture.Api.Researcher.GetVersionAsync()).Edition);
}
