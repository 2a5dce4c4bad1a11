using System.Text.Json;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Tests.Catalogue;

/// <summary>Attributes as files have them.</summary>
public sealed class AttributeValuesTests
{
    [Theory]
    [InlineData("""{"eps": 1e400}""", "attribute \"eps\": found 1e400, expected a number that a double holds")]
    [InlineData("""{"taus": [0.5, -1e999]}""", "attribute \"taus\": found -1e999, expected a number that a double holds")]
    [InlineData("""{"source": "\ud800"}""", "attribute \"source\": found \"\\ud800\", expected Unicode text")]
    [InlineData("""{"heads": null}""", "attribute \"heads\": found Null, expected a number, a list of numbers, a flag or a word")]
    [InlineData("""{"heads": {"of": 2}}""", "attribute \"heads\": found Object, expected a number, a list of numbers, a flag or a word")]
    [InlineData("""{"taus": [0.5, "1"]}""", "attribute \"taus\": found Array, expected a number, a list of numbers, a flag or a word")]
    [InlineData("[2]", "attributes: found Array, expected an object")]
    [InlineData("null", "attributes: found Null, expected an object")]
    public void What_is_no_attribute_is_named(string json, string expected)
    {
        using var parsed = JsonDocument.Parse(json);

        var read = () => AttributeValues.FromJson(parsed.RootElement);

        read.Should().Throw<FormatException>().Which.Message.Should().Be(expected);
    }

    [Fact]
    public void A_whole_number_beyond_32_bits_is_a_number_all_the_same()
    {
        using var parsed = JsonDocument.Parse("""{"a": 2147483648, "b": 2147483647}""");

        var attributes = AttributeValues.FromJson(parsed.RootElement);

        attributes.Find("a").Should().Be(2147483648.0);
        attributes.Find("b").Should().Be(2147483647);
    }
}
