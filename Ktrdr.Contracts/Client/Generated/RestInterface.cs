using System.Reflection;
using Refit;

namespace Ktrdr.Contracts.Client.Generated;

/// <summary>How this edition realises an annotated interface: by the implementation that Refit generates at build time.</summary>
internal static class RestInterface
{
    /// <summary>Failures reach the caller as <see cref="RefusalHandler"/> threw them.</summary>
    public static RefitSettings Settings { get; } = new(new SystemTextJsonContentSerializer(KtrdrJson.Options), new QueryValues())
    {
        TransportExceptionFactory = static (_, failure, _) => failure,
        ExceptionFactory = static _ => ValueTask.FromResult<Exception?>(null),
        DeserializationExceptionFactory = static (_, failure) => ValueTask.FromResult<Exception?>(failure),
    };

    public static T Realise<T>(HttpClient http)
        where T : class
        => RestService.ForGenerated<T>(http, Settings);

    /// <summary>Values as the Api reads them: times in UTC, lower-case truth, no culture.</summary>
    private sealed class QueryValues : IUrlParameterFormatter
    {
        public string? Format(object? value, ICustomAttributeProvider attributeProvider, Type type) => RestValue.Format(value);
    }
}
