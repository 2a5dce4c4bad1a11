namespace Harness.Conformance.Catalogue;

/// <summary>
/// What the values of a tensor or an attribute usually are, which fresh inputs are then too. It forbids nothing: that is for the
/// <see cref="Domain"/>, which alone says what they are like where no kind does.
/// </summary>
public enum ValueKind
{
    /// <summary>A matrix that vectors are multiplied by: entries whose products keep the vectors' size, by the axis before the last.</summary>
    Weights,

    /// <summary>A vector of about length 1.</summary>
    Direction,

    /// <summary>Numbers in [0,1).</summary>
    Gates,

    /// <summary>Positive numbers up to 1, none of them tiny.</summary>
    Shares,

    /// <summary>Positions within the signal's [0,1], ascending, clear of both ends.</summary>
    Positions,

    /// <summary>Positions of the past and of what is new, ascending, up to 1.</summary>
    Timeline,

    /// <summary>A <see cref="Timeline"/> of M + L positions with as many of padding on either side.</summary>
    Padded,

    /// <summary>What hides entries of a square: 0 for those that are seen, a diagonal of them, and something negative elsewhere.</summary>
    Mask,

    /// <summary>What entries are multiplied by some of which are dropped: 0 for these, and what makes up for it elsewhere.</summary>
    Dropout,

    /// <summary>Standard deviations of basis functions.</summary>
    Deviations,

    /// <summary>Variances of densities on [0,1], over orders of magnitude.</summary>
    Variances,

    /// <summary>Basis functions at random positions: bells side by side.</summary>
    Basis,

    /// <summary>The standard deviation of a prior on [0,1].</summary>
    Spread,

    /// <summary>A number on either side of 0.</summary>
    Signed,

    /// <summary>What keeps a quotient finite: tiny, or so large that it shows.</summary>
    Epsilon,

    /// <summary>The base of a geometric series of wavelengths.</summary>
    Base,

    /// <summary>The upper end of a range of positive numbers.</summary>
    Upper,

    /// <summary>A length in positions, tens of them.</summary>
    Span,

    /// <summary>A number of positions, up to those of two segments of L; 0 for never.</summary>
    Segments,

    /// <summary>As many as remain where the same number is cut off at both ends.</summary>
    Central,
}

/// <summary>How a kind is called in a signature and in the catalogue: <c>weights</c>.</summary>
internal static class ValueKindName
{
    private static readonly Dictionary<string, ValueKind> ByName =
        Enum.GetValues<ValueKind>().ToDictionary(kind => kind.ToString().ToLowerInvariant());

    /// <summary>The kind of a name.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public static ValueKind Parse(string name) => ByName.TryGetValue(name, out var kind)
        ? kind
        : throw new FormatException($"unknown kind '{name}', expected one of {string.Join(", ", ByName.Keys)}");
}
