using System.CommandLine;
using System.Text.Json;
using Ktrdr.Cli.Connection;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.Sandboxes;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

/// <summary>The frame around every command's action: connection, output, and one line for every error.</summary>
internal static class Run
{
    /// <summary>An action that talks to the Api.</summary>
    public static void WithApi(this Command command, Func<ParseResult, IKtrdrApi, Output, CancellationToken, Task<int>> action) =>
        command.SetAction((parsed, cancellationToken) => GuardAsync(
            async () =>
            {
                var target = Target.Resolve(parsed);
                using var client = target.CreateClient();
                return await action(parsed, client.Api, Output.Of(parsed), cancellationToken).ConfigureAwait(false);
            },
            cancellationToken));

    /// <summary>An action that asks the Api for something and shows it.</summary>
    public static void WithAnswer<T>(this Command command, Func<ParseResult, IKtrdrApi, CancellationToken, Task<T>> ask, Action<IAnsiConsole, T> render) =>
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var answer = await ask(parsed, api, cancellationToken).ConfigureAwait(false);
            output.Answer(answer, console => render(console, answer));
            return ExitCodes.Success;
        });

    /// <summary>The same for one page of a list; where there are more, it says how to go on.</summary>
    public static void WithPage<T>(this Command command, Func<ParseResult, IKtrdrApi, CancellationToken, Task<Page<T>>> ask, Action<IAnsiConsole, IReadOnlyList<T>> render) =>
        command.WithApi(async (parsed, api, output, cancellationToken) =>
        {
            var page = await ask(parsed, api, cancellationToken).ConfigureAwait(false);
            output.Answer(page.Items, console => render(console, page.Items));
            if (page.Next is { } next)
            {
                output.Note($"More: --after {next}");
            }

            return ExitCodes.Success;
        });

    /// <summary>An action on this machine only.</summary>
    public static void WithoutApi(this Command command, Func<ParseResult, Output, CancellationToken, Task<int>> action) =>
        command.SetAction((parsed, cancellationToken) => GuardAsync(() => action(parsed, Output.Of(parsed), cancellationToken), cancellationToken));

    private static async Task<int> GuardAsync(Func<Task<int>> action, CancellationToken cancellationToken)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (KtrdrApiException error) when (error.Status is null)
        {
            return Fail($"{error.Message}. Start a sandbox with `./ktrdr sandbox up`, or say where one is with --url or --slot.", ExitCodes.Unreachable);
        }
        catch (KtrdrApiException error)
        {
            // The title repeats the first of the problems: each is one line, said once.
            var lines = error.Problem.Problems is { Count: > 0 } problems ? problems.Select(problem => $"{problem.Severity}: {problem.Message}") : [error.Message];
            foreach (var line in lines)
            {
                Console.Error.WriteLine($"ktrdr: {line}");
            }

            return error.Status is System.Net.HttpStatusCode.BadRequest or System.Net.HttpStatusCode.UnprocessableEntity or System.Net.HttpStatusCode.RequestEntityTooLarge ? ExitCodes.BadInput : ExitCodes.Failed;
        }
        catch (HttpRequestException error)
        {
            return Fail($"the service went away ({error.Message}). `./ktrdr sandbox status` says how it is.", ExitCodes.Unreachable);
        }
        catch (Exception error) when (error is UsageException or SandboxException)
        {
            return Fail(error.Message, ExitCodes.BadInput);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Fail(error.Message, ExitCodes.BadInput);
        }
        catch (JsonException error)
        {
            return Fail($"the service's answer is not understood ({error.Message}): is it a KTRDR of this version?", ExitCodes.Failed);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
    }

    private static int Fail(string message, int code)
    {
        Console.Error.WriteLine($"ktrdr: {message}");
        return code;
    }
}

/// <summary>Something that the person at the keyboard can mend.</summary>
internal sealed class UsageException(string message) : Exception(message);
