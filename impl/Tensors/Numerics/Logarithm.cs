using System.Numerics;

namespace Harness.Tensors.Numerics;

/// <summary>The logarithm that the framework's number types lack.</summary>
public static class Logarithm
{
    /// <summary>log(1+x) with the rounding of 1+x divided out again (Goldberg 1991, theorem 4): the framework's LogP1 loses small x.</summary>
    public static T Log1p<T>(T x)
        where T : IBinaryFloatingPointIeee754<T> =>
        T.One + x is var sum && sum == T.One ? x : T.Log(sum) * x / (sum - T.One);
}
