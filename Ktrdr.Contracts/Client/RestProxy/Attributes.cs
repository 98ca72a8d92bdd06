// The names of Refit's attributes, so that one interface serves both editions: the full edition compiles against Refit itself.
namespace Refit;

[AttributeUsage(AttributeTargets.Method)]
public abstract class HttpMethodAttribute(string method, string path) : Attribute
{
    public HttpMethod Method { get; } = new(method);

    /// <summary>Relative path with <c>{parameter}</c> places and fixed query values.</summary>
    public string Path { get; } = path;
}

public sealed class GetAttribute(string path) : HttpMethodAttribute("GET", path);

public sealed class PostAttribute(string path) : HttpMethodAttribute("POST", path);

public sealed class PutAttribute(string path) : HttpMethodAttribute("PUT", path);

public sealed class DeleteAttribute(string path) : HttpMethodAttribute("DELETE", path);

/// <summary>The request's body: a stream is sent as bytes, anything else as JSON.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class BodyAttribute : Attribute;

/// <summary>Fixed headers of every request of the method, each as <c>Name: value</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HeadersAttribute(params string[] headers) : Attribute
{
    public IReadOnlyList<string> Headers { get; } = headers;
}

/// <summary>The value of a request header; null leaves it out.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class HeaderAttribute(string header) : Attribute
{
    public string Header { get; } = header;
}

/// <summary>The name of a query value, where it differs from the parameter's.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class AliasAsAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
