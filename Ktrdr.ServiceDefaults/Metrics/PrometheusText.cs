using System.Globalization;
using System.Text;

namespace Ktrdr.ServiceDefaults.Metrics;

/// <summary>Prometheus' text exposition format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();

        // Two instruments of one name (a meter created twice) are one family to Prometheus: its header may stand only once.
        foreach (var group in families.GroupBy(f => f.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var written = new HashSet<string>(StringComparer.Ordinal);
            foreach (var family in group)
            {
                foreach (var series in family.AllSeries)
                {
                    if (written.Count == 0)
                    {
                        text.Append("# HELP ").Append(family.Name).Append(' ').Append(family.Description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
                        text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Kind.ToString().ToLowerInvariant()).Append('\n');
                    }

                    if (written.Add(series.Labels))
                    {
                        WriteSeries(text, family, series);
                    }
                }
            }
        }

        return text.ToString();
    }

    /// <summary>Prometheus' name of an instrument: underscores, base unit as suffix, <c>_total</c> on counters only.</summary>
    public static string NameOf(string instrument, string? unit, MetricKind kind)
    {
        var name = Sanitize(instrument);
        var suffix = unit switch
        {
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            "1" when kind == MetricKind.Gauge => "ratio",
            _ => null,
        };
        if (suffix is not null && !name.EndsWith("_" + suffix, StringComparison.Ordinal))
        {
            name += "_" + suffix;
        }

        return kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    public static string Sanitize(string name)
    {
        var text = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }

        return char.IsAsciiDigit(text[0]) ? "_" + text : text.ToString();
    }

    public static string Escape(string value)
        => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static void WriteSeries(StringBuilder text, MetricFamily family, MetricFamily.Series series)
    {
        lock (series)
        {
            if (family.Kind != MetricKind.Histogram)
            {
                Line(text, family.Name, series.Labels, Format(series.Value));
                return;
            }

            long cumulative = 0;
            for (var i = 0; i < series.Buckets.Length; i++)
            {
                cumulative += series.Buckets[i];
                var bound = i < family.Boundaries.Length ? Format(family.Boundaries[i]) : "+Inf";
                var labels = series.Labels.Length == 0 ? $"le=\"{bound}\"" : $"{series.Labels},le=\"{bound}\"";
                Line(text, family.Name + "_bucket", labels, cumulative.ToString(CultureInfo.InvariantCulture));
            }

            Line(text, family.Name + "_sum", series.Labels, Format(series.Value));
            Line(text, family.Name + "_count", series.Labels, series.Count.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Line(StringBuilder text, string name, string labels, string value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value).Append('\n');
    }

    private static string Format(double value)
        => double.IsNaN(value) ? "NaN" : double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
