using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormer;

internal static class Gaussian
{
    /// <summary>N(x; m, v) = e^(−(x−m)²/(2v)) / √(2πv), given x − m and the <b>variance</b> v.</summary>
    public static T Density<T>(T deviation, T variance)
        where T : class, ITensor<T> =>
        T.Exp(-(deviation * deviation / (variance * 2))) / T.Sqrt(variance * (2 * DoubleDouble.Pi));
}
