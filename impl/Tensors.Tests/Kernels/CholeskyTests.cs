using System.Numerics;
using Harness.Tensors.Kernels;

namespace Harness.Tensors.Tests.Kernels;

public sealed class CholeskyTests
{
    /// <summary>double's unit roundoff.</summary>
    private const double U = 1.0 / (1L << 53);

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(3, 5)]
    [InlineData(8, 1)]
    [InlineData(9, 64)]
    [InlineData(17, 2)]
    [InlineData(67, 129)]
    [InlineData(131, 31)]
    [InlineData(200, 1)]
    public void The_residual_is_within_the_rounding_bound(int n, int k)
    {
        var (a, b) = (Definite(n, seed: 1), RandomProduct.Values<double>(n * k, seed: 2));
        var x = b.ToArray();

        Cholesky.Solve(a, x, n, k);

        ShouldSolve(a, x, b, n, k);
    }

    [Fact]
    public void Every_small_extent_is_within_the_rounding_bound()
    {
        for (var n = 0; n <= 20; n++)
        {
            foreach (var k in new[] { 1, 2, 7, 16 })
                The_residual_is_within_the_rounding_bound(n, k);
        }
    }

    [Fact]
    public void An_ill_conditioned_matrix_is_solved_to_the_same_bound()
    {
        // The Hilbert matrix of order 10, of condition 1.6e13: the solution is wrong in many digits, the residual in none.
        const int N = 10;
        var a = new double[N * N];
        for (var i = 0; i < a.Length; i++)
            a[i] = 1.0 / (i / N + i % N + 1);
        var b = RandomProduct.Values<double>(N, seed: 3);
        var x = b.ToArray();

        Cholesky.Solve(a, x, N, 1);

        ShouldSolve(a, x, b, N, 1);
    }

    [Fact]
    public void A_matrix_worked_by_hand_gives_its_solution()
    {
        // [4 2; 2 5]·x = [10; 13] has x = [1.5; 2]: U = [2 1; 0 2], y = [5; 4], every step exact.
        double[] x = [10, 13];

        Cholesky.Solve([4, 2, 2, 5], x, 2, 1);

        x.Should().Equal(1.5, 2);
    }

    [Theory]
    [InlineData(20, 3)]
    [InlineData(150, 300)]
    public void The_bits_do_not_depend_on_the_number_of_threads(int n, int k)
    {
        var (a, b) = (Definite(n, seed: 4), RandomProduct.Values<double>(n * k, seed: 5));
        var expected = b.ToArray();
        Cholesky.Solve(a, expected, n, k, threads: 1);

        foreach (var threads in new[] { 2, 3, 7 })
        {
            var x = b.ToArray();
            Cholesky.Solve(a, x, n, k, threads);
            x.Should().Equal(expected, $"{threads} threads");
        }
    }

    [Fact]
    public void Only_the_upper_triangle_is_read()
    {
        const int N = 21, K = 4;
        var (a, b) = (Definite(N, seed: 6), RandomProduct.Values<double>(N * K, seed: 7));
        var (expected, x) = (b.ToArray(), b.ToArray());
        Cholesky.Solve(a, expected, N, K);
        for (var i = 0; i < N; i++)
            a.AsSpan(i * N, i).Fill(double.NaN);

        Cholesky.Solve(a, x, N, K);

        x.Should().Equal(expected);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(29)]
    public void An_indefinite_matrix_is_named_with_its_pivot(int index)
    {
        const int N = 30;
        var a = new double[N * N];
        for (var i = 0; i < N; i++)
            a[i * N + i] = i == index ? -0.5 : 2;

        var solve = () => Cholesky.Solve(a, new double[N], N, 1);

        var exception = solve.Should().Throw<NotPositiveDefiniteException>().Which;
        exception.Index.Should().Be(index);
        exception.Pivot.Should().Be(-0.5);
        exception.Message.Should().StartWith(
            $"The 30×30 matrix is not positive definite: pivot {index} is -0.5, expected a positive finite number. Check that");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_pivot_that_is_no_positive_number_is_refused(double pivot)
    {
        var solve = () => Cholesky.Solve([1, 0, 0, pivot], new double[2], 2, 1);

        solve.Should().Throw<NotPositiveDefiniteException>().Which.Index.Should().Be(1);
    }

    /// <summary>MᵀM + I of a random M.</summary>
    private static double[] Definite(int n, int seed)
    {
        var m = RandomProduct.Values<double>(n * n, seed);
        var a = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                for (var p = 0; p < n; p++)
                    a[i * n + j] += m[p * n + i] * m[p * n + j];
            }
            a[i * n + i] += 1;
        }
        return a;
    }

    /// <summary>
    /// |b − A·x|ᵢ ≤ γ(3n + 1) / (1 − γ(n + 1)) · Σⱼ √(aᵢᵢ·aⱼⱼ)·|xⱼ|, γ(m) = m·u / (1 − m·u).
    /// </summary>
    /// <remarks>
    /// In whatever order the sums are taken, the computed x solves (A + E)·x = b exactly for some E with
    /// |E| ≤ γ(3n + 1)·|Uᵀ|·|U| (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, theorem 10.4). By Cauchy and
    /// Schwarz (|Uᵀ|·|U|)ᵢⱼ ≤ ‖uᵢ‖·‖uⱼ‖ for columns u of U, and ‖uᵢ‖² differs from aᵢᵢ by at most γ(n + 1)·‖uᵢ‖² (theorem
    /// 10.3). The residual is b − A·x = E·x.
    /// </remarks>
    private static void ShouldSolve(double[] a, double[] x, double[] b, int n, int k)
    {
        static double gamma(int m) => m * U / (1 - m * U);
        var factor = gamma(3 * n + 1) / (1 - gamma(n + 1));
        var product = new RandomProduct<double>(n, k, n, a, x);
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < k; j++)
            {
                var (high, low, _) = product.Exact(i, j);
                var residual = Math.Abs(b[i * k + j] - high - low);
                var bound = 0.0;
                for (var p = 0; p < n; p++)
                    bound += factor * Math.Sqrt(a[i * n + i] * a[p * n + p]) * Math.Abs(x[p * k + j]);
                // Negated, so that a NaN fails.
                if (!(residual <= bound))
                    Assert.Fail($"[{i}, {j}] of {n}×{k}: residual {residual} exceeds {bound}.");
            }
        }
    }
}
