"""The cases of the `lm2-ref.*` equations: what an implementation of the paper, or a port that tidies up, would compute instead."""

from case import Case, Draw

ATTENTION = {"W_q": 2, "b_q": 1, "W_k": 2, "b_k": 1, "W_v": 2, "b_v": 1}
NORMS = ("w_1", "w_2")


def all_cases():
    yield from attention()
    yield from block()
    yield from gates()
    yield from step()
    yield from rollout()


def identity(n):
    return [[1.0 if i == j else 0.0 for j in range(n)] for i in range(n)]


def attention_weights(draw, n, weight):
    """Projections with biases, drawn."""
    return {name: draw.tensor(*[n] * rank, low=-weight, high=weight) for name, rank in ATTENTION.items()}


def block_weights(draw, n, weight):
    return attention_weights(draw, n, weight) | {
        "w_1": draw.tensor(n, low=0.5, high=1.5), "b_1": draw.tensor(n, low=-0.5, high=0.5),
        "W_mlp": draw.tensor(n, n, low=-weight, high=weight), "b_mlp": draw.tensor(n, low=-0.5, high=0.5),
        "w_2": draw.tensor(n, low=0.5, high=1.5), "b_2": draw.tensor(n, low=-0.5, high=0.5),
    }


def gate_weights(draw, n, weight, b_forget=1.0, b_input=0.0):
    return {
        "w": draw.tensor(n, low=-1.5, high=1.5),
        "W_i": draw.tensor(n, 2 * n, low=-weight, high=weight), "b_i": draw.tensor(2 * n, low=-0.5, high=0.5),
        "W_m": draw.tensor(n, 2 * n, low=-weight, high=weight), "b_m": draw.tensor(2 * n, low=-0.5, high=0.5),
        "b_forget": b_forget, "b_input": b_input,
    }


def memory(draw, B, n, start):
    """A drawn memory, or the code's initial one: an identity matrix per batch element."""
    return [identity(n)] * B if start else draw.tensor(B, n, n, low=-1.5, high=1.5)


def masks(draw, B, n, heads=0, share=0.4):
    """mask [B,n,n], which hides rows but no token's own, and with heads dropout [B,H,n,n], of a fifth with what makes up for it."""
    hidden = [-1e4, -1.0, 0.5, -(2.0**14)]

    def entry(t, j):
        return 0.0 if t == j or draw.random.random() > share else hidden[draw.random.randrange(len(hidden))]

    given = {"mask": [[[entry(t, j) for j in range(n)] for t in range(n)] for _ in range(B)]}
    if heads:
        given["dropout"] = dropout(draw, B, heads, n)
    return given


def dropout(draw, B, heads, n):
    return [[[[0.0 if draw.random.random() < 0.2 else 1.25 for _ in range(n)] for _ in range(n)] for _ in range(heads)] for _ in range(B)]


def attention():
    equation = "lm2-ref.attention"

    def drawn(name, note, flags, family, B, n, heads=1, top_k=0, reach=1.5, weight=1.0, start=False):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"X": draw.tensor(B, n, n, low=-reach, high=reach), "M": memory(draw, B, n, start)}
        inputs |= attention_weights(draw, n, weight)
        return Case(equation, name, note, flags, family, {"heads": heads, "top_k": top_k}, inputs)

    zeros, halves = [[0.0, 0.0], [0.0, 0.0]], [0.5, 0.5]
    yield Case(
        equation, "tiny-causal",
        "W_q = 0, so all scores are equal: token 0 sees row 0 alone, (1,2) + ½ = (1.5,2.5); token 1 the mean of both rows, "
        "(2,3) + ½ = (2.5,3.5). Unmasked, both tokens would give (2.5,3.5).",
        ("tiny",), "dtype-exact", {"heads": 1, "top_k": 0},
        {
            "X": [[[1.0, 2.0], [3.0, 4.0]]], "M": [[[1.0, 2.0], [3.0, 4.0]]],
            "W_q": zeros, "b_q": [1.0, 0.0], "W_k": zeros, "b_k": halves, "W_v": identity(2), "b_v": halves,
        },
    )
    yield Case(
        equation, "tiny-top-1-tie",
        "Equal scores, two heads of width 1, top-1: the lower index stays with its weight, ½ for token 1: (½, 1). Renormalised: (1, 2).",
        ("tiny", "tie"), "dtype-exact", {"heads": 2, "top_k": 1},
        {
            "X": [[[1.0, 2.0], [3.0, 4.0]]], "M": [[[1.0, 2.0], [3.0, 4.0]]],
            "W_q": zeros, "b_q": [1.0, 0.0], "W_k": zeros, "b_k": halves, "W_v": identity(2), "b_v": [0.0, 0.0],
        },
    )
    yield drawn(
        "typical", "Keys or values from the tokens instead of the memory; a bias left out.",
        ("typical",), "dtype-exact", 1, 4,
    )
    yield drawn("two-heads", "The scale 1/√n instead of 1/√(n/H).", ("typical",), "full-24", 1, 6, heads=2)
    yield drawn(
        "three-heads-odd-extents", "Heads interleaved; an output projection, which the code does not have.",
        ("odd-extents", "batch"), "full-53", 2, 9, heads=3,
    )
    yield drawn("batch", "Memory of one batch element for all.", ("batch", "odd-extents"), "full-53", 3, 5)
    yield drawn(
        "identity-memory", "The initial memory: rows and columns of it are the same, those of W_k and W_v are not.",
        ("typical",), "full-24", 1, 5, start=True,
    )
    yield drawn("top-2", "Weights renormalised after top-k, or top-k before the softmax.", ("typical",), "full-24", 2, 6, heads=2, top_k=2)
    yield drawn(
        "top-3-of-primes", "Tokens that see fewer than k rows keep them all.",
        ("odd-extents",), "full-53", 1, 7, top_k=3,
    )
    yield drawn("scores-of-hundreds", "A softmax without its maximum subtracted.", ("extreme",), "full-24", 1, 4, reach=12.0, weight=3.0)
    yield drawn("one-slot", "n = 1: the attended row is the value itself.", ("extreme",), "dtype-exact", 2, 1)
    yield Case(
        equation, "tiny-mask",
        "Equal scores; the mask is -1 at row 0 of token 1, which sees row 1 alone: (3,4). A mask that is added leaves row 0 the weight 1/(1+e).",
        ("tiny",), "dtype-exact", {"heads": 1, "top_k": 0},
        {
            "X": [[[1.0, 2.0], [3.0, 4.0]]], "M": [[[1.0, 2.0], [3.0, 4.0]]], "W_q": zeros, "b_q": [1.0, 0.0], "W_k": zeros, "b_k": halves,
            "W_v": identity(2), "b_v": [0.0, 0.0], "mask": [[[0.0, 0.0], [-1.0, 0.0]]],
        },
    )
    yield Case(
        equation, "tiny-dropout",
        "Equal scores, half of the weights dropped, the others doubled: token 0 reads nothing, token 1 twice a half of row 0: (1,2).",
        ("tiny",), "dtype-exact", {"heads": 1, "top_k": 0},
        {
            "X": [[[1.0, 2.0], [3.0, 4.0]]], "M": [[[1.0, 2.0], [3.0, 4.0]]], "W_q": zeros, "b_q": [1.0, 0.0], "W_k": zeros, "b_k": halves,
            "W_v": identity(2), "b_v": [0.0, 0.0], "dropout": [[[[0.0, 2.0], [2.0, 0.0]]]],
        },
    )

    def masked(name, note, flags, family, B, n, heads=1, top_k=0, is_dropped=False, has_mask=True):
        case = drawn(name, note, flags, family, B, n, heads, top_k)
        given = masks(Draw(f"{equation}/{name}/masks", family), B, n, heads if is_dropped else 0)
        if not has_mask:
            del given["mask"]
        return Case(equation, name, note, flags, family, case.attributes, case.inputs | given)

    yield masked("mask", "A mask that is added, whose sign is asked, or that is 0 where rows are hidden.", ("typical",), "dtype-exact", 1, 5)
    yield masked("mask-batch", "The mask of one batch element for all, or transposed.", ("batch", "odd-extents"), "full-53", 3, 5)
    yield masked("mask-two-heads-top-2", "Top-k among hidden rows.", ("typical", "batch"), "full-24", 2, 6, heads=2, top_k=2)
    yield masked(
        "dropout", "Dropped weights made up for, or the others not scaled.", ("typical", "batch"), "dtype-exact", 2, 4, heads=2, is_dropped=True, has_mask=False,
    )
    yield masked("mask-and-dropout", "Scores dropped instead of weights.", ("batch",), "full-53", 2, 6, heads=3, is_dropped=True)
    yield masked(
        "dropout-top-2", "The largest chosen before the dropout, which leaves fewer.", ("typical", "batch"), "full-24", 2, 6, heads=2, top_k=2, is_dropped=True,
        has_mask=False,
    )


def block():
    equation = "lm2-ref.block"

    def drawn(
        name, note, flags, family, B, n, heads=1, top_k=0, blocks=1, mlp_layers=2, eps=1e-5, reach=1.5, weight=1.0, start=False
    ):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"X": draw.tensor(B, n, n, low=-reach, high=reach), "M": memory(draw, B, n, start)}
        inputs |= block_weights(draw, n, weight)
        attributes = {"heads": heads, "top_k": top_k, "blocks": blocks, "mlp_layers": mlp_layers, "eps": eps}
        return Case(equation, name, note, flags, family, attributes, inputs)

    zeros = [[0.0, 0.0], [0.0, 0.0]]
    yield Case(
        equation, "tiny",
        "Values 0: LN((1,3)) = (-1,1)/√(1+eps); W_mlp = 2I: relu gives (0,2)/√(1+eps), so LN₂ sees (-1,3)/√(1+eps), of variance "
        "4/(1+eps): ∓1/√(1 + eps(1+eps)/4) = ∓.9918…. The residual of M instead of M′ would see (1, 3 + 1.94), and give ∓.9920….",
        ("tiny",), "dtype-exact", {"heads": 1, "top_k": 0, "blocks": 1, "mlp_layers": 1, "eps": 2.0**-4},
        {
            "X": [[[1.0, 2.0], [3.0, 4.0]]], "M": [[[1.0, 3.0], [4.0, 2.0]]],
            "W_q": zeros, "b_q": [0.0, 0.0], "W_k": zeros, "b_k": [0.0, 0.0], "W_v": zeros, "b_v": [0.0, 0.0],
            "w_1": [1.0, 1.0], "b_1": [0.0, 0.0], "W_mlp": [[2.0, 0.0], [0.0, 2.0]], "b_mlp": [0.0, 0.0],
            "w_2": [1.0, 1.0], "b_2": [0.0, 0.0],
        },
    )
    yield drawn(
        "typical", "The second layer with weights of its own, or the last relu left out.",
        ("typical",), "dtype-exact", 1, 4, eps=2.0**-6,
    )
    yield drawn("odd-extents", "The variance divided by n - 1.", ("odd-extents",), "full-53", 1, 5)
    yield drawn("batch", "A memory normalised over rows, or over the batch.", ("batch",), "full-24", 3, 4)
    yield drawn("two-heads-top-2", "Attention's attributes not handed on.", ("typical", "batch"), "full-53", 2, 6, heads=2, top_k=2)
    yield drawn(
        "two-blocks", "Queries of the second block from the running memory instead of X; keys from the first memory.",
        ("typical",), "full-24", 1, 4, blocks=2,
    )
    yield drawn(
        "three-blocks-one-layer", "Three blocks with one layer each: new weights per block, or one attention for all.",
        ("odd-extents", "batch"), "full-53", 2, 5, blocks=3, mlp_layers=1,
    )
    yield drawn("three-layers", "The same weights three times.", ("typical",), "full-24", 1, 5, mlp_layers=3)
    yield drawn("identity-memory", "The initial memory.", ("typical",), "full-53", 1, 6, start=True)
    yield drawn("large-eps", "eps outside the root, or left out.", ("extreme",), "full-24", 1, 4, eps=0.5)
    yield drawn("large-values", "Memory and tokens of 30: attention almost hard.", ("extreme",), "full-53", 1, 3, reach=30.0)

    def of_layers(name, note, flags, family, B, n, mlp_layers, shares_biases=False, **attributes):
        case = drawn(name, note, flags, family, B, n, mlp_layers=mlp_layers, **attributes)
        draw = Draw(f"{equation}/{name}/layers", family)
        own = {"W_mlp": draw.tensor(mlp_layers, n, n)} | ({} if shares_biases else {"b_mlp": draw.tensor(mlp_layers, n, low=-0.5, high=0.5)})
        return Case(equation, name, note, flags, family, case.attributes, case.inputs | own)

    yield of_layers("layers", "Weights of the first layer for all, or the last one first.", ("typical", "batch"), "full-24", 2, 4, 3)
    yield of_layers("layers-exact", "The same for 16 bits.", ("typical",), "dtype-exact", 1, 4, 2, eps=2.0**-6)
    yield of_layers(
        "layers-two-blocks", "New layers in every block; the biases are shared by all.", ("odd-extents", "batch"), "full-53", 2, 5, 2, shares_biases=True, blocks=2,
    )
    masked = drawn("masked", "Mask and dropout not handed on, or in the first block only.", ("batch",), "full-53", 2, 6, heads=2, blocks=2)
    yield Case(
        equation, masked.name, masked.note, masked.flags, masked.family, masked.attributes,
        masked.inputs | masks(Draw(f"{equation}/masked/masks", "full-53"), 2, 6, 2),
    )


def gates():
    equation = "lm2-ref.gates"

    def drawn(name, note, flags, family, B, n, reach=1.5, weight=1.0, b_forget=1.0, b_input=0.0, start=False):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"X": draw.tensor(B, n, n, low=-reach, high=reach), "M": memory(draw, B, n, start)}
        inputs |= gate_weights(draw, n, weight, b_forget, b_input)
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-one-slot",
        "n = 1: p = relu(2·3) = 6, G = (½p, -½p) + (0, tanh 0) + (1, 2): g_in = σ(4 + 0) = .982013790…, g_forget = σ(-1 + 1) = ½. "
        "Biases exchanged: σ(5), σ(-1).",
        ("tiny",), "dtype-exact", {},
        {
            "X": [[[3.0]]], "M": [[[0.0]]], "w": [2.0], "W_i": [[0.5, -0.5]], "b_i": [1.0, 2.0], "W_m": [[1.0, 1.0]],
            "b_m": [0.0, 0.0], "b_forget": 1.0, "b_input": 0.0,
        },
    )
    yield Case(
        equation, "tiny-not-causal",
        "Only token 1 is not zero: p = relu of it over 2 = (½, 0), the same for every row, so token 0's gates know of token 1: "
        "σ(½) = .62245933… in row 0 too, where a running mean gives ½. relu after the mean would give the same here, relu of the "
        "sum over features not.",
        ("tiny",), "dtype-exact", {},
        {
            "X": [[[0.0, 0.0], [1.0, -1.0]]], "M": [[[0.0, 0.0], [0.0, 0.0]]], "w": [1.0, 1.0],
            "W_i": [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]], "b_i": [0.0, 0.0, 0.0, 0.0],
            "W_m": [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]], "b_m": [0.0, 0.0, 0.0, 0.0], "b_forget": 1.0, "b_input": 0.0,
        },
    )
    yield drawn("typical", "The two halves exchanged.", ("typical",), "dtype-exact", 1, 4)
    yield drawn("odd-extents", "relu after the mean instead of before.", ("odd-extents",), "full-53", 1, 5)
    yield drawn("batch", "The mean over the batch as well.", ("batch",), "full-24", 3, 4)
    yield drawn(
        "batch-of-primes", "The pooled tokens added to columns instead of rows.",
        ("batch", "odd-extents"), "full-53", 2, 7,
    )
    yield drawn(
        "learnt-biases", "input_bias and forget_bias exchanged, or the initial 0 and 1 built in.",
        ("typical",), "full-24", 1, 5, b_forget=-0.75, b_input=0.40625,
    )
    yield drawn("identity-memory", "The initial memory: tanh left out gives 1 for .76.", ("typical",), "full-53", 1, 6, start=True)
    yield drawn("saturated-memory", "Memory of 15: tanh is 1.", ("extreme",), "full-24", 1, 3, reach=15.0, weight=3.0)
    yield drawn("saturated", "Logits of hundreds.", ("extreme",), "full-53", 1, 3, reach=40.0, weight=20.0)
    yield drawn(
        "negative-products", "Some features negative at every token: their pooled value is exactly 0.",
        ("extreme",), "dtype-exact", 2, 3, reach=1.0,
    )


ATTRIBUTES = {"heads": 1, "top_k": 0, "blocks": 1, "mlp_layers": 2, "eps": 1e-5}


def step():
    equation = "lm2-ref.step"

    def drawn(name, note, flags, family, B, n, reach=1.5, weight=1.0, b_forget=1.0, b_input=0.0, start=False, **attributes):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"X": draw.tensor(B, n, n, low=-reach, high=reach), "M": memory(draw, B, n, start)}
        inputs |= block_weights(draw, n, weight) | gate_weights(draw, n, weight, b_forget, b_input)
        return Case(equation, name, note, flags, family, ATTRIBUTES | attributes, inputs)

    yield Case(
        equation, "tiny-one-slot",
        "n = 1: both norms give their shifts, E = 1; gates ½ and ½: M_next = ½ tanh 1 + ½·2 = 1.380797…, E_next = 3 + M_next. "
        "The paper adds a gated old memory instead: 3 + g_out·2.",
        ("tiny",), "dtype-exact", ATTRIBUTES | {"eps": 2.0**-6},
        {
            "X": [[[3.0]]], "M": [[[2.0]]], "W_q": [[1.0]], "b_q": [0.0], "W_k": [[1.0]], "b_k": [0.0], "W_v": [[1.0]], "b_v": [0.0],
            "w_1": [1.0], "b_1": [0.5], "W_mlp": [[1.0]], "b_mlp": [0.0], "w_2": [1.0], "b_2": [1.0],
            "w": [1.0], "W_i": [[0.0, 0.0]], "b_i": [0.0, 0.0], "W_m": [[0.0, 0.0]], "b_m": [0.0, 0.0], "b_forget": 0.0, "b_input": 0.0,
        },
    )
    yield drawn(
        "typical", "The paper's reading: an output gate, or the memory from before the update in the output.",
        ("typical",), "dtype-exact", 1, 4, eps=2.0**-6,
    )
    yield drawn(
        "odd-extents", "The paper's gates: g_in from E, g_forget from what was read, instead of one pair from tokens and old memory.",
        ("odd-extents",), "full-53", 1, 5,
    )
    yield drawn("batch", "Gates of the updated memory.", ("batch",), "full-24", 3, 4)
    yield drawn(
        "identity-memory", "The first layer: the identity as memory; E without tanh.",
        ("typical", "batch"), "full-24", 2, 6, start=True, heads=2,
    )
    yield drawn(
        "top-2-two-heads", "Top-k and heads not handed on.",
        ("odd-extents", "batch"), "full-53", 2, 6, heads=3, top_k=2,
    )
    yield drawn("two-blocks", "The gates take the memory between the blocks.", ("typical",), "full-53", 1, 5, blocks=2, mlp_layers=1)
    yield drawn(
        "learnt-biases", "The biases' initial values built in.",
        ("typical",), "full-24", 1, 5, b_forget=-0.5, b_input=0.75, mlp_layers=3,
    )
    yield drawn(
        "closed-gates", "Gates that keep the memory: tokens leak into it.",
        ("extreme",), "full-53", 1, 4, b_forget=40.0, b_input=-40.0,
    )
    yield drawn("saturated", "Large tokens: an almost hard attention, saturated gates.", ("extreme",), "full-24", 1, 3, reach=20.0)

    def changed(name, note, flags, family, B, n, change, **attributes):
        case = drawn(name, note, flags, family, B, n, **attributes)
        return Case(equation, name, note, flags, family, case.attributes, case.inputs | change(Draw(f"{equation}/{name}/more", family)))

    yield changed(
        "masked", "Training: mask and dropout not handed on.", ("batch",), "full-24", 2, 4, lambda draw: masks(draw, 2, 4, 2), heads=2,
    )
    yield changed(
        "one-memory", "A memory of batch 1, as the code has it at the start: the first element's alone.", ("batch",), "full-53", 3, 5,
        lambda draw: {"M": draw.tensor(5, 5, low=-1.5, high=1.5)},
    )
    yield changed(
        "one-identity", "The identity of batch 1, layers with weights of their own.", ("batch",), "dtype-exact", 2, 4,
        lambda draw: {"M": identity(4), "W_mlp": draw.tensor(2, 4, 4), "b_mlp": draw.tensor(2, 4, low=-0.5, high=0.5)}, eps=2.0**-6,
    )


def rollout():
    equation = "lm2-ref.rollout"

    def drawn(name, note, flags, family, S, B, n, reach=1.5, weight=1.0, start=False, per_step=(), seed="", **attributes):
        draw = Draw(f"{equation}/{name}{seed}", family)
        inputs = {"X": draw.tensor(S, B, n, n, low=-reach, high=reach), "M_0": memory(draw, B, n, start)}
        own = [block_weights(draw, n, weight) | gate_weights(draw, n, weight, *gate_biases(draw)) for _ in range(S if per_step else 1)]
        for key in own[0]:
            everywhere = [weights[key] for weights in own]
            inputs[key] = everywhere if per_step == "all" or key in per_step else everywhere[0]
        return Case(equation, name, note, ("rollout", *flags), family, ATTRIBUTES | attributes, inputs)

    def gate_biases(draw):
        return draw.tensor(low=-1.0, high=1.0), draw.tensor(low=-1.0, high=1.0)

    yield drawn("one-step", "One step is `step`.", ("tiny",), "dtype-exact", 1, 1, 2, eps=2.0**-6)
    yield drawn(
        "small-weights", "Two steps that bfloat16 can be judged in, forward and back.",
        ("batch",), "dtype-exact", 2, 2, 2, eps=2.0**-6, weight=0.25, heads=2, seed="3",
    )
    yield drawn(
        "small-weights-layers", "The same, each step with weights of its own.",
        ("odd-extents",), "dtype-exact", 2, 1, 3, eps=2.0**-6, weight=0.25, per_step="all", seed="58",
    )
    yield drawn("typical", "Five forwards with one layer: the memory is not reset between them.", ("typical",), "full-24", 5, 1, 4)
    yield drawn(
        "layers", "Five layers with weights of their own and one memory through all of them, not one memory per layer.",
        ("typical",), "full-53", 5, 1, 4, start=True, per_step="all",
    )
    yield drawn(
        "layers-of-width-s", "S = n: weights per layer and shared ones can be confused.",
        ("batch",), "full-24", 5, 2, 5, per_step="all", heads=5,
    )
    yield drawn(
        "some-weights-per-layer", "Only the gates differ between the layers: each weight has its own leading axis or none.",
        ("batch",), "full-53", 5, 2, 3, per_step=("w", "W_i", "b_i", "b_forget", "b_input"),
    )
    yield drawn(
        "identity-start", "From the initial memory: the identity put back at every step.",
        ("odd-extents", "batch"), "full-53", 5, 2, 5, start=True,
    )
    yield drawn("top-2", "Top-k at every step.", ("typical",), "full-24", 5, 1, 4, heads=2, top_k=2, start=True)
    yield drawn("two-blocks", "Blocks within steps.", ("typical",), "full-53", 5, 1, 3, blocks=2, mlp_layers=1, per_step="all")
    yield drawn("long", "Nine steps: drift of the carried memory.", ("odd-extents",), "full-53", 9, 1, 5, heads=5)

    def changed(name, note, flags, family, S, B, n, change, **how):
        case = drawn(name, note, flags, family, S, B, n, **how)
        return Case(equation, name, note, case.flags, family, case.attributes, case.inputs | change(Draw(f"{equation}/{name}/more", family)))

    yield changed(
        "one-identity", "From the identity of batch 1, which becomes the batch's: batch elements sharing it for ever.", ("batch",), "full-53", 3, 2, 4,
        lambda draw: {"M_0": identity(4)},
    )
    yield changed(
        "masked", "One mask for all steps, each its dropout.", ("batch",), "full-24", 3, 2, 4,
        lambda draw: masks(draw, 2, 4) | {"dropout": [dropout(draw, 2, 2, 4) for _ in range(3)]}, heads=2,
    )
    yield changed(
        "layers-of-layers", "Each step's layers have weights of their own: S and layers confused.", ("odd-extents",), "full-53", 3, 1, 4,
        lambda draw: {"W_mlp": draw.tensor(3, 2, 4, 4), "b_mlp": draw.tensor(3, 2, 4, low=-0.5, high=0.5)}, per_step=("W_q", "W_i"),
    )
