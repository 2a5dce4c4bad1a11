using System.Text;
using System.Text.Json.Nodes;
using Harness.Perf.Configurations;

namespace Harness.Perf.Tests.Configurations;

public sealed class ConfigurationFileTests : IDisposable
{
    // The example of perf/README.md.
    private const string Example = """
        {
          "name": "my-sizes",
          "source": "every size at 1/16 of dialogue or less",
          "batch": 1, "segment": 32, "width": 32, "heads": 2, "kv_heads": 1, "feed_forward": 64,
          "lm2": { "slots": 32, "heads": 2 },
          "infinity_former": {
            "functions": 32, "widths": [0.02, 0.05], "ridge": 0.5, "samples": 32, "tau": 0.5, "variance_floor": 1e-4, "bins": 16
          },
          "cache": 32,
          "compressive": { "length": 32, "rate": 4 },
          "memory_tokens": 4
        }
        """;

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_example_is_tiny_under_another_name() =>
        Read(Example).Should().BeEquivalentTo(PublishedConfigurations.Tiny with { Name = "my-sizes" });

    [Fact]
    public void A_byte_order_mark_is_none_of_it()
    {
        File.WriteAllText(_path, Example, Encoding.UTF8);
        ConfigurationFile.Read(_path).Name.Should().Be("my-sizes");
    }

    [Theory]
    [InlineData("segment", "0", "\"segment\": found 0, expected at least 1.")]
    [InlineData("heads", "2147483647", "\"heads\": found 2147483647, expected at most 1048576.")]
    [InlineData("infinity_former.samples", "2147483647", "\"infinity_former.samples\": found 2147483647, expected at most 1048576.")]
    [InlineData("compressive.length", "65536", "\"compressive\" and \"cache\": found memories that 8193 segments fill, expected at most 1024: longer segments, or less memory.")]
    [InlineData("name", "\"tiny\"", "\"name\": found 'tiny', expected a name of its own, since figures of one name are compared with each other.")]
    [InlineData("width", "34", "\"width\": found 34, expected a multiple of 4: an even number of columns for each of the 2 heads.")]
    [InlineData("kv_heads", "3", "\"kv_heads\": found 3, expected a divisor of the 2 heads.")]
    [InlineData("lm2.heads", "5", "\"lm2.heads\": found 5, expected a divisor of the width 32.")]
    [InlineData("cache", "48", "\"cache\": found 48, expected a multiple of the segment's 32.")]
    [InlineData("compressive.rate", "64", "\"compressive.rate\": found 64, expected at most the cache's 32.")]
    [InlineData("infinity_former.widths", "[0.1, 0.2, 0.3]", "\"infinity_former.widths\": found 3, expected as many as divide the 32 functions.")]
    [InlineData("infinity_former.tau", "1", "\"infinity_former.tau\": found 1, expected a number between 0 and 1.")]
    [InlineData("infinity_former.ridge", "0", "\"infinity_former.ridge\": found 0, expected a positive number.")]
    [InlineData("infinity_former.ridge", "1e999", "\"infinity_former.ridge\": found *, expected a positive number.")]
    [InlineData("infinity_former.widths", "[0.1, 1e999]", "\"infinity_former.widths\": found *, expected positive standard deviations.")]
    [InlineData("infinity_former.variance_floor", "1e999", "\"infinity_former.variance_floor\": found *, expected 0 or more.")]
    [InlineData("segments", "3", "not a configuration: *segments*")]
    [InlineData("batch", "null", "not a configuration: batch: found null, expected a number")]
    [InlineData("batch", "\"one\"", "not a configuration: batch: found \"one\", expected a number")]
    [InlineData("batch", "1.5", "not a configuration: batch: found 1.5, expected a whole number up to 2147483647")]
    [InlineData("name", "1", "not a configuration: name: found 1, expected a text")]
    [InlineData("lm2", "[]", "not a configuration: lm2: found a list, expected an object")]
    [InlineData("lm2.slots", "true", "not a configuration: lm2.slots: found true, expected a number")]
    [InlineData("infinity_former.widths", "0.5", "not a configuration: infinity_former.widths: found 0.5, expected a list")]
    [InlineData("infinity_former.ridge", "{}", "not a configuration: infinity_former.ridge: found an object, expected a number")]
    public void A_member_that_does_not_fit_is_named_with_the_file(string member, string value, string message)
    {
        var json = JsonNode.Parse(Example)!;
        var names = member.Split('.');
        (names.Length == 1 ? json : json[names[0]]!)[names[^1]] = JsonNode.Parse(value);

        FluentActions.Invoking(() => Read(json.ToJsonString())).Should().Throw<FormatException>().WithMessage($"{_path}: {message}");
    }

    [Fact]
    public void A_missing_member_is_named()
    {
        var json = JsonNode.Parse(Example)!.AsObject();
        json.Remove("memory_tokens");

        FluentActions.Invoking(() => Read(json.ToJsonString())).Should().Throw<FormatException>().WithMessage("*memory_tokens*");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    public void What_is_no_object_is_no_configuration(string text) =>
        FluentActions.Invoking(() => Read(text)).Should().Throw<FormatException>().WithMessage($"{_path}: not a configuration: *");

    private Configuration Read(string text)
    {
        File.WriteAllText(_path, text);
        return ConfigurationFile.Read(_path);
    }
}
