using System.Runtime.CompilerServices;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using Harness.Reports.JUnit;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.JUnit;

public class JUnitSchemaTests
{
    [Theory]
    [InlineData("what it says")]
    [InlineData("]]> <failure/> \0\u001b[31m \uD800")]
    public void The_file_fits_the_schema(string text) => Validate(JUnitWriter.Write(Samples.Report(text, text))).Should().BeEmpty();

    [Theory]
    [InlineData(-5.0)]
    [InlineData(double.NaN)]
    [InlineData(1e300)]
    public void A_time_that_cannot_be_is_no_time(double seconds)
    {
        var results = Samples.Verify();
        results = results with
        {
            Implementations = [results.Implementations[0] with { Seconds = seconds, Planned = 9, Checks = [results.Implementations[0].Checks[0] with { Milliseconds = seconds }] }],
            Settings = results.Settings with { ToleranceFactor = 2 },
            Damage = ["damage"],
        };
        Validate(JUnitWriter.Write(Content.Report.Of(new ResultSources([new VerifySource("a.json", results)], [])))).Should().BeEmpty();
    }

    [Fact]
    public void The_schema_refuses_what_it_must() =>
        Validate(JUnitWriter.Write(Samples.Report()).Replace("testcase", "test-case", StringComparison.Ordinal)).Should().NotBeEmpty();

    [Fact]
    public void Counts_are_those_of_the_tests_inside()
    {
        foreach (var suite in XDocument.Parse(JUnitWriter.Write(Samples.Report())).Descendants("testsuite"))
        {
            int Inside(string element) => suite.Elements("testcase").Count(test => test.Element(element) is not null);
            ((int)suite.Attribute("tests")!).Should().Be(suite.Elements("testcase").Count());
            ((int)suite.Attribute("failures")!).Should().Be(Inside("failure"));
            ((int)suite.Attribute("errors")!).Should().Be(Inside("error"));
            ((int)suite.Attribute("skipped")!).Should().Be(Inside("skipped"));
        }
    }

    private static List<string> Validate(string file)
    {
        var schemas = new XmlSchemaSet();
        using (var schema = XmlReader.Create(Path.Combine(SourceFolder(), "junit.xsd")))
            schemas.Add(null, schema);
        var problems = new List<string>();
        XDocument.Parse(file).Validate(schemas, (_, problem) => problems.Add(problem.Message));
        return problems;
    }

    private static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
