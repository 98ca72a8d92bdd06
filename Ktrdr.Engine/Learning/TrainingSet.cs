using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ktrdr.Engine.Learning;

/// <summary>Rows to learn from, by reference: nothing is copied. Immutable by agreement while a training runs.</summary>
public sealed class TrainingSet
{
    private readonly Lazy<string> _hash;

    /// <summary>For classification.</summary>
    /// <param name="features">Row-major, rows × <paramref name="columns"/>; used rows must be finite.</param>
    /// <param name="classes">Class index per row; only used rows must be in range.</param>
    /// <param name="weights">Sample weight per row ≥ 0, or null for 1.</param>
    /// <param name="trainRows">Row indices to train on.</param>
    /// <param name="validationRows">Row indices to validate on; may be empty.</param>
    public TrainingSet(float[] features, int columns, int[] classes, float[]? weights, int[] trainRows, int[] validationRows)
        : this(features, columns, classes, [], weights, trainRows, validationRows, classes.Length)
    {
    }

    /// <summary>For regression; see the other constructor.</summary>
    public TrainingSet(float[] features, int columns, float[] targets, float[]? weights, int[] trainRows, int[] validationRows)
        : this(features, columns, [], targets, weights, trainRows, validationRows, targets.Length)
    {
    }

    private TrainingSet(float[] features, int columns, int[] classes, float[] targets, float[]? weights, int[] trainRows, int[] validationRows, int rows)
    {
        if (columns < 1 || (long)rows * columns != features.Length)
        {
            throw Invalid("features", $"features holds {features.Length} values, which is not {rows} rows of {columns} columns.");
        }

        if (weights is not null && weights.Length != rows)
        {
            throw Invalid("weights", $"weights holds {weights.Length} values; allowed: one per row ({rows}).");
        }

        if (trainRows.Length == 0)
        {
            throw Invalid("train_rows", "train_rows is empty; allowed: at least one row to train on.");
        }

        _hash = new Lazy<string>(ComputeHash);
        Features = features;
        Columns = columns;
        Classes = classes;
        Targets = targets;
        Weights = weights;
        TrainRows = trainRows;
        ValidationRows = validationRows;
        Rows = rows;
        IsRegression = classes.Length == 0;
        CheckRows(trainRows, "train_rows");
        CheckRows(validationRows, "validation_rows");
    }

    /// <summary>Row-major, <see cref="Rows"/> × <see cref="Columns"/>.</summary>
    public float[] Features { get; }

    /// <summary>Features per row.</summary>
    public int Columns { get; }

    /// <summary>All rows, also those that are neither trained nor validated on.</summary>
    public int Rows { get; }

    /// <summary>Class index per row; empty for regression.</summary>
    public int[] Classes { get; }

    /// <summary>Target per row; empty for classification.</summary>
    public float[] Targets { get; }

    /// <summary>Sample weight per row, 0 or more; null: 1 each.</summary>
    public float[]? Weights { get; }

    /// <summary>Numbers of the rows to train on.</summary>
    public int[] TrainRows { get; }

    /// <summary>Numbers of the rows to validate on; may be empty.</summary>
    public int[] ValidationRows { get; }

    public bool IsRegression { get; }

    /// <summary>SHA-256 of the content: the same rows, labels, weights and split.</summary>
    internal string Hash() => _hash.Value;

    private string ComputeHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes([Columns, Rows, Weights is null ? 0 : 1, TrainRows.Length, ValidationRows.Length]));
        hash.AppendData(MemoryMarshal.AsBytes(Features.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Classes.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Targets.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(Weights.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(TrainRows.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(ValidationRows.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Class labels of the used rows against the network's outputs.</summary>
    internal void CheckClasses(int outputs)
    {
        foreach (var rows in (int[][])[TrainRows, ValidationRows])
        {
            foreach (var row in rows)
            {
                if ((uint)Classes[row] >= (uint)outputs)
                {
                    throw Invalid("classes", $"classes[{row}] is {Classes[row]}; allowed: 0 to {outputs - 1} in rows that are used.");
                }
            }
        }
    }

    /// <summary>Every used row needs as many finite rows before it as its window holds.</summary>
    internal void CheckWindows(int sequenceLength)
    {
        if (sequenceLength == 1)
        {
            return;
        }

        // For each row, how many rows up to it are finite without a break.
        var run = 0;
        var finite = new int[Rows];
        for (var row = 0; row < Rows; row++)
        {
            run = HasNonFinite(row) ? 0 : run + 1;
            finite[row] = run;
        }

        foreach (var rows in (int[][])[TrainRows, ValidationRows])
        {
            foreach (var row in rows)
            {
                if (finite[row] < sequenceLength)
                {
                    throw Invalid("features", $"row {row} has {finite[row]} finite rows up to and with it; allowed: {sequenceLength} or more in rows that are used (model.sequence_length).");
                }
            }
        }
    }

    private void CheckRows(int[] rows, string name)
    {
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if ((uint)row >= (uint)Rows)
            {
                throw Invalid(name, $"{name}[{i}] is {row}; allowed: 0 to {Rows - 1}.");
            }

            var values = Features.AsSpan(row * Columns, Columns);
            for (var c = 0; c < values.Length; c++)
            {
                if (!float.IsFinite(values[c]))
                {
                    throw Invalid("features", string.Create(CultureInfo.InvariantCulture, $"features row {row} column {c} is {values[c]}; allowed: finite numbers in rows that are used (leave out rows that are still warming up)."));
                }
            }

            if (IsRegression && !float.IsFinite(Targets[row]))
            {
                throw Invalid("targets", string.Create(CultureInfo.InvariantCulture, $"targets[{row}] is {Targets[row]}; allowed: finite numbers in rows that are used."));
            }

            if (Weights is not null && !(Weights[row] >= 0 && float.IsFinite(Weights[row])))
            {
                throw Invalid("weights", string.Create(CultureInfo.InvariantCulture, $"weights[{row}] is {Weights[row]}; allowed: 0 or more."));
            }
        }
    }

    private bool HasNonFinite(int row)
    {
        foreach (var value in Features.AsSpan(row * Columns, Columns))
        {
            if (!float.IsFinite(value))
            {
                return true;
            }
        }

        return false;
    }

    private static InvalidInputException Invalid(string path, string message) => new(new Problem("invalid_training_set", path, message));
}
