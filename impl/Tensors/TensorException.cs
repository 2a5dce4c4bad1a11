namespace Harness.Tensors;

/// <summary>Shapes that do not fit an operation. The message names the operation and every shape involved.</summary>
public sealed class TensorShapeException : ArgumentException
{
    /// <summary>Reports that <paramref name="operation"/> met <paramref name="found"/> where it wants <paramref name="expected"/>.</summary>
    public TensorShapeException(string operation, string expected, params ReadOnlySpan<Shape> found)
        : base($"{operation}: found shapes {Describe(found)}, expected {expected}.")
    {
    }

    internal static string Describe(ReadOnlySpan<Shape> shapes) => string.Join(" and ", shapes.ToArray());
}

/// <summary>A result too large for memory. The message names the operation, the operands' shapes and the bytes asked for.</summary>
public sealed class TensorMemoryException : Exception
{
    /// <summary>Reports that the result of <paramref name="operation"/> on <paramref name="operands"/> did not fit.</summary>
    public TensorMemoryException(string operation, Shape result, int bytesPerElement, params ReadOnlySpan<Shape> operands)
        : base($"{operation}: the result {result}{(operands.IsEmpty ? "" : $" of {TensorShapeException.Describe(operands)}")} needs "
               + $"{DescribeBytes(result, bytesPerElement)}, more than can be allocated.")
    {
    }

    private static string DescribeBytes(Shape shape, int bytesPerElement)
    {
        var bytes = (double)bytesPerElement;
        foreach (var extent in shape)
            bytes *= extent;
        return $"{bytes:0.###e+0} bytes";
    }
}
