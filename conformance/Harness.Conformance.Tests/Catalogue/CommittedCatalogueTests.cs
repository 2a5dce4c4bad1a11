using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Catalogue;

/// <summary>What the oracle and the Python adapters read is what the annotations say.</summary>
public sealed class CommittedCatalogueTests
{
    [Fact]
    public void The_committed_catalogue_is_what_list_prints()
    {
        var committed = Path.Combine(RepositoryFixtures.Folder, "..", "catalogue.json");

        var (code, output, _) = CommandLine.Run("list", "--json");

        code.Should().Be(0);
        File.ReadAllText(committed).ReplaceLineEndings("\n").Should().Be(
            output.ReplaceLineEndings("\n"), "'harness list --json > reference-fixtures/catalogue.json' makes it anew");
    }
}
