"""The other reading of each erratum of LM2, in the order of ERRATA.md: (words of the page, figures), a figure for each {}."""

import lm2
import lm2_reference_code as lm2_code
from errata_figures import Figure, a, always, case_of, outputs_of, outputs_with, size, size_where, size_with
from linear_algebra import plus
from nested import each, flat


def half_of(X):
    return each(lambda x: x / 2, X)


def output_gate():
    """E_next = X + M_next, against X + g_out ⊙ the old memory, or ⊙ the updated one; W_out is the paper's alone, so g_out is ½."""
    case_id = "lm2-ref.step/typical"
    inputs, _ = case_of(case_id)
    yield "E_next: {} with the old memory half open", [size(case_id, "E_next", plus(inputs["X"], half_of(inputs["M"])))]
    updated = outputs_of(case_id)["M_next"]
    yield "{} with the updated one half open", [size(case_id, "E_next", plus(inputs["X"], half_of(updated)))]


def retrieved(case_id):
    """E_mem of a step: what the code's attention reads in the memory that comes in."""
    inputs, attributes = case_of(case_id)
    names = ("X", "M", "W_q", "b_q", "W_k", "b_k", "W_v", "b_v")
    return lm2_code.attention(a, *(inputs[name] for name in names), attributes["heads"], attributes["top_k"])


def papers_gates(case_id):
    """σ(X W_in) and σ(E_mem W_forget), without biases; W_in is the left half of the code's W_i, W_forget the right half of its W_m."""
    inputs, _ = case_of(case_id)
    n = len(inputs["w"])
    W_in, W_forget = [row[:n] for row in inputs["W_i"]], [row[n:] for row in inputs["W_m"]]
    return lm2.gate_input(a, inputs["X"], W_in), lm2.gate_forget(a, retrieved(case_id), W_forget)


def gates():
    """The paper's pair of gates for the code's; the memory still takes in what the code's block made."""
    case_id = "lm2-ref.step/odd-extents"
    yield "M_next: {}", [size_where(case_id, "M_next", lm2_code, gates=always(papers_gates(case_id)))]


def bank():
    """Numbers that a batch element's memory holds, and an identity for every slot as the paper declares them."""
    case_id = "lm2-ref.step/identity-memory"
    (M, *_) = case_of(case_id)[0]["M"]
    declared = lm2.bank_identity_matrix(a, slots=len(M), width=len(M))
    yield "{} and {} at n = N = d = 6", [Figure(case_id, "M", len(flat(M))), Figure(case_id, "M", len(flat(declared)))]


def running_mean():
    """The tokens' mean up to each token, where the code takes the mean of all."""

    def g_in(case_id):
        inputs, _ = case_of(case_id)
        n = len(inputs["w"])

        def up_to(x, m, t):
            # `gates` divides by n; relu(w ⊙ c x) is c relu(w ⊙ x) for c > 0, so n/(t+1) turns that into a mean of t + 1 tokens.
            tokens = each(lambda value: value * n / (t + 1), x[: t + 1])
            return outputs_with(case_id, X=[tokens], M=[m])["g_in"][0][t]

        return [[up_to(x, m, t) for t in range(n)] for x, m in zip(inputs["X"], inputs["M"])]

    typical, tiny = "lm2-ref.gates/typical", "lm2-ref.gates/tiny-not-causal"
    yield "g_in: {} against such a running mean", [size(typical, "g_in", g_in(typical))]
    yield "{} in the tiny case", [size(tiny, "g_in", g_in(tiny))]
    yield "{} at token 0", [Figure(tiny, "g_in", outputs_of(tiny)["g_in"][0][0][0])]


def mask():
    """Every token sees every row of the memory."""

    def unmasked(a, Q, K, heads, causal, top_k, weights=lm2.attention_weights):
        return weights(a, Q, K, heads, causal=False, top_k=top_k)

    cases = "lm2-ref.attention/tiny-causal", "lm2-ref.attention/two-heads"
    yield "attended: {} and {} without the mask", [size_where(c, "attended", lm2, attention_weights=unmasked) for c in cases]


def layers():
    """One pass through the layer for the three of the case."""
    yield "E: {} with one layer for three", [size_with("lm2-ref.block/three-layers", "E", mlp_layers=1)]


def identity_put_back():
    """Every step a rollout of its own, from the case's M_0, which is the identity."""
    case_id = "lm2-ref.rollout/identity-start"
    X = case_of(case_id)[0]["X"]
    E_next = [outputs_with(case_id, X=[x])["E_next"][0] for x in X]
    yield "E_next over 5 steps: {} with the identity put back", [size(case_id, "E_next", E_next)]


def residual_block():
    """tanh(E_mem) where the code has tanh of the block's E; then with the paper's gates too."""
    case_id = "lm2-ref.step/typical"
    E_mem = retrieved(case_id)
    yield "M_next: {}", [size_where(case_id, "M_next", lm2_code, block=always(E_mem))]
    gates_too = size_where(case_id, "M_next", lm2_code, block=always(E_mem), gates=always(papers_gates(case_id)))
    yield "with L2 as well {}", [gates_too]


def biases():
    """The biases of queries, keys and values set to 0."""
    case_id = "lm2-ref.attention/two-heads"
    inputs, _ = case_of(case_id)
    zeros = {name: each(lambda _: a.number(0.0), inputs[name]) for name in ("b_q", "b_k", "b_v")}
    yield "attended: {} without the three biases", [size_with(case_id, "attended", **zeros)]


def renormalised_top_k():
    """The weights that top-k keeps, divided by their sum."""

    def renormalised(*arguments, weights=lm2.attention_weights, **attributes):
        return [
            [[[w / a.sum(row) for w in row] for row in of_head] for of_head in of_batch]
            for of_batch in weights(*arguments, **attributes)
        ]

    moved = size_where("lm2-ref.attention/top-2", "attended", lm2, attention_weights=renormalised)
    yield "renormalised, attended moves by {}", [moved]


def memory_of_each_layer():
    """One forward pass, in which every layer starts from the case's M_0, not from what the layer before it left."""
    case_id = "lm2-ref.rollout/layers"
    inputs, _ = case_of(case_id)
    of_layers = {name: tensor for name, tensor in inputs.items() if name != "M_0"}
    own = [{name: tensor[s : s + 1] for name, tensor in of_layers.items()} for s in range(len(inputs["X"]))]
    E_next = [outputs_with(case_id, **layer)["E_next"][0] for layer in own]
    yield "one for each layer moves E_next by {}", [size(case_id, "E_next", E_next)]


READINGS = {
    "L1": output_gate,
    "L2": gates,
    "L5": bank,
    "L6": running_mean,
    "L7": mask,
    "L9": layers,
    "L15": identity_put_back,
    "L23": residual_block,
    "L24": biases,
    "P4": renormalised_top_k,
    "P6": memory_of_each_layer,
}
NOT_COMPUTED = {
    "L3": [("an error for every T ≠ n", "an error, not a number")],
    "L4": [("an error for every d ≠ n", "an error, not a number")],
}
