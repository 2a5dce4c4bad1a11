using Harness.Conformance.Writing;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Comparing;

/// <summary>How a thing changed from one result to another.</summary>
public enum ChangeKind
{
    /// <summary>It fails and did not, or passed and does not, or costs more, beyond what its intervals explain.</summary>
    Worse,

    /// <summary>It passes now, or costs less.</summary>
    Better,

    /// <summary>Only the second result has it, or answers it, and it does not fail.</summary>
    New,

    /// <summary>Only the first result has it, or answers it; a check that passed is worse.</summary>
    Gone,
}

/// <summary>One change.</summary>
/// <param name="Kind">Which way.</param>
/// <param name="What">The check, or the figure.</param>
/// <param name="How">From what to what.</param>
public sealed record Change(ChangeKind Kind, string What, string How);

/// <summary>What became better, worse, new or gone between two results.</summary>
/// <param name="Before">The first, for people.</param>
/// <param name="After">The second.</param>
/// <param name="Notes">What cannot be compared, and why.</param>
/// <param name="Compared">How many checks or figures both have.</param>
/// <param name="Judged">How many of those either result answers, conclusions included.</param>
/// <param name="Changes">The worse ones first.</param>
public sealed record Comparison(string Before, string After, IReadOnlyList<string> Notes, int Compared, int Judged, IReadOnlyList<Change> Changes)
{
    /// <summary>Compares two results files of the same kind.</summary>
    /// <exception cref="FormatException">They are of different kinds, or of no kind.</exception>
    public static Comparison Read(string before, string after)
    {
        var (first, second) = (ResultSources.Read([before]), ResultSources.Read([after]));
        if (first.Verify.Count != second.Verify.Count)
            throw new FormatException($"found results of verify and of perf, expected two of one kind: {before}, {after}");
        var comparison = first.Verify.Count > 0
            ? CheckComparison.Of(Bounded.Of(first.Verify[0]), Bounded.Of(second.Verify[0]))
            : FigureComparison.Of(Bounded.Of(first.Perf[0]).Results, Bounded.Of(second.Perf[0]).Results);
        // Of one name in two folders the folders tell them apart.
        var (old, now) = (Path.GetFileName(before), Path.GetFileName(after));
        return comparison with
        {
            Before = Excerpt.Name(old == now ? before : old),
            After = Excerpt.Name(old == now ? after : now),
            Notes = Path.GetFullPath(before) == Path.GetFullPath(after) ? [$"Both are one file, {Excerpt.Name(after)}.", .. comparison.Notes] : comparison.Notes,
        };
    }

    /// <summary>How many changes there are of a kind.</summary>
    public int Count(ChangeKind kind) => Changes.Count(change => change.Kind == kind);

    /// <summary>Whether anything became worse, or is not there to be judged any more.</summary>
    public bool IsWorse => Count(ChangeKind.Worse) + Count(ChangeKind.Gone) > 0;

    /// <summary>The conclusion on one line.</summary>
    public string Conclusion
    {
        get
        {
            if (Judged == 0 && !IsWorse)
                return $"{After} against {Before}: nothing was checked in both, of {Compared} compared.";
            if (Changes.Count == 0)
                return $"{After} is as {Before}: nothing changed in {Compared} compared.";
            var counts = string.Join(", ", Enum.GetValues<ChangeKind>().Select(kind => (Kind: kind, Count: Count(kind))).Where(kind => kind.Count > 0)
                .Select(kind => $"{kind.Count} {kind.Kind.ToString().ToLowerInvariant()}"));
            var worst = Changes.FirstOrDefault(change => change.Kind is ChangeKind.Worse or ChangeKind.Gone) is { } worse ? $"; first {worse.What}: {worse.How}" : "";
            return $"{After} against {Before}: {counts}, of {Compared} compared{worst}.";
        }
    }

    /// <summary>
    /// How a check or a conclusion changed: null where it says the same, or where it was open and is, or failed and does. What failed and is
    /// open now has not got better.
    /// </summary>
    /// <param name="before">What it said; null where it was not there.</param>
    /// <param name="after">What it says.</param>
    internal static ChangeKind? Judge(Standing? before, Standing? after) => (before, after) switch
    {
        var (was, isNow) when was == isNow => null,
        (_, Standing.Bad) => ChangeKind.Worse,
        (Standing.Good, _) => ChangeKind.Worse,
        (Standing.Bad, Standing.Good) => ChangeKind.Better,
        (Standing.Bad, _) or (_, null) => ChangeKind.Gone,
        (Standing.Open or null, _) => ChangeKind.New,
        _ => throw new ArgumentOutOfRangeException(nameof(before), before, "expected a standing"),
    };

    /// <summary>The worse ones first, then the better, the new, the gone; each by name.</summary>
    internal static IReadOnlyList<Change> Sort(IEnumerable<Change> changes) =>
        [.. changes.OrderBy(change => change.Kind).ThenBy(change => change.What, StringComparer.Ordinal)];
}
