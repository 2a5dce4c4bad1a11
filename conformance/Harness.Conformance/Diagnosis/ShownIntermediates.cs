using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Diagnosis;

/// <summary>Finds the first of the intermediates that a wrong answer shows, by the names of the equation's wiring, that does not follow from what comes before it.</summary>
/// <remarks>
/// The wiring is carried out by the reference. Where the answer shows a value it goes on with that, so that what went wrong before is not found
/// again behind it; and a value that is made of shown ones and inputs alone is judged as the piece's answer would be. One that is made of anything
/// else has the rounding of what is not shown in it, and is wrong only where it is far off.
/// </remarks>
internal sealed class ShownIntermediates(Evidence wrong, FloatFormat format, double toleranceFactor)
{
    // Rounding on the way is a thousand times what a single piece's is in no wiring of the catalogue, and mistakes are more.
    private const double FactorOfUnknown = 1024;

    private readonly HashSet<TensorData> _known = new(wrong.Request.Inputs.Values, ReferenceEqualityComparer.Instance);
    private readonly Queue<(string Piece, GoldenOutput? Output, double[] Rho)> _pending = [];
    private double _factor;
    private string? _found;

    /// <summary>One sentence; null where nothing is shown, or all that is shown follows.</summary>
    /// <param name="wrong">A wrong answer.</param>
    /// <param name="format">The format computed in.</param>
    /// <param name="seed">Where the fresh inputs of the run started.</param>
    /// <param name="toleranceFactor">What the run multiplied every derived tolerance with.</param>
    public static string? FirstDivergence(Evidence wrong, FloatFormat format, int seed, double toleranceFactor) =>
        wrong.Equation.Wiring is { } wiring && wiring.Intermediates.Any(name => wrong.Answer.ContainsKey(name) && wrong.Equation.Outputs.All(output => output.Name != name))
            ? new ShownIntermediates(wrong, format, toleranceFactor).Find(seed)
            : null;

    private string? Find(int seed)
    {
        try
        {
            WiringEvaluation.Run(wrong.Equation, wrong.Request.Attributes, wrong.Request.Inputs, piece => Compute(piece, seed), assigned: Assigned);
        }
        catch (Exception failure) when (failure is EquationException or NotPositiveDefiniteException)
        {
            // What is shown may be outside of what the next piece takes; what was found before stands.
        }

        return _found;
    }

    private IReadOnlyDictionary<string, TensorData>? Compute(PieceCall piece, int seed)
    {
        if (_found is not null)
            return null;
        var outputs = EquationCall.Evaluate(piece.Equation, DenseEngine<DoubleDouble>.Instance, piece.Attributes, piece.Inputs);
        var expected = ToleranceModel.Derive(piece.Equation, format, piece.Attributes, piece.Inputs, Seeds.Of($"{seed}/{wrong.Request.Case}/{piece.Equation}/shown"));
        _factor = piece.Inputs.Values.All(_known.Contains) ? toleranceFactor : toleranceFactor * FactorOfUnknown;
        _pending.Clear();
        foreach (var output in piece.Equation.Outputs)
        {
            var shape = expected?.Shapes.GetValueOrDefault(output.Name);
            _pending.Enqueue((piece.Equation.Id, shape, shape is null ? [] : expected!.Rho[output.Name]));
        }

        return outputs;
    }

    private TensorData Assigned(string name, TensorData value)
    {
        var (piece, output, rho) = _pending.TryDequeue(out var next) ? next : (null, null, []);
        if (_found is not null || !wrong.Answer.TryGetValue(name, out var shown) || shown.Shape != value.Shape)
            return value;
        if (piece is not null && output is not null)
        {
            var figures = Comparer.Compare(name, shown, value.Values, rho, output, format, _factor);
            if (!figures.Passed)
                _found = $"of the intermediates that the answer to {wrong.Request.Case} shows, {name} is the first that diverges ({piece}): {figures.Describe()}";
        }

        _known.Add(shown);
        return shown;
    }
}
