using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Lm2;

internal static class Lm2ReadoutMistakes
{
    private const string Align = "lm2.align";
    private const string Gated = "lm2.readout.gated";
    private const string Skip = "lm2.readout.skip";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Align, "pool-without-ceil", "a bin ends before token ⌊(r+1)T/R⌋, so that bins do not overlap",
            c => Pool(c, (r, t, rows) => (r * t / rows, (r + 1) * t / rows))),
        new(Align, "pool-with-ceiled-start", "a bin starts at ⌈rT/R⌉",
            c => Pool(c, (r, t, rows) => ((r * t + rows - 1) / rows, ((r + 1) * t + rows - 1) / rows))),
        new(Align, "pool-by-stride", "every bin has ⌊T/R⌋ tokens, the rest is lost",
            c => Pool(c, (r, t, rows) => (r * (t / rows), (r + 1) * (t / rows)))),
        new(Align, "pool-one-token-further", "a bin ends one token late",
            c => Pool(c, (r, t, rows) => (r * t / rows, Math.Min(t, ((r + 1) * t + rows - 1) / rows + 1)))),
        new(Align, "sum-pooling", "the tokens of a bin are summed", c => Pool(c, Bin, sum => 1)),
        new(Align, "max-pooling", "the largest token of a bin is taken", c => Pools(c) && c["X"].Entries() is var x
            ? [Make(Shape(c), i => Bin(i[1], T(c), R(c)) is var (from, to)
                ? Enumerable.Range(from, to - from).Max(t => x[i[0], t, i[2]])
                : 0)]
            : c.Right()),
        new(Align, "pool-by-interpolation", "for T > R too the tokens are interpolated",
            c => Pools(c) ? Interpolate(c, HalfPixel) : c.Right()),
        new(Align, "first-rows-kept", "for T > R the first R tokens are taken",
            c => Pools(c) ? [Tensor.Slice(c["X"], 1, 0, R(c))] : c.Right()),
        new(Align, "mean-of-all", "for T > R every row is the mean of all tokens", c => Pool(c, (_, t, _) => (0, t))),
        new(Align, "stretch-nearest", "for T < R the nearest token is repeated",
            c => Stretch(c, (r, t, rows) => Math.Floor((r + 0.5) * t / rows))),
        new(Align, "stretch-align-corners", "for T < R first and last token are placed on first and last row",
            c => Stretch(c, (r, t, rows) => r * (t - 1.0) / (rows - 1))),
        new(Align, "stretch-without-half-pixel", "for T < R s = rT/R", c => Stretch(c, (r, t, rows) => (double)r * t / rows)),
        new(Align, "stretch-half-pixel-forgotten-at-the-end", "for T < R s = (r+½)T/R, without − ½",
            c => Stretch(c, (r, t, rows) => (r + 0.5) * t / rows)),
        new(Align, "stretch-extrapolates", "for T < R s is not clamped, so that the ends are extrapolated",
            c => T(c) < R(c) && T(c) > 1 ? Interpolate(c, HalfPixel, clamp: false) : c.Right()),
        new(Align, "stretch-pads-with-zeros", "for T < R the rows beyond T are zero",
            c => T(c) < R(c) ? [Tensor.Concat(1, c["X"], Zeros([c["X"].Shape[0], R(c) - T(c), c["X"].Shape[2]]))] : c.Right()),
        new(Align, "stretch-repeats", "for T < R the tokens start over",
            c => T(c) < R(c) && c["X"].Entries() is var x ? [Make(Shape(c), i => x[i[0], i[1] % T(c), i[2]])] : c.Right()),
        new(Align, "not-aligned", "X is returned as it came", c => [c["X"]]),
        Numerics.Float32ForFloat64(Align),
        new(Align, "float32-weights", "the weights 1/n and s are rounded to float32 first",
            c => T(c) == R(c) ? c.Right() : [RoundedWeights(c).Dot(c["X"])]),

        new(Gated, "sources-swapped", "bank reads E_mem and retrieved reads the bank",
            c => [c["g_out"] * (c.Word("source") == "bank" ? c["E_mem"] : Rows(c))]),
        new(Gated, "always-the-bank", "the source is not looked at: always the bank", c => [c["g_out"] * Rows(c)]),
        new(Gated, "always-retrieved", "the source is not looked at: always E_mem", c => c.With("source", "retrieved").Right()),
        new(Gated, "ungated", "the gate is left out", c => [c.Word("source") == "bank" ? Rows(c) : c["E_mem"]]),
        new(Gated, "gate-inverted", "the gate is 1 − g_out", c => c.With("g_out", -c["g_out"] + 1).Right()),
        new(Gated, "gate-applied-twice", "σ is applied to the gate once more",
            c => c.With("g_out", Tensor.Sigmoid(c["g_out"])).Right()),
        new(Gated, "bank-not-pooled", "for R > T the first T rows of the bank are read",
            c => c.Word("source") == "bank" && c["M"].Shape[1] > c["E_mem"].Shape[1]
                ? [c["g_out"] * Tensor.Slice(c["M"], 1, 0, c["E_mem"].Shape[1])]
                : c.Right()),
        new(Gated, "bank-row-of-token-zero", "every token reads row 0 of the bank",
            c => c.Word("source") == "bank"
                ? [c["g_out"] * Tensor.Expand(Tensor.Permute(c["M"], 1, 0, 2).Item(0), 1, c["g_out"].Shape[1])]
                : c.Right()),
        new(Gated, "tanh-of-what-is-read", "tanh is applied to what is read, as in an LSTM",
            c => c.With("M", Tensor.Tanh(c["M"])).With("E_mem", Tensor.Tanh(c["E_mem"])).Right()),
        Numerics.Float32ForFloat64(Gated),

        new(Skip, "difference", "E_gated is subtracted", c => [c["E_attn"] - c["E_gated"]]),
        new(Skip, "mean", "the mean is taken", c => [(c["E_attn"] + c["E_gated"]) * 0.5]),
        new(Skip, "skip-forgotten", "only E_gated goes on", c => [c["E_gated"]]),
        new(Skip, "memory-forgotten", "only E_attn goes on", c => [c["E_attn"]]),
        new(Skip, "product", "the two are multiplied", c => [c["E_attn"] * c["E_gated"]]),
        Numerics.Float32ForFloat64(Skip),
        Numerics.Tf32ForFloat32(Skip),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Align, c => Pool(c, Bin)),
        Mistake.Control(Align, c => Stretch(c, HalfPixel)),
    ];

    private static int T(Call c) => c["X"].Shape[1];

    private static int R(Call c) => c.Integer("rows");

    private static bool Pools(Call c) => T(c) > R(c);

    private static Tensors.Shape Shape(Call c) => c["X"].Shape.With(1, R(c));

    private static (int From, int To) Bin(int r, int t, int rows) => (r * t / rows, ((r + 1) * t + rows - 1) / rows);

    private static double HalfPixel(int r, int t, int rows) => (r + 0.5) * t / rows - 0.5;

    private static Tensor Rows(Call c) => Architectures.Lm2.Alignment.Align(c["M"], c["E_mem"].Shape[1]);

    private static Tensor RoundedWeights(Call c) =>
        Architectures.Lm2.Alignment.Align(Make([1, T(c), T(c)], i => i[1] == i[2] ? 1 : 0), R(c)).Item(0).Map(Single);

    private static Tensor[] Pool(Call c, Func<int, int, int, (int From, int To)> bin, Func<int, double>? divisor = null) =>
        Pools(c) && c["X"].Entries() is var x
            ? [Make(Shape(c), i => bin(i[1], T(c), R(c)) is var (from, to)
                ? Enumerable.Range(from, to - from).Sum(t => x[i[0], t, i[2]]) / (divisor?.Invoke(to - from) ?? to - from)
                : 0)]
            : c.Right();

    private static Tensor[] Stretch(Call c, Func<int, int, int, double> position) => T(c) < R(c)
        ? Interpolate(c, position)
        : c.Right();

    private static Tensor[] Interpolate(Call c, Func<int, int, int, double> position, bool clamp = true)
    {
        var (x, last) = (c["X"].Entries(), T(c) - 1);
        return [Make(Shape(c), i =>
        {
            var s = position(i[1], T(c), R(c));
            s = clamp ? Math.Clamp(s, 0, last) : s;
            var left = (int)Math.Clamp(Math.Floor(s), 0, Math.Max(last - 1, 0));
            var right = Math.Min(left + 1, last);
            return x[i[0], left, i[2]] + (s - left) * (x[i[0], right, i[2]] - x[i[0], left, i[2]]);
        })];
    }
}
