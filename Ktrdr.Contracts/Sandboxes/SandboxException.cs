namespace Ktrdr.Contracts.Sandboxes;

/// <summary>Something about a sandbox that a person can mend: the message is one line that names the thing, its value and what is allowed.</summary>
/// <param name="code">Stable machine-readable name in snake_case, for instance <c>slot_in_use</c>.</param>
public sealed class SandboxException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;
}
