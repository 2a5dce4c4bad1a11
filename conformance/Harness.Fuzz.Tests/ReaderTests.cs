using Harness.Fuzz.Tests.Judging;
using Harness.Fuzz.Tests.Readers;

namespace Harness.Fuzz.Tests;

/// <summary>
/// Thousands of damaged files of every kind that the harness reads: each is read or refused, with a documented exit code and in one sentence, and
/// what it does not say comes out of none. README.md says how to have more of them, and how to repeat one.
/// </summary>
public abstract class ReaderTests
{
    private const int Seed = 1;
    private const int Inputs = 1_000;

    private static void Fuzz(string name)
    {
        using var reader = Reader.All[name](name);
        var codes = FuzzRun.Run(reader, Seed, Enumerable.Range(0, Inputs),
            (number, finding) => throw new InvalidOperationException(FuzzRun.Describe(reader, Seed, number, finding.Message)));
        codes.Keys.Should().Contain(code => code != 0, "damage that damages nothing would test nothing");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class ResultsOfVerify
    {
        [Fact]
        public void Results_of_verify_are_read_or_refused() => Fuzz("results");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class Shards
    {
        [Fact]
        public void Shards_are_read_or_refused() => Fuzz("shards");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class Journals
    {
        [Fact]
        public void Journals_are_read_or_refused() => Fuzz("journal");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class ResultsOfPerf
    {
        [Fact]
        public void Results_of_perf_are_read_or_refused() => Fuzz("perf");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class ExportedNights
    {
        [Fact]
        public void Exported_nights_are_read_or_refused() => Fuzz("lines");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class Stores
    {
        [Fact]
        public void Stores_are_read_or_refused() => Fuzz("store");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class GoldenCases
    {
        [Fact]
        public void Golden_cases_are_read_or_refused() => Fuzz("cases");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class TensorsOfGoldenCases
    {
        [Fact]
        public void Tensors_of_golden_cases_are_read_or_refused() => Fuzz("tensors");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class Manifests
    {
        [Fact]
        public void Manifests_are_read_or_refused() => Fuzz("manifest");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class FoldersOfOutputs
    {
        [Fact]
        public void Folders_of_outputs_are_read_or_refused() => Fuzz("outputs");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class Configurations
    {
        [Fact]
        public void Configurations_are_read_or_refused() => Fuzz("configuration");
    }

    /// <summary>Runs beside the others.</summary>
    public sealed class AnswersOfPrograms
    {
        [Fact]
        public void Answers_of_programs_are_read_or_refused() => Fuzz("answers");
    }
}
