using System.Reflection;
using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Harness.Tensors.Numerics;
using Plain = Harness.Tensors.Dense.DenseTensor<Harness.Tensors.Numerics.DoubleDouble>;
using Taped = Harness.Tensors.Gradients.TapedTensor<Harness.Tensors.Dense.DenseTensor<Harness.Tensors.Numerics.DoubleDouble>>;

namespace Harness.Tensors.Tests.Gradients;

/// <summary>Every adjoint rule against central differences of the operation itself, which know nothing of it.</summary>
public sealed class AdjointTests
{
    // A difference of four points is off by h⁴ times the fifth derivative and by the rounding of double-double over h: both below 10⁻²².
    private const double Tolerance = 1e-20;
    private const double PlantedError = 1e-15;

    private static readonly DoubleDouble Step = Math.ScaleB(1, -23);

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["+"] = new([[2, 3], [2, 3]], x => x[0] + x[1]),
        ["+ repeated"] = new([[4, 2, 3], [3]], x => x[0] + x[1]),
        ["+ number repeated"] = new([[2, 3], []], x => x[0] + x[1]),
        ["-"] = new([[2, 3], [2, 3]], x => x[0] - x[1]),
        ["- repeated"] = new([[4, 2, 3], [2, 3]], x => x[0] - x[1]),
        ["*"] = new([[2, 3], [2, 3]], x => x[0] * x[1]),
        ["* repeated"] = new([[4, 2, 3], [3]], x => x[0] * x[1]),
        ["x * x"] = new([[2, 3]], x => x[0] * x[0]),
        ["/"] = new([[2, 3], [2, 3]], x => x[0] / x[1], Low: 0.5),
        ["/ repeated"] = new([[4, 2, 3], [2, 3]], x => x[0] / x[1], Low: 0.5),
        ["+ constant"] = new([[2, 3]], x => x[0] + 1.5),
        ["* constant"] = new([[2, 3]], x => x[0] * 1.7),
        ["/ constant"] = new([[2, 3]], x => x[0] / 1.7),
        ["negation"] = new([[2, 3]], x => -x[0]),
        ["Exp"] = new([[2, 3]], x => Taped.Exp(x[0])),
        ["Log"] = new([[2, 3]], x => Taped.Log(x[0]), Low: 0.5),
        ["Sqrt"] = new([[2, 3]], x => Taped.Sqrt(x[0]), Low: 0.5),
        ["Tanh"] = new([[2, 3]], x => Taped.Tanh(x[0])),
        ["Sigmoid"] = new([[2, 3]], x => Taped.Sigmoid(x[0])),
        ["Softplus"] = new([[2, 3]], x => Taped.Softplus(x[0])),
        ["Erf"] = new([[2, 3]], x => Taped.Erf(x[0])),
        ["Clamp"] = new([[4, 5]], x => Taped.Clamp(x[0], -0.5, 1)),
        ["KeepWithin"] = new([[4, 5], [4, 5]], x => Taped.KeepWithin(x[0], x[1], -0.5, 1)),
        ["NormalDensity"] = new([[2, 3], [2, 3]], x => Taped.NormalDensity(x[0], x[1]), Low: 0.5),
        ["NormalDensity repeated"] = new([[4, 2, 3], [3]], x => Taped.NormalDensity(x[0] + -1, x[1]), Low: 0.5),

        ["MatMul"] = new([[2, 3], [3, 4]], x => Taped.MatMul(x[0], x[1])),
        ["MatMul batch"] = new([[2, 2, 3], [2, 3, 4]], x => Taped.MatMul(x[0], x[1])),
        ["MatMul shared right"] = new([[2, 3, 2, 3], [3, 4]], x => Taped.MatMul(x[0], x[1])),
        ["MatMul shared left"] = new([[2, 3], [3, 2, 3, 4]], x => Taped.MatMul(x[0], x[1])),
        ["ScaledMatMul"] = new([[2, 2, 3], [2, 3, 4]], x => Taped.ScaledMatMul(x[0], x[1], 1.7)),
        ["ScaledMatMul shared right"] = new([[2, 2, 3], [3, 4]], x => Taped.ScaledMatMul(x[0], x[1], 1.7)),
        ["ScaledMatMulMapped"] = new([[2, 2, 3], [2, 3, 4], [4], [4]], x => Both(Taped.ScaledMatMulMapped(x[0], x[1], 1.7, x[2], x[3]))),
        ["ScaledMatMulMapped shared right"] = new([[2, 2, 3], [3, 4], [4]], x => Taped.ScaledMatMulMapped(x[0], x[1], 1.7, x[2])[0]),
        ["ScaledMatMulMapped shared left"] = new([[2, 3], [2, 3, 4], [4]], x => Taped.ScaledMatMulMapped(x[0], x[1], 1.7, x[2])[0]),
        ["Solve"] = new([[3, 4], [3, 2]], x => Taped.SolvePositiveDefinite(Definite(x[0]), x[1])),
        ["Solve shared matrix"] = new([[3, 4], [2, 3, 2]], x => Taped.SolvePositiveDefinite(Definite(x[0]), x[1])),
        ["Solve batch"] = new([[2, 3, 4], [2, 3, 2]], x => Taped.SolvePositiveDefinite(Definite(x[0]), x[1])),
        ["Solve shared right side"] = new([[2, 3, 4], [3, 2]], x => Taped.SolvePositiveDefinite(Definite(x[0]), x[1])),

        ["Sum over rows"] = new([[3, 2, 4]], x => Taped.Sum(x[0], 0)),
        ["Sum over columns"] = new([[3, 2, 4]], x => Taped.Sum(x[0], 2)),
        ["CumulativeSum"] = new([[2, 2, 4]], x => Taped.CumulativeSum(x[0])),
        ["Softmax"] = new([[2, 4]], x => Taped.Softmax(x[0])),
        ["CausalSoftmax"] = new([[2, 2, 4]], x => Taped.CausalSoftmax(x[0])),
        ["KeepTopK"] = new([[3, 5]], x => Taped.KeepTopK(x[0], 2)),
        ["KeepTopK by another"] = new([[3, 5], [3, 5]], x => Taped.KeepTopK(x[0], x[1], 2)),
        ["Sort"] = new([[3, 5]], x => Taped.Sort(x[0])),
        ["Gather"] = new([[2, 3]], x => Taped.Gather(x[0], Positions(x[0]))),
        ["ScatterAdd"] = new([[2, 4]], x => Taped.ScatterAdd(x[0], Positions(x[0]), 3)),

        ["Reshape"] = new([[2, 6]], x => Taped.Reshape(x[0], [3, 4])),
        ["Permute"] = new([[2, 3, 4]], x => Taped.Permute(x[0], 2, 0, 1)),
        ["Slice"] = new([[2, 5]], x => Taped.Slice(x[0], 1, 1, 3)),
        ["Slices side by side"] = new([[4, 3]], x => Taped.Concat(0, Taped.Slice(x[0], 0, 2, 2), Taped.Slice(x[0], 0, 0, 1))),
        ["Slices that overlap, and the whole"] = new([[4, 3]], x => Taped.Concat(
            0, Taped.Slice(x[0], 0, 0, 2), x[0] * 2, Taped.Slice(x[0], 0, 1, 2), Taped.Slice(x[0], 0, 1, 1))),
        ["Slices along two axes"] = new([[3, 3]], x => Taped.Slice(x[0], 0, 1, 1) * Taped.Reshape(Taped.Slice(x[0], 1, 1, 1), [1, 3])),
        ["Concat"] = new([[2, 3], [2, 1], [2, 2]], x => Taped.Concat(1, x[0], x[1], x[2])),
        ["Expand"] = new([[2, 3]], x => Taped.Expand(x[0], 1, 4)),
    };

    public static TheoryData<string> Names => [.. Rules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_adjoint_is_what_differences_say(string name)
    {
        var (gradients, differences) = Compare(Rules[name], new Engine());

        LargestError(gradients, differences).Should().BeLessThan(Tolerance);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_error_planted_in_any_single_rule_is_found(string name)
    {
        foreach (var place in Seen(name))
        {
            var (gradients, differences) = Compare(Rules[name], new Engine { Planted = place });

            LargestError(gradients, differences).Should().BeGreaterThan(100 * Tolerance, $"{place} is wrong");
        }
    }

    [Fact]
    public void Every_operation_of_the_trait_that_has_an_adjoint_is_examined()
    {
        var seen = Rules.Keys.SelectMany(Seen).Select(place => place.Operation).Distinct().ToList();
        var operations = typeof(ITensor<>).GetMethods(BindingFlags.Public | BindingFlags.Static)
            // An adjoint is differentiated as it is written.
            .Where(method => method.Name is not ("SortOrder" or "SearchSorted") && !method.Name.EndsWith("Gradient", StringComparison.Ordinal)).CountBy(method => method.Name);

        foreach (var (name, overloads) in operations)
            seen.Count(operation => operation == name || operation.StartsWith($"{name} ")).Should().Be(overloads, name);
    }

    private static HashSet<(string Operation, int Operand)> Seen(string name)
    {
        var engine = new Engine();
        Gradients(Rules[name], engine);
        return engine.Seen;
    }

    private static (DoubleDouble[][] Gradients, DoubleDouble[][] Differences) Compare(Rule rule, Engine engine) =>
        (Gradients(rule, engine), [.. rule.Operands.Select((_, i) => Differences(rule, i))]);

    private static DoubleDouble[][] Gradients(Rule rule, Engine engine)
    {
        var variables = rule.Values.Select((values, i) => engine.Variable(Create(values, rule.Operands[i]))).ToArray();
        var output = rule.Apply(variables);
        var gradients = engine.Gradients([(output, Create(Cotangent(output.Shape), output.Shape))], variables);
        gradients.Select(gradient => gradient.Shape).Should().Equal(rule.Operands);
        return [.. gradients.Select(gradient => gradient.Values.ToArray())];
    }

    private static DoubleDouble[] Differences(Rule rule, int operand) => [.. rule.Values[operand].Select((_, entry) =>
    {
        DoubleDouble At(int steps)
        {
            var engine = new Engine();
            var output = rule.Apply([.. rule.Values.Select((values, i) =>
            {
                var moved = values.ToArray();
                if (i == operand)
                    moved[entry] += Step * steps;
                return engine.Constant(Create(moved, rule.Operands[i]));
            })]);
            DoubleDouble sum = 0;
            foreach (var value in (output.Inner * Create(Cotangent(output.Shape), output.Shape)).Values)
                sum += value;
            return sum;
        }

        return (8 * (At(1) - At(-1)) - (At(2) - At(-2))) / (12 * Step);
    })];

    private static double LargestError(DoubleDouble[][] found, DoubleDouble[][] expected) =>
        found.SelectMany(values => values).Zip(expected.SelectMany(values => values))
            .Max(pair => (double)DoubleDouble.Abs(pair.First - pair.Second) / (1 + Math.Abs((double)pair.Second)));

    private static DoubleDouble[] Cotangent(Shape shape) => Uniform((int)shape.Count, seed: 99, low: -2);

    private static DoubleDouble[] Uniform(int count, int seed, double low)
    {
        var random = new Random(seed);
        var values = new DoubleDouble[count];
        for (var i = 0; i < count; i++)
            values[i] = low + (2 - low) * random.NextDouble();
        return values;
    }

    private static Plain Create(DoubleDouble[] values, Shape shape) => DenseEngine<DoubleDouble>.Instance.Create(values, shape);

    private static Taped Definite(Taped root)
    {
        int[] axes = root.Shape.Rank == 2 ? [1, 0] : [0, 2, 1];
        var n = root.Shape[^2];
        var identity = new double[n * n];
        for (var i = 0; i < n; i++)
            identity[i * n + i] = 1;
        return Taped.MatMul(root, Taped.Permute(root, axes)) + root.Engine.Create(identity, [n, n]);
    }

    private static Taped Positions(Taped like) => like.Engine.Create([0.0, 2, 2, 1, 1, 1, 0, 2], [2, 4]);

    private static Taped Both(Taped[] maps) => Taped.Concat(0, maps);

    private sealed record Rule(Shape[] Operands, Func<Taped[], Taped> Apply, double Low = -2)
    {
        public DoubleDouble[][] Values { get; } = [.. Operands.Select((shape, i) => Uniform((int)shape.Count, seed: i + 1, Low))];
    }

    private sealed class Engine() : GradientEngine<Plain>(DenseEngine<DoubleDouble>.Instance)
    {
        public (string Operation, int Operand)? Planted { get; init; }

        public HashSet<(string Operation, int Operand)> Seen { get; } = [];

        protected internal override Plain Passed(TapeNode<Plain> result, TapeNode<Plain>.Edge edge, Plain gradient)
        {
            var (passed, use) = (base.Passed(result, edge, gradient), (result.Operation, edge.Position));
            Seen.Add(use);
            return Planted == use ? passed * (1 + (DoubleDouble)PlantedError) : passed;
        }
    }
}
