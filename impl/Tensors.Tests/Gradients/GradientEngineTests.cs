using Harness.Tensors.Counting;
using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;
using Plain = Harness.Tensors.Dense.DenseTensor<double>;
using Taped = Harness.Tensors.Gradients.TapedTensor<Harness.Tensors.Dense.DenseTensor<double>>;

namespace Harness.Tensors.Tests.Gradients;

/// <summary>What is recorded, what is held for how long, and over which engines.</summary>
public sealed class GradientEngineTests : IDisposable
{
    private readonly WatchedEngine _watched = new();
    private readonly GradientEngine<Plain> _engine;

    public GradientEngineTests() => _engine = new GradientEngine<Plain>(_watched);

    public void Dispose() => _engine.Dispose();

    [Fact]
    public void What_a_value_gives_through_every_use_adds_up()
    {
        var x = Variable(3, 5);

        Gradient(x * x + x * 2 + Taped.Exp(x * 0), x).Should().Equal(2 * 3 + 2, 2 * 5 + 2);
    }

    [Fact]
    public void A_variable_that_nothing_leads_to_has_a_gradient_of_zeros()
    {
        var (x, y) = (Variable(1, 2), Variable(3));

        var gradients = _engine.Gradients([(x * 2, Row(1, 1))], [y, x]);

        gradients[0].ToArray().Should().Equal(0);
        gradients[1].ToArray().Should().Equal(2, 2);
    }

    [Fact]
    public void A_weight_that_is_taken_up_is_a_variable_of_the_next_tape_too()
    {
        var w = Variable(3, 5);
        Gradient(w * w, w).Should().Equal(6, 10);

        _engine.TakeUp([w]);

        Gradient(w * 2, w).Should().Equal(2, 2);
        var other = () => _engine.TakeUp([w * 2]);
        other.Should().Throw<ArgumentException>().WithMessage("TakeUp: found a tensor [2] that is no variable*");
    }

    [Fact]
    public void No_gradient_goes_through_what_is_detached()
    {
        var x = Variable(3);

        Gradient(x * _engine.Detached(x), x).Should().Equal(3);
    }

    [Theory]
    [InlineData(false, 6)]
    [InlineData(true, 3)]
    public void A_state_carried_over_is_a_constant_if_the_gradient_is_truncated(bool isTruncated, double expected)
    {
        var engine = new GradientEngine<Plain>(_watched, isTruncated);
        var x = engine.Variable(Row(3));

        engine.Gradients([(x * engine.CarriedOver(x), Row(1))], [x])[0].ToArray().Should().Equal(expected);
    }

    [Fact]
    public void What_an_adjoint_reads_outlives_the_scope_that_made_it()
    {
        var x = Variable(0.5, 2);
        Taped y;
        using (var scope = ((IEngine<Taped>)_engine).Scope())
            y = scope.Keep(Taped.Exp(x * 2) * 3);
        using (DenseEngine<double>.Instance.Scope())
        {
            for (var i = 0; i < 8; i++)
                _ = Row(7, 7) * 7;
        }

        Gradient(y, x).Should().Equal(6 * VectorExp(1), 6 * VectorExp(4));
    }

    [Fact]
    public void Gradients_belong_to_the_scope_that_is_open()
    {
        var x = Variable(3);
        Plain gradient;
        using (DenseEngine<double>.Instance.Scope())
        {
            gradient = _engine.Gradients([(x * x, Row(1))], [x])[0];
            gradient.ToArray().Should().Equal(6);
        }

        var use = gradient.ToArray;
        use.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Nothing_is_held_that_no_adjoint_reads()
    {
        var x = Variable(1, 2);
        var w = _engine.Constant(Row(3, 4));

        _ = Taped.Reshape(x + x - w, [2, 1]) * 2;
        _watched.Held.Should().Be(0);

        // ∂/∂x reads w; no ∂/∂w is asked, so that nothing reads x.
        _ = x * w;
        _watched.Held.Should().Be(1);
        _ = w * w;
        _watched.Held.Should().Be(1);
        _ = Taped.Exp(x);
        _watched.Held.Should().Be(2);
    }

    [Fact]
    public void All_is_let_go_of_after_the_sweep()
    {
        var x = Variable(1, 2);
        _ = Taped.Log(x);

        Gradient(Taped.Exp(x) * Taped.Slice(Taped.Concat(0, x, x), 0, 1, 2), x);

        _watched.Held.Should().Be(0);
        _watched.Holds.Should().BePositive();
    }

    [Fact]
    public void All_is_let_go_of_where_the_sweep_fails()
    {
        var x = Variable(1, 2);
        var y = Taped.Exp(x);
        _watched.FailsAfter = _watched.Holds + 1;

        var sweep = () => Gradient(y, x);

        sweep.Should().Throw<IOException>();
        _watched.Held.Should().Be(0);
    }

    [Fact]
    public void Disposing_lets_go_of_what_was_recorded()
    {
        var x = Variable(1);
        _ = Taped.Exp(x);

        _engine.Dispose();

        _watched.Held.Should().Be(0);
    }

    [Fact]
    public void A_tape_is_swept_once_and_another_begun()
    {
        var x = Variable(3);
        var y = x * x;
        Gradient(y, x);

        var again = () => Gradient(y, x);

        again.Should().Throw<InvalidOperationException>().WithMessage("*a tape is swept once*");
        var z = Variable(4);
        Gradient(z * z, z).Should().Equal(8);
    }

    [Fact]
    public void A_cotangent_of_another_shape_is_refused_with_both()
    {
        var x = Variable(3, 4);

        var sweep = () => _engine.Gradients([(x * 2, Row(1))], [x]);

        sweep.Should().Throw<TensorShapeException>().WithMessage("Gradients: found shapes [2] and [1], expected a cotangent of its output's shape.");
    }

    [Fact]
    public void Only_variables_have_gradients()
    {
        var x = Variable(3);
        var y = x * 2;

        foreach (var other in new[] { y, _engine.Constant(Row(1)) })
        {
            var sweep = () => _engine.Gradients([(y, Row(1))], [other]);
            sweep.Should().Throw<ArgumentException>().WithMessage("*no variable*");
        }
    }

    [Fact]
    public void A_gradient_is_differentiated_again_by_an_engine_around()
    {
        var outer = new GradientEngine<Plain>(DenseEngine<double>.Instance);
        var inner = new GradientEngine<Taped>(outer);
        var x = outer.Variable(Row(0.5, 2));
        var y = inner.Variable(x);

        // d/dx of ⟨1, d(x³)/dx⟩ is 6x.
        var slope = inner.Gradients([(y * y * y, outer.Constant(Row(1, 1)))], [y])[0];

        outer.Gradients([(slope, Row(1, 1))], [x])[0].ToArray().Should().Equal(3, 12);
    }

    [Fact]
    public void The_sweep_is_rounded_as_the_engine_beneath_rounds()
    {
        var rounded = new FormatEngine<DenseTensor<float>>(DenseEngine<float>.Instance, FloatFormat.BFloat16);
        var engine = new GradientEngine<RoundedTensor<DenseTensor<float>>>(rounded);
        var x = engine.Variable(rounded.Create([0.3, 1.7], [2]));

        var gradient = engine.Gradients([(TapedTensor<RoundedTensor<DenseTensor<float>>>.Tanh(x), rounded.Create([0.7, 1.1], [2]))], [x])[0];

        gradient.ToArray().Should().OnlyContain(value => FloatFormat.BFloat16.IsExact(value));
    }

    [Fact]
    public void The_sweep_is_counted_by_the_engine_beneath()
    {
        var counting = new CountingEngine(bytesPerElement: 4);
        var engine = new GradientEngine<CountingTensor>(counting);
        var (a, b) = (engine.Variable(counting.Of([5, 2, 3])), engine.Variable(counting.Of([3, 4])));

        var product = TapedTensor<CountingTensor>.MatMul(a, b);
        var forward = counting.Total;
        engine.Gradients([(product, counting.Of(product.Shape))], [a, b]);

        // Two products as large as the first.
        forward.Operations.Should().Be(2 * 5 * 2 * 3 * 4);
        (counting.Total - forward).Operations.Should().Be(2 * forward.Operations);
    }

    private Taped Variable(params double[] values) => _engine.Variable(Row(values));

    private static Plain Row(params double[] values) => DenseEngine<double>.Instance.Create(values, [values.Length]);

    private static double VectorExp(double x) => Plain.Exp(Row(x)).ToArray()[0];

    private double[] Gradient(Taped y, Taped x)
    {
        var ones = new double[y.Shape.Count];
        Array.Fill(ones, 1);
        return _engine.Gradients([(y, DenseEngine<double>.Instance.Create(ones, y.Shape))], [x])[0].ToArray();
    }

    /// <summary>The managed engine, with what is held counted.</summary>
    private sealed class WatchedEngine : IEngine<Plain>
    {
        private static readonly IEngine<Plain> Inner = DenseEngine<double>.Instance;

        public int Held { get; private set; }

        public int Holds { get; private set; }

        public int FailsAfter { get; set; } = int.MaxValue;

        public Plain Create(ReadOnlySpan<double> values, Shape shape) => Inner.Create(values, shape);

        public Plain Create(ReadOnlySpan<DoubleDouble> values, Shape shape) => Inner.Create(values, shape);

        public ITensorScope<Plain> Scope() => Inner.Scope();

        public Plain Hold(Plain tensor)
        {
            if (Holds == FailsAfter)
                throw new IOException("no memory");
            (Held, Holds) = (Held + 1, Holds + 1);
            return Inner.Hold(tensor);
        }

        public void Release(Plain tensor)
        {
            Held--;
            Inner.Release(tensor);
        }
    }
}
