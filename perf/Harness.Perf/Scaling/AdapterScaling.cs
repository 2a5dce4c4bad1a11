using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Perf.Results;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Scaling;

/// <summary>
/// Measures a program through <c>measure</c>: each visit streams a context from the beginning, since a program's state cannot be
/// taken up again, and times a segment. Visits come in rounds of random order, as in <see cref="ScalingRun"/>.
/// </summary>
public static class AdapterScaling
{
    // A visit's first sample is behind 'stream' calls, and so as warm as the others; their median discards a stray one.
    private const int SamplesPerVisit = 5;

    // A program that does not answer within this has to be taken for hanging.
    private static readonly TimeSpan LongestVisit = TimeSpan.FromHours(2);

    /// <summary>
    /// Measures. When it is cancelled, or the program breaks down or answers with what is no measurement, what was measured so far is returned,
    /// with the reason; the other systems are asked on.
    /// </summary>
    public static IReadOnlyList<ScalingSeries> Measure(
        ScalingOptions options, ProcessImplementation adapter, FloatFormat format, Action<ScalingProgress> report, CancellationToken cancellation)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var described = options.Systems.Select(system => (System: system, Scenario: system.Scenario(options.Configuration)))
            .Select(each => new Program(each.System, options.Pass == Pass.Forward ? each.Scenario : each.Scenario.WithBackward())).ToArray();
        foreach (var program in described.Where(program => adapter.Description?.Equations.Contains(program.Scenario.Equation) == false))
            program.Failure = $"the program does not offer {program.Scenario.Equation}";
        var visits = described.SelectMany(program => options.Contexts.Select(context => (Program: program, Context: context))).ToArray();
        var random = new Random(options.Seed);
        var total = (double)options.Rounds * visits.Sum(visit => visit.Context);
        var done = 0.0;
        AdapterProcess? process = null;
        using var ending = cancellation.Register(() => process?.Kill());
        for (var round = 0; round < options.Rounds; round++)
        {
            random.Shuffle(visits);
            foreach (var (program, context) in visits)
            {
                if (program.IsAsked)
                {
                    if (cancellation.IsCancellationRequested || clock.Elapsed > options.Budget)
                        break;
                    var activity = $"round {round + 1} of {options.Rounds}: {program.System.Title} at {context:N0} tokens";
                    report(new ScalingProgress(activity, clock.Elapsed, done > 0 ? clock.Elapsed * ((total - done) / done) : null));
                    try
                    {
                        process ??= adapter.StartProcess(out _);
                        var left = options.Budget - clock.Elapsed is { } budget && budget < LongestVisit ? budget : LongestVisit;
                        program.Add(context, Ask(process, program.Scenario, context, options, format, left));
                    }
                    catch (UnsupportedRequestException failure)
                    {
                        program.Failure = failure.Message;
                    }
                    catch (Exception failure)
                    {
                        // It cannot be asked again, or its folder is gone; the implementation that started it disposes of it.
                        process?.Kill();
                        process = null;
                        if (cancellation.IsCancellationRequested)
                            break;
                        if (failure is AdapterTimeoutException && clock.Elapsed > options.Budget)
                            program.Spent = $"the budget was spent while {context} tokens were streamed";
                        else
                            program.Failure = failure is AdapterException { Words: { } words } ? $"{failure.Message}; it said: {words.Trim().Split('\n')[^1]}" : failure.Message;
                    }
                }

                done += context;
            }
        }

        return [.. described.Select(program => program.Series(options, format))];
    }

    private static (double Seconds, long Peak) Ask(
        AdapterProcess process, AdapterScenario scenario, long context, ScalingOptions options, FloatFormat format, TimeSpan timeout)
    {
        if (scenario.InputBytes(context) is var need && need > Measuring.ProcessMemory.AvailableBytes)
            throw new UnsupportedRequestException($"its inputs after {context} tokens need {Quantity.Format(need, "B")}, more memory than there is");
        TensorFiles.WriteInputs(process.Scratch.Input, new EquationRequest(scenario.Equation, format, scenario.Attributes, scenario.Draw(context, format)));
        var stream = scenario.Carry.Count > 0 ? context / options.Configuration.Segment : 1;
        if (stream > int.MaxValue)
            throw new UnsupportedRequestException($"{context} tokens are {stream} segments, more than 'measure' can be asked for");
        var answer = process.Ask(
            AdapterCommands.Measure(scenario.Equation, format, scenario.Attributes, process.Scratch.Input, scenario.Carry, (int)stream, SamplesPerVisit), timeout);
        var measured = MeasureAnswer.Read(answer, SamplesPerVisit);
        return (Measuring.MedianInterval.Of(measured.Seconds).Median, measured.PeakBytes);
    }

    private sealed class Program(MemorySystem system, AdapterScenario scenario)
    {
        private readonly SortedDictionary<long, (List<double> Seconds, long Peak)> _points = [];

        public MemorySystem System => system;

        public AdapterScenario Scenario => scenario;

        /// <summary>Why it cannot be measured; null while it can.</summary>
        public string? Failure { get; set; }

        /// <summary>Why there is no time to ask more; null while there is.</summary>
        public string? Spent { get; set; }

        public bool IsAsked => Failure is null && Spent is null;

        public void Add(long context, (double Seconds, long Peak) sample)
        {
            var (seconds, peak) = _points.GetValueOrDefault(context, ([], 0));
            seconds.Add(sample.Seconds);
            _points[context] = (seconds, Math.Max(peak, sample.Peak));
        }

        public ScalingSeries Series(ScalingOptions options, FloatFormat format)
        {
            var points = new List<ScalingPoint>();
            foreach (var (context, (seconds, peak)) in _points)
            {
                var entries = scenario.StateEntries(context);
                var point = new ScalingPoint(context, entries, entries * format.Bytes, null, peak);
                foreach (var each in seconds)
                    point.Seconds.Add(each);
                points.Add(point);
            }

            var note = Spent is null ? scenario.What : $"{scenario.What}; {Spent}";
            return new ScalingSeries(system, TokensUntilFull: 0, points, note, Failure);
        }
    }
}
