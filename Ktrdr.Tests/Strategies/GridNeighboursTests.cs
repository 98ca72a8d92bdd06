using System.Text.Json;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Strategies;

public sealed class GridNeighboursTests
{
    [Fact]
    public void Among_Numbers_AreOneStepOfTheirOwnOrderAway()
    {
        // The axis is given in no order; 21 is a step from 14, not from 7.
        var axes = new[] { Axis("period", "21", "7", "14"), Axis("threshold", "0.4", "0.35") };
        var all = All(axes);

        Assert.Equal([(14, 0.35), (7, 0.4)], Neighbours(axes, all, (7, 0.35)));
        Assert.Equal([(7, 0.4), (21, 0.4), (14, 0.35)], Neighbours(axes, all, (14, 0.4)));
    }

    [Fact]
    public void Among_NamesAndLists_AreAllOneStepAway()
    {
        var axes = new[] { Axis("model.architecture.activation", "\"relu\"", "\"tanh\"", "\"sigmoid\""), Axis("layers", "[8]", "[16, 8]", "[32]") };
        var all = All(axes);

        var neighbours = new GridNeighbours(axes).Among(all)(0);

        Assert.Equal(4, neighbours.Count);
        Assert.Equal(["model.architecture.activation", "model.architecture.activation", "layers", "layers"], neighbours.Select(n => n.Axis.Path));
    }

    [Fact]
    public void Among_ASample_LeavesOutWhatWasNotDrawn()
    {
        var axes = new[] { Axis("period", "7", "14", "21") };
        var drawn = new[] { Point(("period", "7")), Point(("period", "21")) };

        Assert.Empty(new GridNeighbours(axes).Among(drawn)(0));
    }

    [Fact]
    public void Among_NumbersWrittenOtherwise_AreTheSame()
    {
        // A database may write 0.40 as 0.4 and spread a list.
        var axes = new[] { Axis("threshold", "0.40", "0.50"), Axis("layers", "[16,8]") };
        var stored = new[] { Point(("threshold", "0.4"), ("layers", "[16, 8]")), Point(("threshold", "0.5"), ("layers", "[16, 8]")) };

        Assert.Equal([(1, axes[0])], new GridNeighbours(axes).Among(stored)(0));
    }

    [Fact]
    public void Among_ValueThatNoAxisHas_HasNoNeighbours()
    {
        var axes = new[] { Axis("period", "7", "14") };
        var points = new[] { Point(("period", "7")), Point(("period", "8")), Point(("other", "7")) };
        var among = new GridNeighbours(axes).Among(points);

        Assert.All(Enumerable.Range(0, 3), place => Assert.Empty(among(place)));
    }

    private static IReadOnlyList<(double, double)> Neighbours(GridAxis[] axes, IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> all, (double Period, double Threshold) of)
    {
        (double, double) Values(int place) => (all[place]["period"].GetDouble(), all[place]["threshold"].GetDouble());
        var place = Enumerable.Range(0, all.Count).Single(i => Values(i) == of);
        return [.. new GridNeighbours(axes).Among(all)(place).Select(n => Values(n.Place))];
    }

    private static IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> All(GridAxis[] axes) =>
        [.. axes[0].Values.SelectMany(a => axes[1].Values.Select(b => new Dictionary<string, JsonElement> { [axes[0].Path] = a, [axes[1].Path] = b }))];

    private static Dictionary<string, JsonElement> Point(params (string Path, string Value)[] values) => values.ToDictionary(v => v.Path, v => JsonDocument.Parse(v.Value).RootElement);

    private static GridAxis Axis(string path, params string[] values) => new(path, [.. values.Select(v => JsonDocument.Parse(v).RootElement)]);
}
