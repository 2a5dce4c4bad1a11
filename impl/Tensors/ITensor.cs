using Harness.Tensors.Numerics;

namespace Harness.Tensors;

/// <summary>
/// What an equation may do with a tensor. Equations are written once over this trait and run on every engine.
/// </summary>
/// <remarks>
/// <para>Tensors are immutable, row-major in meaning, and made by an <see cref="IEngine{T}"/>.</para>
/// <para>Shapes are strict. The only broadcasts are these three; everything else is a <see cref="TensorShapeException"/>:</para>
/// <list type="bullet">
/// <item>element-wise, the right operand may be as long as the last axes of the left one: <c>[B,L,e] + [e]</c>;</item>
/// <item>in <see cref="MatMul"/> and <see cref="SolvePositiveDefinite"/> one operand may be a plain matrix, shared by the other's
/// leading axes;</item>
/// <item><see cref="Expand"/> repeats along a new axis, on request.</item>
/// </list>
/// <para>Scalars are <see cref="DoubleDouble"/>, so that a constant such as √dh reaches a high-precision engine unrounded; every
/// engine rounds it once to its own precision.</para>
/// </remarks>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface ITensor<TSelf>
    where TSelf : class, ITensor<TSelf>
{
    /// <summary>The engine that made the tensor.</summary>
    IEngine<TSelf> Engine { get; }

    /// <summary>The extents, outermost first.</summary>
    Shape Shape { get; }

    /// <summary>The values in row-major order, rounded to float64 where the engine holds more.</summary>
    double[] ToArray();

    // ---- element-wise -------------------------------------------------------------------------------------------------

    /// <summary>Element-wise sum.</summary>
    static abstract TSelf operator +(TSelf left, TSelf right);

    /// <summary>Element-wise difference.</summary>
    static abstract TSelf operator -(TSelf left, TSelf right);

    /// <summary>Element-wise (Hadamard) product, ⊙ in the papers.</summary>
    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>Element-wise quotient.</summary>
    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>Adds a constant to every element.</summary>
    static abstract TSelf operator +(TSelf left, DoubleDouble right);

    /// <summary>Multiplies every element by a constant.</summary>
    static abstract TSelf operator *(TSelf left, DoubleDouble right);

    /// <summary>Divides every element by a constant.</summary>
    static abstract TSelf operator /(TSelf left, DoubleDouble right);

    /// <summary>Element-wise negation.</summary>
    static abstract TSelf operator -(TSelf value);

    /// <summary>Element-wise e^x.</summary>
    static abstract TSelf Exp(TSelf x);

    /// <summary>Element-wise natural logarithm.</summary>
    static abstract TSelf Log(TSelf x);

    /// <summary>Element-wise square root.</summary>
    static abstract TSelf Sqrt(TSelf x);

    /// <summary>Element-wise hyperbolic tangent.</summary>
    static abstract TSelf Tanh(TSelf x);

    /// <summary>Element-wise logistic function σ(x) = 1/(1+e^-x).</summary>
    static abstract TSelf Sigmoid(TSelf x);

    /// <summary>Element-wise softplus, max(x,0) + log1p(e^-|x|).</summary>
    static abstract TSelf Softplus(TSelf x);

    /// <summary>Element-wise error function.</summary>
    static abstract TSelf Erf(TSelf x);

    /// <summary>Element-wise clamp to [<paramref name="low"/>, <paramref name="high"/>].</summary>
    static abstract TSelf Clamp(TSelf x, DoubleDouble low, DoubleDouble high);

    /// <summary>Element-wise normal density e^(−δ²/(2v))/√(2πv) of a deviation δ from the mean and a <b>variance</b> v &gt; 0.</summary>
    /// <remarks>An engine may compute it in one pass; by default it is the operations that it is written with.</remarks>
    static virtual TSelf NormalDensity(TSelf deviation, TSelf variance) =>
        TSelf.Exp(-(deviation * deviation / (variance * 2))) / TSelf.Sqrt(variance * (2 * DoubleDouble.Pi));

    /// <summary>The deviation's gradient −ȳ y δ/v from that of its normal density y.</summary>
    /// <remarks>As with <see cref="NormalDensity"/>.</remarks>
    static virtual TSelf DeviationGradient(TSelf gradient, TSelf density, TSelf deviation, TSelf variance) =>
        -(gradient * density * deviation / variance);

    /// <summary>The variance's gradient ȳ y (δ²/v − 1)/(2v) from that of its normal density y; of one that is repeated, at every repetition.</summary>
    /// <remarks>As with <see cref="NormalDensity"/>.</remarks>
    static virtual TSelf VarianceGradient(TSelf gradient, TSelf density, TSelf deviation, TSelf variance) =>
        gradient * density * (deviation * deviation / variance + -1) / (variance * 2);

    // ---- products, reductions, solve ----------------------------------------------------------------------------------

    /// <summary>Matrix product over the last two axes: [..,m,k] · [..,k,n] → [..,m,n].</summary>
    static abstract TSelf MatMul(TSelf left, TSelf right);

    /// <summary>A matrix product divided by a constant, as attention scores are by √dh: [..,m,k] · [..,k,n] / c → [..,m,n].</summary>
    /// <remarks>An engine may divide an operand instead, which is smaller; by default it is the operations that it is written with.</remarks>
    static virtual TSelf ScaledMatMul(TSelf left, TSelf right, DoubleDouble divisor) => TSelf.MatMul(left, right) / divisor;

    /// <summary>Scaled products of which only maps by vectors are needed: ([..,m,k] · [..,k,n] / c) · w → [..,m] for every w [n].</summary>
    /// <remarks>An engine may apply the vectors first and never make the products; by default it is the operations that it is written with.</remarks>
    static virtual TSelf[] ScaledMatMulMapped(TSelf left, TSelf right, DoubleDouble divisor, params ReadOnlySpan<TSelf> vectors)
    {
        var products = TSelf.ScaledMatMul(left, right, divisor);
        var maps = new TSelf[vectors.Length];
        for (var i = 0; i < maps.Length; i++)
        {
            var shape = ShapeRules.ScaledMatMulMapped(left.Shape, right.Shape, vectors[i].Shape);
            maps[i] = TSelf.Reshape(TSelf.MatMul(products, TSelf.Reshape(vectors[i], [vectors[i].Shape[0], 1])), shape);
        }

        return maps;
    }

    /// <summary>Solves A X = Y for a symmetric positive definite A: [..,n,n], [..,n,k] → X [..,n,k].</summary>
    /// <remarks>An engine may solve in a higher precision than it stores.</remarks>
    /// <exception cref="NotPositiveDefiniteException">A pivot is not positive.</exception>
    static abstract TSelf SolvePositiveDefinite(TSelf matrix, TSelf rightSide);

    /// <summary>Sum over one axis, which disappears.</summary>
    static abstract TSelf Sum(TSelf x, int axis);

    /// <summary>Running sum along the last axis.</summary>
    static abstract TSelf CumulativeSum(TSelf x);

    /// <summary>Softmax over the last axis, the maximum subtracted first.</summary>
    static abstract TSelf Softmax(TSelf x);

    /// <summary>
    /// Softmax over the last axis of [..,T,R], T ≤ R, in which row i sees the columns j ≤ i + R − T only; hidden entries are exactly 0.
    /// </summary>
    static abstract TSelf CausalSoftmax(TSelf x);

    /// <summary>The scores' gradient p (ȳ − Σ ȳ p) from that of their softmax p, over the last axis.</summary>
    /// <remarks>As with <see cref="NormalDensity"/>.</remarks>
    static virtual TSelf SoftmaxGradient(TSelf gradient, TSelf p)
    {
        var last = p.Shape.Rank - 1;
        var mean = TSelf.Expand(TSelf.Sum(gradient * p, last), last, checked((int)p.Shape.Extents[last]));
        return p * (gradient - mean);
    }

    // ---- selection ----------------------------------------------------------------------------------------------------

    /// <summary>Keeps the k largest entries of each row of the last axis and zeroes the others; ties keep the lower index.</summary>
    /// <remarks>In the order of <see cref="Sort"/>.</remarks>
    static abstract TSelf KeepTopK(TSelf x, int k);

    /// <summary>Keeps the entries of x [..,D] at the places of the k largest of each row of <paramref name="by"/> [..,D] and zeroes the others.</summary>
    /// <remarks>The places of <see cref="KeepTopK(TSelf, int)"/>: what passes back through a choice that is held fixed.</remarks>
    static abstract TSelf KeepTopK(TSelf x, TSelf by, int k);

    /// <summary>
    /// Keeps the entries of x where <paramref name="by"/> is neither below <paramref name="low"/> nor above <paramref name="high"/> and
    /// zeroes the others; both have one shape.
    /// </summary>
    /// <remarks>Where <see cref="Clamp"/> changes nothing, so where <paramref name="by"/> is NaN too.</remarks>
    static abstract TSelf KeepWithin(TSelf x, TSelf by, DoubleDouble low, DoubleDouble high);

    /// <summary>Sorts each row of the last axis ascending.</summary>
    /// <remarks>NaN comes before every number (with libtorch, after every number); −0 and 0 are equal.</remarks>
    static abstract TSelf Sort(TSelf x);

    /// <summary>The zero-based positions [..,D] from which <see cref="Sort"/> takes the entries of each row [..,D]; equal ones in their order.</summary>
    static abstract TSelf SortOrder(TSelf x);

    /// <summary>
    /// For every value [..,M] the zero-based position of the first entry of the ascending row [..,D] that is greater; D if none is.
    /// </summary>
    /// <remarks>In the order of <see cref="Sort"/>, for a row without NaN.</remarks>
    static abstract TSelf SearchSorted(TSelf ascending, TSelf values);

    /// <summary>Picks entries of the last axis: row [..,D], positions [..,M] → [..,M].</summary>
    static abstract TSelf Gather(TSelf row, TSelf positions);

    /// <summary>
    /// Adds entries up at positions of the last axis: values [..,M], positions [..,M] → [..,<paramref name="extent"/>]; 0 where none goes.
    /// </summary>
    /// <remarks>An entry that goes to a position alone arrives as it is.</remarks>
    static abstract TSelf ScatterAdd(TSelf values, TSelf positions, int extent);

    // ---- layout -------------------------------------------------------------------------------------------------------

    /// <summary>The same elements in row-major order under another shape.</summary>
    static abstract TSelf Reshape(TSelf x, Shape shape);

    /// <summary>Reorders the axes: axis i of the result is axis <paramref name="axes"/>[i] of <paramref name="x"/>.</summary>
    static abstract TSelf Permute(TSelf x, params ReadOnlySpan<int> axes);

    /// <summary>The elements start … start+length−1 of one axis.</summary>
    static abstract TSelf Slice(TSelf x, int axis, int start, int length);

    /// <summary>Joins tensors along one axis; all other extents agree.</summary>
    static abstract TSelf Concat(int axis, params ReadOnlySpan<TSelf> parts);

    /// <summary>Repeats a tensor along a new axis inserted at <paramref name="axis"/>.</summary>
    static abstract TSelf Expand(TSelf x, int axis, int extent);
}
