using Harness.Conformance.FreshInputs;

namespace Harness.Conformance.Tests.Properties;

/// <summary>Seeds of runs that have to be independent.</summary>
public sealed class SeedsTests
{
    // Random's numbers are linear in the seed: with seeds in a row these differences are all the same, modulo 1.
    [Fact]
    public void The_first_numbers_of_neighbouring_runs_are_not_in_a_row()
    {
        double[] first = [.. Enumerable.Range(0, 8).Select(run => new Random(Seeds.Of(1, run)).NextDouble())];
        double[] steps = [.. first.Zip(first.Skip(1), (a, b) => (b - a + 1) % 1)];
        (steps.Max() - steps.Min()).Should().BeGreaterThan(0.1);
    }
}
