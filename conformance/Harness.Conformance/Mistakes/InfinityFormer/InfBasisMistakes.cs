using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.InfinityFormer;

/// <summary>Smoothing, basis and positions.</summary>
internal static class InfBasisMistakes
{
    private const string Smooth = "inf.smooth.gate";
    private const string Grid = "inf.basis.grid";
    private const string Evaluate = "inf.basis.evaluate";
    private const string Segment = "inf.positions.segment";
    private const string Joint = "inf.memory.positions";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Smooth, "taps-reversed", "the convolution is a true one: tap k reads token i − k + 1",
            c => Gate(c, Convolve(c, weight: (o, ch, k) => (o, ch, 2 - k)))),
        new(Smooth, "in-and-out-swapped", "W_conv is used as [in, out, tap]",
            c => Gate(c, Convolve(c, weight: (o, ch, k) => (ch, o, k)))),
        new(Smooth, "edge-repeated", "the first and last tokens are repeated outside of the segment instead of zeros",
            c => Gate(c, Convolve(c, outside: (i, length) => Math.Clamp(i, 0, length - 1)))),
        new(Smooth, "circular", "the convolution wraps around",
            c => Gate(c, Convolve(c, outside: (i, length) => (i + length) % length))),
        new(Smooth, "reflected", "the tokens are mirrored outside of the segment",
            c => Gate(c, Convolve(c, outside: (i, length) => length == 1 ? 0 : i < 0 ? -i : 2 * (length - 1) - i))),
        new(Smooth, "causal", "tap k reads token i + k − 2", c => Gate(c, Convolve(c, shift: -2))),
        new(Smooth, "one-token-late", "tap k reads token i + k", c => Gate(c, Convolve(c, shift: 0))),
        new(Smooth, "middle-tap-only", "only the token itself is read",
            c => Gate(c, Convolve(c, outside: (_, _) => -1, middleOnly: true))),
        new(Smooth, "bias-missing", "the bias is left out", c => Gate(c, Convolve(c, bias: 0))),
        new(Smooth, "bias-per-tap", "the bias is added once per tap", c => Gate(c, Convolve(c, bias: 3))),
        new(Smooth, "gate-returned", "the gate is returned without multiplying the token", c => [Tensor.Sigmoid(Convolve(c))]),
        new(Smooth, "no-sigmoid", "the convolution multiplies the token without a sigmoid", c => [Convolve(c) * c["X"]]),
        new(Smooth, "swish", "y σ(y) is returned", c => [Convolve(c) * Tensor.Sigmoid(Convolve(c))]),
        new(Smooth, "residual", "the gated token is added to the token", c => [c.Right()[0] + c["X"]]),
        new(Smooth, "overflowing-sigmoid", "σ is e^y/(1+e^y), which overflows",
            c => [Convolve(c).Map(y => c.Exp(y) is var e ? e / (1 + e) : y) * c["X"]]),
        Numerics.Float32ForFloat64(Smooth),
        Numerics.Tf32ForFloat32(Smooth),

        new(Grid, "widths-outer", "all centres with the first width come first",
            c => [Row(N(c), j => Centre(c, j % Centres(c))), Row(N(c), j => c.Numbers("widths")[j / Centres(c)])]),
        new(Grid, "end-point-excluded", "the centres are m/n, so that 1 is missing",
            c => [Row(N(c), j => (double)(j / W(c)) / Centres(c)), c.Right()[1]]),
        new(Grid, "start-point-excluded", "the centres are (m+1)/n, so that 0 is missing",
            c => [Row(N(c), j => (j / W(c) + 1.0) / Centres(c)), c.Right()[1]]),
        new(Grid, "midpoints", "the centres are (m+½)/n", c => [Row(N(c), j => (j / W(c) + 0.5) / Centres(c)), c.Right()[1]]),
        new(Grid, "centres-not-repeated", "all N centres differ",
            c => [Row(N(c), j => N(c) == 1 ? 0 : j / (N(c) - 1.0)), c.Right()[1]]),
        new(Grid, "sole-centre-in-the-middle", "a sole centre is ½",
            c => [Row(N(c), j => Centres(c) == 1 ? 0.5 : Centre(c, j / W(c))), c.Right()[1]]),
        new(Grid, "sole-centre-at-the-end", "a sole centre is 1",
            c => [Row(N(c), j => Centres(c) == 1 ? 1 : Centre(c, j / W(c))), c.Right()[1]]),
        new(Grid, "variances", "the squares of the widths come back",
            c => [c.Right()[0], c.Right()[1].Map(width => width * width)]),
        new(Grid, "widths-sorted", "the widths are sorted first",
            c => [c.Right()[0], Row(N(c), j => c.Numbers("widths").Order().ElementAt(j % W(c)))]),
        new(Grid, "first-width-for-all", "only the first width is used",
            c => [c.Right()[0], Row(N(c), _ => c.Numbers("widths")[0])]),
        new(Grid, "accumulated-step", "the step is added up, so that its rounding error grows",
            c => [Accumulated(c, Centres(c), 1.0 / Math.Max(Centres(c) - 1, 1)).Entries() is var steps
                ? Row(N(c), j => j < W(c) ? 0 : steps[j / W(c) - 1])
                : null!, c.Right()[1]]),
        new(Grid, "outputs-swapped", "mu_j and sigma_j are exchanged", c => [.. c.Right().Reverse()]),
        Numerics.Float32ForFloat64(Grid),

        new(Evaluate, "not-normalised", "the peak is 1: the factor 1/(σ√2π) is left out",
            c => Basis(c, (t, m, s) => Normal(t, m, s * s) / Normal(m, m, s * s))),
        new(Evaluate, "deviation-taken-for-variance", "σ stands where σ² should", c => Basis(c, (t, m, s) => Normal(t, m, s))),
        new(Evaluate, "half-missing", "the exponent is −(t−µ)²/σ²",
            c => Basis(c, (t, m, s) => Normal(t, m, s * s / 2) / Math.Sqrt(2))),
        new(Evaluate, "root-missing", "the factor is 1/(2πσ²)",
            c => Basis(c, (t, m, s) => Normal(t, m, s * s) / Math.Sqrt(2 * Math.PI * s * s))),
        new(Evaluate, "pi-missing", "the factor is 1/σ",
            c => Basis(c, (t, m, s) => Normal(t, m, s * s) * Math.Sqrt(2 * Math.PI))),
        new(Evaluate, "two-missing-under-the-root", "the factor is 1/(σ√π)",
            c => Basis(c, (t, m, s) => Normal(t, m, s * s) * Math.Sqrt(2))),
        new(Evaluate, "not-squared", "the exponent is linear in |t−µ|",
            c => Basis(c, (t, m, s) => Math.Exp(-Math.Abs(t - m) / (2 * s * s)) * Normal(m, m, s * s))),
        new(Evaluate, "sums-to-one", "the functions are normalised at every position",
            c => [c.Right()[0].MapRows(row => [.. row.Select(x => x / row.Sum())])]),
        new(Evaluate, "functions-first", "the result is [N, P]", c => [c.Right()[0].Transposed()]),
        new(Evaluate, "positions-clamped", "positions outside [0,1] are moved to its ends",
            c => c.With("t", c["t"].Map(t => Math.Clamp(t, 0, 1))).Right()),
        new(Evaluate, "expanded-square", "(t−µ)² is computed as t² − 2tµ + µ² in the format, which cancels",
            c => Basis(c, (t, m, s) =>
            {
                var square = c.Round(c.Round(c.Round(t * t) - c.Round(2 * t * m)) + c.Round(m * m));
                return Math.Exp(-square / (2 * s * s)) * Normal(0, 0, s * s);
            })),
        Numerics.Float32ForFloat64(Evaluate),
        Numerics.Tf32ForFloat32(Evaluate),

        new(Segment, "from-zero", "t_i = (i−1)/L", c => [Row(c.Integer("length"), i => (double)i / c.Integer("length"))]),
        new(Segment, "midpoints", "t_i = (i−½)/L, the first segment of the authors' code",
            c => [Row(c.Integer("length"), i => (i + 0.5) / c.Integer("length"))]),
        new(Segment, "both-ends", "t_i = (i−1)/(L−1)",
            c => [Row(c.Integer("length"), i => i / Math.Max(c.Integer("length") - 1.0, 1))]),
        new(Segment, "open-interval", "t_i = i/(L+1)",
            c => [Row(c.Integer("length"), i => (i + 1) / (c.Integer("length") + 1.0))]),
        new(Segment, "descending", "the first token is at 1", c => [c.Right()[0].Reversed()]),
        new(Segment, "not-scaled", "t_i = i", c => [Row(c.Integer("length"), i => i + 1)]),
        new(Segment, "accumulated-step", "1/L is added up, so that its rounding error grows",
            c => [Accumulated(c, c.Integer("length"), 1.0 / c.Integer("length"))]),
        new(Segment, "column", "the result is [L, 1]", c => [c.Right()[0].As(c.Integer("length"), 1)]),
        Numerics.Float32ForFloat64(Segment),

        new(Joint, "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        new(Joint, "past-stretched", "the past is placed at m/(Mτ)",
            c => Positions(c, past: (m, count, tau) => m / (count * tau))),
        new(Joint, "past-from-zero", "the past is placed at τ(m−1)/M",
            c => Positions(c, past: (m, count, tau) => tau * (m - 1) / count)),
        new(Joint, "past-midpoints", "the past is placed at τ(m−½)/M",
            c => Positions(c, past: (m, count, tau) => tau * (m - 0.5) / count)),
        new(Joint, "past-not-contracted", "the past stays at m/M", c => Positions(c, past: (m, count, _) => (double)m / count)),
        new(Joint, "new-from-tau", "the first new token is at τ",
            c => Positions(c, next: (i, count, tau) => tau + (1 - tau) * (i - 1) / count)),
        new(Joint, "new-midpoints", "new tokens are at τ + (1−τ)(i−½)/L",
            c => Positions(c, next: (i, count, tau) => tau + (1 - tau) * (i - 0.5) / count)),
        new(Joint, "new-not-contracted", "new tokens are at τ + i/L",
            c => Positions(c, next: (i, count, tau) => tau + (double)i / count)),
        new(Joint, "new-both-ends", "new tokens are at linspace(τ, 1)",
            c => Positions(c, next: (i, count, tau) => tau + (1 - tau) * (i - 1) / Math.Max(count - 1.0, 1))),
        new(Joint, "new-first", "new tokens come before the past",
            c => c.Right() is [var past, var joint] && past.Shape[0] is var m
                ? [past, Tensor.Concat(0, Tensor.Slice(joint, 0, m, joint.Shape[0] - m), Tensor.Slice(joint, 0, 0, m))]
                : []),
        new(Joint, "evenly-over-all", "past and new are spread evenly, τ is not looked at",
            c => c.Integer("samples") + c.Integer("length") is var all ? [c.Right()[0], Row(all, i => (i + 1.0) / all)] : []),
        new(Joint, "samples-contracted-too", "t_past is τ m/M",
            c => c.Right() is [var past, var joint] ? [past * c.Number("tau"), joint] : []),
        new(Joint, "samples-from-zero", "t_past is (m−1)/M",
            c => c.Right() is [var past, var joint] ? [past + -1.0 / past.Shape[0], joint] : []),
        new(Joint, "samples-midpoints", "t_past is (m−½)/M",
            c => c.Right() is [var past, var joint] ? [past + -0.5 / past.Shape[0], joint] : []),
        new(Joint, "samples-and-length-swapped", "M and L are exchanged",
            c => c.With("samples", c.Integer("length")).With("length", c.Integer("samples")).Right()),
        new(Joint, "one-minus-tau-in-float32", "1 − τ is rounded to float32",
            c => Positions(c, next: (i, count, tau) => tau + Single(1 - tau) * i / count)),
        Numerics.Float32ForFloat64(Joint),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Smooth, c => Gate(c, Convolve(c))),
        Mistake.Control(Grid, c => [Row(N(c), j => Centre(c, j / W(c))), Row(N(c), j => c.Numbers("widths")[j % W(c)])]),
        Mistake.Control(Evaluate, c => Basis(c, (t, m, s) => Normal(t, m, s * s))),
        Mistake.Control(Joint, c => Positions(c)),
    ];

    private static int N(Call c) => c.Integer("count");

    private static int W(Call c) => c.Numbers("widths").Length;

    private static int Centres(Call c) => N(c) / W(c);

    private static double Centre(Call c, int m) => m / Math.Max(Centres(c) - 1.0, 1);

    private static Tensor Accumulated(Call c, int count, double step)
    {
        var sums = new double[count];
        for (var i = 0; i < count; i++)
            sums[i] = c.Round((i == 0 ? 0 : sums[i - 1]) + c.Round(step));
        return Row(count, i => sums[i]);
    }

    private static Tensor[] Gate(Call c, Tensor y) => [Tensor.Sigmoid(y) * c["X"]];

    /// <summary>y, every part replaceable; <paramref name="outside"/> gives the token read beyond an end, −1 for none.</summary>
    private static Tensor Convolve(
        Call c,
        Func<int, int, int, (int, int, int)>? weight = null,
        Func<int, int, int>? outside = null,
        int shift = -1,
        double bias = 1,
        bool middleOnly = false)
    {
        var (x, w, b) = (c["X"].Entries(), c["W_conv"].Entries(), c["b_conv"].Entries());
        var (length, width) = (c["X"].Shape[1], c["X"].Shape[2]);
        return Make(c["X"].Shape, i =>
        {
            var y = bias * b[i[2]];
            for (var k = 0; k < 3; k++)
            {
                var token = i[1] + k + shift;
                token = token >= 0 && token < length ? token : outside?.Invoke(token, length) ?? -1;
                if (token < 0 || (middleOnly && k != 1))
                    continue;
                for (var channel = 0; channel < width; channel++)
                {
                    var (to, from, tap) = weight?.Invoke(i[2], channel, k) ?? (i[2], channel, k);
                    y += w[to, from, tap] * x[i[0], token, channel];
                }
            }

            return y;
        });
    }

    private static Tensor[] Basis(Call c, Func<double, double, double, double> function)
    {
        var (t, mu, sigma) = (c["t"].ToArray(), c["mu_j"].ToArray(), c["sigma_j"].ToArray());
        var (i, count) = (0, mu.Length);
        return [Make([.. c["t"].Shape, count], index => function(t[i / count], mu[index[^1]], sigma[i++ % count]))];
    }

    private static Tensor[] Positions(
        Call c, Func<int, int, double, double>? past = null, Func<int, int, double, double>? next = null)
    {
        var (samples, length, tau) = (c.Integer("samples"), c.Integer("length"), c.Number("tau"));
        past ??= (m, count, t) => t * m / count;
        next ??= (i, count, t) => t + (1 - t) * i / count;
        return [c.Right()[0], Row(samples + length, i => i < samples
            ? past(i + 1, samples, tau)
            : next(i - samples + 1, length, tau))];
    }
}
