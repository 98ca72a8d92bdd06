using System.Globalization;
using System.Text;
using Ktrdr.Engine.MarketData;

namespace Ktrdr.Benchmarks.MarketData;

/// <summary>Rows per second of a whole import: parsing, every check, findings and the finished series.</summary>
public sealed class CsvLoadBenchmark : Benchmark
{
    private const int Rows = 1_000_000;
    private static readonly CsvOptions Options = new() { Symbol = "SYNTH", Timeframe = Timeframe.OneMinute };
    private byte[] _text = [];

    public override string Name => "csv_load";

    public override string Unit => "rows/s";

    public override string Measures => "A whole import: parsing, every check, findings and the finished series, a million rows";

    public override Target? Target => new(12e6);

    public override Peer? Peer => new("CsvHelper 34, 1 thread", 3_440_000);

    /// <summary>The small methods of a row are compiled for speed on another thread, some time after they were called often.</summary>
    public override int WarmUps => 10;

    public override void Prepare()
    {
        var bars = SyntheticMarket.Null(1, 20_000);
        var text = new StringBuilder("timestamp,open,high,low,close,volume\n");
        for (var i = 0; i < Rows; i++)
        {
            var at = i % bars.Count;
            var time = DateTimeOffset.FromUnixTimeSeconds(1_262_304_000L + i * 60L);
            text.Append(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd'T'HH:mm:ss'Z'},{bars.Open[at]:F5},{bars.High[at]:F5},{bars.Low[at]:F5},{bars.Close[at]:F5},{bars.Volume[at]:F0}\n");
        }

        _text = Encoding.ASCII.GetBytes(text.ToString());
    }

    public override double Measure() => PerSecond(Rows, () => CsvBars.Read(new MemoryStream(_text), Options));
}
