using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Perf.Configurations;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Tests.Scaling;

/// <summary>What a program is asked to measure is a call that the reference implementation computes.</summary>
public sealed class AdapterScenarioTests
{
    private const long Context = 128;

    public static TheoryData<string> Ids => [.. MemorySystem.All.Select(system => system.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_system_has_an_equation_whose_outputs_can_be_carried(string id)
    {
        var scenario = MemorySystem.All.Single(system => system.Id == id).Scenario(PublishedConfigurations.Tiny);
        var inputs = scenario.Draw(Context, FloatFormat.Float32);

        var outputs = new ReferenceImplementation().Run(new EquationRequest(scenario.Equation, FloatFormat.Float32, scenario.Attributes, inputs))!;

        outputs.Values.Should().OnlyContain(output => output.Values.All(double.IsFinite));
        foreach (var (output, input) in scenario.Carry)
            outputs[output].Shape.Equals(inputs[input].Shape).Should().BeTrue(output);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Every_system_has_an_equation_whose_gradient_can_be_asked_for(string id)
    {
        var scenario = MemorySystem.All.Single(system => system.Id == id).Scenario(PublishedConfigurations.Tiny).WithBackward();
        var inputs = scenario.Draw(Context, FloatFormat.Float32);

        var gradients = new ReferenceImplementation().Run(new EquationRequest(scenario.Equation, FloatFormat.Float32, scenario.Attributes, inputs))!;

        gradients.Values.Should().OnlyContain(gradient => gradient.Values.All(double.IsFinite));
        gradients.Keys.Should().Contain("grad_x");
        scenario.Carry.Should().BeEmpty();
    }

    [Fact]
    public void Only_the_control_is_handed_all_the_past()
    {
        foreach (var system in MemorySystem.All)
        {
            var scenario = system.Scenario(PublishedConfigurations.Tiny);
            (scenario.StateEntries(2 * Context) > scenario.StateEntries(Context)).Should().Be(system.GrowsWithContext, system.Id);
        }
    }
}
