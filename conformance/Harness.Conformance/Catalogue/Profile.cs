namespace Harness.Conformance.Catalogue;

/// <summary>Whose word an equation is. The two are never mixed: an implementation follows the paper or the code.</summary>
public enum Profile
{
    /// <summary>What the paper says.</summary>
    Paper,

    /// <summary>What the authors' published code computes, where that is something else: the families whose name ends in <c>-ref</c>.</summary>
    ReferenceCode,
}

/// <summary>How a profile is called where one is chosen: <c>paper</c>, <c>reference-code</c>, or <c>all</c> for both (null).</summary>
public static class ProfileName
{
    private static readonly Dictionary<string, Profile?> ByName = new()
    {
        ["paper"] = Profile.Paper,
        ["reference-code"] = Profile.ReferenceCode,
        ["all"] = null,
    };

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> All => ByName.Keys;

    /// <summary>The name of a choice.</summary>
    public static string Of(Profile? profile) => ByName.First(named => named.Value == profile).Key;

    /// <summary>The choice of a name.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public static Profile? Parse(string name) => ByName.TryGetValue(name, out var profile)
        ? profile
        : throw new FormatException($"found '{name}', expected one of {string.Join(", ", ByName.Keys)}");
}
