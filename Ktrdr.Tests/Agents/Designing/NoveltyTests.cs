using Ktrdr.Agents.Designing;
using Ktrdr.Engine.Strategies;
using Xunit;

namespace Ktrdr.Tests.Agents.Designing;

public sealed class NoveltyTests
{
    private static readonly StrategyDocument Document = Designer.Create(DesignRequestExample.Of(2)).Document;

    [Fact]
    public void Distance_SameStrategyUnderAnotherName_IsZero() =>
        Assert.Equal(0, DistanceTo(Document with { Name = "other", Description = "other" }));

    [Fact]
    public void Distance_OneNumberMoved_IsANearDuplicate() =>
        Assert.InRange(DistanceTo(Document with { Training = Document.Training with { LearningRate = 0.0011 } }), 0.0001, Novelty.LeastDistance);

    [Fact]
    public void Distance_AnotherTarget_IsNew()
    {
        var other = Enumerable.Range(3, 50).Select(seed => Designer.Create(DesignRequestExample.Of(seed)).Document)
            .First(d => d.Decisions.OutputFormat != Document.Decisions.OutputFormat);

        Assert.True(DistanceTo(Document with { Training = other.Training, Decisions = other.Decisions }) > Novelty.LeastDistance);
    }

    [Fact]
    public void Distance_IsSymmetric()
    {
        var other = Designer.Create(DesignRequestExample.Of(17)).Document;

        Assert.Equal(DistanceTo(other), Novelty.Distance(Novelty.Of(other), Novelty.Of(Document)));
    }

    private static double DistanceTo(StrategyDocument other) => Novelty.Distance(Novelty.Of(Document), Novelty.Of(other));
}
