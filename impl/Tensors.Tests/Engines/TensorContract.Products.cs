using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Engines;

/// <content>Matrix products and linear systems.</content>
public abstract partial class TensorContract<T>
{
    [Fact]
    public void Products_are_within_the_rounding_bound_at_every_extent()
    {
        foreach (var n in Extents.Where(n => n <= 33))
        {
            if (n is <= 17 or >= 31)
                Product([n, n], [n, n]);
            Product([1, n], [n, 1]);
            Product([n, 1], [1, n]);
            Product([3, n], [n, 2]);
            Product([2, 5], [5, n]);
        }
    }

    [Theory]
    [InlineData(new[] { 2, 3, 4 }, new[] { 2, 4, 5 })]
    [InlineData(new[] { 2, 3, 4 }, new[] { 4, 5 })]
    [InlineData(new[] { 3, 4 }, new[] { 2, 4, 5 })]
    [InlineData(new[] { 2, 3, 4, 5 }, new[] { 2, 3, 5, 2 })]
    [InlineData(new[] { 2, 3, 4, 5 }, new[] { 5, 2 })]
    [InlineData(new[] { 4, 5 }, new[] { 2, 3, 5, 2 })]
    [InlineData(new[] { 1, 3, 4 }, new[] { 1, 4, 5 })]
    [InlineData(new[] { 7, 1, 9 }, new[] { 9, 1 })]
    public void Leading_axes_are_a_batch_and_a_plain_matrix_is_shared(int[] left, int[] right) =>
        Product(Shape.Create(left), Shape.Create(right));

    [Theory]
    [InlineData(new[] { 0, 3, 4 }, new[] { 0, 4, 5 })]
    [InlineData(new[] { 0, 3, 4 }, new[] { 4, 5 })]
    [InlineData(new[] { 3, 4 }, new[] { 0, 4, 5 })]
    [InlineData(new[] { 2, 0, 4 }, new[] { 2, 4, 5 })]
    [InlineData(new[] { 2, 3, 4 }, new[] { 4, 0 })]
    [InlineData(new[] { 2, 3, 0 }, new[] { 2, 0, 5 })]
    [InlineData(new[] { 2, 3, 0 }, new[] { 0, 5 })]
    [InlineData(new[] { 3, 0 }, new[] { 2, 0, 5 })]
    [InlineData(new[] { 0, 0 }, new[] { 0, 0 })]
    public void Products_of_empty_matrices_are_empty_or_zero(int[] left, int[] right) =>
        Product(Shape.Create(left), Shape.Create(right));

    [Fact]
    public void A_product_of_views_reads_the_elements_of_the_views()
    {
        var a = Random([4, 3, 6], seed: 1);
        var b = Random([5, 6, 4], seed: 2);

        // [4,3,6] sliced to [4,3,4], turned to [3,4,4]; [5,6,4] sliced to [3,6,4], then to [3,4,4] and transposed.
        var left = T.Permute(T.Slice(a, 2, 1, 4), 1, 0, 2);
        var right = T.Permute(T.Slice(T.Slice(b, 0, 2, 3), 1, 1, 4), 0, 2, 1);
        Product(left, right);
        Product(T.Permute(T.Slice(a, 0, 1, 1), 0, 2, 1), T.Slice(a, 0, 3, 1));
    }

    [Fact]
    public void A_product_of_repeated_matrices_repeats_the_product()
    {
        var a = Random([3, 4], seed: 1);
        var b = Random([4, 2], seed: 2);

        Product(T.Expand(a, 0, 5), T.Expand(b, 0, 5));
        Product(T.Expand(a, 0, 5), b);
        // A repeated row, and a repeated column.
        Product(T.Expand(Random([4], seed: 3), 0, 3), b);
        Product(a, T.Expand(Random([4], seed: 4), 1, 2));
    }

    [Theory]
    [InlineData(new[] { 5, 5 }, new[] { 5, 3 })]
    [InlineData(new[] { 1, 1 }, new[] { 1, 1 })]
    [InlineData(new[] { 20, 20 }, new[] { 20, 1 })]
    [InlineData(new[] { 5, 5 }, new[] { 3, 5, 2 })]
    [InlineData(new[] { 5, 5 }, new[] { 2, 3, 5, 2 })]
    [InlineData(new[] { 3, 5, 5 }, new[] { 3, 5, 2 })]
    [InlineData(new[] { 2, 3, 5, 5 }, new[] { 2, 3, 5, 2 })]
    [InlineData(new[] { 3, 5, 5 }, new[] { 5, 2 })]
    [InlineData(new[] { 0, 5, 5 }, new[] { 0, 5, 2 })]
    [InlineData(new[] { 0, 5, 5 }, new[] { 5, 2 })]
    [InlineData(new[] { 5, 5 }, new[] { 0, 5, 2 })]
    [InlineData(new[] { 5, 5 }, new[] { 5, 0 })]
    [InlineData(new[] { 0, 0 }, new[] { 0, 3 })]
    public void Definite_systems_are_solved_shared_and_in_batches(int[] matrix, int[] rightSide)
    {
        var b = Random(Shape.Create(rightSide), seed: 2);
        Solution(Definite(Shape.Create(matrix)), b);
    }

    [Fact]
    public void Systems_are_solved_from_views()
    {
        var a = Definite([3, 4, 4]);
        var b = Random([4, 2, 3], seed: 5);

        Solution(T.Slice(a, 0, 1, 2), T.Permute(T.Slice(b, 2, 1, 2), 2, 0, 1));
        Solution(T.Permute(a, 0, 2, 1), T.Permute(b, 2, 0, 1));
        Solution(T.Expand(T.Reshape(T.Slice(a, 0, 2, 1), [4, 4]), 0, 3), T.Permute(b, 2, 0, 1));
    }

    [Fact]
    public void A_system_that_is_not_positive_definite_is_refused_with_its_pivot()
    {
        var indefinite = Of([2, 2, 2], 2, 0, 0, 2, 1, 0, 0, -0.5);

        var batched = () => T.SolvePositiveDefinite(indefinite, Zeros([2, 2, 1]));
        batched.Should().Throw<NotPositiveDefiniteException>().Which.Should().Match<NotPositiveDefiniteException>(
            failure => failure.Index == 1 && failure.Pivot == -0.5);
        var shared = () => T.SolvePositiveDefinite(Of([1, 1], 0), Zeros([3, 1, 2]));
        shared.Should().Throw<NotPositiveDefiniteException>().WithMessage("*pivot 0 is 0,*");
        var notANumber = () => T.SolvePositiveDefinite(Of([1, 1], double.NaN), Zeros([1, 2]));
        notANumber.Should().Throw<NotPositiveDefiniteException>();
    }

    [Fact]
    public void Scaled_products_are_quotients_of_products()
    {
        var (left, right) = (Random([2, 5, 3], seed: 1), Random([2, 3, 7], seed: 2));
        var (a, b) = (Exact(left), Exact(right));
        var divisor = DoubleDouble.Sqrt(3);

        Check(T.ScaledMatMul(left, right, divisor), [2, 5, 7], position =>
        {
            var (batch, i, j) = (position / 35, position / 7 % 5, position % 7);
            DoubleDouble sum = 0, magnitude = 0;
            for (var p = 0; p < 3; p++)
            {
                var product = a[batch * 15 + i * 3 + p] * b[batch * 21 + p * 7 + j] / divisor;
                sum += product;
                magnitude += DoubleDouble.Abs(product);
            }

            // Besides the product's own roundings those of the divisor and of the quotient, before it or after it.
            return (sum, Within(5 * Precision.InnerRoundoff + 2 * Precision.Roundoff, magnitude) + Within(Precision.Roundoff, sum));
        });
    }

    [Fact]
    public void Maps_of_scaled_products_are_products_with_each_vector()
    {
        var (left, right, vectors) = (Random([2, 5, 3], seed: 1), Random([2, 3, 7], seed: 2), Random([2, 7], seed: 3));
        var (a, b, w) = (Exact(left), Exact(right), Exact(vectors));
        var divisor = DoubleDouble.Sqrt(3);

        var maps = T.ScaledMatMulMapped(
            left, right, divisor, T.Reshape(T.Slice(vectors, 0, 0, 1), [7]), T.Reshape(T.Slice(vectors, 0, 1, 1), [7]));

        maps.Should().HaveCount(2);
        for (var map = 0; map < 2; map++)
        {
            Check(maps[map], [2, 5], position =>
            {
                var (batch, i) = (position / 5, position % 5);
                DoubleDouble sum = 0, magnitude = 0;
                for (var p = 0; p < 3; p++)
                {
                    for (var j = 0; j < 7; j++)
                    {
                        var product = a[batch * 15 + i * 3 + p] * b[batch * 21 + p * 7 + j] * w[map * 7 + j] / divisor;
                        sum += product;
                        magnitude += DoubleDouble.Abs(product);
                    }
                }

                // In either order a chain over 3 and one over 7, the divisor, the quotient, and what lies between rounded once.
                return (sum, Within((3 + 7 + 4) * Precision.InnerRoundoff + 4 * Precision.Roundoff, magnitude));
            });
        }
    }

    [Fact]
    public void Scaled_products_by_a_power_of_2_have_the_bits_of_the_product()
    {
        var (left, right) = (Random([5, 3], seed: 1), Random([3, 7], seed: 2));

        SameBits(T.ScaledMatMul(left, right, 8), T.MatMul(left, right) / 8);
    }

    private void Product(Shape left, Shape right) => Product(Random(left, seed: 1), Random(right, seed: 2));

    /// <remarks>
    /// A chain of k multiply-adds is off by at most k u Σ|a||b| (Higham, "Accuracy and Stability of Numerical Algorithms", 2002,
    /// section 3.1); the result is rounded once more where the engine holds less than it computes with.
    /// </remarks>
    private void Product(T left, T right)
    {
        var (a, b) = (Exact(left), Exact(right));
        var (m, k, n) = (left.Shape[^2], left.Shape[^1], right.Shape[^1]);
        Shape shape = [.. left.Shape.Rank > right.Shape.Rank ? left.Shape[..^2] : right.Shape[..^2], m, n];
        Check(T.MatMul(left, right), shape, position =>
        {
            var (batch, i, j) = (position / (m * n), position / n % m, position % n);
            var (row, column) = (left.Shape.Rank == 2 ? i : batch * m + i, right.Shape.Rank == 2 ? j : batch * k * n + j);
            DoubleDouble sum = 0, magnitude = 0;
            for (var p = 0; p < k; p++)
            {
                var product = a[row * k + p] * b[column + p * n];
                sum += product;
                magnitude += DoubleDouble.Abs(product);
            }

            return (sum, Within((k + 2) * Precision.InnerRoundoff, magnitude) + Within(Precision.Roundoff, sum));
        }, $"{left.Shape} · {right.Shape}");
    }

    // Diagonally dominant, with small dyadic entries that every format holds exactly.
    private T Definite(Shape shape)
    {
        var (n, random) = (shape[^1], new Random(7));
        var values = new double[shape.Count];
        for (var start = 0; start < values.Length; start += n * n)
        {
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j < i; j++)
                    values[start + i * n + j] = values[start + j * n + i] = random.Next(-8, 9) / 16.0;
                values[start + i * n + i] = n / 2.0 + 1 + random.Next(4);
            }
        }

        return Of(shape, values);
    }

    /// <remarks>
    /// Cholesky's solution solves a system whose matrix is off by at most (3n + 1) u √(a_ii a_jj) (Higham 2002, theorem 10.4);
    /// rounding the solution adds u |A||x|. The contract lets an engine solve in a higher precision, so u is double's at most.
    /// </remarks>
    private void Solution(T matrix, T rightSide)
    {
        var solution = T.SolvePositiveDefinite(matrix, rightSide);
        var (n, k) = (rightSide.Shape[^2], rightSide.Shape[^1]);
        Shape shape = [.. matrix.Shape.Rank > rightSide.Shape.Rank ? matrix.Shape[..^2] : rightSide.Shape[..^2], n, k];
        solution.Shape.Should().Equal(shape);
        var (a, x, b) = (Exact(matrix), Exact(solution), Exact(rightSide));
        var solveRoundoff = Math.Min(Precision.InnerRoundoff, FloatFormat.Float64.UnitRoundoff);
        for (var position = 0; position < x.Length; position++)
        {
            var (batch, i, j) = (position / (n * k), position / k % n, position % k);
            var (matrixStart, sideStart) = (matrix.Shape.Rank == 2 ? 0 : batch * n * n, rightSide.Shape.Rank == 2 ? 0 : batch * n * k);
            DoubleDouble residual = -b[sideStart + i * k + j], scale = 0, magnitude = 0;
            for (var c = 0; c < n; c++)
            {
                var value = x[batch * n * k + c * k + j];
                residual += a[matrixStart + i * n + c] * value;
                magnitude += DoubleDouble.Abs(a[matrixStart + i * n + c] * value);
                scale += DoubleDouble.Sqrt(a[matrixStart + i * n + i] * a[matrixStart + c * n + c]) * DoubleDouble.Abs(value);
            }

            var bound = Within((3 * n + 1) * solveRoundoff, scale) + Within(Precision.Roundoff, magnitude);
            if (!((double)DoubleDouble.Abs(residual) <= bound))
                Assert.Fail($"{matrix.Shape}, {rightSide.Shape}: the residual {residual} at {position} exceeds {bound:g3}.");
        }
    }
}
