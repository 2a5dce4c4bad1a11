using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Every equation as it is, on a machine of another rounding.</summary>
/// <param name="name">What is different.</param>
/// <param name="round">The rounding, given the format.</param>
internal sealed class OtherRounding(string name, Func<DoubleDouble, FloatFormat, DoubleDouble> round) : Variation(name)
{
    /// <summary>Whether products and partial sums are rounded, not results alone.</summary>
    public bool IsStepwise { get; init; }

    /// <summary>What becomes of the factors of products.</summary>
    public Func<DoubleDouble, DoubleDouble>? Factors { get; init; }

    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        DoubleDouble Round(DoubleDouble value) => round(value, request.Format);
        var equation = EquationCatalogue.Find(request.Equation)!;

        // Twice the digits are not needed under 24 of them.
        return request.Format == FloatFormat.Float64
            ? EquationCall.Evaluate(equation, new SteppedEngine<DenseTensor<DoubleDouble>>(DenseEngine<DoubleDouble>.Instance, Round, Map, IsStepwise, Factors), request.Attributes, request.Inputs)
            : EquationCall.Evaluate(equation, new SteppedEngine<DenseTensor<double>>(DenseEngine<double>.Instance, Round, Map, IsStepwise, Factors), request.Attributes, request.Inputs);
    }

    private static DenseTensor<double> Map(DenseTensor<double> x, Func<DoubleDouble, DoubleDouble> function) =>
        DenseEngine<double>.Instance.Create(Array.ConvertAll(x.ToArray(), value => (double)function(value)), x.Shape);

    private static DenseTensor<DoubleDouble> Map(DenseTensor<DoubleDouble> x, Func<DoubleDouble, DoubleDouble> function) =>
        DenseEngine<DoubleDouble>.Instance.Create(Array.ConvertAll(x.Values.ToArray(), value => function(value)), x.Shape);
}
