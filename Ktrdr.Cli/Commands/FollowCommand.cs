using System.CommandLine;
using Ktrdr.Cli.Rendering;

namespace Ktrdr.Cli.Commands;

internal static class FollowCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("operation") { Description = "The operation to follow" };
        var command = new Command("follow", "Show an operation's live progress until it is finished") { id };
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var view = new ProgressView(api, output);
            var operation = await view.FollowAsync(parsed.GetRequiredValue(id), cancellationToken).ConfigureAwait(false);
            output.Answer(operation, console => OperationsCommand.RenderOne(console, operation));
            return view.Conclude(operation);
        });
        return command;
    }
}
