namespace Harness.Tensors.Tests.Engines;

/// <content>One example of every operation, for what must hold of all of them.</content>
public abstract partial class TensorContract<T>
{
    private static readonly Dictionary<string, Operation> OperationByName = Examples().ToDictionary(operation => operation.Name);

    public static TheoryData<string> Operations => [.. OperationByName.Keys];

    [Theory]
    [MemberData(nameof(Operations))]
    public void A_result_belongs_to_the_engine_of_its_operands(string name)
    {
        var operation = OperationByName[name];
        var engine = Engine;

        var result = operation.Apply([.. operation.Operands.Select(operand => engine.Create(operand.Values, operand.Shape))]);

        result.Engine.Should().BeSameAs(engine);
    }

    protected T ResultOf(string name) =>
        OperationByName[name].Apply([.. OperationByName[name].Operands.Select(operand => Of(operand.Shape, operand.Values))]);

    private static IEnumerable<Operation> Examples()
    {
        Shape shape = [3, 4, 5];
        foreach (var (name, (tensors, _)) in Binary)
        {
            yield return new($"{name} equal shapes", [Positive(shape, 1), Positive(shape, 2)], x => tensors(x[0], x[1]));
            yield return new($"{name} repeated right", [Positive(shape, 1), Positive([4, 5], 2)], x => tensors(x[0], x[1]));
        }

        foreach (var (name, (tensors, _)) in WithScalar)
            yield return new($"{name} constant", [Positive(shape, 1)], x => tensors(x[0], 1.5));
        foreach (var (name, (tensors, _, _, _)) in Unary)
            yield return new(name == "-" ? "negation" : name, [Positive(shape, 1)], x => tensors(x[0]));
        yield return new("Clamp", [Positive(shape, 1)], x => T.Clamp(x[0], 0.5, 1));

        yield return new("MatMul", [Positive([3, 4], 1), Positive([4, 5], 2)], x => T.MatMul(x[0], x[1]));
        yield return new("MatMul batch", [Positive([2, 3, 4], 1), Positive([2, 4, 5], 2)], x => T.MatMul(x[0], x[1]));
        yield return new("MatMul shared right", [Positive([2, 3, 4], 1), Positive([4, 5], 2)], x => T.MatMul(x[0], x[1]));
        yield return new("MatMul shared left", [Positive([3, 4], 1), Positive([2, 4, 5], 2)], x => T.MatMul(x[0], x[1]));
        yield return new("MatMul large", [Positive([33, 70], 1), Positive([70, 45], 2)], x => T.MatMul(x[0], x[1]));
        PlainTensor definite = new([2, 2], [2, 0.5, 0.5, 1]);
        yield return new("Solve", [definite, Positive([2, 3], 1)], x => T.SolvePositiveDefinite(x[0], x[1]));
        yield return new("Solve shared", [definite, Positive([3, 2, 2], 1)], x => T.SolvePositiveDefinite(x[0], x[1]));

        for (var axis = 0; axis < 3; axis++)
        {
            var reduced = axis;
            yield return new($"Sum over axis {axis}", [Positive(shape, 1)], x => T.Sum(x[0], reduced));
        }

        yield return new("Sum of a long row", [Positive([2, 1003], 1)], x => T.Sum(x[0], 1));
        yield return new("Softmax of a long row", [Positive([2, 1003], 1)], x => T.Softmax(x[0]));
        yield return new("CumulativeSum", [Positive(shape, 1)], x => T.CumulativeSum(x[0]));
        yield return new("Softmax", [Positive(shape, 1)], x => T.Softmax(x[0]));
        yield return new("CausalSoftmax", [Positive(shape, 1)], x => T.CausalSoftmax(x[0]));
        yield return new("SoftmaxGradient", [Positive(shape, 1), Positive(shape, 2)], x => T.SoftmaxGradient(x[0], x[1]));
        foreach (var repeated in new[] { shape, [4, 5], [5] })
        {
            PlainTensor[] density = [Positive(shape, 1), Positive(shape, 2), Positive(shape, 3), Positive(repeated, 4)];
            yield return new($"DeviationGradient {repeated}", density, x => T.DeviationGradient(x[0], x[1], x[2], x[3]));
            yield return new($"VarianceGradient {repeated}", density, x => T.VarianceGradient(x[0], x[1], x[2], x[3]));
        }

        yield return new("KeepTopK", [Positive(shape, 1)], x => T.KeepTopK(x[0], 2));
        yield return new("KeepTopK by another", [Positive(shape, 1), Positive(shape, 2)], x => T.KeepTopK(x[0], x[1], 2));
        yield return new("KeepWithin", [Positive(shape, 1), Positive(shape, 2)], x => T.KeepWithin(x[0], x[1], 0.5, 1));
        yield return new("Sort", [Positive(shape, 1)], x => T.Sort(x[0]));
        PlainTensor ascending = new([2, 4], [1, 2, 3, 4, 0, 0, 1, 1]), values = new([2, 3], [0, 2, 5, 1, 0, -1]);
        yield return new("SearchSorted", [ascending, values], x => T.SearchSorted(x[0], x[1]));
        PlainTensor positions = new([2, 3], [3, 0, 1, 2, 2, 3]);
        yield return new("SortOrder", [Positive(shape, 1)], x => T.SortOrder(x[0]));
        yield return new("ScatterAdd", [Positive([2, 3], 1), positions], x => T.ScatterAdd(x[0], x[1], 4));
        yield return new("Gather", [ascending, positions], x => T.Gather(x[0], x[1]));

        yield return new("Reshape", [Positive(shape, 1)], x => T.Reshape(x[0], [5, 12]));
        yield return new("Permute", [Positive(shape, 1)], x => T.Permute(x[0], 2, 0, 1));
        yield return new("Slice", [Positive(shape, 1)], x => T.Slice(x[0], 1, 1, 2));
        yield return new("Expand", [Positive(shape, 1)], x => T.Expand(x[0], 1, 3));
        yield return new("Concat", [Positive(shape, 1), Positive([3, 2, 5], 2)], x => T.Concat(1, x[0], x[1]));
    }

    private static PlainTensor Positive(Shape shape, int seed) => new(shape, Uniform((int)shape.Count, seed, 0.25, 2));

    private sealed record Operation(string Name, PlainTensor[] Operands, Func<T[], T> Apply);
}
