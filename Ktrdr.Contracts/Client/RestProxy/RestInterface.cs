namespace Ktrdr.Contracts.Client.RestProxy;

/// <summary>How this edition realises an annotated interface: by a proxy that reads the attributes.</summary>
internal static class RestInterface
{
    public static T Realise<T>(HttpClient http)
        where T : class
        => RestProxy.For<T>(http);
}
