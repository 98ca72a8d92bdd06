using System.Runtime.InteropServices;
using Ktrdr.AppHost;
using Ktrdr.AppHost.Native;
using Ktrdr.Contracts.Sandboxes;

if (OperatingSystem.IsWindows())
{
    await Console.Error.WriteLineAsync("the sandbox runs on Linux and macOS: on Windows, start it inside WSL.");
    return ExitCodes.Failed;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);

_ = StopWithDotnetRunAsync();
try
{
    var command = CommandLineParser.Parse(args, Environment.CurrentDirectory);
    var layout = SandboxLayout.FromEnvironment();
    return await new Host(new SandboxRegistry(layout), token => Edition.RealisationAsync(layout, token), stop.Token).RunAsync(command);
}
catch (UsageException error)
{
    await Console.Error.WriteLineAsync(error.Message);
    return ExitCodes.Usage;
}

void Stop(PosixSignalContext context)
{
    // The default would end this process at once and leave the orderly stop to nobody.
    context.Cancel = true;
    stop.Cancel();
}

async Task StopWithDotnetRunAsync()
{
    try
    {
        await DotnetRun.WaitForItsEndAsync(stop.Token);
        await stop.CancelAsync();
    }
    catch (OperationCanceledException)
    {
        // Stopped already.
    }
}
