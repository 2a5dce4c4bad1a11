using System.Runtime.InteropServices;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Implementations;
using Harness.Conformance.Running;
using Harness.Conformance.Tests.Catalogue;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Harness.Tensors.Torch;

namespace Harness.Conformance.Tests.Torch;

/// <summary>The equations on libtorch: right on good input, and refused by an exception, never by the end of the process, on any other.</summary>
public sealed class TorchConformanceTests
{
    private static readonly TorchEngines Engines = TorchEngines.Open(TorchDevice.Cpu, allowsTf32: false);

    public static TheoryData<string> Equations => [.. EquationCatalogue.All.Select(equation => equation.Id)];

    [Theory]
    [MemberData(nameof(Equations))]
    public void Golden_cases_fresh_inputs_and_properties_hold_in_every_format(string equation)
    {
        var report = new Verifier(
            new TorchImplementation(Engines), RepositoryFixtures.Set,
            new VerifyOptions { EquationGlob = equation, Seed = 20240711, Formats = FloatFormat.All }).Run();

        report.Passed.Should().BePositive();
        report.Checks.Should().OnlyContain(check => check.Verdict == Verdict.Passed || check.Verdict == Verdict.NotJudged);
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Bad_input_is_refused_as_by_the_managed_engine(string id)
    {
        foreach (var (broken, bad) in BadInputs.Of(EquationCatalogue.Find(id)!))
        {
            var run = () => new TorchImplementation(Engines).Run(new EquationRequest(id, FloatFormat.Float32, bad.Attributes, bad.Inputs));
            run.Should().Throw<Architectures.EquationException>(broken);
        }
    }

    // Past the validation of inputs, which would stop nearly all of it: the engine's own rules must do.
    [Theory]
    [MemberData(nameof(Equations))]
    public void Input_that_nobody_has_validated_ends_in_a_result_or_an_exception(string id)
    {
        var equation = EquationCatalogue.Find(id)!;
        foreach (var bad in BadInputs.Of(equation).Values.Where(bad => bad.Inputs.Keys.All(name => equation.Inputs.Any(input => input.Name == name))))
        {
            var failure = Engines.Use(FloatFormat.Float32, new Unvalidated(bad));

            // What libtorch throws would mean that something reached it that a rule should have met.
            (failure is ExternalException).Should().BeFalse("{0}: {1}", bad.Broken, failure);
        }
    }

    private sealed record Unvalidated(BadInput Bad) : IEngineUse<Exception?>
    {
        public Exception? Run<T>(IEngine<T> engine)
            where T : class, ITensor<T>
        {
            using var scope = engine.Scope();
            return Record.Exception(() =>
            {
                var tensors = EquationCall.Create(Bad.Equation, engine, Bad.Inputs);
                foreach (var output in EquationCall.EvaluateTensors(Bad.Equation, engine, Bad.Attributes, tensors).Values)
                    _ = output.ToArray();
            });
        }
    }
}
