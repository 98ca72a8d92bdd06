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
    builder.Services.AddOperationHandler<TrainingHandler>(OperationTypes.Training);
}

if (options.Kinds.Contains(WorkerKinds.Backtest))
{
    builder.Services.AddOperationHandler<BacktestHandler>(OperationTypes.Backtest);
    builder.Services.AddOperationHandler<DataLoadHandler>(OperationTypes.DataLoad);
    builder.Services.AddOperationHandler<DataCheckHandler>(OperationTypes.DataCheck);
    builder.Services.AddOperationHandler<CampaignStatisticsHandler>(OperationTypes.CampaignStatistics);
    builder.Services.AddOperationHandler<LookaheadHandler>(OperationTypes.LookaheadCheck);
    builder.Services.AddOperationHandler<ExplainHandler>(OperationTypes.Explain);
    builder.Services.AddOperationHandler<SweepPartHandler>(OperationTypes.SweepPart);
    builder.Services.AddOperationHandler<SweepSummaryHandler>(OperationTypes.SweepSummary);
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
