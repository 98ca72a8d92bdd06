using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Ktrdr.Benchmarks;
using Ktrdr.Benchmarks.Learning;

string? filter = null, json = null;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--filter" when i + 1 < args.Length:
            filter = args[++i];
            break;
        case "--json" when i + 1 < args.Length:
            json = args[++i];
            break;
        case "--weights-hash":
            // Trains fixed small networks and prints their hashes: run with other DOTNET_Enable… settings or numbers of threads, they must not move.
            Console.WriteLine(ReferenceTraining.WeightsHash(i + 1 < args.Length ? int.Parse(args[i + 1], CultureInfo.InvariantCulture) : 1));
            return 0;
        case FirstEpochs.Argument:
            Console.WriteLine(FirstEpochs.Share().ToString(CultureInfo.InvariantCulture));
            return 0;
        default:
            Console.Error.WriteLine($"'{args[i]}' is not understood; allowed: --filter <part of a name>, --json <file>, --weights-hash [threads].");
            return 2;
    }
}

var benchmarks = Assembly.GetExecutingAssembly().GetTypes()
    .Where(t => t.IsSubclassOf(typeof(Benchmark)) && !t.IsAbstract)
    .Select(t => (Benchmark)Activator.CreateInstance(t)!)
    .Where(b => filter is null || b.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))
    .OrderBy(b => b.Name, StringComparer.Ordinal)
    .ToArray();
if (benchmarks.Length == 0)
{
    Console.Error.WriteLine($"No benchmark's name contains '{filter}'.");
    return 2;
}

var results = new List<object>();
Console.WriteLine($"{"name",-28} {"value",16}  {"unit",-14} {"ratio",9}  peer");
foreach (var benchmark in benchmarks)
{
    benchmark.Prepare();
    for (var i = 0; i < benchmark.WarmUps; i++)
    {
        benchmark.Measure();
    }

    var values = Enumerable.Range(0, benchmark.Repetitions).Select(_ => benchmark.Measure()).Order().ToArray();
    var median = values[values.Length / 2];
    var peer = benchmark.Peer;
    var ratio = peer is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{median / peer.Value:F1}x");
    var against = peer is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{peer.Name} ({peer.Value:N0})");
    var value = median.ToString(median < 100 ? "N2" : "N0", CultureInfo.InvariantCulture);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{benchmark.Name,-28} {value,16}  {benchmark.Unit,-14} {ratio,9}  {against}"));
    results.Add(new { name = benchmark.Name, value = median, unit = benchmark.Unit });
}

if (json is not null)
{
    File.WriteAllText(json, JsonSerializer.Serialize(results, new JsonSerializerOptions { WriteIndented = true }) + "\n");
}

return 0;
