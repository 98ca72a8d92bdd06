using System.Globalization;
using Ktrdr.Engine.Backtesting;
using Ktrdr.Engine.Learning;
using Ktrdr.Engine.Learning.Mlp;
using Ktrdr.Engine.MarketData;
using Ktrdr.Engine.Strategies;

namespace Ktrdr.Engine.Features;

/// <summary>A node that was compared.</summary>
/// <param name="Values">How many values it has on the unchanged bars.</param>
public sealed record CheckedNode(LeakKind Kind, string Node, string Timeframe, int Values);

/// <summary>What the future-perturbation proof of a strategy looked at and found.</summary>
/// <param name="Symbols">Each symbol with its cut points, or why there are none: without a cut point, no leak means nothing.</param>
/// <param name="Nodes">Every node that was compared, from indicators to fills.</param>
/// <param name="Leaks">Empty where none was found at the cut points.</param>
public sealed record LookaheadReport(IReadOnlyList<TriedSymbol> Symbols, IReadOnlyList<CheckedNode> Nodes, IReadOnlyList<Leak> Leaks)
{
    private const int MostNamed = 5;

    /// <summary>Rows after whose decision the bars were changed, of one symbol after the other.</summary>
    public IReadOnlyList<int> CutPoints => [.. Symbols.SelectMany(s => s.CutPoints)];

    /// <summary>What was tried and found in a line or, where nothing was, that.</summary>
    public string Summary
    {
        get
        {
            var tried = Symbols.Where(s => s.CutPoints.Count > 0).Select(s => s.Symbol).ToList();
            var untried = Some([.. Symbols.Where(s => s.CutPoints.Count == 0).Select(s => $"{s.Symbol} ({s.NotTried})")]);
            if (tried.Count == 0)
            {
                return $"Nothing could be tried, so that nothing is known of whether a node sees the future: {untried}.";
            }

            var at = $"{Counted.Of(Nodes.Count, "node")} tried at {Counted.Of(CutPoints.Count, "cut point")} of {Some(tried)}";
            var found = Leaks.Count == 0 ? $"No node sees the future: {at}." : $"{Counted.Of(Leaks.Count, "look-ahead")} found: {at}.";
            return untried.Length == 0 ? found : $"{found} Not tried: {untried}.";
        }
    }

    /// <summary>The reports of links of one symbol's chain as one: a cut point counts where every link was tried at it.</summary>
    internal static LookaheadReport Join(params IReadOnlyList<LookaheadReport> links) =>
        new([TriedSymbol.Join([.. links.Select(l => l.Symbols[0])])], [.. links.SelectMany(l => l.Nodes)], [.. links.SelectMany(l => l.Leaks)]);

    /// <summary>The reports of several symbols, each with rows of its own, as one.</summary>
    internal static LookaheadReport Beside(IReadOnlyList<LookaheadReport> symbols) =>
        new([.. symbols.SelectMany(s => s.Symbols)], [.. symbols.SelectMany(s => s.Nodes)], [.. symbols.SelectMany(s => s.Leaks)]);

    /// <summary>Of a symbol whose bars could not be changed.</summary>
    public static LookaheadReport Untried(string symbol, string why) => new([new TriedSymbol(symbol, [], why)], [], []);

    /// <summary>The same among those of several symbols.</summary>
    /// <param name="symbol">Whose bars were changed: put before the nodes' names.</param>
    internal LookaheadReport Of(string symbol) =>
        this with { Nodes = [.. Nodes.Select(n => n with { Node = $"{symbol}.{n.Node}" })], Leaks = [.. Leaks.Select(l => l.Of(symbol))] };

    /// <summary>Checks several symbols of a strategy one after the other; names of nodes begin with theirs.</summary>
    /// <param name="symbols">Every symbol, with its check or why there is none. A check that is refused, for instance because there are too few bars, leaves its symbol untried.</param>
    /// <exception cref="InvalidInputException">No symbol could be tried; each is named with the reason.</exception>
    public static LookaheadReport OfEach(IReadOnlyList<(string Symbol, Func<LookaheadReport>? Check, string? NotTried)> symbols)
    {
        var reports = new List<LookaheadReport>();
        foreach (var (symbol, check, notTried) in symbols)
        {
            try
            {
                var report = check?.Invoke() ?? Untried(symbol, notTried!);
                reports.Add(symbols.Count == 1 ? report : report.Of(symbol));
            }
            catch (InvalidInputException refused)
            {
                reports.Add(Untried(symbol, refused.Problems[0].Message.TrimEnd('.')));
            }
        }

        var all = Beside(reports);
        return all.CutPoints.Count > 0 ? all : throw new InvalidInputException(new Problem("unproven", "bars", all.Summary));
    }

    /// <summary>
    /// Checks a strategy that has not been trained: wider timeframes are made anew from the changed bars, features are scaled by what the first half gives, and a network with its random
    /// starting weights decides and trades, so that the whole way from bars to fills is walked.
    /// </summary>
    /// <param name="document">The strategy.</param>
    /// <param name="bars">Bars of the base timeframe.</param>
    /// <param name="context">Context series by source id.</param>
    /// <param name="widen">Makes the bars of every timeframe of the strategy from those of the base timeframe.</param>
    /// <param name="cutPoints">How many rows to cut at.</param>
    /// <param name="seed">Decides the rows, the changes and the weights.</param>
    /// <exception cref="InvalidInputException">The bars do not suit the strategy, or none of the first half's rows is past the warm-up.</exception>
    public static LookaheadReport Of(
        StrategyDocument document, BarSeries bars, IReadOnlyDictionary<string, BarSeries> context, Func<BarSeries, IReadOnlyDictionary<string, BarSeries>> widen, int cutPoints, ulong seed)
    {
        var timeframe = bars.Timeframe.Name;
        var inputs = new FeatureInputs(new SortedDictionary<string, BarSeries>(StringComparer.Ordinal) { [timeframe] = bars }) { Context = context };
        var features = FeaturePipeline.Build(document, inputs with { Bars = widen(bars) }, timeframe);

        // Before the first complete row nothing is decided: a cut there would try nothing.
        return Of(inputs, timeframe, Untrained(document, timeframe, features, seed), changed => changed with { Bars = widen(changed.Bars[timeframe]) }, features.FirstReady, cutPoints, seed);
    }

    /// <summary>Checks what <paramref name="proof"/> describes, as after each backtest on a few rows.</summary>
    /// <param name="inputs">What is changed.</param>
    /// <param name="timeframe">The base timeframe.</param>
    /// <param name="proof">The strategy's nodes.</param>
    /// <param name="complete">Makes from changed inputs what the strategy reads.</param>
    /// <param name="start">First row to cut at.</param>
    /// <param name="cutPoints">How many rows to cut at.</param>
    /// <param name="seed">Decides the rows and the changes.</param>
    public static LookaheadReport Of(FeatureInputs inputs, string timeframe, StrategyProof proof, Func<FeatureInputs, FeatureInputs> complete, int start, int cutPoints, ulong seed)
    {
        var cuts = PerturbationProof.SampleCutPoints(start, inputs.Bars[timeframe].Count, cutPoints, seed);
        return Of(inputs, timeframe, start, cuts, seed, changed => proof.Nodes(complete(changed)));
    }

    /// <summary>Checks one symbol's nodes at some rows.</summary>
    internal static LookaheadReport Of(FeatureInputs inputs, string timeframe, int start, IReadOnlyList<int> cutPoints, ulong seed, Func<FeatureInputs, IReadOnlyList<ProofNode>> nodes)
    {
        IReadOnlyList<CheckedNode>? compared = null;
        var leaks = PerturbationProof.Check(inputs, timeframe, cutPoints, seed, changed =>
        {
            var computed = nodes(changed);
            compared ??= [.. computed.Select(n => new CheckedNode(n.Kind, n.Name, n.Timeframe, n.Count))];
            return computed;
        });
        return new LookaheadReport([TriedSymbol.Of(inputs.Bars[timeframe], start, cutPoints)], compared!, leaks);
    }

    private static StrategyProof Untrained(StrategyDocument document, string timeframe, FeatureMatrix features, ulong seed)
    {
        var normalization = Normalization.Fit(features, document, [.. Enumerable.Range(0, features.Rows / 2)]);
        var trades = document.Decisions.OutputFormat.Trades();
        var outputs = document.Decisions.OutputFormat switch
        {
            OutputFormat.Regression => 1,
            OutputFormat.RegimeClassification => 4,
            _ => 3,
        };
        var network = Network.Initialize(new MlpShape(features.Columns, [16], outputs, Activation.Tanh, 0), seed);
        var usual = Means(network, normalization.Apply(features));
        // An untrained network is never sure: the threshold would leave nothing to trade.
        var decisions = trades ? new DecisionFunction(document.Decisions with { ConfidenceThreshold = 0, RoundTripCost = 1e-9, AllowShortFromFlat = true }) : null;
        return new StrategyProof(document, timeframe)
        {
            Normalization = normalization,
            Options = BacktestOptions.From(document),
            Model = scaled =>
            {
                var answers = new float[scaled.Rows * outputs];
                network.Predict(scaled.Values, scaled.Rows, answers);
                for (var i = 0; i < answers.Length; i++)
                {
                    answers[i] -= usual[i % outputs];
                }

                var ready = scaled.WindowReady(document.Model.SequenceLength);
                return new ModelAnswer(answers, decisions is null ? null : new ModelDecisions(decisions, answers, ready));
            },
        };
    }

    /// <summary>Mean outputs over the first half, constants from then on: what is above them changes from row to row, where the outputs themselves always favour one class.</summary>
    private static float[] Means(Network network, FeatureMatrix features)
    {
        var outputs = new float[features.Rows * network.Shape.Outputs];
        network.Predict(features.Values, features.Rows, outputs);
        var rows = Enumerable.Range(0, features.Rows / 2).Where(r => features.IsReady[r]).ToArray();
        if (rows.Length == 0)
        {
            throw new InvalidInputException(new Problem("too_few_bars", "bars", $"None of the first half of {Counted.Of(features.Rows, "bar")} is past the warm-up of {Counted.Of(features.LongestLookBack, "bar")}; allowed: more bars."));
        }

        return [.. Enumerable.Range(0, network.Shape.Outputs).Select(o => (float)rows.Average(r => (double)outputs[(r * network.Shape.Outputs) + o]))];
    }

    private static string Some(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - MostNamed} more") : "");
}
