using System.Globalization;
using System.Text.Json.Nodes;

namespace Ktrdr.Engine.Strategies;

/// <summary>Reads <c>training</c>, and the training settings that real documents keep under <c>model.training</c>, which apply where <c>training</c> has none.</summary>
internal static class TrainingReader
{
    private static readonly ChoiceKey<LossKind> Loss = new("loss", Vocabulary.Losses, null, "cross_entropy or focal for classes, huber or mse for a regression; cross_entropy or huber unless given.");
    private static readonly NumberKey HuberDelta = new("huber_delta", 0.01, 0, 1000, "huber: where the loss turns from square to linear, as a fraction of price.") { MinOpen = true };
    private static readonly NumberKey FocalGamma = new("focal_gamma", 2, 0, 10, "focal: the exponent that plays down rows that are classified well.");
    private static readonly IntegerKey Epochs = new("epochs", 100, 1, 100_000, "Most passes over the training rows.");
    private static readonly IntegerKey BatchSize = new("batch_size", 32, 1, 65_536, "Rows per training step.");
    private static readonly NumberKey LearningRate = new("learning_rate", 0.001, 0, 10, "Length of a training step.") { MinOpen = true };
    private static readonly ChoiceKey<OptimizerKind> Optimizer = new("optimizer", Vocabulary.Optimizers, OptimizerKind.Adam, "adam and adamw: 0.9, 0.999; sgd: momentum 0.9; rmsprop: smoothing 0.99.");
    private static readonly NumberKey WeightDecay = new("weight_decay", null, 0, 1, "Decay of the weights; 0.0001 unless given, for a regression 0.");
    private static readonly NumberKey GradientClip = new("gradient_clip", 1, 0, 1e6, "Largest norm of a step's gradient; 0 switches it off.");
    private static readonly FlagKey ClassWeights = new("class_weights", true, "Classes: weigh them by their inverse frequency among the training rows.");
    private static readonly FreeKey Method = new("method", "anything", () => [], "") { NoEffect = "training is always supervised", MayBeEmpty = true };
    private static readonly FreeKey Fitness = new("fitness_metrics", "anything", () => [], "") { NoEffect = "the metrics of a run are always all computed", MayBeEmpty = true };
    private static readonly FreeKey Analytics = new("analytics", "anything", () => [], "") { NoEffect = "the history of every epoch is always kept", MayBeEmpty = true };
    private static readonly FreeKey DateRange = new("date_range", "anything", () => [], "") { NoEffect = "write training_data.start_date and end_date", MayBeEmpty = true };

    private static readonly NumberKey Train = new("train", null, 0, 1, "Share of the rows that are learned from.") { MinOpen = true, Required = true };
    private static readonly NumberKey ValidationShare = new("validation", null, 0, 1, "Share of the rows that decides when to stop.") { MinOpen = true, MaxOpen = true, Required = true };
    private static readonly NumberKey Test = new("test", null, 0, 1, "Takes no rows: results are measured on windows of their own.") { MaxOpen = true };
    private static readonly PartKey DataSplit = new("data_split", new Shape(Train, ValidationShare, Test), "Shares of the training window in time order, which add up to 1; 0.7, 0.15, 0.15 unless given.");

    private static readonly Key[] Settings =
        [Loss, HuberDelta, FocalGamma, Epochs, BatchSize, LearningRate, Optimizer, WeightDecay, GradientClip, ClassWeights, StoppingReader.Key, ScheduleReader.Key, ScheduleReader.OtherKey, DataSplit, Method, Fitness, Analytics, DateRange];

    /// <summary>What may stand under <c>model.training</c>.</summary>
    public static readonly Shape ModelShape = new(Settings);

    public static readonly PartKey Key = new("training", new Shape([LabelsReader.Key, .. Settings]) { Rules = [() => Schemas.NotBoth(ScheduleReader.Key, ScheduleReader.OtherKey)] }, "How the network learns.") { Required = true };

    public static TrainingSpec? Read(Section root, Section? underModel, OutputFormat format, bool formatKnown)
    {
        var section = root.RequirePart(Key);
        if (section is null)
        {
            return null;
        }

        var labels = LabelsReader.Read(section, format, formatKnown);
        var settings = new SettingsPlaces(section, underModel);
        var regression = format == OutputFormat.Regression;
        var loss = ReadLoss(settings, format, formatKnown);
        var spec = new TrainingSpec
        {
            Labels = labels ?? new LabelSpec { Source = LabelSource.Zigzag },
            Loss = loss,
            HuberDelta = Only(settings, HuberDelta, loss == LossKind.Huber, "loss huber")?.Number(HuberDelta) ?? 0.01,
            FocalGamma = Only(settings, FocalGamma, loss == LossKind.Focal, "loss focal")?.Number(FocalGamma) ?? 2,
            ClassWeights = Only(settings, ClassWeights, !regression, "an output_format of classes") is { } weights && weights.Flag(ClassWeights),
            Epochs = settings.For(Epochs).Integer(Epochs),
            BatchSize = settings.For(BatchSize).Integer(BatchSize),
            LearningRate = ReadLearningRate(settings.For(LearningRate)),
            Optimizer = settings.For(Optimizer).Choice(Optimizer),
            WeightDecay = settings.For(WeightDecay).NumberOrNull(WeightDecay) ?? (regression ? 0 : 1e-4),
            GradientClip = settings.For(GradientClip).Number(GradientClip),
            EarlyStopping = StoppingReader.Read(settings.For(StoppingReader.Key), regression),
            Schedule = ScheduleReader.Read(settings.For(ScheduleReader.Key), settings.For(ScheduleReader.OtherKey)),
            DataSplit = ReadDataSplit(settings.For(DataSplit)),
        };
        return labels is null ? null : spec;
    }

    private static Section? Only(SettingsPlaces settings, Key key, bool fits, string condition)
    {
        if (fits)
        {
            return settings.For(key);
        }

        settings.Training.OnlyWith(key, condition);
        settings.UnderModel?.OnlyWith(key, condition);
        return null;
    }

    /// <summary>What <c>training</c> may say beside an output format.</summary>
    internal static JsonObject SchemaFor(OutputFormat format)
    {
        var properties = new JsonObject { [Loss.Name] = Schemas.Words(LossesOf(format)) };
        properties[LabelsReader.Key.Name] = new JsonObject { ["properties"] = new JsonObject { ["source"] = Schemas.Words(LabelsReader.SourcesOf(format)) } };
        return new JsonObject { ["properties"] = properties };
    }

    private static string[] LossesOf(OutputFormat format) => format == OutputFormat.Regression ? ["huber", "mse"] : ["cross_entropy", "focal"];

    private static LossKind ReadLoss(SettingsPlaces settings, OutputFormat format, bool formatKnown)
    {
        var regression = format == OutputFormat.Regression;
        var fallback = regression ? LossKind.Huber : LossKind.CrossEntropy;
        var section = settings.For(Loss);
        if (section.ChoiceOrNull(Loss) is not { } loss)
        {
            return fallback;
        }

        if (!formatKnown || loss is LossKind.CrossEntropy or LossKind.Focal != regression)
        {
            return loss;
        }

        var allowed = string.Join(", ", LossesOf(format));
        section.Context.Report(
            section.LineOf(Loss), "conflict", section.PathOf(Loss),
            $"{section.PathOf(Loss)} is {Vocabulary.Losses.NameOf(loss)} with decisions.output_format {Vocabulary.OutputFormats.NameOf(format)}; allowed: {allowed}.", Vocabulary.Losses.NameOf(loss), allowed);
        return loss;
    }

    private static double ReadLearningRate(Section section)
    {
        var rate = section.Number(LearningRate);
        if (rate is > 0.05 or < 1e-6)
        {
            section.Unusual(LearningRate, "is unusual; common: 0.0001 to 0.01");
        }

        return rate;
    }

    private static DataSplitSpec ReadDataSplit(Section section)
    {
        var defaults = new DataSplitSpec();
        if (section.Part(DataSplit) is not { } child)
        {
            return defaults;
        }

        child.Require(Train);
        child.Require(ValidationShare);
        var train = child.NumberOrNull(Train);
        var validation = child.NumberOrNull(ValidationShare);
        var test = child.NumberOrNull(Test);
        if (train is null || validation is null || test is null && child.Has(Test) || child.IsSlip(Train) || child.IsSlip(ValidationShare))
        {
            return defaults;
        }

        var sum = train.Value + validation.Value + (test ?? 0);
        if (Math.Abs(sum - 1) > 1e-6)
        {
            child.Context.Report(child.Line, "out_of_range", child.Path, $"{child.Path} adds up to {sum.ToString("G6", CultureInfo.InvariantCulture)}; allowed: 1.", allowed: "shares that add up to 1");
            return defaults;
        }

        if (test > 0)
        {
            child.Context.Warn(child.LineOf(Test), "no_effect", child.PathOf(Test), $"{child.PathOf(Test)} takes no rows: results are measured on windows of their own; train and validation keep their proportion.");
        }

        return new DataSplitSpec(train.Value, validation.Value, test ?? 0);
    }

    /// <summary>Finds each setting where it is written: under <c>training</c>, else under <c>model.training</c>, with a warning either way for the latter.</summary>
    private sealed class SettingsPlaces(Section training, Section? underModel)
    {
        private readonly HashSet<string> _said = new(StringComparer.Ordinal);

        public Section Training => training;

        public Section? UnderModel => underModel;

        public Section For(Key key)
        {
            if (underModel is null || !underModel.Has(key))
            {
                return training;
            }

            var path = underModel.PathOf(key);
            if (training.Has(key))
            {
                if (_said.Add(key.Name))
                {
                    underModel.Context.NeverHadEffect(underModel.LineOf(key), path, $"{training.PathOf(key)} wins");
                }

                return training;
            }

            Say(key, "moved_key", $"{path} applies here, although the original ignores it; write it as training.{key.Name}.");
            return underModel;
        }

        private void Say(Key key, string code, string message)
        {
            if (_said.Add(key.Name))
            {
                underModel!.Context.Warn(underModel.LineOf(key), code, underModel.PathOf(key), message);
            }
        }
    }
}
