using System.Runtime.CompilerServices;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Adjoint rules that an honest backward pass may have instead of the managed engine's.</summary>
internal abstract class AdjointRule
{
    /// <summary>What an operand gets; null where the rule is the usual one.</summary>
    public abstract T? Give<T>(TapeNode<T> result, TapeNode<T>.Edge edge, T gradient)
        where T : class, ITensor<T>;
}

/// <summary>Every gradient by another rule.</summary>
/// <param name="name">What is different.</param>
/// <param name="rule">Makes the rule, for one tape.</param>
internal sealed class OtherBackward(string name, Func<AdjointRule> rule) : Variation(name)
{
    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        if (request.Format == FloatFormat.Float64)
            return Gradients(DenseEngine<double>.Instance, request);
        return request.Format == FloatFormat.Float32
            ? Gradients(DenseEngine<float>.Instance, request)
            : Gradients(new FormatEngine<DenseTensor<float>>(DenseEngine<float>.Instance, request.Format), request);
    }

    private Dictionary<string, TensorData> Gradients<T>(IEngine<T> engine, EquationRequest request)
        where T : class, ITensor<T>
    {
        var equation = EquationCatalogue.Find(request.Equation)!;
        using var tape = new Tape<T>(engine, GradientSignature.IsTruncated(request.Attributes), rule());
        return EquationCall.Differentiate(equation.Differentiated!, tape, request.Attributes, EquationCall.Create(equation, engine, request.Inputs))
            .ToDictionary(output => output.Key, output => new TensorData(output.Value.Shape, output.Value.ToArray()));
    }

    private sealed class Tape<T>(IEngine<T> engine, bool isTruncated, AdjointRule rule) : GradientEngine<T>(engine, isTruncated)
        where T : class, ITensor<T>
    {
        protected override T Passed(TapeNode<T> result, TapeNode<T>.Edge edge, T gradient) =>
            rule.Give(result, edge, gradient) ?? base.Passed(result, edge, gradient);
    }
}

/// <summary>δ = Σ dO ⊙ O over the outputs of an attention instead of Σ dP ⊙ P over its weights, as fused kernels have it.</summary>
internal sealed class DeltaFromOutputs : AdjointRule
{
    private readonly ConditionalWeakTable<object, object> _deltas = [];

    public override T? Give<T>(TapeNode<T> result, TapeNode<T>.Edge edge, T gradient)
        where T : class
    {
        var last = gradient.Shape.Rank - 1;
        if (result is { Operation: "MatMul", Edges: [{ Reads: [var values] }, { Reads: [var weights] }] } && edge.Position == 0 && Weights(edge.Operand) is { } softmax)
        {
            var delta = T.Sum(gradient * T.MatMul(weights, values), last);
            _deltas.Add(softmax, delta.Engine.Hold(T.Reshape(delta, softmax.Shape[..^1])));
        }

        return result.Operation is "Softmax" or "CausalSoftmax" && _deltas.TryGetValue(result, out var found)
            ? edge.Reads[0] * (gradient - T.Expand((T)found, last, gradient.Shape[^1]))
            : null;
    }

    private static TapeNode<T>? Weights<T>(TapeNode<T> node)
        where T : class, ITensor<T> => node switch
        {
            { Operation: "Softmax" or "CausalSoftmax" } => node,
            { Operation: "Reshape" or "KeepTopK", Edges: [var only] } => Weights(only.Operand),
            _ => null,
        };
}

/// <summary>A shared weight's gradient batch element by batch element, the last first.</summary>
internal sealed class BatchByBatch : AdjointRule
{
    public override T? Give<T>(TapeNode<T> result, TapeNode<T>.Edge edge, T gradient)
        where T : class
    {
        if (result.Operation != "MatMul" || edge.Position != 1 || edge.Operand.Shape.Rank != 2 || gradient.Shape.Rank < 3)
            return null;
        T? sum = null;
        var (left, right) = (Flat(edge.Reads[0]), Flat(gradient));
        for (var b = left.Shape[0] - 1; b >= 0; b--)
        {
            var part = T.MatMul(T.Permute(Item(left, b), 1, 0), Item(right, b));
            sum = sum is null ? part : sum + part;
        }

        return sum;
    }

    private static T Flat<T>(T x)
        where T : class, ITensor<T> => T.Reshape(x, [(int)x.Shape[..^2].Count, x.Shape[^2], x.Shape[^1]]);

    private static T Item<T>(T x, int b)
        where T : class, ITensor<T> => T.Reshape(T.Slice(x, 0, b, 1), x.Shape[1..]);
}

/// <summary>tanh′ = (1 − y)(1 + y), σ′ = y − y², and quotients by the reciprocal.</summary>
internal sealed class OtherSlopes : AdjointRule
{
    public override T? Give<T>(TapeNode<T> result, TapeNode<T>.Edge edge, T gradient)
        where T : class => (result.Operation, edge.Position) switch
        {
            ("Tanh", _) => gradient * ((-edge.Reads[0] + 1) * (edge.Reads[0] + 1)),
            ("Sigmoid", _) => gradient * (edge.Reads[0] - edge.Reads[0] * edge.Reads[0]),
            ("op_Division", 0) when edge.Reads[0].Shape == gradient.Shape => gradient * ((edge.Reads[0] * 0 + 1) / edge.Reads[0]),
            _ => null,
        };
}

/// <summary>grad_x = (ĝ − mean ĝ − x̂ mean(ĝ ⊙ x̂))/s with ĝ = grad_y ⊙ w: the norm's adjoint in one.</summary>
internal sealed class FusedLayerNorm() : OtherFormula("block.layer_norm.vjp", "fused")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (x, width) = (o["x"], o["x"].Shape[2]);
        T Mean(T y) => T.Expand(T.Sum(y, 2) / width, 2, width);
        var centred = x - Mean(x);
        var deviation = T.Sqrt(Mean(centred * centred) + o.Attributes.Number("eps"));
        var (normed, g) = (centred / deviation, o["grad_y"] * o["w"]);
        T OverTokens(T y) => T.Sum(T.Reshape(y, [x.Shape[0] * x.Shape[1], width]), 0);
        T[] gradients = [(g - Mean(g) - normed * Mean(g * normed)) / deviation, OverTokens(o["grad_y"] * normed), OverTokens(o["grad_y"])];
        return o.Has("b") ? gradients : gradients[..2];
    }
}

/// <summary>grad_x = (ĝ − x̂ mean(ĝ ⊙ x̂))/r.</summary>
internal sealed class FusedRmsNorm() : OtherFormula("block.rms_norm.vjp", "fused")
{
    protected override T[] Compute<T>(Operands<T> o)
    {
        var (x, width) = (o["x"], o["x"].Shape[2]);
        T Mean(T y) => T.Expand(T.Sum(y, 2) / width, 2, width);
        var root = T.Sqrt(Mean(x * x) + o.Attributes.Number("eps"));
        var (normed, g) = (x / root, o["grad_y"] * o["w"]);
        return [(g - normed * Mean(g * normed)) / root, T.Sum(T.Reshape(o["grad_y"] * normed, [x.Shape[0] * x.Shape[1], width]), 0)];
    }
}
