using System.Text.Json;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Engine.Indicators;

/// <summary>Writes every element of every output.</summary>
/// <param name="reach">Bars before its own that a value depends on; null: all of them.</param>
internal delegate void IndicatorComputer(BarSeries bars, IndicatorArguments arguments, double[][] outputs, int? reach);

/// <summary>What an indicator type is and how it is computed. Everything that names, checks, documents or runs indicators reads this.</summary>
public sealed class IndicatorType
{
    /// <summary>Name of the output of an indicator that has only one.</summary>
    public const string SingleOutput = "value";

    private readonly Func<IndicatorArguments, int> _warmUp;
    private readonly IndicatorComputer _compute;
    private readonly Action<IndicatorArguments, string, List<Problem>>? _check;
    private readonly bool _readsVolume;

    internal IndicatorType(
        string name,
        IReadOnlyList<string> aliases,
        string category,
        string summary,
        IReadOnlyList<IndicatorParameter> parameters,
        IReadOnlyList<string> outputs,
        Func<IndicatorArguments, int> warmUp,
        IndicatorComputer compute,
        Action<IndicatorArguments, string, List<Problem>>? check = null,
        bool readsVolume = false,
        bool repaints = false,
        bool isWindowed = false)
    {
        Name = name;
        Aliases = aliases;
        Category = category;
        Summary = summary;
        Parameters = parameters;
        Outputs = outputs.Count == 0 ? [SingleOutput] : outputs;
        IsMultiOutput = outputs.Count > 0;
        _warmUp = warmUp;
        _compute = compute;
        _check = check;
        _readsVolume = readsVolume;
        Repaints = repaints;
        IsWindowed = isWindowed;
    }

    /// <summary>Canonical name, lower case.</summary>
    public string Name { get; }

    /// <summary>Other names documents may use.</summary>
    public IReadOnlyList<string> Aliases { get; }

    /// <summary>trend, momentum, volatility, volume, support_resistance or multi_purpose.</summary>
    public string Category { get; }

    /// <summary>One sentence: what it measures, its unit and range.</summary>
    public string Summary { get; }

    public IReadOnlyList<IndicatorParameter> Parameters { get; }

    /// <summary>Outputs in order; the first is the primary one. A single output is called <see cref="SingleOutput"/>.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>Whether documents address the outputs as <c>id.output</c>.</summary>
    public bool IsMultiOutput { get; }

    /// <summary>Whether later bars move values of earlier ones: such a type is for labels and may not feed a model.</summary>
    public bool Repaints { get; }

    /// <summary>Whether a value depends on its own bar and the <see cref="WarmUp"/> bars before it only, and not on where the data begin.</summary>
    public bool IsWindowed { get; }

    /// <summary>Whether it is computed from the volume, by its definition or because its source says so; bars without volume cannot serve it.</summary>
    public bool ReadsVolume(IndicatorArguments arguments)
        => _readsVolume || arguments.Values.Any(a => a.Key == PriceSource.Parameter.Name && a.Value is PriceSource.Volume);

    /// <summary>Bars before the first one on which every output has a value.</summary>
    public int WarmUp(IndicatorArguments arguments) => _warmUp(arguments);

    /// <summary>
    /// One array per output, as long as the series, NaN until the window is full. A bar whose inputs are NaN has NaN outputs and
    /// restarts the warm-up. A value at bar t depends on bars at or before t only, unless the type <see cref="Repaints"/>.
    /// </summary>
    public double[][] Compute(BarSeries bars, IndicatorArguments arguments)
    {
        var outputs = new double[Outputs.Count][];
        for (var i = 0; i < outputs.Length; i++)
        {
            outputs[i] = GC.AllocateUninitializedArray<double>(bars.Count);
        }

        Compute(bars, arguments, outputs);
        return outputs;
    }

    /// <summary>The same into arrays of the caller: one per output, each at least as long as the series. Every element of the series' length is written.</summary>
    public void Compute(BarSeries bars, IndicatorArguments arguments, double[][] outputs)
    {
        if (outputs.Length != Outputs.Count || outputs.Any(o => o.Length < bars.Count))
        {
            throw new ArgumentException($"'{Name}' needs {Outputs.Count} arrays of at least {bars.Count} elements", nameof(outputs));
        }

        _compute(bars, arguments, outputs, IsWindowed ? WarmUp(arguments) : null);
    }

    /// <summary>The arguments with every parameter at its default.</summary>
    public IndicatorArguments Defaults() => new(Parameters.Select(p => KeyValuePair.Create(p.Name, p.Default)));

    /// <summary>
    /// Checks raw values (int, long, double, decimal, string, bool or <see cref="JsonElement"/>) strictly: an unknown name, a wrong type and a value
    /// out of range each add a problem at <paramref name="path"/>. Where a value is wrong the default stands in, so that all problems are found at once.
    /// </summary>
    public IndicatorArguments Bind(IReadOnlyDictionary<string, object?> raw, string path, List<Problem> problems)
    {
        foreach (var name in raw.Keys.Order(StringComparer.Ordinal))
        {
            if (!Parameters.Any(p => p.Name == name))
            {
                var known = Parameters.Count == 0 ? "none" : string.Join(", ", Parameters.Select(p => p.Name));
                var near = NearestName.Among(name, Parameters.Select(p => p.Name));
                problems.Add(new Problem(
                    "unknown_parameter",
                    $"{path}.{name}",
                    $"{path}.{name}: indicator '{Name}' has no parameter '{name}'; allowed: {known}{(near is null ? "" : $" (did you mean '{near}'?)")}")
                {
                    Value = name,
                    Allowed = known,
                    Suggestion = near,
                });
            }
        }

        var before = problems.Count;
        var arguments = new IndicatorArguments(Parameters.Select(p => KeyValuePair.Create(
            p.Name, raw.TryGetValue(p.Name, out var value) ? Convert(p, value, $"{path}.{p.Name}", problems) : p.Default)));
        if (problems.Count == before)
        {
            _check?.Invoke(arguments, path, problems);
        }

        return arguments;
    }

    private static object Convert(IndicatorParameter parameter, object? raw, string path, List<Problem> problems)
    {
        var value = raw is JsonElement element ? Unwrap(element) : raw;
        object? converted = parameter.Kind switch
        {
            ParameterKind.Integer => Number(value) is { } number && number == Math.Floor(number) && InRange(parameter, number) ? (int)number : null,
            ParameterKind.Number => Number(value) is { } number && InRange(parameter, number) ? number : null,
            ParameterKind.Choice => value is string word && parameter.Choices!.Contains(word) ? word : null,
            _ => value is bool flag ? flag : null,
        };
        if (converted is not null)
        {
            return converted;
        }

        var text = value is null ? "null" : IndicatorArguments.Text(value);
        problems.Add(new Problem("invalid_parameter", path, $"{path} = {(string.IsNullOrWhiteSpace(text) ? "empty text" : text)} is not allowed; allowed: {parameter.Allowed}")
        {
            Value = text,
            Allowed = parameter.Allowed,
            Suggestion = parameter.Kind == ParameterKind.Choice && value is string near ? NearestName.Among(near, parameter.Choices!) : null,
        });
        return parameter.Default;
    }

    private static bool InRange(IndicatorParameter parameter, double number)
        => double.IsFinite(number) && !(number < parameter.Min) && !(number > parameter.Max);

    private static double? Number(object? value) => value switch
    {
        int number => number,
        long number => number,
        double number => number,
        float number => number,
        decimal number => (double)number,
        _ => null,
    };

    private static object? Unwrap(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Number => element.GetDouble(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => element.GetRawText(),
    };
}
