using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;
using Exact = Harness.Tensors.Rounded.RoundedTensor<Harness.Tensors.Dense.DenseTensor<Harness.Tensors.Numerics.DoubleDouble>>;

namespace Harness.Conformance.Tests.Catalogue;

/// <summary>The gradients of all equations against differences of the equations themselves.</summary>
public sealed class GradientTests
{
    // A difference of four points is off by h⁴ times the fifth derivative, which for the logarithm of a variance of 10⁻³ is 10¹⁶, and by
    // double-double's rounding over h.
    private const double Tolerance = 1e-18;

    private static readonly DoubleDouble Step = Math.ScaleB(1, -31);

    public static TheoryData<string> Gradients => [.. EquationCatalogue.Gradients.Select(gradient => gradient.Id)];

    [Theory]
    [MemberData(nameof(Gradients))]
    public void A_gradient_along_any_direction_is_what_differences_of_the_equation_say(string id)
    {
        var gradient = EquationCatalogue.Gradients.Single(equation => equation.Id == id);
        for (var draw = 0; draw < 6; draw++)
        {
            var random = new Random(Seeds.Of($"{id}/{draw}"));
            var (attributes, inputs) = InputSampler.Draw(gradient, FloatFormat.Float64, random);
            var engine = new Frozen(GradientSignature.IsTruncated(attributes));
            var equation = gradient.Differentiated!;
            var tensors = EquationCall.Create(gradient, engine, inputs);
            var found = EquationCall.EvaluateTensors(gradient, engine, attributes, tensors);
            var variables = GradientSignature.Variables(equation).Where(input => inputs.ContainsKey(input.Name)).ToArray();
            found.Keys.Should().Equal(variables.Select(GradientSignature.NameOf));

            for (var i = 0; i < 2; i++)
            {
                var direction = variables.ToDictionary(
                    input => input.Name,
                    input => engine.Create(Array.ConvertAll(inputs[input.Name].Values, _ => random.NextNormal()), inputs[input.Name].Shape));
                var (along, size) = Products(variables.Select(input => (found[GradientSignature.NameOf(input)], direction[input.Name])));

                engine.Begin(isReplayed: false);
                At(0);
                var difference = (8 * (At(1) - At(-1)) - (At(2) - At(-2))) / (12 * Step);

                ((double)DoubleDouble.Abs(along - difference)).Should().BeLessThan(
                    Tolerance * (1 + size), $"{attributes} found {along}, differences {difference}, draw {draw}");

                DoubleDouble At(int steps)
                {
                    var moved = tensors.ToDictionary(
                        tensor => tensor.Key,
                        tensor => direction.TryGetValue(tensor.Key, out var d) ? tensor.Value + d * (Step * steps) : tensor.Value);
                    var outputs = EquationCall.EvaluateTensors(equation, engine, attributes, moved);
                    engine.Begin(isReplayed: true);
                    return Products(equation.Outputs.Select(
                        output => (outputs[output.Name], tensors[GradientSignature.NameOf(output)]))).Sum;
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Gradients))]
    public void Honest_rounding_of_a_fresh_gradient_passes_and_a_sign_does_not(string id)
    {
        var gradient = EquationCatalogue.Gradients.Single(equation => equation.Id == id);
        foreach (var format in new[] { FloatFormat.Float64, FloatFormat.Float32, FloatFormat.Float16 })
        {
            if (FreshCase.Draw(gradient, format, seed: 1, number: 1) is not { } fresh)
            {
                (format.SignificandBits < FloatFormat.Float32.SignificandBits).Should().BeTrue($"{format} is wide");
                continue;
            }

            var answer = Evaluate(fresh);
            foreach (var (name, expected) in fresh.Expected.Shapes)
            {
                Judge(answer[name]).Passed.Should().BeTrue($"{fresh.Attributes} {name} in {format}: {Judge(answer[name]).WorstShare}");
                if (fresh.Expected.Golden[name].Any(value => value != 0))
                    Judge(answer[name] with { Values = Array.ConvertAll(answer[name].Values, value => -value) }).Passed.Should().BeFalse(name);

                OutputFigures Judge(TensorData found) => Comparer.Compare(
                    name, found, fresh.Expected.Golden[name], fresh.Expected.Rho[name], expected, format);
            }
        }
    }

    private static IReadOnlyDictionary<string, TensorData> Evaluate(FreshCase fresh)
    {
        if (fresh.Format == FloatFormat.Float64)
            return EquationCall.Evaluate(fresh.Equation, DenseEngine<double>.Instance, fresh.Attributes, fresh.Inputs);
        if (fresh.Format == FloatFormat.Float32)
            return EquationCall.Evaluate(fresh.Equation, DenseEngine<float>.Instance, fresh.Attributes, fresh.Inputs);
        return EquationCall.Evaluate(
            fresh.Equation, new FormatEngine<DenseTensor<float>>(DenseEngine<float>.Instance, fresh.Format), fresh.Attributes, fresh.Inputs);
    }

    private static (DoubleDouble Sum, double Size) Products(IEnumerable<(Exact Left, Exact Right)> pairs)
    {
        var (sum, size) = ((DoubleDouble)0, 0.0);
        foreach (var value in pairs.SelectMany(pair => (pair.Left * pair.Right).Inner.Values.ToArray()))
            (sum, size) = (sum + value, size + Math.Abs((double)value));
        return (sum, size);
    }

    /// <summary>Double-double in which what is constant by definition (samples, truncated states) stays as it was in the first evaluation.</summary>
    private sealed class Frozen(bool isTruncated) : RoundingEngine<DenseTensor<DoubleDouble>>(DenseEngine<DoubleDouble>.Instance), IEngine<Exact>
    {
        private readonly List<Exact> _constants = [];
        private bool _isReplayed;
        private int _next;

        public void Begin(bool isReplayed)
        {
            (_isReplayed, _next) = (isReplayed, 0);
            if (!isReplayed)
                _constants.Clear();
        }

        Exact IEngine<Exact>.Detached(Exact tensor)
        {
            if (!_isReplayed)
                _constants.Add(tensor);
            return _isReplayed ? _constants[_next++] : tensor;
        }

        Exact IEngine<Exact>.CarriedOver(Exact state) => isTruncated ? ((IEngine<Exact>)this).Detached(state) : state;
    }
}
