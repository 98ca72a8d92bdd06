using System.Text.RegularExpressions;
using Ktrdr.Engine;
using Ktrdr.Engine.Strategies;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Ktrdr.Tests.Strategies;

/// <summary>Every known key of a full document, at every level of nesting, misspelled one at a time: one error, which names the right key.</summary>
public sealed partial class MisspelledKeyTests
{
    public static TheoryData<string> Documents => [nameof(FullDocuments.Recurrent), nameof(FullDocuments.Regression), nameof(FullDocuments.Rules), nameof(FullDocuments.Regime), nameof(FullDocuments.Context), nameof(FullDocuments.Ensemble)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Read_FullDocument_HasNoProblems(string document) => Assert.Empty(Read(Text(document), lenient: false).Select(p => p.Message));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Read_EachKeyMisspelled_IsOneErrorThatNamesTheRightOne(string document)
    {
        var text = Text(document);
        var keys = KeysOf(text);
        Assert.InRange(keys.Count, 10, 200);
        var failures = new List<string>();
        foreach (var (path, key, start) in keys)
        {
            foreach (var slip in Slips(key))
            {
                var problems = Read(string.Concat(text.AsSpan(0, start), slip, text.AsSpan(start + key.Length)), lenient: false);
                var errors = problems.Where(p => p.Severity == ProblemSeverity.Error).ToList();
                if (errors is not [{ Code: "unknown_key" } error] || error.Suggestion != key || !error.Path.EndsWith(slip, StringComparison.Ordinal) || error.Line is null)
                {
                    failures.Add($"{path} as {slip}: {string.Join(" | ", errors.Select(e => $"{e.Code} {e.Message}"))}");
                }
            }
        }

        Assert.Empty(failures);
    }

    [Theory]
    [InlineData("learning_rate: 0.0007", "learning_rat: 0.0007")]
    [InlineData("filters: {min_signal_separation: 6}", "filtres: {min_signal_separation: 6}")]
    [InlineData("stop: {atr: 2.5}, target", "target: {atr: 3}, stopp: {atr: 2.5}, trailing_: 1, target_")]
    public void Read_Lenient_UnknownKeysAreWarningsAndIgnored(string piece, string replacement)
    {
        var problems = Read(FullDocuments.Recurrent.Replace("sizing: {risk_per_trade: 0.01", "sizing: {fraction: 0.01", StringComparison.Ordinal).Replace(piece, replacement, StringComparison.Ordinal), lenient: true);

        Assert.NotEmpty(problems);
        Assert.All(problems, p => Assert.Equal(ProblemSeverity.Warning, p.Severity));
    }

    private static string Text(string document) => (string)typeof(FullDocuments).GetField(document)!.GetValue(null)!;

    private static IReadOnlyList<Problem> Read(string text, bool lenient) =>
        text.StartsWith("name: probe_router", StringComparison.Ordinal) || EnsembleReader.IsEnsemble(text) ? EnsembleReader.Read(text, lenient).Problems : StrategyReader.Read(text, lenient).Problems;

    /// <summary>A letter left out, two swapped, one doubled.</summary>
    private static IEnumerable<string> Slips(string key)
    {
        var middle = key.Length / 2;
        yield return key.Remove(middle, 1);
        yield return key.Insert(middle, key[middle].ToString());
        if (key[middle] != key[middle - 1])
        {
            yield return $"{key[..(middle - 1)]}{key[middle]}{key[middle - 1]}{key[(middle + 1)..]}";
        }
    }

    private static List<(string Path, string Key, int Start)> KeysOf(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var keys = new List<(string, string, int)>();
        Walk("", stream.Documents[0].RootNode);
        return keys;

        void Walk(string path, YamlNode node)
        {
            switch (node)
            {
                case YamlMappingNode mapping:
                    foreach (var (key, value) in mapping.Children)
                    {
                        var name = ((YamlScalarNode)key).Value!;
                        var at = path.Length == 0 ? name : $"{path}.{name}";
                        if (!ChosenByTheAuthor().IsMatch(at) || at.EndsWith(".indicator", StringComparison.Ordinal))
                        {
                            keys.Add((at, name, (int)key.Start.Index));
                        }

                        Walk(at, value);
                    }

                    break;
                case YamlSequenceNode sequence:
                    for (var i = 0; i < sequence.Children.Count; i++)
                    {
                        Walk($"{path}[{i}]", sequence.Children[i]);
                    }

                    break;
            }
        }
    }

    [GeneratedRegex(@"^(indicators\.[^.]+|fuzzy_sets\.[^.]+|fuzzy_sets\.[^.]+\.[^.]+|models\.[^.]+)$")]
    private static partial Regex ChosenByTheAuthor();
}
