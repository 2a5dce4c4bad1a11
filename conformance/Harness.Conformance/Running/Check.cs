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

    /// <summary>Asks, and holds the answer against what is expected.</summary>
    public CheckResult Run(
        IImplementation implementation, EquationRequest request, Func<IReadOnlyDictionary<string, TensorData>, IReadOnlyList<OutputFigures>> compare)
    {
        IReadOnlyDictionary<string, TensorData>? answer;
        try
        {
            answer = implementation.Ask(request, _clock);
        }
        catch (Exception failure)
        {
            return ResultOf(failure, _clock);
        }

        if (answer is null)
            return Result(Verdict.Unsupported, null, [], _clock);
        try
        {
            var figures = compare(answer);
            string[] omitted = [.. answer.Where(output => output.Value.IsOmitted).Select(output => output.Key)];
            return figures.Where(output => !output.Passed).MaxBy(output => output.WorstShare) is { } worst ? Result(Verdict.Failed, worst.Describe(), figures, _clock)
                : omitted.Length > 0 ? Result(Verdict.PartlyChecked, $"without {string.Join(", ", omitted)}", figures, _clock)
                : Result(Verdict.Passed, null, figures, _clock);
        }
        catch (Exception failure)
        {
            return Errored($"the answer could not be compared: {FailureWords.Of(failure)}");
        }
    }

    /// <summary>A property either holds, or its context says by how much it does not.</summary>
    public CheckResult Run(PropertyContext context)
    {
        try
        {
            return context.Evaluate() switch
            {
                { IsUnsupported: true } => Result(Verdict.Unsupported, null, [], context.Clock),
                { NotJudged: { } reason } => Result(Verdict.NotJudged, reason, [], context.Clock),
                { Violation: { } violation } => Result(Verdict.Failed, violation, [], context.Clock),
                _ => Result(Verdict.Passed, null, [], context.Clock),
            };
        }
        catch (Exception failure)
        {
            return ResultOf(failure, context.Clock);
        }
    }

    public CheckResult NotJudged(string reason) => Result(Verdict.NotJudged, reason, [], _clock);

    public CheckResult Errored(string reason) => Result(Verdict.Errored, reason, [], _clock);

    private CheckResult ResultOf(Exception failure, Stopwatch clock) => failure switch
    {
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
