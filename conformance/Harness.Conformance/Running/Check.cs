using System.Diagnostics;
using Harness.Conformance.Comparison;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
using Harness.Conformance.Protocol;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Running;

/// <summary>Turns whatever an implementation does into a verdict.</summary>
internal sealed class Check(
    string id, CheckKind kind, string equation, FloatFormat format, string? note = null, string? asked = null, IReadOnlyList<string>? flags = null)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public CheckResult Run(
        Func<IReadOnlyDictionary<string, TensorData>?> call,
        Func<IReadOnlyDictionary<string, TensorData>, IReadOnlyList<OutputFigures>> compare)
    {
        IReadOnlyDictionary<string, TensorData>? outputs;
        try
        {
            outputs = call();
        }
        catch (UnsupportedRequestException failure)
        {
            return Result(Verdict.Unsupported, failure.Reason, []);
        }
        catch (Exception failure)
        {
            return Errored(failure);
        }

        if (outputs is null)
            return Result(Verdict.Unsupported, null, []);
        var figures = compare(outputs);
        var worst = figures.MaxBy(output => output.WorstShare);
        return worst is null || figures.All(output => output.Passed)
            ? Result(Verdict.Passed, null, figures)
            : Result(Verdict.Failed, worst.Describe(), figures);
    }

    /// <summary>A property either holds, or its context says by how much it does not.</summary>
    public CheckResult Run(PropertyContext context)
    {
        try
        {
            return context.Evaluate() switch
            {
                { IsUnsupported: true } => Result(Verdict.Unsupported, null, []),
                { NotJudged: { } reason } => NotJudged(reason),
                { Violation: { } violation } => Result(Verdict.Failed, violation, []),
                _ => Result(Verdict.Passed, null, []),
            };
        }
        catch (UnsupportedRequestException failure)
        {
            return Result(Verdict.Unsupported, failure.Reason, []);
        }
        catch (Exception failure)
        {
            return Errored(failure);
        }
    }

    public CheckResult NotJudged(string reason) => Result(Verdict.NotJudged, reason, []);

    public CheckResult Errored(string reason) => Result(Verdict.Errored, reason, []);

    private CheckResult Errored(Exception failure) =>
        Result(failure is AdapterTimeoutException ? Verdict.TimedOut : Verdict.Errored, failure.Message, []) with
        {
            Words = (failure as AdapterException)?.Words,
        };

    private CheckResult Result(Verdict verdict, string? reason, IReadOnlyList<OutputFigures> outputs) =>
        new(id, kind, equation, format, verdict, reason, note, outputs, _clock.Elapsed.TotalMilliseconds, Asked: asked, Flags: flags);
}
