using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes.Gradients;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Operations;

/// <summary>A composed equation in which one of its pieces has a mistake, whether the piece can be asked alone or not.</summary>
internal static class PieceMistakes
{
    /// <summary>The mistakes of every piece, those that are known of a piece before those that are found from what it does.</summary>
    /// <param name="composed">A composed equation, or the gradient of one; of others there are none.</param>
    /// <param name="calls">What it is carried out with, to see what its pieces do.</param>
    /// <param name="known">What is known of a piece that is no gradient: those of gradients are among what is found.</param>
    public static IEnumerable<Mistake> Of(Equation composed, IReadOnlyList<Call> calls, Func<string, IEnumerable<Mistake>> known)
    {
        if ((composed.Differentiated ?? composed).Wiring is null)
            return [];
        var pieces = new Dictionary<string, List<Call>>();
        foreach (var call in calls)
            Collect(composed, call.Request.Attributes, call.Request.Inputs, pieces);
        return
        [
            .. pieces.Keys.Where(_ => composed.Differentiated is null).SelectMany(piece => known(piece).Select(mistake => In(composed, piece, mistake))),
            .. pieces.SelectMany(piece => Found(piece.Key, piece.Value).Select(mistake => In(composed, piece.Key, mistake))),
            .. InAll(composed, pieces),
        ];
    }

    private static IEnumerable<Mistake> InAll(Equation composed, Dictionary<string, List<Call>> pieces)
    {
        if (composed.Differentiated is not null)
            return [];
        string[] simple = [.. pieces.Keys.Where(piece => EquationCatalogue.Find(piece)!.Wiring is null)];
        return OperationMistakes.InAll([.. simple.Select(piece => pieces[piece])]).Select(mistake => new Mistake(
            composed.Id, mistake.When, mistake.When,
            simple.Aggregate(new Rewiring(composed.Id), (rewiring, piece) => rewiring.With(piece, (call, _) => mistake.Compute(call))).Run));
    }

    private static IEnumerable<Mistake> Found(string id, List<Call> calls)
    {
        var piece = EquationCatalogue.Find(id)!;
        return piece.Differentiated is not null ? GradientMistakes.Everywhere(piece, calls)
            : piece.Wiring is not null ? []
            : [.. InputMistakes.Of(piece, calls[0]), .. OperationMistakes.Of(piece, calls)];
    }

    private static void Collect(
        Equation composed, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, Dictionary<string, List<Call>> pieces)
    {
        try
        {
            WiringEvaluation.Run(composed, attributes, inputs, piece =>
            {
                // Of a gradient the pieces' gradients can be wrong.
                if ((piece.Equation.Differentiated is null) == (composed.Differentiated is null))
                {
                    if (!pieces.TryGetValue(piece.Equation.Id, out var calls))
                        pieces[piece.Equation.Id] = calls = [];
                    if (calls.Count < 2)
                        calls.Add(CallOf(piece));
                    if (composed.Differentiated is null && piece.Equation.Wiring is not null)
                        Collect(piece.Equation, piece.Attributes, piece.Inputs, pieces);
                }

                return Rewiring.Right(piece);
            });
        }
        catch (Exception)
        {
            // What was met until then is known.
        }
    }

    private static Mistake In(Equation composed, string piece, Mistake mistake)
    {
        var when = $"{mistake.When} ({piece})";
        return new(
            composed.Id, $"{mistake.Name}-in-{composed.Id}", when,
            composed.Differentiated is null ? new Rewiring(composed.Id).With(piece, (call, _) => mistake.Compute(call)).Run : call => Back(composed, call, piece, mistake))
        {
            Formats = mistake.Formats,
        };
    }

    private static Tensor[] Back(Equation composed, Call whole, string piece, Mistake mistake)
    {
        var gradients = WiringEvaluation.Run(composed, whole.Request.Attributes, whole.Request.Inputs, call =>
        {
            if (call.Equation.Id != piece)
                return Rewiring.Right(call);
            var asked = CallOf(call);
            return asked.Answer(mistake.Compute(asked));
        })!;
        return
        [
            .. GradientSignature.Given(composed, whole.Request.Inputs).Select(output => gradients[output.Name])
                .Select(gradient => DenseEngine<double>.Instance.Create(gradient.Values, gradient.Shape)),
        ];
    }

    private static Call CallOf(PieceCall piece) => new(new EquationRequest(piece.Equation.Id, FloatFormat.Float64, piece.Attributes, piece.Inputs));
}
