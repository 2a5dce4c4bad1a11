using System.Text.RegularExpressions;
using Harness.Conformance.Profiles;

namespace Harness.Conformance.Tests.Fixtures;

/// <summary>The page of errata rests on committed cases: each one that it names exists, and nothing is claimed without one.</summary>
public sealed partial class ErrataTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RepositoryFixtures.Folder, "../ERRATA.md"));

    private static readonly HashSet<string> Cases = [.. RepositoryFixtures.Set.Cases.Select(golden => golden.Id)];

    /// <summary>The rows of the two tables whose entries need evidence, by their number.</summary>
    public static TheoryData<string, string> Entries
    {
        get
        {
            var entries = new TheoryData<string, string>();
            foreach (var title in new[] { "## Departures", "## Where the papers are ambiguous" })
            {
                var section = Page.Split(title)[1].Split("\n## ")[0];
                foreach (Match row in Row().Matches(section))
                    entries.Add(row.Groups["id"].Value, row.Value);
            }

            return entries;
        }
    }

    [Fact]
    public void Every_case_that_the_page_names_exists() =>
        CasesIn(Page).Where(name => !Cases.Contains(name)).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Entries))]
    public void Every_entry_names_a_case(string id, string row) =>
        CasesIn(row).Should().NotBeEmpty($"{id} needs evidence");

    [Fact]
    public void Every_comparison_that_the_page_names_can_be_made() =>
        Comparison().Matches(Page).Select(match => match.Groups["id"].Value).Distinct()
            .Except(ProfilePairs.All.SelectMany(pair => new[] { pair.Paper.Id, pair.Code.Id })).Should().BeEmpty();

    [Fact]
    public void Every_number_is_given_once() =>
        Entries.Select(entry => (string)entry[0]).Should().OnlyHaveUniqueItems().And.HaveCountGreaterThan(40);

    private static IEnumerable<string> CasesIn(string text) => CaseName().Matches(text).Select(match => match.Groups["name"].Value);

    [GeneratedRegex(@"^\| (?<id>[A-Z]\d+) \|.*$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(?<name>(lm2|inf)[a-z0-9_.\-]*/[a-z0-9\-]+)`")]
    private static partial Regex CaseName();

    [GeneratedRegex("harness diff-profiles (?<id>(lm2|inf)[a-z0-9_.-]*)")]
    private static partial Regex Comparison();
}
