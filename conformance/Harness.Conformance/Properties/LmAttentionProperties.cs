using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What holds for the attention over the bank's rows.</summary>
internal static class LmAttentionProperties
{
    public static IEnumerable<Property> All =>
    [
        new("lm2.attention.project", "row-permutation",
            "Permuting the bank's rows permutes K and V and leaves Q.", ProjectionOfPermutedRows),
        new("lm2.attention.project", "identity-bank",
            "An identity bank of vector slots gives W_K padded with zeros; one of matrix slots repeats W_K for every slot.",
            IdentityBank),
        new("lm2.attention.weights", "row-permutation",
            "Permuting the keys permutes the weights, where nothing is hidden.", WeightsOfPermutedRows),
        new("lm2.attention.weights", "non-negative",
            "No attention weight is negative.", NonNegative),
        new("lm2.attention.weights", "rows-sum-to-one",
            "Without top-k every row of weights sums to 1.", RowsSumToOne),
        new("lm2.attention.weights", "top-k-count",
            "With top-k at most min(k, visible) weights of a row are not zero, ties or not.", TopKCount),
        new("lm2.attention.weights", "causal",
            "A causal row neither sees nor depends on what is later.", CausalWeights),
        new("lm2.attention.retrieve", "row-permutation",
            "Permuting weights and values alike leaves E_mem.", RetrievalOfPermutedRows),
        new("lm2.attention.retrieve", "causal",
            "Under causal weights E_mem does not depend on later values.", CausalRetrieval),
    ];

    private static void ProjectionOfPermutedRows(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var order = context.Order(trial.Inputs["M"].Shape[1]);
        var (plain, permuted) = (trial.Run(), trial.Run(("M", trial.Inputs["M"].Pick(1, order))));
        foreach (var name in new[] { "K", "V" })
            Require.Agree(name, permuted[name], plain[name].Pick(1, order), trial.Bounds[name].Pick(1, order));
        Require.Agree("Q", permuted["Q"], plain["Q"], trial.Bounds["Q"]);
    }

    // Exact: every sum has one term 1·w, and zeros.
    private static void IdentityBank(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("lm2.attention.project");
        var weights = inputs["W_K"];
        var (batch, width) = (inputs["E"].Shape[0], weights.Shape[0]);

        // What row r of the bank selects: row r of W_K, or nothing.
        void Check(int?[] selected)
        {
            var rows = selected.Length;
            var (bank, expected) = (new double[batch * rows * width], new double[batch * rows * width]);
            for (var row = 0; row < batch * rows; row++)
            {
                if (selected[row % rows] is not { } source)
                    continue;
                bank[row * width + source] = 1;
                weights.Values.AsSpan(source * width, width).CopyTo(expected.AsSpan(row * width));
            }

            inputs["M"] = new TensorData([batch, rows, width], bank);
            Require.Identical("K", context.Call(attributes, inputs)["K"], new TensorData([batch, rows, width], expected));
        }

        var slots = context.Random.Next(1, 4);
        Check([.. Enumerable.Range(0, width + slots).Select(row => row < width ? row : (int?)null)]);
        Check([.. Enumerable.Range(0, slots * width).Select(row => (int?)(row % width))]);
    }

    private static void WeightsOfPermutedRows(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, _) => attributes.With("causal", false));
        var order = context.Order(trial.Inputs["K"].Shape[1]);
        var (plain, permuted) = (trial.Run()["A"], trial.Run(("K", trial.Inputs["K"].Pick(1, order)))["A"]);
        Require.Agree("A", permuted, plain.Pick(3, order), trial.Bounds["A"].Pick(3, order));
    }

    // Exact: a quotient of exponentials is not negative, however rounded. Once with plain scores and once with saturated ones.
    private static void NonNegative(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("lm2.attention.weights");
        foreach (var scale in new[] { 1.0, 32.0 })
        {
            inputs["Q"] = inputs["Q"].Scaled(scale);
            var lowest = context.Call(attributes, inputs)["A"].Values.Min();
            Require.That(lowest >= 0, $"Found {lowest:G9}.");
        }
    }

    // |Σ_j A_j − 1| ≤ Σ_j |A_j − correct A_j| ≤ Σ_j bound_j, as the correct weights sum to 1.
    private static void RowsSumToOne(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, _) => attributes.With("top_k", 0));
        var (weights, bounds) = (trial.Run()["A"], trial.Bounds["A"]);
        var columns = weights.Shape[3];
        for (var start = 0; start < weights.Values.Length; start += columns)
        {
            var sum = DoubleDouble.Zero;
            foreach (var weight in weights.Values.AsSpan(start, columns))
                sum += weight;
            var allowed = bounds.Values.AsSpan(start, columns).ToArray().Sum();
            Require.That(
                Math.Abs((double)(sum - 1)) <= allowed,
                $"Found a row that differs from 1 by {(double)(sum - 1):G3}, expected at most {allowed:G3}.");
        }
    }

    private static void TopKCount(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("lm2.attention.weights");
        var keys = inputs["K"];
        if (context.Random.Next(2) == 0)
        {
            inputs["Q"] = context.Normal(keys.Shape);
            attributes = attributes.With("causal", true);
        }

        var kept = context.Random.Next(1, keys.Shape[1]);
        attributes = attributes.With("top_k", kept);
        var isCausal = attributes.Flag("causal");

        // Different keys, and one key throughout, whose weights tie.
        foreach (var bank in new[] { keys, keys.Pick(1, new int[keys.Shape[1]]) })
        {
            inputs["K"] = bank;
            var weights = context.Call(attributes, inputs)["A"];
            var (tokens, rows) = (weights.Shape[2], weights.Shape[3]);
            for (var row = 0; row < weights.Values.Length / rows; row++)
            {
                var allowed = Math.Min(kept, isCausal ? row % tokens + 1 : rows);
                var found = weights.Values.AsSpan(row * rows, rows).ToArray().Count(weight => weight != 0);
                Require.That(found <= allowed, $"Found {found} of {rows} in a row, expected at most {allowed}.");
            }
        }
    }

    private static void CausalWeights(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            inputs["Q"] = context.Normal(inputs["K"].Shape);
            return attributes.With("causal", true);
        });
        var keys = trial.Inputs["K"];
        var weights = trial.Run()["A"];
        var rows = keys.Shape[1];
        for (var i = 0; i < weights.Values.Length; i++)
        {
            var (token, row) = (i / rows % rows, i % rows);
            Require.That(row <= token || weights.Values[i] == 0,
                $"Found weight {weights.Values[i]:G9} of token {token} on row {row}.");
        }

        // Rows 0 … seen−1 of A have the same correct values whatever the keys from there on are.
        var seen = context.Random.Next(1, rows);
        var changed = trial.Run(("K", keys.ReplacedFrom(1, seen, context.Tensor(keys.Shape, () => 4 * context.Normal()))))["A"];
        Require.Agree("A", changed.Slice(2, 0, seen), weights.Slice(2, 0, seen), trial.Bounds["A"].Slice(2, 0, seen));
    }

    private static void RetrievalOfPermutedRows(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var order = context.Order(trial.Inputs["V"].Shape[1]);
        var permuted = trial.Run(("A", trial.Inputs["A"].Pick(3, order)), ("V", trial.Inputs["V"].Pick(1, order)));
        Require.Agree("E_mem", permuted["E_mem"], trial.Run()["E_mem"], trial.Bounds["E_mem"]);
    }

    private static void CausalRetrieval(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            var (batch, heads, rows) = (inputs["A"].Shape[0], inputs["A"].Shape[1], inputs["A"].Shape[3]);
            var entry = 0;
            inputs["A"] = context.Tensor([batch, heads, rows, rows], () =>
            {
                var (token, row) = (entry / rows % rows, entry++ % rows);
                return row <= token ? context.Between(0.05, 1) : 0;
            });
            return attributes;
        });
        var values = trial.Inputs["V"];
        var seen = context.Random.Next(1, values.Shape[1]);
        var changed =
            trial.Run(("V", values.ReplacedFrom(1, seen, context.Tensor(values.Shape, () => 4 * context.Normal()))))["E_mem"];
        Require.Agree("E_mem", changed.Slice(1, 0, seen), trial.Run()["E_mem"].Slice(1, 0, seen),
            trial.Bounds["E_mem"].Slice(1, 0, seen));
    }
}
