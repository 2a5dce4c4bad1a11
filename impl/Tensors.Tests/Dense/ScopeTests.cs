using Harness.Tensors.Dense;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Tensors.Tests.Dense;

/// <summary>Lifetimes on the managed engine: what ends with a scope, what outlives it, and that nothing dead is ever read.</summary>
public sealed class ScopeTests
{
    private static readonly IEngine<Tensor> Engine = DenseEngine<double>.Instance;

    public static TheoryData<string> Views => ["itself", "reshaped", "permuted", "sliced", "expanded"];

    [Theory]
    [MemberData(nameof(Views))]
    public void A_tensor_whose_scope_has_ended_cannot_be_used(string view)
    {
        Tensor tensor;
        using (Engine.Scope())
            tensor = View(view, Numbered());
        var alive = Engine.Create(new double[tensor.Shape.Count], tensor.Shape);

        Action[] uses =
        [
            () => tensor.ToArray(), () => _ = tensor.Values, () => _ = tensor + tensor, () => _ = alive * tensor, () => Tensor.Exp(tensor),
            () => Tensor.Sum(tensor, 0), () => Tensor.Softmax(tensor), () => Tensor.Concat(0, tensor, tensor),
            () => Tensor.MatMul(tensor, Tensor.Permute(tensor, [.. Enumerable.Range(0, tensor.Shape.Rank - 2), tensor.Shape.Rank - 1, tensor.Shape.Rank - 2])),
        ];

        uses.Should().AllSatisfy(use => use.Should().Throw<ObjectDisposedException>().WithMessage("*scope in which this tensor was made has ended*ITensorScope.Keep*"));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public void What_is_kept_outlives_the_scope_and_is_not_overwritten(string view)
    {
        Tensor kept;
        using (var scope = Engine.Scope())
            kept = scope.Keep(View(view, Numbered()));
        var expected = View(view, Numbered()).ToArray();

        using (Engine.Scope())
        {
            for (var i = 0; i < 4; i++)
                _ = Numbered() * 0;
        }

        kept.ToArray().Should().Equal(expected);
    }

    [Fact]
    public void What_is_kept_belongs_to_the_enclosing_scope()
    {
        Tensor kept;
        using (Engine.Scope())
        {
            using (var inner = Engine.Scope())
                kept = inner.Keep(Numbered());
            kept.ToArray().Should().HaveCount(6);
        }

        var use = kept.ToArray;
        use.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_view_of_a_tensor_from_outside_lives_as_long_as_that()
    {
        var outside = Numbered();
        Tensor view;
        using (Engine.Scope())
            view = Tensor.Permute(outside, 1, 0);

        view.ToArray().Should().Equal(1, 4, 2, 5, 3, 6);
    }

    [Fact]
    public void What_is_held_lives_until_it_is_released_as_often()
    {
        Tensor held;
        using (Engine.Scope())
            held = Engine.Hold(Engine.Hold(Numbered()));
        Engine.Release(held);
        held.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);

        Engine.Release(held);

        var use = held.ToArray;
        use.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void What_the_collector_owns_survives_every_release()
    {
        var tensor = Numbered();

        Engine.Release(Engine.Hold(tensor));
        Engine.Release(tensor);

        tensor.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void What_is_handed_to_the_collector_while_it_is_held_survives_the_release()
    {
        Tensor tensor;
        using (var scope = Engine.Scope())
        {
            tensor = Engine.Hold(Numbered());
            scope.Keep(tensor);
        }

        Engine.Release(tensor);

        tensor.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void Scopes_end_from_the_inside_out()
    {
        var outer = Engine.Scope();
        var inner = Engine.Scope();

        var end = outer.Dispose;

        end.Should().Throw<InvalidOperationException>().WithMessage("A scope of tensors ends on the thread that opened it, after those inside it*");
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void Ending_a_scope_again_changes_nothing()
    {
        var outer = Engine.Scope();
        var tensor = Numbered();
        var inner = Engine.Scope();
        inner.Dispose();

        inner.Dispose();

        tensor.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        outer.Dispose();
        outer.Dispose();
        inner.Dispose();
        var use = tensor.ToArray;
        use.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_scope_is_its_thread_s_alone()
    {
        using var scope = Engine.Scope();
        Tensor? elsewhere = null;

        var thread = new Thread(() =>
        {
            using (Engine.Scope())
                _ = Numbered();
            elsewhere = Numbered();
        });
        thread.Start();
        thread.Join();

        elsewhere!.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
    }

    [Fact]
    public void Operations_in_scopes_take_no_new_memory_for_values()
    {
        const int Side = 181;
        var (left, right) = (Engine.Create(new double[Side * Side], [Side, Side]), Engine.Create(new double[Side * Side], [Side, Side]));
        void Step()
        {
            using (Engine.Scope())
                _ = Tensor.Softmax(Tensor.MatMul(left + right, Tensor.Permute(left, 1, 0)) * 2);
        }

        Step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
            Step();

        // Four results of 256 KB a step; headers, shapes and what the loops capture are two kilobytes.
        ((GC.GetAllocatedBytesForCurrentThread() - before) / 10).Should().BeLessThan(8 << 10);
    }

    [Fact]
    public void The_pool_drops_what_has_waited_longest()
    {
        // Sixteen-bit numbers are no tensor's, so that this pool is the test's alone.
        var arrays = Enumerable.Range(0, 65542).Select(i => new short[7 + i % 2]).ToArray();
        foreach (var array in arrays)
            StoragePool<short>.Return(array);

        short[][] found = [.. arrays.Skip(6).Reverse().Select(array => StoragePool<short>.Rent("", [array.Length], [], taken: 0))];

        found.Zip(arrays.Skip(6).Reverse()).Should().OnlyContain(pair => ReferenceEquals(pair.First, pair.Second));
        arrays.Take(6).Should().NotContain(StoragePool<short>.Rent("", [7], [], taken: 0)).And.NotContain(StoragePool<short>.Rent("", [8], [], taken: 0));
    }

    [Fact]
    public void An_array_serves_again_where_a_cache_has_grown_a_little()
    {
        var array = StoragePool<ushort>.Rent("", [2, 500], [], taken: 0);
        StoragePool<ushort>.Return(array);

        array.Length.Should().BeInRange(1000, 1125);
        StoragePool<ushort>.Rent("", [2, 510], [], taken: 0).Should().BeSameAs(array);
        StoragePool<ushort>.Return(array);
        StoragePool<ushort>.Rent("", [2, 600], [], taken: 0).Should().NotBeSameAs(array);
    }

    [Fact]
    public void The_pool_and_a_step_come_to_no_more_than_the_largest_step()
    {
        const long Mebi = 1 << 20;
        var (first, second) = (new byte[256 * Mebi], new byte[128 * Mebi]);
        byte[] Rent(long mebibytes, long taken) => StoragePool<byte>.Rent("", [mebibytes * Mebi], [], taken * Mebi);
        void Return()
        {
            StoragePool<byte>.Return(first);
            StoragePool<byte>.Return(second);
            StoragePool<byte>.EndStep(384 * Mebi, around: 0);
        }

        // A step that takes the same finds all of it, beyond what is always welcome.
        Return();
        ReferenceEquals(Rent(256, taken: 0), first).Should().BeTrue();
        ReferenceEquals(Rent(128, taken: 256), second).Should().BeTrue();

        // For one that takes something else the longest waiting makes way, and no more than has to.
        Return();
        Rent(48, taken: 0);
        ReferenceEquals(Rent(128, taken: 48), second).Should().BeTrue();
        ReferenceEquals(Rent(256, taken: 176), first).Should().BeFalse();
    }

    [Fact]
    public void An_emptied_pool_gives_new_arrays()
    {
        var array = StoragePool<sbyte>.Rent("", [8], [], taken: 0);
        StoragePool<sbyte>.Return(array);
        StoragePool<sbyte>.Empty();

        StoragePool<sbyte>.Rent("", [8], [], taken: 0).Should().NotBeSameAs(array);
    }

    [Fact]
    public void More_elements_than_an_array_holds_are_refused_in_a_scope_too()
    {
        using var scope = Engine.Scope();
        var tensor = Numbered();

        var expand = () => Tensor.Exp(Tensor.Expand(Tensor.Expand(tensor, 0, int.MaxValue), 0, int.MaxValue));

        expand.Should().Throw<TensorMemoryException>().WithMessage("Exp: the result [2147483647,2147483647,2,3] of [2147483647,2147483647,2,3]*");
    }

    private static Tensor Numbered() => Engine.Create([1, 2, 3, 4, 5, 6], [2, 3]) * 1;

    private static Tensor View(string name, Tensor tensor) => name switch
    {
        "reshaped" => Tensor.Reshape(tensor, [3, 2]),
        "permuted" => Tensor.Permute(tensor, 1, 0),
        "sliced" => Tensor.Slice(tensor, 1, 1, 2),
        "expanded" => Tensor.Expand(tensor, 0, 2),
        _ => tensor,
    };
}
