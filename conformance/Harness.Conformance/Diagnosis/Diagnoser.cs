using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Diagnosis;

/// <summary>Looks for the reason why an implementation fails an equation, by asking it again.</summary>
/// <param name="fixtures">The golden cases.</param>
/// <param name="seed">Where the fresh inputs of the run started.</param>
/// <param name="toleranceFactor">What the run multiplied every derived tolerance with.</param>
public sealed class Diagnoser(FixtureSet fixtures, int seed, double toleranceFactor)
{
    // What two mistakes have in common on the smallest cases, they mostly have in common.
    private const int FailedCases = 8;
    private const int OtherCases = 8;

    // Where that leaves several.
    private const int MoreCases = 32;

    // Larger cases cost more than they tell, unless there are no others.
    private const int MostValues = 5000;

    // Who does not answer may take its time not to.
    private const int MostUnanswered = 3;

    /// <summary>Looks into the failures of one equation in one format.</summary>
    /// <param name="implementation">What failed.</param>
    /// <param name="equation">The equation's id.</param>
    /// <param name="format">The format computed in.</param>
    /// <param name="failed">The checks that failed; only golden and fresh cases are looked at.</param>
    /// <returns>Null if nothing was found out.</returns>
    public DiagnosedFailure? Diagnose(
        IImplementation implementation, string equation, FloatFormat format, IReadOnlyList<CheckResult> failed)
    {
        var ids = failed.Where(check => check.Kind is CheckKind.Golden or CheckKind.Fresh).Select(check => check.Id).ToHashSet();
        var cases = Smallest(ids.Select(id => Find(implementation, id, format)).OfType<ExplainedCase>(), FailedCases);
        if (cases.Count == 0)
            return null;
        var (sound, forward) = WithoutWrongForward(implementation, cases, format);
        if (sound.Count == 0)
            return new DiagnosedFailure(equation, format, [], null, null, null, forward + ", and the gradient was not looked into");
        var evidence = Ask(implementation, sound, format);
        var notRepeatable = evidence.FirstOrDefault(answer => answer.Passed)?.Request.Case;
        ExplainedCase[] others =
        [
            .. fixtures.Cases.Where(golden => golden.Equation.Id == equation && golden.Judged.Contains(format) && !ids.Contains(golden.Id))
                .Select(golden => Find(implementation, golden.Id, format)).OfType<ExplainedCase>(),
        ];
        evidence.AddRange(Ask(implementation, Smallest(others, OtherCases), format));

        var divergence = sound[0].Equation.Composition is not null && evidence.FirstOrDefault(answer => !answer.Passed) is { } wrong
            ? new DivergenceWalk(
                implementation, format, seed, toleranceFactor, piece => OfPiece(implementation, piece, format), AnswerPatterns.OfWriting(evidence) is not null).Follow(wrong)
            : null;
        var cause = notRepeatable is null ? Cause.Of(evidence, isLocated: divergence is { Path.Count: > 1, Mistakes.Count: > 0 }, () => PassesInFloat32(implementation, ids)) : new Cause([], null);
        if (cause.Mistakes.Count > 1)
            cause = cause with { Mistakes = ToldApart(implementation, cause.Mistakes, evidence, others, format) };
        return cause is { Mistakes.Count: 0, Pattern: null } && divergence is null && notRepeatable is null && forward is null
            ? null
            : new DiagnosedFailure(equation, format, cause.Mistakes, cause.Pattern, divergence, notRepeatable, forward);
    }

    // Those mistakes that also explain what was not asked yet; the same as before where none does.
    private IReadOnlyList<string> ToldApart(
        IImplementation implementation, IReadOnlyList<string> mistakes, List<Evidence> evidence, ExplainedCase[] others, FloatFormat format)
    {
        var asked = evidence.Select(answer => answer.Request.Case).ToHashSet();
        var left = Ask(implementation, Smallest(others.Where(other => !asked.Contains(other.Id)), MoreCases), format);
        return left.Count > 0 && KnownMistakes.Of([.. evidence, .. left]) is { Count: > 0 } still ? still : mistakes;
    }

    // Where what is differentiated is wrong itself, so must its gradient be. Where it is not there, or cannot be judged, that is not known.
    private (List<ExplainedCase> Sound, string? Forward) WithoutWrongForward(
        IImplementation implementation, List<ExplainedCase> cases, FloatFormat format)
    {
        var (sound, forward) = (new List<ExplainedCase>(), (string?)null);
        foreach (var asked in cases)
        {
            if (asked.Equation.Differentiated is { } differentiated && WrongForward(implementation, asked, differentiated, format) is { } wrong)
                forward ??= $"{differentiated} itself is wrong with the inputs of {asked.Id}: {wrong.Describe()}; that comes first";
            else
                sound.Add(asked);
        }

        return (sound, forward);
    }

    private OutputFigures? WrongForward(IImplementation implementation, ExplainedCase asked, Equation differentiated, FloatFormat format)
    {
        var attributes = asked.Attributes.Without(GradientSignature.Truncation);
        var inputs = differentiated.Inputs.Where(input => asked.Inputs.ContainsKey(input.Name)).ToDictionary(input => input.Name, input => asked.Inputs[input.Name]);
        try
        {
            var request = new EquationRequest(differentiated.Id, format, attributes, inputs) { Case = $"{asked.Id}: {differentiated}" };
            return ToleranceModel.Derive(differentiated, format, attributes, inputs, Seeds.Of($"{seed}/{request.Case}"), implementation.Precision) is { } expected
                ? Evidence.Ask(implementation, differentiated, request, expected, toleranceFactor)?.Figures.FirstOrDefault(output => !output.Passed)
                : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    // The last is the largest that does not cost too much: of two blocks or segments the first is also the one before.
    private static List<ExplainedCase> Smallest(IEnumerable<ExplainedCase> found, int count)
    {
        var cases = found.ToArray();
        if (cases.Length == 0)
            return [];
        var bySize = cases.Select(asked => (Case: asked, Size: asked.Inputs.Values.Sum(tensor => tensor.Values.Length))).OrderBy(asked => asked.Size).ToArray();
        var cheap = bySize.Where(asked => asked.Size <= Math.Max(MostValues, bySize[0].Size)).Select(asked => asked.Case).ToArray();
        return cheap.Length <= count ? [.. cheap] : [.. cheap[..(count - 1)], cheap[^1]];
    }

    private bool PassesInFloat32(IImplementation implementation, IEnumerable<string> ids)
    {
        var asked = Ask(implementation, Smallest(ids.Select(id => Find(implementation, id, FloatFormat.Float32)).OfType<ExplainedCase>(), FailedCases), FloatFormat.Float32);
        return asked.Count > 0 && asked.All(answer => answer.Passed);
    }

    private List<Evidence> OfPiece(IImplementation implementation, string piece, FloatFormat format) => Ask(
        implementation,
        Smallest(
            fixtures.Cases.Where(golden => golden.Equation.Id == piece && golden.Judged.Contains(format)).Select(golden => Find(implementation, golden.Id, format)).OfType<ExplainedCase>(),
            OtherCases),
        format);

    private ExplainedCase? Find(IImplementation implementation, string id, FloatFormat format)
    {
        try
        {
            return ExplainedCase.Find(fixtures, id, format, seed, implementation.Precision, implementation.Constraints) is { } found && found.Rho.Keys.Any(key => key.Format == format) ? found : null;
        }
        catch (FixtureException)
        {
            // The run has already reported it.
            return null;
        }
    }

    private List<Evidence> Ask(IImplementation implementation, List<ExplainedCase> cases, FloatFormat format)
    {
        var (evidence, unanswered) = (new List<Evidence>(), 0);
        foreach (var asked in cases.TakeWhile(_ => unanswered < MostUnanswered))
        {
            try
            {
                var request = new EquationRequest(asked.Equation.Id, format, asked.Attributes, asked.Inputs) { Case = asked.Id };
                if (Evidence.Ask(implementation, asked, request, toleranceFactor) is { } answer)
                    evidence.Add(answer);
            }
            catch (Exception)
            {
                // An answer that does not come tells nothing, whatever kept it.
                unanswered++;
            }
        }

        return evidence;
    }
}
