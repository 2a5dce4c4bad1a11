using Harness.Reports.Sources;

namespace Harness.Reports.Comparing;

/// <summary>How a thing changed from one result to another.</summary>
public enum ChangeKind
{
    /// <summary>It fails now, or costs more, beyond what its intervals explain.</summary>
    Worse,

    /// <summary>It passes now, or costs less.</summary>
    Better,

    /// <summary>Only the second result has it, or it is answered for the first time.</summary>
    New,

    /// <summary>Only the first result has it, or it is not answered any more.</summary>
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
/// <param name="Changes">The worse ones first.</param>
public sealed record Comparison(string Before, string After, IReadOnlyList<string> Notes, int Compared, IReadOnlyList<Change> Changes)
{
    /// <summary>Compares two results files of the same kind.</summary>
    /// <exception cref="FormatException">They are of different kinds, or of no kind.</exception>
    public static Comparison Read(string before, string after)
    {
        var (first, second) = (ResultSources.Read([before]), ResultSources.Read([after]));
        if (first.Verify.Count != second.Verify.Count)
            throw new FormatException($"found results of verify and of perf, expected two of one kind: {before}, {after}");
        var comparison = first.Verify.Count > 0
            ? CheckComparison.Of(first.Verify[0].Results, second.Verify[0].Results)
            : FigureComparison.Of(first.Perf[0].Results, second.Perf[0].Results);
        return comparison with { Before = Path.GetFileName(before), After = Path.GetFileName(after) };
    }

    /// <summary>How many changes there are of a kind.</summary>
    public int Count(ChangeKind kind) => Changes.Count(change => change.Kind == kind);

    /// <summary>The conclusion on one line.</summary>
    public string Conclusion
    {
        get
        {
            if (Changes.Count == 0)
                return $"{After} is as {Before}: nothing changed in {Compared} compared.";
            var counts = string.Join(", ", Enum.GetValues<ChangeKind>().Select(kind => (Kind: kind, Count: Count(kind))).Where(kind => kind.Count > 0)
                .Select(kind => $"{kind.Count} {kind.Kind.ToString().ToLowerInvariant()}"));
            var worst = Changes.FirstOrDefault(change => change.Kind == ChangeKind.Worse) is { } worse ? $"; first {worse.What}: {worse.How}" : "";
            return $"{After} against {Before}: {counts}, of {Compared} compared{worst}.";
        }
    }

    /// <summary>The worse ones first, then the better, the new, the gone; each by name.</summary>
    internal static IReadOnlyList<Change> Sort(IEnumerable<Change> changes) =>
        [.. changes.OrderBy(change => change.Kind).ThenBy(change => change.What, StringComparer.Ordinal)];
}
