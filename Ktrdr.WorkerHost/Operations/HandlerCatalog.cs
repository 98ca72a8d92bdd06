namespace Ktrdr.WorkerHost.Operations;

/// <param name="Type">The type of operation.</param>
/// <param name="Handler">Its <see cref="IOperationHandler"/>.</param>
public sealed record HandlerRegistration(string Type, Type Handler);

/// <summary>Which types of operation this process can run.</summary>
public sealed class HandlerCatalog(IEnumerable<HandlerRegistration> registrations)
{
    private readonly Dictionary<string, Type> _handlers = registrations.ToDictionary(r => r.Type, r => r.Handler);

    public IReadOnlyCollection<string> Types => _handlers.Keys;

    public bool CanRun(string type) => _handlers.ContainsKey(type);

    public Type HandlerOf(string type) => _handlers[type];
}
