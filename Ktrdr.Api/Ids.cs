namespace Ktrdr.Api;

/// <summary>Names of stored things: a prefix and a UUIDv7 in hex, so that they sort by the time they were made.</summary>
internal static class Ids
{
    public static string New(string prefix) => $"{prefix}_{Guid.CreateVersion7():N}";
}
