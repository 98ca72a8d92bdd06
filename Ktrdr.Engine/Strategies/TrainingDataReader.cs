using System.Globalization;
using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>training_data</c>.</summary>
internal static class TrainingDataReader
{
    internal const string SymbolPattern = "^[A-Za-z0-9._/=^-]{1,40}$";
    private const int MostSymbols = 100;

    private static readonly string TimeAllowed = "a date such as 2020-01-31, or a time such as 2020-01-31T00:00:00Z";

    private static readonly FreeKey SymbolMode = new("mode", "single, multi_symbol", () => Schemas.Words(["single", "multi_symbol"]), "One instrument, or several trained together.") { Required = true };
    private static readonly TextKey Symbol = new("symbol", "The instrument; with mode single.", "the name of one instrument") { Pattern = SymbolPattern };
    private static readonly TextListKey SymbolList = new("list", "The instruments; with mode multi_symbol.") { Pattern = SymbolPattern, Count = (1, MostSymbols) };
    private static readonly TextListKey OtherSymbolList = new("symbols", "Another name of list.") { Pattern = SymbolPattern, Count = (1, MostSymbols) };
    private static readonly FreeKey Criteria = new("selection_criteria", "a mapping", () => new() { ["type"] = "object" }, "Choosing instruments by their properties: not implemented, in the original either.");
    private static readonly Shape SymbolsShape = new(SymbolMode, Symbol, SymbolList, OtherSymbolList, Criteria)
    {
        Rules =
        [
            () => Schemas.When(Schemas.Is(SymbolMode!, "single"), Schemas.ExactlyOne(Symbol!, SymbolList!, OtherSymbolList!)),
            () => Schemas.When(Schemas.Is(SymbolMode!, "multi_symbol"), new() { ["oneOf"] = new JsonArray(Schemas.Required(SymbolList!.Name), Schemas.Required(OtherSymbolList!.Name)), ["properties"] = new JsonObject { [Symbol!.Name] = false } }),
        ],
    };

    private static readonly PartKey Symbols = new("symbols", SymbolsShape, "What is traded.") { Required = true };
    private static readonly IntegerKey History = new("history_required", null, 50, 100_000, "Bars of the base timeframe before the first usable row; the warm-up of the indicators unless more.") { MayBeEmpty = true };
    private static readonly FreeKey Start = new("start_date", TimeAllowed, () => Schemas.Text(), "Where training begins unless the request says otherwise.") { MayBeEmpty = true };
    private static readonly FreeKey End = new("end_date", TimeAllowed, () => Schemas.Text(), "Where training ends, exclusive, unless the request says otherwise.") { MayBeEmpty = true };
    private static readonly FreeKey Range = new("date_range", "a mapping", () => new() { ["type"] = "object" }, "") { NoEffect = "write start_date and end_date", MayBeEmpty = true };

    public static readonly PartKey Key = new("training_data", new Shape(Symbols, TimeframesReader.Key, History, Start, End, Range), "What the strategy is trained on.") { Required = true };

    public static TrainingDataSpec? Read(Section root)
    {
        var section = root.RequirePart(Key);
        if (section is null)
        {
            return null;
        }

        var symbols = ReadSymbols(section);
        var timeframes = TimeframesReader.Read(section, out var baseTimeframe);
        var history = section.IntegerOrNull(History);
        var start = ReadTime(section, Start);
        var end = ReadTime(section, End);
        if (start >= end)
        {
            section.Context.Report(section.LineOf(End), "out_of_range", section.PathOf(End), $"{section.PathOf(End)} is not after {section.PathOf(Start)}; allowed: a later time.", allowed: "a time after start_date");
        }

        return symbols is null || timeframes is null ? null : new TrainingDataSpec(symbols, timeframes, baseTimeframe ?? timeframes[0], history, start, end);
    }

    private static Sequence<string>? ReadSymbols(Section data)
    {
        var section = data.RequirePart(Symbols);
        if (section is null)
        {
            return null;
        }

        var mode = ReadMode(section, SymbolMode, "single", "multi_symbol");
        var symbol = section.Text(Symbol);
        var listKey = section.Has(SymbolList) || !section.Has(OtherSymbolList) ? SymbolList : OtherSymbolList;
        var list = section.TextList(listKey);
        section.OneNameOf(SymbolList, OtherSymbolList);
        if (section.Has(Criteria))
        {
            if (!section.Has(Symbol) && !section.Has(listKey))
            {
                section.NotImplemented(Criteria, "available: symbol, or list");
                return null;
            }

            section.Context.NeverHadEffect(section.LineOf(Criteria), section.PathOf(Criteria), "the instruments are those named");
        }

        if (mode is null)
        {
            return null;
        }

        var names = mode == "single" ? One(section, symbol, list, listKey) : Several(section, list, listKey);
        return names is not null && names.Select((name, i) => CheckSymbol(section, name, names.Count == 1 && symbol is not null ? section.PathOf(Symbol) : $"{section.PathOf(listKey)}[{i}]")).ToArray().All(good => good)
            ? names.ToSequence()
            : null;
    }

    private static IReadOnlyList<string>? One(Section section, string? symbol, IReadOnlyList<string>? list, TextListKey listKey)
    {
        if (symbol is not null && section.Has(listKey) && !section.IsSlip(listKey))
        {
            section.Context.Report(section.LineOf(listKey), "conflict", section.PathOf(listKey), $"{section.Path} has both symbol and a list; allowed: one of them.", allowed: "one of symbol, list");
            return null;
        }

        if (symbol is not null)
        {
            return [symbol];
        }

        if (list is { Count: 1 } || section.Has(listKey))
        {
            if (list is not null and not { Count: 1 })
            {
                section.Context.Report(section.LineOf(listKey), "out_of_range", section.PathOf(listKey), $"{section.PathOf(listKey)} names {list.Count} symbols with mode single; allowed: 1, or mode multi_symbol.", allowed: "1 symbol");
            }

            return list is { Count: 1 } ? list : null;
        }

        section.Require(Symbol);
        return null;
    }

    private static IReadOnlyList<string>? Several(Section section, IReadOnlyList<string>? list, TextListKey listKey)
    {
        if (section.Has(Symbol) && section.Has(listKey))
        {
            section.Context.Report(section.LineOf(Symbol), "conflict", section.PathOf(Symbol), $"{section.PathOf(Symbol)} does not go with mode multi_symbol; allowed: list.", allowed: "list");
            return null;
        }

        if (!section.Has(listKey))
        {
            // A slip of the pen between symbol and symbols has been said already.
            if (!section.IsSlip(Symbol))
            {
                section.Require(SymbolList, "at least 1 symbol");
            }

            return null;
        }

        if (list is null)
        {
            return null;
        }

        if (list.Count is 0 or > MostSymbols)
        {
            section.Context.Report(section.LineOf(listKey), "out_of_range", section.PathOf(listKey), $"{section.PathOf(listKey)} has {list.Count} symbols; allowed: 1 to {MostSymbols}.", allowed: $"1 to {MostSymbols}");
            return null;
        }

        var repeated = list.Where((name, i) => list.Take(i).Contains(name)).ToArray();
        foreach (var name in repeated)
        {
            section.Context.Report(section.LineOf(listKey), "duplicate", section.PathOf(listKey), $"{section.PathOf(listKey)} names {ReadingContext.Shorten(name)} twice; allowed: each symbol once.", ReadingContext.Shorten(name), "each symbol once");
        }

        return repeated.Length == 0 ? list : null;
    }

    internal static bool CheckSymbol(Section section, string symbol, string path)
    {
        if (symbol.Length <= 40 && symbol.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '=' or '^'))
        {
            return true;
        }

        const string allowed = "at most 40 letters, digits and . _ - / = ^";
        section.Context.Report(section.Line, "out_of_range", path, $"{path} is {ReadingContext.Shorten(symbol)}; allowed: {allowed}.", ReadingContext.Shorten(symbol), allowed);
        return false;
    }

    internal static string? ReadMode(Section section, FreeKey key, string single, string several)
    {
        section.Require(key);
        var mode = section.Text(key);
        if (mode is null || mode == single || mode == several)
        {
            return mode;
        }

        section.Context.UnknownWord(section.LineOf(key), section.PathOf(key), mode, [single, several], []);
        return null;
    }

    private static DateTimeOffset? ReadTime(Section section, FreeKey key)
    {
        if (section.Text(key) is not { } text)
        {
            return null;
        }

        string[] formats = ["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"];
        if (DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time;
        }

        section.OutOfRange(key, ScalarNode.Of(text).At(section.LineOf(key)));
        return null;
    }
}
