using System.Globalization;
using System.Text;
using Ktrdr.Benchmarks.Features;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Labels;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Runs;
using Ktrdr.Engine.Statistics;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Benchmarks.Runs;

/// <summary>One stage of the way from a file to a judged strategy: 100 000 bars, thirty features, 30-64-32-3. Each stage uses what the one before made.</summary>
public abstract class PipelineStage : Benchmark
{
    protected const int Bars = 100_000;
    private const int Epochs = 3;

    public override string Unit => "bars/s";

    private protected StrategyDocument Strategy { get; } = ThirtyFeatures.Strategy("mlp");

    private protected byte[] Text { get; private set; } = [];

    private protected MarketView Market => new(Load());

    public override void Prepare()
    {
        var bars = SyntheticMarket.Planted(1, Bars, symbol: ThirtyFeatures.Symbol, timeframe: Timeframe.Parse("5m"));
        var text = new StringBuilder("timestamp,open,high,low,close,volume\n");
        for (var i = 0; i < Bars; i++)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(bars.Times[i]);
            text.Append(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd'T'HH:mm:ss'Z'},{bars.Open[i]:F5},{bars.High[i]:F5},{bars.Low[i]:F5},{bars.Close[i]:F5},{bars.Volume[i]:F0}\n");
        }

        Text = Encoding.ASCII.GetBytes(text.ToString());
    }

    public override double Measure() => PerSecond(Bars, Work);

    protected abstract void Work();

    private protected BarSeries Load() => CsvBars.Read(new MemoryStream(Text), new CsvOptions { Symbol = ThirtyFeatures.Symbol, Timeframe = Timeframe.Parse("5m") }).Bars;

    private protected TrainingRun Training(MarketView market) =>
        TrainingRun.Of(Strategy, TrainingRun.Table(Strategy, market, market.Primary.Times[0]), [1], Epochs);

    private protected static TrainedStrategy Train(TrainingRun run) => run.Trained(run.Train(maxThreads: 1));

    private protected static BacktestRun Backtest(TrainedStrategy trained, MarketView market) =>
        BacktestRun.Of(trained, market, market.Primary.Times[0], new BacktestOptions());
}

public sealed class PipelineLoad : PipelineStage
{
    public override string Name => "pipeline_1_load";

    public override string Measures => "Stage 1 of 100 000 bars, one after the other: CSV to checked bars";

    protected override void Work() => Load();
}

public sealed class PipelineFeatures : PipelineStage
{
    private MarketView? _market;

    public override string Name => "pipeline_2_features";

    public override string Measures => "Stage 2: ten indicators, thirty memberships, triple-barrier labels and the split";

    public override Peer? Peer => new("Python original", Bars / (3.124 + 0.205));

    public override void Prepare()
    {
        base.Prepare();
        _market = Market;
    }

    protected override void Work() => Training(_market!);
}

public sealed class PipelineLabels : PipelineStage
{
    private BarSeries? _bars;

    public override string Name => "pipeline_2_labels";

    public override string Measures => "Of stage 2 the labels: triple barrier";

    public override Peer? Peer => new("Python original", Bars / 0.205);

    public override void Prepare()
    {
        base.Prepare();
        _bars = Load();
    }

    protected override void Work() => Labeler.Compute(Strategy.Training.Labels, _bars!);
}

public sealed class PipelineTraining : PipelineStage
{
    private TrainingRun? _run;

    public override string Name => "pipeline_3_train";

    public override string Measures => "Stage 3: three epochs with validation, batch 32";

    public override Peer? Peer => new("Python original", 46_509 / 3.0);

    public override void Prepare()
    {
        base.Prepare();
        _run = Training(Market);
    }

    protected override void Work() => Train(_run!);
}

public sealed class PipelineBacktest : PipelineStage
{
    private MarketView? _market;
    private TrainedStrategy? _trained;

    public override string Name => "pipeline_4_backtest";

    public override string Measures => "Stage 4: the backtest of what was trained, features included";

    public override Peer? Peer => new("Python original", 3554);

    public override void Prepare()
    {
        base.Prepare();
        _market = Market;
        _trained = Train(Training(_market));
    }

    protected override void Work() => Backtest(_trained!, _market!);
}

public sealed class PipelineStatistics : PipelineStage
{
    private BacktestRun? _run;

    public override string Name => "pipeline_5_statistics";

    public override string Measures => "Stage 5: bootstrap intervals, random entries, benchmarks, cost stress and stability of the run";

    public override int WarmUps => 1;

    public override int Repetitions => 3;

    public override void Prepare()
    {
        base.Prepare();
        var market = Market;
        _run = Backtest(Train(Training(market)), market);
    }

    protected override void Work() => RunStatistics.Of(_run!.Headline.Result, _run.Headline.Symbols, _run.Options, 1);
}
