using Ktrdr.AppHost;
using Ktrdr.AppHost.Sandboxes;
using Xunit;

namespace Ktrdr.Tests.AppHost;

public sealed class CommandLineParserTests
{
    private const string Folder = "/";

    [Fact]
    public void Parse_Nothing_StartsOnTheFirstFreeSlot()
        => Assert.Equal(new HostCommand.Run(null, new WorkerCounts(2, 1)), Parse(""));

    [Fact]
    public void Parse_RunWithOptions_TakesThem()
        => Assert.Equal(new HostCommand.Run(3, new WorkerCounts(4, 2)), Parse("--slot 3 --workers backtest=4,training=2"));

    [Fact]
    public void Parse_Demo_HasDefaults()
        => Assert.Equal(new HostCommand.Demo(null, new WorkerCounts(), 3, 1, new DemoData(null, "SYNTH", "1h"), false), Parse("demo"));

    [Fact]
    public void Parse_DemoWithEverything_TakesIt()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Ktrdr.Tests.dll");

        Assert.Equal(
            new HostCommand.Demo(6, new WorkerCounts(1, 3), 7, 42, new DemoData(file, "EURUSD", "4h"), true),
            Parse($"demo --exit --slot=6 --cycles 7 --seed 42 --workers=training=3,backtest=1 --data {file} --symbol EURUSD --timeframe 4h"));
    }

    [Fact]
    public void Parse_Stop_TakesTheSlot() => Assert.Equal(new HostCommand.Stop(0), Parse("stop --slot 0"));

    [Fact]
    public void Parse_Publish_TakesWhatAndWhere()
        => Assert.Equal(
            new HostCommand.Publish(PublishTarget.Kubernetes, 2, new WorkerCounts(3, 1), "/deploy"),
            Parse("publish kubernetes --output deploy --slot 2 --workers backtest=3"));

    [Theory]
    [InlineData("publish", "allowed are manifest, compose and kubernetes")]
    [InlineData("publish helm --output x", "'helm'")]
    [InlineData("publish compose", "--output is missing")]
    [InlineData("publish compose --output x --cycles 3", "unknown option '--cycles'")]
    public void Parse_WrongPublish_SaysWhatIsAllowed(string line, string expected)
        => Assert.Contains(expected, Assert.Throws<UsageException>(() => Parse(line)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("--help")]
    [InlineData("demo -h")]
    public void Parse_Help_IsHelp(string line) => Assert.IsType<HostCommand.Help>(Parse(line));

    [Theory]
    [InlineData("dmo", "unknown command 'dmo': allowed are demo, stop and publish, or none to start a sandbox.")]
    [InlineData("--cycles 3", "unknown option '--cycles': allowed are --slot, --workers.")]
    [InlineData("demo --cycle 3", "unknown option '--cycle' of demo: allowed are --slot, --workers, --cycles, --seed, --data, --symbol, --timeframe, --exit.")]
    [InlineData("demo extra", "unknown option 'extra' of demo: allowed are --slot, --workers, --cycles, --seed, --data, --symbol, --timeframe, --exit.")]
    [InlineData("--slot 41", "--slot is '41': allowed is a whole number from 0 to 40.")]
    [InlineData("--slot -1", "--slot is '-1': allowed is a whole number from 0 to 40.")]
    [InlineData("--slot", "--slot has no value.")]
    [InlineData("demo --slot --exit", "--slot has no value.")]
    [InlineData("--slot 1 --slot 2", "--slot is given twice.")]
    [InlineData("demo --cycles 0", "--cycles is '0': allowed is a whole number from 1 to 1000.")]
    [InlineData("demo --cycles 1.5", "--cycles is '1.5': allowed is a whole number from 1 to 1000.")]
    [InlineData("demo --seed x", "--seed is 'x': allowed is a whole number from 0 to 9223372036854775807.")]
    [InlineData("demo --exit=yes", "--exit takes no value, found 'yes'.")]
    [InlineData("demo --workers backtest=0", "--workers is 'backtest=0': allowed is backtest=n,training=n with n from 1 to 16, each once.")]
    [InlineData("demo --workers gpu=1", "--workers is 'gpu=1': allowed is backtest=n,training=n with n from 1 to 16, each once.")]
    [InlineData("demo --workers backtest=1,backtest=2", "--workers is 'backtest=1,backtest=2': allowed is backtest=n,training=n with n from 1 to 16, each once.")]
    [InlineData("demo --data /", "--data is '/': that is a folder; a CSV file is needed, plain or gzipped.")]
    [InlineData("demo --data nowhere.csv", "--data is 'nowhere.csv': there is no such file (/nowhere.csv).")]
    [InlineData("demo --timeframe 2h", "--timeframe is '2h': allowed are 1m, 5m, 15m, 30m, 1h, 4h, 1d, 1w.")]
    [InlineData("demo --symbol ../x", "--symbol is '../x': allowed are 1 to 32 letters, digits and the characters . _ -.")]
    [InlineData("stop", "--slot is missing: `stop` needs the slot to stop, 0 to 40.")]
    public void Parse_Wrong_SaysWhatIsAllowed(string line, string message)
        => Assert.Equal(message, Assert.Throws<UsageException>(() => Parse(line)).Message);

    [Fact]
    public void Parse_DataWithoutSymbolOrTimeframe_AsksForThem()
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Ktrdr.Tests.dll");

        Assert.StartsWith("--symbol is missing", Assert.Throws<UsageException>(() => Parse($"demo --data {file} --timeframe 1h")).Message, StringComparison.Ordinal);
        Assert.StartsWith("--timeframe is missing", Assert.Throws<UsageException>(() => Parse($"demo --data {file} --symbol A")).Message, StringComparison.Ordinal);
    }

    private static HostCommand Parse(string line) => CommandLineParser.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), Folder);
}
