using Harness.Tensors;
using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Operations;

/// <summary>The ways to do an operation wrong, whatever the equation, the best known ones first.</summary>
internal static class OperationEdits
{
    private static readonly string[] Softmaxes = ["Softmax", "CausalSoftmax"];
    private static readonly string[] Products = ["MatMul", "ScaledMatMul"];
    private static readonly string[] WithConstant = ["op_Multiply by a constant", "op_Division by a constant"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OperationEdit> All { get; } =
        [.. Sums(), .. OfFactors(), .. Constants(), .. Functions(), .. Densities(), .. Matrices(), .. Rows(), .. Choices(), .. Layouts(), .. Casts()];

    private static IEnumerable<OperationEdit> Sums()
    {
        yield return new(["op_Addition"], "{z} is not added to {x}", o => o.X);
        yield return new(["op_Addition"], "{z} stands without {x} added to it", o => o.Z);
        yield return new(["op_Addition"], "{z} is taken off {x} instead of added", o => o.X - o.Z);
        yield return new(["op_Subtraction"], "{z} is not taken off {x}", o => o.X);
        yield return new(["op_Subtraction"], "{z} is added to {x} instead of taken off", o => o.X + o.Z);
        yield return new(["op_Subtraction"], "{y} has the opposite sign", o => o.Z - o.X);
        yield return new(["op_UnaryNegation"], "{x} is not negated", o => o.X);
    }

    private static IEnumerable<OperationEdit> OfFactors()
    {
        yield return new(["op_Multiply"], "{x} is not multiplied by {z}", o => o.X);
        yield return new(["op_Multiply"], "{z} is not multiplied by {x}", o => o.Z);
        yield return new(["op_Multiply"], "{x} is divided by {z} instead of multiplied", o => o.X / o.Z);
        yield return new(["op_Multiply"], "{x} and {z} are added instead of multiplied", o => o.X + o.Z);
        yield return new(["op_Multiply"], "1 − {z} stands for {z} in {y}", o => o.X * (-o.Z + 1));
        yield return new(["op_Multiply"], "1 − {x} stands for {x} in {y}", o => (-o.X + 1) * o.Z);
        yield return new(["op_Division"], "{x} is not divided by {z}", o => o.X);
        yield return new(["op_Division"], "{x} is multiplied by {z} instead of divided", o => o.X * o.Z);
        yield return new(["op_Division"], "{x} is divided by the square of {z}", o => o.X / (o.Z * o.Z));
        yield return new(["op_Division"], "{x} is divided by the root of {z}", o => o.X / Tensor.Sqrt(o.Z));
    }

    private static IEnumerable<OperationEdit> Constants()
    {
        yield return new(["op_Addition of a constant"], "the constant that is added to {x} is left out", o => o.X);
        yield return new(["op_Addition of a constant"], "the constant that is added to {x} has the wrong sign", o => o.X + -o.Constant);
        yield return new(WithConstant, "the constant factor of {x} is left out", o => o.X);
        yield return new(WithConstant, "the constant factor of {x} is there twice", o => o.Value * Factor(o));
        yield return new(WithConstant, "the constant factor of {x} is its inverse", o => o.X * (1 / Factor(o)));
        yield return new(WithConstant, "the constant factor of {x} is its root", o => Factor(o) > 0 ? o.X * Math.Sqrt(Factor(o)) : null);
        yield return new(WithConstant, "the constant factor of {x} has the wrong sign", o => -o.Value);
    }

    private static double Factor(Operation o) => o.Name == WithConstant[0] ? o.Constant : 1 / o.Constant;

    private static IEnumerable<OperationEdit> Functions()
    {
        string[] all = ["Exp", "Log", "Sqrt", "Tanh", "Sigmoid", "Softplus", "Erf"];
        yield return new(all, "{x} stands for {y}", o => o.X);
        yield return new([.. all, .. Softmaxes], "the function of {y} is applied twice", o => Applied(o.Name, o.Value));
        foreach (var (name, function, symbol) in new (string, Func<double, double>, string)[]
        {
            ("Sigmoid", Math.Tanh, "tanh"), ("Sigmoid", x => 1 - Sigmoid(x), "1 − σ"), ("Sigmoid", x => Math.Max(x, 0), "relu"), ("Sigmoid", Math.Exp, "exp"),
            ("Sigmoid", x => Math.Clamp(x / 6 + 0.5, 0, 1), "the hard σ"), ("Sigmoid", x => Sigmoid(x) * (1 - Sigmoid(x)), "σ′"),
            ("Tanh", Sigmoid, "σ"), ("Tanh", x => Math.Max(x, 0), "relu"), ("Tanh", x => 1 - Math.Tanh(x) * Math.Tanh(x), "tanh′"),
            ("Softplus", Math.Exp, "exp"), ("Softplus", x => Math.Max(x, 0), "relu"), ("Softplus", Sigmoid, "σ"), ("Softplus", Math.Abs, "the size"),
            ("Softplus", x => Softplus(x) * Softplus(x), "the square of softplus"), ("Softplus", x => Math.Exp(2 * x), "exp of twice"),
            ("Erf", Math.Tanh, "tanh"), ("Log", Math.Log2, "log₂"), ("Log", Math.Log10, "log₁₀"), ("Exp", x => Math.Exp(x) - 1, "expm1"), ("Exp", x => Math.Pow(2, x), "2^x"),
            ("Sqrt", x => x * x, "the square"),
        })
        {
            yield return new([name], $"{symbol} stands for the function of {{y}}", o => o.X.Map(function));
        }
    }

    private static Tensor? Applied(string function, Tensor x) => function switch
    {
        "Exp" => Tensor.Exp(x),
        "Log" => Tensor.Log(x),
        "Sqrt" => Tensor.Sqrt(x),
        "Tanh" => Tensor.Tanh(x),
        "Sigmoid" => Tensor.Sigmoid(x),
        "Softplus" => Tensor.Softplus(x),
        "Erf" => Tensor.Erf(x),
        "Softmax" => Tensor.Softmax(x),
        "CausalSoftmax" => Tensor.CausalSoftmax(x),
        _ => null,
    };

    private static IEnumerable<OperationEdit> Densities()
    {
        string[] density = ["NormalDensity"];
        yield return new(density, "the variance of {y} is taken for a standard deviation, and squared", o => Density(o, v => v * v, v => v * v));
        yield return new(density, "the root of the variance stands for the variance in {y}", o => Density(o, Math.Sqrt, Math.Sqrt));
        yield return new(density, "{y} is not divided by √(2πv)", o => Density(o, v => v, _ => 1 / (2 * Math.PI)));
        yield return new(density, "{y} is divided by √v instead of √(2πv)", o => Density(o, v => v, v => v / (2 * Math.PI)));
        yield return new(density, "{y} is divided by √(2π) v instead of √(2πv)", o => Density(o, v => v, v => v * v));
        yield return new(density, "½ is missing in the exponent of {y}", o => Density(o, v => v / 2, v => v));
        yield return new(density, "the exponent of {y} is divided by the root of the variance", o => Density(o, Math.Sqrt, v => v));
        yield return new(density, "the exponent of {y} has the wrong sign", o => Density(o, v => -v, v => v));
    }

    private static Tensor Density(Operation o, Func<double, double> exponent, Func<double, double> normaliser)
    {
        var variances = o.Z;
        return Tensor.Exp(-(o.X * o.X / (variances.Map(exponent) * 2))) / Tensor.Sqrt(variances.Map(normaliser) * (2 * Math.PI));
    }

    private static IEnumerable<OperationEdit> Matrices()
    {
        yield return new(Products, "{z} is used as [out, in] in {y}", o => IsSquare(o.Operands[1]) ? Product(o, o.X, o.Operands[1].Transposed()) : null);
        yield return new(Products, "{x} is transposed in {y}", o => IsSquare(o.X) ? Product(o, o.X.Transposed(), o.Operands[1]) : null);
        yield return new(["ScaledMatMul"], "1/√dh is missing in {y}", o => Tensor.MatMul(o.X, o.Operands[1]));
        yield return new(["ScaledMatMul"], "{y} is divided by dh instead of √dh", o => o.Value / o.Constant);
        yield return new(["ScaledMatMul"], "{y} is multiplied by √dh instead of divided", o => o.Value * (o.Constant * o.Constant));
        yield return new(["ScaledMatMul"], "{y} is divided by the root of the whole width instead of √dh", o => o.Shape.Rank == 4 ? o.Value / Math.Sqrt(o.Shape[1]) : null);
        yield return new(["MatMul"], "{x} stands for {y}", o => o.X);
        yield return new(Products, "the operands of {y} are rounded to bfloat16", o => Product(o, o.X.Map(BFloat16), o.Operands[1].Map(BFloat16)));
        yield return new(Products, "the operands of {y} have 11 significant bits, as TF32 has", o => Product(o, o.X.Map(Tf32), o.Operands[1].Map(Tf32)));
        yield return new(["SolvePositiveDefinite"], "the system of {y} is not solved", o => o.Operands[1].Shape == o.Shape ? o.Operands[1] : null);
        yield return new(["SolvePositiveDefinite"], "only the diagonal of the matrix is solved for in {y}", o =>
        {
            var (matrix, side) = (o.X.Entries(), o.Operands[1].Entries());
            return o.X.Shape.Rank > 2 || o.Operands[1].Shape != o.Shape ? null
                : Make(o.Shape, i => side[i] / matrix[i[^2], i[^2]]);
        });
    }

    private static double Tf32(double value) => Significant(value, 11);

    private static bool IsSquare(Tensor x) => x.Shape.Rank >= 2 && x.Shape[^1] == x.Shape[^2];

    private static Tensor Product(Operation o, Tensor left, Tensor right) =>
        o.Name == "MatMul" ? Tensor.MatMul(left, right) : Tensor.MatMul(left, right) / o.Constant;

    private static IEnumerable<OperationEdit> Rows()
    {
        yield return new(["Softmax"], "{y} is taken without its exponential's sum: it is not normalised", o => Tensor.Exp(o.X));
        yield return new(["CausalSoftmax"], "{y} has no mask", o => Tensor.Softmax(o.X));
        yield return new(["CausalSoftmax"], "the mask of {y} hides a token from itself too", o => Masked(o, (row, column, offset) => column < row + offset));
        yield return new(["CausalSoftmax"], "the mask of {y} lets a token see the next one too", o => Masked(o, (row, column, offset) => column <= row + offset + 1));
        yield return new(["CausalSoftmax"], "the mask of {y} starts at the first entry: what is cached is not counted", o => Masked(o, (row, column, _) => column <= row));
        yield return new(["CausalSoftmax"], "the mask of {y} hides what is before instead of what is behind", o => Masked(o, (row, column, offset) => column >= row + offset));
        yield return new(["CausalSoftmax"], "what the mask of {y} hides counts in its normaliser", o => Tensor.Softmax(o.X) * Visible(o.Shape, (row, column, offset) => column <= row + offset));
        yield return new(["CausalSoftmax"], "what the mask of {y} hides is 0 before the softmax instead of −∞", o => Tensor.Softmax(o.X * Visible(o.Shape, (row, column, offset) => column <= row + offset)));
        foreach (var (axis, name) in new[] { (2, "the row before the last axis: each column sums to 1"), (3, "the heads"), (4, "the batch") })
            yield return new(Softmaxes, $"{{y}} is taken along {name}", o => Along(o, o.Shape.Rank - axis));
        yield return new(Softmaxes, "{y} is taken over all entries of a matrix together", OverMatrices);
        yield return new(Softmaxes, "σ stands for the softmax of {y}", o => Tensor.Sigmoid(o.X) * Visible(o));
        yield return new(Softmaxes, "{y} is divided by the norm of its exponentials instead of their sum", o =>
            o.Value.MapRows(row => [.. row.Select(p => p / Math.Sqrt(row.Sum(q => q * q)))]));
        yield return new(["Sum"], "the mean stands for the sum over {x}", o => o.Value / o.X.Shape[o.Number]);
        yield return new(["Sum"], "the maximum stands for the sum over {x}", o => Reduced(o, values => values.Max()));
        yield return new(["Sum"], "only the first counts in the sum over {x}", o => Reduced(o, values => values[0]));
        yield return new(["Sum"], "only the last counts in the sum over {x}", o => Reduced(o, values => values[^1]));
        foreach (var (axis, name) in new[] { (0, "first"), (1, "second"), (2, "third"), (3, "fourth") })
            yield return new(["Sum"], $"the sum over {{x}} is taken along its {name} axis", o => axis == o.Number || axis >= o.X.Shape.Rank ? null : SameSize(Tensor.Sum(o.X, axis), o));
        yield return new(["CumulativeSum"], "{x} is not summed up", o => o.X);
        yield return new(["CumulativeSum"], "the running sum of {x} leaves out its own entry", o => o.Value - o.X);
        yield return new(["CumulativeSum"], "the running sum of {x} runs from the end", o => Tensor.CumulativeSum(o.X.Reversed()).Reversed());
    }

    // Of extents that are the same, the mean over one axis can be taken for that over another.
    private static Tensor? SameSize(Tensor sum, Operation o) => sum.Shape == o.Shape ? sum : null;

    private static Tensor Reduced(Operation o, Func<double[], double> reduce)
    {
        var (x, extent) = (o.X.Entries(), o.X.Shape[o.Number]);
        return Make(o.Shape, index => reduce([.. Enumerable.Range(0, extent).Select(i => x[[.. index[..o.Number], i, .. index[o.Number..]]])]));
    }

    private static Tensor Visible(Shape shape, Func<int, int, int, bool> isVisible) =>
        Make(shape, index => isVisible(index[^2], index[^1], shape[^1] - shape[^2]) ? 1 : 0);

    private static Tensor Visible(Operation o) =>
        o.Name == "CausalSoftmax" ? Visible(o.Shape, (row, column, offset) => column <= row + offset) : o.X.Map(_ => 1);

    private static Tensor Masked(Operation o, Func<int, int, int, bool> isVisible)
    {
        var (x, shape) = (o.X.Entries(), o.Shape);
        return Tensor.Softmax(Make(shape, index => isVisible(index[^2], index[^1], shape[^1] - shape[^2]) ? x[index] : double.NegativeInfinity));
    }

    private static Tensor? Along(Operation o, int axis)
    {
        if (axis < 0)
            return null;
        int[] exchanged = [.. Enumerable.Range(0, o.Shape.Rank)];
        (exchanged[axis], exchanged[^1]) = (exchanged[^1], exchanged[axis]);
        var hidden = Visible(o).Map(visible => visible == 1 ? 0 : double.NegativeInfinity);
        return Tensor.Permute(Tensor.Softmax(Tensor.Permute(o.X + hidden, exchanged)), exchanged);
    }

    private static Tensor? OverMatrices(Operation o) => o.Shape.Rank < 2 ? null
        : Tensor.Reshape(Tensor.Softmax(Tensor.Reshape(o.X + Visible(o).Map(visible => visible == 1 ? 0 : double.NegativeInfinity), [.. o.Shape.Extents[..^2], o.Shape.Extents[^1] * o.Shape.Extents[^2]])), o.Shape);

    private static IEnumerable<OperationEdit> Choices()
    {
        yield return new(["KeepTopK"], "all of {x} is kept", o => o.X);
        yield return new(["KeepTopK"], "one entry of {x} too many is kept", o => o.Number < o.Shape[^1] ? Tensor.KeepTopK(o.X, o.Number + 1) : null);
        yield return new(["KeepTopK"], "one entry of {x} too few is kept", o => o.Number > 1 ? Tensor.KeepTopK(o.X, o.Number - 1) : null);
        yield return new(["KeepTopK"], "what is kept of {x} is made to sum to 1", o => o.Value.MapRows(row => [.. row.Select(p => p / row.Sum())]));
        yield return new(["Clamp"], "{x} is not cut off", o => o.X);
        yield return new(["Sort"], "{x} is not sorted", o => o.X);
        yield return new(["Sort"], "{x} is sorted from the largest to the smallest", o => o.Value.Reversed());
        yield return new(["SearchSorted"], "the position found for {z} is one too large", o => o.Value + 1);
        yield return new(["SearchSorted"], "the position found for {z} is one too small", o => o.Value.Map(position => Math.Max(position - 1, 0)));
    }

    private static IEnumerable<OperationEdit> Layouts()
    {
        yield return new(["Permute"], "{x} is given another shape where its axes should be exchanged", o => Tensor.Reshape(o.X, o.Shape));
        yield return new(["Reshape"], "the columns of {x} are dealt out to the heads in turn instead of side by side", o => Splits(o)
            ? Tensor.Reshape(o.X, [.. o.Shape.Extents[..^2], o.Shape.Extents[^1], o.Shape.Extents[^2]]).Transposed() : null);
        yield return new(["Reshape"], "the heads of {x} are put together column by column instead of side by side", o => Joins(o)
            ? Tensor.Reshape(o.X.Transposed(), o.Shape) : null);
        yield return new(["Slice"], "the part of {x} starts one too early", o => Moved(o, -1));
        yield return new(["Slice"], "the part of {x} starts one too late", o => Moved(o, 1));
        yield return new(["Slice"], "the part of {x} is taken from the start", o => o.Axes[0] > 0 ? Moved(o, -o.Axes[0]) : null);
        yield return new(["Slice"], "the part of {x} is taken from the end", o => Moved(o, o.X.Shape[o.Number] - o.Shape[o.Number] - o.Axes[0]));
        yield return new(["Slice"], "every other entry of {x} is taken instead of one half", Strided);
        yield return new(["Concat"], "the parts of {y} stand in the opposite order", o => Tensor.Concat(o.Number, [.. o.Operands.Reverse()]));
        yield return new(["Concat"], "the parts of {y} are interleaved", Interleaved);
    }

    private static bool Splits(Operation o) => o.X.Shape.Rank > 0 && o.Shape.Rank == o.X.Shape.Rank + 1 && o.Shape[^1] > 1 && o.Shape[^2] > 1 && o.X.Shape[^1] == o.Shape[^1] * o.Shape[^2];

    private static bool Joins(Operation o) => o.Shape.Rank > 0 && o.Shape.Rank == o.X.Shape.Rank - 1 && o.X.Shape[^1] > 1 && o.X.Shape[^2] > 1 && o.Shape[^1] == o.X.Shape[^1] * o.X.Shape[^2];

    private static Tensor? Moved(Operation o, int step)
    {
        var (start, length) = (o.Axes[0] + step, o.Shape[o.Number]);
        return step == 0 || start < 0 || start + length > o.X.Shape[o.Number] ? null : Tensor.Slice(o.X, o.Number, start, length);
    }

    private static Tensor? Strided(Operation o)
    {
        var (axis, length, start) = (o.Number, o.Shape[o.Number], o.Axes[0]);
        if (o.X.Shape[axis] != 2 * length || length < 2)
            return null;
        var x = o.X.Entries();
        return Make(o.Shape, index => x[[.. index[..axis], 2 * index[axis] + (start > 0 ? 1 : 0), .. index[(axis + 1)..]]]);
    }

    private static Tensor? Interleaved(Operation o)
    {
        var axis = o.Number;
        if (o.Operands is not [var first, var second] || first.Shape != second.Shape || first.Shape[axis] < 2)
            return null;
        var (even, odd) = (first.Entries(), second.Entries());
        return Make(o.Shape, index => (index[axis] % 2 == 0 ? even : odd)[[.. index[..axis], index[axis] / 2, .. index[(axis + 1)..]]]);
    }

    // A formula that has a value in float32 on its way is wrong in float64 alone.
    private static IEnumerable<OperationEdit> Casts()
    {
        string[] all =
        [
            "op_Addition", "op_Subtraction", "op_Multiply", "op_Division", "op_Addition of a constant", .. WithConstant, "Exp", "Log", "Sqrt", "Tanh", "Sigmoid", "Softplus",
            "Erf", "NormalDensity", .. Products, "SolvePositiveDefinite", "Sum", "CumulativeSum", .. Softmaxes,
        ];
        yield return new(all, "{y} is rounded to float32 on the way", o => o.Value.Map(Single)) { Formats = [FloatFormat.Float64] };
        yield return new(all, "{y} is rounded to bfloat16 on the way", o => o.Value.Map(BFloat16));
    }
}
