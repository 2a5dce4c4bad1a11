using Harness.Conformance.Checks;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>What depends on more than the question is found by a run as anyone starts it.</summary>
public sealed class StateMistakeTests
{
    // What depends on chance need not show with every seed, but with one of ten.
    private const int Seeds = 10;

    public static TheoryData<string> Names => [.. StateMistake.All.Select(mistake => mistake.ToString())];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_run_finds(string name)
    {
        var mistake = StateMistake.All.Single(mistake => mistake.ToString() == name);
        Enumerable.Range(1, Seeds).Any(seed => Verify(mistake, seed).Failed > 0).Should().BeTrue();
    }

    [Fact]
    public void Sums_in_another_order_at_every_call_pass_and_are_told()
    {
        var report = Verify(StateMistake.Honest with { Repeat = 3 }, seed: 1);

        report.Failed.Should().Be(0);
        report.NotRepeatable.Should().ContainSingle().Which.Size.Should().BeInRange(1e-3, 2);
        report.Checks.Where(check => check.NotRepeatable is not null).Should().OnlyContain(check => check.Verdict == Verdict.Passed)
            .And.Contain(check => check.Kind == CheckKind.Golden).And.Contain(check => check.Kind == CheckKind.Fresh).And.Contain(check => check.Kind == CheckKind.Property);
    }

    private static ImplementationReport Verify(StateMistake mistake, int seed) => new Verifier(mistake.Start(), RepositoryFixtures.Set, new VerifyOptions
    {
        EquationGlob = mistake.Equation,
        Formats = [FloatFormat.Float64, FloatFormat.Float32],
        Seed = seed,
        Jobs = 2,
        Repeat = mistake.Repeat,
    }).Run();
}
