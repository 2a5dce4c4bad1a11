using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>The ways to get adjoints wrong, the best known ones first.</summary>
internal static class AdjointEdits
{
    private static readonly string[] Products = ["MatMul", "ScaledMatMul"];
    private static readonly string[] Softmaxes = ["Softmax", "CausalSoftmax"];
    private static readonly string[] Anything =
    [
        "op_Addition", "op_Subtraction", "op_Multiply", "op_Division", "NormalDensity", "Concat", "Slice", "enters",
    ];

    private static readonly AdjointEdit[] All = [.. Activations(), .. Norms(), .. Rows(), .. OfProducts(), .. Densities(), .. Elementwise(), .. Layouts()];

    /// <summary>How well known an edit is, the best 0.</summary>
    public static int RankOf(AdjointEdit edit) => Array.IndexOf(All, edit);

    /// <summary>Those that a use can be done wrong by.</summary>
    public static IEnumerable<AdjointEdit> Of(Use use) => All.Where(edit => Fits(edit, use));

    /// <summary>Whether a use can be done wrong by an edit.</summary>
    public static bool Fits(AdjointEdit edit, Use use) =>
        edit.Operations.Contains(use.Operation) && (edit.Position is null || edit.Position == use.Position) && edit.Applies(use);

    private static IEnumerable<AdjointEdit> Activations()
    {
        yield return new("silu-second-term-missing", GradientFault.SecondTerm, "silu′(x) is taken as σ(x), without the term x σ′(x), at {y}",
            ["op_Multiply"], (use, g) => use.Right(g) * 0)
        {
            Position = 1,
            Applies = use => use.Maker == "Sigmoid" && use.Site.Result.Text.StartsWith(use.Site.Operand.Text[2..^1] + " ⊙ ", StringComparison.Ordinal),
        };
        yield return new("gelu-second-term-missing", GradientFault.SecondTerm, "gelu′(x) is taken as Φ(x), without the term x φ(x)",
            ["op_Multiply"], (use, g) => use.Right(g) * 0)
        {
            Position = 1,
            Applies = use => use.Piece == "block.gelu" && use.Maker == "op_Addition of a constant",
        };
        yield return new("slope-of-another-gate", GradientFault.OtherGate, "σ′ at {y} is computed from another gate", ["Sigmoid"],
            (use, g) => use.OtherGates.FirstOrDefault() is { } other ? use.Right(g, other) : use.Right(g))
        { LooksAround = true };
        yield return new("sigmoid-slope-missing", GradientFault.FactorMissing, "σ′ is missing at {y}", ["Sigmoid"], (_, g) => g);
        yield return new("sigmoid-slope-without-y", GradientFault.FactorMissing, "σ′ is taken as 1 − σ at {y}", ["Sigmoid"],
            (use, g) => g * (-use.Reads[0] + 1));
        yield return new("sigmoid-slope-of-the-output", GradientFault.FactorMissing, "σ′ is computed from the output as if that were the input, at {y}",
            ["Sigmoid"], (use, g) => g * use.Reads[0].Map(y => Sigmoid(y) * (1 - Sigmoid(y))));
        yield return new("tanh-slope-of-the-input", GradientFault.TanhOfInput, "tanh′ is computed as 1 − x² from the input x instead of the output, at {y}",
            ["Tanh"], (use, g) => g * use.Reads[0].Map(y => 1 - Math.Atanh(y) * Math.Atanh(y)))
        { Applies = use => use.Piece != "block.gelu" };
        yield return new("tanh-slope-missing", GradientFault.FactorMissing, "tanh′ is missing at {y}", ["Tanh"], (_, g) => g);
        yield return new("tanh-slope-not-squared", GradientFault.FactorMissing, "tanh′ is taken as 1 − y at {y}", ["Tanh"], (use, g) => g * (-use.Reads[0] + 1));
        yield return new("softplus-slope-as-1", GradientFault.SoftplusAsOne, "softplus′ is taken as 1 at {y}", ["Softplus"], (_, g) => g);
        yield return new("softplus-slope-twice", GradientFault.FactorMissing, "softplus′ is taken as σ′ instead of σ at {y}", ["Softplus"],
            (use, g) => g * use.Reads[0].Map(x => Sigmoid(x) * (1 - Sigmoid(x))));
        yield return new("softplus-slope-of-the-output", GradientFault.Overwritten, "the input of softplus was overwritten with its output before σ was taken of it, at {y}",
            ["Softplus"], (use, g) => g * use.Reads[0].Map(x => Sigmoid(Softplus(x))));
        yield return new("clamp-mask-forgotten", GradientFault.MaskForgotten, "what {y} cut off gets a gradient too", ["Clamp"], (_, g) => g);
        yield return new("erf-slope-missing", GradientFault.FactorMissing, "erf′ is missing at {y}", ["Erf"], (_, g) => g);
        yield return new("erf-slope-unscaled", GradientFault.Scale, "erf′ is taken without its factor 2/√π at {y}", ["Erf"],
            (use, g) => g * use.Reads[0].Map(x => Math.Exp(-x * x)));
        yield return new("erf-slope-as-density", GradientFault.FactorMissing, "erf′(x) is taken as a constant times e^(−x²/2) instead of e^(−x²), at {y}", ["Erf"],
            (use, g) => g * use.Reads[0].Map(x => 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x / 2)));
    }

    private static IEnumerable<AdjointEdit> Norms()
    {
        yield return new("mean-term-missing", GradientFault.LayerNormTerm, "the term of the mean is missing in the layer norm's gradient", ["op_Subtraction"],
            (use, g) => use.Right(g) * 0)
        { Position = 1, Applies = use => use.Piece == "block.layer_norm" };
        yield return new("variance-term-missing", GradientFault.LayerNormTerm, "the term of the variance is missing in the layer norm's gradient", ["op_Division"],
            (use, g) => use.Right(g) * 0)
        { Position = 1, Applies = use => use.Piece == "block.layer_norm" };
        yield return new("root-mean-square-as-constant", GradientFault.Normaliser, "the root mean square is taken as a constant", ["op_Division"],
            (use, g) => use.Right(g) * 0)
        { Position = 1, Applies = use => use.Piece == "block.rms_norm" };
        yield return new("root-slope-missing", GradientFault.VarianceChain, "the gradient by the standard deviation is taken for that by the variance at {y}: 1/(2√) is missing",
            ["Sqrt"], (_, g) => g);
        yield return new("root-slope-without-half", GradientFault.VarianceChain, "½ is missing in the slope 1/(2√) of {y}", ["Sqrt"], (use, g) => use.Right(g) * 2);
    }

    private static IEnumerable<AdjointEdit> Rows()
    {
        yield return new("normaliser-as-constant", GradientFault.Normaliser, "δ = Σ p ⊙ grad is missing in the gradient of {y}: its normaliser is taken as a constant",
            Softmaxes, (use, g) => g * use.Reads[0]);
        yield return new("delta-of-another-row", GradientFault.WrongRow, "δ = Σ p ⊙ grad is that of the row before in the gradient of {y}", Softmaxes,
            (use, g) => use.Reads[0] * (g - Spread(Shifted(Delta(g, use)), use)));
        yield return new("delta-before-top-k", GradientFault.BeforeTopK, "δ = Σ p ⊙ grad is taken from the gradient before the top-k drops its part, at {y}", Softmaxes,
            (use, g) => use.Remembered is { } all ? use.Reads[0] * (g - Spread(Delta(all, use), use)) : use.Right(g))
        { Earlier = "KeepTopK" };
        yield return new("causal-mask-forgotten", GradientFault.MaskForgotten, "the backward pass computes {y} again without its mask, so that hidden entries get a gradient",
            ["CausalSoftmax"], (use, g) => use.Product is null ? use.Right(g) : Unmasked(use) * (g - Spread(Delta(g, use), use)))
        { Applies = use => use.Product is not null };
        yield return new("softmax-weights-missing", GradientFault.FactorMissing, "the factor p is missing in the gradient p ⊙ (grad − δ) of {y}", Softmaxes,
            (use, g) => g - Spread(Delta(g, use), use));
        yield return new("softmax-diagonal-only", GradientFault.Normaliser, "only the diagonal p(1 − p) of the slope of {y} is taken", Softmaxes,
            (use, g) => g * use.Reads[0].Map(p => p * (1 - p)));
        yield return new("delta-added", GradientFault.Sign, "δ = Σ p ⊙ grad is added instead of taken off in the gradient of {y}", Softmaxes,
            (use, g) => use.Reads[0] * (g + Spread(Delta(g, use), use)));
        yield return new("top-k-mask-forgotten", GradientFault.TopKForgotten, "what top-k dropped of {y} gets a gradient too", ["KeepTopK"], (_, g) => g);
        yield return new("top-k-of-the-gradient", GradientFault.TopKForgotten, "the backward pass keeps the k largest of the gradient instead of those of {y}", ["KeepTopK"],
            (use, g) => LargestOf(g, use));
        yield return new("maximum-for-all", GradientFault.MaskForgotten, "the gradient of the maximum goes to all entries in equal parts", ["Sort"],
            (_, g) => Spread(Tensor.Sum(g, g.Shape.Rank - 1) / g.Shape[^1], g.Shape));
        yield return new("maximum-at-the-last", GradientFault.Misplaced, "the gradient of the maximum goes to the last entry, wherever the maximum was", ["Sort"], (_, g) => g);
    }

    private static IEnumerable<AdjointEdit> OfProducts()
    {
        yield return new("heads-not-summed", GradientFault.HeadsNotSummed, "the gradient of {x} comes from the first query head of each group alone", Products,
            (use, g) => use.Right(OfFirstHead(g, use)))
        { Position = 1, Applies = IsShared };
        yield return new("heads-averaged", GradientFault.HeadsNotSummed, "the gradient of {x} is averaged over the query heads that share it instead of summed", Products,
            (use, g) => use.Right(g) / (g.Shape[^2] / Tokens(use)))
        { Position = 1, Applies = IsShared };
        yield return new("interpolation-gathered", GradientFault.Gathered, "the adjoint of the interpolation gathers: every token takes the gradient of the row nearest to it",
            ["MatMul"], (use, g) => Tensor.MatMul(Nearest(use.Reads[0]).Transposed(), g))
        { Position = 1, Applies = IsAlignment };
        yield return new("pooling-not-divided", GradientFault.PoolingNotDivided, "the adjoint of the pooling does not divide by the number of tokens pooled", ["MatMul"],
            (use, g) => Tensor.MatMul(use.Reads[0].Map(weight => weight > 0 ? 1 : 0).Transposed(), g))
        { Position = 1, Applies = IsAlignment };
        yield return new("convolution-not-flipped", GradientFault.NotFlipped, "the adjoint of the convolution is not flipped: taps come in the order of the forward pass",
            ["MatMul"], (use, g) => use.Occurrences is var (all, number) ? use.Right(g, all[number / 3 * 3 + 2 - number % 3]) : g)
        {
            Position = 0,
            LooksAround = true,
            Applies = use => use.Piece == "inf.smooth.gate" && use.Site.Operand.Text == "X",
        };
        yield return new("taps-reversed", GradientFault.NotFlipped, "the taps of the convolution come in the reverse order in the gradient of {x}", ["MatMul"],
            (use, g) => TapsReversed(use.Right(g), use))
        { Applies = use => use.Piece == "base.compressive.compress" };
        yield return new("weight-transposed", GradientFault.NotTransposed, "{z} is used as it is instead of transposed where the gradient goes back through {y}", Products,
            (use, g) => Scaled(Tensor.MatMul(g, Matching(use.Reads[0], g)), g, use))
        {
            Position = 0,
            Applies = use => use.Reads[0].Shape is var read && read[^1] == read[^2] && (read.Rank == 2 || read.Rank == use.From.Rank),
        };
        yield return new("gradient-transposed", GradientFault.NotTransposed, "the gradient of {x} is given transposed, as [out, in]", Products,
            (use, g) => use.Right(g).Transposed())
        { Position = 1, Applies = use => use.To.Rank == 2 && use.To[0] == use.To[1] };
        yield return new("left-as-it-is", GradientFault.NotTransposed, "{z} is used as it is instead of transposed where the gradient of {x} comes out of {y}", Products,
            (use, g) => Tensor.MatMul(use.Reads[0], g))
        {
            Position = 1,
            Applies = use => use.Reads[0].Shape is var read && read[^1] == read[^2] && read.Rank <= use.From.Rank && use.To.Rank > 2,
        };
        yield return new("last-of-the-batch", GradientFault.BatchNotSummed, "the gradient of {x} is that of the last batch element instead of the sum over the batch", Products,
            (use, g) => use.Right(OfLast(g)))
        { Position = 1, Applies = IsWeight };
        yield return new("mean-over-the-batch", GradientFault.BatchNotSummed, "the gradient of {x} is averaged over the batch instead of summed", Products,
            (use, g) => use.Right(g) / g.Shape[0])
        { Position = 1, Applies = IsWeight };
        yield return new("bfloat16-sum", GradientFault.NarrowSum, "the gradient of {x} is accumulated in bfloat16", Products,
            (use, g) => Scaled(RoundedProduct(Flat(use.Reads[0]).Transposed(), Flat(g), value => value, BFloat16), g, use))
        { Position = 1, Applies = IsWeight };
        yield return new("float32-sum", GradientFault.NarrowSum, "the gradient of {x} is accumulated in float32", Products,
            (use, g) => Scaled(RoundedProduct(Flat(use.Reads[0]).Transposed(), Flat(g), value => value, Single), g, use))
        { Position = 1, Applies = IsWeight, Formats = [FloatFormat.Float64] };
        yield return new("scale-missing", GradientFault.Scale, "the factor 1/√dh of {y} is missing in the gradient of {x}", ["ScaledMatMul"],
            (use, g) => use.Right(g) * Divisor(use));
        yield return new("scale-twice", GradientFault.Scale, "the factor 1/√dh of {y} is there twice in the gradient of {x}", ["ScaledMatMul"],
            (use, g) => use.Right(g) / Divisor(use));
        yield return new("saved-matrix-overwritten", GradientFault.Overwritten, "the gradient of {x} reads what a later segment left in place of the saved factor of {y}", Products,
            (use, g) => use.Occurrences is var (all, _) && all[^1].Zip(use.Reads).All(pair => pair.First.Shape == pair.Second.Shape) ? use.Right(g, all[^1]) : use.Right(g))
        {
            LooksAround = true,
            Applies = use => use.Site.Result.Text.Length < 24,
        };
        yield return new("not-solved", GradientFault.NotSolved, "the gradient passes the regression without being solved for", ["SolvePositiveDefinite"], (_, g) => g) { Position = 1 };
        yield return new("multiplied-by-the-matrix", GradientFault.NotSolved, "the gradient is multiplied by F Fᵀ + λI instead of solved for", ["SolvePositiveDefinite"],
            (use, g) => Tensor.MatMul(use.Reads[0], g))
        { Position = 1 };
        yield return new("solved-twice", GradientFault.NotSolved, "the gradient is solved for twice", ["SolvePositiveDefinite"], (use, g) => use.Right(use.Right(g))) { Position = 1 };
        yield return new("ridge-missing", GradientFault.RidgeMissing, "λ is missing where the gradient is solved for", ["SolvePositiveDefinite"],
            (use, g) => Tensor.MatMul(LinearAlgebra.Inverse(Ridged(use, -1)), g))
        { Position = 1 };
        yield return new("ridge-twice", GradientFault.RidgeMissing, "λ is there twice where the gradient is solved for", ["SolvePositiveDefinite"],
            (use, g) => Tensor.SolvePositiveDefinite(Ridged(use, 1), g))
        { Position = 1 };
        yield return new("solved-for-the-diagonal", GradientFault.NotSolved, "only the diagonal of F Fᵀ + λI is divided by where the gradient is solved for", ["SolvePositiveDefinite"],
            (use, g) => Diagonal(use.Reads[0], g))
        { Position = 1 };
    }

    private static IEnumerable<AdjointEdit> Densities()
    {
        string[] density = ["NormalDensity"];
        yield return new("density-normaliser-as-constant", GradientFault.Normaliser, "1/√(2πv) is taken as a constant in the gradient by the variance of {y}", density,
            (use, g) => g * use.Reads[0] * (use.Reads[1] * use.Reads[1] / use.Reads[2]) / (use.Reads[2] * 2) is var wrong ? Reduced(wrong, use) : wrong)
        { Position = 1 };
        yield return new("density-by-its-deviation", GradientFault.VarianceChain, "the gradient by the standard deviation of {y} is taken for that by the variance", density,
            (use, g) => Reduced(g * use.Reads[0] * (use.Reads[1] * use.Reads[1] / use.Reads[2] + -1) / Tensor.Sqrt(use.Reads[2]), use))
        { Position = 1 };
        yield return new("density-without-half", GradientFault.VarianceChain, "½ is missing in the gradient by the variance of {y}", density, (use, g) => use.Right(g) * 2) { Position = 1 };
        yield return new("density-exponent-as-constant", GradientFault.PathDropped, "the gradient by the variance of {y} leaves out that of the exponent", density,
            (use, g) => Reduced(-(g * use.Reads[0] / (use.Reads[2] * 2)), use))
        { Position = 1 };
        yield return new("density-deviation-undivided", GradientFault.FactorMissing, "1/v is missing in the gradient by the mean of {y}", density,
            (use, g) => -(g * use.Reads[0] * use.Reads[1]))
        { Position = 0 };
        yield return new("density-mean-sign", GradientFault.Sign, "the gradient by the mean of {y} has the wrong sign", density, (use, g) => -use.Right(g)) { Position = 0 };
        yield return new("density-divided-by-the-deviation", GradientFault.VarianceChain, "the gradient by the mean of {y} is divided by the standard deviation instead of the variance",
            density, (use, g) => -(g * use.Reads[0] * use.Reads[1] / Tensor.Sqrt(use.Reads[2])))
        { Position = 0, Applies = use => use.Reads[2].Shape == use.From };
        yield return new("density-value-missing", GradientFault.FactorMissing, "the factor {y} is missing in its own gradient", density,
            (use, g) => use.Right(g, [.. use.Reads.Select((read, i) => i == 0 ? read * 0 + 1 : read)]));
    }

    private static IEnumerable<AdjointEdit> Elementwise()
    {
        yield return new("rotation-not-inverted", GradientFault.RotationNotInverted, "the gradient is turned the same way as in the forward pass instead of back",
            ["op_Addition", "op_Subtraction"], (use, g) => -use.Right(g))
        { Position = 1, Applies = IsRotation };
        yield return new("rotation-forgotten", GradientFault.RotationNotInverted, "the gradient is not turned back at all where it leaves the rotation", ["op_Multiply"],
            (use, g) => use.Reads[0].Map(Math.Abs) is var table ? g * table : g)
        { Applies = use => use.IsAlone && use.Piece == "block.rope" };
        yield return new("factor-missing", GradientFault.FactorMissing, "the other factor of {y} is missing in the gradient of {x}", ["op_Multiply"],
            (use, g) => use.Right(g, use.Reads[0] * 0 + 1))
        { Applies = use => !use.IsAlone };
        yield return new("own-factor", GradientFault.FactorMissing, "the gradient of {x} is multiplied by {x} itself instead of the other factor of {y}", ["op_Multiply"],
            (use, g) => use.ReadsOfAll.ElementAt(1 - use.Position)[0] is var own && own.Shape == use.Reads[0].Shape ? use.Right(g, own) : use.Right(g))
        {
            Applies = use => !use.IsAlone,
        };
        yield return new("factor-overwritten", GradientFault.Overwritten, "{y} overwrote the factor that the gradient of {x} reads", ["op_Multiply"],
            (use, g) => use.Right(g, use.ReadsOfAll.Select(reads => reads[0]).Aggregate((left, right) => left.Shape.Rank < right.Shape.Rank ? right * left : left * right)))
        {
            Applies = use => !use.IsAlone && use.ReadsOfAll.All(reads => reads[0].Shape == use.From),
        };
        yield return new("square-without-2", GradientFault.FactorMissing, "the factor 2 is missing in the gradient of {y}", ["op_Multiply"],
            (use, g) => use.Right(g) * 0)
        { Position = 1, Applies = use => use.Site.Result.Text == use.Site.Operand.Text + "²" };
        yield return new("not-summed", GradientFault.BroadcastNotReduced, "the gradient of {x} is that of the last repetition in {y} instead of the sum",
            ["op_Addition", "op_Subtraction", "op_Multiply", "op_Division"], (use, g) => use.Right(OfLastRepetition(g, use)))
        { Position = 1, Applies = IsRepeated };
        yield return new("averaged", GradientFault.BroadcastNotReduced, "the gradient of {x} is averaged over the repetitions in {y} instead of summed",
            ["op_Addition", "op_Subtraction", "op_Multiply", "op_Division"], (use, g) => use.Right(g) / (int)(use.From.Count / Math.Max(use.To.Count, 1)))
        {
            Position = 1,
            Applies = IsRepeated,
        };
        yield return new("not-summed", GradientFault.BroadcastNotReduced, "the gradient of {x} is that of one repetition instead of the sum", ["Expand"],
            (use, g) => FirstAlong(g, AxisOf(use)))
        { Applies = use => use.From.Count > use.To.Count };
        yield return new("averaged", GradientFault.BroadcastNotReduced, "the gradient of {x} is averaged over what it was repeated for instead of summed", ["Expand"],
            (use, g) => use.Right(g) / (int)(use.From.Count / Math.Max(use.To.Count, 1)))
        { Applies = use => use.From.Count > use.To.Count };
        yield return new("denominator-as-constant", GradientFault.Normaliser, "the denominator of {y} is taken as a constant", ["op_Division"], (use, g) => use.Right(g) * 0) { Position = 1 };
        yield return new("denominator-sign", GradientFault.Sign, "the gradient of the denominator of {y} has the wrong sign", ["op_Division"], (use, g) => -use.Right(g)) { Position = 1 };
        yield return new("denominator-missing", GradientFault.FactorMissing, "the gradient of the numerator of {y} is not divided", ["op_Division"],
            (_, g) => g)
        { Position = 0 };
        yield return new("constant-missing", GradientFault.Scale, "a constant factor of {y} is missing in the gradient", ["op_Multiply by a constant", "op_Division by a constant"],
            (_, g) => g);
        yield return new("constant-twice", GradientFault.Scale, "a constant factor of {y} is there twice in the gradient", ["op_Multiply by a constant", "op_Division by a constant"],
            (use, g) => use.Right(use.Right(g)));
        yield return new("subtrahend-sign", GradientFault.Sign, "the gradient of what is taken off in {y} has the wrong sign", ["op_Subtraction"], (use, g) => -use.Right(g)) { Position = 1 };
        yield return new("slope-missing", GradientFault.FactorMissing, "the slope is missing at {y}", ["Exp", "Log"], (_, g) => g);
        yield return new("sign", GradientFault.Sign, "the gradient of {x} has the wrong sign", ["op_UnaryNegation"], (_, g) => g);
        yield return new("dropped", GradientFault.PathDropped, "no gradient goes from {y} to {x}", Anything, (use, g) => use.Right(g) * 0)
        {
            Applies = use => use.Operation != "enters" && !use.IsAlone && !use.IsInput,
        };
        yield return new("dropped", GradientFault.PathDropped, "no gradient goes back from {y} to what it was computed from", ["enters"], (use, g) => use.Right(g) * 0)
        {
            Applies = use => !use.IsInput && use.Maker is not ("Slice" or "Reshape"),
        };
        yield return new("steps-not-summed", GradientFault.StepsNotSummed, "the gradient of {y} comes from the last step alone instead of the sum over the steps", ["enters"],
            (use, g) => use.IsFirst() ? g : g * 0)
        { Applies = use => use.IsInput && use.Site.Result.Text[0] is 'W' or 'w' or 'b' };
    }

    private static IEnumerable<AdjointEdit> Layouts()
    {
        yield return new("misplaced-by-one", GradientFault.Misplaced, "the gradient of a part of {y} is misplaced by one", ["Concat"],
            (use, g) => Rolled(use.Right(g), AxisOf(use)))
        { Applies = use => !use.IsAlone || use.To != use.From };
        yield return new("part-misplaced-by-one", GradientFault.Misplaced, "the gradient of a part of {x} is misplaced by one", ["Slice"],
            (use, g) => Rolled(g, AxisOf(use)));
        yield return new("not-permuted-back", GradientFault.NotTransposed, "the gradient of {x} keeps the order of axes of the forward pass", ["Permute"],
            (use, g) => Tensor.Reshape(g, use.To))
        { Applies = use => use.Site.Result == use.Site.Operand };
        yield return new("column-major", GradientFault.NotTransposed, "the gradient of {x} is reshaped column by column", ["Reshape"],
            (use, g) => Tensor.Reshape(g.Transposed(), use.To))
        { Applies = use => use.From.Rank >= 2 && use.Piece is "lm2.bank.rows" or "base.compressive.compress" };
        yield return new("rows-backwards", GradientFault.Misplaced, "the rows' gradients come in the reverse order in that of {x}", ["Reshape"],
            (use, g) => Tensor.Reshape(Tensor.Reshape(g, [g.Shape[0], (int)g.Shape[1..].Count]).Reversed(), use.To))
        { Applies = use => use.Piece is "lm2.bank.rows" };
    }

    // Σ p g of every row.
    private static Tensor Delta(Tensor g, Use use) => Tensor.Sum(g * use.Reads[0], g.Shape.Rank - 1);

    private static Tensor Spread(Tensor row, Use use) => Spread(row, use.From);

    private static Tensor Spread(Tensor row, Shape shape) => Tensor.Expand(row, shape.Rank - 1, shape[^1]);

    // The last axis moved on by one, the last entry to the front.
    private static Tensor Shifted(Tensor x) => x.MapRows(row => [.. row[^1..], .. row[..^1]]);

    // e^(s − logsumexp) of what is hidden too.
    private static Tensor Unmasked(Use use)
    {
        var (left, right) = use.Product!.Value;
        var scores = Tensor.Reshape(Tensor.MatMul(left, right) / Math.Sqrt(left.Shape[^1]), use.From).ToArray();
        var (weights, columns) = (use.Reads[0].ToArray(), use.From[^1]);
        for (var row = 0; row < weights.Length; row += columns)
        {
            var visible = Enumerable.Range(row, columns).MaxBy(i => weights[i]);
            var normaliser = scores[visible] - Math.Log(weights[visible]);
            for (var i = row; i < row + columns; i++)
                weights[i] = Math.Exp(scores[i] - normaliser);
        }

        return DenseEngine<double>.Instance.Create(weights, use.From);
    }

    private static Tensor LargestOf(Tensor g, Use use)
    {
        var kept = use.Right(g * 0 + 1).ToArray().Chunk(g.Shape[^1]).First().Count(value => value != 0);
        return Tensor.KeepTopK(g, kept);
    }

    private static bool IsShared(Use use) => use.Piece == "block.attention.causal" && use.To.Rank == 4 && use.From[^2] > Tokens(use);

    // Keys come transposed, [B,G,dh,T]; values as [B,G,T,dh].
    private static int Tokens(Use use) => use.Operation == "ScaledMatMul" ? use.To[^1] : use.To[^2];

    private static Tensor OfFirstHead(Tensor g, Use use)
    {
        var (tokens, entries) = (Tokens(use), g.Entries());
        return Make(g.Shape, i => i[^2] < tokens ? entries[i] : 0);
    }

    private static bool IsAlignment(Use use) => use.IsAlone && use.Piece is "lm2.align" or "lm2.bank.update" or "lm2.readout.gated";

    private static Tensor Nearest(Tensor weights) =>
        weights.Transposed().MapRows(row => [.. row.Select((_, i) => i == Array.IndexOf(row, row.Max()) ? 1.0 : 0)]).Transposed();

    private static Tensor TapsReversed(Tensor right, Use use)
    {
        var width = use.From[^1];
        Shape taps = use.Position == 0
            ? [right.Shape[0], right.Shape[1], right.Shape[2] / width, width]
            : [1, 1, right.Shape[0] / width, width * width];
        var entries = Tensor.Reshape(right, taps).Entries();
        return Tensor.Reshape(Make(taps, i => entries[i[0], i[1], taps[2] - 1 - i[2], i[3]]), right.Shape);
    }

    private static bool IsWeight(Use use) => use.To.Rank == 2 && use.From.Rank > 2;

    private static Tensor OfLast(Tensor g)
    {
        var entries = g.Entries();
        return Make(g.Shape, i => i[0] == g.Shape[0] - 1 ? entries[i] : 0);
    }

    private static Tensor Flat(Tensor x) => Tensor.Reshape(x, [(int)x.Shape[..^1].Count, x.Shape[^1]]);

    private static Tensor Matching(Tensor read, Tensor g) => read.Shape.Rank > g.Shape.Rank ? read.Item(0) : read;

    private static double Divisor(Use use) => use.Operation == "MatMul" ? 1 : Math.Sqrt(use.Position == 0 ? use.To[^1] : use.To[^2]);

    private static Tensor Scaled(Tensor product, Tensor g, Use use) =>
        use.Operation == "MatMul" || g.Shape.Rank < 2 ? product : product / Divisor(use);

    private static Tensor Ridged(Use use, int times)
    {
        var (entries, ridge) = (use.Reads[0].Entries(), use.Call.Number("ridge"));
        return Make(use.Reads[0].Shape, i => entries[i] + (i[^1] == i[^2] ? times * ridge : 0));
    }

    private static Tensor Diagonal(Tensor matrix, Tensor g)
    {
        var (a, b, isShared) = (matrix.Entries(), g.Entries(), matrix.Shape.Rank == 2);
        return Make(g.Shape, i => b[i] / (isShared ? a[i[^2], i[^2]] : a[i[0], i[^2], i[^2]]));
    }

    private static Tensor Reduced(Tensor g, Use use)
    {
        if (g.Shape == use.To)
            return g;
        var repetitions = (int)(g.Shape.Count / use.To.Count);
        return Tensor.Reshape(Tensor.Sum(Tensor.Reshape(g, [repetitions, (int)use.To.Count]), 0), use.To);
    }

    // y = (a cos − b sin, b cos + a sin): what is taken off and what is added are what makes it a rotation.
    private static bool IsRotation(Use use) => use.Piece is "block.rope" or "block.attention.causal"
        && use is { IsAlone: false, Maker: "op_Multiply" } && use.Site.Result == use.Site.Operand;

    private static bool IsRepeated(Use use) => use.To.Count < use.From.Count && !use.IsAlone;

    private static Tensor OfLastRepetition(Tensor g, Use use)
    {
        var values = g.ToArray();
        Array.Clear(values, 0, values.Length - (int)use.To.Count);
        return DenseEngine<double>.Instance.Create(values, g.Shape);
    }

    // Along which axis the result is longer than the operand, or the other way round, or has one more.
    private static int AxisOf(Use use)
    {
        for (var axis = 0; axis < Math.Min(use.From.Rank, use.To.Rank); axis++)
        {
            if (use.From[axis] != use.To[axis])
                return axis;
        }

        return use.From.Rank - 1;
    }

    private static Tensor FirstAlong(Tensor g, int axis) => Tensor.Reshape(Tensor.Slice(g, axis, 0, 1), g.Shape.Without(axis));

    // The entries along an axis moved on by one, the last to the front.
    private static Tensor Rolled(Tensor x, int axis)
    {
        var (entries, length) = (x.Entries(), x.Shape[axis]);
        return Make(x.Shape, index =>
        {
            var from = index.ToArray();
            from[axis] = (index[axis] + length - 1) % length;
            return entries[from];
        });
    }
}
