using System.CommandLine;
using System.Globalization;
using Harness.Cli.Terminals;
using Harness.Perf.Gate;
using Harness.Perf.History;
using Harness.Perf.Results;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf gate</c>: has last night's run regressed?</summary>
internal static class GateCommand
{
    private const string Window = "window";

    /// <summary>A change in fewer nights is never evidence at the gate's level, however clear: 1 in C(16, 8)/2 splits, at 9 places, is 1.4e-3.</summary>
    private const int SmallestWindow = 20;

    /// <summary>Their median counts.</summary>
    private const int Reruns = 3;

    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("results")
        {
            Description = "All files of the night, of one machine [default: the night of the store that was recorded last]",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var baseline = new Option<string>("--baseline")
        {
            Description = "window:N (nights of a level), a results file, or a commit of the store",
            HelpName = "WHAT",
            DefaultValueFactory = _ => $"{Window}:{WindowGate.DefaultWindow}",
        };
        var suites = new Option<string[]>("--suite")
        {
            Description = "Gate, and miss, only series of this suite; may be repeated [default: all]",
            HelpName = "NAME",
        };
        var rerun = new Option<string[]>("--rerun")
        {
            Description = $"Measures again on a suspicion: a command with {MeasuringCommand.Placeholder} for the path of its results, run {Reruns} times; may be repeated",
            HelpName = "COMMAND",
        };
        var store = StoreOptions.Store();
        var output = new GateOutput();
        var command = new Command(
            "gate",
            """
            Compare a night with those before: regression, suspicious, improvement, no change, insufficient data, missing.

            Exit codes: 0 nothing bad, 1 a regression or a missing series, 2 the command line is wrong, 3 the store cannot be used,
              4 suspicious and not confirmed, 5 there is nothing to compare with.
            """)
        {
            files, baseline, suites, rerun, store, output.Json, output.Markdown,
        };
        command.SetAction(parsed =>
        {
            var report = output.Open(parsed);
            var tonight = StoreOptions.ReadResults("gate", parsed.GetValue(files)!);
            var again = (parsed.GetValue(rerun) ?? []).Select(words => PerfOptions.Measuring("--rerun", words)).ToArray();
            var wanted = parsed.GetValue(suites) is { Length: > 0 } names ? names.ToHashSet() : null;
            var request = new Request(
                tonight, StoreOptions.PathOf(parsed.GetValue(store)), key => wanted?.Contains(key.Suite) ?? true,
                again.Length == 0 ? null : () => MeasureAgain(terminal, again));
            return report.Write(terminal, Judge(request, parsed.GetValue(baseline)!));
        });
        return command;
    }

    private sealed record Request(PerfFile[] Tonight, string Store, Predicate<FigureKey> IsGated, Func<IReadOnlyList<PerfFile>>? Again);

    private static GateReport Judge(Request request, string baseline)
    {
        if (baseline.Split(':') is [Window, .. var rest])
        {
            var window = rest is [var digits] && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var nights) ? nights
                : rest.Length == 0 ? WindowGate.DefaultWindow
                : 0;
            if (window < SmallestWindow)
                throw new UsageException($"--baseline: found '{baseline}', expected window:N with at least {SmallestWindow} nights: fewer hold no evidence.");
            using var history = HistoryStore.Open(request.Store);
            return PerfOptions.Understand("gate", () => WindowGate.Judge(history, Tonight(request, history), window, request.IsGated, request.Again));
        }

        using var store = File.Exists(request.Store) || !File.Exists(baseline) || request.Tonight.Length == 0 ? HistoryStore.Open(request.Store) : null;
        var (runs, name) = Resolve(store, baseline);
        return PerfOptions.Understand(
            "gate", () => BaselineGate.Judge(runs, name, Tonight(request, store), store, request.IsGated, request.Again));
    }

    private static IReadOnlyList<PerfFile> Tonight(Request request, HistoryStore? store) =>
        request.Tonight.Length > 0 ? request.Tonight : store!.NewestNight();

    private static (IReadOnlyList<PerfFile> Runs, string Name) Resolve(HistoryStore? store, string baseline)
    {
        if (File.Exists(baseline))
            return (StoreOptions.ReadResults("--baseline", [baseline]), baseline);
        // What git calls so; where there is no repository, the id itself.
        var id = Commit.Resolve(Environment.CurrentDirectory, baseline) ?? baseline;
        return id.Length > 0 && store!.RunsOf(id) is { Count: > 0 } runs
            ? (runs, $"commit {baseline}")
            : throw new UsageException($"--baseline: found no '{baseline}', expected window:N, a results file, or a commit recorded in the store.");
    }

    private static List<PerfFile> MeasureAgain(Terminal terminal, MeasuringCommand[] commands)
    {
        var files = new List<PerfFile>();
        for (var i = 1; i <= Reruns; i++)
        {
            terminal.Error.WriteLine($"suspicious: measuring again, {i} of {Reruns}");
            files.AddRange(commands.Select(command => PerfOptions.Understand("--rerun", command.Run)));
        }

        return files;
    }
}
