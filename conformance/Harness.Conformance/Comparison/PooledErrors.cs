using Harness.Tensors.Numerics;

namespace Harness.Conformance.Comparison;

/// <summary>Judges an output by its errors in all cases together; reference-fixtures/README.md derives the rules.</summary>
/// <param name="cases">One summary for each case; cases are independent of each other, entries of one need not be.</param>
/// <param name="format">The format computed in.</param>
/// <param name="what">What cases are called.</param>
/// <param name="honestLean">How far an honest mean error may be to one side in every case, as a part of u·|golden|.</param>
internal sealed class PooledErrors(IReadOnlyList<TensorErrors> cases, FloatFormat format, string what = "cases", double honestLean = 0.5)
{
    /// <summary>Fewer cases say nothing of how cases differ.</summary>
    public const int FewestCases = 4;

    // Roundings that do not hang on each other have at most half of the noise model's deviation: u/√3 of 2u/√3. In float64 the golden is rounded too.
    private const double HonestSquare = 1.0 / 4;
    private const double GoldenSquare = 1.0 / 3;

    // So much of the deviation is a mean only where each operation leans.
    private const double OneSided = 0.5;

    // What correct rounding has on average over a binade, to say how many bits are lost.
    private const double TypicalDeviation = 0.37;

    // E F(1,8)^t for t = 1, 2, 3: how an error's square over ρ² is distributed, ρ² being the mean of 8 squares.
    private static readonly double[] Moments = [4.0 / 3, 8, 160];

    // What is staked on each case; the rest is kept for cases in which nothing shows.
    private const double Stake = 0.9;

    private const int FewestEntries = 8;

    // Half of honest results have a last bit of 0, unless they cancel.
    private const double HonestZeros = 0.6;

    private double Deviation => Math.Sqrt(cases.Average(each => each.MeanSquare));

    private double HonestDeviation => Math.Sqrt(HonestSquare + (format == FloatFormat.Float64 ? GoldenSquare : 0));

    /// <summary>Whether results have fewer bits than the format.</summary>
    /// <param name="output">What they are results of.</param>
    /// <param name="level">How probable it may be at most that honest arithmetic looks like this.</param>
    /// <returns>What is wrong, in one line; null if nothing is.</returns>
    public string? LostBits(string output, double level)
    {
        for (var lost = TensorErrors.MostLostBits; lost > 0; lost--)
        {
            var (countable, coarse) = (cases.Sum(each => each.Countable[lost - 1]), cases.Sum(each => each.Coarse[lost - 1]));
            if (LargestProbability(coarse, countable) * TensorErrors.MostLostBits <= level)
            {
                return $"{output}: {coarse} of {countable} results end in {lost} zero {(lost == 1 ? "bit" : "bits")}, expected at most half of them: "
                    + $"as if significands had {format.SignificandBits - lost} bits instead of {format.SignificandBits}";
            }
        }

        return null;
    }

    // Chernoff's bound of the probability of so many or more.
    private static double LargestProbability(int coarse, int countable)
    {
        if (coarse <= HonestZeros * countable)
            return 1;
        var share = (double)coarse / countable;
        var divergence = share * Math.Log(share / HonestZeros) + (share < 1 ? (1 - share) * Math.Log((1 - share) / (1 - HonestZeros)) : 0);
        return Math.Exp(-countable * divergence);
    }

    /// <summary>Whether errors lean to one side, as those of truncation do, or are larger than rounding to the format makes.</summary>
    /// <inheritdoc cref="LostBits"/>
    public string? Fault(string output, double level) => Leaning(output, level) ?? Large(output, level);

    private string? Leaning(string output, double level)
    {
        var wide = cases.Where(each => each.Entries >= FewestEntries).ToArray();
        if (wide.Length < FewestCases)
            return null;
        var direction = Math.Sign(wide.Sum(each => each.Lean));
        double[] excess = [.. wide.Select(each => direction * each.Lean - honestLean * each.Roundoff)];
        var mean = excess.Average();
        var deviation = Math.Sqrt(excess.Sum(value => (value - mean) * (value - mean)) / (excess.Length - 1));
        if (mean <= 0 || StudentTail(mean / deviation * Math.Sqrt(excess.Length), excess.Length - 1) > level)
            return null;
        return $"{output}: errors lean {(direction < 0 ? "toward zero" : "away from zero")} in {wide.Count(each => direction * each.Lean > 0)} of {wide.Length} {what}, "
            + $"by {Math.Abs(wide.Average(each => each.Lean)):F2} ρ on average over {wide.Sum(each => each.Entries)} entries, expected less than {wide.Average(each => honestLean * each.Roundoff):F2}: "
            + (direction < 0 ? "as if results were truncated instead of rounded" : "as if results were always rounded up");
    }

    // The probability beyond ±t, with n degrees of freedom: the finite sums for whole n.
    private static double StudentTail(double t, int n)
    {
        var angle = Math.Atan(t / Math.Sqrt(n));
        var (sine, cosine) = (Math.Sin(angle), Math.Cos(angle));
        var (term, sum) = (n % 2 == 0 ? 1 : cosine, 0.0);
        for (var k = n % 2 == 0 ? 0 : 1; k <= n - 2; k += 2)
        {
            sum += term;
            term *= cosine * cosine * (k + 1) / (k + 2);
        }

        return 1 - (n % 2 == 0 ? sine * sum : (angle + sine * sum) * 2 / Math.PI);
    }

    private string? Large(string output, double level)
    {
        if (cases.Count < FewestCases)
            return null;
        // For each power a bet on every case that does not win on average, if errors are honest; as the product of all cases it is large with that probability.
        var winnings = Moments.Index().Select(moment => cases.Sum(each => Math.Log(
            1 - Stake + Stake * Math.Pow(each.MeanSquare / (HonestDeviation * HonestDeviation), moment.Index + 1) / moment.Item))).ToArray();
        var largest = winnings.Max();
        var logarithm = largest + Math.Log(winnings.Average(value => Math.Exp(value - largest)));
        if (logarithm < -Math.Log(level))
            return null;
        var lost = Math.Max(1, (int)Math.Round(Math.Log2(Deviation / TypicalDeviation)));
        var isOneSided = Math.Abs(cases.Average(each => each.Lean)) >= OneSided * Deviation;
        return $"{output}: errors are {Deviation:F2} ρ in the root mean square over {cases.Sum(each => each.Entries)} entries of {cases.Count} {what}, expected at most {HonestDeviation:F2}: "
            + $"{Deviation / TypicalDeviation:F1} times what rounding to {format} makes, "
            + (isOneSided ? "and mostly to one side: as if results were truncated instead of rounded" : $"as if significands had {format.SignificandBits - lost} bits instead of {format.SignificandBits}");
    }
}
