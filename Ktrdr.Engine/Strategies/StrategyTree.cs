using Ktrdr.Engine.Fuzzy;

namespace Ktrdr.Engine.Strategies;

/// <summary>A strategy as a tree of keys and values, complete and in one fixed order; <see cref="StrategyWriter"/> prints it. Fields that do not count are left out.</summary>
internal static class StrategyTree
{
    public static MappingNode Of(StrategyDocument document, bool withIdentity)
    {
        var tree = new TreeBuilder();
        if (withIdentity)
        {
            tree.Add("name", document.Name);
            tree.AddUnlessNull("description", document.Description);
        }

        tree.Add("version", document.Version);
        tree.Add("training_data", TrainingData(document.TrainingData));
        tree.AddUnlessNull("context_data", document.ContextData.Count > 0 ? new SequenceNode(document.ContextData.Select(Context).ToArray(), 0) : null);
        tree.AddUnlessNull("deployment", document.Deployment is { } deployment ? Deployment(deployment) : null);
        tree.Add("indicators", TreeBuilder.Map(document.Indicators.Select(i => KeyValuePair.Create(i.Id, Indicator(i)))));
        tree.Add("fuzzy_sets", TreeBuilder.Map(document.FuzzySets.Select(s => KeyValuePair.Create(s.Id, FuzzySet(s)))));
        tree.Add("nn_inputs", new SequenceNode(document.Inputs.Select(Input).ToArray(), 0));
        tree.Add("model", Model(document.Model));
        tree.Add("decisions", Decisions(document.Decisions));
        tree.Add("training", Training(document.Training, document.Decisions.OutputFormat));
        tree.AddUnlessNull("costs", document.Costs is { } costs ? AccountTree.Costs(costs) : null);
        tree.AddUnlessNull("sizing", document.Sizing is { } sizing ? AccountTree.Sizing(sizing) : null);
        tree.AddUnlessNull("exits", document.Exits is { } exits ? AccountTree.Exits(exits) : null);
        tree.AddUnlessNull("validation", document.Validation is { } validation ? AccountTree.Validation(validation) : null);
        switch (document.Seeds.Count)
        {
            case 0:
                break;
            case 1:
                tree.Add("seed", ScalarNode.Of(document.Seeds[0]));
                break;
            default:
                tree.Add("seeds", new SequenceNode(document.Seeds.Select(s => (DocumentNode)ScalarNode.Of(s)).ToArray(), 0));
                break;
        }

        return tree.Node;
    }

    private static DocumentNode TrainingData(TrainingDataSpec data)
    {
        var symbols = data.Symbols.Count == 1
            ? new TreeBuilder().Add("mode", "single").Add("symbol", data.Symbol).Node
            : new TreeBuilder().Add("mode", "multi_symbol").Add("list", TreeBuilder.List(data.Symbols)).Node;
        var timeframes = data.Timeframes.Count == 1
            ? new TreeBuilder().Add("mode", "single").Add("timeframe", data.Timeframes[0]).Node
            : new TreeBuilder().Add("mode", "multi_timeframe").Add("list", TreeBuilder.List(data.Timeframes)).Add("base_timeframe", data.BaseTimeframe).Node;
        var tree = new TreeBuilder().Add("symbols", symbols).Add("timeframes", timeframes);
        tree.AddUnlessNull("history_required", data.HistoryRequired is { } history ? ScalarNode.Of((long)history) : null);
        tree.AddUnlessNull("start_date", data.StartDate is { } start ? Time(start) : null);
        tree.AddUnlessNull("end_date", data.EndDate is { } end ? Time(end) : null);
        return tree.Node;
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString(time.UtcDateTime.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static DocumentNode Context(ContextDataSpec spec)
    {
        var tree = new TreeBuilder().Add("provider", Vocabulary.ContextProviders.NameOf(spec.Provider));
        switch (spec.Provider)
        {
            case ContextProvider.Ib:
                tree.Add("symbol", spec.Symbol!).Add("timeframe", spec.Timeframe ?? "1h");
                break;
            case ContextProvider.Fred:
                tree.Add("series", TreeBuilder.List(spec.Series!));
                break;
            default:
                tree.Add("report", spec.Report!);
                break;
        }

        tree.AddUnlessNull("publication_lag_hours", spec.PublicationLagHours is { } lag ? ScalarNode.Of(lag) : null);
        return tree.Node;
    }

    private static DocumentNode Deployment(DeploymentSpec deployment)
    {
        var symbols = new TreeBuilder().Add("mode", Vocabulary.SymbolScopes.NameOf(deployment.Symbols));
        if (deployment.ExcludedSymbols.Count > 0)
        {
            symbols.Add("restrictions", new TreeBuilder().Add("excluded_symbols", TreeBuilder.List(deployment.ExcludedSymbols)).Node);
        }

        var tree = new TreeBuilder().Add("target_symbols", symbols.Node);
        if (deployment.Timeframes.Count > 0)
        {
            tree.Add("target_timeframes", new TreeBuilder().Add("supported", TreeBuilder.List(deployment.Timeframes)).Node);
        }

        return tree.Node;
    }

    private static DocumentNode Indicator(IndicatorSpec spec)
    {
        var tree = new TreeBuilder().Add("type", spec.Type);
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

        tree.AddUnlessNull("data_source", spec.DataSource);
        return tree.Node;
    }

    private static DocumentNode FuzzySet(FuzzySetSpec set)
    {
        var tree = new TreeBuilder().Add("indicator", set.Indicator.ToString());
        foreach (var membership in set.Memberships)
        {
            var shape = new TreeBuilder().Add("type", MembershipCatalog.Of(membership.Function.Kind).Name).Add("parameters", TreeBuilder.List(membership.Function.Parameters));
            tree.Add(membership.Name, shape.Node);
        }

        return tree.Node;
    }

    private static DocumentNode Input(NnInput input)
    {
        var tree = input.RawIndicator is { } reference
            ? new TreeBuilder().Add("raw_indicator", reference.ToString())
            : new TreeBuilder().Add("fuzzy_set", input.FuzzySet ?? throw new InvalidInputException(new Problem("conflict", "nn_inputs", "An input has neither fuzzy_set nor raw_indicator; allowed: exactly one of them.")));
        tree.Add("timeframes", TreeBuilder.List(input.Timeframes));
        if (input.RawIndicator is not null)
        {
            tree.Add("normalization", Vocabulary.Normalizations.NameOf(input.Normalization));
        }

        return tree.Node;
    }

    private static DocumentNode Model(ModelSpec model)
    {
        var architecture = new TreeBuilder();
        switch (model.Kind)
        {
            case ModelKind.Mlp:
                architecture.Add("hidden_layers", new SequenceNode(model.HiddenLayers.Select(w => (DocumentNode)ScalarNode.Of((long)w)).ToArray(), 0))
                    .Add("activation", Vocabulary.Activations.NameOf(model.Activation))
                    .Add("dropout", model.Dropout);
                break;
            case ModelKind.Tsk:
                architecture.Add("memberships_per_input", model.Tsk.MembershipsPerInput).Add("max_rules", model.Tsk.MaxRules).Add("prune_below", model.Tsk.PruneBelow);
                break;
            default:
                architecture.Add("sequence_length", model.SequenceLength).Add("hidden_size", model.HiddenSize).Add("num_layers", model.Layers).Add("dropout", model.Dropout);
                break;
        }

        return new TreeBuilder().Add("type", Vocabulary.Models.NameOf(model.Kind)).Add("architecture", architecture.Node).Node;
    }

    private static DocumentNode Decisions(DecisionSpec decisions)
    {
        var tree = new TreeBuilder().Add("output_format", Vocabulary.OutputFormats.NameOf(decisions.OutputFormat));
        if (!decisions.OutputFormat.Trades())
        {
            return tree.Node;
        }

        if (decisions.OutputFormat == OutputFormat.Regression)
        {
            tree.Add("cost_model", new TreeBuilder().Add("round_trip_cost", decisions.RoundTripCost).Add("min_edge_multiplier", decisions.MinEdgeMultiplier).Node);
        }
        else
        {
            tree.Add("confidence_threshold", decisions.ConfidenceThreshold);
        }

        var separation = decisions.MinSignalSeparation;
        var amount = ScalarNode.Of(separation.Amount);
        tree.Add("position_awareness", ScalarNode.Of(decisions.PositionAwareness)).Add("allow_short_from_flat", ScalarNode.Of(decisions.AllowShortFromFlat));
        if (decisions.AllowReversal)
        {
            tree.Add("allow_reversal", ScalarNode.Of(true));
        }

        return tree
            .Add("filters", new TreeBuilder().Add("min_signal_separation", separation.Unit == SeparationUnit.Hours ? amount : ScalarNode.Of($"{amount.Text} bars")).Node)
            .Node;
    }

    private static DocumentNode Training(TrainingSpec training, OutputFormat format)
    {
        var tree = new TreeBuilder().Add("labels", Labels(training.Labels)).Add("loss", Vocabulary.Losses.NameOf(training.Loss));
        if (training.Loss == LossKind.Huber)
        {
            tree.Add("huber_delta", training.HuberDelta);
        }

        if (training.Loss == LossKind.Focal)
        {
            tree.Add("focal_gamma", training.FocalGamma);
        }

        tree.Add("epochs", ScalarNode.Of((long)training.Epochs))
            .Add("batch_size", ScalarNode.Of((long)training.BatchSize))
            .Add("learning_rate", training.LearningRate);
        tree.AddUnlessNull("lr_scheduler", training.Schedule is { } schedule ? Schedule(schedule) : null);
        tree.Add("optimizer", Vocabulary.Optimizers.NameOf(training.Optimizer))
            .Add("weight_decay", training.WeightDecay)
            .Add("gradient_clip", training.GradientClip)
            .Add("early_stopping", training.EarlyStopping is { } stopping
                ? new TreeBuilder().Add("patience", ScalarNode.Of((long)stopping.Patience)).Add("min_delta", stopping.MinDelta).Node
                : ScalarNode.Of(false));
        if (format != OutputFormat.Regression)
        {
            tree.Add("class_weights", ScalarNode.Of(training.ClassWeights));
        }

        var split = training.DataSplit;
        return tree.Add("data_split", new TreeBuilder().Add("train", split.Train).Add("validation", split.Validation).Add("test", split.Test).Node).Node;
    }

    /// <summary>Only what counts for its kind, defaults filled in.</summary>
    private static DocumentNode Schedule(ScheduleSpec schedule)
    {
        var tree = new TreeBuilder().Add("type", Vocabulary.Schedules.NameOf(schedule.Kind));
        return schedule.Kind switch
        {
            ScheduleKind.Step => tree.Add("step_size", schedule.StepSize).Add("gamma", schedule.Gamma ?? 0.1).Node,
            ScheduleKind.Exponential => tree.Add("gamma", schedule.Gamma ?? 0.95).Node,
            ScheduleKind.ReduceOnPlateau => tree.Add("factor", schedule.Factor).Add("patience", schedule.Patience).Node,
            _ => tree.Node,
        };
    }

    private static DocumentNode Labels(LabelSpec labels)
    {
        var tree = new TreeBuilder().Add("source", Vocabulary.LabelSources.NameOf(labels.Source));
        return labels.Source switch
        {
            LabelSource.ForwardReturn => tree.Add("horizon", labels.Horizon).Node,
            LabelSource.Zigzag => tree.Add("zigzag_threshold", labels.ZigzagThreshold).Node,
            LabelSource.Context => tree.Add("horizon", labels.Horizon).Add("bullish_threshold", labels.BullishThreshold).Add("bearish_threshold", labels.BearishThreshold).Node,
            LabelSource.Regime => tree.Add("macro_atr_mult", labels.MacroAtrMult).Add("micro_atr_mult", labels.MicroAtrMult).Add("atr_period", labels.AtrPeriod).Add("vol_lookback", labels.VolLookback)
                .Add("vol_crisis_threshold", labels.VolCrisisThreshold).Add("progression_tolerance", labels.ProgressionTolerance).Node,
            _ => Barriers(tree, labels),
        };
    }

    private static DocumentNode Barriers(TreeBuilder tree, LabelSpec labels)
    {
        tree.Add("pt_multiplier", labels.PtMultiplier)
            .Add("sl_multiplier", labels.SlMultiplier)
            .Add("max_holding_period", labels.MaxHoldingPeriod)
            .Add("vol_span", labels.VolSpan)
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
}
