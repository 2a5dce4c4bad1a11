namespace Harness.Conformance.Safetensors;

/// <summary>A named tensor as a safetensors file holds it: little-endian elements in row-major order.</summary>
public sealed class StoredTensor
{
    /// <exception cref="ArgumentException">The bytes are not a tensor of this type and shape.</exception>
    public StoredTensor(string name, string dType, int[] shape, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(dType);
        ArgumentNullException.ThrowIfNull(shape);
        if (ElementType.Fault(dType, shape, bytes.Length) is { } fault)
            throw new ArgumentException($"tensor {SafetensorsException.Quote(name)}: {fault}");
        Name = name;
        DType = dType;
        Shape = shape;
        Bytes = bytes;
    }

    /// <summary>The tensor's name, unique in its file.</summary>
    public string Name { get; }

    /// <summary>The format's name of the element type: F64, F32, F16, BF16, I64, …</summary>
    public string DType { get; }

    /// <summary>The extents; empty for a scalar. A zero makes the tensor empty.</summary>
    public int[] Shape { get; }

    /// <summary>The elements as stored.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The file the tensor was read from, for messages.</summary>
    internal string File { get; init; } = "(in memory)";

    /// <summary>Rounds values to a floating-point type: to nearest, ties to even, each value once.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="dType">F64, F32, F16 or BF16.</param>
    /// <param name="shape">The extents, whose product is the number of values.</param>
    /// <param name="values">The values in row-major order.</param>
    /// <exception cref="ArgumentException">Another type, or a count of values that is not the shape's.</exception>
    public static StoredTensor FromDoubles(string name, string dType, int[] shape, ReadOnlySpan<double> values)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(dType);
        if (!FloatCode.ByDType.TryGetValue(dType, out FloatCode? code))
        {
            string found = $"tensor {SafetensorsException.Quote(name)}: dtype is {SafetensorsException.Quote(dType)}";
            throw new ArgumentException($"{found}; expected F64, F32, F16 or BF16");
        }

        return new StoredTensor(name, dType, shape, code.ToBytes(values));
    }

    /// <summary>The values of an F64, F32, F16 or BF16 tensor, each widened exactly.</summary>
    /// <exception cref="SafetensorsException">The tensor holds something else.</exception>
    public double[] ToDoubles() => FloatCode.ByDType.TryGetValue(DType, out FloatCode? code)
        ? code.ToDoubles(Bytes.Span)
        : throw new SafetensorsException(File, Name, $"dtype is {DType}; expected F64, F32, F16 or BF16");

    /// <exception cref="SafetensorsException">A floating-point value is NaN or infinite.</exception>
    internal void CheckFinite()
    {
        if (!FloatCode.ByDType.TryGetValue(DType, out FloatCode? code))
            return;
        for (int i = 0; i * code.Size < Bytes.Length; i++)
        {
            double value = code.Read(Bytes.Span.Slice(i * code.Size, code.Size));
            if (!double.IsFinite(value))
                throw new SafetensorsException(File, Name, $"value {i} in row-major order is {value}; expected finite values");
        }
    }
}
