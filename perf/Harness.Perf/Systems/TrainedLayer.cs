using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Tensors;
using Harness.Tensors.Gradients;

namespace Harness.Perf.Systems;

/// <summary>
/// A system's layer in training: it computes forward, and back from a cotangent of all that it gave to the gradients of its weights and of
/// the tokens. The state that it begins with is a constant.
/// </summary>
/// <typeparam name="T">The tensor.</typeparam>
internal sealed class TrainedLayer<T> : IStreamingLayer<T>, IDisposable
    where T : class, ITensor<T>
{
    private readonly int _segment;
    private readonly Action? _beforeSweep;
    private readonly GradientEngine<T> _tape;
    private readonly Variables _weights;
    private readonly IStreamingLayer<TapedTensor<T>> _layer;
    private readonly T _cotangent;

    /// <summary>Makes a layer with random weights and an empty memory.</summary>
    /// <param name="system">Whose layer.</param>
    /// <param name="configuration">The sizes.</param>
    /// <param name="weights">Makes the tensors.</param>
    /// <param name="isTruncated">Whether each segment takes over the state as a constant.</param>
    /// <param name="beforeSweep">Called when all is recorded.</param>
    public TrainedLayer(MemorySystem system, Configuration configuration, Weights<T> weights, bool isTruncated, Action? beforeSweep = null)
    {
        (_segment, _beforeSweep) = (configuration.Segment, beforeSweep);
        _tape = new GradientEngine<T>(weights.Engine, isTruncated);
        _weights = new Variables(_tape, weights);
        _layer = system.Create(configuration, _weights);
        _weights.AreMade = true;
        _cotangent = weights.Tokens([configuration.Batch, configuration.Segment, configuration.Width]);
        Forget();
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> State => [.. _layer.State.Select(part => part.Inner)];

    /// <inheritdoc/>
    public void TakeUp(IReadOnlyList<T> state) => _layer.TakeUp([.. state.Select(_tape.Constant)]);

    /// <summary>One segment or several, and back over them.</summary>
    /// <param name="x">x [B,S·L,d].</param>
    /// <returns>y [B,L,d] of the last.</returns>
    public T Advance(T x)
    {
        using var scope = x.Engine.Scope();
        _tape.TakeUp(_weights.Made);
        var (inputs, outputs) = (new List<TapedTensor<T>>(), new List<(TapedTensor<T> Output, T Cotangent)>());
        for (var start = 0; start < x.Shape[1]; start += _segment)
        {
            var input = _tape.Variable(T.Slice(x, 1, start, _segment));
            inputs.Add(input);
            outputs.Add((_layer.Advance(input), _cotangent));
        }

        _beforeSweep?.Invoke();
        _tape.Gradients(outputs, [.. _weights.Made, .. inputs]);
        Forget();
        return scope.Keep(outputs[^1].Output.Inner);
    }

    /// <summary>Lets go of what was recorded.</summary>
    public void Dispose() => _tape.Dispose();

    // What the state was computed from is not needed any more.
    private void Forget()
    {
        using var scope = ((IEngine<TapedTensor<T>>)_tape).Scope();
        _layer.TakeUp([.. _layer.State.Select(_tape.Detached)]);
        _tape.Dispose();
    }

    /// <summary>Weights, each a variable; what is drawn later is not.</summary>
    private sealed class Variables(GradientEngine<T> tape, Weights<T> weights) : Weights<TapedTensor<T>>(tape, seed: 1)
    {
        private readonly List<TapedTensor<T>> _made = [];

        public IReadOnlyList<TapedTensor<T>> Made => _made;

        public bool AreMade { get; set; }

        protected internal override TapedTensor<T> Create(Shape shape, Func<double> draw)
        {
            var tensor = weights.Create(shape, draw);
            if (AreMade)
                return tape.Constant(tensor);
            var variable = tape.Variable(tensor);
            _made.Add(variable);
            return variable;
        }
    }
}
