using Ktrdr.Agents;
using Ktrdr.Agents.Assessing;
using Ktrdr.Agents.Designing;
using Ktrdr.Agents.Learning;
using Ktrdr.Agents.Research;
using Ktrdr.Contracts.Operations;
using Ktrdr.Contracts.Sandboxes;
using Ktrdr.WorkerHost;
using Ktrdr.WorkerHost.Operations;
using Ktrdr.WorkerHost.Registration;

var builder = WebApplication.CreateSlimBuilder(args);
WorkerOptions options;
string researcher;
try
{
    options = WorkerOptions.From(builder.Configuration, WorkerKinds.Agent);
    if (options.Kinds.FirstOrDefault(kind => kind != WorkerKinds.Agent) is { } other)
    {
        throw new WorkerOptionsException($"{SandboxVariables.WorkerKinds} is '{other}'; allowed for this executable: {WorkerKinds.Agent}.");
    }

    researcher = ResearcherApi.ReadToken(ResearcherApi.TokenFile(builder.Configuration));
}
catch (Exception wrong) when (wrong is WorkerOptionsException or SandboxException)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}

builder.AddWorkerHost(options, Ktrdr.Engine.EngineBuild.Identity);
ResearcherApi.Add(builder.Services, options, researcher);
builder.Services.AddOperationHandler<ResearchHandler>(OperationTypes.AgentResearch);
builder.Services.AddOperationHandler<DesignHandler>(OperationTypes.AgentDesign);
builder.Services.AddOperationHandler<AssessmentHandler>(OperationTypes.AgentAssessment);
builder.Services.AddOperationHandler<LearningHandler>(OperationTypes.AgentLearning);

var app = builder.Build();
app.MapWorkerEndpoints();
try
{
    await app.RunAsync();
    return 0;
}
catch (IOException taken)
{
    Console.Error.WriteLine($"The agents cannot listen: {taken.Message}");
    return 1;
}
