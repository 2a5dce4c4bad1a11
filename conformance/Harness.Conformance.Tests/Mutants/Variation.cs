using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>An implementation that differs from the reference in what the papers leave open, and must pass everything.</summary>
/// <param name="name">What is different, in kebab-case.</param>
internal abstract class Variation(string name) : IImplementation
{
    public string Name => name;

    /// <summary>Globs of the equations in which it differs.</summary>
    public IReadOnlyList<string> Equations { get; init; } = ["*"];

    /// <summary>The formats that it claims.</summary>
    public IReadOnlyList<FloatFormat> Formats { get; init; } = FloatFormat.All;

    public abstract IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request);
}

/// <summary>Every equation as it is, in other arithmetic.</summary>
internal sealed class OtherArithmetic : Variation
{
    private readonly Arithmetic _arithmetic;

    /// <param name="name">What is different.</param>
    /// <param name="arithmetic">How it is computed.</param>
    /// <param name="equations">Globs of the equations that the difference reaches; all if none is named.</param>
    public OtherArithmetic(string name, Arithmetic arithmetic, params string[] equations)
        : base(name)
    {
        _arithmetic = arithmetic;
        Equations = equations.Length == 0 ? Equations : equations;
    }

    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        var equation = EquationCatalogue.Find(request.Equation)!;
        var single = new VariedEngine<float>(_arithmetic);
        if (request.Format == FloatFormat.Float64)
            return EquationCall.Evaluate(equation, new VariedEngine<double>(_arithmetic), request.Attributes, request.Inputs);
        return request.Format == FloatFormat.Float32
            ? EquationCall.Evaluate(equation, single, request.Attributes, request.Inputs)
            : EquationCall.Evaluate(
                equation, new FormatEngine<RoundedTensor<DenseTensor<float>>>(single, request.Format), request.Attributes, request.Inputs);
    }
}

/// <summary>One equation by another formula, on the managed engine in the format asked for.</summary>
internal abstract class OtherFormula : Variation
{
    private readonly Equation _equation;

    protected OtherFormula(string equation, string name)
        : base($"{equation}/{name}")
    {
        _equation = EquationCatalogue.Find(equation)!;
        Equations = [equation];
    }

    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        if (request.Format == FloatFormat.Float64)
            return Named(Compute(new Operands<DenseTensor<double>>(request, DenseEngine<double>.Instance)));
        if (request.Format == FloatFormat.Float32)
            return Named(Compute(new Operands<DenseTensor<float>>(request, DenseEngine<float>.Instance)));

        // What is positions or regression in part is that throughout: more precise than it need be.
        var engine = new FormatEngine<DenseTensor<float>>(DenseEngine<float>.Instance, request.Format);
        using var precision = engine.Within(_equation.Inputs.Concat(_equation.Outputs).Max(tensor => tensor.Part));
        return Named(Compute(new Operands<RoundedTensor<DenseTensor<float>>>(request, engine)));
    }

    /// <summary>The outputs in the order of the signature.</summary>
    protected abstract T[] Compute<T>(Operands<T> o)
        where T : class, ITensor<T>;

    private Dictionary<string, TensorData> Named<T>(T[] outputs)
        where T : class, ITensor<T> =>
        _equation.Outputs.Zip(outputs)
            .ToDictionary(pair => pair.First.Name, pair => new TensorData(pair.Second.Shape, pair.Second.ToArray()));
}

/// <summary>What an equation is computed from.</summary>
internal sealed class Operands<T>(EquationRequest request, IEngine<T> engine)
    where T : class, ITensor<T>
{
    public IEngine<T> Engine => engine;

    public AttributeValues Attributes => request.Attributes;

    /// <summary>Whether float64 is asked for; elsewhere constants are computed in float32.</summary>
    public bool IsWide => request.Format == FloatFormat.Float64;

    public bool Has(string name) => request.Inputs.ContainsKey(name);

    public T this[string name] => engine.Create(request.Inputs[name].Values, request.Inputs[name].Shape);

    /// <summary>[B,H,L] → [B,H,L,N].</summary>
    public T PerFunction(string name) => T.Expand(this[name], 3, this["mu_j"].Shape[0]);
}

/// <summary>Everything in float64, the results rounded once.</summary>
internal sealed class Float64Inside() : Variation("float64-inside")
{
    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
        new Call(request) is var call ? call.Answer(call.In(FloatFormat.Float64).Right()) : null;
}

/// <summary>The reference itself: the managed engine, and what rounds it for the 16-bit formats.</summary>
internal sealed class Reference() : Variation("reference")
{
    private readonly ReferenceImplementation _implementation = new();

    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => _implementation.Run(request);
}
