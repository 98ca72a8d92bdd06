using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.WorkerHost.Storage;

namespace Ktrdr.Worker;

/// <summary>What makes two results the same result.</summary>
internal static class ResultHash
{
    /// <summary>SHA-256 over the record's JSON; give it a copy without ids and times of the clock.</summary>
    public static string Of<T>(T result) => Artifacts.HashOf(JsonSerializer.SerializeToUtf8Bytes(result, KtrdrJson.Options));
}
