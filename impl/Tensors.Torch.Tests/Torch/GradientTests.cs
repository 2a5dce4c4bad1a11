using Harness.Tensors.Gradients;
using Harness.Tensors.Numerics;
using TorchSharp;

namespace Harness.Tensors.Torch.Tests;

/// <summary>The adjoints of this repository over libtorch, beside libtorch's own.</summary>
public sealed class GradientTests
{
    private static readonly Shape[] Operands = [[2, 4, 3], [3, 5], [5]];

    private readonly TorchEngine _engine = new(FloatFormat.Float64, TorchDevice.Cpu, allowsTf32: false);

    [Fact]
    public void Gradients_are_those_that_libtorch_computes_by_itself()
    {
        var values = Operands.Select((shape, i) => Uniform(shape, seed: i)).ToArray();
        using var tape = new GradientEngine<TorchTensor>(_engine);
        var variables = values.Select(tape.Variable).ToArray();
        var output = Everything(variables);
        var cotangent = Uniform(output.Shape, seed: 9);
        var leaves = values.Select(value => new TorchTensor(value.Native.detach().clone().requires_grad_(), value.Shape, _engine)).ToArray();

        var gradients = tape.Gradients([(output, cotangent)], variables);
        Everything(leaves).Native.backward([cotangent.Native]);

        foreach (var (gradient, leaf) in gradients.Zip(leaves))
        {
            var expected = leaf.Native.grad!.data<double>().ToArray();
            gradient.Shape.Should().Equal(leaf.Shape);
            gradient.ToArray().Should().Equal(expected, (found, value) => Math.Abs(found - value) < 1e-12 * (1 + Math.Abs(value)));
            expected.Should().Contain(value => Math.Abs(value) > 0.01);
        }
    }

    [Fact]
    public void After_the_sweep_only_the_gradients_are_alive()
    {
        var values = Operands.Select((shape, i) => Uniform(shape, seed: i)).ToArray();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (_engine.Scope())
        {
            using var tape = new GradientEngine<TorchTensor>(_engine);
            var variables = values.Select(tape.Variable).ToArray();
            TapedTensor<TorchTensor> output;
            using (var forward = ((IEngine<TapedTensor<TorchTensor>>)tape).Scope())
                output = forward.Keep(Everything(variables));
            var cotangent = Uniform(output.Shape, seed: 9);

            tape.Gradients([(output, cotangent)], variables);

            // With the output and its cotangent.
            DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before + 2 + Operands.Length);
        }

        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
    }

    private static T Everything<T>(T[] x)
        where T : class, ITensor<T>
    {
        var scores = T.ScaledMatMul(x[0], x[1], 1.7);
        var kept = T.KeepTopK(T.Softmax(scores), 3) + T.Sigmoid(scores) / (T.Exp(scores) + 1);
        var density = T.NormalDensity(scores, T.Softplus(x[2]) + 0.1);
        var sorted = T.Sort(kept * density - T.Tanh(scores));
        var causal = T.CausalSoftmax(sorted + T.Erf(T.Clamp(scores, -0.5, 0.8)));
        var columns = T.Permute(causal, 0, 2, 1);
        var matrix = T.MatMul(columns, causal) + x[0].Engine.Create(Identity(5), [5, 5]);
        var solved = T.Permute(T.SolvePositiveDefinite(matrix, T.Permute(scores, 0, 2, 1)), 0, 2, 1);
        var mapped = T.ScaledMatMulMapped(x[0], x[1], 2, x[2], T.Sqrt(x[2] * x[2] + 1));
        return T.Concat(2, solved, T.CumulativeSum(sorted), T.Expand(mapped[0] * T.Log(mapped[1] * mapped[1] + 1), 2, 2), T.Slice(scores, 2, 1, 3));
    }

    private static double[] Identity(int n) => [.. Enumerable.Range(0, n * n).Select(i => i % (n + 1) == 0 ? 1.0 : 0)];

    private TorchTensor Uniform(Shape shape, int seed)
    {
        var random = new Random(seed);
        return _engine.Create([.. Enumerable.Range(0, (int)shape.Count).Select(_ => 3 * random.NextDouble() - 1.5)], shape);
    }
}
