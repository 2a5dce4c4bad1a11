using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>An implementation that is right but for one equation, where it makes a mistake that a port could make.</summary>
/// <param name="equation">The equation that is wrong.</param>
/// <param name="name">The mistake in a few words, in kebab-case.</param>
/// <param name="mistake">The mistake in one sentence.</param>
/// <param name="compute">
/// The wrong outputs, in the order of the equation's signature. It computes in float64 whatever the format, unless arithmetic is
/// the mistake: what is wrong here is the formula.
/// </param>
internal sealed class Mutant(string equation, string name, string mistake, Func<Call, Tensor[]> compute) : IImplementation
{
    private static readonly ReferenceImplementation Reference = new();

    /// <summary>The equation that is wrong.</summary>
    public string Equation => equation;

    /// <summary>The formats in which the mistake is one: float32 is no mistake where float32 was asked for.</summary>
    public IReadOnlyList<FloatFormat> Formats { get; init; } = [FloatFormat.Float64, FloatFormat.Float32];

    /// <summary>Equation and mistake, unique.</summary>
    public string Name => $"{equation}/{name}";

    /// <summary>The mistake in one sentence.</summary>
    public string Mistake => mistake;

    /// <summary>An equation written out as its mutants have it, without a mistake.</summary>
    public static Mutant Control(string equation, Func<Call, Tensor[]> compute) =>
        new(equation, "control", "No mistake.", compute);

    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        if (request.Equation != equation)
            return Reference.Run(request);
        var call = new Call(request);
        return call.Answer(compute(call));
    }
}
