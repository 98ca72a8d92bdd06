using Ktrdr.Engine;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.Strategies;
using Ktrdr.Tests.Indicators;
using Xunit;

namespace Ktrdr.Tests.Labels;

/// <summary>Properties of every scheme with more than one fold.</summary>
public sealed class PurgedFoldsTests
{
    private const int Start = 20;
    private const int End = 780;

    public static TheoryData<LabelSource, int, int> Cases => new()
    {
        { LabelSource.ForwardReturn, 0, 1 }, { LabelSource.ForwardReturn, 9, 2 }, { LabelSource.Zigzag, 4, 3 }, { LabelSource.TripleBarrier, 15, 4 }, { LabelSource.Regime, 1, 5 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryScheme_KeepsHeldOutRowsClear(LabelSource source, int embargo, int seed)
    {
        var labels = Labels(source, (ulong)seed);
        RowSplit[] splits =
        [
            .. Splits.WalkForward(labels, Start, End, 4, 0.2, embargo),
            .. Splits.WalkForward(labels, Start, End, 4, 0.2, embargo, anchored: false),
            .. Splits.PurgedKFold(labels, Start, End, 5, 0.2, embargo),
            .. Splits.CombinatorialPurged(labels, Start, End, 6, 2, 0.2, embargo),
            Splits.PurgedHoldout(labels, Start, End, 0.2, embargo),
        ];

        Assert.Equal(4 + 4 + 5 + 15 + 1, splits.Length);
        foreach (var split in splits)
        {
            AssertClear(labels, split.Train, split.Test, embargo);
            AssertClear(labels, split.Train, split.Validation, embargo);
            AssertClear(labels, split.Validation, split.Test, embargo);
            int[] all = [.. split.Train, .. split.Validation, .. split.Test];
            Assert.Equal(all.Length, all.Distinct().Count());
            Assert.All(all, i => Assert.True(labels.IsDefined(i) && i >= Start && labels.End[i] < End));
            Assert.All((int[][])[split.Train, split.Validation, split.Test], part => Assert.Equal(part.Order(), part));
        }
    }

    [Fact]
    public void PurgedKFold_EveryUsableRow_IsTestedExactlyOnce()
    {
        var labels = Labels(LabelSource.ForwardReturn, 1);
        var splits = Splits.PurgedKFold(labels, Start, End, 5, 0.2, 9);

        Assert.Equal(Enumerable.Range(Start, End - Start).Where(i => labels.End[i] < End && labels.IsDefined(i)), splits.SelectMany(s => s.Test));
        Assert.Equal([0, 1, 2, 3, 4], splits.Select(s => Assert.Single(s.TestFolds)));
        Assert.True(splits[1].Train[^1] > splits[1].Test[^1]);
    }

    [Fact]
    public void PurgedKFold_RowsAfterATest_WaitForItsLabelsAndTheEmbargo()
    {
        var labels = Labels(LabelSource.ForwardReturn, 1);
        var split = Splits.PurgedKFold(labels, 0, 500, 5, 0.2, 12)[1];

        // Rows 100 to 199 are tested; their labels see 8 bars more, then 12 bars of embargo.
        Assert.Equal(Enumerable.Range(100, 100), split.Test);
        Assert.Equal(220, split.Train.First(i => i > 199));
        Assert.Equal(87, split.Train.Last(i => i < 100));
    }

    [Fact]
    public void WalkForward_Anchored_TrainsOnAllThatIsOlderAndRolling_OnTheStretchBefore()
    {
        var labels = Labels(LabelSource.ForwardReturn, 1);
        var anchored = Splits.WalkForward(labels, 0, 600, 5, 0.2, 0);
        var rolling = Splits.WalkForward(labels, 0, 600, 5, 0.2, 0, anchored: false);

        Assert.All(anchored, s => Assert.Equal(0, s.Train[0]));
        Assert.Equal([0, 100, 200, 300, 400], rolling.Select(s => s.Train[0]));
        foreach (var split in anchored.Concat(rolling))
        {
            Assert.True(split.Train[^1] < split.Validation[0] && split.Validation[^1] < split.Test[0]);
            Assert.Equal((split.TestFolds[0] + 1) * 100, split.Test[0]);
        }
    }

    [Fact]
    public void CombinatorialPurged_EveryChoice_IsThereOnce()
    {
        var labels = Labels(LabelSource.ForwardReturn, 1);
        var splits = Splits.CombinatorialPurged(labels, Start, End, 6, 2, 0.2, 5);

        Assert.Equal(15, splits.Count);
        Assert.Equal(15, splits.Select(s => string.Join(',', s.TestFolds)).Distinct().Count());

        // Each stretch is tested as often as there are whole histories to be put together: C(5, 1).
        Assert.All(Enumerable.Range(0, 6), stretch => Assert.Equal(5, splits.Count(s => s.TestFolds.Contains(stretch))));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(6, 6)]
    [InlineData(6, 0)]
    [InlineData(40, 20)]
    public void CombinatorialPurged_ImpossibleCounts_AreNamed(int groups, int tests)
    {
        var error = Assert.Throws<InvalidInputException>(() => Splits.CombinatorialPurged(Labels(LabelSource.ForwardReturn, 1), Start, End, groups, tests, 0.2, 5));
        Assert.Equal("invalid_folds", error.Problems[0].Code);
    }

    [Fact]
    public void Embargo_IsTheLargestOfItsReasons()
    {
        Assert.Equal(100, Splits.Embargo(10_000, 50, 24));
        Assert.Equal(74, Splits.Embargo(1_000, 50, 24));
        Assert.Equal(300, Splits.Embargo(1_000, 50, 24, 300));
        Assert.Equal(74, Splits.Embargo(1_000, 50, 24, 10));
    }

    private static LabelSeries Labels(LabelSource source, ulong seed) => Labeler.Compute(
        new LabelSpec { Source = source, Horizon = 8, MaxHoldingPeriod = 15, VolSpan = 20, ZigzagThreshold = 0.01, VolLookback = 30 }, Candles.Random(seed, 800));

    /// <summary>No row's [t, t_end] meets the [t, t_end] of a held-out row, nor does it lie within the embargo around them.</summary>
    private static void AssertClear(LabelSeries labels, int[] rows, int[] held, int embargo)
    {
        foreach (var h in held)
        {
            foreach (var i in rows)
            {
                if (!(labels.End[i] < h && i < h - embargo) && i <= labels.End[h] + embargo)
                {
                    Assert.Fail($"row {i} to {labels.End[i]} meets {h} to {labels.End[h]}");
                }
            }
        }
    }
}
