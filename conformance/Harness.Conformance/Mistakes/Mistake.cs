using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>A mistake that a port could make in an equation.</summary>
/// <param name="equation">The equation that is wrong.</param>
/// <param name="name">The mistake in a few words, in kebab-case.</param>
/// <param name="when">The mistake as a clause: "matches the result you get when …".</param>
/// <param name="compute">
/// The wrong outputs, in the order of the equation's signature. It computes in float64 whatever the format, unless arithmetic is
/// the mistake: what is wrong here is the formula.
/// </param>
internal sealed class Mistake(string equation, string name, string when, Func<Call, Tensor[]> compute)
{
    /// <summary>A mistake in how a composed equation is put together.</summary>
    /// <param name="equation">The equation that is wrong.</param>
    /// <param name="name">The mistake in a few words, in kebab-case.</param>
    /// <param name="when">The mistake as a clause.</param>
    /// <param name="rewiring">How it is put together.</param>
    public Mistake(string equation, string name, string when, Rewiring rewiring)
        : this(equation, name, when, rewiring.Run) => Rewiring = rewiring;

    /// <summary>The equation that is wrong.</summary>
    public string Equation => equation;

    /// <summary>The formats in which the mistake is one: float32 is no mistake where float32 was asked for.</summary>
    public IReadOnlyList<FloatFormat> Formats { get; init; } = [FloatFormat.Float64, FloatFormat.Float32];

    /// <summary>Equation and mistake, unique.</summary>
    public string Name => $"{equation}/{name}";

    /// <summary>The mistake as a clause, such as <c>the weight is used as [out, in]</c>.</summary>
    public string When => when;

    /// <summary>Of a wrong gradient, what kind of mistake it comes from.</summary>
    public GradientFault? Fault { get; init; }

    /// <summary>How a composed equation is put together wrongly, where that is the mistake.</summary>
    public Rewiring? Rewiring { get; }

    /// <summary>The wrong outputs to a call of the equation, in the order of its signature.</summary>
    public Tensor[] Compute(Call call) => compute(call);

    /// <summary>An equation written out as its mistakes have it, without one.</summary>
    public static Mistake Control(string equation, Func<Call, Tensor[]> compute) =>
        new(equation, "control", "nothing is wrong", compute);

    /// <summary>The wrong answer to a request for the equation.</summary>
    public IReadOnlyDictionary<string, TensorData> Answer(EquationRequest request)
    {
        var call = new Call(request);
        return call.Answer(compute(call));
    }

    /// <summary>Both mistakes; null where this one starts from nothing that the other changes.</summary>
    /// <param name="other">Another mistake of the equation.</param>
    public Mistake? With(Mistake other)
    {
        if (Rewiring is { Text: not null } mine && other.Rewiring is { Text: not null } its)
            return mine.With(its) is { } rewired ? Both(rewired.Run) : null;
        return Both(call =>
        {
            var isAsked = false;
            var both = compute(new Call(call.Request, changed =>
            {
                isAsked = true;
                return other.Compute(changed);
            }));
            return isAsked ? both : throw new NotSupportedException($"{Name} does not start from the right answer");
        });

        Mistake Both(Func<Call, Tensor[]> together) => new(equation, $"{name}-and-{other.Name}", $"{when} and {other.When}", together)
        {
            Formats = [.. Formats.Intersect(other.Formats)],
        };
    }
}
