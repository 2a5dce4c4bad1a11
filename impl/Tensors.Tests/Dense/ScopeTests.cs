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
    public async Task A_scope_is_its_thread_s_alone()
    {
        using var scope = Engine.Scope();

        var elsewhere = await Task.Factory.StartNew(
            () =>
            {
                using (Engine.Scope())
                    _ = Numbered();
                return Numbered();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(true);

        elsewhere.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
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
        for (var length = 1; length <= 1030; length++)
            StoragePool<short>.Return(new short[length]);

        StoragePool<short>.Rent([6]).Should().BeNull();
        StoragePool<short>.Rent([7]).Should().HaveCount(7);
        StoragePool<short>.Rent([7]).Should().BeNull();
        StoragePool<short>.Rent([2, 515]).Should().HaveCount(1030);
        StoragePool<short>.Rent([int.MaxValue, int.MaxValue, int.MaxValue]).Should().BeNull();
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
