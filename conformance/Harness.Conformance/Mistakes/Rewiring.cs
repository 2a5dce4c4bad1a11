using Harness.Conformance.Catalogue;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Implementations;
using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>A composed equation put together wrongly: its wiring is edited, or a piece of it is computed otherwise.</summary>
/// <param name="equation">The composed equation.</param>
/// <param name="edits">Changes of its wiring, one after the other; see <see cref="WiringEdit"/>.</param>
internal sealed class Rewiring(string equation, params IReadOnlyList<string> edits)
{
    // What an edit may call by name beside what every wiring may. A gradient goes through half alone.
    private static readonly Dictionary<string, Func<TapedTensor<Tensor>, TapedTensor<Tensor>>> Functions = new(WiringArithmetic.Functions)
    {
        ["half"] = x => x / 2,
        ["float32"] = x => Each(x, Single),
        ["bfloat16"] = x => Each(x, BFloat16),
        ["gelu"] = x => Each(x, Gelu),
        ["silu"] = x => Each(x, Silu),
        ["backwards"] = x => Rows(x, (row, count) => count - 1 - row),
        ["one_late"] = x => Rows(x, (row, _) => Math.Max(row - 1, 0)),
        ["one_early"] = x => Rows(x, (row, count) => Math.Min(row + 1, count - 1)),
    };

    private readonly Lazy<Wiring> _wiring = new(() => edits.Count == 0 ? EquationCatalogue.Find(equation)!.Wiring! : Edited(EquationCatalogue.Find(equation)!, edits));
    private Dictionary<string, Func<Call, Call, Tensor[]>> _pieces = [];

    private IReadOnlyList<string> Edits => edits;

    /// <summary>The wiring as it is then; null where pieces are computed otherwise.</summary>
    public string? Text => _pieces.Count > 0 ? null : _wiring.Value.Text;

    /// <summary>The wiring as it is then.</summary>
    public Wiring Wiring => _wiring.Value;

    /// <summary>Both ways to put it together wrongly; null where the edits of one leave nothing of what the other edits.</summary>
    public Rewiring? With(Rewiring other)
    {
        var both = new Rewiring(equation, [.. edits, .. other.Edits]);
        try
        {
            return both.Text is null ? null : both;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The same, with a piece computed otherwise wherever it is used, in pieces of pieces too.</summary>
    /// <param name="piece">The piece's id.</param>
    /// <param name="compute">Its outputs, from the call of the piece and that of the whole.</param>
    public Rewiring With(string piece, Func<Call, Call, Tensor[]> compute) =>
        new(equation, edits) { _pieces = new(_pieces) { [piece] = compute } };

    /// <summary>The same, with a mistake that is known of a piece.</summary>
    /// <param name="mistake">Piece and mistake, such as <c>lm2.memory.step/no-skip</c>.</param>
    /// <param name="known">The mistakes that it is one of, asked for when it is made: they may be in the making.</param>
    public Rewiring With(string mistake, Func<IEnumerable<Mistake>> known) => With(
        mistake[..mistake.IndexOf('/', StringComparison.Ordinal)],
        (piece, _) => known().Single(one => one.Name == mistake).Compute(piece));

    /// <summary>The outputs, in the order of the signature.</summary>
    public Tensor[] Run(Call whole)
    {
        var composed = EquationCatalogue.Find(equation)!;
        var outputs = Carry(composed, _wiring.Value, whole.Request.Attributes, whole.Request.Inputs, whole);
        return [.. composed.Outputs.Select(output => Create(outputs[output.Name]))];
    }

    /// <summary>The text of an equation's wiring after some edits.</summary>
    /// <exception cref="FormatException">An edit does not fit, or what it makes does not fit the catalogue.</exception>
    public static Wiring Edited(Equation composed, IReadOnlyList<string> edits)
    {
        IReadOnlyList<string> lines = WiringParser.Lines(composed.Wiring!.Text);
        var wiring = WiringParser.Parse(string.Join('\n', edits.Aggregate(lines, WiringEdit.Apply)));
        WiringCheck.Check(composed, wiring, EquationCatalogue.Find, Functions.Keys);
        return wiring;
    }

    private IReadOnlyDictionary<string, TensorData> Carry(
        Equation composed, Wiring wiring, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, Call whole) =>
        WiringEvaluation.Run(composed, attributes, inputs, call => Compute(call, whole), FloatFormat.Float64, wiring, Functions)!;

    // A mistake may lead out of a piece's domain.
    private IReadOnlyDictionary<string, TensorData> Compute(PieceCall call, Call whole)
    {
        var piece = call.Equation;
        if (_pieces.TryGetValue(piece.Id, out var otherwise))
        {
            var request = new EquationRequest(piece.Id, FloatFormat.Float64, call.Attributes, call.Inputs);
            return piece.Outputs.Zip(otherwise(new Call(request), whole))
                .ToDictionary(pair => pair.First.Name, pair => new TensorData(pair.Second.Shape, pair.Second.ToArray()));
        }

        return piece.Wiring is { } wiring && _pieces.Count > 0
            ? Carry(piece, wiring, call.Attributes, call.Inputs, whole)
            : Right(call);
    }

    /// <summary>A piece's right outputs, in float64 and without another look at the inputs.</summary>
    public static IReadOnlyDictionary<string, TensorData> Right(PieceCall call)
    {
        var (piece, engine) = (call.Equation, DenseEngine<double>.Instance);
        return EquationCall.EvaluateTensors(piece, engine, call.Attributes, EquationCall.Create(piece, engine, call.Inputs))
            .ToDictionary(output => output.Key, output => new TensorData(output.Value.Shape, output.Value.ToArray()));
    }

    private static Tensor Create(TensorData data) => DenseEngine<double>.Instance.Create(data.Values, data.Shape);

    private static TapedTensor<Tensor> Each(TapedTensor<Tensor> x, Converter<double, double> function) =>
        x.Engine.Create(Array.ConvertAll(x.ToArray(), function), x.Shape);

    // The rows along axis 1 in another order.
    private static TapedTensor<Tensor> Rows(TapedTensor<Tensor> x, Func<int, int, int> source)
    {
        var (count, width, values) = (x.Shape[1], (int)x.Shape[2..].Count, x.ToArray());
        return x.Engine.Create(
            [.. Enumerable.Range(0, x.Shape[0] * count).SelectMany(i =>
                values.Skip((i / count * count + source(i % count, count)) * width).Take(width))],
            x.Shape);
    }
}
