using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Running;

/// <summary>What a run checks, and how.</summary>
public sealed record VerifyOptions
{
    /// <summary>More often than that nobody waits for.</summary>
    public const int MostRepeats = 1000;

    /// <summary>A glob over equation ids.</summary>
    public string EquationGlob { get; init; } = "*";

    /// <summary>Whether equations of the papers, of the authors' code, or (null) of both are checked.</summary>
    public Profile? Profile { get; init; }

    /// <summary>Whether gradients are among them.</summary>
    public GradientChoice Gradients { get; init; }

    /// <summary>A glob over case ids; when it is given, only golden cases run.</summary>
    public string? CaseGlob { get; init; }

    /// <summary>The formats to compute in.</summary>
    public IReadOnlyList<FloatFormat> Formats { get; init; } = [FloatFormat.Float64, FloatFormat.Float32];

    /// <summary>Where the fresh inputs start.</summary>
    public int Seed { get; init; }

    /// <summary>The sizes that fresh inputs have besides small ones.</summary>
    public SizeChoice Sizes { get; init; } = SizeChoice.Small;

    /// <summary>Whether the run ends with the first check that does not pass.</summary>
    public bool FailFast { get; init; }

    /// <summary>How many checks run at once.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>How many times every check is asked.</summary>
    public int Repeat { get; init; } = 1;

    /// <summary>The part of the checks that runs here; the others run elsewhere.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>What every derived tolerance is multiplied with.</summary>
    public double ToleranceFactor { get; init; } = 1;

    /// <summary>The equations that all that selects, in the order of their ids.</summary>
    internal IEnumerable<Equation> Equations => EquationCatalogue.Matching(EquationGlob, Profile, Gradients);
}
