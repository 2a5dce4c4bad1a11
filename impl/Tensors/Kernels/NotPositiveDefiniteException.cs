namespace Harness.Tensors;

/// <summary>A matrix that had to be symmetric positive definite is not, as far as its rounded elements tell.</summary>
public sealed class NotPositiveDefiniteException : Exception
{
    internal NotPositiveDefiniteException(int index, int size, double pivot)
        : base($"The {size}×{size} matrix is not positive definite: pivot {index} is {pivot:R}, expected a positive finite "
            + "number. Check that its inputs are finite, that it is symmetric, and that what regularises it (usually a multiple of the "
            + "identity) is positive and large beside the rounding errors of its diagonal.")
    {
        Index = index;
        Pivot = pivot;
    }

    /// <summary>The row of the first pivot that is not positive: the leading rows and columns before it are definite.</summary>
    public int Index { get; }

    /// <summary>The pivot's value.</summary>
    public double Pivot { get; }
}
