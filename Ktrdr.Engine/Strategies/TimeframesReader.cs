using System.Text.Json.Nodes;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads timeframes: those of <c>training_data</c>, and by name wherever else a document has one.</summary>
internal static class TimeframesReader
{
    internal static readonly IReadOnlyList<string> Names = Timeframe.All.Select(t => t.Name).ToArray();

    private static readonly FreeKey TimeframeMode = new("mode", "single, multi_timeframe", () => Schemas.Words(["single", "multi_timeframe"]), "One timeframe, or several.") { Required = true };
    private static readonly FreeKey SingleTimeframe = new("timeframe", string.Join(", ", Names), Form, "The timeframe; with mode single.");
    private static readonly TextListKey TimeframeList = new("list", "The timeframes, at least two; with mode multi_timeframe. Their order is that of the features.") { Words = Names, Count = (1, Names.Count) };
    private static readonly TextListKey OtherTimeframeList = new("timeframes", "Another name of list.") { Words = Names, Count = (1, Names.Count) };
    private static readonly FreeKey Base = new("base_timeframe", string.Join(", ", Names), Form, "Whose bars are the rows and the moments of decision; the first of the list unless given.") { MayBeEmpty = true };
    private static readonly Shape TimeframesShape = new(TimeframeMode, SingleTimeframe, TimeframeList, OtherTimeframeList, Base)
    {
        Rules =
        [
            () => Schemas.When(Schemas.Is(TimeframeMode!, "single"), Schemas.ExactlyOne(SingleTimeframe!, TimeframeList!, OtherTimeframeList!)),
            () => Schemas.When(
                Schemas.Is(TimeframeMode!, "multi_timeframe"),
                new()
                {
                    ["oneOf"] = new JsonArray(Schemas.Required(TimeframeList!.Name), Schemas.Required(OtherTimeframeList!.Name)),
                    ["properties"] = new JsonObject { [SingleTimeframe!.Name] = false, [TimeframeList.Name] = new JsonObject { ["minItems"] = 2 }, [OtherTimeframeList.Name] = new JsonObject { ["minItems"] = 2 } },
                }),
        ],
    };

    public static readonly PartKey Key = new("timeframes", TimeframesShape, "How wide the bars are.") { Required = true };

    public static Sequence<string>? Read(Section data, out string? baseTimeframe)
    {
        baseTimeframe = null;
        var section = data.RequirePart(Key);
        if (section is null)
        {
            return null;
        }

        var mode = TrainingDataReader.ReadMode(section, TimeframeMode, "single", "multi_timeframe");
        var single = ReadOne(section, SingleTimeframe);
        var listKey = section.Has(TimeframeList) || !section.Has(OtherTimeframeList) ? TimeframeList : OtherTimeframeList;
        var list = ReadList(section, listKey);
        section.OneNameOf(TimeframeList, OtherTimeframeList);
        baseTimeframe = ReadOne(section, Base);
        var names = mode switch
        {
            null => null,
            "single" => OneTimeframe(section, single, list, listKey),
            _ => SeveralTimeframes(section, list, listKey),
        };
        if (names is not null && baseTimeframe is not null && !names.Contains(baseTimeframe))
        {
            var allowed = string.Join(", ", names);
            section.Context.Report(section.LineOf(Base), "unknown_reference", section.PathOf(Base), $"{section.PathOf(Base)} is {baseTimeframe}, which is not among the training timeframes; allowed: {allowed}.", baseTimeframe, allowed);
        }

        return names?.ToSequence();
    }

    private static IReadOnlyList<string>? OneTimeframe(Section section, string? single, IReadOnlyList<string>? list, TextListKey listKey)
    {
        if (!section.Has(SingleTimeframe) && !section.Has(listKey))
        {
            section.Require(SingleTimeframe);
            return null;
        }

        if (section.Has(SingleTimeframe) && section.Has(listKey) && !section.IsSlip(listKey) || list is not null and not { Count: 1 })
        {
            section.Context.Report(section.LineOf(listKey), "conflict", section.PathOf(listKey), $"{section.Path} names {(list?.Count ?? 0) + (section.Has(SingleTimeframe) ? 1 : 0)} timeframes with mode single; allowed: 1, or mode multi_timeframe.", allowed: "1 timeframe");
            return null;
        }

        return single is not null ? [single] : list;
    }

    private static IReadOnlyList<string>? SeveralTimeframes(Section section, IReadOnlyList<string>? list, TextListKey listKey)
    {
        if (section.Has(SingleTimeframe) && section.Has(listKey))
        {
            section.Context.Report(section.LineOf(SingleTimeframe), "conflict", section.PathOf(SingleTimeframe), $"{section.PathOf(SingleTimeframe)} does not go with mode multi_timeframe; allowed: list.", allowed: "list");
            return null;
        }

        if (!section.Has(listKey))
        {
            // A slip of the pen between timeframe and timeframes has been said already.
            if (!section.IsSlip(SingleTimeframe))
            {
                section.Require(TimeframeList, "at least 2 timeframes");
            }

            return null;
        }

        if (list is { Count: < 2 })
        {
            section.Context.Report(section.LineOf(listKey), "out_of_range", section.PathOf(listKey), $"{section.PathOf(listKey)} names {list.Count} timeframe{(list.Count == 1 ? "" : "s")} with mode multi_timeframe; allowed: at least 2.", allowed: "at least 2");
            return null;
        }

        return list;
    }

    internal static string? ReadOne(Section section, Key key) =>
        section.Text(key) is { } name && IsTimeframe(section.Context, section.LineOf(key), section.PathOf(key), name) ? name : null;

    /// <summary>Distinct known timeframes; null where absent or wrong.</summary>
    internal static IReadOnlyList<string>? ReadList(Section section, Key key)
    {
        if (section.TextList(key) is not { } names)
        {
            return null;
        }

        var good = new List<string>();
        for (var i = 0; i < names.Count; i++)
        {
            var at = $"{section.PathOf(key)}[{i}]";
            if (good.Contains(names[i]))
            {
                section.Context.Report(section.LineOf(key), "duplicate", at, $"{at} is {names[i]}, which is in the list already; allowed: each timeframe once.", names[i], "each timeframe once");
            }
            else if (IsTimeframe(section.Context, section.LineOf(key), at, names[i]))
            {
                good.Add(names[i]);
            }
        }

        return good.Count == names.Count ? good : null;
    }

    internal static JsonObject Form() => Schemas.Words(Names);

    private static bool IsTimeframe(ReadingContext context, int line, string path, string name)
    {
        if (Timeframe.TryParse(name, out var timeframe) && timeframe.Name == name)
        {
            return true;
        }

        context.UnknownWord(line, path, name, Names, [], "unknown_timeframe");
        return false;
    }
}
