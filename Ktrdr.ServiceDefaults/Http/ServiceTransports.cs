namespace Ktrdr.ServiceDefaults.Http;

/// <summary>Transports to those of our services whose addresses are known only at run time. They share their connections; whoever uses one adds the address and the token.</summary>
public sealed class ServiceTransports(IHttpMessageHandlerFactory handlers)
{
    internal const string Client = "service";

    public HttpMessageHandler Create() => handlers.CreateHandler(Client);
}
