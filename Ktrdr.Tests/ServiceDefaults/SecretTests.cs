using Ktrdr.Contracts.Sandboxes;
using Ktrdr.ServiceDefaults.Lifetime;
using Ktrdr.ServiceDefaults.Security;
using Xunit;

namespace Ktrdr.Tests.ServiceDefaults;

public sealed class SecretTests
{
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abd", false)]
    [InlineData("abc", "abcd", false)]
    [InlineData("", "abc", false)]
    [InlineData(null, "abc", false)]
    public void FixedTimeEquals_Pair_ComparesExactly(string? given, string expected, bool equal) => Assert.Equal(equal, Secret.FixedTimeEquals(given, expected));

    [Fact]
    public void Create_Twice_GivesDifferentLongTokens()
    {
        var (first, second) = (Secret.Create(), Secret.Create());

        Assert.NotEqual(first, second);
        Assert.True(first.Length >= 43);
        Assert.NotEqual(Secret.Hash(first), Secret.Hash(second));
    }

    [Theory]
    [InlineData("Bearer abc", "abc")]
    [InlineData("bearer  abc ", "abc")]
    [InlineData("Basic abc", null)]
    [InlineData("Bearer ", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Parse_Header_GivesTheToken(string? header, string? token) => Assert.Equal(token, BearerToken.Parse(header));

    // ServiceDefaults refers to no project of ours, so the name stands in both places.
    [Fact]
    public void ParentVariable_IsTheSandboxs() => Assert.Equal(SandboxVariables.ParentPid, ParentWatch.Variable);
}
