namespace Ktrdr.Engine.MarketData;

/// <summary>What happens to a row with a finding. No action ever changes a value.</summary>
public enum PolicyAction
{
    /// <summary>The file is not imported; the error lists the rows.</summary>
    Reject,

    /// <summary>The row is left out, with a finding.</summary>
    Drop,

    /// <summary>The row is kept, with a finding.</summary>
    Keep,
}

/// <summary>What to do per kind of finding. By default wrong rows reject the file and strange ones are kept and flagged.</summary>
public sealed record DataPolicy
{
    /// <summary>A row older than the one before it. Cannot be kept.</summary>
    public PolicyAction Unsorted { get; init; } = PolicyAction.Reject;

    /// <summary>A row with the time of the one before it. Cannot be kept; dropping keeps the first.</summary>
    public PolicyAction Duplicate { get; init; } = PolicyAction.Reject;

    /// <summary>A field that is no number or no time, a price, volume or year that no market has, or a row with too few or too many fields. Cannot be kept.</summary>
    public PolicyAction Malformed { get; init; } = PolicyAction.Reject;

    /// <summary>A price of 0 or less, high below low, open or close outside their range, a negative volume.</summary>
    public PolicyAction InvalidPrice { get; init; } = PolicyAction.Reject;

    /// <summary>A move of more than <see cref="SpikeFactor"/> times the usual one.</summary>
    public PolicyAction Spike { get; init; } = PolicyAction.Keep;

    /// <summary>Missing bars; dropping has no meaning here.</summary>
    public PolicyAction Gap { get; init; } = PolicyAction.Keep;

    /// <summary>A volume of 0, or none.</summary>
    public PolicyAction ZeroVolume { get; init; } = PolicyAction.Keep;

    /// <summary>Spike threshold in standardised median absolute moves (1.4826 · median |close/close before − 1|).</summary>
    public double SpikeFactor { get; init; } = 25.0;

    /// <summary>The default policy with some actions replaced.</summary>
    /// <param name="actions">Finding (unsorted, duplicate, malformed, invalid_price, spike, gap, zero_volume) and action (reject, drop, keep).</param>
    /// <exception cref="InvalidInputException">An unknown finding or action, or one that cannot be taken; all are listed.</exception>
    public static DataPolicy Of(IEnumerable<KeyValuePair<string, string>> actions)
    {
        var policy = new DataPolicy();
        var problems = new List<Problem>();
        foreach (var (finding, word) in actions)
        {
            if (!Enum.TryParse<PolicyAction>(word, ignoreCase: true, out var action) || !Enum.IsDefined(action) || char.IsAsciiDigit(word[0]))
            {
                problems.Add(new Problem("invalid_policy", $"policy.{finding}", $"policy.{finding} = '{word}' is not allowed; allowed: reject, drop, keep") { Value = word, Allowed = "reject, drop, keep" });
                continue;
            }

            policy = finding switch
            {
                "unsorted" => policy with { Unsorted = action },
                "duplicate" => policy with { Duplicate = action },
                "malformed" => policy with { Malformed = action },
                "invalid_price" => policy with { InvalidPrice = action },
                "spike" => policy with { Spike = action },
                "gap" => policy with { Gap = action },
                "zero_volume" => policy with { ZeroVolume = action },
                _ => Unknown(finding),
            };
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }

        policy.Check();
        return policy;

        DataPolicy Unknown(string finding)
        {
            const string allowed = "unsorted, duplicate, malformed, invalid_price, spike, gap, zero_volume";
            problems.Add(new Problem("invalid_policy", "policy", $"policy '{finding}' is not known; allowed: {allowed}") { Value = finding, Allowed = allowed });
            return policy;
        }
    }

    internal void Check()
    {
        var problems = new List<Problem>();
        Forbid(Unsorted, PolicyAction.Keep, "unsorted");
        Forbid(Duplicate, PolicyAction.Keep, "duplicate");
        Forbid(Malformed, PolicyAction.Keep, "malformed");
        Forbid(Gap, PolicyAction.Drop, "gap");
        if (!(SpikeFactor > 0.0))
        {
            problems.Add(new Problem("invalid_policy", "policy.spike_factor", $"policy.spike_factor = {SpikeFactor:R} is not allowed; allowed: a number above 0"));
        }

        if (problems.Count > 0)
        {
            throw new InvalidInputException(problems);
        }

        void Forbid(PolicyAction action, PolicyAction forbidden, string name)
        {
            if (action == forbidden)
            {
                var word = forbidden.ToString().ToLowerInvariant();
                var allowed = string.Join(", ", Enum.GetValues<PolicyAction>().Where(a => a != forbidden).Select(a => a.ToString().ToLowerInvariant()));
                problems.Add(new Problem("invalid_policy", $"policy.{name}", $"policy.{name} = {word} is not allowed; allowed: {allowed}")
                {
                    Value = word,
                    Allowed = allowed,
                });
            }
        }
    }
}
