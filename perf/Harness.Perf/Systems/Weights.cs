using Harness.Tensors;

namespace Harness.Perf.Systems;

/// <summary>
/// Random weights of the size that keeps activations near 1 however many segments follow: times must not come from overflow,
/// denormals or zeros.
/// </summary>
/// <param name="engine">Makes the tensors.</param>
/// <param name="seed">Equal seeds give equal weights.</param>
/// <typeparam name="T">The tensor.</typeparam>
public class Weights<T>(IEngine<T> engine, int seed)
    where T : class, ITensor<T>
{
    private readonly Random _random = new(seed);

    /// <summary>Makes the tensors.</summary>
    public IEngine<T> Engine => engine;

    /// <summary>W [in,out], variance 1/in: a product with it keeps the size of its rows.</summary>
    public T Matrix(int rows, int columns) => Uniform([rows, columns], Math.Sqrt(3.0 / rows));

    /// <summary>Weights [n] of a sum of n terms, variance 1/n.</summary>
    public T Row(int length) => Uniform([length], Math.Sqrt(3.0 / length));

    /// <summary>Tokens or any other tensor with variance 1.</summary>
    public T Tokens(Shape shape) => Uniform(shape, Math.Sqrt(3));

    /// <summary>u in [0,1), as sticky memories draw them.</summary>
    public T Uniforms(Shape shape) => Create(shape, _random.NextDouble);

    /// <summary>All entries the same: 1 for the weights of norms, 0 for biases.</summary>
    public T Constant(Shape shape, double value) => Create(shape, () => value);

    private T Uniform(Shape shape, double bound) => Create(shape, () => bound * (2 * _random.NextDouble() - 1));

    /// <summary>A tensor of a shape.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="draw">Gives the values, in order.</param>
    protected internal virtual T Create(Shape shape, Func<double> draw)
    {
        var values = new double[shape.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = draw();
        return engine.Create(values, shape);
    }
}
