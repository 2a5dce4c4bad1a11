using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Fuzz.Tests.Samples;

/// <summary>Runs of verify over <see cref="FixtureFolder"/>, whose times are made equal: the same run gives the same file.</summary>
internal static class VerifyRuns
{
    /// <summary>Where fresh inputs would start.</summary>
    public const int Seed = 7;

    private static readonly DateTimeOffset Created = new(2025, 3, 14, 2, 0, 0, TimeSpan.Zero);

    /// <summary>What is asked for.</summary>
    public static VerifyOptions Options { get; } = new() { CaseGlob = "*", Formats = [FloatFormat.Float64, FloatFormat.Float32], Seed = Seed, Jobs = 1 };

    /// <summary>Every check passes, or is not judged.</summary>
    public static ResultsFile Good(FixtureSet fixtures, Shard? shard = null) => Of(fixtures, Options with { Shard = shard ?? Shard.Whole }, new ReferenceImplementation());

    /// <summary>Beside an implementation that is right, one that gives half of one answer: a single failure is easily lost.</summary>
    public static ResultsFile Bad(FixtureSet fixtures, Shard? shard = null) =>
        Of(fixtures, Options with { Shard = shard ?? Shard.Whole }, new ReferenceImplementation(), new Halving());

    private static ResultsFile Of(FixtureSet fixtures, VerifyOptions options, params IImplementation[] implementations)
    {
        var reports = implementations.Select(each => new Verifier(each, fixtures, options).Run() with { Seconds = 1 }).ToArray();
        reports = [.. reports.Select(report => report with { Checks = [.. report.Checks.Select(check => check with { Milliseconds = 1 })] })];
        var results = ResultsJson.FromReport(new VerifyReport(options, reports, [], 1), RunSettings.Of(options, fixtures), Created);
        return results with { Machines = [new PlatformRecord(".NET 10", "an operating system", "X64", 2)] };
    }

    private sealed class Halving : IImplementation
    {
        public string Name => "halving";

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => (request.Equation, request.Format.Name) switch
        {
            ("lm2.readout.skip", _) => null,
            ("lm2.gate.input", "f64") => new ReferenceImplementation().Run(request)!.ToDictionary(
                output => output.Key, output => new TensorData(output.Value.Shape, [.. output.Value.Values.Select(value => value / 2)])),
            _ => new ReferenceImplementation().Run(request),
        };
    }
}
