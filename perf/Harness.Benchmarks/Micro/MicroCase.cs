using Harness.Perf.Results;

namespace Harness.Benchmarks.Micro;

/// <summary>One thing that is measured alone.</summary>
/// <param name="Subject">What, as in results.</param>
/// <param name="Sizes">At which sizes; a configuration's name where it has one.</param>
/// <param name="Dtype">The format computed in.</param>
/// <param name="Prepare">Makes the inputs, and gives what is measured.</param>
internal sealed record MicroCase(string Subject, string Sizes, string Dtype, Func<Func<object?>> Prepare)
{
    /// <summary>What <c>--filter</c> matches, such as <c>lm2.memory.step/dialogue/f32</c>.</summary>
    public string Name => $"{Subject}/{Sizes}/{Dtype}";

    /// <summary>The series of one of its figures.</summary>
    public FigureKey Key(string metric) => new("micro", Subject, "managed", "cpu", Dtype, Sizes, Axis: null, At: null, metric);
}
