using System.Globalization;
using System.Text.RegularExpressions;
using Ktrdr.AppHost.Sandboxes;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Sandboxes;

namespace Ktrdr.AppHost;

/// <summary>Reads the command line strictly: what it does not know, it refuses, before anything is started.</summary>
public static partial class CommandLineParser
{
    public const string Usage = """
        usage: dotnet run --project Ktrdr.AppHost [-- <command> [options]]

          (no command)        start a sandbox and stay up; Ctrl+C stops it
          demo                start a sandbox, run research cycles, show what came out, stay up
          stop --slot n       stop the sandbox of a slot
          publish <what> --output path
                              write the sandbox down as manifest, compose or kubernetes (full edition only)

          --slot n            0 to 40; without it the first slot whose ports are all free
          --workers k=n,...   how many workers: backtest=1..16, training=1..16 (default backtest=2,training=1)
        demo only:
          --cycles n          experiments, 1 to 1000 (default 3)
          --seed n            same seed, same experiments and numbers (default 1)
          --data file         bars as CSV or gzipped CSV; without it a synthetic market is generated
          --symbol S          what the bars are of; needed with --data (default SYNTH)
          --timeframe TF      1m, 5m, 15m, 30m, 1h, 4h, 1d or 1w; needed with --data (default 1h)
          --exit              stop everything at the end; the last line of standard output is one JSON object
        publish only:
          --output path       a file for the manifest, else a folder; slot 0 unless --slot says another
        """;

    private const string SyntheticSymbol = "SYNTH";
    private const string SyntheticTimeframe = "1h";

    private static readonly string[] Timeframes = ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"];

    private static readonly Dictionary<string, string[]> OptionsOf = new()
    {
        [""] = ["--slot", "--workers"],
        ["demo"] = ["--slot", "--workers", "--cycles", "--seed", "--data", "--symbol", "--timeframe", "--exit"],
        ["stop"] = ["--slot"],
        ["publish"] = ["--slot", "--workers", "--output"],
    };

    /// <param name="workingFolder">What a relative path is relative to.</param>
    /// <exception cref="UsageException">Unknown, repeated, missing or out of range.</exception>
    public static HostCommand Parse(IReadOnlyList<string> arguments, string workingFolder)
    {
        if (arguments.Any(argument => argument is "--help" or "-h" or "help"))
        {
            return new HostCommand.Help();
        }

        var command = arguments.Count > 0 && !arguments[0].StartsWith('-') ? arguments[0] : "";
        if (!OptionsOf.TryGetValue(command, out var allowed))
        {
            throw new UsageException($"unknown command '{command}': allowed are demo, stop and publish, or none to start a sandbox.");
        }

        var target = command == "publish" ? Target(arguments) : default;
        var words = command switch { "" => 0, "publish" => 2, _ => 1 };
        var options = ReadOptions(arguments.Skip(words), command, allowed);
        var slot = options.TryGetValue("--slot", out var slotText)
            ? Integer("--slot", slotText, SandboxPorts.FirstSlot, SandboxPorts.LastSlot)
            : (int?)null;
        var workers = options.TryGetValue("--workers", out var workersText) ? Workers(workersText) : new WorkerCounts();
        return command switch
        {
            "stop" => new HostCommand.Stop(slot ?? throw new UsageException("--slot is missing: `stop` needs the slot to stop, 0 to 40.")),
            "demo" => new HostCommand.Demo(
                slot,
                workers,
                options.TryGetValue("--cycles", out var cycles) ? Integer("--cycles", cycles, 1, 1000) : 3,
                options.TryGetValue("--seed", out var seed) ? Seed(seed) : 1,
                Data(options, workingFolder),
                options.ContainsKey("--exit")),
            "publish" => new HostCommand.Publish(
                target,
                slot ?? SandboxPorts.FirstSlot,
                workers,
                options.TryGetValue("--output", out var output)
                    ? Path.GetFullPath(output, workingFolder)
                    : throw new UsageException("--output is missing: `publish` needs the file or folder to write.")),
            _ => new HostCommand.Run(slot, workers),
        };
    }

    private static PublishTarget Target(IReadOnlyList<string> arguments)
        => arguments.Count > 1 && Enum.GetValues<PublishTarget>().Cast<PublishTarget?>().FirstOrDefault(target => KtrdrJson.Word(target!.Value) == arguments[1]) is { } target
            ? target
            : throw new UsageException($"publish {(arguments.Count > 1 ? $"'{arguments[1]}'" : "")}: allowed are manifest, compose and kubernetes.");

    private static Dictionary<string, string> ReadOptions(IEnumerable<string> arguments, string command, string[] allowed)
    {
        var options = new Dictionary<string, string>();
        var rest = new Queue<string>(arguments);
        while (rest.TryDequeue(out var argument))
        {
            var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
            var name = equals < 0 ? argument : argument[..equals];
            if (!allowed.Contains(name))
            {
                throw new UsageException($"unknown option '{name}'{(command.Length == 0 ? "" : $" of {command}")}: allowed are {string.Join(", ", allowed)}.");
            }

            string? value;
            if (name == "--exit")
            {
                value = equals < 0 ? "" : throw new UsageException($"--exit takes no value, found '{argument[(equals + 1)..]}'.");
            }
            else if (equals >= 0)
            {
                value = argument[(equals + 1)..];
            }
            else if (!rest.TryDequeue(out value) || value.StartsWith("--", StringComparison.Ordinal))
            {
                throw new UsageException($"{name} has no value.");
            }

            if (!options.TryAdd(name, value))
            {
                throw new UsageException($"{name} is given twice.");
            }
        }

        return options;
    }

    private static int Integer(string name, string text, int min, int max)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new UsageException($"{name} is '{text}': allowed is a whole number from {min} to {max}.");

    private static long Seed(string text)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new UsageException($"--seed is '{text}': allowed is a whole number from 0 to {long.MaxValue}.");

    private static WorkerCounts Workers(string text)
    {
        var counts = new WorkerCounts();
        var seen = new HashSet<string>();
        foreach (var part in text.Split(','))
        {
            var (kind, count) = part.Split('=') is [var k, var n] ? (k, n) : throw WrongWorkers(text);
            if (!seen.Add(kind) || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value is < WorkerCounts.Min or > WorkerCounts.Max)
            {
                throw WrongWorkers(text);
            }

            counts = kind switch
            {
                "backtest" => counts with { Backtest = value },
                "training" => counts with { Training = value },
                _ => throw WrongWorkers(text),
            };
        }

        return counts;
    }

    private static UsageException WrongWorkers(string text)
        => new($"--workers is '{text}': allowed is backtest=n,training=n with n from {WorkerCounts.Min} to {WorkerCounts.Max}, each once.");

    private static DemoData Data(Dictionary<string, string> options, string workingFolder)
    {
        var symbol = options.GetValueOrDefault("--symbol");
        var timeframe = options.GetValueOrDefault("--timeframe");
        if (symbol is not null && !Symbols().IsMatch(symbol))
        {
            throw new UsageException($"--symbol is '{symbol}': allowed are 1 to 32 letters, digits and the characters . _ -.");
        }

        if (timeframe is not null && !Timeframes.Contains(timeframe))
        {
            throw new UsageException($"--timeframe is '{timeframe}': allowed are {string.Join(", ", Timeframes)}.");
        }

        if (!options.TryGetValue("--data", out var file))
        {
            return new DemoData(null, symbol ?? SyntheticSymbol, timeframe ?? SyntheticTimeframe);
        }

        var path = Path.GetFullPath(file, workingFolder);
        if (Directory.Exists(path))
        {
            throw new UsageException($"--data is '{file}': that is a folder; a CSV file is needed, plain or gzipped.");
        }

        if (!File.Exists(path))
        {
            throw new UsageException($"--data is '{file}': there is no such file ({path}).");
        }

        return new DemoData(
            path,
            symbol ?? throw new UsageException("--symbol is missing: --data needs the name of what its bars are of, for instance EURUSD."),
            timeframe ?? throw new UsageException($"--timeframe is missing: --data needs one of {string.Join(", ", Timeframes)}."));
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
    private static partial Regex Symbols();
}
