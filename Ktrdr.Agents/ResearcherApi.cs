using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.WorkerHost.Registration;

namespace Ktrdr.Agents;

/// <summary>Speaks to the Api as a researcher: experiments, strategies and lessons are not a worker's to change.</summary>
internal sealed class ResearcherApi([FromKeyedServices(ResearcherApi.Researcher)] IKtrdrApi api)
{
    private const string Researcher = "researcher";

    public PatientApi Patient => new(api);

    public static void Add(IServiceCollection services, WorkerOptions options, string token)
        => services.AddApiClient(Researcher, options.ApiUrls, _ => () => token).AddSingleton<ResearcherApi>();

    /// <exception cref="SandboxException">The token's file is neither named nor found in the sandbox, or cannot be read.</exception>
    internal static string TokenFile(IConfiguration configuration)
    {
        if (configuration[SandboxVariables.TokenFile] is { Length: > 0 } named)
        {
            return named;
        }

        return configuration[SandboxVariables.Sandbox] is { Length: > 0 } sandbox
            ? new SandboxSecrets(new SandboxFolder(sandbox)).PathOf(SandboxSecrets.ResearcherToken)
            : throw new SandboxException("no_secret", $"{SandboxVariables.TokenFile} is not set; allowed: a file with a researcher's token, unless {SandboxVariables.Sandbox} names the sandbox's folder.");
    }

    internal static string ReadToken(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException("no_secret", $"The token file {path} cannot be read ({error.Message}); allowed: a file with a researcher's token.", error);
        }
    }
}
