using System.Collections;
using System.Reflection;
using System.Text.Json;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Operations;
using Xunit;

namespace Ktrdr.Tests.Contracts;

/// <summary>Every wire record keeps every member through JSON.</summary>
public sealed class WireRecordTests
{
    private enum Written
    {
        Plain,
        FromZero,
        OCO,
    }

    public static TheoryData<Type> WireRecords() =>
    [
        .. typeof(KtrdrJson).Assembly.GetExportedTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }
                && type.GetMethod("<Clone>$") is not null
                && type.Namespace != "Ktrdr.Contracts.Sandboxes")
            .OrderBy(type => type.FullName, StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(WireRecords))]
    public void Json_RecordWithEveryMemberSet_RoundTrips(Type type)
    {
        var original = new Filler().Create(type);

        var json = JsonSerializer.Serialize(original, type, KtrdrJson.Options);
        var read = JsonSerializer.Deserialize(json, type, KtrdrJson.Options);

        Assert.Equal(json, JsonSerializer.Serialize(read, type, KtrdrJson.Options));
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            Assert.Contains($"\"{JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)}\":", json, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Word_EveryValueOfEveryEnum_IsWhatTheWireSays()
    {
        Assert.Equal("\"from_zero\"", JsonSerializer.Serialize(Written.FromZero, KtrdrJson.Options));
        Assert.All(Enum.GetValues<Written>(), value => Assert.Equal(JsonSerializer.Serialize(value, KtrdrJson.Options), $"\"{KtrdrJson.Word(value)}\""));
        Assert.All(Enum.GetValues<OperationStatus>(), value => Assert.Equal(JsonSerializer.Serialize(value, KtrdrJson.Options), $"\"{KtrdrJson.Word(value)}\""));
    }

    [Fact]
    public void WireRecords_OfTheContracts_AreManyAndAllFound() => Assert.True(WireRecords().Count > 60);

    [Fact]
    public void Json_UnknownMember_IsIgnored()
        => Assert.Equal(new CancelWord("why"), JsonSerializer.Deserialize<CancelWord>("""{"reason":"why","added_later":1}""", KtrdrJson.Options));

    [Theory]
    [InlineData("3")]
    [InlineData("\"unheard_of\"")]
    public void Json_EnumInAnotherForm_IsRefused(string json)
        => Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Ktrdr.Contracts.Operations.OperationStatus>(json, KtrdrJson.Options));

    private sealed record CancelWord(string Reason);

    /// <summary>Makes a value of any wire type with nothing left at its default.</summary>
    private sealed class Filler
    {
        private int _next = 1;

        public object Create(Type type)
        {
            type = Nullable.GetUnderlyingType(type) ?? type;
            var n = _next++;
            return type switch
            {
                _ when type == typeof(string) => $"text {n} äß\"<>",
                _ when type == typeof(bool) => true,
                _ when type == typeof(int) => n,
                _ when type == typeof(long) => (long)n << 33,
                _ when type == typeof(double) => 0.1 * n,
                _ when type == typeof(DateTimeOffset) => new DateTimeOffset(2024, 2, 29, 1, 2, 3, n % 1000, TimeSpan.Zero),
                _ when type == typeof(DateOnly) => new DateOnly(2024, 2, 29).AddDays(n),
                _ when type == typeof(byte[]) => new byte[] { 0, 255, (byte)n },
                _ when type == typeof(JsonElement) => JsonSerializer.SerializeToElement(new { inner = n }),
                { IsEnum: true } => Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!,
                { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) => List(type.GetGenericArguments()[0]),
                { IsGenericType: true } when type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) => Dictionary(type.GetGenericArguments()[1]),
                _ => Record(type),
            };
        }

        private IList List(Type item)
        {
            var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(item))!;
            list.Add(Create(item));
            list.Add(Create(item));
            return list;
        }

        private IDictionary Dictionary(Type value)
        {
            var dictionary = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(typeof(string), value))!;
            dictionary.Add("Some_Key", Create(value));
            return dictionary;
        }

        private object Record(Type type)
        {
            var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
            var record = constructor.Invoke([.. constructor.GetParameters().Select(p => Create(p.ParameterType))]);
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && !constructor.GetParameters().Any(c => c.Name == p.Name)))
            {
                property.SetValue(record, Create(property.PropertyType));
            }

            return record;
        }
    }
}
