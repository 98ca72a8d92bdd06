using Ktrdr.Engine;
using Ktrdr.WorkerHost;
using Ktrdr.WorkerHost.Operations;

namespace Ktrdr.Worker;

/// <summary>A handler of the engine's work: input that the engine refuses, wherever it does, is the operation's failure and not an error of ours.</summary>
internal sealed class EngineWork<T>(T handler) : IOperationHandler
    where T : class, IOperationHandler
{
    public async Task<OperationOutcome> RunAsync(OperationContext context)
    {
        try
        {
            return await handler.RunAsync(context).ConfigureAwait(false);
        }
        catch (InvalidInputException refused)
        {
            throw EngineFailures.Of(refused);
        }
    }
}

internal static class EngineWork
{
    /// <summary>Adds a type of operation that the engine does the work of.</summary>
    public static IServiceCollection AddEngineWork<T>(this IServiceCollection services, string type)
        where T : class, IOperationHandler => services.AddScoped<T>().AddOperationHandler<EngineWork<T>>(type);
}
