using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Profiles;

/// <summary>An output that both profiles have.</summary>
/// <param name="Paper">What the paper's equation calls it; of gradients also a sum, where it gives several inputs what the code gives one.</param>
/// <param name="Code">What its counterpart calls it, likewise.</param>
/// <param name="Why">Why the two differ, or that they do not; one line.</param>
public sealed record ProfileOutput(string Paper, string Code, string Why);

/// <summary>An equation of a paper, and what the authors' code computes in its place.</summary>
public sealed class ProfilePair
{
    private const string Plus = " + ";

    // Both are rounded to float64 in the end.
    private const double Rounding = 1e-15;

    private readonly Func<Random, ProfileCall> _draw;

    internal ProfilePair(string paper, string code, string inputs, IReadOnlyList<ProfileOutput> outputs, Func<Random, ProfileCall> draw)
    {
        Paper = EquationCatalogue.Find(paper)!;
        Code = EquationCatalogue.Find(code)!;
        Inputs = inputs;
        Outputs = outputs;
        _draw = draw;
    }

    /// <summary>The paper's equation.</summary>
    public Equation Paper { get; }

    /// <summary>Its counterpart.</summary>
    public Equation Code { get; }

    /// <summary>How one input is given to both; tensors and attributes of one name are the same ones.</summary>
    public string Inputs { get; }

    /// <summary>The outputs that are compared.</summary>
    public IReadOnlyList<ProfileOutput> Outputs { get; }

    /// <summary>
    /// What the code is given where the paper's equation is given something, beside what both have; null where that says too little. By default
    /// nothing.
    /// </summary>
    internal Func<AttributeValues, Dictionary<string, TensorData>, (AttributeValues, Dictionary<string, TensorData>)?> ToCode { get; init; } = (attributes, inputs) => (attributes, inputs);

    /// <summary>The same the other way round.</summary>
    internal Func<AttributeValues, Dictionary<string, TensorData>, (AttributeValues, Dictionary<string, TensorData>)?> ToPaper { get; init; } = (attributes, inputs) => (attributes, inputs);

    /// <summary>A request for one of the two as a request for the other; null where it cannot be one.</summary>
    internal EquationRequest? Reading(EquationRequest request)
    {
        var (other, map) = request.Equation == Paper.Id ? (Code, ToCode) : (Paper, ToPaper);
        if (map(request.Attributes, new(request.Inputs)) is not var (attributes, inputs))
            return null;
        var foreign = attributes.Names.Except(other.Attributes.Select(attribute => attribute.Name)).ToArray();
        var own = other.Inputs.Where(input => inputs.ContainsKey(input.Name)).ToDictionary(input => input.Name, input => inputs[input.Name]);
        return other.Inputs.All(input => input.IsOptional || own.ContainsKey(input.Name))
            ? request with { Equation = other.Id, Attributes = foreign.Aggregate(attributes, (all, name) => all.Without(name)), Inputs = own }
            : null;
    }

    /// <summary>Evaluates both on the same freshly drawn input, in double-double: rounding has no part in the differences.</summary>
    /// <param name="seed">Where the input starts.</param>
    public IReadOnlyList<ProfileDifference> Compare(int seed)
    {
        var call = _draw(new Random(seed));
        var (paper, code) = (Evaluate(Paper, call.PaperAttributes, call.Paper), Evaluate(Code, call.CodeAttributes, call.Code));
        return [.. Outputs.Select(output =>
        {
            var (shape, expected) = Sum(paper, output.Paper);
            var found = Sum(code, output.Code).Values;
            var differences = expected.Zip(found, (left, right) => Math.Abs(right - left)).ToArray();
            var largest = Array.IndexOf(differences, differences.Max());
            var (norm, size) = (EuclideanNorm.Of(differences), EuclideanNorm.Of(expected));
            return new ProfileDifference(
                output, size > 0 ? norm / size : norm, differences[largest], shape.IndexText(largest), expected[largest], found[largest]);
        })];
    }

    /// <summary>
    /// The gradients of both with the same cotangents for the outputs that are compared, and 0 for the others: by every tensor that both are
    /// given, added up over the inputs that it is given to. Null where there is none.
    /// </summary>
    internal ProfilePair? Gradient()
    {
        if (EquationCatalogue.Find(Paper.Id + GradientSignature.Suffix) is not { } paper || EquationCatalogue.Find(Code.Id + GradientSignature.Suffix) is not { } code)
            return null;
        string[] reasons = [.. Outputs.Select(output => output.Why).Where(why => !why.StartsWith("the same", StringComparison.Ordinal)).Distinct()];
        var why = $"the gradient of what differs: {string.Join("; ", reasons)}";
        var call = _draw(new Random(0));
        ProfileOutput[] shared =
        [
            .. from tensor in call.Paper.Values.Intersect(call.Code.Values, ReferenceEqualityComparer.Instance).Cast<TensorData>()
               let inPaper = NamesOf(Paper, call.Paper, tensor)
               let inCode = NamesOf(Code, call.Code, tensor)
               where inPaper.Length > 0 && inCode.Length > 0
               select new ProfileOutput(inPaper, inCode, why),
        ];
        if (shared.Length == 0)
            return null;
        ProfilePair Pair(IReadOnlyList<ProfileOutput> outputs) => new(
            paper.Id, code.Id, $"{Inputs}; the same cotangents for {string.Join(", ", Outputs.Select(output => output.Paper))}, 0 for others", outputs,
            random => WithCotangents(_draw(random), random))
        { ToCode = ToCode, ToPaper = ToPaper };

        // A difference need not reach every gradient.
        return Pair([.. Pair(shared).Compare(seed: 0).Select(found => found.NormWise < Rounding ? found.Output with { Why = "the same gradient" } : found.Output)]);
    }

    private ProfileCall WithCotangents(ProfileCall call, Random random)
    {
        var (paper, code) = (Evaluate(Paper, call.PaperAttributes, call.Paper), Evaluate(Code, call.CodeAttributes, call.Code));
        var drawn = Outputs.ToDictionary(output => output, output =>
        {
            var shape = paper[output.Paper].Shape;
            return new TensorData(shape, [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.NextNormal())]);
        });
        return new ProfileCall(
            call.PaperAttributes.With(GradientSignature.Truncation, "full"), Cotangents(Paper, call.Paper, paper, output => output.Paper),
            call.CodeAttributes.With(GradientSignature.Truncation, "full"), Cotangents(Code, call.Code, code, output => output.Code));

        Dictionary<string, TensorData> Cotangents(
            Equation equation, Dictionary<string, TensorData> inputs, IReadOnlyDictionary<string, TensorData> outputs, Func<ProfileOutput, string> nameOf) =>
            inputs.Concat(equation.Outputs.Select(output => KeyValuePair.Create(
                GradientSignature.NameOf(output),
                drawn.FirstOrDefault(each => nameOf(each.Key) == output.Name).Value ?? new TensorData(outputs[output.Name].Shape, new double[outputs[output.Name].Values.Length]))))
                .ToDictionary();
    }

    private static string NamesOf(Equation equation, Dictionary<string, TensorData> inputs, TensorData tensor) => string.Join(
        Plus, GradientSignature.Variables(equation).Where(input => ReferenceEquals(inputs.GetValueOrDefault(input.Name), tensor)).Select(GradientSignature.NameOf));

    private static (Shape Shape, double[] Values) Sum(IReadOnlyDictionary<string, TensorData> outputs, string names)
    {
        var summands = names.Split(Plus).Select(name => outputs[name]).ToArray();
        return (summands[0].Shape, [.. summands[0].Values.Select((_, i) => summands.Sum(summand => summand.Values[i]))]);
    }

    // Each takes of what the call has those attributes and tensors that are its own.
    private static IReadOnlyDictionary<string, TensorData> Evaluate(Equation equation, AttributeValues attributes, Dictionary<string, TensorData> inputs)
    {
        var foreign = attributes.Names.Except(equation.Attributes.Select(attribute => attribute.Name)).ToArray();
        var own = equation.Inputs.Where(input => inputs.ContainsKey(input.Name)).ToDictionary(input => input.Name, input => inputs[input.Name]);
        return EquationCall.Evaluate(
            equation, DenseEngine<DoubleDouble>.Instance, foreign.Aggregate(attributes, (all, name) => all.Without(name)), own);
    }
}
