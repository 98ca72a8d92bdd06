using System.CommandLine;

namespace Ktrdr.Cli.Commands;

/// <summary>Every command, in the order in which help shows them.</summary>
internal static class CommandTree
{
    public static IEnumerable<Command> All() =>
    [
        TrainCommand.Create(),
        BacktestCommand.Create(),
        SweepCommand.Create(),
        ResearchCommand.Create(),
        StatusCommand.Create(),
        FollowCommand.Create(),
        OperationsCommand.Create(),
        WorkersCommand.Create(),
        StrategiesCommand.Create(),
        ModelsCommand.Create(),
        DataCommand.Create(),
        IndicatorsCommand.Create(),
        LeaderboardCommand.Create(),
        TokenCommand.Create(),
        SandboxCommand.Create(),
        DoctorCommand.Create(),
    ];
}
