using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Perf.Results;
using Harness.Reports.Badges;
using Harness.Reports.Content;
using Harness.Reports.Html;
using Harness.Reports.Json;
using Harness.Reports.JUnit;
using Harness.Reports.Markdown;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Escaping;

/// <summary>What an adapter says must stay text in every format.</summary>
public partial class HostileTextTests
{
    public static TheoryData<string> Hostile => new()
    {
        "<script>alert(1)</script>", "</script><script>alert(1)</script>", "\" onmouseover=\"alert(1)", "' onmouseover='alert(1)", "]]>", "<!--", "--><img src=x onerror=alert(1)>",
        "</style>", "</title><script>alert(1)</script>", "&lt;script&gt;", "javascript:alert(1)", "</svg><script>", "</math><script>",
        "\0\u0001\u0008\u001b[31mred\u001b[0m\u007f\u0085", "\u202Eright to left\u2066", "\uD800 alone", "\uFFFE\uFFFF", "| cell | cell |", "`code` ``` **bold** [link](http://x) ![i](x)",
        "line one\nline two\r\n# heading", "@everyone #1 https://example.org www.example.org", "{{ template }} ${x} <%= y %>", "\u2028\u2029", "\U000E0041\U000E0042",
        "::error file=a::b\n##vso[task.setvariable variable=x]y\n##teamcity[blockOpened]\n##[error]z",
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Every_string_of_a_result_stays_text_in_the_page(string text)
    {
        var page = PageWriter.Write(Everywhere(text));
        // The one script is the page's own; no tag, attribute or comment is there that is not there with harmless text.
        // Where the text stands in an order, and where it may be broken, depends on it.
        Structure(page).Should().Equal(Structure(PageWriter.Write(Everywhere("harmless"))));
        page.Any(letter => letter < ' ' && letter is not '\n' and not '\t').Should().BeFalse();
        BidirectionalControl().IsMatch(page).Should().BeFalse();
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Every_string_of_a_result_stays_text_in_markdown(string text)
    {
        var written = MarkdownWriter.Write(Everywhere(text));
        var harmless = MarkdownWriter.Write(Everywhere("harmless"));
        // Outside fenced blocks there is no HTML but the one fold, no raw link, no mention, and every table row has its cells.
        var prose = Fence().Replace(written, "");
        Tag().Matches(prose).Select(match => match.Value).Should().Equal(Tag().Matches(Fence().Replace(harmless, "")).Select(match => match.Value));
        prose.Should().NotContainAny("@everyone", "://", "](", "![").And.NotMatchRegex(@"(?i)\bwww\.");
        Rows(prose).Should().Equal(Rows(Fence().Replace(harmless, "")));
        CiCommand().Match(written).Value.Should().BeEmpty("a job's summary is printed to its log too");
        prose.Split('\n').Count(line => line.StartsWith('#')).Should().Be(Fence().Replace(harmless, "").Split('\n').Count(line => line.StartsWith('#')));
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Every_string_of_a_result_stays_text_in_xml_and_json(string text)
    {
        var report = Everywhere(text);
        var junit = XDocument.Parse(JUnitWriter.Write(report));
        junit.Descendants().Select(element => element.Name.LocalName).Should().Equal(
            XDocument.Parse(JUnitWriter.Write(Everywhere("harmless"))).Descendants().Select(element => element.Name.LocalName));
        CiCommand().IsMatch(string.Join('\n', junit.Descendants().SelectMany(element => element.Attributes().Select(attribute => attribute.Value).Append(element.Value))))
            .Should().BeFalse();
        XDocument.Parse(BadgeWriter.Write(report)).Descendants().Select(element => element.Name.LocalName).Should().NotContain("script");
        JsonDocument.Parse(ReportJson.Write(report)).RootElement.GetProperty("conformance").GetProperty("implementations")[1].GetProperty("label").GetString()
            .Should().Be(Valid(text));
    }

    [Fact]
    public void A_block_of_markdown_commands_no_ci_system() =>
        MarkdownText.Block("::error::x\n##vso[a]b\n##teamcity[c]").Should().Be("```text\n: :error::x\n# #vso[a]b\n# #teamcity[c]\n```\n");

    [Fact]
    public void Characters_that_steer_are_shown_by_a_sign() =>
        VisibleText.Of("a\0\u001b[31m\u202Eb\uD800\n\tc\u007f\U0001F600").Should().Be("a␀␛[31m⟨U+202E⟩b⟨U+D800⟩\n\tc␡\U0001F600");

    [Fact]
    public void Whatever_is_shown_may_stand_in_an_xml_document()
    {
        var refused = Enumerable.Range(0, 0x10000).Where(letter => !VisibleText.Of($"x{(char)letter}y").All(XmlConvert.IsXmlChar));
        refused.Should().BeEmpty();
    }

    // The hostile text in every place of a result where a program or a file can put one.
    private static Report Everywhere(string text)
    {
        var results = Samples.Verify(text, text);
        results = results with
        {
            Machines = [new(text, text, text, 2)],
            Damage = [text],
            Notes = [text],
            Settings = results.Settings with { Catalogue = text, Fixtures = text, Profile = text, Equations = text },
            Implementations =
            [
                .. results.Implementations.Select((each, number) => each with
                {
                    Name = number == 0 ? each.Name : text,
                    Source = text,
                    Version = text,
                    Language = text,
                    Device = text,
                    Notes = [text],
                    Checks =
                    [
                        .. each.Checks.Select(check => check with
                        {
                            Note = text, Asked = text, Words = check.Words is null ? null : text, Flags = [text], Reason = check.Reason is null ? null : text,
                            Outputs = [.. check.Outputs.Select(output => output with { Name = text, MaximumUlpIndex = text, Worst = [.. output.Worst.Select(element => element with { Index = text })] })],
                        }),
                        Samples.Check($"{text}/{text}", "golden", "f64", "passed", Samples.Output(0.5)) with { Equation = text },
                    ],
                }),
            ],
        };
        var perf = Samples.Perf(subject: "a");
        perf = perf with
        {
            Command = text,
            Machine = perf.Machine with { Name = text, Processor = text, Gpu = text, Driver = text, Runtime = text, OperatingSystem = text },
            Commit = perf.Commit! with { Id = text },
            Figures = [.. perf.Figures.Select(figure => figure with { Key = figure.Key with { Configuration = text, Device = text, Dtype = text } })],
            Verdicts = [.. perf.Verdicts.Select(verdict => verdict with { Text = text, Metric = text, Implementation = text, Device = text, Configuration = text })],
        };
        return Report.Of(new ResultSources([new VerifySource("results.json", results)], [new PerfSource("perf.json", perf)]));
    }

    private static List<string> Structure(string page) =>
        [.. Tag().Matches(Script().Replace(page, "<script></script>")).Select(match => AttributeValue().Replace(match.Value, "=\"\""))
            .Where(tag => tag != "<wbr>").Order(StringComparer.Ordinal)];

    private static IEnumerable<int> Rows(string markdown) =>
        markdown.Split('\n').Where(line => line.StartsWith('|')).Select(line => UnescapedBar().Count(line));

    // JSON has no unpaired surrogates.
    private static string Valid(string text) => text.Replace('\uD800', '\uFFFD');

    // In Markdown a reason may stand behind a name; a line that begins so is what GitHub looks for.
    [GeneratedRegex(@"^\s*::|##(?=\w*\[)", RegexOptions.Multiline)]
    private static partial Regex CiCommand();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("=\"[^\"]*\"")]
    private static partial Regex AttributeValue();

    [GeneratedRegex("<script>.*?</script>|<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("(?s)^(`{3,})text\n.*?\n\\1$", RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex UnescapedBar();

    [GeneratedRegex("[\u200E\u200F\u202A-\u202E\u2066-\u2069]")]
    private static partial Regex BidirectionalControl();
}
