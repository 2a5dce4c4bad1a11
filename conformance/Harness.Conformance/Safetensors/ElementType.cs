using System.Collections.Frozen;

namespace Harness.Conformance.Safetensors;

/// <summary>The format's element types, and how many bytes a shape of them takes.</summary>
internal static class ElementType
{
    /// <summary>The rank NumPy 2 stops at, the largest among the libraries that write this format.</summary>
    public const int MaxRank = 64;

    private static readonly FrozenDictionary<string, int> Bits = new Dictionary<string, int>
    {
        ["F4"] = 4,
        ["F6_E2M3"] = 6,
        ["F6_E3M2"] = 6,
        ["BOOL"] = 8,
        ["U8"] = 8,
        ["I8"] = 8,
        ["F8_E5M2"] = 8,
        ["F8_E4M3"] = 8,
        ["F8_E8M0"] = 8,
        ["F8_E4M3FNUZ"] = 8,
        ["F8_E5M2FNUZ"] = 8,
        ["I16"] = 16,
        ["U16"] = 16,
        ["F16"] = 16,
        ["BF16"] = 16,
        ["I32"] = 32,
        ["U32"] = 32,
        ["F32"] = 32,
        ["I64"] = 64,
        ["U64"] = 64,
        ["F64"] = 64,
        ["C64"] = 64,
    }.ToFrozenDictionary();

    /// <summary>What is wrong with <paramref name="byteLength"/> bytes as a tensor of this type and shape, or null.</summary>
    public static string? Fault(string dType, ReadOnlySpan<int> shape, long byteLength)
    {
        if (!Bits.TryGetValue(dType, out int bitsEach))
        {
            string? meant = Bits.Keys.FirstOrDefault(known => known.Equals(Short(dType), StringComparison.OrdinalIgnoreCase));
            return $"dtype {SafetensorsException.Quote(dType)} is unknown{(meant is null ? "" : $" (is {meant} meant?)")}; "
                + $"expected one of {string.Join(", ", Bits.Keys.Order(StringComparer.Ordinal))}";
        }

        if (shape.Length > MaxRank)
            return $"shape has {shape.Length} extents; expected at most {MaxRank}";

        // Zero extents are set aside until the end: a product that overflows is refused in every order of the extents, because
        // strides are computed from the others whether or not one is zero.
        long bits = bitsEach;
        bool empty = false;
        foreach (int extent in shape)
        {
            if (extent < 0)
                return $"shape {Text(shape)} has a negative extent; expected whole numbers from 0";
            empty |= extent == 0;
            if (extent > 0 && bits > long.MaxValue / extent)
                return $"shape {Text(shape)} of {dType} overflows 64 bits; expected a tensor that fits into a file";
            bits *= Math.Max(extent, 1);
        }

        if (empty)
            bits = 0;
        if (bits % 8 != 0)
            return $"shape {Text(shape)} of {dType} takes {bits} bits; expected whole bytes";
        return bits / 8 == byteLength
            ? null
            : $"data has {byteLength} bytes; expected {bits / 8} for {dType} of shape {Text(shape)}";
    }

    // As NumPy and PyTorch spell them: float32, bfloat16, torch.int64.
    private static string Short(string dType) => dType.Split('.')[^1]
        .Replace("float", "F", StringComparison.OrdinalIgnoreCase).Replace("uint", "U", StringComparison.OrdinalIgnoreCase)
        .Replace("int", "I", StringComparison.OrdinalIgnoreCase);

    private static string Text(ReadOnlySpan<int> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
