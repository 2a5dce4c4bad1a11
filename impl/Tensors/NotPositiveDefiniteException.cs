namespace Harness.Tensors;

/// <summary>A matrix that was to be factorised is not positive definite.</summary>
/// <param name="pivot">The zero-based index of the pivot that is not positive.</param>
/// <param name="value">The pivot.</param>
public sealed class NotPositiveDefiniteException(int pivot, double value)
    : ArithmeticException(
        $"Cholesky: pivot {pivot} is {value:G9}, expected a positive number: the matrix is not positive definite in float64. "
        + "In a ridge regression, check that λ > 0 and is not lost beside F Fᵀ.");
