using Ktrdr.Engine;
using Ktrdr.Engine.Indicators;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.Indicators;

/// <summary>The kernels against <see cref="NaiveIndicators"/> with parameters drawn from the catalog's ranges, ends included, over bars with gaps and too short ones.</summary>
public sealed class IndicatorParametersTests
{
    private const int Draws = 40;
    private const double RelativeTolerance = 1e-9;

    /// <summary>What is left of the definition's own roundings where it is the difference of nearly equal numbers.</summary>
    private const double Rounding = 1e-13;

    public static TheoryData<string> Types => [.. IndicatorCatalog.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public void Compute_AnyParameters_IsTheDefinitionOnEveryStretchBetweenGaps(string name)
    {
        Assert.True(IndicatorCatalog.TryFind(name, out var type));
        for (var seed = 0UL; seed < Draws; seed++)
        {
            var generator = new Generator(seed, name);
            if (Draw(type, generator) is not { } arguments)
            {
                continue;
            }

            var whole = seed % 4 == 0 ? Candles.Random(seed + 100, 1 + generator.NextInt(15)) : Candles.Random(seed + 100, 150 + generator.NextInt(500));
            var from = whole.Count / 3;
            var to = Math.Min(whole.Count, from + 1 + generator.NextInt(3));
            var bars = WithGap(whole, from, to);
            var actual = type.Compute(bars, arguments);

            Compare(type, arguments, bars, actual, 0, from);
            Compare(type, arguments, bars, actual, to, bars.Count - to);
            Assert.All(actual, output => Assert.All(output[from..to], value => Assert.True(double.IsNaN(value), $"{name}({arguments}) has a value in a gap")));
        }
    }

    /// <summary>Every parameter at its default, at an end of its range or anywhere in it; null where the indicator refuses the combination.</summary>
    private static IndicatorArguments? Draw(IndicatorType type, Generator generator)
    {
        var raw = new Dictionary<string, object?>();
        foreach (var parameter in type.Parameters)
        {
            var way = generator.NextInt(5);
            if (way == 0)
            {
                continue;
            }

            var (low, high) = (parameter.Min ?? 0, parameter.Max ?? 0);
            var number = way == 1 ? low : way == 2 ? high : way == 3 ? low + generator.NextInt(20) : low + (generator.NextDouble() * (high - low));
            raw[parameter.Name] = parameter.Kind switch
            {
                ParameterKind.Integer => (int)Math.Min(high, Math.Round(number)),
                ParameterKind.Number => Math.Min(high, number),
                ParameterKind.Choice => parameter.Choices![generator.NextInt(parameter.Choices.Count)],
                _ => way > 2,
            };
        }

        var problems = new List<Problem>();
        var arguments = type.Bind(raw, type.Name, problems);
        return problems.Exists(p => p.Severity == ProblemSeverity.Error) ? null : arguments;
    }

    private static BarSeries WithGap(BarSeries bars, int from, int to)
    {
        double[] Gapped(ReadOnlySpan<double> column)
        {
            var copy = column.ToArray();
            copy.AsSpan(from, to - from).Fill(double.NaN);
            return copy;
        }

        return new BarSeries(bars.Symbol, bars.Timeframe, bars.Times.ToArray(), Gapped(bars.Open), Gapped(bars.High), Gapped(bars.Low), Gapped(bars.Close), Gapped(bars.Volume));
    }

    private static void Compare(IndicatorType type, IndicatorArguments arguments, BarSeries bars, double[][] actual, int start, int count)
    {
        if (count == 0)
        {
            return;
        }

        var expected = NaiveIndicators.Compute(type.Name, bars.Slice(start, count), arguments);
        for (var o = 0; o < expected.Length; o++)
        {
            var scale = 1e-3 * expected[o].Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
            for (var t = 0; t < count; t++)
            {
                var (e, a) = (expected[o][t], actual[o][start + t]);
                Assert.True(
                    double.IsNaN(e) == double.IsNaN(a) && (double.IsNaN(e) || Math.Abs(e - a) <= Rounding + (RelativeTolerance * Math.Max(Math.Abs(e), scale))),
                    $"{type.Name}({arguments}).{type.Outputs[o]}[{t} of {count}]: {e:R} by definition, {a:R} found");
            }
        }
    }
}
