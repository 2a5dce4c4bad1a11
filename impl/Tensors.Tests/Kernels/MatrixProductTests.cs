using System.Numerics;
using Harness.Tensors.Kernels;

namespace Harness.Tensors.Tests.Kernels;

public sealed class MatrixProductOfDoublesTests : MatrixProductTests<double>
{
}

public sealed class MatrixProductOfFloatsTests : MatrixProductTests<float>
{
}

/// <summary>What holds for every element type with vectors.</summary>
public abstract class MatrixProductTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static TheoryData<string> Widths => new(Enum.GetNames<VectorWidth>());

    [Theory]
    [MemberData(nameof(Widths))]
    public void Every_small_extent_is_within_the_rounding_bound(string width)
    {
        for (var m = 0; m <= 20; m++)
        {
            for (var n = 0; n <= 20; n++)
            {
                foreach (var k in new[] { 0, 1, 2, 3, 7, 8, 13, 20 })
                    RandomProduct.Of<T>(m, n, k).IsWithinTheBound(width: Enum.Parse<VectorWidth>(width));
            }
        }
    }

    // Around the multiples of MR (6, 8), of NR (2 to 32), of the block sizes 192 and 256, and primes.
    [Theory]
    [InlineData(1, 1, 300)]
    [InlineData(1, 67, 31)]
    [InlineData(67, 1, 31)]
    [InlineData(23, 31, 257)]
    [InlineData(25, 33, 256)]
    [InlineData(41, 65, 97)]
    [InlineData(61, 47, 513)]
    [InlineData(191, 17, 53)]
    [InlineData(193, 97, 61)]
    [InlineData(7, 2049, 5)]
    [InlineData(50, 70, 255)]
    public void Extents_around_the_blocks_are_within_the_rounding_bound(int m, int n, int k)
    {
        foreach (var width in Enum.GetValues<VectorWidth>())
            RandomProduct.Of<T>(m, n, k).IsWithinTheBound(width);
        RandomProduct.Of<T>(m, n, k).IsWithinTheBound(width: null);
    }

    [Theory]
    [InlineData(9, 10, 11)]
    [InlineData(70, 90, 130)]
    public void Transposes_and_gaps_between_elements_do_not_change_the_bits(int m, int n, int k)
    {
        foreach (var width in Enum.GetValues<VectorWidth>())
        {
            var product = RandomProduct.Of<T>(m, n, k);
            var expected = product.Compute(width: width);
            foreach (var a in Layouts(product.A, m, k))
            {
                foreach (var b in Layouts(product.B, k, n))
                {
                    var c = new T[m * n];
                    MatrixProduct.Multiply(a.View, b.View, c.AsSpan(), width: width);
                    c.Should().Equal(expected, $"A has strides {a.Strides}, B {b.Strides}");
                }
            }
        }
    }

    [Fact]
    public void A_stride_of_zero_repeats_a_row()
    {
        T[] row = [T.One, T.CreateChecked(2)];
        var a = new MatrixView<T>(row, rows: 3, columns: 2, rowStride: 0, columnStride: 1);
        var c = new T[3];

        MatrixProduct.Multiply(a, MatrixView<T>.RowMajor(row, 2, 1), c.AsSpan());

        c.Should().Equal(T.CreateChecked(5), T.CreateChecked(5), T.CreateChecked(5));
    }

    // Too small to share, shared, and thin; beyond the 2304 rows, the 2048 columns and the 256 terms that are packed at once.
    [Theory]
    [InlineData(5, 6, 7)]
    [InlineData(130, 150, 300)]
    [InlineData(2310, 60, 20)]
    [InlineData(60, 2100, 20)]
    [InlineData(3000, 40, 20)]
    [InlineData(40, 3000, 20)]
    public void The_bits_do_not_depend_on_the_number_of_threads(int m, int n, int k)
    {
        var product = RandomProduct.Of<T>(m, n, k);
        var expected = product.Compute(threads: 1);

        foreach (var threads in new[] { 2, 3, 7 })
            product.Compute(threads).AsSpan().SequenceEqual(expected).Should().BeTrue($"{threads} threads");
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_vector_width()
    {
        var product = RandomProduct.Of<T>(53, 61, 300);
        var expected = product.Compute(width: VectorWidth.Scalar);

        foreach (var width in Enum.GetValues<VectorWidth>())
            product.Compute(width: width).Should().Equal(expected, $"vectors of {width}");
    }

    [Fact]
    public void The_bits_of_an_element_do_not_depend_on_where_it_lies()
    {
        const int M = 100, N = 110, K = 300;
        var product = RandomProduct.Of<T>(M, N, K);
        var whole = product.Compute();

        foreach (var (i, j) in new[] { (0, 0), (37, 91), (M - 1, N - 1) })
        {
            var element = new T[1];
            MatrixProduct.Multiply(
                MatrixView<T>.RowMajor(product.A.AsSpan(i * K, K), 1, K),
                new MatrixView<T>(product.B.AsSpan(j), K, 1, N, 1), element.AsSpan());
            element[0].Should().Be(whole[i * N + j]);
        }
    }

    [Theory]
    [InlineData(3, 4, 5, 2)]
    [InlineData(3, 4, 5, 7)]
    [InlineData(1, 33, 64, 40)]
    [InlineData(60, 70, 80, 5)]
    public void A_batch_equals_its_products_one_by_one(int m, int n, int k, int batch)
    {
        var (a, b) = (RandomProduct.Values<T>(batch * m * k, seed: 3), RandomProduct.Values<T>(batch * k * n, seed: 4));
        int[] own(int elements) => [.. Enumerable.Range(0, batch).Select(i => i * elements)];
        int[] backwards(int elements) => [.. Enumerable.Range(0, batch).Select(i => (batch - 1 - i) * elements)];
        int[] shared() => new int[batch];

        foreach (var aOffsets in new[] { own(m * k), backwards(m * k), shared() })
        {
            foreach (var bOffsets in new[] { own(k * n), backwards(k * n), shared() })
            {
                var expected = new T[batch * m * n];
                for (var i = 0; i < batch; i++)
                {
                    MatrixProduct.Multiply(
                        MatrixView<T>.RowMajor(a.AsSpan(aOffsets[i]), m, k),
                        MatrixView<T>.RowMajor(b.AsSpan(bOffsets[i]), k, n), expected.AsSpan(i * m * n, m * n), threads: 1);
                }
                foreach (var threads in new[] { 1, 2, 3, 7 })
                {
                    var c = new T[batch * m * n];
                    MatrixProduct.MultiplyBatch(
                        MatrixView<T>.RowMajor(a, m, k), aOffsets, MatrixView<T>.RowMajor(b, k, n), bOffsets, c.AsSpan(),
                        threads);
                    c.Should().Equal(expected, $"{threads} threads");
                }
            }
        }
    }

    [Fact]
    public void Nothing_but_the_product_is_written()
    {
        var product = RandomProduct.Of<T>(13, 19, 17);
        var c = new T[13 * 19 + 1];
        c[^1] = T.CreateChecked(42);

        MatrixProduct.Multiply(product.ViewA, product.ViewB, c.AsSpan());

        c[^1].Should().Be(T.CreateChecked(42));
    }

    [Fact]
    public void Subtracting_leaves_the_elements_between_the_rows_alone()
    {
        const int M = 13, N = 19, K = 300, Stride = 23;
        var product = RandomProduct.Of<T>(M, N, K);
        var c = RandomProduct.Values<T>(M * Stride, seed: 5);
        var before = c.ToArray();

        MatrixProduct.Subtract(product.ViewA, product.ViewB, c.AsSpan(), Stride);

        product.IsWithinTheBound((i, j) => before[i * Stride + j] - c[i * Stride + j], before.Max(T.Abs));
        for (var i = 0; i < M; i++)
            c[(i * Stride + N)..((i + 1) * Stride)].Should().Equal(before[(i * Stride + N)..((i + 1) * Stride)]);
    }

    [Fact]
    public void An_infinity_outside_an_elements_row_and_column_does_not_reach_it()
    {
        var product = RandomProduct.Of<T>(7, 9, 5);
        product.B[8] = T.PositiveInfinity;

        var c = product.Compute();

        for (var i = 0; i < c.Length; i++)
            T.IsFinite(c[i]).Should().Be(i % 9 != 8);
    }

    [Fact]
    public void Extents_that_do_not_fit_are_named()
    {
        var values = new T[12];
        var multiply = () => MatrixProduct.Multiply(
            MatrixView<T>.RowMajor(values, 3, 4), MatrixView<T>.RowMajor(values, 3, 4), new T[12].AsSpan());
        multiply.Should().Throw<ArgumentException>().WithMessage("A is 3×4 and B is 3×4: A needs as many columns as B has rows.");

        var tooSmall = () => MatrixProduct.Multiply(
            MatrixView<T>.RowMajor(values, 3, 4), MatrixView<T>.RowMajor(values, 4, 3), new T[8].AsSpan());
        tooSmall.Should().Throw<ArgumentException>().WithMessage("C has 8 elements, 1 products of 3×3 need 9.*");

        var tooFar = () => MatrixProduct.MultiplyBatch(
            MatrixView<T>.RowMajor(values, 2, 4), [0, 5], MatrixView<T>.RowMajor(values, 4, 3), [0, 0], new T[12].AsSpan());
        tooFar.Should().Throw<ArgumentOutOfRangeException>().WithMessage("A matrix of 8 elements must begin between 0 and 4.*");

        var tooLarge = () => MatrixView<T>.RowMajor(values, 4, 4).Rows;
        tooLarge.Should().Throw<ArgumentException>()
            .WithMessage("A 4×4 matrix with strides (4, 1) spans 16 elements, the data has 12*");
    }

    private sealed record Layout(T[] Data, int Rows, int Columns, (int Row, int Column) Strides)
    {
        public MatrixView<T> View => new(Data, Rows, Columns, Strides.Row, Strides.Column);
    }

    /// <summary>One matrix as rows, as columns, and as each with gaps that hold NaN.</summary>
    private static IEnumerable<Layout> Layouts(T[] values, int rows, int columns)
    {
        (int, int)[] layouts =
            [(columns, 1), (1, rows), (columns + 3, 1), (1, rows + 3), (2 * columns + 1, 2), (2, 2 * rows + 1)];
        foreach (var strides in layouts)
        {
            var (rowStride, columnStride) = strides;
            var data = new T[rows * rowStride + columns * columnStride];
            Array.Fill(data, T.NaN);
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < columns; j++)
                    data[i * rowStride + j * columnStride] = values[i * columns + j];
            }
            yield return new Layout(data, rows, columns, strides);
        }
    }
}
