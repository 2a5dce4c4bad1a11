using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Tolerances;

public sealed class ToleranceModelTests
{
    // Of two ρ from 8 samples of a single entry each, the quotient exceeds 4 once in 10⁴ times.
    private const double MostOfAnOutput = 4;
    private const double MostOfTheMean = 0.06;

    [Theory]
    [InlineData("f64")]
    [InlineData("f32")]
    [InlineData("bf16")]
    public void Rho_measured_in_doubles_is_that_measured_in_double_double(string name)
    {
        var format = FloatFormat.Parse(name);
        var logarithms = new List<double>();
        foreach (var equation in EquationCatalogue.All)
        {
            var (attributes, inputs) = InputSampler.Draw(equation, format, new Random(1));
            var quick = ToleranceModel.Derive(equation, format, attributes, inputs, seed: 1);
            if (ToleranceModel.DeriveInDoubleDouble(equation, format, attributes, inputs, seed: 2) is not { } exact || quick is null)
                continue;
            foreach (var (output, rho) in exact.Rho)
            {
                var (mine, theirs) = (Norm(quick.Rho[output]), Norm(rho));
                (mine > 0).Should().Be(theirs > 0, "{0} {1}", equation, output);
                if (theirs == 0)
                    continue;
                (mine / theirs).Should().BeInRange(1 / MostOfAnOutput, MostOfAnOutput, "{0} {1}", equation, output);
                logarithms.Add(Math.Log(mine / theirs));
            }
        }

        logarithms.Should().HaveCountGreaterThan(100);
        logarithms.Average().Should().BeInRange(-MostOfTheMean, MostOfTheMean);
    }

    [Fact]
    public void Sums_of_many_terms_have_the_rho_of_terms_perturbed_one_by_one()
    {
        var equation = EquationCatalogue.Find("lm2.attention.project")!;
        var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float32, new Random(1), new Sizes(("d", 65)));

        var quick = ToleranceModel.Derive(equation, FloatFormat.Float32, attributes, inputs, seed: 1)!;
        var exact = ToleranceModel.DeriveInDoubleDouble(equation, FloatFormat.Float32, attributes, inputs, seed: 2)!;

        foreach (var (output, rho) in exact.Rho)
            (Norm(quick.Rho[output]) / Norm(rho)).Should().BeInRange(0.85, 1.18, output);
    }

    [Fact]
    public void Sums_whose_squares_underflow_have_a_rho_in_proportion()
    {
        var equation = EquationCatalogue.Find("inf.regression.coefficients")!;
        var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float64, new Random(1));
        var tiny = new Dictionary<string, TensorData>(inputs) { ["G"] = inputs["G"] with { Values = [.. inputs["G"].Values.Select(value => Math.ScaleB(value, -500))] } };

        var usual = ToleranceModel.Derive(equation, FloatFormat.Float64, attributes, inputs, seed: 1)!;
        var small = ToleranceModel.Derive(equation, FloatFormat.Float64, attributes, tiny, seed: 1)!;

        (Norm(Array.ConvertAll(small.Rho["C"], rho => Math.ScaleB(rho, 500))) / Norm(usual.Rho["C"])).Should().BeApproximately(1, 1e-6, "the noise is drawn alike");
    }

    // (t − µ)²/(2σ²) is 480, and rounding it costs the exponential as many units.
    [Theory]
    [InlineData(3.1, 1e-208)]
    [InlineData(2.5, 1e-134)]
    public void What_is_too_small_to_be_squared_has_the_tolerance_of_its_own_rounding(double t, double about)
    {
        var derived = Derive(
            "inf.basis.evaluate", FloatFormat.Float64, AttributeValues.None,
            ("t", new TensorData([1], [t])), ("mu_j", new TensorData([1], [0])), ("sigma_j", new TensorData([1], [0.1])));

        derived!.Golden["psi"][0].Should().BeInRange(about / 100, about * 100);
        (derived.Rho["psi"][0] / derived.Golden["psi"][0] / FloatFormat.Float64.UnitRoundoff).Should().BeInRange(100, 5000);
    }

    // Position 1000, frequencies 1 and 1/100: cosine and sine move by the angle's rounding, a thousand units and ten.
    [Fact]
    public void An_angle_has_the_rounding_of_its_frequency_and_of_its_product()
    {
        var x = new TensorData([1, 1, 1, 4], [1, 1, 0, 0]);
        var attributes = AttributeValues.None.With("base", 10000.0).With("offset", 1000);

        var rho = Derive("block.rope", FloatFormat.Float64, attributes, ("x", x))!.Rho["y"];

        var units = rho.Select(entry => entry / FloatFormat.Float64.UnitRoundoff).ToArray();
        (units[0] * units[0] + units[2] * units[2]).Should().BeInRange(300 * 300, 3000 * 3000);
        (units[1] * units[1] + units[3] * units[3]).Should().BeInRange(10 * 10, 300 * 300);
    }

    [Fact]
    public void Where_angles_mean_nothing_in_a_format_nothing_is_judged()
    {
        var x = new TensorData([1, 1, 1, 4], [1, 1, 0, 0]);
        Expectation? At(FloatFormat format, int position) =>
            Derive("block.rope", format, AttributeValues.None.With("base", 10000.0).With("offset", position), ("x", x));

        At(FloatFormat.Float32, 1000).Should().NotBeNull();
        At(FloatFormat.Float32, 4_000_000).Should().BeNull();
        At(FloatFormat.Float64, 4_000_000).Should().NotBeNull();

        // Computed with 24 bits and rounded to 8.
        At(FloatFormat.BFloat16, 1000).Should().NotBeNull();
    }

    [Fact]
    public void Positions_are_no_better_near_0_than_elsewhere()
    {
        var rho = Derive("inf-ref.positions.first", FloatFormat.Float64, AttributeValues.None.With("length", 300))!.Rho;

        foreach (var entry in rho["t"].Concat(rho["t_padded"]))
            entry.Should().BeGreaterThan(FloatFormat.Float64.UnitRoundoff / 2);
    }

    // Partial sums of a cosine over its period, in the order of the period, come to 1/2π of the number of terms; in any other to its root.
    [Fact]
    public void A_sum_may_be_taken_in_the_order_of_its_terms()
    {
        const int Rows = 1024;
        var weights = new TensorData([1, 1, 1, Rows], [.. Enumerable.Repeat(1.0 / Rows, Rows)]);
        var wave = new TensorData([1, Rows, 1], [.. Enumerable.Range(0, Rows).Select(j => Math.Cos(2 * Math.PI * j / Rows))]);

        var rho = Derive("lm2.attention.retrieve", FloatFormat.Float32, AttributeValues.None.With("heads", 1), ("A", weights), ("V", wave))?.Rho["E_mem"].Single();

        // Nothing is left of the sum, so that no call of it is judged; with a constant beside it something is.
        rho.Should().BeNull();
        var raised = new TensorData(wave.Shape, Array.ConvertAll(wave.Values, value => value + 0.001));
        var judged = Derive("lm2.attention.retrieve", FloatFormat.Float32, AttributeValues.None.With("heads", 1), ("A", weights), ("V", raised));
        (judged!.Rho["E_mem"].Single() / FloatFormat.Float32.UnitRoundoff).Should().BeInRange(1.5, 8, "in any order it is a third");
    }

    [Fact]
    public void What_overflows_on_the_way_is_not_judged()
    {
        var equation = EquationCatalogue.Find("inf.sticky.histogram")!;
        var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float16, new Random(1), new Sizes(("L", 65537), ("H", 4)));

        ToleranceModel.Derive(equation, FloatFormat.Float32, attributes, inputs, seed: 1).Should().NotBeNull();
        ToleranceModel.Derive(equation, FloatFormat.Float16, attributes, inputs, seed: 1).Should().BeNull("4 heads of 65537 queries have more mass than float16 can hold");
    }

    // Its operators are computed once for all inputs; were their noise another at every size, nothing would be in proportion, and inputs so large would not be judged.
    [Fact]
    public void What_is_computed_once_has_noise_in_proportion()
    {
        var built = Constraints.Parse("""
            {"inf.layer": {"count": 256, "samples": 256, "widths": [0.01, 0.05], "ridge": 1, "heads": 4, "e": 24, "B": 1, "sticky": false, "smooth": false}}
            """);

        FreshCase.Draw(EquationCatalogue.Find("inf.layer")!, FloatFormat.Float64, 5, 1, constraints: built).Should().NotBeNull();
    }

    private static Expectation? Derive(string equation, FloatFormat format, AttributeValues attributes, params (string Name, TensorData Value)[] inputs) =>
        ToleranceModel.Derive(EquationCatalogue.Find(equation)!, format, attributes, inputs.ToDictionary(input => input.Name, input => input.Value), 5);

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}
