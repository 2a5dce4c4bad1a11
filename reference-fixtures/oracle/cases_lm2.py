"""The cases of the `lm2.*` equations: extents, families, and the mistake each one is there to catch."""

from case import Case, Draw


def all_cases():
    yield from attention_weights()
    yield from align()


def attention_weights():
    equation = "lm2.attention.weights"

    def given(name, note, flags, Q, K, heads=1, causal=False, top_k=0):
        attributes = {"heads": heads, "causal": causal, "top_k": top_k}
        return Case(equation, name, note, flags, "dtype-exact", attributes, {"Q": Q, "K": K})

    def drawn(name, note, flags, family, B, T, R, d, heads=1, causal=False, top_k=0, reach=2.0, seed=""):
        draw = Draw(f"{equation}/{name}{seed}", family)
        attributes = {"heads": heads, "causal": causal, "top_k": top_k}
        inputs = {"Q": draw.tensor(B, T, d, low=-reach, high=reach), "K": draw.tensor(B, R, d, low=-reach, high=reach)}
        return Case(equation, name, note, flags, family, attributes, inputs)

    yield given(
        "tiny-two-rows",
        "Scores 2/√4 = 1 and 0, so the weights are e/(e+1) = .7310585786… and .2689414213…: a missing or squared √dh.",
        ("tiny",),
        Q=[[[2.0, 0.0, 0.0, 0.0]]],
        K=[[[1.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0]]],
    )
    yield drawn("typical", "Softmax over tokens instead of bank rows, or Q and K exchanged.", ("typical",), "dtype-exact", 1, 4, 6, 8)
    yield drawn(
        "two-heads", "Heads taken as interleaved columns, or scaled by √d instead of √dh.", ("typical",), "full-24", 1, 5, 6, 8, heads=2
    )
    yield drawn(
        "three-heads-odd-extents",
        "Extents 5, 7 and dh = 5, all prime and different: an axis taken for another, a √dh that is not exact.",
        ("odd-extents", "batch"), "full-53", 3, 5, 7, 15, heads=3,
    )  # fmt: skip
    yield drawn(
        "causal", "A mask shifted by one, or applied after the softmax: token i sees the rows 0 … i, row i included.",
        ("typical",), "dtype-exact", 1, 6, 6, 4, causal=True,
    )  # fmt: skip
    yield drawn(
        "causal-batch-two-heads", "A mask shared wrongly between batch elements or heads.",
        ("batch", "odd-extents"), "full-53", 2, 5, 5, 6, heads=2, causal=True,
    )  # fmt: skip
    yield drawn(
        "top-3", "Weights renormalised after the selection: a row here sums to less than 1.",
        ("typical",), "full-24", 2, 4, 9, 8, heads=2, top_k=3,
    )  # fmt: skip
    yield drawn("top-1", "The smallest weight kept, or all but one.", ("odd-extents",), "dtype-exact", 1, 3, 5, 4, top_k=1)
    yield drawn(
        "top-all", "top_k = R drops something: it must equal the plain softmax.", ("batch",), "full-53", 2, 3, 5, 6, top_k=5
    )
    yield drawn(
        "top-2-causal",
        "Selection before the mask, so that hidden rows take places: the first token has one visible row for two places.",
        ("typical",), "full-24", 1, 7, 7, 8, heads=2, causal=True, top_k=2,
    )  # fmt: skip
    yield given(
        "tie-lower-index",
        "Rows 1 and 3 tie at rank 2 with equal small-integer scores: the lower index stays, the higher becomes exactly 0.",
        ("tie", "tiny"),
        Q=[[[1.0, 2.0, 0.0, 1.0], [2.0, 0.0, 1.0, 0.0]]],
        K=[[[4.0, 0.0, 2.0, 2.0], [2.0, 1.0, 0.0, 0.0], [-2.0, 0.0, 1.0, 0.0], [0.0, 2.0, 4.0, 0.0], [-4.0, -1.0, 3.0, 0.0]]],
        top_k=2,
    )  # fmt: skip
    yield given(
        "tie-of-all-rows",
        "All five rows tie: each weight is 1/5 and the first three stay, unrenormalised.",
        ("tie", "batch"),
        Q=[[[1.0, 1.0, -1.0, 2.0, 3.0, 1.0, 0.0, 1.0]], [[0.0, 2.0, 1.0, 1.0, -2.0, 1.0, 1.0, 0.0]]],
        K=[[[2.0, -1.0, 1.0, 3.0, 1.0, 2.0, 1.0, -1.0]] * 5, [[1.0, 1.0, 2.0, -1.0, 3.0, 1.0, 2.0, 2.0]] * 5],
        heads=2,
        top_k=3,
    )
    yield given(
        "tie-of-three-for-one-place",
        "Rows 1, 2 and 4 tie for one place behind row 3: ties to the higher index, or all tied rows kept.",
        ("tie",),
        Q=[[[2.0, -2.0, 4.0, 2.0]]],
        K=[[[-1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0], [0.0, -1.0, 1.0, 0.0], [2.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]],
        top_k=2,
    )
    yield drawn(
        "scores-of-thousands", "The maximum not subtracted: e^1000 overflows; weights far below it are 0 or almost.",
        ("extreme",), "dtype-exact", 1, 4, 5, 4, reach=64.0, seed="b",
    )  # fmt: skip
    yield drawn(
        "scores-of-thousands-top-2", "Top-k taken from weights that underflow to equal zeros must still keep the largest.",
        ("extreme",), "full-24", 2, 3, 6, 4, top_k=2, reach=48.0,
    )  # fmt: skip
    yield drawn(
        "single-row", "One bank row: every weight is exactly 1, whatever the score.", ("tiny", "extreme"), "full-53", 2, 3, 1, 5, reach=9.0
    )


def align():
    equation = "lm2.align"

    def drawn(name, note, flags, family, B, T, d, R):
        draw = Draw(f"{equation}/{name}", family)
        return Case(equation, name, note, flags, family, {"rows": R}, {"X": draw.tensor(B, T, d, low=-4.0, high=4.0)})

    yield Case(
        equation, "tiny-two-to-three",
        "Half-pixel centres: s = -1/6 → 0, 1/2, 7/6 → 1, so 1 and 3 become 1, 2, 3; aligned corners would agree, a grid r·T/R would not.",
        ("tiny",), "dtype-exact", {"rows": 3}, {"X": [[[1.0], [3.0]]]},
    )  # fmt: skip
    yield Case(
        equation, "tiny-three-to-two",
        "The bins are tokens 0-1 and 1-2 and overlap: 1, 2, 6 become 1.5 and 4.",
        ("tiny",), "dtype-exact", {"rows": 2}, {"X": [[[1.0], [2.0], [6.0]]]},
    )  # fmt: skip
    yield drawn("same-extent", "T = R must return X bit for bit.", ("typical", "batch"), "full-53", 2, 5, 3, 5)
    yield drawn("pool-divisible", "Pooling by sums instead of means, or over the width.", ("typical",), "dtype-exact", 1, 8, 3, 4)
    yield drawn(
        "pool-7-to-3", "Bins of ⌊rT/R⌋ … ⌈(r+1)T/R⌉-1 are 3 long and share tokens; equal bins do not.",
        ("odd-extents", "batch"), "full-24", 2, 7, 5, 3,
    )  # fmt: skip
    yield drawn("pool-11-to-7", "Bins of different lengths: 2, 3 and 3 tokens, averaged by their own.", ("odd-extents",), "full-53", 1, 11, 3, 7)
    yield drawn("pool-to-one", "One bin averages everything.", ("extreme", "batch"), "dtype-exact", 3, 6, 2, 1)
    yield drawn(
        "stretch-5-to-7", "Aligned corners or nearest neighbours instead of half-pixel linear interpolation.",
        ("odd-extents",), "full-53", 1, 5, 3, 7,
    )  # fmt: skip
    yield drawn("stretch-3-to-8", "Positions outside the tokens extrapolated instead of clamped.", ("batch",), "full-24", 2, 3, 5, 8)
    yield drawn("stretch-double", "Weights of exactly 1/4 and 3/4 exchanged.", ("typical",), "dtype-exact", 2, 4, 3, 8)
    yield drawn("stretch-from-one", "A single token is repeated, exactly.", ("extreme",), "full-53", 2, 1, 4, 5)
    yield drawn("stretch-7-to-11", "Prime extents on both sides: an accumulated step instead of s computed from r.", ("odd-extents", "batch"), "dtype-exact", 2, 7, 2, 11)
