using Ktrdr.Engine.Fuzzy;

namespace Ktrdr.Engine.Strategies;

/// <summary>A strategy as a tree of keys and values, complete and in one fixed order; <see cref="StrategyWriter"/> prints it. Fields that do not count are left out.</summary>
internal static class StrategyTree
{
    public static MappingNode Of(StrategyDocument document, bool withIdentity)
    {
        var tree = new Builder();
        if (withIdentity)
        {
            tree.Add("name", document.Name);
            tree.AddUnlessNull("description", document.Description);
        }

        tree.Add("version", document.Version);
        tree.Add("training_data", TrainingData(document.TrainingData));
        tree.AddUnlessNull("deployment", document.Deployment is { } deployment ? Deployment(deployment) : null);
        tree.Add("indicators", Builder.Map(document.Indicators.Select(i => KeyValuePair.Create(i.Id, Indicator(i)))));
        tree.Add("fuzzy_sets", Builder.Map(document.FuzzySets.Select(s => KeyValuePair.Create(s.Id, FuzzySet(s)))));
        tree.Add("nn_inputs", new SequenceNode(document.Inputs.Select(Input).ToArray(), 0));
        tree.Add("model", Model(document.Model));
        tree.Add("decisions", Decisions(document.Decisions));
        tree.Add("training", Training(document.Training, document.Decisions.OutputFormat));
        tree.AddUnlessNull("costs", document.Costs is { } costs ? Costs(costs) : null);
        tree.AddUnlessNull("sizing", document.Sizing is { } sizing ? new Builder().Add("fraction", sizing.Amount).Node : null);
        if (document.Seed is { } seed)
        {
            tree.Add("seed", ScalarNode.Of(seed));
        }

        return tree.Node;
    }

    private static DocumentNode TrainingData(TrainingDataSpec data)
    {
        var symbols = new Builder().Add("mode", "single").Add("symbol", data.Symbol).Node;
        var timeframes = data.Timeframes.Count == 1
            ? new Builder().Add("mode", "single").Add("timeframe", data.Timeframes[0]).Node
            : new Builder().Add("mode", "multi_timeframe").Add("list", Builder.List(data.Timeframes)).Add("base_timeframe", data.BaseTimeframe).Node;
        var tree = new Builder().Add("symbols", symbols).Add("timeframes", timeframes);
        tree.AddUnlessNull("history_required", data.HistoryRequired is { } history ? ScalarNode.Of((long)history) : null);
        return tree.Node;
    }

    private static DocumentNode Deployment(DeploymentSpec deployment)
    {
        var symbols = new Builder().Add("mode", Vocabulary.SymbolScopes.NameOf(deployment.Symbols));
        if (deployment.ExcludedSymbols.Count > 0)
        {
            symbols.Add("restrictions", new Builder().Add("excluded_symbols", Builder.List(deployment.ExcludedSymbols)).Node);
        }

        var tree = new Builder().Add("target_symbols", symbols.Node);
        if (deployment.Timeframes.Count > 0)
        {
            tree.Add("target_timeframes", new Builder().Add("supported", Builder.List(deployment.Timeframes)).Node);
        }

        return tree.Node;
    }

    private static DocumentNode Indicator(IndicatorSpec spec)
    {
        var tree = new Builder().Add("type", spec.Type);
        foreach (var (name, value) in spec.Arguments.Values)
        {
            tree.Add(name, value switch
            {
                int whole => ScalarNode.Of((long)whole),
                double number => ScalarNode.Of(number),
                bool flag => ScalarNode.Of(flag),
                _ => ScalarNode.Of((string)value),
            });
        }

        return tree.Node;
    }

    private static DocumentNode FuzzySet(FuzzySetSpec set)
    {
        var tree = new Builder().Add("indicator", set.Indicator.ToString());
        foreach (var membership in set.Memberships)
        {
            var shape = new Builder().Add("type", MembershipCatalog.Of(membership.Function.Kind).Name).Add("parameters", Builder.List(membership.Function.Parameters));
            tree.Add(membership.Name, shape.Node);
        }

        return tree.Node;
    }

    private static DocumentNode Input(NnInput input)
    {
        var tree = input.RawIndicator is { } reference
            ? new Builder().Add("raw_indicator", reference.ToString())
            : new Builder().Add("fuzzy_set", input.FuzzySet ?? throw new InvalidInputException(new Problem("conflict", "nn_inputs", "An input has neither fuzzy_set nor raw_indicator; allowed: exactly one of them.")));
        tree.Add("timeframes", Builder.List(input.Timeframes));
        if (input.RawIndicator is not null)
        {
            tree.Add("normalization", Vocabulary.Normalizations.NameOf(input.Normalization));
        }

        return tree.Node;
    }

    private static DocumentNode Model(ModelSpec model)
    {
        var architecture = new Builder()
            .Add("hidden_layers", new SequenceNode(model.HiddenLayers.Select(w => (DocumentNode)ScalarNode.Of((long)w)).ToArray(), 0))
            .Add("activation", Vocabulary.Activations.NameOf(model.Activation))
            .Add("dropout", model.Dropout);
        return new Builder().Add("type", Vocabulary.Models.NameOf(model.Kind)).Add("architecture", architecture.Node).Node;
    }

    private static DocumentNode Decisions(DecisionSpec decisions)
    {
        var tree = new Builder().Add("output_format", Vocabulary.OutputFormats.NameOf(decisions.OutputFormat));
        if (decisions.OutputFormat == OutputFormat.Regression)
        {
            tree.Add("cost_model", new Builder().Add("round_trip_cost", decisions.RoundTripCost).Add("min_edge_multiplier", decisions.MinEdgeMultiplier).Node);
        }
        else
        {
            tree.Add("confidence_threshold", decisions.ConfidenceThreshold);
        }

        var separation = decisions.MinSignalSeparation;
        var amount = ScalarNode.Of(separation.Amount);
        return tree
            .Add("position_awareness", ScalarNode.Of(decisions.PositionAwareness))
            .Add("allow_short_from_flat", ScalarNode.Of(decisions.AllowShortFromFlat))
            .Add("filters", new Builder().Add("min_signal_separation", separation.Unit == SeparationUnit.Hours ? amount : ScalarNode.Of($"{amount.Text} bars")).Node)
            .Node;
    }

    private static DocumentNode Training(TrainingSpec training, OutputFormat format)
    {
        var tree = new Builder().Add("labels", Labels(training.Labels)).Add("loss", Vocabulary.Losses.NameOf(training.Loss));
        if (training.Loss == LossKind.Huber)
        {
            tree.Add("huber_delta", training.HuberDelta);
        }

        tree.Add("epochs", ScalarNode.Of((long)training.Epochs))
            .Add("batch_size", ScalarNode.Of((long)training.BatchSize))
            .Add("learning_rate", training.LearningRate)
            .Add("optimizer", Vocabulary.Optimizers.NameOf(training.Optimizer))
            .Add("weight_decay", training.WeightDecay)
            .Add("gradient_clip", training.GradientClip)
            .Add("early_stopping", training.EarlyStopping is { } stopping
                ? new Builder().Add("patience", ScalarNode.Of((long)stopping.Patience)).Add("min_delta", stopping.MinDelta).Node
                : ScalarNode.Of(false));
        if (format == OutputFormat.Classification)
        {
            tree.Add("class_weights", ScalarNode.Of(training.ClassWeights));
        }

        var split = training.DataSplit;
        return tree.Add("data_split", new Builder().Add("train", split.Train).Add("validation", split.Validation).Add("test", split.Test).Node).Node;
    }

    private static DocumentNode Labels(LabelSpec labels)
    {
        var tree = new Builder().Add("source", Vocabulary.LabelSources.NameOf(labels.Source));
        if (labels.Source == LabelSource.ForwardReturn)
        {
            return tree.Add("horizon", ScalarNode.Of((long)labels.Horizon)).Node;
        }

        tree.Add("pt_multiplier", labels.PtMultiplier)
            .Add("sl_multiplier", labels.SlMultiplier)
            .Add("max_holding_period", ScalarNode.Of((long)labels.MaxHoldingPeriod))
            .Add("vol_span", ScalarNode.Of((long)labels.VolSpan))
            .Add("vol_method", Vocabulary.VolatilityMethods.NameOf(labels.VolMethod));
        if (labels.CusumThreshold is { } threshold)
        {
            tree.Add("cusum_threshold", threshold);
            if (threshold <= 0)
            {
                tree.Add("cusum_multiplier", labels.CusumMultiplier);
            }
        }

        return tree.Add("compute_weights", ScalarNode.Of(labels.ComputeWeights)).Node;
    }

    private static DocumentNode Costs(CostSpec costs)
    {
        var tree = new Builder();
        tree.AddUnlessNull("commission", costs.Commission is { } commission ? ScalarNode.Of(commission) : null);
        tree.AddUnlessNull("slippage", costs.Slippage is { } slippage ? ScalarNode.Of(slippage) : null);
        tree.AddUnlessNull("spread", costs.Spread is { } spread ? ScalarNode.Of(spread) : null);
        return tree.Node;
    }

    private sealed class Builder
    {
        private readonly List<KeyValuePair<string, DocumentNode>> _entries = [];

        public MappingNode Node => new(_entries, 0);

        public static MappingNode Map(IEnumerable<KeyValuePair<string, DocumentNode>> entries) => new(entries.ToArray(), 0);

        public static SequenceNode List(IEnumerable<string> items) => new(items.Select(i => (DocumentNode)ScalarNode.Of(i)).ToArray(), 0);

        public static SequenceNode List(IEnumerable<double> items) => new(items.Select(i => (DocumentNode)ScalarNode.Of(i)).ToArray(), 0);

        public Builder Add(string key, DocumentNode value)
        {
            _entries.Add(new(key, value));
            return this;
        }

        public Builder Add(string key, string value) => Add(key, ScalarNode.Of(value));

        public Builder Add(string key, double value) => Add(key, ScalarNode.Of(value));

        public void AddUnlessNull(string key, DocumentNode? value)
        {
            if (value is not null)
            {
                Add(key, value);
            }
        }

        public void AddUnlessNull(string key, string? value) => AddUnlessNull(key, value is null ? null : ScalarNode.Of(value));
    }
}
