using System.CommandLine;
using Ktrdr.Cli.Connection;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.Cli.Commands;

internal static class TokenCommand
{
    private static readonly Dictionary<string, string> Files = new()
    {
        ["admin"] = SandboxSecrets.AdminToken,
        ["researcher"] = SandboxSecrets.ResearcherToken,
        ["reader"] = SandboxSecrets.ReaderToken,
    };

    public static Command Create()
    {
        var role = new Option<string>("--role") { Description = "admin, researcher or reader", DefaultValueFactory = _ => "admin" };
        role.AcceptOnlyFromAmong([.. Files.Keys]);
        var link = new Option<bool>("--link") { Description = "Print a link that logs a browser in to the page, once" };
        var command = new Command("token", "Print a token of the sandbox, for curl: -H \"Authorization: Bearer $(./ktrdr token)\"") { role, link };
        command.WithoutApi(async (parsed, output, cancellationToken) =>
        {
            var target = Target.Resolve(parsed);
            if (parsed.GetValue(link))
            {
                using var client = target.CreateClient();
                var page = await client.Sessions.CreateLoginLinkAsync(cancellationToken).ConfigureAwait(false);
                output.Answer(page, _ => Console.Out.WriteLine(page.Url));
                return ExitCodes.Success;
            }

            var secrets = target.Secrets ?? throw new UsageException($"{target.Url} is not a sandbox of this machine: its tokens are where it runs.");
            var token = secrets.Read(Files[parsed.GetValue(role)!]);
            output.Answer(new { role = parsed.GetValue(role), token }, _ => Console.Out.WriteLine(token));
            return ExitCodes.Success;
        });
        return command;
    }
}
