namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>training</c>, and the training settings that real documents keep under <c>model.training</c>, which apply where <c>training</c> has none.</summary>
internal static class TrainingReader
{
    public static TrainingSpec? Read(Section root, Section? underModel, OutputFormat format)
    {
        var section = root.RequireChild("training", "a mapping with labels");
        if (section is null)
        {
            return null;
        }

        var labels = LabelsReader.Read(section, format);
        var settings = new Settings(section, underModel);
        var loss = ReadLoss(settings, format);
        var huberDelta = 0.01;
        if (loss == LossKind.Huber)
        {
            huberDelta = settings.For("huber_delta").Number("huber_delta", huberDelta, 0, 1000, minOpen: true);
        }
        else
        {
            settings.For("huber_delta").OnlyWith("huber_delta", "loss huber");
        }

        settings.For("focal_gamma").OnlyWith("focal_gamma", "loss focal, which is not implemented");
        var regression = format == OutputFormat.Regression;
        var classWeights = !regression;
        if (regression)
        {
            settings.For("class_weights").OnlyWith("class_weights", "decisions.output_format classification");
        }
        else
        {
            classWeights = settings.For("class_weights").Flag("class_weights", true);
        }

        var spec = labels is null ? null : new TrainingSpec
        {
            Labels = labels,
            Loss = loss,
            HuberDelta = huberDelta,
            Epochs = settings.For("epochs").Integer("epochs", 100, 1, 100_000),
            BatchSize = settings.For("batch_size").Integer("batch_size", 32, 1, 65_536),
            LearningRate = ReadLearningRate(settings.For("learning_rate")),
            Optimizer = settings.For("optimizer").Choice("optimizer", Vocabulary.Optimizers) ?? OptimizerKind.Adam,
            WeightDecay = settings.For("weight_decay").Number("weight_decay", regression ? 0 : 1e-4, 0, 1),
            GradientClip = settings.For("gradient_clip").Number("gradient_clip", 1, 0, 1e6),
            EarlyStopping = ReadEarlyStopping(settings.For("early_stopping"), regression),
            ClassWeights = classWeights,
            DataSplit = ReadDataSplit(settings.For("data_split")),
        };

        foreach (var part in settings.Parts)
        {
            if (spec is null)
            {
                MarkSettings(part);
            }

            part.Offer("loss", "huber_delta", "class_weights", "epochs", "batch_size", "learning_rate", "optimizer", "weight_decay", "gradient_clip", "early_stopping", "data_split");
            part.NotImplemented("lr_scheduler", "available: a constant learning_rate");
            part.NotImplemented("scheduler", "available: a constant learning_rate");
            part.NoEffect("method", "training is always supervised");
            part.NoEffect("fitness_metrics", "the metrics of a run are always all computed");
            part.NoEffect("analytics", "the history of every epoch is always kept");
            part.NoEffect("date_range", "the window of training is given with the request");
            part.Close();
        }

        return spec;
    }

    /// <summary>Where the labels are wrong the settings are still checked.</summary>
    private static void MarkSettings(Section part)
    {
        part.Integer("epochs", 100, 1, 100_000);
        part.Integer("batch_size", 32, 1, 65_536);
        ReadLearningRate(part);
        part.Choice("optimizer", Vocabulary.Optimizers);
        part.Number("weight_decay", 0, 0, 1);
        part.Number("gradient_clip", 1, 0, 1e6);
        ReadEarlyStopping(part, regression: false);
        ReadDataSplit(part);
    }

    private static LossKind ReadLoss(Settings settings, OutputFormat format)
    {
        var fallback = format == OutputFormat.Regression ? LossKind.Huber : LossKind.CrossEntropy;
        var section = settings.For("loss");
        if (section.Choice("loss", Vocabulary.Losses) is not { } loss)
        {
            return fallback;
        }

        if (loss == LossKind.CrossEntropy != (format == OutputFormat.Classification))
        {
            var allowed = format == OutputFormat.Regression ? "huber, mse" : "cross_entropy";
            section.Context.Report(
                section.LineOf("loss"), "conflict", section.PathOf("loss"),
                $"{section.PathOf("loss")} is {Vocabulary.Losses.NameOf(loss)} with decisions.output_format {Vocabulary.OutputFormats.NameOf(format)}; allowed: {allowed}.", Vocabulary.Losses.NameOf(loss), allowed);
            return fallback;
        }

        return loss;
    }

    private static double ReadLearningRate(Section section)
    {
        var rate = section.Number("learning_rate", 0.001, 0, 10, minOpen: true);
        if (rate is > 0.05 or < 1e-6)
        {
            section.Context.Warn(section.LineOf("learning_rate"), "unusual_value", section.PathOf("learning_rate"), $"{section.PathOf("learning_rate")} is unusual; common: 0.0001 to 0.01.");
        }

        return rate;
    }

    /// <summary>A mapping, or true (the defaults) or false (off). Squared errors of returns are far below a thousandth, so for a regression any progress counts by default.</summary>
    private static EarlyStoppingSpec? ReadEarlyStopping(Section section, bool regression)
    {
        var defaults = regression ? new EarlyStoppingSpec(MinDelta: 0) : new EarlyStoppingSpec();
        switch (section.Take("early_stopping"))
        {
            case null:
                return defaults;
            case ScalarNode { Kind: ScalarKind.Flag } flag:
                return flag.AsFlag() ? defaults : null;
            case MappingNode mapping:
                var child = new Section(mapping, section.PathOf("early_stopping"), section.Context);
                var enabled = child.Flag("enabled", true);
                var spec = new EarlyStoppingSpec(child.Integer("patience", defaults.Patience, 1, 100_000), child.Number("min_delta", defaults.MinDelta, 0, 1000));
                if (child.Text("monitor") is { } monitor && monitor != "val_loss")
                {
                    child.Context.UnknownWord(child.LineOf("monitor"), child.PathOf("monitor"), monitor, ["val_loss"], ["val_accuracy", "val_acc"]);
                }

                foreach (var key in (ReadOnlySpan<string>)["restore_best", "restore_best_weights"])
                {
                    if (child.FlagOrNull(key) == false)
                    {
                        child.NotImplemented(key, "available: true, the weights of the best epoch are always kept");
                    }
                }

                child.Close();
                return enabled ? spec : null;
            case var other:
                section.WrongType("early_stopping", other, "{patience, min_delta}, true or false");
                return defaults;
        }
    }

    private static DataSplitSpec ReadDataSplit(Section section)
    {
        var defaults = new DataSplitSpec();
        if (section.Child("data_split") is not { } child)
        {
            return defaults;
        }

        var train = child.NumberOrNull("train", 0, 1, minOpen: true);
        var validation = child.NumberOrNull("validation", 0, 1, minOpen: true, maxOpen: true);
        var test = child.NumberOrNull("test", 0, 1, maxOpen: true);
        child.Close();
        if (train is null || validation is null)
        {
            child.Context.ReportIf(
                !child.Has("train") || !child.Has("validation"), child.Line, "missing_key", child.Path, $"{child.Path} needs both train and validation; allowed: shares that add up to 1, for instance {{train: 0.7, validation: 0.15, test: 0.15}}.");
            return defaults;
        }

        var sum = train.Value + validation.Value + (test ?? 0);
        if (Math.Abs(sum - 1) > 1e-6)
        {
            child.Context.Report(child.Line, "out_of_range", child.Path, $"{child.Path} adds up to {sum.ToString("G6", System.Globalization.CultureInfo.InvariantCulture)}; allowed: 1.", allowed: "shares that add up to 1");
            return defaults;
        }

        if (test > 0)
        {
            child.Context.Warn(child.LineOf("test"), "no_effect", child.PathOf("test"), $"{child.PathOf("test")} takes no rows: results are measured on windows of their own; train and validation keep their proportion.");
        }

        return new DataSplitSpec(train.Value, validation.Value, test ?? 0);
    }

    /// <summary>Finds each setting where it is written: under <c>training</c>, else under <c>model.training</c>, with a warning either way for the latter.</summary>
    private sealed class Settings(Section training, Section? underModel)
    {
        public IEnumerable<Section> Parts => underModel is null ? [training] : [training, underModel];

        public Section For(string key)
        {
            if (underModel is null || !underModel.Has(key))
            {
                return training;
            }

            var path = underModel.PathOf(key);
            if (training.Has(key))
            {
                underModel.NoEffect(key, $"training.{key} wins");
                return training;
            }

            underModel.Context.Warn(underModel.LineOf(key), "moved_key", path, $"{path} applies here, although the original ignores it; write it as training.{key}.");
            return underModel;
        }
    }
}
