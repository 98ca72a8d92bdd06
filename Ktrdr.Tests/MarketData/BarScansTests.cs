using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Numerics;
using Xunit;

namespace Ktrdr.Tests.MarketData;

/// <summary>What is looked for four bars at once, against looking at one after the other.</summary>
public sealed class BarScansTests
{
    [Fact]
    public void TimeSteps_RandomTimes_AgreeWithOneByOne()
    {
        var generator = new Generator(5, "steps");
        for (var round = 0; round < 2_000; round++)
        {
            var times = new long[generator.NextInt(40)];
            for (var i = 0; i < times.Length; i++)
            {
                times[i] = (i == 0 ? 0 : times[i - 1]) + 60 + (generator.NextInt(20) == 0 ? generator.NextInt(200) - 100 : 0);
            }

            var steps = times.Skip(1).Zip(times, (after, before) => after - before).ToArray();
            Assert.Equal(First(times.Length, 1, i => times[i] <= times[i - 1]), TimeSteps.FirstNotAscending(times));
            Assert.Equal((steps.Count(s => s == 60), steps.Count(s => s < 60)), TimeSteps.Count(times, 60));
            for (var from = 1; from < 10; from++)
            {
                Assert.Equal(First(times.Length, from, i => times[i] - times[i - 1] is < 50 or > 100), TimeSteps.FirstOutside(times, from, 50, 100));
            }
        }
    }

    [Fact]
    public void FirstNotAscending_TimesAtBothEndsOfTheirRange_DoesNotWrap()
    {
        Assert.Equal(5, TimeSteps.FirstNotAscending([long.MinValue, -1, 0, 1, long.MaxValue]));
        Assert.Equal(5, TimeSteps.FirstNotAscending([1, 2, 3, 4, long.MaxValue, long.MinValue, 6]));
    }

    [Fact]
    public void StrangeBars_RandomBars_AgreeWithOneByOne()
    {
        var generator = new Generator(6, "bars");
        for (var round = 0; round < 2_000; round++)
        {
            var count = generator.NextInt(30);
            var columns = new BarColumns(count + generator.NextInt(3)) { Count = count };
            for (var i = 0; i < count; i++)
            {
                columns.Close[i] = 100.0 + generator.NextInt(20);
                columns.Open[i] = 100.0 + generator.NextInt(20);
                columns.High[i] = Math.Max(columns.Open[i], columns.Close[i]) + generator.NextInt(15);
                columns.Low[i] = Math.Min(columns.Open[i], columns.Close[i]) - generator.NextInt(15);
                columns.Volume[i] = generator.NextInt(9) switch { 0 => 0.0, 1 => double.NaN, _ => 5.0 };
            }

            for (var from = 0; from <= count; from++)
            {
                Assert.Equal(First(count, from, i => StrangeBars.IsSpike(columns, i, 0.13)), StrangeBars.FirstSpike(columns, from, 0.13));
                Assert.Equal(First(count, from, i => !(columns.Volume[i] > 0.0)), StrangeBars.FirstWithoutVolume(columns, from));
            }
        }
    }

    [Fact]
    public void LineNumbers_LinesWithHoles_AreTheLinesAdded()
    {
        var generator = new Generator(7, "lines");
        var (numbers, expected, line) = (new LineNumbers(), new List<int>(), 1);
        for (var round = 0; round < 500; round++)
        {
            line += generator.NextInt(3);
            var bars = generator.NextInt(4);
            numbers.Add(line, bars);
            expected.AddRange(Enumerable.Range(line, bars));
            line += bars;
        }

        Assert.Equal(expected, Enumerable.Range(0, expected.Count).Select(i => numbers[i]));
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers[expected.Count]);
    }

    private static int First(int count, int from, Func<int, bool> fits)
    {
        for (var i = from; i < count; i++)
        {
            if (fits(i))
            {
                return i;
            }
        }

        return count;
    }
}
