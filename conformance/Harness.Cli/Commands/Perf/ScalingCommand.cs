using System.CommandLine;
using System.Diagnostics;
using Harness.Cli.Options;
using Harness.Cli.Rendering;
using Harness.Cli.Terminals;
using Harness.Conformance.Protocol;
using Harness.Conformance.Writing;
using Harness.Perf.Configurations;
using Harness.Perf.Engines;
using Harness.Perf.Results;
using Harness.Perf.Roofline;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf scaling</c>: does the cost of a segment depend on how much came before it?</summary>
internal static class ScalingCommand
{
    // Enough for intervals of a few percent on a machine that does other things as well.
    private const int DefaultRounds = 15;
    private const int MostRounds = 200;
    private const int Seed = 1;

    public static Command Create(Terminal terminal)
    {
        var contexts = PerfOptions.Contexts();
        var backward = PerfOptions.Backward();
        var configuration = PerfOptions.Configuration();
        var systems = PerfOptions.Systems();
        var format = PerfOptions.Format();
        var engine = new EngineOptions();
        var exec = new Option<string?>("--exec")
        {
            Description = "Measure a program instead, through 'measure' of the adapter protocol (conformance/PROTOCOL.md)",
            HelpName = "COMMAND",
        };
        var startTimeout = ImplementationOptions.StartTimeout();
        var repeat = new Option<int>("--repeat")
        {
            Description = "Rounds; each times every context of every system once, in random order. A verdict needs at least 6",
            HelpName = "N",
            CustomParser = Number.Whole,
            DefaultValueFactory = _ => DefaultRounds,
        };
        var budget = new Option<double?>("--budget")
        {
            Description = "Begin nothing new after so many seconds [default: no limit]",
            HelpName = "SECONDS",
            CustomParser = typed => Number.Seconds(typed),
        };
        var json = PerfOptions.Json();
        var command = new Command(
            "scaling",
            """
            Time and memory of a segment against the context before it, and a verdict: does cost depend on the context?
            With --backward full, of all tokens of a context forward and back: is the cost linear in their number?

            Exit codes: 0 the control grows and all else is context-independent (linear), 1 a memory system grows, 2 the command
            line is wrong or the sizes do not fit into memory, 4 undecided (too few rounds, too much noise, or the
            control was not found growing), 130 interrupted. What was measured until then is shown and written.
            """)
        {
            contexts, configuration, systems, backward, format, exec, startTimeout, repeat, budget, json,
        };
        engine.AddTo(command);
        command.SetAction(parsed =>
        {
            var sizes = PerfOptions.ResolveConfiguration(parsed.GetValue(configuration)!);
            var pass = PerfOptions.ResolveBackward(parsed, backward);
            if (pass == Pass.Full && parsed.GetValue(exec) is not null)
                throw new UsageException("--backward: found full beside --exec, expected truncated: a program is asked for the gradient of one segment.");
            var options = new ScalingOptions(
                sizes,
                pass == Pass.Full && parsed.GetResult(contexts) is not { Implicit: false }
                    ? PerfOptions.Sequences(sizes)
                    : PerfOptions.WithinBackward(PerfOptions.ResolveContexts(parsed.GetValue(contexts)!, sizes), pass),
                PerfOptions.ResolveSystems(parsed.GetValue(systems)), Rounds(parsed.GetValue(repeat)),
                parsed.GetValue(budget) is { } seconds ? TimeSpan.FromSeconds(seconds) : null, Seed, pass);
            var dtype = SharedOptions.ResolveFormat(parsed.GetValue(format)!);
            var output = OutputFile.Of("--json", parsed.GetValue(json));
            var run = new Measured(options, PerfOptions.CommandLine(parsed), output, terminal);
            return parsed.GetValue(exec) is { } program ? run.OfProgram(program, dtype, TimeSpan.FromSeconds(parsed.GetValue(startTimeout))) : run.OfEngine(engine.OpenToMeasure(parsed, dtype));
        });
        return command;
    }

    private static int Rounds(int rounds) => rounds is >= 1 and <= MostRounds
        ? rounds
        : throw new UsageException($"--repeat: found {rounds}, expected 1 to {MostRounds} rounds.");

    /// <summary>A run from its options to its results.</summary>
    private sealed record Measured(ScalingOptions Options, string CommandLine, OutputFile? Json, Terminal Whole)
    {
        private string Passes => Options.Pass switch { Pass.Forward => "", Pass.Truncated => ", forward and back", _ => ", forward and back over all tokens" };

        private Terminal Terminal => Json is { IsOutput: true } ? Whole.Aside : Whole;

        public int OfEngine(IPerfEngine engine)
        {
            PerfOptions.RequireSteadyStates(Options.Systems, Options.Configuration);
            var need = MemoryNeed.Largest(Options, engine.Format.Bytes);
            if (need.Bytes > engine.AvailableBytes)
                throw new UsageException(Unfitting(need, engine));

            var sizes = Options.Configuration;
            Terminal.Line(
                $"{engine.Name} on {engine.Device}, {engine.Format}, '{sizes.Name}' ({sizes.Source}){Passes}: segments of {sizes.Batch} × {sizes.Segment} tokens, "
                + $"width {sizes.Width}, {sizes.Heads} heads; about {Quantity.Format(need.Bytes, "B")} of memory needed at most");
            var clock = Stopwatch.StartNew();
            using var interruption = new Interruption(() => Terminal.Error.WriteLine("harness: interrupted; finishing the segment at hand"));
            var ceilings = Ceilings.Measure(engine);
            var measured = ScalingProgressView.Show(Terminal, report => ScalingRun.Measure(Options, engine, report, interruption.Token));
            if (!interruption.Token.IsCancellationRequested)
                ceilings = ceilings.And(Ceilings.Measure(engine));
            return Conclude(
                measured, new ScalingFigures(engine.Name, engine.Device, engine.Format.Name, sizes, Options.Pass), ceilings,
                ceilings.Figures(engine), clock, interruption.Token);
        }

        public int OfProgram(string program, FloatFormat format, TimeSpan startTimeout)
        {
            var clock = Stopwatch.StartNew();
            using var interruption = new Interruption(() => Terminal.Error.WriteLine("harness: interrupted; the program is told to end"));
            var command = PerfOptions.Understand("--exec", () => ProgramCommand.Split(program));
            TemporaryFiles.Require();
            using var watch = OwnWatch.Start();
            using var adapter = ProcessImplementation.Start(new AdapterOptions { Command = command, StartTimeout = startTimeout, Watch = watch });
            if (adapter.CannotStart is { } reason)
                throw new UsageException($"--exec: {reason}");
            var sizes = Options.Configuration;
            Terminal.Line(
                $"measuring {LogText.Name(adapter.Name)} on {adapter.Details.Device ?? "an unnamed device"}, {format}, '{sizes.Name}' ({sizes.Source}){Passes}: segments of {sizes.Batch} × "
                + $"{sizes.Segment} tokens, width {sizes.Width}, {sizes.Heads} heads");
            var measured = ScalingProgressView.Show(Terminal, report => AdapterScaling.Measure(Options, adapter, format, report, interruption.Token));
            return Conclude(
                measured, new ScalingFigures(adapter.Name, adapter.Details.Device ?? "unknown", format.Name, sizes, Options.Pass),
                ceilings: null, [], clock, interruption.Token);
        }

        private int Conclude(
            IReadOnlyList<ScalingSeries> measured, ScalingFigures figures, Ceilings? ceilings, IEnumerable<FigureRecord> ceilingFigures, Stopwatch clock,
            CancellationToken interrupted)
        {
            var verdicts = ScalingJudge.Decide(measured, Options.Pass);
            var elapsed = clock.Elapsed;
            void Write(Stream stream) => PerfJson.Write(
                PerfJson.Create(
                    CommandLine, elapsed.TotalSeconds, [.. ceilingFigures, .. measured.SelectMany(series => figures.Of(series, ceilings))],
                    [.. verdicts.SelectMany(figures.Of)], DateTimeOffset.UtcNow),
                stream);
            var code = interrupted.IsCancellationRequested ? ExitCode.Interrupted
                : verdicts.Any(verdict => verdict.Conclusion == Conclusion.Undecided) ? ExitCode.Undecided
                : verdicts.All(verdict => verdict.Series.System.GrowsWithContext || verdict.Conclusion is Conclusion.ContextIndependent or Conclusion.Linear) ? ExitCode.Passed
                : ExitCode.Failed;
            return OutputFile.Conclude(Whole, shown => ScalingWriter.Write(shown, Options, figures, verdicts, ceilings, elapsed), code, (Json, Write));
        }

        private string Unfitting(MemoryNeed need, IPerfEngine engine)
        {
            var advice = MemoryNeed.LongestThatFits(Options, engine.Format.Bytes, engine.AvailableBytes) is { } longest
                ? $"contexts up to {longest} fit"
                : "take a smaller --config";
            return $"--config {Options.Configuration.Name}: {need.System.Title} at {need.Context} tokens needs about {need.Bytes} bytes "
                + $"({Quantity.Format(need.Bytes, "B")}), found {engine.AvailableBytes} ({Quantity.Format(engine.AvailableBytes, "B")}) available; {advice}.";
        }
    }
}
