using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Ktrdr.Cli.Commands;

/// <summary>Options that several commands share, with their one way of reading values.</summary>
internal static class OptionValues
{
    private const int MostSeeds = 64;

    public static Option<bool> Follow() => new("--follow", "-f") { Description = "Show live progress until it is finished" };

    public static Option<DateTimeOffset?> Date(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result => ParseDate(result, name),
    };

    public static Option<long> Seed() => new("--seed") { Description = "Seed of every random stream", DefaultValueFactory = _ => 1 };

    public static Option<int?> Seeds()
    {
        var seeds = new Option<int?>("--seeds") { Description = "How many seeds to train side by side, counted up from --seed (a document's own come first)" };
        seeds.Validators.Add(given =>
        {
            if (given.Tokens.Count > 0 && (!int.TryParse(given.Tokens[0].Value, CultureInfo.InvariantCulture, out var count) || count is < 1 or > MostSeeds))
            {
                given.AddError($"--seeds is '{given.Tokens[0].Value}'; allowed: 1 to {MostSeeds}.");
            }
        });
        return seeds;
    }

    public static IReadOnlyList<long> SeedsOf(long first, int? count) => count is { } several ? [.. Enumerable.Range(0, several).Select(i => first + i)] : [];

    /// <summary>Refuses NaN and the infinities, which numbers can be written as but requests cannot carry.</summary>
    public static Option<T> Finite<T>(Option<T> option)
    {
        option.Validators.Add(given =>
        {
            foreach (var token in given.Tokens)
            {
                if (double.TryParse(token.Value, CultureInfo.InvariantCulture, out var value) && !double.IsFinite(value))
                {
                    given.AddError($"{option.Name} is '{token.Value}'; allowed: a finite number.");
                }
            }
        });
        return option;
    }

    /// <summary>Refuses numbers below 1, where nothing but this program would.</summary>
    public static Option<int> AtLeastOne(Option<int> option)
    {
        option.Validators.Add(given =>
        {
            if (given.Tokens.Count > 0 && int.TryParse(given.Tokens[0].Value, CultureInfo.InvariantCulture, out var value) && value < 1)
            {
                given.AddError($"{option.Name} is '{given.Tokens[0].Value}'; allowed: 1 or more.");
            }
        });
        return option;
    }

    public static Option<int> Limit() => new("--limit") { Description = "Rows at most, 1-500", DefaultValueFactory = _ => 50 };

    private static DateTimeOffset? ParseDate(ArgumentResult result, string name)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time))
        {
            return time;
        }

        result.AddError($"{name} is '{text}': an ISO 8601 date or time in UTC is needed, such as 2015-01-31 or 2015-01-31T13:00Z.");
        return null;
    }
}
