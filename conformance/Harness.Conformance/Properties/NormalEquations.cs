using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>
/// A = F Fᵀ + λI of a regression, F = psiᵀ, in double-double: its own rounding, below 10⁻²⁸ relative, is not counted.
/// </summary>
internal sealed class NormalEquations
{
    private readonly DoubleDouble[,] _psi;
    private readonly DoubleDouble[,] _gram;
    private readonly double _ridge;

    public NormalEquations(DoubleDouble[,] psi, double ridge)
    {
        var (positions, functions) = (psi.GetLength(0), psi.GetLength(1));
        _psi = psi;
        _ridge = ridge;
        _gram = new DoubleDouble[functions, functions];
        for (var i = 0; i < functions; i++)
        {
            for (var j = 0; j < functions; j++)
            {
                for (var p = 0; p < positions; p++)
                    _gram[i, j] += psi[p, i] * psi[p, j];
            }
        }

        // A symmetric matrix's 2-norm is its largest |eigenvalue|, which no row sum of moduli, maximised over rows, is below.
        GramNorm = Enumerable.Range(0, functions).Max(i =>
            Enumerable.Range(0, functions).Sum(j => Math.Abs((double)_gram[i, j])));
    }

    /// <summary>At least ‖F Fᵀ‖₂.</summary>
    public double GramNorm { get; }

    /// <summary>At least ‖A‖₂.</summary>
    public double Norm => GramNorm + _ridge;

    /// <summary>F x for values x [P] at the positions.</summary>
    public DoubleDouble[] RightSide(ReadOnlySpan<DoubleDouble> x)
    {
        var sums = new DoubleDouble[_psi.GetLength(1)];
        for (var j = 0; j < sums.Length; j++)
        {
            for (var p = 0; p < x.Length; p++)
                sums[j] += _psi[p, j] * x[p];
        }

        return sums;
    }

    /// <summary>‖A c − rightSide‖₂.</summary>
    public double Residual(ReadOnlySpan<double> c, ReadOnlySpan<DoubleDouble> rightSide)
    {
        var norm = default(EuclideanNorm);
        for (var i = 0; i < c.Length; i++)
        {
            var sum = (DoubleDouble)_ridge * c[i] - rightSide[i];
            for (var j = 0; j < c.Length; j++)
                sum += _gram[i, j] * c[j];
            norm.Add((double)sum);
        }

        return norm.Value;
    }

    /// <summary>‖λc − rightSide‖₂.</summary>
    public double DistanceAtLargeRidge(ReadOnlySpan<double> c, ReadOnlySpan<DoubleDouble> rightSide)
    {
        var norm = default(EuclideanNorm);
        for (var i = 0; i < c.Length; i++)
            norm.Add((double)((DoubleDouble)_ridge * c[i] - rightSide[i]));

        return norm.Value;
    }

    /// <summary>The 2-norm.</summary>
    public static double Length(ReadOnlySpan<DoubleDouble> x)
    {
        var norm = default(EuclideanNorm);
        foreach (var entry in x)
            norm.Add((double)entry);
        return norm.Value;
    }
}
