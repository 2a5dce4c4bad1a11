using Harness.Conformance.Protocol;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>What some systems put before every text.</summary>
public sealed class ByteOrderMarkTests
{
    [Fact]
    public void A_byte_order_mark_before_the_first_answer_is_skipped() =>
        AdapterRun.Verify(["honest"], change: Marked).Bad().Should().BeEmpty();

    private static AdapterOptions Marked(AdapterOptions options) =>
        options with { Command = ["sh", "-c", "printf '\\357\\273\\277'; exec \"$0\" \"$@\"", .. options.Command] };
}
