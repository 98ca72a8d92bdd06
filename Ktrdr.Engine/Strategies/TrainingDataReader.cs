using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>training_data</c>.</summary>
internal static class TrainingDataReader
{
    internal static readonly IReadOnlyList<string> TimeframeNames = Timeframe.All.Select(t => t.Name).ToArray();

    public static TrainingDataSpec? Read(Section root)
    {
        var section = root.RequireChild("training_data", "a mapping with symbols and timeframes");
        if (section is null)
        {
            return null;
        }

        var symbol = ReadSymbol(section);
        var timeframes = ReadTimeframes(section, out var baseTimeframe);
        var history = section.IntegerOrNull("history_required", 50, 100_000);
        foreach (var key in (ReadOnlySpan<string>)["start_date", "end_date", "date_range"])
        {
            section.NoEffect(key, "the window of training is given with the request");
        }

        section.Close();
        return symbol is null || timeframes is null ? null : new TrainingDataSpec(symbol, timeframes, baseTimeframe ?? timeframes[0], history);
    }

    private static string? ReadSymbol(Section data)
    {
        var symbols = data.RequireChild("symbols", "{mode: single, symbol: <name>}");
        if (symbols is null)
        {
            return null;
        }

        var mode = ReadMode(symbols, "single", "multi_symbol", "one symbol with mode: single");
        symbols.NotImplemented("selection_criteria", "available: one symbol by name");
        var symbol = symbols.Text("symbol");
        var list = symbols.TextList("list") ?? symbols.TextList("symbols");
        symbols.Close();
        if (mode != "single")
        {
            return null;
        }

        if (symbol is not null && list is not null)
        {
            data.Context.Report(symbols.LineOf("symbol"), "conflict", symbols.PathOf("symbol"), $"{symbols.Path} has both symbol and a list; allowed: one of them.");
            return null;
        }

        if (list is { Count: not 1 })
        {
            data.Context.Report(symbols.Line, "out_of_range", symbols.PathOf("list"), $"{symbols.Path} lists {list.Count} symbols with mode single; allowed: 1.", allowed: "1 symbol");
            return null;
        }

        symbol ??= list?[0];
        if (symbol is null)
        {
            if (!symbols.Has("symbol") && !symbols.Has("list") && !symbols.Has("symbols"))
            {
                symbols.Require("symbol", "the name of one instrument");
            }

            return null;
        }

        return CheckSymbol(symbols, symbol);
    }

    private static string? CheckSymbol(Section symbols, string symbol)
    {
        if (symbol.Length <= 40 && symbol.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '=' or '^'))
        {
            return symbol;
        }

        const string allowed = "at most 40 letters, digits and . _ - / = ^";
        symbols.Context.Report(symbols.LineOf("symbol"), "out_of_range", symbols.PathOf("symbol"), $"{symbols.PathOf("symbol")} is {ReadingContext.Shorten(symbol)}; allowed: {allowed}.", ReadingContext.Shorten(symbol), allowed);
        return null;
    }

    private static Sequence<string>? ReadTimeframes(Section data, out string? baseTimeframe)
    {
        baseTimeframe = null;
        var section = data.RequireChild("timeframes", "{mode: single, timeframe: 1h} or {mode: multi_timeframe, list: [1h, 4h]}");
        if (section is null)
        {
            return null;
        }

        var mode = ReadMode(section, "single", null, "", "multi_timeframe");
        var single = ReadTimeframe(section, "timeframe");
        var listKey = section.Has("list") || !section.Has("timeframes") ? "list" : "timeframes";
        var list = ReadTimeframeList(section, listKey);
        baseTimeframe = ReadTimeframe(section, "base_timeframe");
        section.Close();
        if (mode is null)
        {
            return null;
        }

        var names = new List<string>();
        if (mode == "single")
        {
            if (single is null && list is null)
            {
                if (!section.Has("timeframe") && !section.Has(listKey))
                {
                    section.Require("timeframe", string.Join(", ", TimeframeNames));
                }

                return null;
            }

            if (single is not null && list is not null || list is { Count: not 1 })
            {
                section.Context.Report(section.Line, "conflict", section.Path, $"{section.Path} names {(list?.Count ?? 0) + (single is null ? 0 : 1)} timeframes with mode single; allowed: 1, or mode multi_timeframe.", allowed: "1 timeframe");
                return null;
            }

            names.Add(single ?? list![0]);
        }
        else
        {
            section.Context.ReportIf(section.Has("timeframe"), section.LineOf("timeframe"), "conflict", section.PathOf("timeframe"), $"{section.PathOf("timeframe")} does not go with mode multi_timeframe; allowed: list.");
            if (list is null)
            {
                if (!section.Has(listKey))
                {
                    section.Require("list", "at least 2 timeframes");
                }

                return null;
            }

            if (list.Count < 2)
            {
                section.Context.Report(section.LineOf(listKey), "out_of_range", section.PathOf(listKey), $"{section.PathOf(listKey)} has {list.Count} timeframes with mode multi_timeframe; allowed: at least 2.", allowed: "at least 2");
                return null;
            }

            names.AddRange(list);
        }

        if (baseTimeframe is not null && !names.Contains(baseTimeframe))
        {
            section.Context.Report(
                section.LineOf("base_timeframe"), "unknown_reference", section.PathOf("base_timeframe"),
                $"{section.PathOf("base_timeframe")} is {baseTimeframe}, which is not among the training timeframes; allowed: {string.Join(", ", names)}.", baseTimeframe, string.Join(", ", names));
        }

        return names.ToSequence();
    }

    internal static string? ReadTimeframe(Section section, string key)
    {
        var name = section.Text(key);
        return name is not null && IsTimeframe(section.Context, section.LineOf(key), section.PathOf(key), name) ? name : null;
    }

    /// <summary>Distinct known timeframes; null where absent or wrong.</summary>
    internal static IReadOnlyList<string>? ReadTimeframeList(Section section, string key)
    {
        if (section.TextList(key) is not { } names)
        {
            return null;
        }

        var good = new List<string>();
        var complete = true;
        for (var i = 0; i < names.Count; i++)
        {
            var at = $"{section.PathOf(key)}[{i}]";
            if (good.Contains(names[i]))
            {
                section.Context.Report(section.LineOf(key), "duplicate", at, $"{at} is {names[i]}, which is in the list already; allowed: each timeframe once.", names[i]);
                complete = false;
            }
            else if (IsTimeframe(section.Context, section.LineOf(key), at, names[i]))
            {
                good.Add(names[i]);
            }
            else
            {
                complete = false;
            }
        }

        return complete ? good : null;
    }

    private static bool IsTimeframe(ReadingContext context, int line, string path, string name)
    {
        if (Timeframe.TryParse(name, out var timeframe) && timeframe.Name == name)
        {
            return true;
        }

        context.UnknownWord(line, path, name, TimeframeNames, [], "unknown_timeframe");
        return false;
    }

    private static string? ReadMode(Section section, string single, string? notImplemented, string available, string? other = null)
    {
        var allowed = other is null ? single : $"{single}, {other}";
        var mode = section.Require("mode", allowed) is null ? null : section.Text("mode");
        if (mode is null || mode == single || mode == other)
        {
            return mode;
        }

        if (mode == notImplemented)
        {
            section.Context.Report(section.LineOf("mode"), "not_implemented", section.PathOf("mode"), $"{section.PathOf("mode")} is {mode}, which is not implemented; available: {available}.", mode, allowed);
        }
        else
        {
            section.Context.UnknownWord(section.LineOf("mode"), section.PathOf("mode"), mode, allowed.Split(", "), []);
        }

        return null;
    }
}
