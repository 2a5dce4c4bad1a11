using System.Numerics;

namespace Harness.Tensors.Counting;

/// <summary>What a computation costs, exactly.</summary>
/// <remarks>
/// <para>How many operations an operation of the trait is, n elements each unless it says otherwise:</para>
/// <list type="table">
/// <item><term>+ − × ÷, negation, √</term><description>n</description></item>
/// <item><term>exp, log, tanh, σ, softplus, erf</term><description>n, and n transcendental</description></item>
/// <item><term>clamp, keep within</term><description>2n: a comparison with either bound</description></item>
/// <item><term>[m,k]·[k,n]</term><description>2mkn: a multiplication and an addition per term</description></item>
/// <item><term>A X = Y, A [n,n], Y [n,k]</term><description>n(n+1)(2n+1)/6 for the Cholesky factor (n³/3 to leading order: n roots,
/// n(n−1)/2 divisions, (n³−n)/3 multiplications and additions) and 2n²k for both substitutions</description></item>
/// <item><term>sum, running sum, scatter-add</term><description>one addition per term</description></item>
/// <item><term>softmax</term><description>5 per visible entry (maximum, subtraction, exp, sum, division), 1 of them transcendental;
/// hidden entries of a causal one are 0 and cost nothing</description></item>
/// <item><term>sort, its order, top-k</term><description>⌈log₂ n⌉ comparisons per entry of a row of n</description></item>
/// <item><term>search in D ascending entries</term><description>⌈log₂(D+1)⌉ comparisons per value</description></item>
/// <item><term>gather, concat</term><description>0: they move, and that is counted in bytes</description></item>
/// <item><term>reshape, permute, slice, expand</term><description>0, and no bytes: they are views</description></item>
/// </list>
/// <para>Every operation reads every operand once, at the shape that it has (a view is what it shows, a shared weight is read once), and
/// writes its result once, as if nothing stayed in a cache between two operations. Making a constant (a grid, a table of angles, zeros)
/// is not counted, reading it is.</para>
/// </remarks>
/// <param name="Operations">Floating-point operations, the transcendental ones among them.</param>
/// <param name="Transcendental">Evaluations of exp, log, tanh, σ, softplus and erf.</param>
/// <param name="BytesRead">By all operations.</param>
/// <param name="BytesWritten">By all operations.</param>
public readonly record struct OperationCount(BigInteger Operations, BigInteger Transcendental, BigInteger BytesRead, BigInteger BytesWritten)
{
    /// <summary>Read and written.</summary>
    public BigInteger BytesMoved => BytesRead + BytesWritten;

    /// <summary>Both.</summary>
    public static OperationCount operator +(OperationCount left, OperationCount right) => new(
        left.Operations + right.Operations, left.Transcendental + right.Transcendental, left.BytesRead + right.BytesRead,
        left.BytesWritten + right.BytesWritten);

    /// <summary>What was counted between two readings.</summary>
    public static OperationCount operator -(OperationCount left, OperationCount right) => new(
        left.Operations - right.Operations, left.Transcendental - right.Transcendental, left.BytesRead - right.BytesRead,
        left.BytesWritten - right.BytesWritten);
}
