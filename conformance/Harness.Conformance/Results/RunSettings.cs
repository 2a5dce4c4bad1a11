using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Results;

/// <summary>What a run was asked for: two runs can be put together only where these agree.</summary>
/// <param name="Catalogue">The version of the equation catalogue.</param>
/// <param name="Fixtures">The fingerprint of the golden cases.</param>
/// <param name="Seed">Where the fresh inputs started.</param>
/// <param name="ToleranceFactor">What every derived tolerance was multiplied with.</param>
/// <param name="Dtypes">The formats computed in.</param>
/// <param name="Equations">The glob over equation ids.</param>
/// <param name="Profile"><c>paper</c>, <c>reference-code</c> or <c>all</c>.</param>
/// <param name="Cases">The glob over case ids; null for all cases, fresh inputs and properties.</param>
/// <param name="Shard">Which part of the checks ran, as <c>i/n</c>.</param>
/// <param name="Gradients"><c>with</c>, <c>only</c> or <c>without</c>, as what was written before there were gradients.</param>
/// <param name="Repeat">How many times every check was asked.</param>
/// <param name="Sizes">The sizes of fresh inputs beside small ones; <c>small</c> is what was written before there were others.</param>
public sealed record RunSettings(
    string Catalogue, string Fixtures, int Seed, double ToleranceFactor, IReadOnlyList<string> Dtypes, string Equations, string Profile,
    string? Cases, string Shard, string Gradients = "without", int Repeat = 1, string Sizes = "small")
{
    /// <summary>The settings of a run.</summary>
    public static RunSettings Of(VerifyOptions options, FixtureSet fixtures)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(fixtures);
        return new RunSettings(
            EquationCatalogue.Version, fixtures.Fingerprint, options.Seed, options.ToleranceFactor,
            [.. options.Formats.Select(format => format.Name)], options.EquationGlob, ProfileName.Of(options.Profile), options.CaseGlob,
            options.Shard.ToString(), GradientChoiceName.Of(options.Gradients), options.Repeat, options.Sizes.ToString());
    }

    /// <summary>The settings as options.</summary>
    public VerifyOptions ToOptions() => new()
    {
        EquationGlob = Equations,
        Profile = ProfileName.Parse(Profile),
        Gradients = GradientChoiceName.Parse(Gradients),
        Sizes = SizeChoice.Parse(Sizes),
        CaseGlob = Cases,
        Formats = [.. Dtypes.Select(FloatFormat.Parse)],
        Seed = Seed,
        ToleranceFactor = ToleranceFactor,
        Repeat = Repeat,
        Shard = Running.Shard.Parse(Shard),
    };

    /// <summary>The first thing in which another run differs, the shard apart; null if nothing.</summary>
    public string? DifferenceFrom(RunSettings other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Difference("catalogue", other.Catalogue, Catalogue)
            ?? Difference("fixtures", other.Fixtures, Fixtures)
            ?? Difference("seed", other.Seed, Seed)
            ?? Difference("tolerance factor", other.ToleranceFactor, ToleranceFactor)
            ?? Difference("repeat", other.Repeat, Repeat)
            ?? Difference("dtypes", string.Join(',', other.Dtypes), string.Join(',', Dtypes))
            ?? Difference("equations", other.Equations, Equations)
            ?? Difference("profile", other.Profile, Profile)
            ?? Difference("gradients", other.Gradients, Gradients)
            ?? Difference("sizes", other.Sizes, Sizes)
            ?? Difference("cases", other.Cases ?? "all", Cases ?? "all");
    }

    private static string? Difference<T>(string what, T found, T expected) =>
        EqualityComparer<T>.Default.Equals(found, expected) ? null : $"{what}: found {found}, expected {expected}";
}
