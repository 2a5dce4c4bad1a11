"""The cases of `lm2.memory.step`, `.reflect` and `.rollout`: where the mistakes are in the order of things, not in a formula."""

from case import Case, Draw

ALL_WEIGHTS = ("W_Q", "W_K", "W_V", "W_out", "W_in", "W_forget")


def all_cases():
    yield from memory_step()
    yield from memory_reflect()
    yield from memory_rollout()


def bank_shape(B, rows, slots, d):
    """[B,R,d] for vector slots (`rows`), [B,N,d,d] for matrix slots (`slots`)."""
    return (B, slots, d, d) if slots else (B, rows, d)


def initial_bank(draw, identity, B, rows, slots, d):
    """A drawn bank, or the identity, of either kind."""
    if not identity:
        return draw.tensor(*bank_shape(B, rows, slots, d), low=-1.5, high=1.5)
    square = [[1.0 if i == j else 0.0 for j in range(d)] for i in range(d)]
    if slots:
        return [[square for _ in range(slots)] for _ in range(B)]
    return [[[1.0 if r == c else 0.0 for c in range(d)] for r in range(rows)] for _ in range(B)]


def memory_step():
    equation = "lm2.memory.step"

    def drawn(
        name, note, flags, family, B, T, d, rows=0, slots=0,
        heads=1, causal=False, top_k=0, source="retrieved", reach=1.5, weight=1.0, identity=False,
    ):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "E": draw.tensor(B, T, d, low=-reach, high=reach),
            "E_attn": draw.tensor(B, T, d, low=-reach, high=reach),
            "M": initial_bank(draw, identity, B, rows, slots, d),
            **{W: draw.tensor(d, d, low=-weight, high=weight) for W in ALL_WEIGHTS},
        }
        attributes = {"heads": heads, "causal": causal, "top_k": top_k, "source": source}
        return Case(equation, name, note, flags, family, attributes, inputs)

    tiny = {
        "E": [[[1.0]]], "E_attn": [[[10.0]]], "M": [[[2.0]]],
        "W_Q": [[3.0]], "W_K": [[5.0]], "W_V": [[0.5]], "W_out": [[1.0]], "W_in": [[-1.0]], "W_forget": [[2.0]],
    }
    yield Case(
        equation, "tiny-retrieved",
        "One row has weight 1, so E_mem = 1: E_next = 10 + σ(1)·1 = 10.7310585786…, M_next = σ(-1)tanh(1) + σ(2)·2 = 1.9664183….",
        ("tiny",), "dtype-exact", {"heads": 1, "causal": True, "top_k": 0, "source": "retrieved"}, tiny,
    )
    yield Case(
        equation, "tiny-bank",
        "The same with source = bank: E_next = 10 + σ(1)·2 = 11.4621171573…; reading the new bank would give 11.437….",
        ("tiny",), "dtype-exact", {"heads": 1, "causal": False, "top_k": 1, "source": "bank"}, tiny,
    )
    yield drawn("typical", "g_in from E_mem, or g_out from E.", ("typical",), "dtype-exact", 1, 4, 8, rows=6, heads=2)
    yield drawn(
        "causal-bank", "The published reading T = R: the readout uses the old bank.",
        ("typical",), "full-24", 1, 6, 4, rows=6, heads=2, causal=True, source="bank",
    )
    yield drawn(
        "identity-bank", "The first block: an identity bank of vectors.",
        ("typical",), "full-24", 1, 5, 4, rows=7, identity=True,
    )
    yield drawn(
        "matrix-slots", "Matrix slots: 2 slots of width 4 are 8 rows, and M_next has their shape again.",
        ("typical",), "full-24", 1, 5, 4, slots=2, source="bank",
    )
    yield drawn(
        "matrix-slots-causal", "Matrix slots with causal: T must be N·d.",
        ("batch",), "full-53", 2, 6, 3, slots=2, causal=True, heads=3,
    )
    yield drawn(
        "matrix-slots-identity", "The declared initial bank: identity matrices.",
        ("typical",), "dtype-exact", 1, 6, 3, slots=2, source="bank", identity=True,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents, three heads: E_attn leaking into the update.",
        ("odd-extents", "batch"), "full-53", 2, 5, 9, rows=7, heads=3,
    )
    yield drawn(
        "more-rows-than-tokens", "Gates stretched to the rows, the bank pooled to the tokens.",
        ("odd-extents",), "full-53", 1, 3, 5, rows=11, source="bank",
    )
    yield drawn(
        "more-tokens-than-rows", "Gates pooled to the rows, the bank stretched to the tokens.",
        ("odd-extents", "batch"), "full-24", 2, 11, 4, rows=3, source="bank",
    )
    yield drawn("top-2", "Weights renormalised after top-k.", ("typical", "batch"), "full-24", 2, 5, 8, rows=6, heads=2, top_k=2)
    yield drawn(
        "top-1-causal", "Top-k and causal at once.",
        ("odd-extents",), "full-53", 1, 7, 6, rows=7, heads=2, causal=True, top_k=1, source="bank",
    )
    yield drawn(
        "saturated", "Large activations: saturated gates and an almost hard attention.",
        ("extreme",), "full-24", 1, 4, 6, rows=5, heads=3, reach=12.0, weight=2.0,
    )
    yield drawn("one-token", "One token, one row.", ("extreme", "batch"), "full-53", 3, 1, 4, rows=1, heads=2, source="bank")


def memory_reflect():
    equation = "lm2.memory.reflect"

    def drawn(name, note, flags, family, B, T, d, rows=0, slots=0, heads=1, causal=False, top_k=0, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "E_next": draw.tensor(B, T, d, low=-reach, high=reach),
            "M_next": draw.tensor(*bank_shape(B, rows, slots, d), low=-1.5, high=1.5),
            **{W: draw.tensor(d, d, low=-weight, high=weight) for W in ALL_WEIGHTS if W != "W_out"},
        }
        return Case(equation, name, note, flags, family, {"heads": heads, "causal": causal, "top_k": top_k}, inputs)

    yield Case(
        equation, "tiny",
        "One row has weight 1, so E_mem = 1 and M_reflected = σ(-1)tanh(1) + σ(2)·2 = 1.9664183…: exchanged gates give 1.2086….",
        ("tiny",), "dtype-exact", {"heads": 1, "causal": False, "top_k": 0},
        {
            "E_next": [[[1.0]]], "M_next": [[[2.0]]],
            "W_Q": [[3.0]], "W_K": [[5.0]], "W_V": [[0.5]], "W_in": [[-1.0]], "W_forget": [[2.0]],
        },
    )
    yield drawn("typical", "g_in from E_mem instead of E_next.", ("typical",), "dtype-exact", 1, 4, 8, rows=6, heads=2)
    yield drawn("causal", "T = R, masked.", ("typical",), "full-24", 1, 5, 4, rows=5, causal=True)
    yield drawn("matrix-slots", "Matrix slots keep their shape.", ("typical",), "full-24", 1, 5, 4, slots=2, heads=2)
    yield drawn("matrix-slots-batch", "Matrix slots of a batch.", ("batch", "odd-extents"), "full-53", 2, 7, 3, slots=2)
    yield drawn("odd-extents-batch", "Prime extents, three heads.", ("odd-extents", "batch"), "full-53", 2, 5, 9, rows=7, heads=3)
    yield drawn("more-rows-than-tokens", "Gates stretched to the rows.", ("odd-extents",), "full-53", 1, 3, 5, rows=11)
    yield drawn("more-tokens-than-rows", "Gates pooled to the rows.", ("odd-extents", "batch"), "full-24", 2, 11, 4, rows=3)
    yield drawn("top-2", "Weights renormalised after top-k.", ("typical",), "full-24", 1, 5, 8, rows=6, heads=2, top_k=2)
    yield drawn("saturated", "Saturated gates.", ("extreme",), "full-53", 1, 4, 6, rows=5, heads=3, reach=12.0, weight=2.0)
    yield drawn("one-token", "One token, one row.", ("extreme", "batch"), "full-24", 3, 1, 4, rows=1, heads=2)


def memory_rollout():
    equation = "lm2.memory.rollout"

    def drawn(
        name, note, flags, family, S, B, T, d, rows=0, slots=0, per_step=False, reflect=False,
        heads=1, causal=False, top_k=0, source="retrieved", weight=1.0, identity=False,
    ):
        draw = Draw(f"{equation}/{name}", family)
        weight_shape = (S, d, d) if per_step else (d, d)
        inputs = {
            "E": draw.tensor(S, B, T, d, low=-1.5, high=1.5),
            "E_attn": draw.tensor(S, B, T, d, low=-1.5, high=1.5),
            "M_0": initial_bank(draw, identity, B, rows, slots, d),
            **{W: draw.tensor(*weight_shape, low=-weight, high=weight) for W in ALL_WEIGHTS},
        }
        attributes = {"heads": heads, "causal": causal, "top_k": top_k, "source": source, "reflect": reflect}
        return Case(equation, name, note, ("rollout", *flags), family, attributes, inputs)

    weights = {"W_Q": [[3.0]], "W_K": [[5.0]], "W_V": [[0.5]], "W_out": [[1.0]], "W_in": [[-1.0]], "W_forget": [[2.0]]}
    yield Case(
        equation, "tiny-two-steps",
        "Step 1 is lm2.memory.step/tiny-retrieved and leaves 1.9664…, which step 2 reads: a bank not carried repeats 10.7310….",
        ("rollout", "tiny"), "dtype-exact", {"heads": 1, "causal": False, "top_k": 0, "source": "retrieved", "reflect": False},
        {"E": [[[[1.0]]]] * 2, "E_attn": [[[[10.0]]]] * 2, "M_0": [[[2.0]]], **weights},
    )
    yield drawn("one-step", "One step must equal memory.step.", ("typical",), "dtype-exact", 1, 2, 3, 4, rows=5)
    yield drawn(
        "small-weights", "Two steps that bfloat16 can be judged in.", ("batch",), "dtype-exact", 2, 2, 4, 4, rows=4, heads=2, weight=0.5,
    )
    yield drawn(
        "small-weights-reflect", "One step with a second update.", ("batch",), "dtype-exact", 1, 2, 4, 4, rows=4, weight=0.5, reflect=True,
    )
    yield drawn(
        "typical", "The bank carried for five steps with shared weights.",
        ("typical",), "dtype-exact", 5, 1, 4, 4, rows=4, causal=True, source="bank",
    )
    yield drawn(
        "per-step-weights", "Weights [S,d,d] of the wrong step, or the first step's for all.",
        ("typical",), "full-24", 5, 1, 3, 4, rows=4, per_step=True,
    )
    yield drawn(
        "per-step-weights-of-width-s", "S = d: the step axis taken for a width axis.",
        ("typical", "batch"), "full-53", 4, 2, 3, 4, rows=5, per_step=True, heads=2,
    )
    yield drawn(
        "reflect", "The second update of each step forgotten, or fed with E instead of E_next.",
        ("typical",), "full-24", 5, 1, 4, 4, rows=5, reflect=True,
    )
    yield drawn(
        "reflect-per-step", "The reflection with the next step's weights.",
        ("batch",), "full-53", 5, 2, 3, 4, rows=3, reflect=True, per_step=True, heads=2, source="bank",
    )
    yield drawn(
        "matrix-slots", "Matrix slots carried in their own shape.",
        ("typical",), "full-24", 5, 1, 4, 3, slots=2, source="bank",
    )
    yield drawn(
        "matrix-slots-reflect", "Matrix slots, reflected.",
        ("odd-extents",), "full-53", 5, 1, 6, 3, slots=2, reflect=True, causal=True,
    )
    yield drawn(
        "identity-start", "From an identity bank of vectors, more slots than width.",
        ("odd-extents",), "full-24", 6, 1, 3, 4, rows=7, identity=True, heads=2,
    )
    yield drawn("top-2", "Top-k at every step.", ("batch",), "full-24", 5, 2, 3, 4, rows=5, top_k=2)
    yield drawn(
        "long", "Nine steps of a batch, extents prime: errors that grow from step to step.",
        ("odd-extents", "batch"), "full-53", 9, 2, 3, 6, rows=5, heads=3, source="bank",
    )
    yield drawn("long-24", "Eight steps in float32.", ("odd-extents",), "full-24", 8, 1, 5, 4, rows=3, heads=2)
    yield drawn(
        "long-shared-tokens", "Eleven steps with more tokens than rows and an interpolated readout.",
        ("odd-extents",), "full-53", 11, 1, 5, 3, rows=2, source="bank",
    )
