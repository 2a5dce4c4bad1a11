using System.Text;
using System.Text.Json;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Sources;

/// <summary>Files are read into memory without what nobody would read to the end.</summary>
public sealed class ResultTextTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public void What_is_not_too_long_stays_as_it_is_wherever_a_chunk_ends(int count)
    {
        var text = $$"""{"names" : [{{string.Join(", ", Enumerable.Range(0, count).Select(number => $"\"é{number}\\n\\u202e\""))}}] , "figures":{"inner":1e999} }  """;
        var read = Read(Encoding.UTF8.GetBytes(text));
        Encoding.UTF8.GetString(read.Json.Span).Should().Be(text);
        read.Names.Should().BeEquivalentTo("names", "figures");
    }

    [Fact]
    public void A_long_text_keeps_its_beginning_and_its_end_and_says_what_is_gone()
    {
        var text = Strings($$"""{"reason": "begin {{new string('x', 1_000_000)}} end", "next": "here"}""");
        text["reason"].Should().StartWith("begin xxx").And.EndWith("xxx end").And.MatchRegex("… \\([0-9]+ characters cut, digest [0-9a-f]{8}\\) …").And.Match<string>(each => each.Length < 3100);
        text["next"].Should().Be("here");
    }

    [Fact]
    public void Texts_that_differ_in_the_middle_alone_stay_apart()
    {
        string With(char middle) => Strings($$"""{"reason": "{{new string('x', 50_000)}}{{middle}}{{new string('x', 50_000)}}"}""")["reason"];
        With('a').Should().NotBe(With('b'));
    }

    [Fact]
    public void A_character_of_two_halves_is_not_cut_through()
    {
        var text = Strings($$"""{"a": "{{string.Concat(Enumerable.Repeat("😀", 9000))}}", "b": "x{{string.Concat(Enumerable.Repeat("\\ud83d\\ude00", 9000))}}"}""");
        text.Values.Should().OnlyContain(each => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(each)) == each);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped() =>
        Encoding.UTF8.GetString(Read([0xEF, 0xBB, 0xBF, .. "{\"figures\": []}"u8]).Json.Span).Should().Be("{\"figures\": []}");

    [Theory]
    [InlineData("")]
    [InlineData("{\"a\": \"")]
    [InlineData("{} {}")]
    [InlineData("\0\0\0\0")]
    public void What_is_no_json_is_refused(string text) =>
        FluentActions.Invoking(() => Read(Encoding.UTF8.GetBytes(text))).Should().Throw<JsonException>();

    private Dictionary<string, string> Strings(string json) => JsonSerializer.Deserialize<Dictionary<string, string>>(Read(Encoding.UTF8.GetBytes(json)).Json.Span)!;

    private ResultText Read(byte[] bytes)
    {
        File.WriteAllBytes(_path, bytes);
        return ResultText.Read(_path);
    }
}
