using System.Diagnostics;
using System.Net;
using Ktrdr.AppHost.Native;
using Ktrdr.Contracts.Operations;
using Ktrdr.Tests.Support;
using Xunit;

namespace Ktrdr.Tests.Cli;

/// <summary>The command line as a process: exit codes, one line per error, data alone on stdout.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("train", "strategy")]
    [InlineData("nonsense", "nonsense")]
    [InlineData("backtest s --window tomorrow", "--window is 'tomorrow'; allowed: train, validation, test, unsealed.")]
    [InlineData("data generate noise", "kind is 'noise'; allowed: null, planted, regimes.")]
    [InlineData("data generate planted --strength nan", "--strength is 'nan'; allowed: a finite number.")]
    [InlineData("data import f --provider fred --publication-lag-hours inf", "--publication-lag-hours is 'inf'")]
    [InlineData("train s --epochs 99999999999", "--epochs is '99999999999'; allowed: a whole number of at most 2147483647.")]
    [InlineData("sweep s --vary a=1 --seed 1.5", "--seed is '1.5'; allowed: a whole number of at most 9223372036854775807.")]
    [InlineData("backtest s --capital much", "--capital is 'much'; allowed: a number.")]
    [InlineData("models rlues", "'models' needs a command; allowed: list, ")]
    [InlineData("backtest", "neither a strategy nor --ensemble is given")]
    [InlineData("backtest s --ensemble e.yaml", "both a strategy and --ensemble are given")]
    [InlineData("train s --start 31.12.2015", "31.12.2015")]
    [InlineData("train s --seed x", "x")]
    [InlineData("backtest s --capital nan", "nan")]
    [InlineData("backtest s --slippage Infinity", "Infinity")]
    [InlineData("sweep s --vary a=1 --commission nan", "nan")]
    [InlineData("data generate planted --strength nan", "nan")]
    [InlineData("data check f --publication-lag-hours Infinity", "Infinity")]
    [InlineData("models rules m --top 0", "--top is '0'")]
    [InlineData("models rules m --top -3", "--top is '-3'")]
    public async Task Invoke_WrongArguments_OneLinePerErrorAndExitTwo(string arguments, string named)
    {
        var run = await InvokeAsync(arguments.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        Assert.All(run.Error.Trim().Split('\n'), line => Assert.StartsWith("ktrdr: ", line, StringComparison.Ordinal));
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Invoke_NoServiceThere_SaysHowToStartOneAndExitThree()
    {
        var run = await InvokeAsync(["workers", "list", "--url", "http://127.0.0.1:9"]);

        Assert.Equal(3, run.ExitCode);
        Assert.Contains("http://127.0.0.1:9", run.Error, StringComparison.Ordinal);
        Assert.Contains("sandbox up", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("--url", "not-an-address")]
    [InlineData("--slot", "41")]
    public async Task Invoke_ImpossibleTarget_NamesItAndExitTwo(string option, string value)
    {
        var run = await InvokeAsync(["workers", "list", option, value]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(value, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strategies validate")]
    [InlineData("train")]
    public async Task Invoke_DocumentLongerThanAny_SaysSoBeforeAnythingIsSent(string command)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("long.yaml");
        await File.WriteAllTextAsync(file, "name: long\n#" + new string('x', 10_000_000));
        var run = await InvokeAsync([.. command.Split(' '), file, "--url", "http://127.0.0.1:9"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"ktrdr: the strategy document '{file}' has 10000012 bytes; allowed: 1 to 1048576.", run.Error.Trim());
    }

    [Fact]
    public async Task Invoke_ImportOfWhatCannotBeImported_SaysSoBeforeAnythingIsSent()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using (var content = File.OpenWrite(file))
            {
                content.SetLength(ArtifactLimits.LargestBytes + 1);
            }

            foreach (var (path, expected) in new[] { (file, $"'{file}' has 67108865 bytes: at most 67108864 can be imported"), (Path.GetTempPath(), "is a folder"), (file + ".csv", "does not exist") })
            {
                var run = await InvokeAsync(["data", "import", path, "--symbol", "X", "--timeframe", "1h", "--url", "http://127.0.0.1:9"]);
                Assert.Equal(2, run.ExitCode);
                Assert.Contains(expected, Assert.Single(run.Error.Trim().Split('\n')), StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Invoke_ServiceRefusesADocument_EachProblemIsOneLineSaidOnce()
    {
        var port = PortCheck.TakeFree();
        using var service = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        service.Start();
        var answered = Task.Run(async () =>
        {
            var context = await service.GetContextAsync();
            context.Response.StatusCode = 422;
            context.Response.ContentType = "application/problem+json";
            await context.Response.OutputStream.WriteAsync("""
                {"title": "line 3: x is wrong (and 1 more)", "status": 422, "code": "invalid_strategy", "problems": [
                {"code": "a", "path": "x", "message": "line 3: x is wrong", "severity": "error", "line": 3},
                {"code": "b", "path": "y", "message": "line 4: y is wrong", "severity": "error", "line": 4}]}
                """u8.ToArray());
            context.Response.Close();
        });
        var file = Path.GetTempFileName();
        try
        {
            var run = await InvokeAsync(["strategies", "save", file, "--url", $"http://127.0.0.1:{port}"]);

            await answered;
            Assert.Equal(2, run.ExitCode);
            Assert.Equal(["ktrdr: error: line 3: x is wrong", "ktrdr: error: line 4: y is wrong"], run.Error.Trim().Split('\n'));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Invoke_CalculateWithoutBars_SaysWhatIsNeeded()
    {
        var run = await InvokeAsync(["indicators", "calculate", "rsi"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--input", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_SandboxListWithJson_IsDataAlone()
    {
        var run = await InvokeAsync(["sandbox", "list", "--json"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("[]", run.Output.Trim());
        Assert.Empty(run.Error);
    }

    private static async Task<(int ExitCode, string Output, string Error)> InvokeAsync(string[] arguments)
    {
        using var home = new TemporaryFolder();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ktrdr.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home.Path,
            Environment = { ["KTRDR_HOME"] = home.Path },
        };
        start.Environment.Remove("KTRDR_URL");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output, await error);
    }
}
