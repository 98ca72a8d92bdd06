using System.CommandLine;
using Ktrdr.Contracts.Client;
using Ktrdr.Contracts.MarketData;

namespace Ktrdr.Cli.Commands;

/// <summary>What a data file is: shared by the command that imports it and the one that only checks it.</summary>
internal sealed class DataFileOptions
{
    private readonly Option<string?> _symbol = new("--symbol", "-s") { Description = "Symbol of the bars" };
    private readonly Option<string?> _timeframe = new("--timeframe", "-t") { Description = "1m, 5m, 15m, 30m, 1h, 4h, 1d or 1w (else taken from the rows)" };
    private readonly Option<string> _provider = new("--provider") { Description = "csv (bars), fred or cftc_cot", DefaultValueFactory = _ => "csv" };
    private readonly Option<string?> _series = new("--series") { Description = "fred: id of the series; cftc_cot: code of the report" };
    private readonly Option<string?> _market = new("--market") { Description = "cftc_cot: start of the market's name in a file of several" };
    private readonly Option<double?> _lag = OptionValues.Finite(new Option<double?>("--publication-lag-hours") { Description = "fred, cftc_cot: hours from an observation's period to its publication (else as documented)" });
    private readonly Option<string> _zone = new("--time-zone") { Description = "IANA zone of stamps without an offset", DefaultValueFactory = _ => "UTC" };
    private readonly Option<string?> _format = new("--time-format") { Description = "Form of times, such as 'dd.MM.yyyy HH:mm:ss' (else recognised)" };
    private readonly Option<string?> _columns = new("--columns") { Description = "Names of the columns in order, comma separated, for a file without a header" };
    private readonly Option<string?> _calendar = new("--calendar") { Description = "none, 24x7, fx or us_equities (else by the symbol)" };
    private readonly Option<string[]> _policy = new("--policy") { Description = "finding=reject|drop|keep, such as duplicate=drop; repeatable", AllowMultipleArgumentsPerToken = true };

    public DataFileOptions() => _provider.AcceptOnlyFromAmong("csv", "fred", "cftc_cot");

    public Option<string?> Timeframe => _timeframe;

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_symbol, _timeframe, _provider, _series, _market, _lag, _zone, _format, _columns, _calendar, _policy])
        {
            command.Add(option);
        }
    }

    /// <summary>Uploads the file and says what it is.</summary>
    public async Task<ImportRequest> UploadAsync(ParseResult parsed, IKtrdrApi api, string file, CancellationToken cancellationToken)
    {
        var symbol = Symbol(parsed);
        var policy = Policy(parsed);
        string hash;
        await using (var content = BarFile.OpenForUpload(file))
        {
            hash = await BarFile.HashAsync(content, cancellationToken).ConfigureAwait(false);
            await api.PutArtifactAsync(hash, content, cancellationToken).ConfigureAwait(false);
        }

        return new ImportRequest
        {
            Sha256 = hash,
            FileName = Path.GetFileName(file),
            Symbol = symbol,
            Timeframe = parsed.GetValue(_timeframe),
            Provider = parsed.GetValue(_provider)!,
            TimeZone = parsed.GetValue(_zone)!,
            TimeFormat = parsed.GetValue(_format),
            Columns = parsed.GetValue(_columns)?.Split(',', StringSplitOptions.TrimEntries),
            Calendar = parsed.GetValue(_calendar),
            Policy = policy,
            Market = parsed.GetValue(_market),
            PublicationLagHours = parsed.GetValue(_lag),
        };
    }

    private string Symbol(ParseResult parsed)
    {
        var (symbol, series, provider) = (parsed.GetValue(_symbol), parsed.GetValue(_series), parsed.GetValue(_provider));
        return (provider, symbol, series) switch
        {
            ("csv", { } name, null) => name,
            ("csv", null, _) => throw new UsageException("--symbol is missing: a file of bars does not say whose they are."),
            ("csv", _, _) => throw new UsageException("--series goes with --provider fred or cftc_cot; a file of bars needs --symbol."),
            (_, not null, _) => throw new UsageException($"--symbol goes with bars; --provider {provider} needs --series, which gives the symbol."),
            ("fred", _, { } id) => $"fred_{id}",
            ("cftc_cot", _, { } code) => $"cot_{code}_net_pos",
            _ => throw new UsageException($"--series is missing: --provider {provider} needs it, such as {(provider == "fred" ? "DGS10" : "EUR")}."),
        };
    }

    private Dictionary<string, string>? Policy(ParseResult parsed)
    {
        var actions = parsed.GetValue(_policy) ?? [];
        var policy = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var action in actions)
        {
            if (action.Split('=') is not [{ Length: > 0 } finding, { Length: > 0 } word])
            {
                throw new UsageException($"--policy is '{action}': finding=action is needed, such as duplicate=drop.");
            }

            policy[finding] = word;
        }

        return policy.Count == 0 ? null : policy;
    }
}
