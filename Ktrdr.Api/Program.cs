using Ktrdr.Api;
using Ktrdr.Api.Persistence;

try
{
    if (args is ["migrate"])
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        return await MigrateCommand.RunAsync(configuration, Console.Out, CancellationToken.None);
    }

    if (args.Length > 0 && !args[0].StartsWith('-'))
    {
        throw new StartupException($"'{args[0]}' is not a command of Ktrdr.Api; allowed: migrate, or nothing to serve.");
    }

    await using var app = ApiApplication.Build(WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }));
    await app.RunAsync();
    return 0;
}
catch (StartupException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
