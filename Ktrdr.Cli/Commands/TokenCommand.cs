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
        var command = new Command("token", "Print a token of the sandbox, for curl: -H \"Authorization: Bearer $(./ktrdr token)\"") { role };
        command.WithoutApi((parsed, output, _) =>
        {
            var target = Target.Resolve(parsed);
            var secrets = target.Secrets ?? throw new UsageException($"{target.Url} is not a sandbox of this machine: its tokens are where it runs.");
            var token = secrets.Read(Files[parsed.GetValue(role)!]);
            output.Answer(new { role = parsed.GetValue(role), token }, _ => Console.Out.WriteLine(token));
            return Task.FromResult(ExitCodes.Success);
        });
        return command;
    }
}
