using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Protocol;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>A run of the verifier on a test adapter.</summary>
internal static class AdapterRun
{
    /// <summary>Six cheap golden cases of three equations, in one dtype.</summary>
    public static VerifyOptions SixCases { get; } = new() { CaseGlob = "lm2.gate.*/t*", Gradients = GradientChoice.Without, Formats = [FloatFormat.Float64], Jobs = 1 };

    /// <summary>One of <see cref="SixCases"/>, the third of them.</summary>
    public const string OneCase = "lm2.gate.input/tiny-width-2";

    // What limits only those that keep to it may be generous: machines that run tests are busy.
    private static readonly TimeSpan Generous = TimeSpan.FromMinutes(5);

    /// <summary>Checks an adapter, and that nothing of it is left.</summary>
    /// <param name="arguments">The adapter's faults.</param>
    /// <param name="options">What is checked.</param>
    /// <param name="change">How the adapter is run, unless with generous time limits.</param>
    public static ImplementationReport Verify(
        string[] arguments, VerifyOptions? options = null, Func<AdapterOptions, AdapterOptions>? change = null) =>
        Verify(arguments, out _, options, change);

    /// <summary>The same, with what the adapter noted.</summary>
    public static ImplementationReport Verify(
        string[] arguments, out Asked asked, VerifyOptions? options = null, Func<AdapterOptions, AdapterOptions>? change = null)
    {
        using var log = new AdapterLog();
        var run = new AdapterOptions
        {
            Command = BuiltPrograms.TestAdapter(["--log", log.Folder, .. arguments.Select(Labels.Of)]),
            StartTimeout = Generous,
            RunTimeout = Generous,
            StopTimeout = Generous,
        };
        using var implementation = ProcessImplementation.Start(change?.Invoke(run) ?? run);
        var report = new Verifier(implementation, RepositoryFixtures.Set, options ?? SixCases).Run();
        implementation.Dispose();
        asked = new Asked(log.Cases, log.Environments);
        log.FindLeftovers().Should().BeEmpty("whatever an adapter does, nothing of it stays");
        return report;
    }

    /// <summary>The verdicts by check, where they are not <see cref="Verdict.Passed"/> or <see cref="Verdict.NotJudged"/>.</summary>
    public static IReadOnlyDictionary<string, CheckResult> Bad(this ImplementationReport report) =>
        report.Checks.Where(check => check.Verdict is not (Verdict.Passed or Verdict.NotJudged)).ToDictionary(check => $"{check.Id} {check.Format}");
}

/// <summary>What adapters were asked.</summary>
/// <param name="Cases">Case and dtype of every <c>run</c>.</param>
/// <param name="Environments">The environment of every process.</param>
internal sealed record Asked(IReadOnlyList<string> Cases, IReadOnlyList<System.Text.Json.Nodes.JsonObject> Environments);
