using System.Reflection;
using System.Runtime.Loader;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Harness.TestPlugin.Rounding;

namespace Harness.TestPlugin;

/// <summary>Computes the input gate, σ(E W_in), with a library of its own.</summary>
public sealed class Gates : IImplementation
{
    /// <inheritdoc/>
    public string Name => "test-plugin";

    /// <summary>Where its library was loaded from.</summary>
    public static string LibraryFolder => Path.GetDirectoryName(typeof(SinglePrecision).Assembly.Location)!;

    /// <summary>The name of the context that its library was loaded into.</summary>
    public static string? LibraryContext => AssemblyLoadContext.GetLoadContext(typeof(SinglePrecision).Assembly)?.Name;

    /// <inheritdoc/>
    public ImplementationDetails Details => new("assembly", Assembly.GetExecutingAssembly().GetName().Name, "0.1", "C#");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        if (request.Equation != "lm2.gate.input")
            return null;
        if (request.Format != FloatFormat.Float64 && request.Format != FloatFormat.Float32)
            throw new UnsupportedRequestException($"dtype {request.Format}");
        var (e, w) = (request.Inputs["E"], request.Inputs["W_in"]);
        var width = w.Shape[0];
        var gate = new double[e.Values.Length];
        for (var i = 0; i < gate.Length; i++)
        {
            var sum = 0.0;
            for (var k = 0; k < width; k++)
                sum += e.Values[i / width * width + k] * w.Values[k * width + i % width];
            gate[i] = Sigmoid(sum);
        }

        if (request.Format == FloatFormat.Float32)
            gate = RoundToSingle(gate);
        return new Dictionary<string, TensorData> { ["g_in"] = new TensorData(e.Shape, gate) };
    }

    // A method of its own: only who calls it needs the library.
    private static double[] RoundToSingle(double[] values) => [.. values.Select(SinglePrecision.Round)];

    // The exponent is never positive, so that nothing overflows.
    private static double Sigmoid(double x)
    {
        var e = Math.Exp(-Math.Abs(x));
        return x > 0 ? 1 / (1 + e) : e / (1 + e);
    }
}
