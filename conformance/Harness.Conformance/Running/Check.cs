using System.Diagnostics;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Running;

/// <summary>Turns whatever an implementation does into a verdict.</summary>
internal sealed class Check(
    string id, CheckKind kind, string equation, FloatFormat format, string? note = null, string? asked = null, IReadOnlyList<string>? flags = null)
{
    private readonly Stopwatch _clock = new();

    /// <summary>
    /// Asks so many times, and holds every answer against what is expected; the first that is not good decides. How far two answers are apart is a
    /// share of the tolerance.
    /// </summary>
    public CheckResult Run(
        IImplementation implementation, EquationRequest request, int times, Func<IReadOnlyDictionary<string, TensorData>, IReadOnlyList<OutputFigures>> compare,
        Func<IReadOnlyDictionary<string, TensorData>, IReadOnlyDictionary<string, TensorData>, double> apart)
    {
        var (worst, notRepeatable) = (default(CheckResult), default(double?));
        IReadOnlyDictionary<string, TensorData>? first = null;
        for (var number = 1; number <= times; number++)
        {
            var (result, answer) = RunOnce(implementation, request, compare);
            if (answer is null)
                return Later(result, number, times);
            first ??= answer;
            if (!SameBits.Are(answer, first))
                notRepeatable = Math.Max(notRepeatable ?? 0, apart(answer, first));
            worst = worst is null || result.WorstShare > worst.WorstShare ? result : worst;
        }

        return worst! with { NotRepeatable = notRepeatable, Milliseconds = _clock.Elapsed.TotalMilliseconds };
    }

    /// <summary>Evaluates a property so many times, from its first draw on; the first time that is not good decides.</summary>
    public CheckResult Run(int times, Func<PropertyContext> context)
    {
        var (result, notRepeatable) = (default(CheckResult), default(double?));
        for (var number = 1; number <= times; number++)
        {
            var next = Run(context());
            if (next.Verdict is not (Verdict.Passed or Verdict.PartlyChecked))
                return Later(next, number, times);
            result = next with { Milliseconds = next.Milliseconds + (result?.Milliseconds ?? 0) };
            if (next.NotRepeatable is { } size)
                notRepeatable = Math.Max(notRepeatable ?? 0, size);
        }

        return result! with { NotRepeatable = notRepeatable };
    }

    // Who has answered a question may not refuse it afterwards.
    private static CheckResult Later(CheckResult result, int number, int times) =>
        number == 1 ? result
        : result with
        {
            Verdict = result.Verdict is Verdict.Unsupported or Verdict.NotJudged or Verdict.OutOfScope ? Verdict.Errored : result.Verdict,
            Reason = $"answer {number} of {times} to the same question: {result.Reason ?? "unsupported"}",
        };

    // The answer, if it is within the tolerances.
    private (CheckResult Result, IReadOnlyDictionary<string, TensorData>? Answer) RunOnce(
        IImplementation implementation, EquationRequest request, Func<IReadOnlyDictionary<string, TensorData>, IReadOnlyList<OutputFigures>> compare)
    {
        IReadOnlyDictionary<string, TensorData>? answer;
        try
        {
            answer = implementation.Ask(request, _clock);
        }
        catch (Exception failure)
        {
            return (ResultOf(failure, _clock), null);
        }

        if (answer is null)
            return (Result(Verdict.Unsupported, null, [], _clock), null);
        try
        {
            var figures = compare(answer);
            string[] omitted = [.. answer.Where(output => output.Value.IsOmitted).Select(output => output.Key)];
            return figures.Where(output => !output.Passed).MaxBy(output => output.WorstShare) is { } worst ? (Result(Verdict.Failed, worst.Describe(), figures, _clock), null)
                : omitted.Length > 0 ? (Result(Verdict.PartlyChecked, $"without {string.Join(", ", omitted)}", figures, _clock), answer)
                : (Result(Verdict.Passed, null, figures, _clock), answer);
        }
        catch (Exception failure)
        {
            return (Errored($"the answer could not be compared: {FailureWords.Of(failure)}"), null);
        }
    }

    // A property either holds, or its context says by how much it does not.
    private CheckResult Run(PropertyContext context)
    {
        try
        {
            return context.Evaluate() switch
            {
                { IsUnsupported: true } => Result(Verdict.Unsupported, null, [], context.Clock),
                { NotJudged: { } reason } => Result(Verdict.NotJudged, reason, [], context.Clock),
                { Violation: { } violation } => Result(Verdict.Failed, violation, [], context.Clock),
                _ when context.Omitted.Count > 0 =>
                    Result(Verdict.PartlyChecked, $"without {string.Join(", ", context.Omitted)}", [], context.Clock) with { NotRepeatable = context.NotRepeatable },
                _ => Result(Verdict.Passed, null, [], context.Clock) with { NotRepeatable = context.NotRepeatable },
            };
        }
        catch (Exception failure)
        {
            return ResultOf(failure, context.Clock);
        }
    }

    public CheckResult NotJudged(string reason) => Result(Verdict.NotJudged, reason, [], _clock);

    public CheckResult Errored(string reason) => Result(Verdict.Errored, reason, [], _clock);

    public CheckResult OutOfScope(string reason) => Result(Verdict.OutOfScope, reason, [], _clock);

    private CheckResult ResultOf(Exception failure, Stopwatch clock) => failure switch
    {
        OutOfScopeException => Result(Verdict.OutOfScope, failure.Message, [], clock),
        UnsupportedRequestException unsupported => Result(Verdict.Unsupported, unsupported.Reason, [], clock),

        // As a task or a parallel loop hands it on.
        AggregateException { InnerExceptions: [UnsupportedRequestException unsupported] } => Result(Verdict.Unsupported, unsupported.Reason, [], clock),
        ChangedInputException => Result(Verdict.Failed, failure.Message, [], clock),
        AdapterTimeoutException timeout => Result(Verdict.TimedOut, failure.Message, [], clock) with { Words = timeout.Words },
        AdapterException adapter => Result(Verdict.Errored, failure.Message, [], clock) with { Words = adapter.Words },
        _ => Result(Verdict.Errored, FailureWords.Of(failure), [], clock),
    };

    private CheckResult Result(Verdict verdict, string? reason, IReadOnlyList<OutputFigures> outputs, Stopwatch clock) =>
        new(id, kind, equation, format, verdict, reason, note, outputs, clock.Elapsed.TotalMilliseconds, Asked: asked, Flags: flags);
}
