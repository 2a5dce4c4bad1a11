using System.Collections.Concurrent;
using Harness.Tensors;
using Harness.Tensors.Counting;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tolerances;

/// <summary>
/// Evaluates an equation as a machine of a format's unit roundoff u might: every operation's result is multiplied by 1 + 2uξ with ξ
/// uniform in (−1, 1), and reductions run in a random order, or in their own, with that noise on every product and partial sum.
/// </summary>
/// <remarks>
/// The same model as the oracle's, in process, for freshly drawn inputs. 16-bit formats accumulate at 24 bits and round a reduction's
/// result once; the precision contract has parts of an equation in float32 altogether. A result below the smallest normal number also gets an absolute perturbation of that size: gradual underflow and
/// flushing to zero are both honest. Inputs are exact by definition.
/// </remarks>
/// <param name="inner">The precise engine underneath.</param>
/// <param name="format">The format whose rounding is modelled.</param>
/// <param name="seed">Where the noise starts.</param>
/// <param name="amplitude">1 for the model; 0 only records decisions; more tests whether decisions are safe.</param>
/// <param name="contract">What is modelled in float32 where the format has 16 bits; null for the standard.</param>
/// <typeparam name="TInner">The precise tensor.</typeparam>
internal class PerturbedEngine<TInner>(
    IEngine<TInner> inner, FloatFormat format, int seed, double amplitude = 1, PrecisionContract? contract = null)
    : RoundingEngine<TInner>(inner, format, contract)
    where TInner : class, ITensor<TInner>
{
    // A regression of 512 functions takes seconds, eight times for every input, and is the same of all of them.
    private const long Large = 1 << 17;
    private const long MostKept = 1 << 26;

    // So many entries do partial sums have together that stay until the evaluation ends.
    private const long LargeSum = 1 << 20;

    private static readonly ConcurrentDictionary<(IPrecomputation, object), Lazy<TInner[]>> Shared = new();
    private static long EntriesKept;

    private readonly Random _random = new(seed);

    /// <summary>
    /// The noise, of which there is another for every evaluation of an input, and an engine with it that starts at a number: what is large and does not
    /// depend on the input has the same noise for all inputs. Null where that is not wanted.
    /// </summary>
    public (object Noise, Func<int, PerturbedEngine<TInner>> Restart)? Sharing { get; init; }

    /// <summary>How much larger than the model's the noise is.</summary>
    protected double Amplitude => amplitude;

    /// <summary>The size of the noise on one step of a reduction.</summary>
    protected double AccumulationStep => 2 * amplitude * Accumulator.UnitRoundoff;

    /// <summary>Below it a step of a reduction underflows.</summary>
    protected double AccumulationFloor => Accumulator.SmallestNormal;

    /// <summary>Whether there is noise; without, every operation is the inner engine's.</summary>
    protected bool IsNoisy => amplitude > 0;

    /// <summary>What was chosen where arithmetic ends and selection begins: which entries were kept, which bin was hit.</summary>
    public List<double[]> Decisions { get; } = [];

    /// <summary>Whether a result on the way was beyond the format's range: honest code has none then.</summary>
    public bool HasOverflowed { get; private set; }

    private double Step => 2 * amplitude * Format.UnitRoundoff;

    /// <summary>Angles and positions have 24 bits in 16-bit formats: with fewer they mean nothing a few hundred tokens on.</summary>
    public override double RoundingError(double size) =>
        size * Noise(2 * amplitude * Math.Min(Format.UnitRoundoff, FloatFormat.Float32.UnitRoundoff));

    /// <inheritdoc/>
    protected override IReadOnlyList<TInner>? Kept(IPrecomputation computation)
    {
        if (Sharing is not var (noise, restart) || Entries(computation.Compute(new CountingEngine(sizeof(double), assumedValue: 1)).Select(tensor => tensor.Shape)) is var entries && entries < Large)
            return null;
        if (Interlocked.Read(ref EntriesKept) > MostKept)
        {
            Shared.Clear();
            EntriesKept = 0;
        }

        // Whichever input is first: they are evaluated side by side, and all have to find the same. Whatever the amplitude, the noise has the same direction.
        return Shared.GetOrAdd((computation, (noise, amplitude)), _ => new Lazy<TInner[]>(() =>
        {
            Interlocked.Add(ref EntriesKept, entries);
            return [.. computation.Compute(restart(Seeds.Of($"{noise} of {computation}"))).Select(tensor => Inner.Hold(tensor.Inner))];
        })).Value;
    }

    private static long Entries(IEnumerable<Shape> shapes) => shapes.Sum(shape => shape.Count);

    /// <summary>A constant: exact if the format holds it, rounded once otherwise.</summary>
    protected override DoubleDouble Round(DoubleDouble value) =>
        value == Format.Round((double)value) || !DoubleDouble.IsFinite(value) ? value : value * (1 + (DoubleDouble)Noise(Step));

    /// <summary>The rounding of one operation.</summary>
    protected override TInner Round(TInner result)
    {
        // Nothing else is too small for what is drawn.
        HasOverflowed |= IsNoisy && Format == FloatFormat.Float16 && Array.Exists(result.ToArray(), value => Math.Abs(value) > Format.LargestFinite);
        return Perturb(result, Step, Format.SmallestNormal);
    }

    /// <summary>Σ_k a_k b_k as a sum of outer products in random order.</summary>
    protected override TInner MatMul(TInner left, TInner right)
    {
        if (!IsNoisy)
            return TInner.MatMul(left, right);
        var (rowAxis, columnAxis) = (right.Shape.Rank - 2, left.Shape.Rank - 1);
        return Accumulate(left.Shape[columnAxis], k => RoundPartial(
            TInner.MatMul(TInner.Slice(left, columnAxis, k, 1), TInner.Slice(right, rowAxis, k, 1))));
    }

    /// <summary>
    /// Solves accurately: the rounding that matters is in both sides. Their entries already carry their noise; backward stable methods, of the
    /// normal equations or of least squares, add what is small beside each side as a whole.
    /// </summary>
    protected override TInner SolvePositiveDefinite(TInner matrix, TInner rightSide)
    {
        var (values, sides, n) = (matrix.ToArray(), rightSide.ToArray(), matrix.Shape[^1]);
        var noise = new double[values.Length];
        foreach (var first in Enumerable.Range(0, values.Length / (n * n)).Select(i => i * n * n))
        {
            // At least the 2-norm. Noise on n² entries moves a vector by √n times their size.
            var size = Enumerable.Range(0, n).Max(i => values.AsSpan(first + i * n, n).ToArray().Sum(Math.Abs)) / Math.Sqrt(n);
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j <= i; j++)
                    noise[first + i * n + j] = noise[first + j * n + i] = size * Noise(Step);
            }
        }

        var columns = n * rightSide.Shape[^1];
        var sideNoise = new double[sides.Length];
        for (var first = 0; first < sides.Length; first += columns)
        {
            var size = EuclideanNorm.Of(sides.AsSpan(first, columns)) / Math.Sqrt(n);
            for (var i = first; i < first + columns; i++)
                sideNoise[i] = size * Noise(Step);
        }

        return TInner.SolvePositiveDefinite(matrix + Inner.Create(noise, matrix.Shape), rightSide + Inner.Create(sideNoise, rightSide.Shape));
    }

    protected override TInner Sum(TInner x, int axis) => IsNoisy
        ? Accumulate(x.Shape[axis], i => TInner.Reshape(TInner.Slice(x, axis, i, 1), x.Shape.Without(axis)))
        : TInner.Sum(x, axis);

    protected override TInner CumulativeSum(TInner x)
    {
        if (!IsNoisy)
            return TInner.CumulativeSum(x);
        var last = x.Shape.Rank - 1;
        var sums = new TInner[x.Shape[last]];
        for (var i = 0; i < sums.Length; i++)
        {
            var next = TInner.Slice(x, last, i, 1);
            sums[i] = i == 0 ? next : RoundPartial(sums[i - 1] + next);
        }

        return RoundTotal(TInner.Concat(last, sums));
    }

    protected override TInner Softmax(TInner x) => IsNoisy ? SoftmaxOverVisible(x, (_, columns) => columns) : TInner.Softmax(x);

    protected override TInner CausalSoftmax(TInner x)
    {
        if (!IsNoisy)
            return TInner.CausalSoftmax(x);
        var rows = x.Shape[^2];
        return SoftmaxOverVisible(x, (row, columns) => row % rows + 1 + columns - rows);
    }

    protected override TInner KeepTopK(TInner x, int k)
    {
        var kept = TInner.KeepTopK(x, k);
        Decisions.Add([.. kept.ToArray().Select(value => value == 0 ? 0.0 : 1.0)]);
        return kept;
    }

    protected override TInner SearchSorted(TInner ascending, TInner values)
    {
        var found = TInner.SearchSorted(ascending, values);
        Decisions.Add(found.ToArray());
        return found;
    }

    /// <summary>Where a clamp left a value alone: what passes back through it hangs on that.</summary>
    protected override TInner KeepWithin(TInner x, TInner by, DoubleDouble low, DoubleDouble high)
    {
        var ones = new double[by.Shape.Count];
        Array.Fill(ones, 1);
        Decisions.Add(TInner.KeepWithin(Inner.Create(ones, by.Shape), by, low, high).ToArray());
        return TInner.KeepWithin(x, by, low, high);
    }

    protected override TInner SortOrder(TInner x)
    {
        var order = TInner.SortOrder(x);
        Decisions.Add(order.ToArray());
        return order;
    }

    /// <summary>Sums in random order; what arrives at a position alone has nothing to be added to.</summary>
    protected override TInner ScatterAdd(TInner values, TInner positions, int extent)
    {
        if (!IsNoisy)
            return TInner.ScatterAdd(values, positions, extent);
        var last = values.Shape.Rank - 1;
        var shape = values.Shape.With(last, extent);
        var (total, counts) = (Inner.Create(new double[shape.Count], shape), new double[shape.Count]);
        foreach (var i in Order(values.Shape[last]))
        {
            var place = TInner.Slice(positions, last, i, 1);
            var sum = total + TInner.ScatterAdd(TInner.Slice(values, last, i, 1), place, extent);
            var isSum = new double[counts.Length];
            foreach (var (row, position) in place.ToArray().Index())
                isSum[row * extent + (int)position] = counts[row * extent + (int)position]++ > 0 ? 1 : 0;
            total = Where(isSum, sum, RoundPartial);
        }

        return Where(Array.ConvertAll(counts, count => count > 1 ? 1.0 : 0), total, RoundTotal);
    }

    private TInner Where(double[] mask, TInner x, Func<TInner, TInner> round)
    {
        var others = Array.ConvertAll(mask, value => 1 - value);
        return round(x * Inner.Create(mask, x.Shape)) + x * Inner.Create(others, x.Shape);
    }

    private TInner Accumulate(int count, Func<int, TInner> term)
    {
        var order = Order(count);
        var total = term(order[0]);
        if (total.Shape.Count * count <= LargeSum)
        {
            foreach (var i in order.AsSpan(1))
                total = RoundPartial(total + term(i));
            return RoundTotal(total);
        }

        // Every partial sum is as large as the result: each makes way for the next, and the last is left to the collector.
        Inner.Hold(total);
        foreach (var i in order.AsSpan(1))
        {
            using var step = Inner.Scope();
            var next = Inner.Hold(RoundPartial(total + term(i)));
            Inner.Release(total);
            total = next;
        }

        return RoundTotal(total);
    }

    /// <summary>
    /// 0 … count − 1 in the order in which a reduction adds: half the time any, half the time as it stands, as loops and tiles do. Of terms that
    /// vary slowly, as those of tokens one after another may, partial sums are then √count times as large.
    /// </summary>
    protected int[] Order(int count)
    {
        var order = Enumerable.Range(0, count).ToArray();
        if (_random.Next(2) == 0)
            _random.Shuffle(order);
        return order;
    }

    /// <summary>e^(x−max) over its sum, each step with its own rounding; <paramref name="visible"/> counts a row's visible columns.</summary>
    private TInner SoftmaxOverVisible(TInner x, Func<int, int, int> visible)
    {
        var (values, last) = (x.ToArray(), x.Shape.Rank - 1);
        var columns = x.Shape[last];
        var shift = new double[values.Length];
        var mask = new double[values.Length];
        for (var row = 0; row < values.Length / columns; row++)
        {
            var seen = visible(row, columns);
            var maximum = values.AsSpan(row * columns, seen).ToArray().Max();
            shift.AsSpan(row * columns, columns).Fill(-maximum);
            mask.AsSpan(row * columns, seen).Fill(1);

            // What is hidden must not overflow before it is masked.
            for (var column = seen; column < columns; column++)
                shift[row * columns + column] = -values[row * columns + column];
        }

        var exponentials = Exp(Round(x + Inner.Create(shift, x.Shape)));
        var weights = exponentials * Inner.Create(mask, x.Shape);
        return Round(weights / TInner.Expand(Sum(weights, last), last, columns));
    }

    /// <summary>The rounding of one step of a reduction.</summary>
    private TInner RoundPartial(TInner partial) =>
        Perturb(partial, AccumulationStep, AccumulationFloor);

    /// <summary>The rounding of a reduction's result: once more in a format that is narrower than its accumulator.</summary>
    protected TInner RoundTotal(TInner total) => Accumulator != Format ? Round(total) : total;

    /// <summary>Noise on every entry; what is below the smallest normal number gets an absolute one besides.</summary>
    protected virtual TInner Perturb(TInner result, double step, double smallestNormal)
    {
        if (step == 0)
            return result;
        var values = result.ToArray();
        var factors = new DoubleDouble[values.Length];
        double[]? underflow = null;
        for (var i = 0; i < values.Length; i++)
        {
            factors[i] = 1 + (DoubleDouble)Noise(step);
            if (values[i] != 0 && Math.Abs(values[i]) < smallestNormal)
                (underflow ??= new double[values.Length])[i] = Noise(smallestNormal);
        }

        var perturbed = result * Inner.Create(factors, result.Shape);
        return underflow is null ? perturbed : perturbed + Inner.Create(underflow, result.Shape);
    }

    private double Noise(double size) => size * (2 * _random.NextDouble() - 1);
}
