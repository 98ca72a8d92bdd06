using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.ServiceDefaults.Security;

/// <summary>Making and comparing tokens. A comparison takes the same time wherever the difference is.</summary>
public static class Secret
{
    /// <summary>256 random bits in URL-safe characters.</summary>
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is stored of a token: SHA-256 in lower-case hex. Enough for random tokens; never use it for passwords.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Hashes first, so that not even the length shows.</summary>
    public static bool FixedTimeEquals(string? given, string expected)
        => given is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}
