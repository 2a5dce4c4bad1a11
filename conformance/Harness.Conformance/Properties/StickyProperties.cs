using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What holds for the histogram of the attention and for the positions sampled from it.</summary>
internal static class StickyProperties
{
    public static IEnumerable<Property> All =>
    [
        new("inf.sticky.histogram", "sums-to-one",
            "Every histogram sums to 1.", SumsToOne),
        new("inf-ref.sticky.histogram", "sums-to-one",
            "Every histogram sums to 1.", SumsToOne),
        new("inf-ref.sticky.positions", "left-edges",
            "Positions are sorted, and left edges of the bins drawn.", LeftEdges),
        new("inf.sticky.histogram", "mass-in-its-bin",
            "A density inside one bin puts its mass there.", MassInItsBin),
        new("inf.sticky.positions", "sorted-inside",
            "Positions are sorted and lie in [0, 1].", SortedInside),
        new("inf.sticky.positions", "even-uniforms",
            "u = (m − ½)/M gives M·p positions per bin, give or take one.", EvenUniforms),
    ];

    // |Σ_j p_j − 1| ≤ Σ_j bound_j, as the correct histogram sums to 1. Broad densities reach beyond [0, 1].
    private static void SumsToOne(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            inputs["mu"] = context.Tensor([2, 1, 3], () => context.Between(0.02, 0.98));
            inputs["var"] = context.Tensor([2, 1, 3], () => Math.Exp(context.Between(Math.Log(1e-3), Math.Log(0.2))));
            return attributes;
        });
        var (p, bounds) = (trial.Run()["p"], trial.Bounds["p"]);
        var bins = p.Shape[1];
        for (var start = 0; start < p.Values.Length; start += bins)
        {
            var sum = DoubleDouble.Zero;
            foreach (var share in p.Values.AsSpan(start, bins))
                sum += share;
            var allowed = bounds.Values.AsSpan(start, bins).ToArray().Sum();
            Require.That(
                Math.Abs((double)(sum - 1)) <= allowed,
                $"Found a sum that differs from 1 by {(double)(sum - 1):G3}, expected at most {allowed:G3}.");
        }
    }

    private static void LeftEdges(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var (b, t, bins) = (trial.Inputs["b"], trial.Run()["t_past"], trial.Attributes.Integer("bins"));
        var edges = b.Values.Chunk(b.Shape[1]).SelectMany(row => row.Order()).Select(bin => bin / bins);
        Require.Within("t_past", t, new TensorData(t.Shape, [.. edges]), trial.Bounds["t_past"]);
        for (var i = 1; i < t.Values.Length; i++)
        {
            Require.That(
                i % t.Shape[1] == 0 || t.Values[i - 1] <= t.Values[i], $"Found {t.Values[i - 1]:G9} before {t.Values[i]:G9}.");
        }
    }

    private static void MassInItsBin(PropertyContext context)
    {
        // A standard deviation of 2⁻⁷, the smallest that float16 has a normal variance for, and bins of at least 25 of them. The
        // middle of a bin is off by at most 2⁻⁹ in bfloat16, ¼ of a deviation, so that less than 2Φ(−12) < 10⁻³² of the mass is
        // outside.
        const double Outside = 1e-32;
        var bins = context.Random.Next(2, 6);
        int[] hit = [];
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            hit = [.. Enumerable.Range(0, 2 * 2 * 3).Select(_ => context.Random.Next(bins))];
            var next = 0;
            inputs["mu"] = context.Tensor([2, 2, 3], () => (hit[next++] + 0.5) / bins);
            inputs["var"] = context.Tensor([2, 2, 3], () => Math.ScaleB(1, -14));
            return attributes.With("bins", bins);
        });
        var perBatch = hit.Length / 2;
        var expected = new double[2 * bins];
        for (var i = 0; i < hit.Length; i++)
            expected[i / perBatch * bins + hit[i]] += 1.0 / perBatch;
        var bounds = trial.Bounds["p"];

        // Σ 1/6 computed here rounds by less than 2⁻⁵² in all; a bound for an entry p is at least 8u·p, of which that is less
        // than a part.
        Require.Within(
            "p", trial.Run()["p"], new TensorData(bounds.Shape, expected),
            new TensorData(bounds.Shape,
                [.. bounds.Values.Zip(expected, (bound, share) => bound + Math.ScaleB(share, -52) + Outside)]));
    }

    // Exact: b − 1 + clamp(…, 0, 1) is at most D, and rounding is monotonic.
    private static void SortedInside(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("inf.sticky.positions");

        // Empty bins, the smallest and the largest uniform: where a search goes wrong.
        var (bins, full) = (inputs["p"].Shape[1], context.Random.Next(inputs["p"].Shape[1]));
        var (bin, sample) = (0, 0);
        inputs["p"] = context.Tensor(inputs["p"].Shape, () =>
            bin++ % bins == full || context.Random.Next(3) > 0 ? context.Between(0.05, 1) : 0);
        inputs["u"] = context.Tensor(inputs["u"].Shape, () => (sample++ % inputs["u"].Shape[1]) switch
        {
            0 => 1 - context.Format.UnitRoundoff,
            1 => 0,
            _ => context.Random.Next(1 << 20) * Math.ScaleB(1, -20),
        });

        var t = context.Call(attributes, inputs)["t_past"];
        for (var i = 0; i < t.Values.Length; i++)
        {
            Require.That(t.Values[i] is >= 0 and <= 1, $"Found position {t.Values[i]:G9}.");
            Require.That(
                i % t.Shape[1] == 0 || t.Values[i - 1] <= t.Values[i],
                $"Found {t.Values[Math.Max(i - 1, 0)]:G9} before {t.Values[i]:G9}.");
        }
    }

    private static void EvenUniforms(PropertyContext context)
    {
        var samples = context.Random.Next(8, 33);
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            var order = context.Order(samples);
            var next = 0;
            inputs["u"] = context.Tensor([inputs["p"].Shape[0], samples], () => (order[next++ % samples] + 0.5) / samples);
            return IsClearOfEdges(inputs["p"], samples, context.Format) ? attributes : null;
        });
        var (p, t, bounds) = (trial.Inputs["p"], trial.Run()["t_past"], trial.Bounds["t_past"]);
        var bins = p.Shape[1];
        for (var batch = 0; batch < p.Shape[0]; batch++)
        {
            var total = p.Values.AsSpan(batch * bins, bins).ToArray().Sum();
            for (var bin = 0; bin < bins; bin++)
            {
                // A position that an honest error can carry over an edge of the bin counts as inside or outside, whichever fits.
                var (inside, near) = (0, 0);
                for (var m = batch * samples; m < (batch + 1) * samples; m++)
                {
                    var (below, above) = (t.Values[m] - (double)bin / bins, (bin + 1.0) / bins - t.Values[m]);
                    var slack = bounds.Values[m] + Math.ScaleB(1, -52);
                    if (below > slack && above > slack)
                        inside++;
                    else if (below >= -slack && above >= -slack)
                        near++;
                }

                // An interval of length p holds M·p of points 1/M apart, give or take less than one.
                var expected = samples * p.Values[batch * bins + bin] / total;
                Require.That(
                    inside <= expected + 1 && inside + near >= expected - 1,
                    $"Found {inside} of {samples} positions in bin {bin} (and {near} on its edges), expected {expected:G4} ± 1.");
            }
        }
    }

    // |u − c_j| ≥ 16u·D for every uniform and edge: neither the rounding of a uniform nor an honest c_j moves one across the
    // other.
    private static bool IsClearOfEdges(TensorData p, int samples, FloatFormat format)
    {
        var bins = p.Shape[1];
        for (var start = 0; start < p.Values.Length; start += bins)
        {
            var total = p.Values.AsSpan(start, bins).ToArray().Sum();
            var edge = 0.0;
            for (var bin = 0; bin < bins - 1; bin++)
            {
                edge += p.Values[start + bin] / total;
                var distance = Math.Abs(edge * samples - 0.5 - Math.Round(edge * samples - 0.5)) / samples;
                if (distance < 16 * format.UnitRoundoff * bins)
                    return false;
            }
        }

        return true;
    }
}
