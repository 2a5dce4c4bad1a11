using Harness.Tensors;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Lm2;

internal static class Lm2BankMistakes
{
    private const string Matrix = "lm2.bank.identity_matrix";
    private const string Vector = "lm2.bank.identity_vector";
    private const string Rows = "lm2.bank.rows";
    private const string Update = "lm2.bank.update";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Matrix, "first-slot-only", "only slot 0 is an identity, the others stay zero",
            c => [Make(MatrixShape(c), i => i[0] == 0 && i[1] == i[2] ? 1 : 0)]),
        new(Matrix, "all-ones", "slots are filled with ones", c => [Make(MatrixShape(c), _ => 1)]),
        new(Matrix, "shifted-by-slot", "the ones move one column to the right from slot to slot",
            c => [Make(MatrixShape(c), i => (i[1] + i[0]) % c.Integer("width") == i[2] ? 1 : 0)]),
        new(Matrix, "slots-last", "the slots are the last axis instead of the first",
            c => [Tensor.Permute(c.Right()[0], 1, 2, 0)]),
        new(Matrix, "normalised", "the identity is divided by its norm √d", c => [c.Right()[0] / Math.Sqrt(c.Integer("width"))]),
        new(Vector, "wraps-around", "slots beyond the width start over at column 0",
            c => [Make(VectorShape(c), i => i[0] % c.Integer("width") == i[1] ? 1 : 0)]),
        new(Vector, "last-column-for-the-rest", "slots beyond the width all get the last unit vector",
            c => [Make(VectorShape(c), i => Math.Min(i[0], c.Integer("width") - 1) == i[1] ? 1 : 0)]),
        new(Vector, "transposed-extents", "the shape is [width, slots]", c => [c.Right()[0].Transposed()]),
        new(Vector, "zero-bank", "the bank starts at zero", c => [Zeros(VectorShape(c))]),
        new(Vector, "missing-output", "nothing comes back under the output's name", _ => []),
        new(Rows, "slots-transposed", "every slot is transposed on the way (column-major)",
            c => [c.With("M", c["M"].Transposed()).Right()[0]]),
        new(Rows, "slots-inner", "row 0 of every slot comes first, then row 1 of every slot",
            c => [Tensor.Reshape(Tensor.Permute(c["M"], 0, 2, 1, 3), c.Right()[0].Shape)]),
        new(Rows, "batch-inner", "batch and slots are exchanged before the reshape",
            c => [Tensor.Reshape(Tensor.Permute(c["M"], 1, 0, 2, 3), c.Right()[0].Shape)]),
        new(Rows, "not-reshaped", "the four axes are left as they are", c => [c["M"]]),
        new(Update, "gates-swapped", "g_in and g_forget are exchanged",
            c => c.With("g_in", c["g_forget"]).With("g_forget", c["g_in"]).Right()),
        new(Update, "no-tanh", "E_mem is written without tanh", c => [Spelled(c, write: (g, e) => g * e)]),
        new(Update, "tanh-of-the-gated", "tanh is applied after the gate",
            c => [Spelled(c, write: (g, e) => Tensor.Tanh(g * e))]),
        new(Update, "sigmoid-for-tanh", "what is written passes a sigmoid",
            c => [Spelled(c, write: (g, e) => g * Tensor.Sigmoid(e))]),
        new(Update, "forget-gate-inverted", "g_forget says how much is forgotten instead of kept",
            c => [Spelled(c, forget: g => -g + 1)]),
        new(Update, "gru-style", "the forget gate is 1 − g_in", c => c.With("g_forget", -c["g_in"] + 1).Right()),
        new(Update, "never-forgets", "the old bank is kept whole", c => [Spelled(c, forget: g => g * 0 + 1)]),
        new(Update, "forgets-the-new-too", "the forget gate multiplies the sum of old bank and new content",
            c => [Align(c["g_forget"], c) * (Align(c["g_in"] * Tensor.Tanh(c["E_mem"]), c) + c["M"])]),
        new(Update, "gates-aligned-apart", "for T ≠ R gate and content are aligned one by one, then multiplied",
            c => [Align(c["g_in"], c) * Align(Tensor.Tanh(c["E_mem"]), c) + Align(c["g_forget"], c) * c["M"]]),
        new(Update, "tanh-after-alignment", "for T ≠ R tanh is taken of the aligned product's content",
            c => [Align(c["g_in"], c) * Tensor.Tanh(Align(c["E_mem"], c)) + Align(c["g_forget"], c) * c["M"]]),
        new(Update, "bank-of-the-first-of-the-batch", "the bank of batch element 0 is updated for all",
            c => c.With("M", c["M"].FirstOfBatchForAll()).Right()),
        new(Update, "clipped", "the new bank is clipped to [−1, 1]", c => [c.Right()[0].Map(value => Math.Clamp(value, -1, 1))]),
        Numerics.Float32ForFloat64(Update),
        new(Update, "naive-tanh", "tanh is (e^2x − 1)/(e^2x + 1), which overflows",
            c => [Spelled(c, write: (g, e) => g * e.Map(x => c.Exp(2 * x) is var power ? (power - 1) / (power + 1) : x))]),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Update, c => [Spelled(c)]),
    ];

    private static Shape MatrixShape(Call c) => [c.Integer("slots"), c.Integer("width"), c.Integer("width")];

    private static Shape VectorShape(Call c) => [c.Integer("slots"), c.Integer("width")];

    private static Tensor Align(Tensor x, Call c) => Architectures.Lm2.Alignment.Align(x, c["M"].Shape[1]);

    private static Tensor Spelled(Call c, Func<Tensor, Tensor, Tensor>? write = null, Func<Tensor, Tensor>? forget = null)
    {
        var written = write is null ? c["g_in"] * Tensor.Tanh(c["E_mem"]) : write(c["g_in"], c["E_mem"]);
        return Align(written, c) + Align(forget is null ? c["g_forget"] : forget(c["g_forget"]), c) * c["M"];
    }
}
