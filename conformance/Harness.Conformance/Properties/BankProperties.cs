using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Properties;

/// <summary>What holds for the bank's initial value and for its update.</summary>
internal static class BankProperties
{
    public static IEnumerable<Property> All =>
    [
        new("lm2.bank.identity_vector", "selects-weights",
            "Row r of the initial bank times W_K is row r of W_K for r < d, and zero beyond.", IdentityVectorSelectsWeights),
        new("lm2.bank.identity_matrix", "selects-weights",
            "Every slot of the initial bank times W_K is W_K.", IdentityMatrixSelectsWeights),
        new("lm2.bank.rows", "keeps-rows",
            "Row n·d + i is row i of slot n, bit for bit.", RowsKeepRows),
        new("lm2.bank.update", "closed-input-open-forget",
            "With g_in = 0 and g_forget = 1 the bank stays as it is.", ClosedInputOpenForget),
        new("lm2.bank.update", "bounded-by-shares",
            "Where g_in + g_forget ≤ 1 at every token, no entry exceeds max(1, max|M|).", BoundedByShares),
        new("lm2.bank.update", "bounded-growth",
            "No entry exceeds 1 + max|M|.", BoundedGrowth),
    ];

    private static void IdentityVectorSelectsWeights(PropertyContext context)
    {
        // Fewer slots than the width, and more.
        var width = context.Random.Next(2, 7);
        foreach (var slots in new[] { width - 1, width + context.Random.Next(1, 4) })
        {
            var attributes = AttributeValues.None.With("slots", slots).With("width", width);
            var bank = context.Call(attributes, new Dictionary<string, TensorData>())["M"];
            var weights = context.Normal([width, width]);
            Require.Identical("M W_K", Product(bank, weights),
                weights.Pick(0, [.. Enumerable.Range(0, Math.Min(slots, width))]).PaddedTo(slots));
        }
    }

    private static void IdentityMatrixSelectsWeights(PropertyContext context)
    {
        var (slots, width) = (context.Random.Next(2, 4), context.Random.Next(2, 6));
        var attributes = AttributeValues.None.With("slots", slots).With("width", width);
        var bank = context.Call(attributes, new Dictionary<string, TensorData>())["M"];
        var weights = context.Normal([width, width]);
        var rows = new TensorData([slots * width, width], bank.Values);
        Require.Identical("M W_K", Product(rows, weights),
            weights.Pick(0, [.. Enumerable.Range(0, slots * width).Select(row => row % width)]));
    }

    private static void RowsKeepRows(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("lm2.bank.rows");
        var rows = context.Call(attributes, inputs)["rows"];
        Require.Identical("rows", rows, new TensorData(rows.Shape, inputs["M"].Values));
    }

    private static void ClosedInputOpenForget(PropertyContext context)
    {
        // T ≠ R: alignment's weights are rounded, so that aligned ones need not be ones.
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            inputs["g_in"] = context.Tensor(inputs["g_in"].Shape, () => 0);
            inputs["g_forget"] = context.Tensor(inputs["g_forget"].Shape, () => 1);
            return attributes;
        });
        var bank = trial.Inputs["M"];
        Require.Within("M_next", trial.Run()["M_next"], bank, trial.Bounds["M_next"]);

        // T = R: 0·tanh + 1·M rounds nowhere.
        var same = trial.Run(
            ("g_in", context.Tensor(bank.Shape, () => 0)),
            ("E_mem", context.Normal(bank.Shape)),
            ("g_forget", context.Tensor(bank.Shape, () => 1)));
        Require.Identical("M_next", same["M_next"], bank);
    }

    private static void BoundedByShares(PropertyContext context) => Bounded(
        context,
        () =>
        {
            // At most 7 bits after the point: exact in every format, sum included. Half of the shares add up to exactly 1.
            var input = context.Random.Next(129);
            return (input / 128.0, (context.Random.Next(2) == 0 ? 128 - input : context.Random.Next(129 - input)) / 128.0);
        },
        largest => Math.Max(1, largest));

    private static void BoundedGrowth(PropertyContext context) => Bounded(
        context,
        () => (context.Random.Next(2), context.Random.Next(2) == 0 ? 1 : context.Random.Next(129) / 128.0),
        largest => 1 + largest);

    /// <summary>|align(g_in ⊙ tanh) + align(g_forget) ⊙ M| ≤ limit, as alignment averages and |tanh| ≤ 1.</summary>
    private static void Bounded(PropertyContext context, Func<(double Input, double Forget)> gates, Func<double, double> limit)
    {
        // A bank of ±m and a saturated tanh come as close to the limit as there is.
        var magnitude = context.Format.Round(context.Between(0.5, 2));
        TensorData SignedBank(Shape shape) => context.Tensor(shape, () => context.Random.Next(2) == 0 ? magnitude : -magnitude);
        TensorData Retrieved(Shape shape) => context.Tensor(shape, () => 8 * context.Normal());
        (TensorData Input, TensorData Forget) Gates(Shape shape)
        {
            var pairs = new (double Input, double Forget)[shape.Count];
            for (var i = 0; i < pairs.Length; i++)
                pairs[i] = gates();
            return (
                new TensorData(shape, Array.ConvertAll(pairs, pair => pair.Input)),
                new TensorData(shape, Array.ConvertAll(pairs, pair => pair.Forget)));
        }

        // T ≠ R: the correct value is inside the limit, and an honest one within its bound of that.
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            (inputs["g_in"], inputs["g_forget"]) = Gates(inputs["g_in"].Shape);
            inputs["E_mem"] = Retrieved(inputs["E_mem"].Shape);
            inputs["M"] = SignedBank(inputs["M"].Shape);
            return attributes;
        });
        var bounds = trial.Bounds["M_next"];
        RequireAtMost(trial.Run()["M_next"], i => limit(magnitude) + bounds.Values[i]);

        // T = R: a computed tanh does not exceed 1 either; two products and their sum round by (1+u)² ≤ 1 + 4u.
        Shape shape = [2, 5, 4];
        var (input, forget) = Gates(shape);
        var next = trial.Run(("g_in", input), ("g_forget", forget), ("E_mem", Retrieved(shape)), ("M", SignedBank(shape)));
        RequireAtMost(next["M_next"], _ => limit(magnitude) * (1 + 4 * context.Format.UnitRoundoff));
    }

    private static void RequireAtMost(TensorData next, Func<int, double> limit)
    {
        for (var i = 0; i < next.Values.Length; i++)
        {
            Require.That(Math.Abs(next.Values[i]) <= limit(i),
                $"Found |M_next| = {Math.Abs(next.Values[i]):G9}, expected at most {limit(i):G9}.");
        }
    }

    // Plain float64 is exact for what it is used for: a bank of zeros and ones.
    private static TensorData Product(TensorData left, TensorData right)
    {
        var (rows, inner, columns) = (left.Shape[0], left.Shape[1], right.Shape[1]);
        var values = new double[rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            for (var k = 0; k < inner; k++)
                values[i] += left.Values[i / columns * inner + k] * right.Values[k * columns + i % columns];
        }

        return new TensorData([rows, columns], values);
    }

    private static TensorData PaddedTo(this TensorData x, int rows)
    {
        var values = new double[rows * x.Shape[1]];
        x.Values.CopyTo(values, 0);
        return new TensorData([rows, x.Shape[1]], values);
    }
}
