using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Ktrdr.Api.Persistence;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.ServiceDefaults.Security;

namespace Ktrdr.Api.Security;

/// <summary>The sandbox's tokens, and the key from which the secrets of workers and attempts are derived: the database never holds one.</summary>
internal sealed class ApiSecrets
{
    private readonly byte[] _key;
    private readonly (Role Role, string Token)[] _tokens;

    public ApiSecrets(string admin, string researcher, string reader, string join)
    {
        _tokens = [(Role.Admin, admin), (Role.Researcher, researcher), (Role.Reader, reader), (Role.Joiner, join)];
        _key = HMACSHA256.HashData(Encoding.UTF8.GetBytes(admin), "ktrdr derived secrets"u8);
    }

    public static ApiSecrets FromSandbox(SandboxFolder sandbox)
    {
        var secrets = new SandboxSecrets(sandbox);
        try
        {
            return new ApiSecrets(
                secrets.Read(SandboxSecrets.AdminToken), secrets.Read(SandboxSecrets.ResearcherToken),
                secrets.Read(SandboxSecrets.ReaderToken), secrets.Read(SandboxSecrets.JoinToken));
        }
        catch (SandboxException error)
        {
            throw new StartupException(error.Message);
        }
    }

    /// <summary>The role of one of the sandbox's tokens; every token is compared, whichever fits.</summary>
    public Role? RoleOf(string token)
    {
        Role? found = null;
        foreach (var (role, expected) in _tokens)
        {
            found = Secret.FixedTimeEquals(token, expected) ? role : found;
        }

        return found;
    }

    /// <summary>The worker's bearer token: its id is readable in it, so that one look-up tells the nonce.</summary>
    public string WorkerSecret(string workerId, string nonce) => $"{WorkerPrefix}{Derive($"worker\n{workerId}\n{nonce}")}.{workerId}";

    public static string? WorkerIdOf(string token)
    {
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        return token.StartsWith(WorkerPrefix, StringComparison.Ordinal) && dot > 0 && dot < token.Length - 1 ? token[(dot + 1)..] : null;
    }

    /// <summary>Proves that its holder was given this attempt.</summary>
    public string AttemptToken(string operationId, int attempt) => Derive($"attempt\n{operationId}\n{attempt}");

    private const string WorkerPrefix = "ktw_";

    private string Derive(string purpose) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(purpose)));
}
