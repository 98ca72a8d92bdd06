namespace Ktrdr.Contracts.Operations;

public static class ArtifactLimits
{
    /// <summary>What one artifact may hold; a client can look before it sends.</summary>
    public const long LargestBytes = 64 * 1024 * 1024;
}
