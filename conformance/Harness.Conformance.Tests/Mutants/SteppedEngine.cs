using Harness.Tensors;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>A machine of another rounding: every operation's result is rounded, and where it says so every product and partial sum.</summary>
/// <param name="inner">The precise engine underneath.</param>
/// <param name="round">The rounding of a number.</param>
/// <param name="isStepwise">Whether products and partial sums are rounded, not results alone.</param>
/// <param name="roundFactor">What becomes of the factors of a matrix product before; null for nothing.</param>
/// <typeparam name="TInner">The precise tensor.</typeparam>
internal sealed class SteppedEngine<TInner>(
    IEngine<TInner> inner, Func<DoubleDouble, DoubleDouble> round, Func<TInner, Func<DoubleDouble, DoubleDouble>, TInner> map, bool isStepwise,
    Func<DoubleDouble, DoubleDouble>? roundFactor = null)
    : RoundingEngine<TInner>(inner)
    where TInner : class, ITensor<TInner>
{
    protected override DoubleDouble Round(DoubleDouble value) => round(value);

    protected override TInner Round(TInner result) => map(result, round);

    protected override TInner MatMul(TInner left, TInner right)
    {
        if (roundFactor is not null)
            (left, right) = (map(left, roundFactor), map(right, roundFactor));
        if (!isStepwise)
            return base.MatMul(left, right);
        var (rowAxis, columnAxis) = (right.Shape.Rank - 2, left.Shape.Rank - 1);
        return Accumulate(left.Shape[columnAxis], k => Round(TInner.MatMul(TInner.Slice(left, columnAxis, k, 1), TInner.Slice(right, rowAxis, k, 1))));
    }

    protected override TInner Sum(TInner x, int axis) => isStepwise
        ? Accumulate(x.Shape[axis], i => TInner.Reshape(TInner.Slice(x, axis, i, 1), x.Shape.Without(axis)))
        : base.Sum(x, axis);

    protected override TInner CumulativeSum(TInner x)
    {
        if (!isStepwise)
            return base.CumulativeSum(x);
        var last = x.Shape.Rank - 1;
        var sums = new TInner[x.Shape[last]];
        for (var i = 0; i < sums.Length; i++)
        {
            var next = TInner.Slice(x, last, i, 1);
            sums[i] = i == 0 ? next : Round(sums[i - 1] + next);
        }

        return TInner.Concat(last, sums);
    }

    protected override TInner Softmax(TInner x) => SoftmaxOverVisible(x, (_, columns) => columns);

    protected override TInner CausalSoftmax(TInner x)
    {
        var rows = x.Shape[^2];
        return SoftmaxOverVisible(x, (row, columns) => row % rows + 1 + columns - rows);
    }

    // In the order of the elements, as a loop has it.
    private TInner Accumulate(int count, Func<int, TInner> term)
    {
        var total = term(0);
        for (var i = 1; i < count; i++)
            total = Round(total + term(i));
        return total;
    }

    private TInner SoftmaxOverVisible(TInner x, Func<int, int, int> visible)
    {
        var (values, last) = (x.ToArray(), x.Shape.Rank - 1);
        var columns = x.Shape[last];
        var (shift, mask) = (new double[values.Length], new double[values.Length]);
        for (var row = 0; row < values.Length / columns; row++)
        {
            var seen = visible(row, columns);
            shift.AsSpan(row * columns, columns).Fill(-values.AsSpan(row * columns, seen).ToArray().Max());
            mask.AsSpan(row * columns, seen).Fill(1);
            for (var column = seen; column < columns; column++)
                shift[row * columns + column] = -values[row * columns + column];
        }

        var weights = Exp(Round(x + Inner.Create(shift, x.Shape))) * Inner.Create(mask, x.Shape);
        return Round(weights / TInner.Expand(Sum(weights, last), last, columns));
    }
}
