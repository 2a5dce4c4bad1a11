using System.Xml;
using Harness.Conformance.Writing;

namespace Harness.Reports.JUnit;

/// <summary>The elements of JUnit's XML, with foreign text harmless in all of them.</summary>
internal static class JUnitXml
{
    // 30 years; whatever claims to have taken longer shows no time at all.
    private const double MostSeconds = 1e9;

    public static void BeginSuite(XmlWriter xml, string name, int tests, int failures, int errors, int skipped, double seconds, DateTimeOffset at)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", LogText.Of(name));
        xml.WriteAttributeString("tests", $"{tests}");
        xml.WriteAttributeString("failures", $"{failures}");
        xml.WriteAttributeString("errors", $"{errors}");
        xml.WriteAttributeString("skipped", $"{skipped}");
        xml.WriteAttributeString("time", Seconds(seconds));
        xml.WriteAttributeString("timestamp", $"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss}");
    }

    public static void BeginTest(XmlWriter xml, string classname, string name, double seconds)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", LogText.Of(classname));
        xml.WriteAttributeString("name", LogText.Of(name));
        xml.WriteAttributeString("time", Seconds(seconds));
    }

    public static void Property(XmlWriter xml, string name, string value)
    {
        xml.WriteStartElement("property");
        xml.WriteAttributeString("name", name);
        xml.WriteAttributeString("value", LogText.Of(value));
        xml.WriteEndElement();
    }

    public static void Skipped(XmlWriter xml, string message)
    {
        xml.WriteStartElement("skipped");
        xml.WriteAttributeString("message", LogText.Of(message));
        xml.WriteEndElement();
    }

    /// <summary>A test that went wrong.</summary>
    /// <param name="xml">The file.</param>
    /// <param name="element"><c>failure</c> for a wrong answer, <c>error</c> for none.</param>
    /// <param name="type">In one word.</param>
    /// <param name="message">In a sentence.</param>
    /// <param name="text">At length.</param>
    public static void Problem(XmlWriter xml, string element, string type, string message, string? text)
    {
        xml.WriteStartElement(element);
        xml.WriteAttributeString("message", LogText.Of(message));
        xml.WriteAttributeString("type", LogText.Of(type));
        if (text is not null)
            xml.WriteString(LogText.Of(text));
        xml.WriteEndElement();
    }

    private static string Seconds(double seconds) => (seconds is > 0 and <= MostSeconds ? seconds : 0).ToString("0.######");
}
