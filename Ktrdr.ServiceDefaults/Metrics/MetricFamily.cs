using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Ktrdr.ServiceDefaults.Metrics;

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One instrument with a series per set of tags.</summary>
internal sealed class MetricFamily
{
    /// <summary>Tags with unbounded values must not fill the memory: further series of an instrument are left out.</summary>
    internal const int MostSeries = 1000;

    // The buckets that OpenTelemetry recommends for request durations in seconds, and its default for other units.
    private static readonly double[] SecondBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] OtherBuckets = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly bool _isObservable;
    private readonly bool _isDelta;

    public MetricFamily(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        Kind = type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        _isObservable = instrument.IsObservable;
        _isDelta = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
        Name = PrometheusText.NameOf(instrument.Name, instrument.Unit, Kind);
        Description = instrument.Description ?? instrument.Name;
        Boundaries = Kind == MetricKind.Histogram ? BoundariesOf(instrument) : [];
    }

    public string Name { get; }

    public string Description { get; }

    public MetricKind Kind { get; }

    public double[] Boundaries { get; }

    public IEnumerable<Series> AllSeries => _series.Values.OrderBy(s => s.Labels, StringComparer.Ordinal);

    /// <summary>What an observable instrument no longer reports must no longer show.</summary>
    public void BeginObservation()
    {
        if (_isObservable)
        {
            _series.Clear();
        }
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelsOf(tags);
        if (!_series.TryGetValue(labels, out var series))
        {
            if (_series.Count >= MostSeries)
            {
                return;
            }

            series = _series.GetOrAdd(labels, text => new Series(text, Boundaries.Length));
        }

        lock (series)
        {
            if (Kind == MetricKind.Histogram)
            {
                var bucket = Array.FindIndex(Boundaries, bound => value <= bound);
                series.Buckets[bucket < 0 ? Boundaries.Length : bucket]++;
                series.Count++;
                series.Value += value;
            }
            else
            {
                series.Value = _isDelta ? series.Value + value : value;
            }
        }
    }

    private static double[] BoundariesOf(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries,
            Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(b => (double)b).ToArray(),
            _ => null,
        };
        return advised is { Count: > 0 } ? [.. advised] : instrument.Unit == "s" ? SecondBuckets : OtherBuckets;
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length == 0)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var (key, value) in tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            text.Append(text.Length == 0 ? "" : ",")
                .Append(PrometheusText.Sanitize(key)).Append("=\"")
                .Append(PrometheusText.Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")).Append('"');
        }

        return text.ToString();
    }

    internal sealed class Series(string labels, int boundaries)
    {
        public string Labels { get; } = labels;

        /// <summary>Sum of a counter or histogram, last value of a gauge.</summary>
        public double Value { get; set; }

        public long Count { get; set; }

        public long[] Buckets { get; } = new long[boundaries + 1];
    }
}
