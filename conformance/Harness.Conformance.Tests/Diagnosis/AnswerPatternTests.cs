using System.Buffers.Binary;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>What wrong answers are made of is recognised whatever the equation, and in nothing else.</summary>
public sealed class AnswerPatternTests
{
    private const string Scores = "inf.attention.scores";
    private const string Gate = "lm2.gate.input";
    private const string Reordered = "the entries are right and in another order";

    private static readonly ReferenceImplementation Reference = new();

    // Of a rollout every step is looked into, which takes as long as all others together: the steps are here.
    public static TheoryData<string> Equations =>
        [.. EquationCatalogue.All.Select(equation => equation.Id).Where(id => !id.Contains(".rollout", StringComparison.Ordinal) && !id.Contains(".stack", StringComparison.Ordinal))];

    [Theory]
    [InlineData(0, "every entry is 0 (was the output written?)")]
    [InlineData(1, "every entry is 1")]
    [InlineData(0.5, "every entry is 0.5")]
    [InlineData(100, "every entry is 100")]
    [InlineData(-0.0, "every entry is 0 (was the output written?)")]
    [InlineData(double.NaN, "every entry is NaN")]
    [InlineData(double.PositiveInfinity, "every entry is Infinity")]
    public void One_number_everywhere_is_called_that_and_no_arithmetic(double value, string expected)
    {
        foreach (var format in new[] { "f64", "f32", "bf16" })
        {
            foreach (var equation in format == "bf16" ? [Gate, "block.rms_norm"] : new[] { Gate, Scores, "block.rms_norm", "inf.regression.coefficients" })
                PatternOf(equation, entries => [.. entries.Select(_ => value)], format).Should().Be(expected, $"{equation} in {format}");
        }
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Nothing_written_is_recognised_in_every_equation(string equation)
    {
        var nothing = Wrong(equation, (_, output) => output with { Values = new double[output.Values.Length] });

        var found = EquationCatalogue.Find(equation)!.Differentiated is null
            ? Diagnoses.Of(nothing, equation, FloatFormat.Float32)!
            : Diagnoses.OfFresh(nothing, equation, cases: 4)!;

        found.Pattern.Should().EndWith("every entry is 0 (was the output written?)");
        found.Mistakes.Should().NotContain(clause => clause.Contains("bfloat16"));
    }

    [Fact]
    public void One_number_in_a_case_and_another_in_the_next_is_recognised() =>
        PatternOf(Gate, entries => [.. entries.Select(_ => entries[0] + 1)]).Should().Be("all entries of a case are the same number");

    [Theory]
    [InlineData(Gate, "f64")]
    [InlineData(Gate, "f32")]
    [InlineData(Scores, "f32")]
    [InlineData("lm2.bank.update", "f64")]
    [InlineData("lm2.bank.identity_vector", "f32")]
    [InlineData("inf.regression.coefficients", "f64")]
    public void Fortran_order_is_recognised(string equation, string format) =>
        PatternOf(equation, output => output with { Values = Permuted(output, [.. Enumerable.Range(0, output.Shape.Rank).Reverse()]) }, format)
            .Should().Be($"{Reordered}: written column by column (Fortran order)?");

    [Fact]
    public void Axes_that_are_exchanged_are_named() =>
        PatternOf(Scores, output => output with { Values = Permuted(output, [0, 2, 1, 3]) })
            .Should().Be($"{Reordered}: axis 1 (H) and axis 2 (L) are exchanged");

    [Fact]
    public void Axes_in_a_cycle_are_named() =>
        PatternOf(Scores, output => output with { Values = Permuted(output, [1, 2, 3, 0]) })
            .Should().Be($"{Reordered}: the axes are written in the order 1, 2, 3, 0");

    [Fact]
    public void The_right_entries_under_another_shape_are_told_from_wrong_ones()
    {
        PatternOf(Gate, output => output with { Shape = [.. output.Shape.Reverse().Prepend(1)] }).Should().Be("the entries are right: only the shape is not");
        PatternOf(Gate, output => new TensorData([output.Shape[2], output.Shape[0], output.Shape[1]], Permuted(output, [2, 0, 1])))
            .Should().Be("the entries are right, with the axes in another order");
        PatternOf(Gate, output => new TensorData([.. output.Shape.Reverse().Prepend(1)], Array.ConvertAll(output.Values, value => value * value + 1)))
            .Should().BeNull();
    }

    [Theory]
    [InlineData("reversed", ": from the last to the first along axis 2 (d)")]
    [InlineData("moved on", ": moved on by one along axis 2 (d), the last to the front")]
    [InlineData("moved back", ": moved back by one along axis 2 (d), the first to the end")]
    [InlineData("shuffled", " along axis 2 (d)")]
    public void Another_order_along_an_axis_is_named(string how, string expected) =>
        PatternOf("block.rms_norm", output => Rearranged(output, output.Shape.Rank - 1, (i, n) => how switch
        {
            "reversed" => n - 1 - i,
            "moved on" => (i + n - 1) % n,
            "moved back" => (i + 1) % n,

            // Neither in one cycle nor in two halves: odd numbers first.
            _ => i < n / 2 ? 2 * i + 1 : (i - n / 2) * 2,
        })).Should().Be(Reordered + expected);

    [Fact]
    public void Entries_that_are_off_by_one_are_recognised_whatever_stands_at_the_end() =>
        PatternOf(Scores, output => Rearranged(output, 3, (i, _) => i - 1)).Should().Be("the entries are those that belong one place before along axis 3 (N)");

    [Fact]
    public void Heads_in_another_order_are_recognised_in_what_has_been_put_together() =>
        PatternOf("block.attention.causal", (request, output) =>
        {
            var heads = request.Attributes.Integer("heads");
            var split = new TensorData([.. output.Shape.Extents[..^1], heads, output.Shape[^1] / heads], output.Values);
            return output with { Values = Rearranged(split, 2, (i, n) => n - 1 - i).Values };
        }, answers: request => request.Attributes.Integer("heads") > 1).Should().Be($"{Reordered}: from the last to the first along the heads");

    [Fact]
    public void The_answer_of_one_batch_element_for_all_is_recognised() =>
        PatternOf(Gate, output => Rearranged(output, 0, (_, _) => 0)).Should().Be("along axis 0 (B), all entries are those of the first");

    [Theory]
    [InlineData(-1, "every entry has the opposite sign")]
    [InlineData(3, "every entry is 3 times what is expected")]
    [InlineData(-0.125, "every entry is -0.125 times what is expected")]
    public void A_factor_is_named(double factor, string expected)
    {
        PatternOf(Gate, entries => [.. entries.Select(value => factor * value)]).Should().Be(expected);
        PatternOf(Gate, entries => [.. entries.Select(value => factor * value)], "f32").Should().Be(expected);
    }

    [Fact]
    public void A_factor_of_the_case_is_told_from_one_of_all() =>
        PatternOf(Scores, entries => [.. entries.Select(value => value * Math.Sqrt(entries.Length))])
            .Should().MatchRegex(@"^every entry is what is expected times a factor of its case: [\d.]+ in inf\.attention\.scores/.+, [\d.]+ in inf\.attention\.scores/.+$");

    [Theory]
    [InlineData(0.375, "every entry is 0.375 too large")]
    [InlineData(-2, "every entry is 2 too small")]
    public void A_constant_that_is_added_is_named(double constant, string expected) =>
        PatternOf(Gate, entries => [.. entries.Select(value => value + constant)]).Should().Be(expected);

    [Theory]
    [InlineData(0.0)]
    [InlineData(double.NaN)]
    public void What_was_not_written_to_its_end_is_named_with_where_it_stops(double filling)
    {
        PatternOf(Scores, output => Where(output, index => index[^1] >= (output.Shape[^1] + 1) / 2, _ => filling))
            .Should().MatchRegex(@$"^right at first along axis 3 \(N\), and {filling} from there on \(the first \d+ of \d+ in inf\.attention\.scores/.+\): is all of it written\?$");
        PatternOf(Gate, entries => [.. entries.Select((value, i) => i < (entries.Length + 1) / 2 ? value : filling)], answers: request => request.Inputs["E"].Shape[0] == 1)
            .Should().Match($"right at first*and {filling} from there on (the first *): is all of it written?");
    }

    [Fact]
    public void Holes_are_counted() =>
        PatternOf(Gate, entries => [.. entries.Select((value, i) => i % 3 == 1 ? 0 : value)])
            .Should().MatchRegex(@"^every entry that is not right is 0 \(\d+ of \d+ in lm2\.gate\.input/.+\)$");

    [Fact]
    public void An_input_that_comes_back_is_named() =>
        PatternOf(Gate, (request, _) => request.Inputs["E"]).Should().Be("the entries are those of the input E");

    [Fact]
    public void An_output_in_the_place_of_another_is_named()
    {
        var exchanged = new Mutant("inf.attention.density_moments", "exchanged", "exchanged", request =>
        {
            var right = Reference.Run(request)!;
            var names = right.Keys.ToArray();
            return names.Zip(names.Reverse()).ToDictionary(pair => pair.First, pair => right[pair.Second]);
        });

        Diagnoses.Of(exchanged, "inf.attention.density_moments", FloatFormat.Float64)!.Pattern
            .Should().Be("mu: the entries are those that belong into var; var: the entries are those that belong into mu");
    }

    [Theory]
    [InlineData("f64")]
    [InlineData("f32")]
    public void Bytes_in_the_opposite_order_are_recognised(string format) =>
        PatternOf(Gate, entries => [.. entries.Select(value => format == "f64"
            ? BitConverter.Int64BitsToDouble(BinaryPrimitives.ReverseEndianness(BitConverter.DoubleToInt64Bits(value)))
            : BitConverter.Int32BitsToSingle(BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits((float)value))))], format)
            .Should().Be("the bytes of every entry are in the opposite order (big-endian)");

    [Fact]
    public void An_earlier_output_that_is_returned_again_is_named_with_its_case()
    {
        var first = new Dictionary<string, IReadOnlyDictionary<string, TensorData>>();
        var stale = new Mutant(Gate, "stale", "stale", request =>
        {
            var right = Reference.Run(request)!;
            var shape = right["g_in"].Shape.ToString();
            return first.TryGetValue(shape, out var earlier) ? earlier : first[shape] = right;
        });

        Diagnoses.Of(stale, Gate, FloatFormat.Float64)!.Findings
            .Should().ContainSingle().Which.Should().MatchRegex(@"^the answer to lm2\.gate\.input/.+ is that to lm2\.gate\.input/.+: is an earlier output returned again\?$");
    }

    [Theory]
    [InlineData("f64")]
    [InlineData("f32")]
    public void Memory_that_was_not_written_is_recognised_by_its_range(string format)
    {
        var random = new Random(1);
        PatternOf(Gate, entries => [.. entries.Select(_ => format == "f64"
            ? BitConverter.Int64BitsToDouble(random.NextInt64()) * (random.Next(2) * 2 - 1)
            : BitConverter.Int32BitsToSingle(random.Next()) * (random.Next(2) * 2 - 1))], format)
            .Should().Match("entries lie between -*, where * are expected: memory that was not written?");
        PatternOf(Gate, entries => [.. entries.Select((_, i) => i % 2 == 0 ? 0 : BitConverter.Int64BitsToDouble(0x7f12_3456_0000 + 64 * i))])
            .Should().Match("entries lie between *E-310 and *E-310, where * are expected: memory that was not written?");
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Random_answers_have_no_cause(string equation)
    {
        (string Name, Func<Random, double, double> Spoil)[] spoilings =
        [
            ("noise", (random, _) => random.NextDouble() * 4 - 2),
            ("noise of 8 bits", (random, _) => FloatFormat.BFloat16.Round(random.NextDouble() * 4 - 2)),
            ("a factor of its own", (random, value) => value * (0.25 + random.NextDouble()) + 0.01 * random.NextDouble()),
            ("small integers", (random, _) => random.Next(5)),
            ("squares that no double holds", (random, _) => (random.NextDouble() - 0.5) * 1e300),
        ];
        foreach (var (name, spoil) in spoilings)
        {
            foreach (var format in new[] { FloatFormat.Float64, FloatFormat.Float32 })
            {
                var random = new Random(7);
                var found = Diagnoses.Of(
                    Wrong(equation, (_, output) => output with { Values = [.. output.Values.Select(value => Fitting(spoil(random, value)))] }), equation, format);
                (found?.Pattern).Should().BeNull($"{name} in {format}");
                (found?.Mistakes ?? []).Should().BeEmpty($"{name} in {format}");

                // Two entries beyond the format would be the same infinity by chance.
                double Fitting(double value) => format.Round(Math.Abs(value) > format.LargestFinite ? value * (format.LargestFinite / 1e300) : value);
            }
        }
    }

    private static string? PatternOf(string equation, Func<double[], double[]> spoil, string format = "f64", Func<EquationRequest, bool>? answers = null) =>
        PatternOf(equation, (_, output) => output with { Values = spoil(output.Values) }, format, answers);

    private static string? PatternOf(string equation, Func<TensorData, TensorData> spoil, string format = "f64") =>
        PatternOf(equation, (_, output) => spoil(output), format);

    private static string? PatternOf(
        string equation, Func<EquationRequest, TensorData, TensorData> spoil, string format = "f64", Func<EquationRequest, bool>? answers = null)
    {
        var wrong = Wrong(equation, (request, output) => answers is null || answers(request) ? spoil(request, output) : output);
        return Diagnoses.Of(wrong, equation, FloatFormat.Parse(format))?.Pattern;
    }

    // Rounded to the format, as whoever computes in it has it.
    private static Mutant Wrong(string equation, Func<EquationRequest, TensorData, TensorData> spoil) => new(
        equation, "wrong", "wrong", request => Reference.Run(request)!.ToDictionary(output => output.Key, output => spoil(request, output.Value)));

    private static double[] Permuted(TensorData tensor, int[] order) => [.. Indices([.. order.Select(axis => tensor.Shape[axis])]).Select(permuted =>
    {
        var index = new int[order.Length];
        for (var n = 0; n < order.Length; n++)
            index[order[n]] = permuted[n];
        return tensor.Values[Position(tensor.Shape, index)];
    })];

    // Index i of an axis has the entries of index source(i); of none, a number.
    private static TensorData Rearranged(TensorData tensor, int axis, Func<int, int, int> source) => tensor with
    {
        Values = [.. Indices([.. tensor.Shape.ToArrayExtents()]).Select(index =>
        {
            index[axis] = source(index[axis], tensor.Shape[axis]);
            return index[axis] < 0 ? 77 : tensor.Values[Position(tensor.Shape, index)];
        })],
    };

    private static TensorData Where(TensorData tensor, Func<int[], bool> holds, Func<double, double> change) => tensor with
    {
        Values = [.. Indices([.. tensor.Shape.ToArrayExtents()]).Select((index, i) => holds(index) ? change(tensor.Values[i]) : tensor.Values[i])],
    };

    private static IEnumerable<int[]> Indices(int[] extents)
    {
        var count = extents.Aggregate(1, (product, extent) => product * extent);
        for (var i = 0; i < count; i++)
        {
            var (index, rest) = (new int[extents.Length], i);
            for (var axis = extents.Length - 1; axis >= 0; axis--)
                (rest, index[axis]) = Math.DivRem(rest, extents[axis]);
            yield return index;
        }
    }

    private static int Position(Shape shape, int[] index)
    {
        var position = 0;
        for (var axis = 0; axis < index.Length; axis++)
            position = position * shape[axis] + index[axis];
        return position;
    }
}
