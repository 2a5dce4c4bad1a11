using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Every equation in 16 bits, on an engine of its own kind.</summary>
/// <param name="name">What is different.</param>
/// <param name="engine">Makes the engine for a request.</param>
internal sealed class Mixed(string name, Func<EquationRequest, RoundingEngine<DenseTensor<float>>> engine)
    : Variation(name), IImplementation
{
    public static IReadOnlyList<FloatFormat> Narrow { get; } = [FloatFormat.BFloat16, FloatFormat.Float16];

    /// <summary>The managed engine with less precision than the contract, and what it says of itself.</summary>
    public static Mixed Coarser(PrecisionContract kept, PrecisionContract stated) => new(
        $"{kept}", request => new FormatEngine<DenseTensor<float>>(DenseEngine<float>.Instance, request.Format, kept))
    {
        Formats = Narrow,
        Precision = stated,
    };

    public PrecisionContract Precision { get; init; } = PrecisionContract.Standard;

    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
        EquationCall.Evaluate(EquationCatalogue.Find(request.Equation)!, engine(request), request.Attributes, request.Inputs);
}

/// <summary>As PyTorch's autocast: products of matrices round their operands and their result to 16 bits, everything else is float32.</summary>
internal sealed class Autocast(FloatFormat format) : RoundingEngine<DenseTensor<float>>(DenseEngine<float>.Instance, format)
{
    protected override DenseTensor<float> MatMul(DenseTensor<float> left, DenseTensor<float> right) =>
        Narrow(DenseTensor<float>.MatMul(Narrow(left), Narrow(right)));

    private DenseTensor<float> Narrow(DenseTensor<float> x) =>
        Inner.Create(Array.ConvertAll(x.ToArray(), Format.Round), x.Shape);
}
