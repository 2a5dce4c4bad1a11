using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>Where on a tape something is wrong: the same on every tape of an equation, whatever the shapes and however many segments.</summary>
/// <param name="Result">What an operation computes.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Position">Which of its operands the gradient goes to.</param>
/// <param name="Operand">What that is.</param>
internal sealed record Site(Formula Result, string Operation, int Position, Formula Operand);

/// <summary>One use of an operand by an operation, as the sweep meets it.</summary>
internal sealed class Use(WrongTape tape, TapeNode<Tensor> result, TapeNode<Tensor>.Edge edge)
{
    /// <summary>What it is a use of.</summary>
    public Site Site { get; } = new(
        tape.FormulaOf(result), KindOf(result.Operation), edge.Position, tape.FormulaOf(WrongTape.IsEntrance(result) ? result : edge.Operand));

    /// <summary>The operation, whether it is masked or not.</summary>
    public static string KindOf(string operation) => operation == "CausalSoftmax" ? "Softmax" : operation;

    /// <summary>The call whose gradients are computed.</summary>
    public Call Call => tape.Call;

    /// <summary>The operation.</summary>
    public string Operation => result.Operation;

    /// <summary>Which of the operation's operands.</summary>
    public int Position => edge.Position;

    /// <summary>The equation that the operation belongs to.</summary>
    public string Piece => Site.Result.Piece;

    /// <summary>The shape of the operation's result, and so of the gradient that comes.</summary>
    public Shape From => result.Shape;

    /// <summary>The shape of the operand, and so of the gradient that goes on (but for a slice's).</summary>
    public Shape To => edge.Operand.Shape;

    /// <summary>What the adjoint reads.</summary>
    public Tensor[] Reads => edge.Reads;

    /// <summary>What the adjoints of the operation's operands read.</summary>
    public IEnumerable<Tensor[]> ReadsOfAll => result.Edges.Select(other => other.Reads);

    /// <summary>Whether the other operand depends on no variable.</summary>
    public bool IsAlone => result.Edges.Count == 1;

    /// <summary>What the other operand is.</summary>
    public string Other => result.Edges.FirstOrDefault(other => other != edge) is { } found ? tape.FormulaOf(found.Operand).Words : "the constant";

    /// <summary>Whether the operand is an input of the whole equation.</summary>
    public bool IsInput => edge.Operand.IsVariable;

    /// <summary>What the operation that made the operand is called.</summary>
    public string Maker => edge.Operand.Operation;

    /// <summary>The matrices of the product that the operand is, reshaped or not; null if it is none.</summary>
    public (Tensor Left, Tensor Right)? Product => WrongTape.ProductOf(edge.Operand);

    /// <summary>What the same use reads wherever it occurs, in the order of the forward pass, and which of them this is.</summary>
    public (IReadOnlyList<Tensor[]> All, int Number) Occurrences => tape.Occurrences(Site, result);

    /// <summary>The results of the other gates of this one's shape.</summary>
    public IEnumerable<Tensor> OtherGates => tape.Gates(result);

    /// <summary>What a tensor's node was given to remember, for edits that look at two places.</summary>
    public Tensor? Remembered => tape.Memory.TryGetValue(result, out var kept) ? Create(kept, From) : null;

    /// <summary>Whether the use was met before, in a later segment.</summary>
    public bool IsFirst() => tape.Met.Add(Site);

    /// <summary>Keeps a tensor for whoever comes to the operand.</summary>
    public void Remember(Tensor gradient) => tape.Memory[edge.Operand] = gradient.ToArray();

    /// <summary>What is right.</summary>
    public Tensor Right(Tensor gradient) => edge.Adjoint(gradient, edge.Reads);

    /// <summary>What would be right, had the operation read something else.</summary>
    public Tensor Right(Tensor gradient, params Tensor[] reads) => edge.Adjoint(gradient, reads);

    private static Tensor Create(double[] values, Shape shape) => DenseEngine<double>.Instance.Create(values, shape);
}
