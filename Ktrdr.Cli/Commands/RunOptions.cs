using System.CommandLine;

namespace Ktrdr.Cli.Commands;

/// <summary>What a run over bars can be told: which bars, with what account, and whether to watch it.</summary>
/// <param name="dataset">What is taken without <c>--dataset</c>, and so on.</param>
internal sealed class RunOptions(string dataset, string start, string end)
{
    private readonly Option<string?> _dataset = new("--dataset") { Description = dataset };
    private readonly Option<DateTimeOffset?> _start = OptionValues.Date("--start", start);
    private readonly Option<DateTimeOffset?> _end = OptionValues.Date("--end", end);
    private readonly Option<double> _capital = OptionValues.Finite(new Option<double>("--capital", "-c") { Description = "Initial capital", DefaultValueFactory = _ => 100_000 });
    private readonly Option<double?> _commission = OptionValues.Finite(new Option<double?>("--commission") { Description = "Fraction of the traded value per side (else the strategy's)" });
    private readonly Option<double?> _slippage = OptionValues.Finite(new Option<double?>("--slippage") { Description = "Fraction of the price per fill (else the strategy's)" });
    private readonly Option<bool> _follow = OptionValues.Follow();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_dataset, _start, _end, _capital, _commission, _slippage, _follow])
        {
            command.Add(option);
        }
    }

    public RunValues Of(ParseResult parsed) => new(
        parsed.GetValue(_dataset), parsed.GetValue(_start), parsed.GetValue(_end), parsed.GetValue(_capital), parsed.GetValue(_commission), parsed.GetValue(_slippage), parsed.GetValue(_follow));
}

/// <summary>As given; null where the request or the strategy decides.</summary>
internal sealed record RunValues(string? Dataset, DateTimeOffset? Start, DateTimeOffset? End, double Capital, double? Commission, double? Slippage, bool Follow);
