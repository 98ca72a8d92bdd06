using System.CommandLine;
using System.Diagnostics;
using Ktrdr.Cli.Commands;
using Ktrdr.Cli.Rendering;

var root = new RootCommand("KTRDR: a strategy-research lab. Design, train, backtest and judge neuro-fuzzy strategies.");
GlobalOptions.AddTo(root);
foreach (var command in CommandTree.All())
{
    root.Add(command);
}

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in ParseErrors.Of(parsed))
    {
        Console.Error.WriteLine($"ktrdr: {error}");
    }

    return ExitCodes.BadInput;
}

// The trace of whatever the command starts begins here and flows on with each request.
using var activity = new Activity($"ktrdr {parsed.CommandResult.Command.Name}") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
