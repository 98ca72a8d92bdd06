using System.Text.Json.Nodes;
using Ktrdr.Engine.Indicators;

namespace Ktrdr.Engine.Strategies;

/// <summary>The keys of an entry of <c>indicators</c>, made from the indicator catalog.</summary>
internal static class IndicatorKeys
{
    public static readonly TextKey Type = new("type", "Name or alias of an indicator in the catalog.", "the name of an indicator") { Required = true };

    public static readonly TextKey DataSource = new("data_source", "Id of a context_data source that the indicator is computed on; the traded bars unless given.", "the id of a context_data source") { MayBeEmpty = true };

    /// <summary>Names that people and other tools use for a parameter, and that the original drops; a type's own names come first.</summary>
    private static readonly (string? Type, string Wrong, string Right)[] WrongKeys =
    [
        ("macd", "fast", "fast_period"), ("macd", "slow", "slow_period"), ("macd", "signal", "signal_period"),
        ("squeezeintensity", "period", "bb_period"), ("squeezeintensity", "multiplier", "bb_multiplier"),
        ("stochastic", "period", "k_period"), ("stochastic", "k", "k_period"), ("stochastic", "d", "d_period"), ("stochastic", "smooth", "smooth_k"),
        ("bollingerbands", "std_dev", "multiplier"), ("bollingerbands", "num_std", "multiplier"), ("bollingerbands", "std", "multiplier"),
        ("bollingerbandwidth", "std_dev", "multiplier"), ("bollingerbandwidth", "num_std", "multiplier"), ("bollingerbandwidth", "std", "multiplier"),
        ("supertrend", "atr_period", "period"), ("supertrend", "atr_multiplier", "multiplier"),
        ("keltnerchannels", "ema_period", "period"), ("keltnerchannels", "atr_multiplier", "multiplier"),
        ("parabolicsar", "acceleration", "step_af"), ("parabolicsar", "maximum", "max_af"),
        (null, "length", "period"), (null, "window", "period"), (null, "timeperiod", "period"), (null, "lookback", "period"), (null, "price", "source"), (null, "column", "source"),
    ];

    /// <summary>Other names of parameters that documents may use.</summary>
    private static readonly (string Type, string Other, string Name)[] OtherNames =
        [("ichimoku", "tenkan", "tenkan_period"), ("ichimoku", "kijun", "kijun_period"), ("ichimoku", "senkou_b", "senkou_b_period")];

    /// <summary>Another name under which a document may give a parameter; null: it has one name only.</summary>
    public static FreeKey? OtherNameOf(IndicatorType type, IndicatorParameter parameter) =>
        OtherNames.FirstOrDefault(o => o.Type == type.Name && o.Name == parameter.Name).Other is { } other ? Parameter(parameter) with { Name = other, Summary = $"Another name of {parameter.Name}." } : null;

    /// <summary>The parameters of a type, beside type and data_source.</summary>
    public static Shape ShapeOf(IndicatorType type)
    {
        var names = type.Parameters.Select(p => p.Name).ToArray();
        return new Shape([Type, .. type.Parameters.Select(Parameter), .. type.Parameters.Select(p => OtherNameOf(type, p)).OfType<Key>(), DataSource])
        {
            WrongKeys = WrongKeys.Where(w => (w.Type is null || w.Type == type.Name) && names.Contains(w.Right) && !names.Contains(w.Wrong)).Select(w => (w.Wrong, w.Right)).ToArray(),
        };
    }

    public static IReadOnlyList<string> NamesOf(IndicatorType type) => [type.Name, .. type.Aliases];

    /// <summary>One alternative per type of the catalog: its names and its own parameters.</summary>
    public static JsonObject Schema()
    {
        var forms = IndicatorCatalog.All.Where(IsUsable).Select(type =>
        {
            var form = ShapeOf(type).ToSchema();
            form["description"] = type.Summary;
            form["properties"]!["type"] = Schemas.AnyCase(NamesOf(type));
            return form;
        });
        return Schemas.AnyOf(forms.ToArray());
    }

    /// <summary>An indicator whose past values change with new bars is no input for a model: at the time they were other values.</summary>
    public static bool IsUsable(IndicatorType type) => !type.Repaints;

    public static FreeKey Parameter(IndicatorParameter parameter) => new(parameter.Name, parameter.Allowed, () => Form(parameter), parameter.Summary);

    private static JsonObject Form(IndicatorParameter parameter)
    {
        switch (parameter.Kind)
        {
            case ParameterKind.Integer:
                var integer = new IntegerKey(parameter.Name, (int)parameter.Default, (int)(parameter.Min ?? int.MinValue), (int)(parameter.Max ?? int.MaxValue), "").ToSchema();
                integer.Remove("description");
                return integer;
            case ParameterKind.Number:
                var number = new JsonObject { ["type"] = "number", ["default"] = (double)parameter.Default };
                if (parameter.Min is { } min)
                {
                    number["minimum"] = min;
                }

                if (parameter.Max is { } max)
                {
                    number["maximum"] = max;
                }

                return number;
            case ParameterKind.Choice:
                var words = Schemas.Words(parameter.Choices!);
                words["default"] = (string)parameter.Default;
                return words;
            default:
                return new JsonObject { ["type"] = "boolean", ["default"] = (bool)parameter.Default };
        }
    }
}
