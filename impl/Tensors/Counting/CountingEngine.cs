using System.Numerics;
using System.Runtime.InteropServices;
using Harness.Tensors.Numerics;

namespace Harness.Tensors.Counting;

/// <summary>Counts what its tensors would cost: exact at any size, and without noise.</summary>
/// <param name="bytesPerElement">The width of the format counted for.</param>
/// <param name="assumedValue">
/// What <see cref="CountingTensor.ToArray"/> answers for every element; null to refuse. Needed by <c>inf.sticky.histogram</c> (also in the
/// reference profile) and all that contains it, which check that there is mass in every histogram, and by <c>lm2.decoder.stack</c> and
/// <c>inf.transformer.stack</c>, which look token ids up. What is counted does not depend on the value: 1 is mass, and a token.
/// </param>
public sealed class CountingEngine(int bytesPerElement, double? assumedValue = null) : IEngine<CountingTensor>
{
    private readonly Dictionary<IPrecomputation, CountingTensor[]> _precomputed = [];
    private readonly Dictionary<CountingTensor, int> _holders = [];

    /// <summary>Of all operations so far.</summary>
    public OperationCount Total { get; private set; }

    /// <summary>Bytes of all tensors that are held (<see cref="Hold"/>): each once, and of a view the tensor that it shows.</summary>
    public BigInteger HeldBytes { get; private set; }

    internal double? AssumedValue => assumedValue;

    /// <summary>A tensor of a shape, for which there need be no memory.</summary>
    public CountingTensor Of(Shape shape) => new(shape, this);

    /// <inheritdoc/>
    public CountingTensor Create(ReadOnlySpan<double> values, Shape shape)
    {
        ShapeRules.Create(shape, values.Length);
        return Of(shape);
    }

    /// <inheritdoc/>
    public CountingTensor Create(ReadOnlySpan<DoubleDouble> values, Shape shape)
    {
        ShapeRules.Create(shape, values.Length);
        return Of(shape);
    }

    /// <inheritdoc/>
    /// <remarks>Counted once, and kept for the next call.</remarks>
    public IReadOnlyList<CountingTensor> Precomputed(IPrecomputation computation)
    {
        if (!_precomputed.TryGetValue(computation, out var tensors))
            _precomputed[computation] = tensors = computation.Compute(this);
        return tensors;
    }

    /// <inheritdoc/>
    public CountingTensor Hold(CountingTensor tensor)
    {
        ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(_holders, tensor.Whole, out _);
        if (holders++ == 0)
            HeldBytes += Bytes(tensor.Whole);
        return tensor;
    }

    /// <inheritdoc/>
    public void Release(CountingTensor tensor)
    {
        if (--_holders[tensor.Whole] > 0)
            return;
        _holders.Remove(tensor.Whole);
        HeldBytes -= Bytes(tensor.Whole);
    }

    private BigInteger Bytes(CountingTensor tensor) => Elements(tensor.Shape) * bytesPerElement;

    /// <summary>The number of elements, also where it is beyond 64 bits.</summary>
    internal static BigInteger Elements(Shape shape) => shape.Aggregate(BigInteger.One, (product, extent) => product * extent);

    internal CountingTensor Count(
        Shape result, BigInteger operations, BigInteger transcendental, params ReadOnlySpan<Shape> operands)
    {
        var read = BigInteger.Zero;
        foreach (var operand in operands)
            read += Elements(operand);
        Total += new OperationCount(operations, transcendental, read * bytesPerElement, Elements(result) * bytesPerElement);
        return Of(result);
    }
}
