using System.Text.Json;
using Ktrdr.Contracts;

namespace Ktrdr.WorkerHost.Operations;

/// <summary>Does one type of operation. A new type of work is one class like this and one line of registration; created anew for every attempt.</summary>
public interface IOperationHandler
{
    /// <summary>
    /// Runs an attempt to its end. Ends with <see cref="OperationCanceledException"/> soon after <see cref="OperationContext.Cancellation"/> fires,
    /// and with <see cref="OperationFailedException"/> where the request cannot be done.
    /// </summary>
    Task<OperationOutcome> RunAsync(OperationContext context);
}

/// <summary>What an attempt found.</summary>
/// <param name="Result">The type's result record as JSON.</param>
/// <param name="ResultHash">SHA-256 over what the result says, without ids and times: equal for equal inputs.</param>
public sealed record OperationOutcome(JsonElement Result, string ResultHash)
{
    public static OperationOutcome Of<T>(T result, string resultHash) => new(KtrdrJson.ToElement(result), resultHash);
}

/// <summary>The request cannot be done; the operation fails with this word and sentence.</summary>
/// <param name="code">Stable machine-readable name.</param>
/// <param name="message">Safe to show to anyone.</param>
/// <param name="inner">What it came from.</param>
public sealed class OperationFailedException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;

    public bool Retryable { get; init; }

    public string? Suggestion { get; init; }

    /// <summary>For the operator only.</summary>
    public string? Detail { get; init; }
}
