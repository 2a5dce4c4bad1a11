using Harness.Conformance.Properties;

namespace Harness.Conformance.Tests.Properties;

/// <summary>For every property of the reference-code profiles an implementation that breaks it.</summary>
internal static class ReferenceFlaws
{
    public static IEnumerable<Flaw> All =>
    [
        Flaw.Of("lm2-ref.attention/causal", "a little of all rows", "attended", (attended, request) =>
            attended.Map(request, value => value + request.Inputs["M"].Mean() / 64)),
        Flaw.OfInput("lm2-ref.gates/pooled", "tokens know their place", "X", (x, request) => x.WeightedByPosition(request, 1)),
        Flaw.Of("lm2-ref.rollout/constant-state", "memories collected", "M_S", (m, request) =>
            m.Pick(0, [.. Enumerable.Range(0, request.Inputs["X"].Shape[0]).SelectMany(_ => Enumerable.Range(0, m.Shape[0]))])),
        Flaw.Of("lm2-ref.rollout/splitting", "segments know their place", "E_next", (e, request) => e.WeightedByPosition(request, 0)),
        Flaw.OfAttribute("inf-ref.regression.operator/normal-equations", "half the ridge", "ridge", ridge => ridge / 2),
        Flaw.Of("inf-ref.attention.softmax/quadrature", "a thousandth missing", "r", (r, request) => r.Map(request, value => 0.999 * value)),
        Flaw.Of("inf-ref.attention.softmax/differences", "rows swapped", "J", (j, _) => j.Reversed(3)),
        Flaw.Of("inf-ref.attention.sparsemax/quadrature", "a hundredth missing", "r", (r, request) => r.Map(request, value => 0.99 * value)),
        Flaw.Of("inf-ref.sticky.histogram/sums-to-one", "a thousandth missing", "p", (p, request) => p.Map(request, value => 0.999 * value)),
        Flaw.Of("inf-ref.sticky.positions/left-edges", "the middles of the bins", "t_past", (t, request) =>
            t.Map(request, value => value + 0.5 / request.Attributes.Integer("bins"))),
        Flaw.Of("inf-ref.regulariser.kl/non-negative", "the sign turned", "kl", (kl, request) => kl.Map(request, value => -value - 0.001)),
        Flaw.Of("inf-ref.rollout/constant-state", "coefficients collected", "C_S", (c, request) =>
            c.Pick(1, [.. Enumerable.Range(0, request.Inputs["X_new"].Shape[0]).SelectMany(_ => Enumerable.Range(0, c.Shape[1]))])),
        Flaw.Of("inf-ref.rollout/splitting", "segments know their place", "Z_ltm", (z, request) => z.WeightedByPosition(request, 0)),
        new("inf-ref.rollout/reset", "never emptied", (request, honest) =>
            honest(request with
            {
                Attributes = request.Attributes.With("reset", 0),
                Inputs = request.Inputs.Where(input => input.Key != "new_doc").ToDictionary(),
            })),
    ];
}
