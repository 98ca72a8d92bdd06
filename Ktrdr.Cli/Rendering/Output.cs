using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ktrdr.Cli.Commands;
using Ktrdr.Contracts;
using Spectre.Console;

namespace Ktrdr.Cli.Rendering;

/// <summary>Where words and data go: with <c>--json</c> stdout holds data alone, and people's text goes to stderr.</summary>
internal sealed class Output
{
    private static readonly JsonSerializerOptions Pretty = new(KtrdrJson.Options) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private Output(bool json)
    {
        Json = json;
        People = Console(System.Console.Out, System.Console.IsOutputRedirected);
        Notes = Console(System.Console.Error, System.Console.IsErrorRedirected);
    }

    public bool Json { get; }

    /// <summary>Stdout, for the command's own answer.</summary>
    public IAnsiConsole People { get; }

    /// <summary>Stderr, for progress and remarks.</summary>
    public IAnsiConsole Notes { get; }

    public static Output Of(ParseResult parsed) => new(parsed.GetValue(GlobalOptions.Json));

    /// <summary>The answer: data as JSON, or as people read it.</summary>
    public void Answer<T>(T data, Action<IAnsiConsole> render)
    {
        if (Json)
        {
            System.Console.Out.WriteLine(JsonSerializer.Serialize(data, Pretty));
        }
        else
        {
            render(People);
        }
    }

    public void Note(string text) => Notes.MarkupLineInterpolated($"[grey]{text}[/]");

    private static IAnsiConsole Console(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
        });
        if (redirected)
        {
            // A pipe has no width: never break a row of a table, or a message, there.
            console.Profile.Width = 4096;
        }

        return console;
    }
}
