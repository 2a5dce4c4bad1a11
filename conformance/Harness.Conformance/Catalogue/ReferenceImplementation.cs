using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Catalogue;

/// <summary>The equations of this repository on the managed engine; 16-bit formats are emulated over float32.</summary>
public sealed class ReferenceImplementation : IImplementation
{
    /// <inheritdoc/>
    public string Name => "managed";

    /// <inheritdoc/>
    public ImplementationDetails Details => new("managed");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        if (EquationCatalogue.Find(request.Equation) is not { } equation)
            return null;
        if (request.Format == FloatFormat.Float64)
            return EquationCall.Evaluate(equation, DenseEngine<double>.Instance, request.Attributes, request.Inputs);
        if (request.Format == FloatFormat.Float32)
            return EquationCall.Evaluate(equation, DenseEngine<float>.Instance, request.Attributes, request.Inputs);
        return EquationCall.Evaluate(
            equation, new FormatEngine<DenseTensor<float>>(DenseEngine<float>.Instance, request.Format), request.Attributes, request.Inputs);
    }
}
