namespace Harness.Tensors.Tests.Engines;

/// <content>Views: what they contain, and that every operation sees the same values through them.</content>
public abstract partial class TensorContract<T>
{
    [Fact]
    public void Scalars_have_no_axis_and_one_value()
    {
        var scalar = Of([], 2.5);

        scalar.Shape.Rank.Should().Be(0);
        scalar.ToArray().Should().Equal(2.5);
        T.Reshape(scalar, [1, 1]).Shape.Should().Equal(1, 1);
        T.Reshape(Row(2.5), []).ToArray().Should().Equal(2.5);
        T.Permute(scalar).ToArray().Should().Equal(2.5);
        T.Expand(scalar, 0, 3).ToArray().Should().Equal(2.5, 2.5, 2.5);
        (scalar + scalar).ToArray().Should().Equal(5);
    }

    [Fact]
    public void Parts_are_joined_along_every_axis()
    {
        var a = Of([2, 1, 2], 1, 2, 3, 4);
        var b = Of([2, 2, 2], 5, 6, 7, 8, 9, 10, 11, 12);

        T.Concat(1, a, b).ToArray().Should().Equal(1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12);
        T.Concat(0, b, b).Shape.Should().Equal(4, 2, 2);
        T.Concat(2, a, a).ToArray().Should().Equal(1, 2, 1, 2, 3, 4, 3, 4);
        T.Concat(1, T.Slice(b, 1, 0, 0), a, T.Slice(b, 1, 2, 0)).ToArray().Should().Equal(1, 2, 3, 4);
        T.Concat(0, a).ToArray().Should().Equal(1, 2, 3, 4);
        T.Concat(1, T.Permute(b, 1, 0, 2), b).ToArray().Should().Equal(5, 6, 9, 10, 5, 6, 7, 8, 7, 8, 11, 12, 9, 10, 11, 12);
    }

    [Fact]
    public void Repetitions_of_a_view_are_the_view_again_and_again()
    {
        var x = T.Permute(Of([2, 3], 1, 2, 3, 4, 5, 6), 1, 0);

        T.Expand(x, 0, 2).ToArray().Should().Equal(1, 4, 2, 5, 3, 6, 1, 4, 2, 5, 3, 6);
        T.Expand(x, 1, 2).ToArray().Should().Equal(1, 4, 1, 4, 2, 5, 2, 5, 3, 6, 3, 6);
        T.Expand(x, 2, 2).ToArray().Should().Equal(1, 1, 4, 4, 2, 2, 5, 5, 3, 3, 6, 6);
        (T.Expand(Row(1, 2), 0, 2) + Of([2, 2], 10, 20, 30, 40)).ToArray().Should().Equal(11, 22, 31, 42);
        (Of([2, 2], 10, 20, 30, 40) + T.Expand(Row(1, 2), 1, 2)).ToArray().Should().Equal(11, 21, 32, 42);
        T.Sum(T.Expand(Row(1, 2), 1, 3), 1).ToArray().Should().Equal(3, 6);
        T.Expand(Row(1, 2), 0, 0).Shape.Should().Equal(0, 2);
    }

    [Fact]
    public void Random_chains_of_views_contain_what_their_indices_say()
    {
        for (var seed = 0; seed < 150; seed++)
        {
            var random = new Random(seed);
            var model = PlainTensor.Numbered(RandomShape(random));
            var tensor = Of(model.Shape, model.Values);
            var history = model.Shape.ToString();
            for (var step = 0; step < 7; step++)
            {
                (tensor, model, var name) = RandomView(random, tensor, model);
                history += $" {name} {model.Shape}";

                tensor.Shape.Should().Equal(model.Shape, history);
                tensor.ToArray().Should().Equal(model.Values, history);
                (tensor + 1).ToArray().Should().Equal(model.Values.Select(value => value + 1), history);
                if (tensor.Shape.Rank >= 2)
                    Product(tensor, T.Expand(Row(1, -0.5), 0, tensor.Shape[^1]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_operation_sees_the_same_values_through_a_view(string name)
    {
        var operation = OperationByName[name];
        var plain = operation.Operands.Select(operand => Of(operand.Shape, operand.Values)).ToArray();
        var expected = operation.Apply(plain);
        foreach (var (disguise, hide) in Disguises)
        {
            for (var mask = 1; mask < 1 << plain.Length; mask++)
            {
                var operands = plain.Select((operand, i) => (mask & (1 << i)) == 0 ? operand : hide(operation.Operands[i]).View).ToArray();
                SameBits(operation.Apply(operands), expected, $"{disguise} operands {mask:b}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void No_operation_changes_its_operands(string name)
    {
        var operation = OperationByName[name];
        foreach (var (disguise, hide) in Disguises)
        {
            var hidden = operation.Operands.Select(hide).ToArray();
            var before = hidden.Select(pair => Bits(pair.Whole)).ToArray();

            // A result may be a view of an operand: what comes after must not write through it either.
            var result = operation.Apply([.. hidden.Select(pair => pair.View)]);
            var values = Bits(result);
            _ = T.Clamp(result * 2 + result, 0, 1);
            if (result.Shape.Rank > 0)
                _ = (T.Sort(result), T.CumulativeSum(result), T.KeepTopK(result, 0), T.Softmax(result));

            Bits(result).Should().Equal(values, "of the result");
            for (var i = 0; i < hidden.Length; i++)
                Bits(hidden[i].Whole).Should().Equal(before[i], $"of the {disguise} operand {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_operation_gives_the_same_bits_twice(string name)
    {
        var results = Enumerable.Range(1, 4).Select(i =>
        {
            // Something of another size each time, so that the operands lie elsewhere in memory.
            _ = Zeros([i]);
            return ResultOf(name);
        }).ToArray();

        foreach (var result in results)
            SameBits(result, results[0]);
    }

    private (T View, T Whole) Permuted(PlainTensor operand)
    {
        int[] reversed = [.. Enumerable.Range(0, operand.Shape.Rank).Reverse()];
        var turned = operand.Permute(reversed);
        var whole = Of(turned.Shape, turned.Values);
        return (T.Permute(whole, reversed), whole);
    }

    private (T View, T Whole) Sliced(PlainTensor operand)
    {
        var padded = operand.Padded(before: 2, after: 1);
        var whole = Of(padded.Shape, padded.Values);
        var view = whole;
        for (var axis = 0; axis < operand.Shape.Rank; axis++)
            view = T.Slice(view, axis, 2, operand.Shape[axis]);
        return (view, whole);
    }

    private (T View, T Whole) Repeated(PlainTensor operand)
    {
        var whole = Of(operand.Shape, operand.Values);
        var copies = T.Expand(whole, operand.Shape.Rank, 3);
        return (T.Reshape(T.Slice(copies, operand.Shape.Rank, 1, 1), operand.Shape), whole);
    }

    private Dictionary<string, Func<PlainTensor, (T View, T Whole)>> Disguises => new()
    {
        ["permuted"] = Permuted,
        ["sliced"] = Sliced,
        ["repeated"] = Repeated,
    };

    private static Shape RandomShape(Random random) =>
        [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => random.Next(8) == 0 ? 0 : random.Next(1, 5))];

    private static (T Tensor, PlainTensor Model, string Name) RandomView(Random random, T tensor, PlainTensor model)
    {
        var rank = model.Shape.Rank;
        switch (random.Next(rank == 0 ? 2 : 5))
        {
            case 0 when rank < 5:
                var (newAxis, copies) = (random.Next(rank + 1), random.Next(10) == 0 ? 0 : random.Next(1, 4));
                return (T.Expand(tensor, newAxis, copies), model.Expand(newAxis, copies), "expand");
            case 1 when model.Values.Length < 100:
                Shape shape = random.Next(2) == 0 ? [model.Values.Length] : [1, .. model.Shape, 1];
                return (T.Reshape(tensor, shape), model.Reshape(shape), "reshape");
            case 2:
                var axes = Enumerable.Range(0, rank).ToArray();
                random.Shuffle(axes);
                return (T.Permute(tensor, axes), model.Permute(axes), "permute");
            default:
                if (rank == 0)
                    return (tensor, model, "nothing");
                var axis = random.Next(rank);
                var start = random.Next(model.Shape[axis] + 1);
                var length = random.Next(model.Shape[axis] - start + 1);
                if (random.Next(4) > 0)
                    (start, length) = (start / 2, model.Shape[axis] - start / 2);
                return (T.Slice(tensor, axis, start, length), model.Slice(axis, start, length), "slice");
        }
    }
}
