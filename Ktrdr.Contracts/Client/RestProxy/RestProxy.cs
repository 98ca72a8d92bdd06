using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Reflection;
using System.Text;
using Refit;

namespace Ktrdr.Contracts.Client.RestProxy;

/// <summary>Realises an annotated interface over an <see cref="HttpClient"/>: the embedded edition's stand-in for Refit.</summary>
/// <remarks>Path places and query values come from parameters; null query values are left out. Task, Task&lt;T&gt; and Task&lt;HttpResponseMessage&gt; (headers read, body streaming) are understood.</remarks>
public class RestProxy : DispatchProxy
{
    private static readonly MethodInfo SendTyped = typeof(RestProxy).GetMethod(nameof(SendAsync), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private static readonly ConcurrentDictionary<MethodInfo, Route> Routes = new();

    private HttpClient _client = null!;

    /// <summary>An implementation of <typeparamref name="T"/> that calls <paramref name="client"/>'s base address.</summary>
    public static T For<T>(HttpClient client)
        where T : class
    {
        var proxy = Create<T, RestProxy>();
        ((RestProxy)(object)proxy)._client = client;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var route = Routes.GetOrAdd(targetMethod!, static method => new Route(method));
        return route.ResultType is null
            ? SendAsync<object>(route, args!)
            : SendTyped.MakeGenericMethod(route.ResultType).Invoke(this, [route, args]);
    }

    private async Task<T?> SendAsync<T>(Route route, object?[] args)
    {
        var (request, cancellationToken) = route.CreateRequest(args);
        var streaming = typeof(T) == typeof(HttpResponseMessage);
        var completion = streaming ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead;
        var response = await _client.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
        if (streaming)
        {
            return (T)(object)response;
        }

        using (response)
        {
            if (route.ResultType is null)
            {
                return default;
            }

            return await response.Content.ReadFromJsonAsync<T>(KtrdrJson.Options, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One method's attributes, read once.</summary>
    private sealed class Route
    {
        private readonly HttpMethod _method;
        private readonly string _path;
        private readonly ParameterInfo[] _parameters;
        private readonly HashSet<string> _places;
        private readonly IReadOnlyList<(string Name, string Value)> _headers;

        public Route(MethodInfo method)
        {
            var attribute = method.GetCustomAttribute<HttpMethodAttribute>()
                ?? throw new InvalidOperationException($"{method.DeclaringType?.Name}.{method.Name} has no HTTP method attribute.");
            _method = attribute.Method;
            _path = attribute.Path;
            _parameters = method.GetParameters();
            _places = [.. _parameters.Where(p => _path.Contains($"{{{p.Name}}}", StringComparison.Ordinal)).Select(p => p.Name!)];
            _headers = [.. (method.GetCustomAttribute<HeadersAttribute>()?.Headers ?? []).Select(header => header.Split(':', 2, StringSplitOptions.TrimEntries)).Select(parts => (parts[0], parts[1]))];
            ResultType = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : null;
        }

        /// <summary>What the Task gives; null for a plain Task.</summary>
        public Type? ResultType { get; }

        public (HttpRequestMessage Request, CancellationToken CancellationToken) CreateRequest(object?[] args)
        {
            var path = new StringBuilder(_path);
            var separator = _path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var request = new HttpRequestMessage { Method = _method };
            var cancellationToken = CancellationToken.None;
            for (var i = 0; i < args.Length; i++)
            {
                var (parameter, value) = (_parameters[i], args[i]);
                if (value is CancellationToken token)
                {
                    cancellationToken = token;
                }
                else if (parameter.GetCustomAttribute<BodyAttribute>() is not null)
                {
                    request.Content = CreateContent(value, parameter.ParameterType);
                }
                else if (parameter.GetCustomAttribute<HeaderAttribute>() is { } header)
                {
                    if (value is not null)
                    {
                        request.Headers.TryAddWithoutValidation(header.Header, RestValue.Format(value));
                    }
                }
                else if (_places.Contains(parameter.Name!))
                {
                    path.Replace($"{{{parameter.Name}}}", Uri.EscapeDataString(RestValue.Format(value) ?? throw new ArgumentNullException(parameter.Name)));
                }
                else if (value is not null)
                {
                    var name = parameter.GetCustomAttribute<AliasAsAttribute>()?.Name ?? parameter.Name!;
                    path.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(RestValue.Format(value)!));
                    separator = '&';
                }
            }

            foreach (var (name, value) in _headers)
            {
                // A header is the request's or its body's.
                if (!request.Headers.TryAddWithoutValidation(name, value))
                {
                    request.Content?.Headers.TryAddWithoutValidation(name, value);
                }
            }

            request.RequestUri = new Uri(path.ToString(), UriKind.Relative);
            return (request, cancellationToken);
        }

        private static HttpContent CreateContent(object? value, Type declared)
            => value is Stream stream ? new StreamContent(stream) : JsonContent.Create(value, declared, options: KtrdrJson.Options);
    }
}
