using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace Ktrdr.Api.Persistence;

/// <summary>The same key with the same body gets the first answer again; with another body it is refused.</summary>
internal sealed class Idempotency(KtrdrDatabase database)
{
    public const string Header = "Idempotency-Key";

    private const int LongestKey = 200;

    /// <param name="scope">The route: keys of different routes do not meet.</param>
    /// <param name="body">All that the answer depends on.</param>
    /// <param name="create">Runs at most once per key, in one transaction with the key's row.</param>
    public Task<T> RunAsync<T>(string scope, string? key, object body, Func<Task<T>> create, CancellationToken cancellationToken)
    {
        if (key is { Length: 0 or > LongestKey })
        {
            throw ApiException.Invalid(Header, key, $"1 to {LongestKey} characters");
        }

        return database.InTransactionAsync(() => key is null ? create() : RunKeyedAsync(scope, key, body, create, cancellationToken), cancellationToken);
    }

    private async Task<T> RunKeyedAsync<T>(string scope, string key, object body, Func<Task<T>> create, CancellationToken cancellationToken)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Json.Write(body))));

        // A second request with this key waits here until the first has committed or rolled back.
        var inserted = await database.Database.ExecuteSqlAsync(
            $"insert into idempotency_keys (scope, key, body_hash) values ({scope}, {key}, {hash}) on conflict do nothing", cancellationToken);
        if (inserted == 0)
        {
            var first = await database.Database.SqlQuery<FirstAnswer>(
                $"select body_hash as \"BodyHash\", response::text as \"Response\" from idempotency_keys where scope = {scope} and key = {key}").SingleAsync(cancellationToken);
            return first.BodyHash == hash && first.Response is not null
                ? Json.Read<T>(first.Response)
                : throw ApiException.Conflict($"{Header} = {ApiException.Shown(key)} was used before with another body; allowed: a new key, or the first body again", Header);
        }

        var answer = await create();
        await database.Database.ExecuteSqlRawAsync(
            "update idempotency_keys set response = @response where scope = @scope and key = @key",
            [
                new NpgsqlParameter("response", NpgsqlDbType.Jsonb) { Value = Json.Write(answer) },
                new NpgsqlParameter("scope", scope),
                new NpgsqlParameter("key", key),
            ],
            cancellationToken);
        return answer;
    }

    private sealed record FirstAnswer(string BodyHash, string? Response);
}
