using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Engines;

/// <content>Reductions, softmax and selection along an axis.</content>
public abstract partial class TensorContract<T>
{
    [Fact]
    public void Sums_over_every_axis_are_within_the_rounding_bound()
    {
        foreach (var n in Extents)
        {
            Sum([n], 0);
            Sum([3, n], 1);
            Sum([n, 3], 0);
            Sum([2, n, 5], 1);
        }

        Sum([2, 3, 0], 1);
        Sum([0, 3], 1);
        T.Sum(Row(1, 2, 3), 0).Shape.Should().BeEmpty();
    }

    [Fact]
    public void Running_sums_are_within_the_rounding_bound()
    {
        foreach (var n in Extents)
        {
            var x = Random([2, n], seed: n);
            var a = Exact(x);
            Check(T.CumulativeSum(x), [2, n], position =>
            {
                var (start, end) = (position / n * n, position + 1);
                return Total(a[start..end]);
            }, $"{n} elements");
        }
    }

    [Fact]
    public void Softmax_is_within_the_rounding_bound_at_every_extent()
    {
        foreach (var n in Extents)
            Softmax(Random([3, n], seed: n, -4, 4), T.Softmax, (_, _) => true);
    }

    [Fact]
    public void Softmax_survives_scores_of_a_thousand()
    {
        Softmax(Of([3, 4], 1000, 999, 998, -1000, -1000, -1001, -1000.5, -1000, 30000, 30000, -30000, 0), T.Softmax, (_, _) => true);
        T.Softmax(Row(-1000, 1000)).ToArray().Should().Equal(0, 1);
        T.Softmax(Row(3)).ToArray().Should().Equal(1);
    }

    [Fact]
    public void A_gradient_of_a_softmax_loses_its_mean_and_is_weighted()
    {
        foreach (var n in Extents.Where(n => n > 0))
        {
            // As a view too, as gradients often come.
            foreach (var gradient in new[] { Random([3, n], seed: n), T.Permute(Random([n, 3], seed: n), 1, 0) })
            {
                var p = T.Softmax(Random([3, n], seed: 1000 + n));
                var (g, weights) = (Exact(gradient), Exact(p));
                Check(T.SoftmaxGradient(gradient, p), [3, n], i =>
                {
                    DoubleDouble mean = 0, size = 0;
                    for (var j = i / n * n; j < (i / n + 1) * n; j++)
                    {
                        mean += g[j] * weights[j];
                        size += DoubleDouble.Abs(g[j] * weights[j]);
                    }

                    var bound = (n + 3) * Precision.Roundoff * (double)(weights[i] * (DoubleDouble.Abs(g[i]) + size));
                    return (weights[i] * (g[i] - mean), bound + 4 * Precision.SmallestNormal * Precision.Roundoff);
                }, $"{n} elements");
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 4)]
    [InlineData(2, 5)]
    [InlineData(1, 7)]
    [InlineData(3, 33)]
    public void Causal_softmax_hides_what_comes_later(int rows, int columns) =>
        Softmax(Random([2, rows, columns], seed: columns), T.CausalSoftmax, (i, j) => j <= i % rows + columns - rows);

    [Fact]
    public void Causal_softmax_ignores_hidden_scores()
    {
        // A maximum taken over the hidden scores would underflow everything that is seen.
        var x = Of([2, 2], 0, 30000, 0, 0);

        T.CausalSoftmax(x).ToArray().Should().Equal(1, 0, 0.5, 0.5);
        T.CausalSoftmax(Zeros([0, 3])).Shape.Should().Equal(0, 3);
        T.CausalSoftmax(Zeros([0, 0])).Shape.Should().Equal(0, 0);
    }

    [Fact]
    public void Equal_rows_give_equal_bits_wherever_they_lie_in_memory()
    {
        foreach (var n in new[] { 5, 33, 65, 257, 1001 })
        {
            var row = Uniform(n, seed: n);
            var rows = Of([9, n], [.. Enumerable.Repeat(row, 9).SelectMany(values => values)]);

            Bits(T.Sum(rows, 1)).Distinct().Should().ContainSingle($"of {n} elements");
            foreach (var result in new[] { T.Softmax(rows), T.CumulativeSum(rows) })
            {
                for (var i = 1; i < 9; i++)
                    SameBits(T.Slice(result, 0, i, 1), T.Slice(result, 0, 0, 1), $"row {i} of {n} elements");
            }
        }
    }

    [Theory]
    [InlineData(0, new double[] { 0, 0, 0, 0, 0 })]
    [InlineData(1, new double[] { 3, 0, 0, 0, 0 })]
    [InlineData(2, new double[] { 3, 0, 3, 0, 0 })]
    [InlineData(3, new double[] { 3, 0, 3, 0, 3 })]
    [InlineData(4, new double[] { 3, 0, 3, 2, 3 })]
    [InlineData(5, new double[] { 3, -1, 3, 2, 3 })]
    public void The_largest_k_stay_and_ties_keep_the_lower_index(int k, double[] expected) =>
        T.KeepTopK(Row(3, -1, 3, 2, 3), k).ToArray().Should().Equal(expected);

    [Fact]
    public void The_largest_k_are_chosen_row_by_row()
    {
        var x = Random([4, 9], seed: 3);
        var values = x.ToArray();
        for (var k = 0; k <= 9; k++)
        {
            var expected = values.Chunk(9).SelectMany(row =>
            {
                var kept = Enumerable.Range(0, 9).OrderByDescending(i => row[i]).ThenBy(i => i).Take(k).ToHashSet();
                return row.Select((value, i) => kept.Contains(i) ? value : 0);
            });
            T.KeepTopK(x, k).ToArray().Should().Equal(expected);
        }

        T.KeepTopK(Row(-2, -2, -2), 2).ToArray().Should().Equal(-2, -2, 0);
        T.KeepTopK(Zeros([2, 0]), 0).Shape.Should().Equal(2, 0);
    }

    [Fact]
    public void Entries_stay_where_another_tensor_has_its_largest_k()
    {
        T.KeepTopK(Row(1, 2, 0, 4, 5), Row(3, -1, 3, 2, 3), 2).ToArray().Should().Equal(1, 0, 0, 0, 0);
        T.KeepTopK(Row(1, 2, 8, 4, 5), Row(3, -1, 3, 2, 3), 4).ToArray().Should().Equal(1, 0, 8, 4, 5);
        T.KeepTopK(Of([2, 3], 1, 2, 3, 4, 5, 6), Of([2, 3], 0, -0.0, -1, -3, -2, -1), 1).ToArray().Should().Equal(1, 0, 0, 0, 0, 6);
        T.KeepTopK(Row(1, 2), Row(1, 2), 0).ToArray().Should().Equal(0, 0);
        T.KeepTopK(Zeros([2, 0]), Zeros([2, 0]), 0).Shape.Should().Equal(2, 0);
        foreach (var n in Extents)
        {
            var (x, by) = (Random([2, n], seed: n), Random([2, n], seed: 1000 + n));
            SameBits(T.KeepTopK(by, by, n / 2), T.KeepTopK(by, n / 2), $"{n} elements");
            T.KeepTopK(x, by, n).ToArray().Should().Equal(x.ToArray(), $"{n} elements");
        }
    }

    [Fact]
    public void The_order_of_a_row_takes_its_entries_to_the_sorted_row_and_equal_ones_in_their_order()
    {
        T.SortOrder(Row(3, -1, 3, 2, -1)).ToArray().Should().Equal(1, 4, 3, 0, 2);
        T.SortOrder(Row(0, -0.0, 0)).ToArray().Should().Equal(0, 1, 2);
        T.SortOrder(Zeros([2, 0])).Shape.Should().Equal(2, 0);
        foreach (var n in Extents)
        {
            var x = Of([2, n], Array.ConvertAll(Uniform(2 * n, seed: n), value => Math.Round(value * 4) / 4 + 0.0));
            var order = T.SortOrder(x);
            SameBits(T.Gather(x, order), T.Sort(x), $"{n} elements");
            foreach (var row in order.ToArray().Chunk(Math.Max(n, 1)))
                row.Order().Should().Equal(Enumerable.Range(0, n).Select(i => (double)i), $"{n} elements");
        }
    }

    [Fact]
    public void Rows_are_sorted_ascending()
    {
        foreach (var n in Extents)
        {
            // Rounded to quarters, so that some are equal.
            var x = Of([2, n], Array.ConvertAll(Uniform(2 * n, seed: n), value => Math.Round(value * 4) / 4 + 0.0));
            T.Sort(x).ToArray().Should().Equal(x.ToArray().Chunk(Math.Max(n, 1)).SelectMany(row => row.Order()), $"{n} elements");
        }
    }

    [Fact]
    public void The_first_greater_entry_is_found()
    {
        var ascending = Of([2, 4], 0, 0.25, 0.25, 1, -3, -2, -1, 5);
        var values = Of([2, 5], -1, 0, 0.25, 0.5, 1, -3, -2.5, 4, 5, 6);

        T.SearchSorted(ascending, values).ToArray().Should().Equal(0, 1, 3, 3, 4, 1, 1, 3, 4, 4);
        T.SearchSorted(Zeros([0]), Row(1, 2)).ToArray().Should().Equal(0, 0);
        T.SearchSorted(Row(1, 2), Zeros([0])).ToArray().Should().BeEmpty();
    }

    [Fact]
    public virtual void NaN_comes_before_every_number_where_order_counts()
    {
        const double NaN = double.NaN, Infinity = double.PositiveInfinity;
        var x = Row(3, NaN, -Infinity, 1, NaN, 2, Infinity, -1);

        T.Sort(x).ToArray().Should().Equal(NaN, NaN, -Infinity, -1, 1, 2, 3, Infinity);
        T.KeepTopK(x, 3).ToArray().Should().Equal(3, 0, 0, 0, 0, 2, Infinity, 0);
        T.KeepTopK(Row(NaN, 1, NaN), 2).ToArray().Should().Equal(NaN, 1, 0);
        T.SearchSorted(Row(NaN, NaN, 1, 2), Row(NaN, 0, 1, 5)).ToArray().Should().Equal(2, 2, 3, 4);
    }

    [Fact]
    public void Numbers_are_in_order_wherever_NaN_lies_between_them()
    {
        foreach (var n in Extents)
        {
            var values = Uniform(2 * n, seed: n).Select((value, i) => i % 5 == 3 ? double.NaN : Math.Round(value * 64) / 64 + 0.0).ToArray();

            var sorted = T.Sort(Of([2, n], values)).ToArray().Chunk(Math.Max(n, 1));

            sorted.SelectMany(row => row.Where(value => !double.IsNaN(value)))
                .Should().Equal(values.Chunk(Math.Max(n, 1)).SelectMany(row => row.Where(value => !double.IsNaN(value)).Order()), $"{n} elements");
        }
    }

    [Fact]
    public void Zeros_of_either_sign_are_equal_where_order_counts()
    {
        T.KeepTopK(Row(-0.0, 0, 0.0, -1), 1).ToArray().Should().Equal(0, 0, 0, 0);
        T.KeepTopK(Row(-1, -0.0, 0, 1), 2).ToArray().Should().Equal(0, 0, 0, 1);
        T.SearchSorted(Row(-0.0, 0, 1), Row(-0.0, 0)).ToArray().Should().Equal(2, 2);
        T.Sort(Row(1, 0, -0.0, -1)).ToArray().Should().Equal(-1, 0, 0, 1);
    }

    [Fact]
    public void Infinities_are_summed_and_weighed_as_numbers_are()
    {
        const double NaN = double.NaN, Infinity = double.PositiveInfinity;

        T.Sum(Row(1, Infinity, 2), 0).ToArray().Should().Equal(Infinity);
        T.Sum(Row(1, Infinity, -Infinity), 0).ToArray().Should().Equal(NaN);
        T.CumulativeSum(Row(1, Infinity, 2, -Infinity, 3)).ToArray().Should().Equal(1, Infinity, Infinity, NaN, NaN);
        T.Softmax(Row(0, -Infinity, 0)).ToArray().Should().Equal(0.5, 0, 0.5);
        T.Softmax(Row(-Infinity, -Infinity)).ToArray().Should().Equal(NaN, NaN);
        T.Softmax(Row(0, Infinity)).ToArray()[1].Should().Be(NaN);
        T.MatMul(Of([1, 2], 1, Infinity), Of([2, 2], 1, 1, 0, 2)).ToArray().Should().Equal(NaN, Infinity);
    }

    [Fact]
    public void Positions_are_exact_in_long_rows()
    {
        // 8 significant bits hold whole numbers up to 256 only; a position must survive none the less.
        var row = T.CumulativeSum(Engine.Create(Enumerable.Repeat(1.0, 200).ToArray(), [200]));
        var ascending = T.Sort(T.Concat(0, row, row));

        var position = T.SearchSorted(ascending, Row(198.5));

        position.ToArray().Should().Equal(396);
        T.Gather(ascending, position + 1).ToArray().Should().Equal(199);
    }

    [Fact]
    public void Entries_are_gathered_row_by_row()
    {
        var rows = Random([3, 4, 7], seed: 1);
        var positions = Of([3, 4, 2], [.. Enumerable.Range(0, 24).Select(i => (double)(i * 5 % 7))]);
        var values = rows.ToArray();

        T.Gather(rows, positions).ToArray().Should().Equal(Enumerable.Range(0, 24).Select(i => values[i / 2 * 7 + i * 5 % 7]));
        T.Gather(rows, Zeros([3, 4, 0])).Shape.Should().Equal(3, 4, 0);
    }

    [Fact]
    public void Entries_are_added_up_at_their_positions_row_by_row()
    {
        T.ScatterAdd(Of([2, 3], 1, 2, 4, 8, 16, 32), Of([2, 3], 3, 0, 3, 1, 1, 1), 4).ToArray().Should().Equal(2, 0, 0, 5, 0, 56, 0, 0);
        T.ScatterAdd(Zeros([2, 0]), Zeros([2, 0]), 3).ToArray().Should().Equal(0, 0, 0, 0, 0, 0);
        T.ScatterAdd(Zeros([0]), Zeros([0]), 0).Shape.Should().Equal(0);
        T.ScatterAdd(Row(double.NaN, 1), Row(1, 0), 3).ToArray().Should().Equal(1, double.NaN, 0);

        // Alone at its position, an entry arrives as it is.
        var x = Random([3, 7], seed: 1);
        var backwards = Of([3, 7], [.. Enumerable.Range(0, 21).Select(i => 6.0 - i % 7)]);
        SameBits(T.ScatterAdd(T.Gather(x, backwards), backwards, 7), x);

        var (values, positions) = (Random([100], seed: 2), Of([100], [.. Enumerable.Range(0, 100).Select(i => i % 3 == 0 ? 1.0 : 0)]));
        var a = Exact(values);
        Check(T.ScatterAdd(values, positions, 2), [2], position =>
            Total([.. a.Where((_, i) => i % 3 == 0 == (position == 1))]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(double.NaN)]
    public void A_position_beyond_the_extent_is_refused(double position)
    {
        var scatter = () => T.ScatterAdd(Row(1, 2), Row(0, position), 3);

        scatter.Should().Throw<TensorShapeException>().WithMessage($"ScatterAdd at {position}: found shapes [2] and [2], expected positions below the extent 3.");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(double.NaN)]
    public void A_position_outside_the_row_is_refused(double position)
    {
        var gather = () => T.Gather(Row(1, 2, 3), Row(0, position));

        gather.Should().Throw<TensorShapeException>().WithMessage($"Gather at {position}: found shapes [3] and [2], expected*");
    }

    private void Sum(Shape shape, int axis)
    {
        var x = Random(shape, seed: shape[axis]);
        var a = Exact(x);
        var inner = (int)shape[(axis + 1)..].Count;
        Check(T.Sum(x, axis), shape.Without(axis), position =>
            Total([.. Enumerable.Range(0, shape[axis]).Select(i => a[(position / inner * shape[axis] + i) * inner + position % inner])]),
            $"{shape} over axis {axis}");
    }

    // n numbers in any order: at most n − 1 roundings of partial sums, each at most Σ|x|; the result may be rounded once more.
    private (DoubleDouble Value, double Bound) Total(DoubleDouble[] terms)
    {
        DoubleDouble sum = 0, magnitude = 0;
        foreach (var term in terms)
        {
            sum += term;
            magnitude += DoubleDouble.Abs(term);
        }

        return (sum, Within(terms.Length * Precision.InnerRoundoff, magnitude) + Within(Precision.Roundoff, sum));
    }

    /// <remarks>
    /// Relative to each entry: the rounded difference x − max moves the exponential by u|x − max|, the exponential itself is off by
    /// what the function is, the sum of n terms by n of these and n u, and the division by u.
    /// </remarks>
    private void Softmax(T x, Func<T, T> softmax, Func<int, int, bool> isVisible)
    {
        var (n, scores) = (x.Shape[^1], Exact(x));
        var expected = new (DoubleDouble Value, double Bound)[scores.Length];
        for (var start = 0; start < scores.Length; start += n)
        {
            var row = start / n;
            var visible = Enumerable.Range(start, n).Where(i => isVisible(row, i - start)).ToArray();
            var maximum = visible.Select(i => scores[i]).Aggregate(DoubleDouble.Max);
            var exponentials = Array.ConvertAll(visible, i => DoubleDouble.Exp(scores[i] - maximum));
            var sum = exponentials.Aggregate((left, right) => left + right);
            // What underflows against the maximum no longer contributes.
            var spread = visible.Max(i => Math.Min((double)(maximum - scores[i]), 800));
            var function = Math.Min(Precision.FunctionRoundoff, 8 * Precision.InnerRoundoff);
            var relative = (2 * spread + n + 2) * Precision.InnerRoundoff + 2 * function + Precision.Roundoff;
            foreach (var (i, exponential) in visible.Zip(exponentials))
                expected[i] = (exponential / sum, Within(relative, exponential / sum));
        }

        // What is hidden stays exactly 0.
        Check(softmax(x), x.Shape, position => expected[position], $"softmax of {x.Shape}");
    }
}
