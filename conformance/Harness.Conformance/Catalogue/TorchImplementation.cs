using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Rounded;
using Harness.Tensors.Torch;

namespace Harness.Conformance.Catalogue;

/// <summary>The equations of this repository on libtorch.</summary>
/// <param name="engines">Where they are computed.</param>
public sealed class TorchImplementation(TorchEngines engines) : IImplementation
{
    /// <inheritdoc/>
    public string Name => engines.Name;

    /// <inheritdoc/>
    public ImplementationDetails Details =>
        new(engines.Name, Version: engines.Version, Language: "C#, TorchSharp", Device: engines.Device.ToString());

    /// <inheritdoc/>
    /// <remarks>Its 16-bit tensors are libtorch's, of one type throughout.</remarks>
    public PrecisionContract Precision => new(PrecisionLevel.Float32, PrecisionLevel.Dtype, PrecisionLevel.Dtype, PrecisionLevel.Dtype);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
        EquationCatalogue.Find(request.Equation) is { } equation ? engines.Use(request.Format, new Evaluation(equation, request)) : null;

    private sealed record Evaluation(Equation Equation, EquationRequest Request) : IEngineUse<IReadOnlyDictionary<string, TensorData>>
    {
        public IReadOnlyDictionary<string, TensorData> Run<T>(IEngine<T> engine)
            where T : class, ITensor<T>
        {
            using var scope = engine.Scope();
            return EquationCall.Evaluate(Equation, engine, Request.Attributes, Request.Inputs);
        }
    }
}
