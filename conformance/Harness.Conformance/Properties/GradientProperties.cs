using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What holds for the gradient of every equation, whatever it computes.</summary>
internal static class GradientProperties
{
    // See OfItsForward.
    private static readonly double Step = Math.ScaleB(1, -17);
    private static readonly double LargestShare = Math.ScaleB(1, -10);
    private static readonly double LargestShareOfTheSum = Math.ScaleB(1, -7);
    private const int Attempts = 20;

    public static IEnumerable<Property> All => EquationCatalogue.Gradients.SelectMany(Of);

    private static IEnumerable<Property> Of(Equation gradient)
    {
        yield return new(gradient.Id, "zero-cotangent", "Cotangents of zeros give gradients of exact zeros.", context => ZeroCotangent(context, gradient));
        yield return new(gradient.Id, "linear", "Gradients are linear in the cotangents.", context => Linear(context, gradient));
        yield return new(
            gradient.Id, "of-its-forward", "Along any direction, the gradients say what differences of the implementation's own forward say.",
            context => OfItsForward(context, gradient));
        if (GradientSignature.Variables(gradient.Differentiated!).Any(input => input.Shapes.All(shape => Batches.Axis(shape) < 0))
            && gradient.Differentiated!.Inputs.Any(input => input.Shapes.Any(shape => Batches.Axis(shape) >= 0)))
        {
            yield return new(
                gradient.Id, "batch", "What a batch shares has the sum of its elements' gradients, and what is an element's own the gradient that it has alone.",
                context => Batch(context, gradient));
        }
    }

    private static void ZeroCotangent(PropertyContext context, Equation gradient)
    {
        var (attributes, inputs) = context.Draw(gradient.Id);
        foreach (var name in Cotangents(gradient))
            inputs[name] = Zeros(inputs[name].Shape);
        var gradients = context.Call(attributes, inputs);
        foreach (var output in GradientSignature.Given(gradient, inputs))
            Require.Identical(output.Name, gradients[output.Name], Zeros(gradients[output.Name].Shape));
    }

    /// <summary>With w = u + v: g(w) − (−½ g(−2u)) − g(v) = 0.</summary>
    /// <remarks>
    /// u is some of w's entries, and v the others, so that the sum is exact. The model's errors are linear in the cotangents as the gradients
    /// are, hence |e(u)|² + |e(v)|² = ½ (|e(u + v)|² + |e(u − v)|²), and the same of the gradients themselves. A bound is the larger of
    /// the two but for factors, so that the squares of the bounds of u and v add up to at most those of u + v and u − v, and the bounds to
    /// at most √2 times the root of that.
    /// </remarks>
    private static void Linear(PropertyContext context, Equation gradient)
    {
        var trial = context.DrawJudged();
        var (taken, left, opposed) = (new Dictionary<string, TensorData>(trial.Inputs), new Dictionary<string, TensorData>(trial.Inputs),
            new Dictionary<string, TensorData>(trial.Inputs));
        foreach (var name in Cotangents(gradient))
        {
            var whole = trial.Inputs[name];
            var always = context.Random.Next(whole.Values.Length);
            bool[] isTaken = [.. whole.Values.Select((_, i) => i == always || context.Random.Next(2) == 0)];
            TensorData Entries(double ofTaken, double ofLeft) => new(whole.Shape, [.. whole.Values.Select((value, i) => value * (isTaken[i] ? ofTaken : ofLeft))]);
            (taken[name], left[name], opposed[name]) = (Entries(-2, 0), Entries(0, 1), Entries(1, -1));
        }

        var otherBounds = context.Bounds(trial.Attributes, opposed);
        var (sum, part, rest) = (trial.Run(), context.Call(trial.Attributes, taken), context.Call(trial.Attributes, left));
        foreach (var (name, bounds) in trial.Bounds.Where(output => otherBounds.ContainsKey(output.Key)))
        {
            var others = otherBounds[name].Values;
            var allowed = bounds.Values.Select((bound, i) => bound + Math.Sqrt(2) * double.Hypot(bound, others[i]));
            Require.Near(name, sum[name], part[name].Scaled(-0.5).Plus(rest[name]), new TensorData(bounds.Shape, [.. allowed]));
        }
    }

    /// <summary>⟨grad_y, J v⟩ = ⟨grad_x, v⟩ with J v = (f(x + hv) − f(x − hv))/(2h).</summary>
    /// <remarks>
    /// <para>h = 2⁻¹⁷, about the cube root of u, at which the rounding of f and the rule's error h²|f‴|/6 are of one size. Both answers of f are within
    /// their bounds b, so that rounding makes at most Σ |grad_y| b/h of the left side; of the right side it makes 2¹⁷ times less.</para>
    /// <para>What else is wrong with a difference is at most half of the second one, s = |f(x + hv) − 2 f(x) + f(x − hv)|/h: exactly half where a
    /// clamp or a maximum changes sides in between, which bends f once; and where f is smooth, s/2 = h|f″|/2 is more than the rule's error unless
    /// |f‴| exceeds 4·10⁵ |f″|. Where a choice changes, s is no smaller than the jump over h. An input is judged if all this is at most 2⁻¹⁰ of
    /// Σ |grad_y J v|, and another is drawn otherwise: mostly it is some 10⁻⁶. Where the sum cancels, and all this is more than 2⁻⁷ of what is left,
    /// a gradient that is a hundredth too large would not show: another is drawn too.</para>
    /// <para>So it asks whether a backward belongs to its forward, and takes any forward for right. It is decided in float64 alone; sticky
    /// positions move with the density, and are constants for the gradient, so that they are left out, and bptt is full.</para>
    /// </remarks>
    private static void OfItsForward(PropertyContext context, Equation gradient)
    {
        if (context.Format != FloatFormat.Float64)
            throw new NotJudgedException("differences are taken in float64 alone");
        var forward = gradient.Differentiated!;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var trial = context.DrawJudged(forward, (attributes, _) => attributes.Flag("sticky") ? null : attributes);
            var (ahead, behind, inputs) = (new Dictionary<string, TensorData>(trial.Inputs), new Dictionary<string, TensorData>(trial.Inputs),
                new Dictionary<string, TensorData>(trial.Inputs));
            foreach (var input in GradientSignature.Variables(forward).Where(input => trial.Inputs.ContainsKey(input.Name)))
            {
                // What may not be negative is changed by a part of itself.
                var values = trial.Inputs[input.Name];
                double[] direction = [.. values.Values.Select(value => context.Normal() * (input.Domain == Domain.Any ? 1 : value))];
                (ahead[input.Name], behind[input.Name]) = (Moved(values, direction, Step), Moved(values, direction, -Step));
            }

            var (here, later, earlier) = (trial.Run(), context.Call(forward.Id, trial.Attributes, ahead), context.Call(forward.Id, trial.Attributes, behind));
            var (left, size, allowed) = (0.0, 0.0, 0.0);
            foreach (var output in forward.Outputs)
            {
                // What is not shown has no part in ℓ.
                if (!here.ContainsKey(output.Name))
                {
                    inputs[GradientSignature.NameOf(output)] = Zeros(trial.Right[output.Name].Shape);
                    continue;
                }

                var cotangent = inputs[GradientSignature.NameOf(output)] = context.Normal(here[output.Name].Shape);
                var (plus, none, minus) = (later[output.Name].Values, here[output.Name].Values, earlier[output.Name].Values);
                for (var i = 0; i < none.Length; i++)
                {
                    var slope = cotangent.Values[i] * (plus[i] - minus[i]) / (2 * Step);
                    left += slope;
                    size += Math.Abs(slope);
                    allowed += Math.Abs(cotangent.Values[i] * (plus[i] - 2 * none[i] + minus[i])) / (2 * Step);
                }

                allowed += Largest(cotangent, trial.Bounds[output.Name]) / Step;
            }

            if (!(allowed <= LargestShare * size && allowed <= LargestShareOfTheSum * Math.Abs(left)))
                continue;
            var asked = gradient.Attributes.Any(attribute => attribute.Name == GradientSignature.Truncation)
                ? trial.Attributes.With(GradientSignature.Truncation, "full")
                : trial.Attributes;
            var gradients = context.Call(gradient.Id, asked, inputs);
            var right = GradientSignature.Variables(forward).Where(input => trial.Inputs.ContainsKey(input.Name)).Sum(input =>
                gradients[GradientSignature.NameOf(input)].Values.Zip(ahead[input.Name].Values, behind[input.Name].Values)
                    .Sum(entry => entry.First * (entry.Second - entry.Third) / (2 * Step)));
            Require.That(
                Math.Abs(right - left) <= allowed, $"Σ ⟨grad_x, v⟩: found {right:G9}, expected Σ ⟨grad_y, J v⟩ = {left:G9} within {allowed:G3}.");
            return;
        }

        throw new NotJudgedException($"none of {Attempts} drawn inputs has differences that tell");
    }

    /// <summary>A batch of n is cut into its elements.</summary>
    /// <remarks>
    /// In the model the errors of the elements are independent, and those of the batch are at least as large as all of them together: the
    /// squares of the elements' bounds add up to at most that of the batch, and the bounds to at most √n times it. But a sum is rounded once,
    /// and each element's gradient by itself, which weighs more where they cancel: the least tolerance of each is added.
    /// </remarks>
    private static void Batch(PropertyContext context, Equation gradient)
    {
        var trial = context.DrawJudged((attributes, inputs) => Batches.Count(gradient, inputs) < 2 ? null : attributes);
        var count = Batches.Count(gradient, trial.Inputs)!.Value;
        var elements = Enumerable.Range(0, count).Select(b => context.Call(trial.Attributes, Batches.Pick(gradient, trial.Inputs, [b]))).ToArray();
        var whole = trial.Run();
        foreach (var (name, bounds) in trial.Bounds)
        {
            var axis = Batches.OutputAxis(gradient, name, whole[name].Shape);
            var together = elements.Select(element => element[name]).Aggregate((sum, next) => axis < 0 ? sum.Plus(next) : sum.FollowedBy(next, axis));
            var allowed = bounds.Times(1 + (axis < 0 ? Math.Sqrt(count) : 1));
            Require.Near(name, whole[name], together, axis < 0 ? elements.Aggregate(allowed, (sum, element) => sum.Plus(Rounding(element[name], context.Format))) : allowed);
        }
    }

    private static TensorData Rounding(TensorData x, FloatFormat format) => x with { Values = Array.ConvertAll(x.Values, value => Tolerance.Bound(0, Math.Abs(value), format)) };

    private static IEnumerable<string> Cotangents(Equation gradient) => gradient.Differentiated!.Outputs.Select(GradientSignature.NameOf);

    // Σ |x| b over entries, or over columns by their norms.
    private static double Largest(TensorData x, TensorData bounds) =>
        Require.ColumnAxis(x, bounds) is >= 0 and var axis
            ? x.Norms(axis).Values.Zip(bounds.Values, (norm, bound) => norm * bound).Sum()
            : x.Values.Zip(bounds.Values, (value, bound) => Math.Abs(value) * bound).Sum();

    private static TensorData Moved(TensorData x, double[] direction, double step) =>
        new(x.Shape, [.. x.Values.Zip(direction, (value, along) => value + step * along)]);

    private static TensorData Zeros(Shape shape) => new(shape, new double[shape.Count]);
}
