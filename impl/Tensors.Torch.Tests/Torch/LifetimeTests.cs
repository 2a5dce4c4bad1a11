using Harness.Tensors.Numerics;
using TorchSharp;

namespace Harness.Tensors.Torch.Tests;

/// <summary>What ends with a scope on libtorch, and what outlives it.</summary>
public sealed class LifetimeTests
{
    private readonly TorchEngine _engine = new(FloatFormat.Float64, TorchDevice.Cpu, allowsTf32: false);

    // Of this thread, so that tests beside this one do not count.
    private static long Alive => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    [Fact]
    public void What_a_scope_made_ends_with_it_and_says_so_when_it_is_touched()
    {
        var before = Alive;
        TorchTensor sum, view;
        using (_engine.Scope())
        {
            sum = Numbered() + Numbered();
            view = TorchTensor.Reshape(sum, [2, 3]);
        }

        Alive.Should().Be(before);
        foreach (var use in new Action[] { () => sum.ToArray(), () => _ = view * 2, () => TorchTensor.Permute(view, 1, 0), () => TorchTensor.Concat(0, sum) })
            use.Should().Throw<ObjectDisposedException>().WithMessage("*scope in which this tensor was made has ended*ITensorScope.Keep*");
    }

    [Fact]
    public void What_is_kept_belongs_to_the_enclosing_scope()
    {
        var before = Alive;
        TorchTensor kept;
        using (_engine.Scope())
        {
            using (var inner = _engine.Scope())
                kept = inner.Keep(TorchTensor.Slice(Numbered() * 2, 0, 1, 2));
            kept.ToArray().Should().Equal(4, 6);
            Alive.Should().Be(before + 1);
        }

        Alive.Should().Be(before);
    }

    [Fact]
    public void What_is_held_outlives_every_scope_until_it_is_released()
    {
        var before = Alive;
        TorchTensor held;
        using (_engine.Scope())
            held = _engine.Hold(Numbered());
        held.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
        Alive.Should().Be(before + 1);

        _engine.Release(held);

        Alive.Should().Be(before);
        var use = () => held.ToArray();
        use.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void What_is_lent_from_a_held_tensor_survives_its_release()
    {
        using var outer = _engine.Scope();
        var held = _engine.Hold(Numbered());
        TorchTensor lent;
        using (var scope = _engine.Scope())
            lent = scope.Keep(held);

        _engine.Release(held);

        lent.ToArray().Should().Equal(1, 2, 3, 4, 5, 6);
    }

    // Outside every scope, where only the garbage collector's notion of what is in use holds.
    [Fact]
    public void Nothing_is_finalised_while_libtorch_reads_it()
    {
        using var stop = new CancellationTokenSource();
        var collecting = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });

        for (var i = 0; i < 100; i++)
        {
            (Numbered() + Numbered()).ToArray().Should().Equal(2, 4, 6, 8, 10, 12);
            (Numbered() * 2 + 1).ToArray().Should().Equal(3, 5, 7, 9, 11, 13);
            TorchTensor.Clamp(TorchTensor.Softplus(Numbered()), 0, 1).ToArray().Should().OnlyContain(value => value == 1);
            TorchTensor.Concat(0, TorchTensor.Reshape(Numbered(), [2, 3]), TorchTensor.Reshape(Numbered(), [2, 3])).ToArray().Should().HaveCount(12);
            TorchTensor.SolvePositiveDefinite(_engine.Create([4.0], [1, 1]), _engine.Create([8.0], [1, 1])).ToArray().Should().Equal(2);
        }

        stop.Cancel();
        collecting.Wait();
    }

    [Fact]
    public void What_is_precomputed_is_computed_once_in_float64_and_belongs_to_no_scope()
    {
        var narrow = new TorchEngine(FloatFormat.Float32, TorchDevice.Cpu, allowsTf32: false);
        var computation = new Third();
        IReadOnlyList<TorchTensor> first;
        using (narrow.Scope())
            first = narrow.Precomputed(computation);

        narrow.Precomputed(computation).Should().BeSameAs(first);
        first[0].ToArray().Should().Equal((float)(1.0 / 3));
        first[0].Engine.Should().BeSameAs(narrow);
        computation.Formats.Should().Equal("float64");
    }

    private TorchTensor Numbered() => _engine.Create([1, 2, 3, 4, 5, 6], [6]);

    private sealed class Third : IPrecomputation
    {
        public List<string> Formats { get; } = [];

        public T[] Compute<T>(IEngine<T> engine)
            where T : class, ITensor<T>
        {
            var third = engine.Create([1.0], []) / 3;
            Formats.Add(third.ToArray()[0] == 1.0 / 3 ? "float64" : "narrower");
            return [third];
        }
    }
}
