using System.Numerics;
using Harness.Tensors.Numerics;

namespace Harness.Tensors.Counting;

/// <summary>A shape without values: every operation on it is counted (<see cref="OperationCount"/>) by its engine, and none is done.</summary>
public sealed class CountingTensor : ITensor<CountingTensor>
{
    private readonly CountingEngine _engine;

    internal CountingTensor(Shape shape, CountingEngine engine, CountingTensor? whole = null)
    {
        Shape = shape;
        _engine = engine;
        Whole = whole ?? this;
    }

    /// <inheritdoc/>
    public IEngine<CountingTensor> Engine => _engine;

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <summary>The tensor that a view shows; of others the tensor itself.</summary>
    internal CountingTensor Whole { get; }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">There are none, and the engine was not told what to assume.</exception>
    public double[] ToArray()
    {
        var values = new double[Shape.Count];
        Array.Fill(values, _engine.AssumedValue ?? throw new NotSupportedException(
            $"ToArray of {Shape}: a counting tensor has no values. Give the engine a value to assume if what is counted does not depend on it."));
        return values;
    }

    /// <inheritdoc/>
    public static CountingTensor operator +(CountingTensor left, CountingTensor right) => Binary("+", left, right);

    /// <inheritdoc/>
    public static CountingTensor operator -(CountingTensor left, CountingTensor right) => Binary("-", left, right);

    /// <inheritdoc/>
    public static CountingTensor operator *(CountingTensor left, CountingTensor right) => Binary("*", left, right);

    /// <inheritdoc/>
    public static CountingTensor operator /(CountingTensor left, CountingTensor right) => Binary("/", left, right);

    /// <inheritdoc/>
    public static CountingTensor operator +(CountingTensor left, DoubleDouble right) => Arithmetic(left);

    /// <inheritdoc/>
    public static CountingTensor operator *(CountingTensor left, DoubleDouble right) => Arithmetic(left);

    /// <inheritdoc/>
    public static CountingTensor operator /(CountingTensor left, DoubleDouble right) => Arithmetic(left);

    /// <inheritdoc/>
    public static CountingTensor operator -(CountingTensor value) => Arithmetic(value);

    /// <inheritdoc/>
    public static CountingTensor Exp(CountingTensor x) => Transcendental(x);

    /// <inheritdoc/>
    public static CountingTensor Log(CountingTensor x) => Transcendental(x);

    /// <inheritdoc/>
    public static CountingTensor Sqrt(CountingTensor x) => Arithmetic(x);

    /// <inheritdoc/>
    public static CountingTensor Tanh(CountingTensor x) => Transcendental(x);

    /// <inheritdoc/>
    public static CountingTensor Sigmoid(CountingTensor x) => Transcendental(x);

    /// <inheritdoc/>
    public static CountingTensor Softplus(CountingTensor x) => Transcendental(x);

    /// <inheritdoc/>
    public static CountingTensor Erf(CountingTensor x) => Transcendental(x);

    /// <inheritdoc/>
    public static CountingTensor Clamp(CountingTensor x, DoubleDouble low, DoubleDouble high) =>
        x._engine.Count(x.Shape, 2 * x.Elements, 0, x.Shape);

    /// <inheritdoc/>
    public static CountingTensor MatMul(CountingTensor left, CountingTensor right)
    {
        var product = ShapeRules.MatMul(left.Shape, right.Shape);
        var terms = CountingEngine.Elements(product) * left.Shape.Extents[^1];
        return left._engine.Count(product, 2 * terms, 0, left.Shape, right.Shape);
    }

    /// <inheritdoc/>
    public static CountingTensor SolvePositiveDefinite(CountingTensor matrix, CountingTensor rightSide)
    {
        var solution = ShapeRules.SolvePositiveDefinite(matrix.Shape, rightSide.Shape);
        BigInteger n = matrix.Shape.Extents[^1];
        var factor = n * (n + 1) * (2 * n + 1) / 6;
        var operations = CountingEngine.Elements(matrix.Shape[..^2]) * factor + 2 * n * CountingEngine.Elements(solution);
        return matrix._engine.Count(solution, operations, 0, matrix.Shape, rightSide.Shape);
    }

    /// <inheritdoc/>
    public static CountingTensor Sum(CountingTensor x, int axis) =>
        x._engine.Count(ShapeRules.Sum(x.Shape, axis), x.Elements, 0, x.Shape);

    /// <inheritdoc/>
    public static CountingTensor CumulativeSum(CountingTensor x)
    {
        ShapeRules.LastAxis("CumulativeSum", x.Shape);
        return Arithmetic(x);
    }

    /// <inheritdoc/>
    public static CountingTensor Softmax(CountingTensor x)
    {
        ShapeRules.LastAxis("Softmax", x.Shape);
        return Softmax(x, x.Elements);
    }

    /// <inheritdoc/>
    public static CountingTensor CausalSoftmax(CountingTensor x)
    {
        ShapeRules.CausalSoftmax(x.Shape);
        BigInteger rows = x.Shape.Extents[^2], columns = x.Shape.Extents[^1];

        // Row i = 1…T of [T,R] sees R − T + i entries.
        var visible = rows * (columns - rows) + rows * (rows + 1) / 2;
        return Softmax(x, CountingEngine.Elements(x.Shape[..^2]) * visible);
    }

    /// <inheritdoc/>
    public static CountingTensor KeepTopK(CountingTensor x, int k)
    {
        ShapeRules.TopK(x.Shape, k);
        return x._engine.Count(x.Shape, x.Elements * CeilingLog2(x.Shape.Extents[^1]), 0, x.Shape);
    }

    /// <inheritdoc/>
    public static CountingTensor KeepTopK(CountingTensor x, CountingTensor by, int k)
    {
        ShapeRules.TopK(x.Shape, by.Shape, k);
        return x._engine.Count(x.Shape, x.Elements * CeilingLog2(x.Shape.Extents[^1]), 0, x.Shape, by.Shape);
    }

    /// <inheritdoc/>
    public static CountingTensor KeepWithin(CountingTensor x, CountingTensor by, DoubleDouble low, DoubleDouble high)
    {
        ShapeRules.SameShape("KeepWithin", x.Shape, by.Shape);
        return x._engine.Count(x.Shape, 2 * x.Elements, 0, x.Shape, by.Shape);
    }

    /// <inheritdoc/>
    public static CountingTensor Sort(CountingTensor x)
    {
        ShapeRules.LastAxis("Sort", x.Shape);
        return x._engine.Count(x.Shape, x.Elements * CeilingLog2(x.Shape.Extents[^1]), 0, x.Shape);
    }

    /// <inheritdoc/>
    public static CountingTensor SortOrder(CountingTensor x)
    {
        ShapeRules.LastAxis("SortOrder", x.Shape);
        return x._engine.Count(x.Shape, x.Elements * CeilingLog2(x.Shape.Extents[^1]), 0, x.Shape);
    }

    /// <inheritdoc/>
    public static CountingTensor SearchSorted(CountingTensor ascending, CountingTensor values)
    {
        var shape = ShapeRules.SearchSorted("SearchSorted", ascending.Shape, values.Shape);
        var comparisons = CeilingLog2(ascending.Shape.Extents[^1] + 1);
        return values._engine.Count(shape, values.Elements * comparisons, 0, ascending.Shape, values.Shape);
    }

    /// <inheritdoc/>
    public static CountingTensor Gather(CountingTensor row, CountingTensor positions) =>
        row._engine.Count(ShapeRules.SearchSorted("Gather", row.Shape, positions.Shape), 0, 0, row.Shape, positions.Shape);

    /// <inheritdoc/>
    public static CountingTensor ScatterAdd(CountingTensor values, CountingTensor positions, int extent) => values._engine.Count(
        ShapeRules.ScatterAdd(values.Shape, positions.Shape, extent), values.Elements, 0, values.Shape, positions.Shape);

    /// <inheritdoc/>
    public static CountingTensor Reshape(CountingTensor x, Shape shape)
    {
        ShapeRules.Reshape(x.Shape, shape);
        return x.View(shape);
    }

    /// <inheritdoc/>
    public static CountingTensor Permute(CountingTensor x, params ReadOnlySpan<int> axes) => x.View(ShapeRules.Permute(x.Shape, axes));

    /// <inheritdoc/>
    public static CountingTensor Slice(CountingTensor x, int axis, int start, int length) =>
        x.View(ShapeRules.Slice(x.Shape, axis, start, length));

    /// <inheritdoc/>
    public static CountingTensor Concat(int axis, params ReadOnlySpan<CountingTensor> parts)
    {
        var shapes = new Shape[parts.Length];
        for (var i = 0; i < shapes.Length; i++)
            shapes[i] = parts[i].Shape;
        var joined = ShapeRules.ConcatAtAnyLength(axis, shapes);
        return parts[0]._engine.Count(joined, 0, 0, shapes);
    }

    /// <inheritdoc/>
    public static CountingTensor Expand(CountingTensor x, int axis, int extent) => x.View(ShapeRules.Expand(x.Shape, axis, extent));

    /// <summary>⌈log₂ n⌉, the comparisons that tell n cases apart; 0 for none or one.</summary>
    internal static int CeilingLog2(long n) => n <= 1 ? 0 : (int)long.Log2(n - 1) + 1;

    private BigInteger Elements => CountingEngine.Elements(Shape);

    private CountingTensor View(Shape shape) => new(shape, _engine, Whole);

    private static CountingTensor Binary(string operation, CountingTensor left, CountingTensor right) =>
        left._engine.Count(ShapeRules.Elementwise(operation, left.Shape, right.Shape), left.Elements, 0, left.Shape, right.Shape);

    private static CountingTensor Arithmetic(CountingTensor x) => x._engine.Count(x.Shape, x.Elements, 0, x.Shape);

    private static CountingTensor Transcendental(CountingTensor x) => x._engine.Count(x.Shape, x.Elements, x.Elements, x.Shape);

    private static CountingTensor Softmax(CountingTensor x, BigInteger visible) => x._engine.Count(x.Shape, 5 * visible, visible, x.Shape);
}
