using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Diagnosis;

/// <summary>What the failures of an equation in a format have been traced to.</summary>
/// <param name="Equation">The equation's id.</param>
/// <param name="Format">The format computed in.</param>
/// <param name="Mistakes">
/// The known mistakes that give what was found, as clauses such as <c>the weight is used as [out, in]</c>. The cases looked at do not
/// tell one from the other.
/// </param>
/// <param name="Pattern">
/// What the wrong answers are made of, such as <c>every entry is 0 (was the output written?)</c>; null if that is not recognised, or a known
/// mistake says more.
/// </param>
/// <param name="Divergence">For a composed equation, where its smallest failing case first goes wrong.</param>
/// <param name="NotRepeatable">A case that failed, and passed when it was asked again.</param>
/// <param name="Forward">For a gradient, what is wrong with what it is the gradient of, on the same inputs; null if nothing is.</param>
public sealed record DiagnosedFailure(
    string Equation, FloatFormat Format, IReadOnlyList<string> Mistakes, string? Pattern, Divergence? Divergence, string? NotRepeatable,
    string? Forward = null)
{
    /// <summary>The same for people, a sentence each.</summary>
    public IReadOnlyList<string> Findings
    {
        get
        {
            string?[] findings =
            [
                NotRepeatable is null ? null : $"{NotRepeatable} passes when it is asked again: the answer is not the same every time",
                Forward,
                Pattern,
                Matches(Mistakes),
                Divergence?.ToString(),
            ];
            return [.. findings.OfType<string>()];
        }
    }

    internal static string? Matches(IReadOnlyList<string> mistakes) =>
        mistakes.Count == 0 ? null : $"matches the result you get when {string.Join(", or when ", mistakes)}";
}

/// <summary>
/// The first intermediate of a composed equation that is wrong, each piece asked with correct inputs; of a gradient, the first on the way back.
/// </summary>
/// <param name="Case">The case that was followed.</param>
/// <param name="Path">The way to what is wrong: the composed equation first, then the pieces, each a piece of the one before.</param>
/// <param name="Segment">
/// The segment, from 1; null where there are none. Of a gradient whose pieces are right, how many segments it takes to be wrong.
/// </param>
/// <param name="Segments">How many segments the case has; null where there are none.</param>
/// <param name="IsWiring">
/// Whether all its pieces are right when asked alone, as far as they could be asked, so that their connection is what is wrong.
/// </param>
/// <param name="Output">The first output of the last equation that is wrong.</param>
/// <param name="Mistakes">The known mistakes of the last equation that give what it gave, as clauses.</param>
/// <param name="Pattern">What its answer is made of; null if that is not recognised, or a known mistake says more.</param>
/// <param name="NotAsked">Pieces that gave no answer, or could not be judged, each with the reason.</param>
public sealed record Divergence(
    string Case,
    IReadOnlyList<string> Path,
    int? Segment,
    int? Segments,
    bool IsWiring,
    OutputFigures Output,
    IReadOnlyList<string> Mistakes,
    string? Pattern,
    IReadOnlyList<string> NotAsked)
{
    private const int MostNamed = 3;

    /// <summary>One sentence.</summary>
    public override string ToString()
    {
        var isGradient = EquationCatalogue.Find(Path[^1])?.Differentiated is not null;
        var isOfAllSegments = isGradient && Path.Count == 1;
        var segment = Segment is null ? "" : isOfAllSegments ? $"the first {Segment} of {Segments} segments alone: " : $"segment {Segment} of {Segments}: ";
        var what = Path.Count > 1 ? $"{Path[^1]}: " : "";
        var notAsked = NotAsked.Count == 0 ? "" : $"; not judged: {Shortened(NotAsked)}";
        var (pieces, together) = isGradient
            ? ("the gradients of its pieces", $"how they are put together on the way back: {Output.Name} is the first")
            : ("its pieces", $"how they are put together: {Output.Name} is the first output");

        // Of what was not asked nothing is known.
        var alone = !IsWiring ? ""
            : NotAsked.Count == 0 ? $"; {pieces} are right when asked alone, what goes wrong is {together} that is wrong"
            : $"; those of {pieces} that were asked are right alone, what goes wrong is one of the others or {together} that is wrong";
        var matches = string.Concat(new[] { Pattern, DiagnosedFailure.Matches(Mistakes) }.OfType<string>().Select(text => $"; {text}"));
        return $"first divergence in {Case}{(isGradient ? ", on the way back" : "")}: {segment}{what}{Output.Describe()}{alone}{matches}{notAsked}";
    }

    // A dozen pieces that are unsupported are one thing to know.
    private static string Shortened(IReadOnlyList<string> notAsked) => string.Join(", ", notAsked
        .Select(piece => piece.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end ? (Name: piece[..end], Reason: piece[end..]) : (Name: piece, Reason: ""))
        .GroupBy(piece => piece.Reason, piece => piece.Name)
        .Select(group => (group.Count() > MostNamed ? $"{string.Join(", ", group.Take(MostNamed))} and {group.Count() - MostNamed} more" : string.Join(", ", group)) + group.Key));
}
