using System.Globalization;
using System.Reflection;
using Ktrdr.Benchmarks;
using Ktrdr.Benchmarks.Learning;

switch (args)
{
    // Trains fixed small networks and prints their hashes: run with other DOTNET_Enable… settings or numbers of threads, they must not move.
    case ["--weights-hash"]:
        Console.WriteLine(ReferenceTraining.WeightsHash(1));
        return 0;
    case ["--weights-hash", var threads]:
        Console.WriteLine(ReferenceTraining.WeightsHash(int.Parse(threads, CultureInfo.InvariantCulture)));
        return 0;

    // The same for whole runs: indicators, features, labels, weights, fills, equity, statistics.
    case ["--run-hashes", var threads]:
        Console.WriteLine(ReferenceRuns.Hashes(int.Parse(threads, CultureInfo.InvariantCulture)));
        return 0;
    case [FirstEpochs.Argument]:
        Console.WriteLine(FirstEpochs.Share().ToString(CultureInfo.InvariantCulture));
        return 0;
    case [BenchmarkRow.Argument, var type, ..]:
        Clock.CountsProcessorTime = args.Contains(BenchmarkArguments.ProcessorTime);
        Console.WriteLine(BenchmarkRow.Of(All().Single(b => b.GetType().Name == type)).Figures);
        return 0;
}

var arguments = BenchmarkArguments.Parse(args, out var problem);
if (arguments is null)
{
    Console.Error.WriteLine(problem);
    return 2;
}

var benchmarks = All()
    .Where(b => arguments.Filter is null || b.Name.Contains(arguments.Filter, StringComparison.OrdinalIgnoreCase))
    .OrderBy(b => b.Name, StringComparer.Ordinal)
    .ToArray();
if (benchmarks.Length == 0)
{
    Console.Error.WriteLine($"No benchmark's name contains '{arguments.Filter}'.");
    return 2;
}

var machine = Machine.Describe() + (Machine.Load() is { } load ? string.Create(CultureInfo.InvariantCulture, $", load {load:F1} at the start") : "")
    + (Clock.CountsProcessorTime ? ", processor time instead of the wall clock" : "");
Console.WriteLine(machine);
Console.WriteLine(ResultTable.ConsoleHeader);
var phase = new FastPhase(arguments.Peak, TimeSpan.FromMinutes(30));
var rows = new List<BenchmarkRow>();
foreach (var benchmark in benchmarks)
{
    var row = phase.Measure(benchmark);
    rows.Add(row);
    Console.WriteLine(ResultTable.ConsoleLine(row));
}

if (phase.Slower > 0)
{
    machine += string.Create(CultureInfo.InvariantCulture, $", {phase.Slower} rows below the peak that was asked for");
    Console.WriteLine(machine);
}

if (arguments.Json is not null)
{
    File.WriteAllText(arguments.Json, ResultTable.Json(rows));
}

if (arguments.Markdown is not null)
{
    MarkdownSection.Write(arguments.Markdown, ResultTable.Markdown(rows, $"dotnet run -c Release --project Ktrdr.Benchmarks -- {string.Join(' ', args)}", machine));
}

return 0;

static IEnumerable<Benchmark> All() => Assembly.GetExecutingAssembly().GetTypes()
    .Where(t => t.IsSubclassOf(typeof(Benchmark)) && !t.IsAbstract)
    .Select(t => (Benchmark)Activator.CreateInstance(t)!);
