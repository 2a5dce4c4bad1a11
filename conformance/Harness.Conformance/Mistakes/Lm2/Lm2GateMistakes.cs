using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Lm2;

internal static class Lm2GateMistakes
{
    private const string Output = "lm2.gate.output";
    private const string Input = "lm2.gate.input";
    private const string Forget = "lm2.gate.forget";

    public static IEnumerable<Mistake> All { get; } =
    [
        .. OfEveryGate(Output, "E_mem", "W_out"),
        .. OfEveryGate(Input, "E", "W_in"),
        .. OfEveryGate(Forget, "E_mem", "W_forget"),
        new(Output, "tanh-for-sigmoid", "the gate is a tanh", c => [Tensor.Tanh(c["E_mem"].Dot(c["W_out"]))]),
        new(Output, "one-gate-per-token", "the gate is averaged over the width",
            c => [Tensor.Expand(Tensor.Sum(c.Right()[0], 2) / c["E_mem"].Shape[2], 2, c["E_mem"].Shape[2])]),
        new(Input, "inverted", "the gate is 1 − σ", c => [-c.Right()[0] + 1]),
        new(Input, "softmax-for-sigmoid", "the gate is a softmax over the width", c => [Tensor.Softmax(c["E"].Dot(c["W_in"]))]),
        Numerics.ForFloat32(Input, "bfloat16-sums", "the product accumulates in bfloat16",
            c => [Tensor.Sigmoid(RoundedProduct(c["E"], c["W_in"], operand: value => value, sum: BFloat16))]),
        new(Forget, "bias-of-one", "a forget bias of 1 is added, as in an LSTM",
            c => [Tensor.Sigmoid(c["E_mem"].Dot(c["W_forget"]) + 1)]),
        new(Forget, "cancelling-complement", "σ(x) is computed as 1 − σ(−x) in float32, which loses small gates",
            c => [c["E_mem"].Dot(c["W_forget"]).Map(x => 1 - Single(Sigmoid(-x)))]),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Input, c => [Tensor.Sigmoid(RoundedProduct(c["E"], c["W_in"], operand: x => x, sum: x => x))]),
    ];

    private static Mistake[] OfEveryGate(string equation, string x, string w) =>
    [
        new(equation, "weight-transposed", "the weight is used as [out, in]", c => c.With(w, c[w].Transposed()).Right()),
        new(equation, "no-sigmoid", "the product is the gate", c => [c[x].Dot(c[w])]),
        new(equation, "overflowing-sigmoid", "σ is e^x/(1+e^x), which overflows",
            c => [c[x].Dot(c[w]).Map(value => c.Exp(value) is var e ? e / (1 + e) : e)]),
        new(equation, "sigmoid-by-tanh", "σ is ½ + ½ tanh(x/2), which loses small gates",
            c => [c[x].Dot(c[w]).Map(value => c.Round(0.5 + 0.5 * c.Round(Math.Tanh(value / 2))))]),
        new(equation, "hard-sigmoid", "σ is replaced by a clamped line", c => [Tensor.Clamp(c[x].Dot(c[w]) / 6 + 0.5, 0, 1)]),
        Numerics.Float32ForFloat64(equation),
        Numerics.Tf32ForFloat32(equation),
    ];
}
