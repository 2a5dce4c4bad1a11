namespace Harness.Tensors.Tests.Engines;

/// <content>Shapes that do not fit, and results that do not fit into memory.</content>
public abstract partial class TensorContract<T>
{
    public static TheoryData<string> Refusals => [.. RefusalByName.Keys];

    private static readonly Dictionary<string, Refusal> RefusalByName = Misfits().ToDictionary(refusal => refusal.Name);

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_the_trait_does_not_allow_is_refused_with_every_shape(string name)
    {
        var refusal = RefusalByName[name];
        var operands = refusal.Operands.Select(Zeros).ToArray();

        var call = () => refusal.Apply(operands);

        var message = call.Should().Throw<TensorShapeException>().Which.Message;
        message.Should().StartWith(refusal.Operation).And.Contain("expected");
        if (operands.Length > 0)
            message.Should().Contain($": found shapes {string.Join(" and ", refusal.Operands)}");
    }

    [Fact]
    public void A_number_of_values_that_is_not_the_shapes_is_refused()
    {
        var create = () => Of([2, 3], 1, 2, 3, 4, 5);
        create.Should().Throw<TensorShapeException>().WithMessage("Create: found shapes [2,3], expected 6 values, not 5.");
        var endless = () => Of([int.MaxValue, int.MaxValue, int.MaxValue]);
        endless.Should().Throw<TensorShapeException>().WithMessage("Create: *expected more than 2⁶³ values, not 0.");
    }

    [Fact]
    public virtual void An_empty_tensor_may_have_any_extents() =>
        Of([int.MaxValue, int.MaxValue, int.MaxValue, 0]).ToArray().Should().BeEmpty();

    [Fact]
    public void A_result_beyond_memory_is_named_with_its_shapes()
    {
        var large = T.Expand(Random([1024], seed: 1), 0, 1 << 30);
        var calls = new Dictionary<string, Func<object>>
        {
            ["+"] = () => large + large,
            ["*"] = () => large * 2,
            ["Exp"] = () => T.Exp(large),
            ["Clamp"] = () => T.Clamp(large, 0, 1),
            ["Softmax"] = () => T.Softmax(large),
            ["Sort"] = () => T.Sort(large),
            ["Concat"] = () => T.Concat(1, large, large),
            ["MatMul"] = () => T.MatMul(large, Zeros([1024, 2])),
            ["Copy"] = large.ToArray,
        };
        foreach (var (operation, call) in calls)
        {
            call.Should().Throw<TensorMemoryException>(operation).Which.Message
                .Should().StartWith($"{operation}: the result [1073741824,").And.Contain("[1073741824,1024]").And.Contain("bytes");
        }

        var reshape = () => T.Reshape(large, [1 << 20, 1 << 20]);
        reshape.Should().Throw<TensorMemoryException>();
        var reduce = () => T.Sum(large, 0);
        reduce.Should().Throw<TensorMemoryException>();
    }

    [Fact]
    public virtual void A_number_of_elements_beyond_64_bits_is_a_matter_of_memory_too()
    {
        var endless = T.Expand(T.Expand(T.Expand(Row(1), 0, int.MaxValue), 0, int.MaxValue), 0, int.MaxValue);

        var add = () => endless + 1;
        add.Should().Throw<TensorMemoryException>();
        var reshape = () => T.Reshape(endless, [2]);
        reshape.Should().Throw<TensorShapeException>();
        T.Slice(endless, 1, 5, 0).ToArray().Should().BeEmpty();
        T.Slice(T.Slice(T.Slice(endless, 0, 7, 1), 1, 7, 2), 2, 7, 3).ToArray().Should().Equal(1, 1, 1, 1, 1, 1);
    }

    [Fact]
    public void Empty_results_of_huge_batches_need_no_memory()
    {
        var left = T.Expand(T.Expand(Zeros([0, 3]), 0, 1 << 16), 0, 1 << 16);

        (left + 1).ToArray().Should().BeEmpty();
        T.MatMul(left, Zeros([3, 2])).ToArray().Should().BeEmpty();
        T.MatMul(left, T.Expand(T.Expand(Zeros([3, 2]), 0, 1 << 16), 0, 1 << 16)).ToArray().Should().BeEmpty();
        T.Concat(3, left, left).ToArray().Should().BeEmpty();
        T.Softmax(left).ToArray().Should().BeEmpty();
    }

    [Fact]
    public void Rows_of_no_matrix_take_no_time_however_many_they_would_be()
    {
        var none = T.Expand(T.Expand(T.Expand(T.Reshape(Row(1), []), 0, int.MaxValue), 0, int.MaxValue), 0, 0);

        T.Sort(none).ToArray().Should().BeEmpty();
        T.KeepTopK(none, 1).ToArray().Should().BeEmpty();
        T.CausalSoftmax(none).ToArray().Should().BeEmpty();
    }

    private static IEnumerable<Refusal> Misfits()
    {
        foreach (var (name, (tensors, _)) in Binary)
        {
            Shape[][] pairs =
            [
                [[2, 3], [2]], [[2, 3], [3, 2]], [[3], [2, 3]], [[], [1]], [[1], [2]], [[2, 3], [1, 3]], [[2, 3], [2, 1]], [[2, 3], [1]],
                [[1, 3], [2, 3]], [[2, 3], [1, 2, 3]], [[2, 3], [0]], [[0], [3]], [[2, 3, 4], [2, 4]], [[3, 3], [3, 3, 3]],
            ];
            foreach (var pair in pairs)
                yield return new(name, pair, x => tensors(x[0], x[1]));
        }

        Shape[][] products =
        [
            [[2, 3], [2, 3]], [[3], [3, 2]], [[2, 3], [3]], [[], []], [[2, 2, 3], [3, 3, 2]], [[1, 2, 3], [2, 3, 2]], [[2, 2, 3], [1, 3, 2]],
            [[2, 1, 2, 3], [2, 3, 2]], [[2, 2, 3], [4, 2, 3, 2]], [[0, 3], [2, 0]], [[2, 1], [3, 2]],
        ];
        foreach (var pair in products)
            yield return new("MatMul", pair, x => T.MatMul(x[0], x[1]));
        foreach (var vector in (Shape[])[[], [3], [2, 1], [1]])
            yield return new("ScaledMatMulMapped", [[4, 3], [3, 2], vector], x => T.ScaledMatMulMapped(x[0], x[1], 1, x[2])[0]);
        yield return new("MatMul", [[2, 3], [2, 3]], x => T.ScaledMatMulMapped(x[0], x[1], 1, T.Sum(x[0], 0))[0], "ScaledMatMulMapped of [2,3] and [2,3]");
        Shape[][] systems =
        [
            [[2, 3], [2, 1]], [[2, 2], [3, 1]], [[2, 2], [2]], [[2], [2, 1]], [[2, 2, 2], [3, 2, 1]], [[1, 2, 2], [2, 2, 1]], [[], []],
            [[2, 1, 2, 2], [2, 2, 1]],
        ];
        foreach (var pair in systems)
            yield return new("SolvePositiveDefinite", pair, x => T.SolvePositiveDefinite(x[0], x[1]));

        foreach (var axis in new[] { -1, 2, int.MaxValue })
            yield return new($"Sum(axis {axis})", [[2, 3]], x => T.Sum(x[0], axis));
        yield return new("Sum(axis 0)", [[]], x => T.Sum(x[0], 0));
        yield return new("CumulativeSum", [[]], x => T.CumulativeSum(x[0]));
        yield return new("Softmax", [[]], x => T.Softmax(x[0]));
        yield return new("Sort", [[]], x => T.Sort(x[0]));
        foreach (var shape in (Shape[])[[], [3], [3, 2], [2, 3, 2]])
            yield return new("CausalSoftmax", [shape], x => T.CausalSoftmax(x[0]));
        foreach (var k in new[] { -1, 4, int.MinValue })
            yield return new($"KeepTopK({k})", [[2, 3]], x => T.KeepTopK(x[0], k));
        yield return new("KeepTopK", [[]], x => T.KeepTopK(x[0], 0));
        yield return new("SortOrder", [[]], x => T.SortOrder(x[0]));
        foreach (var pair in (Shape[][])[[[2, 3], [3]], [[3], [2, 3]], [[2, 3], [2, 2]]])
        {
            yield return new("KeepTopK(1)", pair, x => T.KeepTopK(x[0], x[1], 1));
            yield return new("KeepWithin", pair, x => T.KeepWithin(x[0], x[1], 0, 1));
            yield return new("ScatterAdd(extent 5)", pair, x => T.ScatterAdd(x[0], x[1], 5));
        }

        yield return new("ScatterAdd(extent 5)", [[], []], x => T.ScatterAdd(x[0], x[1], 5));
        yield return new("ScatterAdd(extent -1)", [[3], [3]], x => T.ScatterAdd(x[0], x[1], -1));
        foreach (var pair in (Shape[][])[[[], []], [[3], [2, 3]], [[2, 3], [3]], [[2, 3], [3, 3]], [[1, 3], [2, 3]], [[2, 3], [1, 3]]])
        {
            yield return new("SearchSorted", pair, x => T.SearchSorted(x[0], x[1]));
            yield return new("Gather", pair, x => T.Gather(x[0], x[1]));
        }

        foreach (var shape in (Shape[])[[5], [], [2, 3, 0], [2, 4], [int.MaxValue, int.MaxValue, int.MaxValue]])
            yield return new("Reshape", [[2, 3]], x => T.Reshape(x[0], shape), $"Reshape [2,3] to {shape}");
        foreach (var axes in (int[][])[[], [0], [0, 0], [0, 2], [-1, 0], [0, 1, 2]])
            yield return new($"Permute({string.Join(',', axes)})", [[2, 3]], x => T.Permute(x[0], axes));
        foreach (var (axis, start, length) in new[]
            { (-1, 0, 1), (2, 0, 1), (0, -1, 1), (0, 0, 3), (0, 2, 1), (0, 3, 0), (0, 0, -1), (1, int.MaxValue, 2), (1, 2, int.MaxValue), (1, -2, 5) })
        {
            yield return new($"Slice(axis {axis}, {start}..{(long)start + length})", [[2, 3]], x => T.Slice(x[0], axis, start, length));
        }

        foreach (var (axis, extent) in new[] { (-1, 1), (3, 1), (0, -1) })
            yield return new($"Expand(axis {axis}, extent {extent})", [[2, 3]], x => T.Expand(x[0], axis, extent));
        foreach (var (axis, pair) in new (int, Shape[])[]
            { (-1, [[2], [2]]), (1, [[2], [2]]), (0, [[2, 3], [2, 2]]), (0, [[2], [2, 1]]), (0, [[], []]), (1, [[2, 3], [3, 3]]), (0, []) })
        {
            yield return new($"Concat(axis {axis})", pair, x => T.Concat(axis, x));
        }

        yield return new("Concat(axis 0)", [[int.MaxValue, 0], [1, 0]], x => T.Concat(0, x));
    }

    private sealed record Refusal(string Operation, Shape[] Operands, Func<T[], T> Apply, string? Given = null)
    {
        public string Name => Given ?? $"{Operation} of {string.Join(" and ", Operands)}";
    }
}
