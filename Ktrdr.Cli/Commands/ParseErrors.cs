using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Ktrdr.Cli.Commands;

/// <summary>What is wrong with a command line, one line each, in the words of every other error: the option, its value, what is allowed. The parser speaks of arguments and .NET types.</summary>
internal static partial class ParseErrors
{
    public static IEnumerable<string> Of(ParseResult parsed) => parsed.Errors.Select(error => Of(parsed, error));

    private static string Of(ParseResult parsed, ParseError error)
    {
        var text = string.Join(' ', error.Message.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
        if (NotAmong().Match(text) is { Success: true } choice)
        {
            return $"{NameOf(error.SymbolResult)} is '{choice.Groups[1].Value}'; allowed: {string.Join(", ", Quoted().Matches(choice.Groups[2].Value).Select(m => m.Groups[1].Value))}.";
        }

        if (NotOfType().Match(text) is { Success: true } conversion && KindOf(conversion.Groups[2].Value) is { } kind)
        {
            return $"{NameOf(error.SymbolResult)} is '{conversion.Groups[1].Value}'; allowed: {kind}.";
        }

        return text == NoCommand && parsed.CommandResult.Command is { Subcommands.Count: > 0 } group
            ? $"'{group.Name}' needs a command; allowed: {string.Join(", ", group.Subcommands.Select(c => c.Name))}."
            : text;
    }

    private static string NameOf(SymbolResult? result) => result switch
    {
        OptionResult option => option.Option.Name,
        ArgumentResult { Parent: OptionResult option } => option.Option.Name,
        ArgumentResult argument => argument.Argument.Name,
        _ => "an argument",
    };

    private static string? KindOf(string type) => type switch
    {
        _ when type.Contains("System.Int32", StringComparison.Ordinal) => $"a whole number of at most {int.MaxValue}",
        _ when type.Contains("System.Int64", StringComparison.Ordinal) => $"a whole number of at most {long.MaxValue}",
        _ when type.Contains("System.Double", StringComparison.Ordinal) => "a number",
        _ => null,
    };

    private const string NoCommand = "Required command was not provided.";

    [GeneratedRegex("^Argument '(.*)' not recognized\\. Must be one of: (.*)$")]
    private static partial Regex NotAmong();

    [GeneratedRegex("^Cannot parse argument '(.*)' for .* as expected type '(.*)'\\.$")]
    private static partial Regex NotOfType();

    [GeneratedRegex("'([^']*)'")]
    private static partial Regex Quoted();
}
