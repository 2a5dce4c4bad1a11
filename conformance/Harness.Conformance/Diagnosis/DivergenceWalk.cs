using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Diagnosis;

/// <summary>Follows a composed equation through its wiring and asks for every piece, until one is wrong.</summary>
/// <remarks>
/// A piece is asked with the reference's intermediates, rounded to the format, so that what went wrong before it does not reach it. Its
/// answer is judged as that to a fresh input is. A gradient is followed back through the wiring, and what is asked are gradients.
/// </remarks>
/// <param name="implementation">What is asked.</param>
/// <param name="format">The format computed in.</param>
/// <param name="seed">Where the fresh inputs of the run started.</param>
/// <param name="toleranceFactor">What the run multiplied every derived tolerance with.</param>
/// <param name="others">The answers to golden cases of a piece: what it gives in one case of a composed equation, many a formula gives there.</param>
/// <param name="isMiswritten">
/// Whether it is the writing of outputs that is wrong. A piece's few entries may then be what some formula gives, which is not the reason.
/// </param>
internal sealed class DivergenceWalk(
    IImplementation implementation, FloatFormat format, int seed, double toleranceFactor, Func<string, IEnumerable<Evidence>> others, bool isMiswritten)
{
    // The first wrong segment of a rollout is mostly among the first; every one costs an evaluation in double-double.
    private const int SegmentsAsked = 12;

    // Of a composed equation it is looked for where the whole is looked at.
    private static readonly Cause Unknown = new([], null);

    private readonly SortedSet<string> _notAsked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Evidence>> _asked = [];
    private readonly HashSet<string> _silent = [];
    private string _case = "";
    private int _right;
    private int? _segments;

    /// <summary>Looks for the first piece that is wrong.</summary>
    /// <param name="wrong">A wrong answer of a composed equation.</param>
    public Divergence Follow(Evidence wrong)
    {
        _case = wrong.Request.Case;
        var segmented = wrong.Equation.Inputs.Where(input => HasSegments(input, wrong)).Select(input => input.Name).ToHashSet();
        _segments = segmented.Count == 0 ? null : wrong.Request.Inputs.First(input => segmented.Contains(input.Key)).Value.Shape[0];
        return Walk(wrong.Equation, wrong.Request.Attributes, wrong.Request.Inputs, [wrong.Equation.Id], null)
            ?? InFirstSegment(wrong, segmented)
            ?? Found([wrong.Equation.Id], null, isWiring: _right > 0, wrong, Unknown);
    }

    private static bool HasSegments(TensorSpec input, Evidence wrong) =>
        wrong.Equation.Composition!.Statements.OfType<WiringLoop>().FirstOrDefault() is { } loop
        && wrong.Request.Inputs.TryGetValue(input.Name, out var tensor)
        && wrong.Equation.Pattern(input, tensor.Shape.Rank) is { } pattern
        && WiringCheck.HasLeading(pattern, loop.Extent);

    private Divergence? Walk(
        Equation composed, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs, IReadOnlyList<string> path, int? segment)
    {
        Divergence? found = null;
        try
        {
            WiringEvaluation.Run(composed, attributes, inputs, piece =>
            {
                var call = piece with { Inputs = Rounded(piece.Equation.Inputs, piece.Inputs) };
                if (composed.Differentiated is not null && call.Equation.Differentiated is null)
                    return Reference(call, null);
                var own = call.Segment ?? segment;
                var expected = Expect(call, own);
                found = Judge(call, expected, [.. path, call.Equation.Id], own);
                return found is null ? Reference(call, expected) : null;
            }, format);
        }
        catch (EquationException failure)
        {
            // Rounded to the format, an intermediate may leave the domain of the next piece; what follows cannot be asked.
            _notAsked.Add($"what follows {failure.Equation} ({failure.What} is {failure.Found} once rounded)");
        }
        catch (NotPositiveDefiniteException)
        {
            // The same can make the matrix of a regression indefinite.
            _notAsked.Add($"what follows a regression of {composed.Id} (its matrix is indefinite once rounded)");
        }

        return found;
    }

    private Expectation? Expect(PieceCall call, int? segment)
    {
        try
        {
            return ToleranceModel.Derive(
                call.Equation, format, call.Attributes, call.Inputs, Seeds.Of($"{seed}/{_case}/{call.Equation}/{segment}"), implementation.Precision);
        }
        catch (NotPositiveDefiniteException)
        {
            // The format's rounding alone can make the matrix of a regression indefinite.
            return null;
        }
    }

    private Divergence? Judge(PieceCall call, Expectation? expected, IReadOnlyList<string> path, int? segment)
    {
        var id = call.Equation.Id;
        Evidence? answer = null;
        if (expected is null)
        {
            _notAsked.Add($"{id} ({format} is too coarse for what it was asked)");
        }
        else if (!_silent.Contains(id))
        {
            try
            {
                var where = segment is null ? "" : $", segment {segment + 1}";
                var request = new EquationRequest(id, format, call.Attributes, call.Inputs) { Case = $"{_case}{where}: {id}" };
                answer = Evidence.Ask(implementation, call.Equation, request, expected, toleranceFactor);
                if (answer is null)
                    _notAsked.Add($"{id} (unsupported)");
            }
            catch (Exception failure)
            {
                _notAsked.Add($"{id} (errored: {FailureWords.Of(failure)})");
            }

            // What gives no answer once is not asked for in every segment.
            if (answer is null)
                _silent.Add(id);
        }

        if (answer is { Passed: true })
        {
            Remember(answer);
            _right++;
            return null;
        }

        // Pieces may be there where the whole is not.
        var before = _right;
        if (call.Equation.Composition is not null && Walk(call.Equation, call.Attributes, call.Inputs, path, segment) is { } inside)
            return inside;
        if (answer is null)
            return null;
        Evidence[] evidence = [answer, .. Earlier(id), .. others(id)];
        var cause = isMiswritten ? new Cause([], AnswerPatterns.Of(evidence)) : Cause.Of(evidence);
        return Found(path, segment, isWiring: _right > before, answer, cause);
    }

    // Every piece is right alone, and the rollout is not: the shortest one that is wrong tells where it starts to be, or, on the way back, how
    // many segments it takes.
    private Divergence? InFirstSegment(Evidence wrong, HashSet<string> segmented)
    {
        if (_segments is not { } segments)
            return null;
        for (var count = 1; count < Math.Min(segments, SegmentsAsked); count++)
        {
            var inputs = wrong.Request.Inputs.ToDictionary(
                input => input.Key,
                input => segmented.Contains(input.Key)
                    ? new TensorData(input.Value.Shape.With(0, count), input.Value.Values[..(input.Value.Values.Length / segments * count)])
                    : input.Value);
            var request = wrong.Request with { Inputs = inputs, Case = $"{_case}, first {count} of {segments} segments" };
            try
            {
                if (ToleranceModel.Derive(wrong.Equation, format, request.Attributes, inputs, Seeds.Of($"{seed}/{request.Case}"), implementation.Precision) is { } expected
                    && Evidence.Ask(implementation, wrong.Equation, request, expected, toleranceFactor) is { Passed: false } answer)
                {
                    return Found([wrong.Equation.Id], count - 1, isWiring: _right > 0, answer, Unknown);
                }
            }
            catch (Exception)
            {
                // A rollout of another length that is not answered leaves only the one that was.
                return null;
            }
        }

        return segments <= SegmentsAsked ? Found([wrong.Equation.Id], segments - 1, isWiring: _right > 0, wrong, Unknown) : null;
    }

    private Divergence Found(IReadOnlyList<string> path, int? segment, bool isWiring, Evidence answer, Cause cause)
    {
        var order = Order(answer.Equation);
        var first = answer.Figures.Where(output => !output.Passed).OrderBy(output => order.IndexOf(output.Name)).First();
        return new Divergence(_case, path, segment + 1, segment is null ? null : _segments, isWiring, first, cause.Mistakes, cause.Pattern, [.. _notAsked]);
    }

    // Outputs in the order in which a wiring assigns them; gradients in that in which they are complete: what was taken last comes first.
    private static List<string> Order(Equation equation)
    {
        var statements = equation.Composition?.Statements ?? [];
        return equation.Differentiated is null
            ? [.. statements.SelectMany(statement => statement.Assigned).Select(target => target.Name)]
            : [.. statements.SelectMany(statement => statement.Taken).SelectMany(value => value.Sources)
                .Select(tensor => GradientSignature.NameOf(tensor.Name)).Distinct().Reverse()];
    }

    private void Remember(Evidence answer)
    {
        if (!_asked.TryGetValue(answer.Equation.Id, out var earlier))
            _asked[answer.Equation.Id] = earlier = [];
        earlier.Add(answer);
    }

    private List<Evidence> Earlier(string id) => _asked.GetValueOrDefault(id) ?? [];

    private Dictionary<string, TensorData> Reference(PieceCall call, Expectation? expected)
    {
        if (expected is null)
        {
            return Rounded(
                call.Equation.Outputs, EquationCall.Evaluate(call.Equation, DenseEngine<DoubleDouble>.Instance, call.Attributes, call.Inputs));
        }

        // What cannot be judged has a value all the same.
        var shapes = InputValidator.Validate(call.Equation, call.Attributes, call.Inputs);
        return Rounded(
            call.Equation.Outputs, expected.Golden.ToDictionary(output => output.Key, output => new TensorData(shapes[output.Key], output.Value)));
    }

    // As they travel: what one piece gives in float32 another may take in 16 bits.
    private Dictionary<string, TensorData> Rounded(IReadOnlyList<TensorSpec> specs, IReadOnlyDictionary<string, TensorData> tensors) =>
        specs.Where(spec => tensors.ContainsKey(spec.Name)).ToDictionary(
            spec => spec.Name,
            spec => tensors[spec.Name] with { Values = Array.ConvertAll(tensors[spec.Name].Values, spec.FormatIn(format).Round) });
}
