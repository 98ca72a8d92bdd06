using System.CommandLine;
using Ktrdr.Cli.Rendering;
using Ktrdr.Contracts;
using Ktrdr.Contracts.Workers;
using Spectre.Console;

namespace Ktrdr.Cli.Commands;

internal static class WorkersCommand
{
    public static Command Create() => new("workers", "The registered workers") { List(), Drain() };

    public static void Render(IAnsiConsole console, IReadOnlyList<Worker> workers)
    {
        if (workers.Count == 0)
        {
            console.WriteLine("No workers are registered.");
            return;
        }

        var table = Words.Table("worker", "kinds", "status", ">slots", "gpu", "backends", "operations", "last seen (UTC)");
        foreach (var worker in workers)
        {
            table.AddRow(
                Markup.Escape(worker.WorkerId),
                Markup.Escape(string.Join(", ", worker.Kinds)),
                Words.State(KtrdrJson.Word(worker.Status)),
                $"{worker.BusySlots}/{worker.Slots}",
                worker.Capabilities.Gpu ? Markup.Escape(worker.Capabilities.GpuName ?? "yes") : "no",
                Markup.Escape(string.Join(", ", worker.Capabilities.Backends)),
                Markup.Escape(string.Join(", ", worker.Operations)),
                Words.Time(worker.LastSeenAt));
        }

        console.Write(table);
    }

    private static Command List()
    {
        var command = new Command("list", "All workers with what they can do");
        command.WithAnswer((_, api, cancellationToken) => api.ListWorkersAsync(cancellationToken), Render);
        return command;
    }

    private static Command Drain()
    {
        var id = new Argument<string>("worker");
        var command = new Command("drain", "Give a worker no more work; what runs is finished") { id };
        command.WithAnswer((parsed, api, cancellationToken) => api.DrainWorkerAsync(parsed.GetRequiredValue(id), cancellationToken), (console, worker) => Render(console, [worker]));
        return command;
    }
}
