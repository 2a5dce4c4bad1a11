using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>An implementation that is right but for one equation.</summary>
/// <param name="equation">The equation that is wrong.</param>
/// <param name="name">Equation and mistake, unique.</param>
/// <param name="when">The mistake as a clause.</param>
/// <param name="answer">The wrong answer to a request for the equation.</param>
internal sealed class Mutant(string equation, string name, string when, Func<EquationRequest, IReadOnlyDictionary<string, TensorData>> answer)
    : IImplementation
{
    private static readonly ReferenceImplementation Reference = new();

    public Mutant(Mistake mistake)
        : this(mistake.Equation, mistake.Name, mistake.When, mistake.Answer) =>
        Formats = mistake.Formats;

    /// <summary>The equation that is wrong.</summary>
    public string Equation => equation;

    /// <summary>The formats in which it is wrong.</summary>
    public IReadOnlyList<FloatFormat> Formats { get; init; } = [FloatFormat.Float64, FloatFormat.Float32];

    public string Name => name;

    /// <summary>The mistake as a clause.</summary>
    public string When => when;

    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
        request.Equation == equation ? answer(request) : Reference.Run(request);
}
