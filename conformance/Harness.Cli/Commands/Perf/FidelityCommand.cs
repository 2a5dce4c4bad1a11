using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Harness.Cli.Terminals;
using Harness.Perf.Configurations;
using Harness.Perf.Engines;
using Harness.Perf.Fidelity;
using Harness.Perf.Results;
using Harness.Perf.Roofline;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf fidelity</c>: what constant cost is worth, in memory of the past.</summary>
internal static class FidelityCommand
{
    private const int DefaultUpdates = 7;
    private const int MostUpdates = 1000;
    private const int Seed = 1;

    // A curve is read from these; all of it is in the JSON.
    private const int ShownUpdates = 8;

    public static Command Create(Terminal terminal)
    {
        var configuration = PerfOptions.Configuration();
        var systems = PerfOptions.Systems();
        var updates = new Option<int>("--updates")
        {
            Description = "How many further updates to follow a segment through",
            HelpName = "K",
            CustomParser = Number.Whole,
            DefaultValueFactory = _ => DefaultUpdates,
        };
        var json = PerfOptions.Json();
        var command = new Command("fidelity", "How much of a stored segment is left after k further updates of a memory (perf/MATH.md), beside what a segment costs")
        {
            configuration, systems, updates, json,
        };
        command.SetAction(parsed =>
        {
            var sizes = PerfOptions.ResolveConfiguration(parsed.GetValue(configuration)!);
            var chosen = PerfOptions.ResolveSystems(parsed.GetValue(systems));
            PerfOptions.RequireSteadyStates(chosen, sizes);
            var most = parsed.GetValue(updates);
            if (most is < 0 or > MostUpdates)
                throw new UsageException($"--updates: found {most}, expected 0 to {MostUpdates}.");
            RequireMemory(chosen, sizes, most);
            var output = OutputFile.Of("--json", parsed.GetValue(json));
            var clock = Stopwatch.StartNew();
            using var interruption = new Interruption(() => terminal.Error.WriteLine("harness: interrupted; finishing the system at hand"));
            var curves = new List<FidelityCurve>();
            foreach (var system in chosen)
            {
                if (interruption.Token.IsCancellationRequested)
                    break;
                curves.Add(FidelityRun.Measure(system, sizes, most, Seed));
            }

            var elapsed = clock.Elapsed;
            void Record(Stream stream) => PerfJson.Write(
                PerfJson.Create(
                    PerfOptions.CommandLine(parsed), elapsed.TotalSeconds, [.. curves.SelectMany(curve => FidelityRun.Figures(curve, sizes))], [],
                    DateTimeOffset.UtcNow),
                stream);
            return OutputFile.Conclude(
                terminal, shown => Write(shown, sizes, curves, most),
                interruption.Token.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Passed, (output, Record));
        });
        return command;
    }

    private static void RequireMemory(IReadOnlyList<MemorySystem> systems, Configuration sizes, int updates)
    {
        var available = new ManagedEngine(FloatFormat.Float64).AvailableBytes;
        if (systems.Select(system => FidelityRun.Need(system, sizes, updates)).MaxBy(need => need.Bytes) is { } need && need.Bytes > available)
        {
            throw new UsageException(
                $"--config {sizes.Name}: {need.System.Title} at {need.Context} tokens needs about {need.Bytes} bytes ({Quantity.Format(need.Bytes, "B")}), "
                + $"found {available} ({Quantity.Format(available, "B")}) available; take a smaller --config, or other --systems.");
        }
    }

    private static void Write(Terminal terminal, Configuration sizes, List<FidelityCurve> curves, int updates)
    {
        var shown = updates < ShownUpdates
            ? [.. Enumerable.Range(0, updates + 1)]
            : Enumerable.Range(0, ShownUpdates).Select(i => (int)Math.Round(i * updates / (ShownUpdates - 1.0))).ToArray();
        var table = new TextTable().Column("left after k updates", wraps: false);
        foreach (var k in shown)
            table.Column($"k = {k}", isNumber: true);
        table.Column("state", isNumber: true).Column("a segment", isNumber: true);
        foreach (var curve in curves)
        {
            var (state, cost) = SegmentCost.InSteadyState(curve.System, sizes);
            table.Row(
            [
                curve.System.Title + (curve.Metric == FidelityCurve.Influence ? " *" : ""),
                .. shown.Select(k => (Styled)curve.Values[k].ToString("0.00;−0.00", CultureInfo.InvariantCulture)),
                curve.System.GrowsWithContext ? "grows" : Quantity.Format(state, "B"),
                curve.System.GrowsWithContext ? "grows" : Quantity.Format(cost.Operations, "FLOP"),
            ]);
        }

        terminal.Line($"'{sizes.Name}' ({sizes.Source}), float64; an update is a segment of {sizes.Segment} tokens");
        terminal.Write(table);
        terminal.Line("A figure is the correlation of what the memory gives back with what was stored; * the influence of the segment on a state that keeps");
        terminal.Line("no copy, relative to what it was at first, with untrained weights. Definitions: perf/MATH.md. A state is in float32.");
    }
}
