using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>context_data</c>: series from outside the traded bars, which indicators may name as their <c>data_source</c>.</summary>
internal static class ContextDataReader
{
    private const int Most = 50;

    private static readonly ChoiceKey<ContextProvider> Provider = new("provider", Vocabulary.ContextProviders, null, "ib: another instrument's bars; fred: series of economic data; cftc_cot: commitments of traders.") { Required = true };
    private static readonly FreeKey Alignment = new("alignment", "forward_fill", () => Schemas.Words(["forward_fill"]), "A row sees the last value that was public when it was decided.");
    private static readonly TextKey Symbol = new("symbol", "ib: the instrument; also the id of the source.", "the name of one instrument") { Pattern = TrainingDataReader.SymbolPattern };
    private static readonly FreeKey Timeframe = new("timeframe", string.Join(", ", TimeframesReader.Names), TimeframesReader.Form, "ib: its timeframe, 1h unless given.");
    private static readonly TextKey InstrumentType = new("instrument_type", "") { NoEffect = "bars are found by symbol and timeframe" };
    private static readonly FreeKey Series = new(
        "series", "text, or a list of texts", () => Schemas.AnyOf(Schemas.Text(TrainingDataReader.SymbolPattern), Names()),
        "fred: one series or several; sources fred_<series>, and for each pair yield_spread_<first>_<second>, the first less the second.");

    private static readonly TextKey Frequency = new("frequency", "") { NoEffect = "the series' own dates decide" };
    private static readonly TextKey Report = new("report", "cftc_cot: the instrument's code in the report; sources cot_<report>_net_pos and cot_<report>_net_pct.") { Pattern = TrainingDataReader.SymbolPattern };
    private static readonly NumberKey Lag = new("publication_lag_hours", null, 0, 8760, "Hours from the end of a value's period to its publication; the provider's documented lag unless given.") { Since = "3.1" };
    private static readonly TextListKey Currencies = new("currencies", "") { NoEffect = "the provider calendar is not implemented" };
    private static readonly TextKey MinImpact = new("min_impact", "") { NoEffect = "the provider calendar is not implemented" };
    private static readonly TextKey Broker = new("broker", "") { NoEffect = "the provider sentiment is not implemented" };

    public static readonly PartsKey Key = new(
        "context_data", new Shape(Provider, Alignment, Symbol, Timeframe, InstrumentType, Series, Frequency, Report, Lag, Currencies, MinImpact, Broker)
        {
            Rules =
            [
                () => Schemas.When(Schemas.Is(Provider!, "ib"), Schemas.Required(Symbol!.Name)),
                () => Schemas.When(Schemas.Is(Provider!, "fred"), Schemas.Required(Series!.Name)),
                () => Schemas.When(Schemas.Is(Provider!, "cftc_cot"), Schemas.Required(Report!.Name)),
            ],
        },
        "External series for the data_source of indicators.")
    {
        MayBeEmpty = true,
    };

    public static Sequence<ContextDataSpec> Read(Section root, out IReadOnlyList<string> sources, out bool complete)
    {
        sources = [];
        complete = true;
        if (root.Parts(Key) is not { } parts)
        {
            complete = !root.Has(Key) || root.Take(Key) is null;
            return [];
        }

        if (parts.Count > Most)
        {
            root.Context.Report(root.LineOf(Key), "out_of_range", root.PathOf(Key), $"{root.PathOf(Key)} has {parts.Count} entries; allowed: at most {Most}.", allowed: $"at most {Most}");
        }

        var specs = new List<ContextDataSpec>();
        var ids = new List<string>();
        foreach (var part in parts.Take(Most))
        {
            if (ReadOne(part) is not { } spec)
            {
                complete = false;
                continue;
            }

            specs.Add(spec);
            var repeated = spec.SourceIds().Where(ids.Contains).ToArray();
            part.Context.ReportIf(
                repeated.Length > 0, part.Line, "duplicate", part.Path,
                $"{part.Path} gives the source{(repeated.Length == 1 ? "" : "s")} {ReadingContext.Some(repeated)} a second time; allowed: each source once.", "each source once");
            ids.AddRange(spec.SourceIds());
        }

        sources = ids;
        complete &= root.List(Key)!.Count == specs.Count;
        return specs.ToSequence();
    }

    private static ContextDataSpec? ReadOne(Section part)
    {
        if (part.Require(Provider) is null || part.ChoiceOrNull(Provider) is not { } provider)
        {
            return null;
        }

        if (part.Text(Alignment) is { } alignment && alignment != "forward_fill")
        {
            part.Context.UnknownWord(part.LineOf(Alignment), part.PathOf(Alignment), alignment, ["forward_fill"], []);
        }

        var lag = part.NumberOrNull(Lag);
        var name = Vocabulary.ContextProviders.NameOf(provider);
        foreach (var (key, owner) in (ReadOnlySpan<(Key, ContextProvider)>)[(Symbol, ContextProvider.Ib), (Timeframe, ContextProvider.Ib), (Series, ContextProvider.Fred), (Report, ContextProvider.CftcCot)])
        {
            if (owner != provider)
            {
                part.OnlyWith(key, $"provider {Vocabulary.ContextProviders.NameOf(owner)}, not {name}");
            }
        }

        switch (provider)
        {
            case ContextProvider.Ib:
                part.Require(Symbol);
                var timeframe = TimeframesReader.ReadOne(part, Timeframe);
                return part.Text(Symbol) is { } symbol && TrainingDataReader.CheckSymbol(part, symbol, part.PathOf(Symbol)) && (timeframe is not null || !part.Has(Timeframe))
                    ? new ContextDataSpec(provider, symbol, timeframe ?? "1h", PublicationLagHours: lag)
                    : null;
            case ContextProvider.Fred:
                return ReadSeries(part) is { } series ? new ContextDataSpec(provider, Series: series, PublicationLagHours: lag) : null;
            default:
                part.Require(Report);
                return part.Text(Report) is { } report && TrainingDataReader.CheckSymbol(part, report, part.PathOf(Report)) ? new ContextDataSpec(provider, Report: report, PublicationLagHours: lag) : null;
        }
    }

    private static JsonObject Names()
    {
        var list = Schemas.List(Schemas.Text(TrainingDataReader.SymbolPattern), 1);
        list["uniqueItems"] = true;
        return list;
    }

    private static Sequence<string>? ReadSeries(Section part)
    {
        IReadOnlyList<string>? names;
        switch (part.Require(Series))
        {
            case ScalarNode { Kind: ScalarKind.Text } one when one.Text.Length > 0:
                names = [one.Text];
                break;
            case SequenceNode { Items.Count: > 0 }:
                names = part.TextList(Series);
                break;
            case null:
                return null;
            case var other:
                part.WrongType(Series, other);
                return null;
        }

        if (names is null || !names.Select(n => TrainingDataReader.CheckSymbol(part, n, part.PathOf(Series))).ToArray().All(good => good))
        {
            return null;
        }

        if (names.Distinct(StringComparer.Ordinal).Count() < names.Count)
        {
            part.Context.Report(part.LineOf(Series), "duplicate", part.PathOf(Series), $"{part.PathOf(Series)} names a series twice; allowed: each once.", allowed: "each series once");
            return null;
        }

        return names.ToSequence();
    }
}
