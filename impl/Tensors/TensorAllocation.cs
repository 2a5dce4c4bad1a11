namespace Harness.Tensors;

/// <summary>Allocates the values of a tensor, or says what did not fit.</summary>
public static class TensorAllocation
{
    /// <summary>An array with uninitialised room for every element of <paramref name="result"/>.</summary>
    /// <exception cref="TensorMemoryException">There is not enough memory, or there are more elements than an array holds.</exception>
    public static TNumber[] Allocate<TNumber>(string operation, Shape result, params ReadOnlySpan<Shape> operands)
        where TNumber : unmanaged =>
        Allocate<TNumber>(0, operation, result, operands);

    /// <summary>The same with room for so many elements at least.</summary>
    internal static unsafe TNumber[] Allocate<TNumber>(int length, string operation, Shape result, ReadOnlySpan<Shape> operands)
        where TNumber : unmanaged
    {
        try
        {
            return GC.AllocateUninitializedArray<TNumber>(Math.Max(checked((int)result.Count), length));
        }
        catch (Exception failure) when (failure is OutOfMemoryException or OverflowException)
        {
            throw new TensorMemoryException(operation, result, sizeof(TNumber), operands);
        }
    }
}
