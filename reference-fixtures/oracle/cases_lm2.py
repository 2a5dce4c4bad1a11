"""The cases of the `lm2.*` equations up to the bank's update: extents, families, and the mistake each one is there to catch."""

from case import Case, Draw


def all_cases():
    yield from bank_identity_matrix()
    yield from bank_identity_vector()
    yield from bank_rows()
    yield from attention_project()
    yield from attention_project_flat()
    yield from attention_weights()
    yield from attention_retrieve()
    yield from gates()
    yield from align()
    yield from readout_gated()
    yield from readout_skip()
    yield from bank_update()


def bank_identity_matrix():
    def of(name, note, flags, slots, width):
        attributes = {"slots": slots, "width": width}
        return Case("lm2.bank.identity_matrix", name, note, flags, "dtype-exact", attributes, {})

    yield of("tiny-1-by-1", "One slot of width 1 is the number 1.", ("tiny",), 1, 1)
    yield of("tiny-1-by-2", "One slot of width 2 is [[1,0],[0,1]]: all ones, or all zeros.", ("tiny",), 1, 2)
    yield of("typical", "Only the first slot set to the identity.", ("typical",), 4, 8)
    yield of("odd-extents", "slots and width exchanged: shape [3,5,5], not [5,3,3].", ("odd-extents",), 3, 5)
    yield of("odd-extents-more-slots", "The diagonal running over slots instead of rows of a slot.", ("odd-extents",), 7, 3)
    yield of(
        "slots-equal-width", "Equal extents hide no transposition: M[r,i,c] = 1 where i = c, not where r = c.",
        ("typical",), 4, 4,
    )
    yield of("one-slot-wide", "A sole slot squeezed away: the shape keeps its leading 1.", ("extreme",), 1, 11)
    yield of("many-slots-of-width-1", "Width 1: every slot is the number 1.", ("extreme",), 13, 1)
    yield of("many-slots-of-width-2", "The identity divided by the number of slots.", ("extreme",), 16, 2)


def bank_identity_vector():
    def of(name, note, flags, slots, width):
        attributes = {"slots": slots, "width": width}
        return Case("lm2.bank.identity_vector", name, note, flags, "dtype-exact", attributes, {})

    yield of("tiny-1-by-1", "One slot of width 1 is the number 1.", ("tiny",), 1, 1)
    yield of("tiny-2-by-3", "[[1,0,0],[0,1,0]]: slots and width exchanged.", ("tiny",), 2, 3)
    yield of("typical", "A square identity.", ("typical",), 8, 8)
    yield of("more-slots-than-width", "Rows beyond the width are 0, not a repetition of the identity.", ("odd-extents",), 7, 3)
    yield of("more-width-than-slots", "Columns beyond the slots are 0.", ("odd-extents",), 3, 7)
    yield of("twice-as-many-slots", "Slots a multiple of the width: the identity tiled.", ("typical",), 8, 4)
    yield of("one-slot", "One slot is the first unit vector.", ("extreme",), 1, 5)
    yield of("width-1", "Width 1: only the first slot is 1.", ("extreme",), 5, 1)
    yield of("prime-extents", "The anti-diagonal, or a diagonal shifted by one.", ("odd-extents",), 11, 13)


def bank_rows():
    def drawn(name, note, flags, family, B, N, d, reach=2.0):
        draw = Draw(f"lm2.bank.rows/{name}", family)
        return Case("lm2.bank.rows", name, note, flags, family, {}, {"M": draw.tensor(B, N, d, d, low=-reach, high=reach)})

    yield Case(
        "lm2.bank.rows", "tiny-two-slots", "Slots [[1,2],[3,4]] and [[5,6],[7,8]] give the rows 12, 34, 56, 78, in this order.",
        ("tiny",), "dtype-exact", {}, {"M": [[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]]]},
    )
    yield drawn("typical", "Columns taken for rows.", ("typical",), "dtype-exact", 1, 3, 4)
    yield drawn("odd-extents", "Rows of all slots interleaved.", ("odd-extents",), "full-53", 1, 5, 3)
    yield drawn("batch", "Batch and slot axes merged.", ("batch",), "full-24", 3, 2, 4)
    yield drawn("one-slot", "One slot is its own rows.", ("extreme",), "dtype-exact", 2, 1, 5)
    yield drawn("width-1", "Width 1: N rows of one entry.", ("extreme",), "full-24", 2, 7, 1)
    yield drawn(
        "batch-of-primes", "A reshape is exact: a detour through float32 changes these 53-bit entries.",
        ("odd-extents", "batch"), "full-53", 2, 3, 5,
    )
    yield drawn("many-slots", "Slots in column-major order.", ("typical",), "full-53", 1, 8, 2)
    yield drawn("large-entries", "Entries of thousands pass unchanged.", ("extreme",), "full-24", 1, 2, 3, reach=4096.0)


def attention_project():
    equation = "lm2.attention.project"

    def drawn(name, note, flags, family, B, T, R, d, reach=1.0, weight=1.0, M=None):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "E": draw.tensor(B, T, d, low=-reach, high=reach),
            "M": M or draw.tensor(B, R, d, low=-reach, high=reach),
            **{W: draw.tensor(d, d, low=-weight, high=weight) for W in ("W_Q", "W_K", "W_V")},
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-width-2",
        "E = (1,2): Q = (1·1+2·3, 1·2+2·4) = (7,10), a transposed W_Q gives (5,11); M = (2,-1): K = (-1,2), V = (3,4).",
        ("tiny",), "dtype-exact", {},
        {
            "E": [[[1.0, 2.0]]], "M": [[[2.0, -1.0]]],
            "W_Q": [[1.0, 2.0], [3.0, 4.0]], "W_K": [[0.0, 1.0], [1.0, 0.0]], "W_V": [[2.0, 1.0], [1.0, -2.0]],
        },
    )
    yield drawn("typical", "K from the tokens, or Q from the bank.", ("typical",), "dtype-exact", 1, 4, 6, 8)
    yield drawn(
        "equal-extents", "T = R = d: only the values tell a transposition or an exchange of W_K and W_V.",
        ("typical",), "full-24", 1, 5, 5, 5,
    )
    yield drawn("odd-extents", "Prime, unequal extents.", ("odd-extents",), "full-53", 1, 3, 11, 7)
    yield drawn("batch", "A bank shared by the batch.", ("batch", "odd-extents"), "full-53", 3, 2, 5, 6)
    yield drawn("batch-24", "Products rounded to bfloat16 or TF32 for float32.", ("batch",), "full-24", 2, 7, 3, 16, reach=2.0)
    yield drawn("one-token", "A single token squeezed away.", ("extreme",), "dtype-exact", 2, 1, 4, 3)
    yield drawn(
        "identity-bank", "A vector bank of 5 slots and width 3: row r of K is row r of W_K for r < 3, exactly 0 beyond.",
        ("typical",), "full-24", 1, 2, 5, 3, M=[[[1.0 if r == c else 0.0 for c in range(3)] for r in range(5)]],
    )
    yield drawn(
        "wide-range", "Entries up to 500: cancellation inside each product sum.",
        ("extreme",), "full-53", 1, 4, 3, 13, reach=500.0, weight=30.0,
    )
    yield drawn(
        "wide-range-exact", "Sums beyond 11 bits of integers: accumulation in float16.",
        ("extreme",), "dtype-exact", 1, 3, 4, 32, reach=8.0, weight=4.0,
    )


def attention_project_flat():
    equation = "lm2.attention.project_flat"

    def drawn(name, note, flags, family, B, T, N, w, d, reach=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"E": draw.tensor(B, T, d, low=-reach, high=reach), "M": draw.tensor(B, N, w, w, low=-reach, high=reach)}
        inputs |= {"W_Q": draw.tensor(d, d), "W_K": draw.tensor(w * w, d), "W_V": draw.tensor(w * w, d)}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny",
        "Slot ((1,2),(3,4)) is the row (1,2,3,4): K = 1·1 + 2·10 + 3·100 + 4·1000 = 4321, of its columns (1,3,2,4) it would be 4231; V = 2, Q = 6.",
        ("tiny",), "dtype-exact", {},
        {
            "E": [[[3.0]]], "M": [[[[1.0, 2.0], [3.0, 4.0]]]],
            "W_Q": [[2.0]], "W_K": [[1.0], [10.0], [100.0], [1000.0]], "W_V": [[0.0], [1.0], [0.0], [0.0]],
        },
    )
    yield drawn("typical", "Slots flattened by columns; W_K and W_V exchanged.", ("typical",), "dtype-exact", 1, 3, 4, 4, 4)
    yield drawn("equal-extents", "N = w = d: only the values tell which axes are joined.", ("typical",), "full-24", 1, 3, 3, 3, 3)
    yield drawn("odd-extents-batch", "Prime, unequal extents; the bank of another element.", ("odd-extents", "batch"), "full-53", 2, 5, 2, 3, 7)
    yield drawn("batch-24", "Products rounded to bfloat16 or TF32 for float32.", ("batch",), "full-24", 3, 2, 3, 2, 5, reach=2.0)
    yield drawn("one-slot", "A sole slot squeezed away.", ("extreme",), "full-53", 1, 1, 1, 4, 3)
    yield drawn("one-token", "A single token squeezed away.", ("extreme", "batch"), "full-24", 2, 1, 4, 2, 3)
    yield drawn("width-1", "Slots of one number.", ("extreme", "batch"), "dtype-exact", 2, 2, 3, 1, 4)
    yield drawn("wide-range", "Entries up to 500: cancellation inside each product sum.", ("extreme",), "full-53", 1, 2, 3, 3, 4, reach=500.0)


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
    yield drawn(
        "typical", "Softmax over tokens instead of bank rows, or Q and K exchanged.",
        ("typical",), "dtype-exact", 1, 4, 6, 8,
    )
    yield drawn(
        "two-heads", "Heads taken as interleaved columns, or scaled by √d instead of √dh.",
        ("typical",), "full-24", 1, 5, 6, 8, heads=2,
    )
    yield drawn(
        "three-heads-odd-extents",
        "Extents 5, 7 and dh = 5, all prime and different: an axis taken for another, a √dh that is not exact.",
        ("odd-extents", "batch"), "full-53", 3, 5, 7, 15, heads=3,
    )
    yield drawn(
        "causal", "A mask shifted by one, or applied after the softmax: token i sees the rows 0 … i, row i included.",
        ("typical",), "dtype-exact", 1, 6, 6, 4, causal=True,
    )
    yield drawn(
        "causal-batch-two-heads", "A mask shared wrongly between batch elements or heads.",
        ("batch", "odd-extents"), "full-53", 2, 5, 5, 6, heads=2, causal=True,
    )
    yield drawn(
        "top-3", "Weights renormalised after the selection: a row here sums to less than 1.",
        ("typical",), "full-24", 2, 4, 9, 8, heads=2, top_k=3,
    )
    yield drawn("top-1", "The smallest weight kept, or all but one.", ("odd-extents",), "dtype-exact", 1, 3, 5, 4, top_k=1)
    yield drawn(
        "top-all", "top_k = R drops something: it must equal the plain softmax.", ("batch",), "full-53", 2, 3, 5, 6, top_k=5
    )
    yield drawn(
        "top-2-causal",
        "Selection before the mask, so that hidden rows take places: the first token has one visible row for two places.",
        ("typical",), "full-24", 1, 7, 7, 8, heads=2, causal=True, top_k=2,
    )
    yield given(
        "tie-lower-index",
        "Rows 1 and 3 tie at rank 2 with equal small-integer scores: the lower index stays, the higher becomes exactly 0.",
        ("tie", "tiny"),
        Q=[[[1.0, 2.0, 0.0, 1.0], [2.0, 0.0, 1.0, 0.0]]],
        K=[[[4.0, 0.0, 2.0, 2.0], [2.0, 1.0, 0.0, 0.0], [-2.0, 0.0, 1.0, 0.0], [0.0, 2.0, 4.0, 0.0], [-4.0, -1.0, 3.0, 0.0]]],
        top_k=2,
    )
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
    )
    yield drawn(
        "scores-of-thousands-top-2", "Top-k taken from weights that underflow to equal zeros must still keep the largest.",
        ("extreme",), "full-24", 2, 3, 6, 4, top_k=2, reach=48.0,
    )
    yield drawn(
        "single-row", "One bank row: every weight is exactly 1, whatever the score.",
        ("tiny", "extreme"), "full-53", 2, 3, 1, 5, reach=9.0,
    )
    yield drawn(
        "many-rows", "512 rows of nearly equal weight: a denominator summed in bfloat16 stops growing at 256 terms.",
        ("extreme",), "dtype-exact", 1, 1, 512, 1, reach=0.25,
    )


def align():
    equation = "lm2.align"

    def drawn(name, note, flags, family, B, T, d, R):
        draw = Draw(f"{equation}/{name}", family)
        return Case(equation, name, note, flags, family, {"rows": R}, {"X": draw.tensor(B, T, d, low=-4.0, high=4.0)})

    yield Case(
        equation, "tiny-two-to-three",
        "Half-pixel centres: s = -1/6 → 0, 1/2, 7/6 → 1, so 1 and 3 become 1, 2, 3; a grid r·T/R gives 1, 7/3, 3.",
        ("tiny",), "dtype-exact", {"rows": 3}, {"X": [[[1.0], [3.0]]]},
    )
    yield Case(
        equation, "tiny-three-to-two",
        "The bins are tokens 0-1 and 1-2 and overlap: 1, 2, 6 become 1.5 and 4.",
        ("tiny",), "dtype-exact", {"rows": 2}, {"X": [[[1.0], [2.0], [6.0]]]},
    )
    yield drawn("same-extent", "T = R must return X bit for bit.", ("typical", "batch"), "full-53", 2, 5, 3, 5)
    yield drawn("pool-divisible", "Pooling by sums instead of means, or over the width.", ("typical",), "dtype-exact", 1, 8, 3, 4)
    yield drawn(
        "pool-7-to-3", "Bins of ⌊rT/R⌋ … ⌈(r+1)T/R⌉-1 are 3 long and share tokens; equal bins do not.",
        ("odd-extents", "batch"), "full-24", 2, 7, 5, 3,
    )
    yield drawn(
        "pool-11-to-7", "Bins of different lengths: 2, 3 and 3 tokens, averaged by their own.",
        ("odd-extents",), "full-53", 1, 11, 3, 7,
    )
    yield drawn("pool-to-one", "One bin averages everything.", ("extreme", "batch"), "dtype-exact", 3, 6, 2, 1)
    yield drawn(
        "stretch-5-to-7", "Aligned corners or nearest neighbours instead of half-pixel linear interpolation.",
        ("odd-extents",), "full-53", 1, 5, 3, 7,
    )
    yield drawn(
        "stretch-3-to-8", "Positions outside the tokens extrapolated instead of clamped.",
        ("batch",), "full-24", 2, 3, 5, 8,
    )
    yield drawn("stretch-double", "Weights of exactly 1/4 and 3/4 exchanged.", ("typical",), "dtype-exact", 2, 4, 3, 8)
    yield drawn("stretch-from-one", "A single token is repeated, exactly.", ("extreme",), "full-53", 2, 1, 4, 5)
    yield drawn(
        "stretch-7-to-11", "Prime extents on both sides: an accumulated step instead of s computed from r.",
        ("odd-extents", "batch"), "dtype-exact", 2, 7, 2, 11,
    )
    draw = Draw(f"{equation}/pool-1024-to-one", "dtype-exact")
    yield Case(
        equation, "pool-1024-to-one", "A bin of 1024 tokens: a sum in bfloat16 stops growing, one in float16 loses a tenth.",
        ("extreme",), "dtype-exact", {"rows": 1}, {"X": draw.tensor(1, 1024, 1, low=1.125, high=1.234375)},
    )


def attention_retrieve():
    equation = "lm2.attention.retrieve"

    def drawn(name, note, flags, family, B, H, T, R, d, reach=2.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"A": draw.tensor(B, H, T, R, low=0.0, high=1.0), "V": draw.tensor(B, R, d, low=-reach, high=reach)}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-two-heads",
        "Head 0 reads column 0, head 1 column 1: (¼·4 + ¾·8, ½·2 + ½·6) = (7,4).",
        ("tiny",), "dtype-exact", {}, {"A": [[[[0.25, 0.75]], [[0.5, 0.5]]]], "V": [[[4.0, 2.0], [8.0, 6.0]]]},
    )
    yield drawn("typical", "Weights applied along the token axis.", ("typical",), "dtype-exact", 1, 1, 4, 6, 8)
    yield drawn("two-heads", "Heads concatenated in the wrong order, or interleaved.", ("typical",), "full-24", 1, 2, 5, 4, 6)
    yield drawn(
        "three-heads-odd-extents", "Heads averaged instead of concatenated.",
        ("odd-extents", "batch"), "full-53", 2, 3, 5, 7, 15,
    )
    yield drawn("square", "T = R: only the values tell A from its transpose.", ("typical",), "full-24", 2, 1, 5, 5, 3)
    yield drawn(
        "rows-that-do-not-sum-to-1", "Rows renormalised: after top-k they sum to less than 1, here to anything.",
        ("batch",), "full-53", 2, 2, 3, 4, 4,
    )
    yield Case(
        equation, "selected-rows",
        "Weights of exactly 0, as after top-k: rows with weight 0 contribute exactly nothing, a token without weights reads 0.",
        ("extreme",), "dtype-exact", {},
        {
            "A": [[[[0.0, 0.5, 0.0, 0.25], [0.0, 0.0, 0.0, 0.0], [0.75, 0.0, 0.0, 0.0]]]],
            "V": [[[1.5, -2.0, 3.0], [0.5, 4.0, -1.0], [7.0, 6.0, -5.0], [-2.5, 1.0, 0.25]]],
        },
    )
    yield drawn("one-row", "One bank row.", ("extreme",), "full-24", 1, 2, 3, 1, 4)
    yield drawn("head-per-column", "dh = 1: as many heads as columns.", ("extreme", "odd-extents"), "full-53", 1, 5, 3, 4, 5)
    yield drawn(
        "large-values", "Values of thousands that cancel.",
        ("extreme", "batch"), "dtype-exact", 2, 2, 3, 6, 4, reach=1024.0,
    )
    draw = Draw(f"{equation}/many-rows", "dtype-exact")
    yield Case(
        equation, "many-rows", "1024 equal weights: a sum kept in bfloat16 stops growing, one kept in float16 loses a tenth.",
        ("extreme",), "dtype-exact", {},
        {"A": [[[[2.0**-10] * 1024] * 2]], "V": draw.tensor(1, 1024, 2, low=1.125, high=1.234375)},
    )


GATES = (
    ("lm2.gate.output", "E_mem", "W_out"),
    ("lm2.gate.input", "E", "W_in"),
    ("lm2.gate.forget", "E_mem", "W_forget"),
)


def gates():
    for equation, X, W in GATES:
        yield from gate(equation, X, W)


def gate(equation, X, W):
    def drawn(name, note, flags, family, B, T, d, reach=1.5, weight=1.5):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {X: draw.tensor(B, T, d, low=-reach, high=reach), W: draw.tensor(d, d, low=-weight, high=weight)}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-width-2",
        "(1,1) times [[1,2],[-1,-1]] is (0,1): ½ and .7310585786…; the transposed weight gives σ(3), σ(-2).",
        ("tiny",), "dtype-exact", {}, {X: [[[1.0, 1.0]]], W: [[1.0, 2.0], [-1.0, -1.0]]},
    )
    yield drawn("typical", "tanh, or softmax, for σ.", ("typical",), "dtype-exact", 1, 4, 8)
    yield drawn("square", "T = d: only the values tell X W from W X.", ("typical",), "full-24", 1, 5, 5)
    yield drawn("odd-extents", "Prime extents in double precision: a float32 exponential.", ("odd-extents",), "full-53", 1, 3, 7)
    yield drawn("batch", "The gate computed once for the whole batch.", ("batch",), "full-53", 3, 2, 6)
    yield drawn("batch-24", "Products rounded to TF32 or bfloat16 for float32.", ("batch", "odd-extents"), "full-24", 2, 5, 11)
    yield drawn("width-1", "Width 1.", ("extreme",), "full-53", 2, 3, 1, reach=3.0, weight=3.0)
    yield drawn(
        "saturated", "Arguments of ±50: 1/(1+e^-x) for x = -50 is 2e-22, not 0; 1 - σ(-x) gives 0.",
        ("extreme",), "full-24", 1, 4, 3, reach=8.0, weight=8.0,
    )
    yield drawn(
        "overflowing", "Arguments of ±300: e^300 overflows float32, the gate does not.",
        ("extreme",), "dtype-exact", 1, 4, 5, reach=16.0, weight=16.0,
    )
    yield drawn(
        "near-half", "Arguments near 0: the gate is ½ + x/4 and every digit of the product shows.",
        ("extreme",), "full-53", 1, 3, 8, reach=0.03, weight=0.5,
    )
    yield drawn(
        "overflowing-float64", "Arguments of ±1000 and more: e^x overflows float64 too; e^x/(1+e^x) for positive x gives NaN.",
        ("extreme",), "dtype-exact", 1, 4, 5, reach=48.0, weight=32.0,
    )


def readout_gated():
    equation = "lm2.readout.gated"

    def drawn(name, note, flags, family, B, T, R, d, source):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "g_out": draw.tensor(B, T, d, low=0.0, high=1.0),
            "E_mem": draw.tensor(B, T, d, low=-2.0, high=2.0),
            "M": draw.tensor(B, R, d, low=-2.0, high=2.0),
        }
        return Case(equation, name, note, flags, family, {"source": source}, inputs)

    tiny = {"g_out": [[[0.5], [0.25]]], "E_mem": [[[4.0], [-8.0]]], "M": [[[1.0], [2.0], [6.0]]]}
    yield Case(
        equation, "tiny-bank",
        "align_2 of 1, 2, 6 is 1.5, 4: times ½, ¼ gives .75, 1; the bank cut to its first rows gives .5, .5.",
        ("tiny",), "dtype-exact", {"source": "bank"}, tiny,
    )
    yield Case(
        equation, "tiny-retrieved", "½·4 and ¼·(-8): 2, -2; the bank must not appear.",
        ("tiny",), "dtype-exact", {"source": "retrieved"}, tiny,
    )
    yield drawn("bank-same-extent", "The printed line: g_out ⊙ M, row by row.", ("typical",), "dtype-exact", 1, 5, 5, 4, "bank")
    yield drawn("retrieved-typical", "g_out ⊙ M for source = retrieved.", ("typical",), "full-24", 1, 6, 6, 4, "retrieved")
    yield drawn(
        "bank-pooled", "More rows than tokens: pooled over overlapping bins.",
        ("odd-extents",), "full-53", 1, 3, 7, 5, "bank",
    )
    yield drawn(
        "bank-stretched", "Fewer rows than tokens: interpolated at half-pixel centres.",
        ("odd-extents", "batch"), "full-53", 2, 7, 3, 4, "bank",
    )
    yield drawn("bank-stretched-exact", "The gate aligned instead of the bank.", ("typical",), "dtype-exact", 1, 8, 4, 3, "bank")
    yield drawn("retrieved-batch", "The gate shared by the batch.", ("batch", "odd-extents"), "full-53", 3, 5, 2, 3, "retrieved")
    yield drawn("bank-of-one-row", "One row read by every token.", ("extreme", "batch"), "full-24", 2, 4, 1, 3, "bank")
    yield drawn("one-token", "One token reads the mean of the bank.", ("extreme",), "dtype-exact", 2, 1, 6, 3, "bank")


def readout_skip():
    equation = "lm2.readout.skip"

    def drawn(name, note, flags, family, B, T, d, reach=2.0, gated=2.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"E_attn": draw.tensor(B, T, d, low=-reach, high=reach), "E_gated": draw.tensor(B, T, d, low=-gated, high=gated)}
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny", "1 + ½ and -2 + ¼: 1.5, -1.75; the mean would be half of it.",
        ("tiny",), "dtype-exact", {}, {"E_attn": [[[1.0, -2.0]]], "E_gated": [[[0.5, 0.25]]]},
    )
    yield drawn("typical", "A skip that is dropped, or subtracted.", ("typical",), "dtype-exact", 1, 4, 8)
    yield drawn("odd-extents", "Sums rounded to float32.", ("odd-extents",), "full-53", 1, 5, 7)
    yield drawn("batch", "Batch elements exchanged.", ("batch",), "full-24", 3, 2, 5)
    yield drawn("square", "T = d: one addend transposed.", ("typical",), "full-24", 2, 5, 5)
    yield drawn(
        "small-beside-large", "A small readout beside large attention: its last digits are rounded once, not twice.",
        ("extreme",), "full-53", 1, 3, 6, reach=1e6, gated=1e-3,
    )
    yield drawn("large-readout", "A readout of thousands clipped.", ("extreme",), "dtype-exact", 2, 3, 2, gated=4096.0)
    yield Case(
        equation, "exact-cancellation", "Opposite addends give exactly 0.", ("extreme",), "full-24", {},
        {"E_attn": [[[0.1015625, -3.0], [1.0000001192092896, 2.5]]], "E_gated": [[[-0.1015625, 3.0], [-1.0, -2.5]]]},
    )
    yield drawn("one-entry", "A single entry keeps its three axes.", ("extreme",), "full-53", 1, 1, 1)


def bank_update():
    equation = "lm2.bank.update"

    def drawn(name, note, flags, family, B, T, R, d, reach=1.5, low=0.0, high=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "g_in": draw.tensor(B, T, d, low=low, high=high),
            "E_mem": draw.tensor(B, T, d, low=-reach, high=reach),
            "g_forget": draw.tensor(B, T, d, low=low, high=high),
            "M": draw.tensor(B, R, d, low=-2.0, high=2.0),
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny", "½·tanh(1) + ¼·2 = .8807970779…: tanh forgotten gives 1, exchanged gates 1.1903985389….",
        ("tiny",), "dtype-exact", {}, {"g_in": [[[0.5]]], "E_mem": [[[1.0]]], "g_forget": [[[0.25]]], "M": [[[2.0]]]},
    )
    yield drawn("typical", "Gates exchanged; 1 - g for g.", ("typical",), "dtype-exact", 1, 5, 5, 4)
    yield drawn("square", "T = R = d: an operand transposed.", ("typical",), "full-24", 1, 4, 4, 4)
    yield drawn("odd-extents", "A float32 tanh in double precision.", ("odd-extents",), "full-53", 1, 7, 7, 3)
    yield drawn("batch", "A bank shared by the batch.", ("batch",), "full-53", 3, 4, 4, 2)
    yield drawn(
        "pooled", "More tokens than rows: g_in ⊙ tanh(E_mem) is aligned as a product, not factor by factor.",
        ("odd-extents",), "full-53", 1, 7, 3, 4,
    )
    yield drawn(
        "pooled-exact", "align(g_forget) ⊙ M, not align(g_forget ⊙ something).",
        ("typical", "batch"), "dtype-exact", 2, 8, 4, 3,
    )
    yield drawn(
        "stretched", "Fewer tokens than rows: interpolated, then multiplied.",
        ("odd-extents", "batch"), "full-24", 2, 3, 7, 4,
    )
    yield drawn("one-token", "One token writes the whole bank.", ("extreme",), "full-24", 1, 1, 5, 3)
    yield drawn(
        "saturated-tanh", "|E_mem| up to 40: tanh is ±1 to the last digit; a clipped exponential form gives NaN.",
        ("extreme",), "dtype-exact", 1, 4, 4, 3, reach=40.0,
    )
    yield drawn(
        "small-values", "|E_mem| below 2⁻⁸: tanh as (e^2x-1)/(e^2x+1) loses half its digits.",
        ("extreme",), "full-53", 1, 3, 3, 4, reach=2.0**-8, low=0.5,
    )
    yield Case(
        equation, "keep-everything", "g_in = 0 and g_forget = 1 return M.", ("extreme",), "full-24", {},
        {
            "g_in": [[[0.0, 0.0], [0.0, 0.0]]], "E_mem": [[[3.0, -1.0], [0.5, 2.0]]], "g_forget": [[[1.0, 1.0], [1.0, 1.0]]],
            "M": [[[0.10000000149011612, -1.5], [2.25, -0.30000001192092896]]],
        },
    )
    draw = Draw(f"{equation}/overflowing-tanh", "dtype-exact")
    yield Case(
        equation, "overflowing-tanh",
        "E_mem of ±50 and ±400: e^2x overflows, in float64 as well; tanh as (e^2x-1)/(e^2x+1) or (1-e^-2x)/(1+e^-2x) gives NaN.",
        ("extreme",), "dtype-exact", {},
        {
            "g_in": draw.tensor(1, 4, 3, low=0.0, high=1.0),
            "E_mem": [[[50.0, -50.0, 400.0], [-400.0, 50.0, -50.0], [400.0, -400.0, 50.0], [-50.0, 400.0, -400.0]]],
            "g_forget": draw.tensor(1, 4, 3, low=0.0, high=1.0),
            "M": draw.tensor(1, 4, 3, low=-2.0, high=2.0),
        },
    )

    def near_zero(name, note, family, size):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "g_in": draw.tensor(1, 4, 3, low=0.5, high=1.0),
            "E_mem": draw.tensor(1, 4, 3, low=-size, high=size),
            "g_forget": draw.tensor(1, 4, 3, low=0.0, high=1.0),
            "M": [[[0.0] * 3] * 2 + draw.tensor(2, 3, low=-size, high=size)],
        }
        return Case(equation, name, note, ("extreme",), family, {}, inputs)

    yield near_zero(
        "tanh-near-zero-24", "|E_mem| below 2⁻¹², the bank no larger: (e^2x-1)/(e^2x+1) keeps half the digits of float32.",
        "full-24", 2.0**-12,
    )
    yield near_zero(
        "tanh-near-zero-53", "The same below 2⁻³⁰ in float64: tanh(x) is x here, to the last digit.", "full-53", 2.0**-30,
    )
