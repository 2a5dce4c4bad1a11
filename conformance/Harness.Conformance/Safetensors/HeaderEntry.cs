namespace Harness.Conformance.Safetensors;

/// <summary>One tensor as the header announces it; Begin and End are offsets into the data after the header.</summary>
internal readonly record struct HeaderEntry(string Name, string DType, int[] Shape, long Begin, long End);
