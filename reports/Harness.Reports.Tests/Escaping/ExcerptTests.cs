using Harness.Conformance.Writing;

namespace Harness.Reports.Tests.Escaping;

/// <summary>Foreign text at a size that a report can hold.</summary>
public class ExcerptTests
{
    [Fact]
    public void A_short_text_stays_and_a_long_one_says_that_there_is_more()
    {
        Excerpt.Of("short", 5).Should().Be("short");
        Excerpt.Of("longer", 5).Should().Be("longe… (more in the results)");
        Excerpt.Of("", 0).Should().Be("");
    }

    [Fact]
    public void What_takes_more_room_once_it_is_escaped_is_cut_earlier()
    {
        Excerpt.Of("&&&&", 12).Should().StartWith("&&…");
        Excerpt.Of("漢漢漢漢", 6).Should().StartWith("漢漢…");
        Excerpt.Of("\u202E\u202E", 12).Should().StartWith("\u202E…");
    }

    [Fact]
    public void A_character_of_two_halves_is_not_cut_through()
    {
        Excerpt.Of("😀😀", 10).Should().StartWith("😀…");
        Excerpt.EndOf("a😀😀", 9).Should().Be("…😀😀");
    }

    [Fact]
    public void The_end_of_what_was_printed_is_kept()
    {
        Excerpt.EndOf("short", 5).Should().Be("short");
        Excerpt.EndOf("Traceback: here", 4).Should().Be("…here");
    }

    [Fact]
    public void A_long_name_ends_in_a_digest_that_tells_it_from_others()
    {
        var (first, second) = (Excerpt.Name(new string('n', 1_000_000) + "a"), Excerpt.Name(new string('n', 1_000_000) + "b"));
        first.Should().StartWith("nnnn").And.HaveLength(89);
        first.Should().NotBe(second);
        Excerpt.Name("lm2.gate.input/typical").Should().Be("lm2.gate.input/typical");
        Excerpt.Name(first).Should().Be(first, "a name is cut once");
    }
}
