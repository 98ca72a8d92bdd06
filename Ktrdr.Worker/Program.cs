using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.Engine;
using Ktrdr.Worker;
using Ktrdr.Worker.Backtesting;
using Ktrdr.Worker.MarketData;
using Ktrdr.Worker.Statistics;
using Ktrdr.Worker.Sweeps;
using Ktrdr.Worker.Training;
using Ktrdr.WorkerHost;
using Ktrdr.WorkerHost.Registration;

var builder = WebApplication.CreateSlimBuilder(args);
WorkerOptions options;
try
{
    options = WorkerOptions.From(builder.Configuration);
    if (options.Kinds.FirstOrDefault(kind => kind is not (WorkerKinds.Training or WorkerKinds.Backtest)) is { } other)
    {
        throw new WorkerOptionsException($"{SandboxVariables.WorkerKinds} is '{other}'; allowed for this executable: {WorkerKinds.Training}, {WorkerKinds.Backtest}.");
    }
}
catch (WorkerOptionsException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}

builder.AddWorkerHost(options, EngineBuild.Identity);
builder.Services.AddSingleton<BarSource>();
if (options.Kinds.Contains(WorkerKinds.Training))
{
    builder.Services.AddEngineWork<TrainingHandler>(OperationTypes.Training);
}

if (options.Kinds.Contains(WorkerKinds.Backtest))
{
    builder.Services.AddEngineWork<BacktestHandler>(OperationTypes.Backtest);
    builder.Services.AddEngineWork<DataLoadHandler>(OperationTypes.DataLoad);
    builder.Services.AddOperationHandler<DataCheckHandler>(OperationTypes.DataCheck);
    builder.Services.AddEngineWork<CampaignStatisticsHandler>(OperationTypes.CampaignStatistics);
    builder.Services.AddEngineWork<LookaheadHandler>(OperationTypes.LookaheadCheck);
    builder.Services.AddEngineWork<ExplainHandler>(OperationTypes.Explain);
    builder.Services.AddEngineWork<SweepPartHandler>(OperationTypes.SweepPart);
    builder.Services.AddEngineWork<SweepSummaryHandler>(OperationTypes.SweepSummary);
}

var app = builder.Build();
app.MapWorkerEndpoints();
app.Lifetime.ApplicationStarted.Register(SweepMetrics.StartAtZero);
try
{
    await app.RunAsync();
    return 0;
}
catch (IOException taken)
{
    Console.Error.WriteLine($"The worker cannot listen: {taken.Message}");
    return 1;
}
