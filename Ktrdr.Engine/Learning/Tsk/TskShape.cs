using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ktrdr.Engine.Learning.Tsk;

/// <summary>
/// A Takagi-Sugeno-Kang network: what its inputs are called, where their terms lie before training, and which terms each rule joins. Training moves the terms
/// within bounds that <see cref="TskTerms"/> keeps, and the consequents.
/// </summary>
/// <param name="Variables">The inputs in column order.</param>
/// <param name="Rules">At least one.</param>
/// <param name="Outputs">Classes, or 1 for regression.</param>
public sealed record TskShape(IReadOnlyList<TskInput> Variables, IReadOnlyList<TskRule> Rules, int Outputs) : NetworkShape(Variables.Count, Outputs)
{
    public const string Kind = "tsk";

    /// <summary>Most rules of a network.</summary>
    public const int MostRules = 1024;

    private const int FewestTerms = 2;
    private const int MostTerms = 9;

    public override int ParameterCount => new TskLayout(this).Length;

    /// <summary>For instance <c>tsk 5 inputs 15 terms 18 rules 3 outputs 0f3a…</c>; the digits are a hash of everything.</summary>
    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"tsk {Inputs} inputs {Variables.Sum(v => v.Terms.Count)} terms {Rules.Count} rules {Outputs} outputs");
        return $"{text} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content())))[..16]}";
    }

    public bool Equals(TskShape? other) => other is not null && Outputs == other.Outputs && Content() == other.Content();

    public override int GetHashCode() => HashCode.Combine(Inputs, Outputs, Rules.Count);

    internal override Network CreateNetwork() => new TskNetwork(this);

    private protected override void AddProblems(List<Problem> problems)
    {
        Check(problems, "model.rules", Rules.Count, 1, MostRules, "number of rules");
        for (var i = 0; i < Variables.Count; i++)
        {
            AddProblems(problems, Variables[i], $"model.variables[{i}]");
        }

        for (var r = 0; r < Rules.Count; r++)
        {
            var antecedents = Rules[r].Antecedents;
            if (!(Rules[r].Restraint > 0 && double.IsFinite(Rules[r].Restraint)))
            {
                problems.Add(new Problem("out_of_range", $"model.rules[{r}].restraint", string.Create(CultureInfo.InvariantCulture, $"model.rules[{r}].restraint is {Rules[r].Restraint}; allowed: above 0.")));
            }

            Check(problems, $"model.rules[{r}].antecedents", antecedents.Count, 1, Variables.Count, "number of conditions");
            for (var a = 0; a < antecedents.Count; a++)
            {
                var path = $"model.rules[{r}].antecedents[{a}]";
                Check(problems, $"{path}.input", antecedents[a].Input, 0, Variables.Count - 1);
                if ((uint)antecedents[a].Input < (uint)Variables.Count)
                {
                    Check(problems, $"{path}.term", antecedents[a].Term, 0, Variables[antecedents[a].Input].Terms.Count - 1);
                }

                CheckFinite(problems, $"{path}.pivot", antecedents[a].Pivot);
            }
        }
    }

    private static void AddProblems(List<Problem> problems, TskInput variable, string path)
    {
        Check(problems, $"{path}.terms", variable.Terms.Count, FewestTerms, MostTerms, "number of terms");
        Check(problems, $"{path}.borders", variable.Borders.Count, variable.Terms.Count - 1, variable.Terms.Count - 1, "number of borders");
        CheckFinite(problems, $"{path}.low", variable.Low);
        CheckFinite(problems, $"{path}.high", variable.High);
        for (var t = 0; t < variable.Terms.Count; t++)
        {
            CheckFinite(problems, $"{path}.terms[{t}].centre", variable.Terms[t].Centre);
            if (t > 0 && !(variable.Terms[t].Centre > variable.Terms[t - 1].Centre))
            {
                problems.Add(new Problem("out_of_range", $"{path}.terms[{t}].centre", string.Create(CultureInfo.InvariantCulture, $"{path}.terms[{t}].centre is {variable.Terms[t].Centre:R}; allowed: more than the term before it has.")));
            }
        }

        for (var b = 0; b < variable.Borders.Count; b++)
        {
            CheckFinite(problems, $"{path}.borders[{b}].crossing", variable.Borders[b].Crossing);
            CheckFinite(problems, $"{path}.borders[{b}].overlap", variable.Borders[b].Overlap);
        }
    }

    private static void CheckFinite(List<Problem> problems, string path, double value)
    {
        if (!double.IsFinite(value))
        {
            problems.Add(new Problem("out_of_range", path, string.Create(CultureInfo.InvariantCulture, $"{path} is {value}; allowed: a finite number.")));
        }
    }

    /// <summary>Everything in one text; two shapes with the same text are the same.</summary>
    private string Content()
    {
        var text = new StringBuilder();
        foreach (var variable in Variables)
        {
            text.Append(CultureInfo.InvariantCulture, $"{variable.Feature}|{variable.Low:R}|{variable.High:R}");
            foreach (var term in variable.Terms)
            {
                text.Append(CultureInfo.InvariantCulture, $"|{term.Name}@{term.Centre:R}");
            }

            foreach (var border in variable.Borders)
            {
                text.Append(CultureInfo.InvariantCulture, $"|{border.Crossing:R}x{border.Overlap:R}");
            }

            text.Append('\n');
        }

        foreach (var rule in Rules)
        {
            foreach (var antecedent in rule.Antecedents)
            {
                text.Append(CultureInfo.InvariantCulture, $"{antecedent.Input}.{antecedent.Term}~{antecedent.Pivot:R} ");
            }

            text.Append(CultureInfo.InvariantCulture, $"/{rule.Restraint:R}\n");
        }

        return text.ToString();
    }
}
