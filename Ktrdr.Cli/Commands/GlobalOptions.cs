using System.CommandLine;

namespace Ktrdr.Cli.Commands;

/// <summary>Understood by every command.</summary>
internal static class GlobalOptions
{
    public static Option<bool> Json { get; } = new("--json") { Description = "Data alone on stdout, as JSON", Recursive = true };

    public static Option<string?> Url { get; } = new("--url") { Description = "The service's address (else --slot, KTRDR_URL, this clone's sandbox, slot 0)", Recursive = true };

    public static Option<int?> Slot { get; } = new("--slot") { Description = "The sandbox's slot, 0-40", Recursive = true };

    public static void AddTo(Command root)
    {
        root.Add(Json);
        root.Add(Url);
        root.Add(Slot);
    }
}
