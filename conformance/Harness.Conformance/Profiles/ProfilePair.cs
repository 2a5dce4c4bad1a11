using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Profiles;

/// <summary>An output that both profiles have.</summary>
/// <param name="Paper">What the paper's equation calls it.</param>
/// <param name="Code">What its counterpart calls it.</param>
/// <param name="Why">Why the two differ, or that they do not; one line.</param>
public sealed record ProfileOutput(string Paper, string Code, string Why);

/// <summary>An equation of a paper, and what the authors' code computes in its place.</summary>
public sealed class ProfilePair
{
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

    /// <summary>Evaluates both on the same freshly drawn input, in double-double: rounding has no part in the differences.</summary>
    /// <param name="seed">Where the input starts.</param>
    public IReadOnlyList<ProfileDifference> Compare(int seed)
    {
        var call = _draw(new Random(seed));
        var (paper, code) = (Evaluate(Paper, call.PaperAttributes, call.Paper), Evaluate(Code, call.CodeAttributes, call.Code));
        return [.. Outputs.Select(output =>
        {
            var (shape, expected, found) = (paper[output.Paper].Shape, paper[output.Paper].Values, code[output.Code].Values);
            var differences = expected.Zip(found, (left, right) => Math.Abs(right - left)).ToArray();
            var largest = Array.IndexOf(differences, differences.Max());
            var (norm, size) = (Norm(differences), Norm(expected));
            return new ProfileDifference(
                output, size > 0 ? norm / size : norm, differences[largest], shape.IndexText(largest), expected[largest], found[largest]);
        })];
    }

    // Each takes of what the call has those attributes and tensors that are its own.
    private static IReadOnlyDictionary<string, TensorData> Evaluate(Equation equation, AttributeValues attributes, Dictionary<string, TensorData> inputs)
    {
        var foreign = attributes.Names.Except(equation.Attributes.Select(attribute => attribute.Name)).ToArray();
        var own = equation.Inputs.Where(input => inputs.ContainsKey(input.Name)).ToDictionary(input => input.Name, input => inputs[input.Name]);
        return EquationCall.Evaluate(
            equation, DenseEngine<DoubleDouble>.Instance, foreign.Aggregate(attributes, (all, name) => all.Without(name)), own);
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}
