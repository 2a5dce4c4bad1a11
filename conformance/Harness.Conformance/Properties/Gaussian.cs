using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>Gaussian densities to about 30 digits: beside them every rounding of a format is large.</summary>
internal static class Gaussian
{
    /// <summary>N(x; m, v), given x − m and the variance v.</summary>
    public static DoubleDouble Density(DoubleDouble deviation, DoubleDouble variance) =>
        DoubleDouble.Exp(-(deviation * deviation / (2 * variance))) / DoubleDouble.Sqrt(2 * DoubleDouble.Pi * variance);

    /// <summary>psi [P,N]: every basis function at every position.</summary>
    public static DoubleDouble[,] Basis(ReadOnlySpan<double> positions, double[] centres, double[] deviations)
    {
        var psi = new DoubleDouble[positions.Length, centres.Length];
        for (var i = 0; i < positions.Length; i++)
        {
            for (var j = 0; j < centres.Length; j++)
                psi[i, j] = Density((DoubleDouble)positions[i] - centres[j], (DoubleDouble)deviations[j] * deviations[j]);
        }

        return psi;
    }
}
