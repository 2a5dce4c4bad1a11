using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes.Gradients;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Operations;

/// <summary>Computes an equation in float64, and does an operation of it wrong.</summary>
/// <param name="place">Which one; none if it is null.</param>
/// <param name="edit">What is done instead.</param>
internal sealed class EditedEngine(Place? place = null, OperationEdit? edit = null) : IEngine<EditedTensor>
{
    private readonly Dictionary<(string, string), int> _done = [];
    private readonly List<(Place Place, Operation Operation)> _operations = [];

    /// <summary>What was done, in its order, and where.</summary>
    public IReadOnlyList<(Place Place, Operation Operation)> Operations => _operations;

    /// <summary>The outputs of a call, in the order of the signature; null where the edit cannot happen.</summary>
    public Tensor[]? Run(Call call)
    {
        var (equation, inputs) = (EquationCatalogue.Find(call.Request.Equation)!, call.Request.Inputs);
        var entered = equation.Inputs.Where(input => inputs.ContainsKey(input.Name)).ToDictionary(
            input => input.Name, input => new EditedTensor(call[input.Name], new Formula(equation.Id, input.Name, input.Name), this));
        var outputs = EquationCall.EvaluateTensors(equation, this, call.Request.Attributes, entered);
        return IsEdited || edit is null ? [.. equation.Outputs.Select(output => outputs[output.Name].Inner)] : null;
    }

    /// <summary>Does an operation, wrongly where it stands at the place.</summary>
    public Tensor Do(Operation operation)
    {
        var kind = Use.KindOf(operation.Name);
        var key = (kind, operation.Result.Text);
        var number = _done[key] = _done.GetValueOrDefault(key, -1) + 1;
        if (edit is null)
        {
            _operations.Add((new Place(kind, operation.Result.Text, number), operation));
            return operation.Value;
        }

        if ((place!.Operation is { } asked && asked != kind) || !edit.Operations.Contains(operation.Name) || (place.Result is { } result && result != operation.Result.Text) || (place.Number is { } one && one != number))
            return operation.Value;
        if (edit.Do(operation) is not { } wrong || wrong.Shape != operation.Shape)
            return operation.Value;
        IsEdited = true;
        return wrong;
    }

    /// <inheritdoc/>
    public EditedTensor Create(ReadOnlySpan<double> values, Shape shape) => Unnamed(DenseEngine<double>.Instance.Create(values, shape));

    /// <inheritdoc/>
    public EditedTensor Create(ReadOnlySpan<DoubleDouble> values, Shape shape) => Unnamed(DenseEngine<double>.Instance.Create(values, shape));

    /// <inheritdoc/>
    public IReadOnlyList<EditedTensor> Precomputed(IPrecomputation computation) =>
        computation.Compute(this);

    private bool IsEdited { get; set; }

    private EditedTensor Unnamed(Tensor tensor) => new(tensor, new Formula("", "", ""), this);
}
