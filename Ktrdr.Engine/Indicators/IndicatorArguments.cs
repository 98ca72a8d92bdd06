using System.Globalization;

namespace Ktrdr.Engine.Indicators;

/// <summary>The values of an indicator's parameters, complete (defaults filled in) and in the catalog's order. Equal when all values are.</summary>
public sealed class IndicatorArguments : IEquatable<IndicatorArguments>
{
    private readonly KeyValuePair<string, object>[] _values;
    private readonly string _canonical;

    internal IndicatorArguments(IEnumerable<KeyValuePair<string, object>> values)
    {
        _values = [.. values];
        _canonical = string.Join(',', _values.Select(v => $"{v.Key}={Text(v.Value)}"));
    }

    /// <summary>Name and value of every parameter in the catalog's order; values are int, double, string or bool.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Values => _values;

    /// <summary>Value of a parameter of whole numbers.</summary>
    public int Int(string name) => (int)Find(name);

    /// <summary>Value of a parameter of numbers.</summary>
    public double Number(string name) => (double)Find(name);

    /// <summary>Value of a parameter that names one of several words.</summary>
    public string Choice(string name) => (string)Find(name);

    /// <summary>Value of a parameter that is true or false.</summary>
    public bool Flag(string name) => (bool)Find(name);

    public bool Equals(IndicatorArguments? other) => other is not null && other._canonical == _canonical;

    public override bool Equals(object? obj) => Equals(obj as IndicatorArguments);

    /// <summary>FNV-1a over the canonical text: the same in every process.</summary>
    public override int GetHashCode()
    {
        var hash = 2166136261u;
        foreach (var character in _canonical)
        {
            hash = (hash ^ character) * 16777619u;
        }

        return (int)hash;
    }

    /// <summary>The canonical text, for instance <c>period=14,source=close</c>.</summary>
    public override string ToString() => _canonical;

    internal static string Text(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private object Find(string name)
    {
        foreach (var (key, value) in _values)
        {
            if (key == name)
            {
                return value;
            }
        }

        throw new ArgumentException($"there is no parameter '{name}' among {_canonical}", nameof(name));
    }
}
