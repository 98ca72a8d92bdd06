using System.Globalization;
using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>One key of a document as declared: documents are read by it, and the JSON Schema is generated from it.</summary>
/// <param name="Name">As written in documents.</param>
/// <param name="Summary">One line for people and agents.</param>
internal abstract record Key(string Name, string Summary)
{
    /// <summary>The version of the grammar that brought the key; null: 3.0.</summary>
    public string? Since { get; init; }

    /// <summary>Why the key is accepted without effect; null: it has one.</summary>
    public string? NoEffect { get; init; }

    /// <summary>Whether an empty value means the same as leaving the key out.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>Whether a document without the key is never valid.</summary>
    public bool Required { get; init; }

    /// <summary>What is allowed, in words.</summary>
    public abstract string Allowed { get; }

    /// <summary>The JSON Schema of the value, without summary.</summary>
    protected abstract JsonObject ValueSchema();

    public JsonObject ToSchema()
    {
        var schema = MayBeEmpty ? new JsonObject { ["anyOf"] = new JsonArray(ValueSchema(), new JsonObject { ["type"] = "null" }) } : ValueSchema();
        schema["description"] = NoEffect is null ? Since is null ? Summary : $"{Summary} (version {Since})" : $"No effect: {NoEffect}.";
        if (NoEffect is not null)
        {
            schema["deprecated"] = true;
        }

        return schema;
    }

    protected static string Show(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A text that is not empty.</summary>
internal sealed record TextKey(string Name, string Summary, string Expected = "text") : Key(Name, Summary)
{
    /// <summary>A regular expression for the schema; the reader says in words what it means.</summary>
    public string? Pattern { get; init; }

    public override string Allowed => Expected;

    protected override JsonObject ValueSchema() => Schemas.Text(Pattern);
}

/// <summary>A finite number in a range.</summary>
internal sealed record NumberKey(string Name, double? Default, double Min, double Max, string Summary) : Key(Name, Summary)
{
    public bool MinOpen { get; init; }

    public bool MaxOpen { get; init; }

    public override string Allowed => $"a number, {Range}";

    public string Range => $"{(MinOpen ? $"above {Show(Min)}" : $"from {Show(Min)}")} {(MaxOpen ? $"to below {Show(Max)}" : $"to {Show(Max)}")}";

    public bool Contains(double value) => double.IsFinite(value) && value >= Min && value <= Max && !(MinOpen && value == Min) && !(MaxOpen && value == Max);

    protected override JsonObject ValueSchema()
    {
        var schema = new JsonObject { ["type"] = "number", [MinOpen ? "exclusiveMinimum" : "minimum"] = Min, [MaxOpen ? "exclusiveMaximum" : "maximum"] = Max };
        if (Default is { } value)
        {
            schema["default"] = value;
        }

        return schema;
    }
}

/// <summary>A whole number in a range.</summary>
internal sealed record IntegerKey(string Name, int? Default, int Min, int Max, string Summary) : Key(Name, Summary)
{
    public override string Allowed => $"a whole number, {Range}";

    public string Range => $"{Min} to {Max}";

    protected override JsonObject ValueSchema()
    {
        var schema = new JsonObject { ["type"] = "integer", ["minimum"] = Min, ["maximum"] = Max };
        if (Default is { } value)
        {
            schema["default"] = value;
        }

        return schema;
    }
}

internal sealed record FlagKey(string Name, bool? Default, string Summary) : Key(Name, Summary)
{
    public override string Allowed => "true or false";

    protected override JsonObject ValueSchema()
    {
        var schema = new JsonObject { ["type"] = "boolean" };
        if (Default is { } value)
        {
            schema["default"] = value;
        }

        return schema;
    }
}

/// <summary>One of some words.</summary>
internal sealed record ChoiceKey<T>(string Name, Vocabulary<T> Words, T? Default, string Summary) : Key(Name, Summary)
    where T : struct, Enum
{
    public override string Allowed => string.Join(", ", Words.Names);

    protected override JsonObject ValueSchema()
    {
        var schema = Schemas.Words(Words.Names);
        if (Default is { } value)
        {
            schema["default"] = Words.NameOf(value);
        }

        return schema;
    }
}

/// <summary>A list of texts.</summary>
internal sealed record TextListKey(string Name, string Summary) : Key(Name, Summary)
{
    /// <summary>The words that an item may be; null: any text.</summary>
    public IReadOnlyList<string>? Words { get; init; }

    /// <summary>See <see cref="TextKey.Pattern"/>.</summary>
    public string? Pattern { get; init; }

    /// <summary>How many there must be at least and may be at most, each once; null: any number of anything.</summary>
    public (int Least, int Most)? Count { get; init; }

    public override string Allowed => Words is null ? "a list of texts" : $"a list of {string.Join(", ", Words)}";

    protected override JsonObject ValueSchema()
    {
        var schema = Schemas.List(Words is null ? Schemas.Text(Pattern) : Schemas.Words(Words), Count?.Least, Count?.Most);
        if (Count is not null)
        {
            schema["uniqueItems"] = true;
        }

        return schema;
    }
}

/// <summary>A mapping with keys of its own.</summary>
internal sealed record PartKey(string Name, Shape Shape, string Summary) : Key(Name, Summary)
{
    public override string Allowed => $"a mapping with {string.Join(", ", Shape.Working)}";

    protected override JsonObject ValueSchema() => Shape.ToSchema();
}

/// <summary>A list of mappings.</summary>
internal sealed record PartsKey(string Name, Shape Shape, string Summary) : Key(Name, Summary)
{
    /// <summary>How many there must be at least.</summary>
    public int? Least { get; init; }

    public override string Allowed => $"a list of mappings with {string.Join(", ", Shape.Working)}";

    protected override JsonObject ValueSchema() => Schemas.List(Shape.ToSchema(), Least);
}

/// <summary>A value with a form of its own, which its reader knows.</summary>
internal sealed record FreeKey(string Name, string Expected, Func<JsonObject> Form, string Summary) : Key(Name, Summary)
{
    public override string Allowed => Expected;

    protected override JsonObject ValueSchema() => Form();
}
