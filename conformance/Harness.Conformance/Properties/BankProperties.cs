using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>What the gates and the bank's update guarantee.</summary>
internal static class BankProperties
{
    public static IEnumerable<Property> All =>
    [
        new("lm2.bank.update", "closed-input-open-forget",
            "With g_in = 0 and g_forget = 1 the bank stays as it is.", ClosedInputOpenForget),
    ];

    private static void ClosedInputOpenForget(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("lm2.bank.update");
        inputs["g_in"] = context.Tensor(inputs["g_in"].Shape, () => 0);
        inputs["g_forget"] = context.Tensor(inputs["g_forget"].Shape, () => 1);
        var next = context.Call("lm2.bank.update", attributes, inputs)["M_next"];
        PropertyContext.Require(next.Values.AsSpan().SequenceEqual(inputs["M"].Values), "It changed.");
    }
}
