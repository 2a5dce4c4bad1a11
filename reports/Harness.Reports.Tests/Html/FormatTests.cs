using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Harness.Reports.Badges;
using Harness.Reports.Content;
using Harness.Reports.Html;
using Harness.Reports.Json;
using Harness.Reports.JUnit;
using Harness.Reports.Markdown;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Html;

/// <summary>All formats of one report.</summary>
public partial class FormatTests
{
    // Style and script are files of their own, which nobody wants to read again here.
    [Fact]
    public Task Page() => Snapshot.Verify(WithoutAssets(PageWriter.Write(Samples.Report())), "html");

    [Fact]
    public Task Markdown() => Snapshot.Verify(MarkdownWriter.Write(Samples.Report()), "md");

    [Fact]
    public Task Json() => Snapshot.Verify(ReportJson.Write(Samples.Report()), "json");

    [Fact]
    public Task JUnit() => Snapshot.Verify(JUnitWriter.Write(Samples.Report()), "xml");

    [Fact]
    public Task Badge() => Snapshot.Verify(BadgeWriter.Write(Samples.Report()), "svg");

    [Fact]
    public void The_same_results_give_the_same_report()
    {
        PageWriter.Write(Samples.Report()).Should().Be(PageWriter.Write(Samples.Report()));
        ReportJson.Write(Samples.Report()).Should().Be(ReportJson.Write(Samples.Report()));
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere() =>
        PageWriter.Write(Samples.Report()).Should().NotContainAny("src=", "<link", "@import", "url(", "http://", "https://");

    // A policy that allows what is inline would allow what a result smuggles in as well.
    [Fact]
    public void The_page_allows_its_own_style_and_script_and_no_other()
    {
        var page = PageWriter.Write(Samples.Report());
        page.Should().NotContain("unsafe-inline").And.NotContain(" style=").And.NotMatchRegex("<[^>]* on[a-z]+=");
        foreach (var element in new[] { "style", "script" })
        {
            var content = page.Split($"<{element}>")[1].Split($"</{element}>")[0];
            page.Should().Contain($"{element}-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'");
            content.Should().NotContain("\r");
        }
    }

    private static string WithoutAssets(string page)
    {
        foreach (var element in new[] { "style", "script" })
        {
            var (from, to) = (page.IndexOf($"<{element}>", StringComparison.Ordinal), page.IndexOf($"</{element}>", StringComparison.Ordinal));
            page = page[..from] + page[to..];
        }

        return Digest().Replace(page, "sha256-…");
    }

    [GeneratedRegex("sha256-[A-Za-z0-9+/=]+")]
    private static partial Regex Digest();

    [Fact]
    public void A_gradient_stands_beside_its_equation()
    {
        var results = Samples.Verify();
        var managed = results.Implementations[0];
        var with = results with
        {
            Settings = results.Settings with { Gradients = "with" },
            Implementations = [managed with { Checks = [.. managed.Checks, Samples.Check("lm2.gate.input.vjp/typical", "golden", "f64", "failed", Samples.Output(6.2e14))] }],
        };

        var page = PageWriter.Write(Report.Of(new ResultSources([new VerifySource("results.json", with)], [])));

        page.Should().Contain("colspan=4 data-each=2").And.Contain("</span>∂ f64</span>").And.Contain("id=\"lm2.gate.input.vjp\"");
        page.Split("<tr data-id=").Should().ContainSingle(row => row.StartsWith("\"lm2.gate.input", StringComparison.Ordinal))
            .Which.Should().Contain("data-d=\"f64\"").And.Contain("href=\"#lm2.gate.input\" title=\"1 passed\"").And.Contain("href=\"#lm2.gate.input.vjp\" title=\"1 failed\"");
    }
}
