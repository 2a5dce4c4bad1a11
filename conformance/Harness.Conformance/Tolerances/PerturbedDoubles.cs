using System.Numerics;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tolerances;

/// <summary>
/// The model of <see cref="PerturbedEngine{TInner}"/> over doubles, quick enough for tensors of any size: a sum's noise is drawn once, with the
/// variance that noise on every product and partial sum would give it.
/// </summary>
/// <remarks>
/// To first order a sum Σ p_k with partial sums S_k deviates by Σ 2u ξ_k p_k + Σ 2u η_k S_k, whose variance is (2u)²(Σ p_k² + Σ S_k²)/3; of many
/// terms, its distribution is normal.
/// </remarks>
/// <param name="format">The format whose rounding is modelled.</param>
/// <param name="seed">Where the noise starts.</param>
/// <param name="amplitude">1 for the model; what is far below 1/u scales what it is multiplied with.</param>
/// <param name="contract">What is modelled in float32 where the format has 16 bits; null for the standard.</param>
internal sealed class PerturbedDoubles(FloatFormat format, int seed, double amplitude = 1, PrecisionContract? contract = null)
    : PerturbedEngine<DenseTensor<double>>(DenseEngine<double>.Instance, format, seed, amplitude, contract)
{
    private const double SmallestSquare = 1e-280;

    // What is measured where squares underflow is so much larger.
    private static readonly double Enlarged = Math.ScaleB(1, 600);

    // What an operation computes before it becomes a tensor: many are of one size.
    private double[] _scratch = [];

    private ulong _state = unchecked((ulong)seed * 0xD1342543DE82EF95);

    protected override DenseTensor<double> MatMul(DenseTensor<double> left, DenseTensor<double> right)
    {
        if (!IsNoisy)
            return DenseTensor<double>.MatMul(left, right);
        var (m, count, n) = (left.Shape[^2], left.Shape[^1], right.Shape[^1]);
        var leading = left.Shape.Rank >= right.Shape.Rank ? left.Shape[..^2] : right.Shape[..^2];
        var a = left.Values;
        var b = right.Values;
        var order = Order(count);
        var values = Scratch((int)leading.Count * m * n);
        var squares = new double[n];
        for (var row = 0; row < leading.Count * m; row++)
        {
            var factors = a.Slice(left.Shape.Rank == 2 ? row % m * count : row * count, count);
            var rows = b[(right.Shape.Rank == 2 ? 0 : row / m * count * n)..];
            var sums = values.Slice(row * n, n);
            sums.Clear();
            squares.AsSpan().Clear();
            for (var place = 0; place < count; place++)
                AddTerm(factors[order[place]], rows.Slice(order[place] * n, n), sums, squares, isFirst: place == 0);
            MeasureTiny(sums, squares, factors, rows, n, order);
            AddNoise(sums, squares, 2 * count);
        }

        return RoundTotal(Inner.Create(values, [.. leading, m, n]));
    }

    protected override DenseTensor<double> Sum(DenseTensor<double> x, int axis)
    {
        if (!IsNoisy)
            return DenseTensor<double>.Sum(x, axis);
        var (shape, count) = (x.Shape.Without(axis), x.Shape[axis]);
        var terms = x.Values;
        var order = Order(count);
        var inner = (int)x.Shape[(axis + 1)..].Count;
        var values = Scratch((int)shape.Count);
        var squares = new double[inner];
        for (var start = 0; start < values.Length; start += inner)
        {
            var sums = values.Slice(start, inner);
            sums.Clear();
            squares.AsSpan().Clear();
            for (var place = 0; place < count; place++)
                AddPartial(terms.Slice(start * count + order[place] * inner, inner), sums, squares, isFirst: place == 0);
            if (count == 1)
                continue;
            MeasureTiny(sums, squares, [], terms[(start * count)..], inner, order);
            AddNoise(sums, squares, count);
        }

        return RoundTotal(Inner.Create(values, shape));
    }

    protected override DenseTensor<double> CumulativeSum(DenseTensor<double> x)
    {
        if (!IsNoisy)
            return DenseTensor<double>.CumulativeSum(x);
        var values = x.ToArray();
        for (var i = 0; i < values.Length; i++)
        {
            if (i % x.Shape[^1] > 0)
                values[i] = Perturb(values[i - 1] + values[i], AccumulationStep, AccumulationFloor);
        }

        return RoundTotal(Inner.Create(values, x.Shape));
    }

    protected override DenseTensor<double> Perturb(DenseTensor<double> result, double step, double smallestNormal)
    {
        if (step == 0)
            return result;
        var values = result.Values;
        var perturbed = Scratch(values.Length);
        for (var i = 0; i < values.Length; i++)
            perturbed[i] = Perturb(values[i], step, smallestNormal);
        return Inner.Create(perturbed, result.Shape);
    }

    private double Perturb(double value, double step, double smallestNormal)
    {
        var perturbed = value + value * (step * Uniform());
        return Math.Abs(value) < smallestNormal && value != 0 ? perturbed + smallestNormal * Amplitude * Uniform() : perturbed;
    }

    // sums += factor · row, and the squares of the products and of the partial sums.
    private static void AddTerm(double factor, ReadOnlySpan<double> row, Span<double> sums, Span<double> squares, bool isFirst)
    {
        var (j, factors) = (0, new Vector<double>(factor));
        for (; j <= row.Length - Vector<double>.Count; j += Vector<double>.Count)
        {
            var product = factors * new Vector<double>(row[j..]);
            var sum = new Vector<double>(sums[j..]) + product;
            sum.CopyTo(sums[j..]);
            var square = new Vector<double>(squares[j..]) + product * product;
            (isFirst ? square : square + sum * sum).CopyTo(squares[j..]);
        }

        for (; j < row.Length; j++)
        {
            var product = factor * row[j];
            sums[j] += product;
            squares[j] += product * product + (isFirst ? 0 : sums[j] * sums[j]);
        }
    }

    private static void AddPartial(ReadOnlySpan<double> row, Span<double> sums, Span<double> squares, bool isFirst)
    {
        var j = 0;
        for (; j <= row.Length - Vector<double>.Count; j += Vector<double>.Count)
        {
            var sum = new Vector<double>(sums[j..]) + new Vector<double>(row[j..]);
            sum.CopyTo(sums[j..]);
            if (!isFirst)
                (new Vector<double>(squares[j..]) + sum * sum).CopyTo(squares[j..]);
        }

        for (; j < row.Length; j++)
        {
            sums[j] += row[j];
            squares[j] += isFirst ? 0 : sums[j] * sums[j];
        }
    }

    // Where the squares underflow, minus the root of their sum takes their place.
    private void MeasureTiny(ReadOnlySpan<double> sums, Span<double> squares, ReadOnlySpan<double> factors, ReadOnlySpan<double> rows, int stride, int[] order)
    {
        for (var j = 0; j < sums.Length && AccumulationFloor < SmallestSquare; j++)
        {
            if (squares[j] >= SmallestSquare || (sums[j] == 0 && squares[j] == 0))
                continue;
            var (sum, square) = (0.0, 0.0);
            for (var place = 0; place < order.Length; place++)
            {
                var term = (factors.IsEmpty ? 1 : factors[order[place]]) * Enlarged * rows[order[place] * stride + j];
                sum += term;
                square += term * term + (place == 0 ? 0 : sum * sum);
            }

            squares[j] = -Math.Sqrt(square) / Enlarged;
        }
    }

    private void AddNoise(Span<double> sums, ReadOnlySpan<double> squares, int steps)
    {
        for (var j = 0; j < sums.Length; j++)
        {
            if (sums[j] == 0 && squares[j] == 0)
                continue;
            var deviation = AccumulationStep * (squares[j] < 0 ? -squares[j] : Math.Sqrt(squares[j])) / Math.Sqrt(3);
            var floor = AccumulationFloor * Amplitude * Math.Sqrt(steps / 3.0);
            sums[j] += (deviation < floor ? deviation + floor : deviation) * Normal();
        }
    }

    private Span<double> Scratch(int count)
    {
        if (_scratch.Length < count)
            _scratch = new double[count];
        return _scratch.AsSpan(0, count);
    }

    // SplitMix64: a few cycles for each number, where Random takes ten times as many.
    private ulong Next()
    {
        var mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    // In (−1, 1).
    private double Uniform() => (long)Next() * 1.0842021724855044e-19;

    // Of variance 1, from the sum of four uniform numbers of 16 bits.
    private double Normal()
    {
        var bits = Next();
        var sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        return (sum * (1.0 / 65536) - 2 + 2.0 / 65536) * 1.7320508075688772;
    }
}
