using System.Runtime.CompilerServices;
using Harness.Conformance.Mistakes.Gradients;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Operations;

/// <summary>A tensor whose engine is told of every operation before it is done, and may do it otherwise.</summary>
internal sealed class EditedTensor(Tensor inner, Formula formula, EditedEngine engine) : ITensor<EditedTensor>
{
    /// <inheritdoc/>
    public IEngine<EditedTensor> Engine => engine;

    /// <inheritdoc/>
    public Shape Shape => inner.Shape;

    /// <summary>The values.</summary>
    public Tensor Inner => inner;

    /// <summary>What it is, in the symbols of the equation.</summary>
    public Formula Formula => formula;

    /// <inheritdoc/>
    public double[] ToArray() => inner.ToArray();

    public static EditedTensor operator +(EditedTensor left, EditedTensor right) => Of(left, right, left.Inner + right.Inner);

    public static EditedTensor operator -(EditedTensor left, EditedTensor right) => Of(left, right, left.Inner - right.Inner);

    public static EditedTensor operator *(EditedTensor left, EditedTensor right) => Of(left, right, left.Inner * right.Inner);

    public static EditedTensor operator /(EditedTensor left, EditedTensor right) => Of(left, right, left.Inner / right.Inner);

    public static EditedTensor operator +(EditedTensor left, DoubleDouble right) => WithConstant(left, left.Inner + right, right, "op_Addition of a constant");

    public static EditedTensor operator *(EditedTensor left, DoubleDouble right) => WithConstant(left, left.Inner * right, right, "op_Multiply by a constant");

    public static EditedTensor operator /(EditedTensor left, DoubleDouble right) => WithConstant(left, left.Inner / right, right, "op_Division by a constant");

    public static EditedTensor operator -(EditedTensor value) => Of(value, -value.Inner);

    public static EditedTensor Exp(EditedTensor x) => Of(x, Tensor.Exp(x.Inner));

    public static EditedTensor Log(EditedTensor x) => Of(x, Tensor.Log(x.Inner));

    public static EditedTensor Sqrt(EditedTensor x) => Of(x, Tensor.Sqrt(x.Inner));

    public static EditedTensor Tanh(EditedTensor x) => Of(x, Tensor.Tanh(x.Inner));

    public static EditedTensor Sigmoid(EditedTensor x) => Of(x, Tensor.Sigmoid(x.Inner));

    public static EditedTensor Softplus(EditedTensor x) => Of(x, Tensor.Softplus(x.Inner));

    public static EditedTensor Erf(EditedTensor x) => Of(x, Tensor.Erf(x.Inner));

    public static EditedTensor Clamp(EditedTensor x, DoubleDouble low, DoubleDouble high) => Of(x, Tensor.Clamp(x.Inner, low, high));

    public static EditedTensor NormalDensity(EditedTensor deviation, EditedTensor variance) =>
        Of(deviation, variance, Tensor.NormalDensity(deviation.Inner, variance.Inner));

    public static EditedTensor MatMul(EditedTensor left, EditedTensor right) => Of(left, right, Tensor.MatMul(left.Inner, right.Inner));

    public static EditedTensor ScaledMatMul(EditedTensor left, EditedTensor right, DoubleDouble divisor) => left.Made(
        nameof(ScaledMatMul), [left, right], Tensor.ScaledMatMul(left.Inner, right.Inner, divisor), (double)divisor);

    public static EditedTensor SolvePositiveDefinite(EditedTensor matrix, EditedTensor rightSide) =>
        Of(matrix, rightSide, Tensor.SolvePositiveDefinite(matrix.Inner, rightSide.Inner));

    public static EditedTensor Sum(EditedTensor x, int axis) => x.Made(nameof(Sum), [x], Tensor.Sum(x.Inner, axis), number: axis);

    public static EditedTensor CumulativeSum(EditedTensor x) => Of(x, Tensor.CumulativeSum(x.Inner));

    public static EditedTensor Softmax(EditedTensor x) => Of(x, Tensor.Softmax(x.Inner));

    public static EditedTensor CausalSoftmax(EditedTensor x) => Of(x, Tensor.CausalSoftmax(x.Inner));

    public static EditedTensor KeepTopK(EditedTensor x, int k) => x.Made(nameof(KeepTopK), [x], Tensor.KeepTopK(x.Inner, k), number: k);

    public static EditedTensor KeepTopK(EditedTensor x, EditedTensor by, int k) =>
        x.Made("KeepTopK by another", [x, by], Tensor.KeepTopK(x.Inner, by.Inner, k), number: k);

    public static EditedTensor KeepWithin(EditedTensor x, EditedTensor by, DoubleDouble low, DoubleDouble high) =>
        Of(x, by, Tensor.KeepWithin(x.Inner, by.Inner, low, high));

    public static EditedTensor Sort(EditedTensor x) => Of(x, Tensor.Sort(x.Inner));

    public static EditedTensor SortOrder(EditedTensor x) => Of(x, Tensor.SortOrder(x.Inner));

    public static EditedTensor SearchSorted(EditedTensor ascending, EditedTensor values) => Of(ascending, values, Tensor.SearchSorted(ascending.Inner, values.Inner));

    public static EditedTensor Gather(EditedTensor row, EditedTensor positions) => Of(row, positions, Tensor.Gather(row.Inner, positions.Inner));

    public static EditedTensor ScatterAdd(EditedTensor values, EditedTensor positions, int extent) =>
        Of(values, positions, Tensor.ScatterAdd(values.Inner, positions.Inner, extent));

    public static EditedTensor Reshape(EditedTensor x, Shape shape) => Of(x, Tensor.Reshape(x.Inner, shape));

    public static EditedTensor Permute(EditedTensor x, params ReadOnlySpan<int> axes) =>
        x.Made(nameof(Permute), [x], Tensor.Permute(x.Inner, axes), axes: axes.ToArray());

    public static EditedTensor Slice(EditedTensor x, int axis, int start, int length) =>
        x.Made(nameof(Slice), [x], Tensor.Slice(x.Inner, axis, start, length), number: axis, axes: [start]);

    public static EditedTensor Concat(int axis, params ReadOnlySpan<EditedTensor> parts)
    {
        EditedTensor[] all = parts.ToArray();
        return all[0].Made(nameof(Concat), all, Tensor.Concat(axis, [.. all.Select(part => part.Inner)]), number: axis);
    }

    public static EditedTensor Expand(EditedTensor x, int axis, int extent) => x.Made(nameof(Expand), [x], Tensor.Expand(x.Inner, axis, extent), number: axis);

    private static EditedTensor Of(EditedTensor x, Tensor result, [CallerMemberName] string name = "") => x.Made(name, [x], result);

    private static EditedTensor Of(EditedTensor x, EditedTensor z, Tensor result, [CallerMemberName] string name = "") => x.Made(name, [x, z], result);

    private static EditedTensor WithConstant(EditedTensor x, Tensor result, DoubleDouble constant, string name) => x.Made(name, [x], result, (double)constant);

    private EditedTensor Made(string name, EditedTensor[] operands, Tensor result, double constant = 0, int number = 0, int[]? axes = null)
    {
        Formula[] formulas = [.. operands.Select(operand => operand.Formula)];
        Formula[] named = [.. formulas.Where(part => part.Text.Length > 0)];
        var made = named.Length == 0 ? formulas[0] : Formula.Written(name, named);
        var operation = new Operation(name, [.. operands.Select(operand => operand.Inner)], formulas, made, result)
        {
            Constant = constant,
            Number = number,
            Axes = axes ?? [],
        };
        return new EditedTensor(engine.Do(operation), made, engine);
    }
}
