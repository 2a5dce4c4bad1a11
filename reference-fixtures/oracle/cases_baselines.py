"""The cases of the `base.*` equations: extents, families, and the mistake each one is there to catch."""

from case import Case, Draw
from cases_blocks import self_attention_weights


def all_cases():
    yield from txl_encoding()
    yield from txl_relative()
    yield from attention_softmax()
    yield from compressive_compress()
    yield from compressive_attention()
    yield from rmt_segment()
    yield from rmt_attention()
    yield from txl_learnt()
    yield from txl_layer()
    yield from compressive_step()
    yield from compressive_reconstruction()
    yield from blockrec_fixed()
    yield from blockrec_lstm()
    yield from infini_retrieve()
    yield from infini_update()
    yield from infini_inject()
    yield from infini_segment()
    yield from infini_rollout()


def identity(d):
    return [[1.0 if i == j else 0.0 for j in range(d)] for i in range(d)]


def zeros(*shape):
    return [zeros(*shape[1:]) for _ in range(shape[0])] if shape else 0.0


def txl_encoding():
    def of(name, note, flags, length, width):
        return Case("base.txl.encoding", name, note, flags, "dtype-exact", {"length": length, "width": width}, {})

    yield of("tiny-2-by-2", "[[0, 1], [sin 1, cos 1]]: sine before cosine.", ("tiny",), 2, 2)
    yield of(
        "tiny-2-by-4", "Row 1 is (sin 1, sin .01, cos 1, cos .01): sines and cosines interleaved, or in the other order.",
        ("tiny",), 2, 4,
    )
    yield of("typical", "Distances counted from 1, or downwards.", ("typical",), 6, 8)
    yield of("odd-extents", "Exponents i/d for 2i/d; length and width exchanged.", ("odd-extents",), 7, 6)
    yield of("one-position", "Distance 0 alone: exact zeros, then ones.", ("extreme",), 1, 10)
    yield of("width-2", "The frequency 1 alone: multiples of 1 radian.", ("extreme",), 23, 2)
    yield of("wide", "Eleven frequencies: 10000^(i/(d/2-1)), as other transformers have it.", ("odd-extents",), 5, 22)
    yield of("long", "A hundred distances: an argument rounded to float16 or bfloat16 before the sine.", ("extreme",), 101, 4)
    yield of("long-and-wide", "Distances up to 30, width 12: frequencies rounded before the product.", ("typical",), 31, 12)


def txl_weights(draw, d, heads, weight=1.0):
    """The weights of relative attention."""
    inputs = {name: draw.tensor(d, d, low=-weight, high=weight) for name in ("W_q", "W_k", "W_v", "W_r")}
    inputs |= {name: draw.tensor(heads, d // heads) for name in ("bias_u", "bias_v")}
    return inputs | {"W_o": draw.tensor(d, d, low=-weight, high=weight)}


def positions_only(d, bias_v):
    """One head whose scores are bias_v·R_{i-j}/√d: no content."""
    return {
        "W_q": zeros(d, d), "W_k": zeros(d, d), "W_v": identity(d), "W_r": identity(d),
        "bias_u": zeros(1, d), "bias_v": [bias_v], "W_o": identity(d),
    }


def txl_relative():
    equation = "base.txl.relative"

    def drawn(name, note, flags, family, B, T, d, C=0, heads=1, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, T, d, low=-reach, high=reach)}
        if C:
            inputs["cache"] = draw.tensor(B, C, d, low=-reach, high=reach)
        return Case(equation, name, note, flags, family, {"heads": heads}, inputs | txl_weights(draw, d, heads, weight))

    yield Case(
        equation, "tiny-positions",
        "Scores are sin(i-j)/√2: token 1 weighs (e^(sin 1/√2), 1) = (.6445…, .3554…); with j-i they are exchanged.",
        ("tiny",), "dtype-exact", {"heads": 1}, {"x": [[[1.0, 0.0], [0.0, 1.0]]], **positions_only(2, [1.0, 0.0])},
    )
    yield Case(
        equation, "tiny-cache",
        "The same with the first entry cached: y = (.6445…, .3554…); positions counted in x alone make the distance 0.",
        ("tiny",), "dtype-exact", {"heads": 1},
        {"x": [[[0.0, 1.0]]], "cache": [[[1.0, 0.0]]], **positions_only(2, [1.0, 0.0])},
    )
    content = positions_only(2, [0.0, 0.0]) | {"W_k": identity(2), "bias_u": [[2.0, 0.0]]}
    yield Case(
        equation, "tiny-content-bias",
        "Scores are u·k_j/√2: token 1 weighs (e^(2/√2), 1) = (.8044…, .1955…); with u and v exchanged positions decide.",
        ("tiny",), "dtype-exact", {"heads": 1}, {"x": [[[1.0, 0.0], [0.0, 1.0]]], **content},
    )
    yield drawn("typical", "u and v exchanged, or R_{j-i}.", ("typical",), "dtype-exact", 1, 4, 8, heads=2)
    yield drawn(
        "cache", "The cache behind x, or the mask laid over the cache.", ("typical",), "dtype-exact", 1, 3, 4, C=4, heads=2,
    )
    yield drawn(
        "cache-24", "Queries of the cache as well; distances off by one.", ("typical",), "full-24", 1, 4, 6, C=3, heads=3,
    )
    yield drawn(
        "no-cache-53", "The shift of the published code, which is only right below the diagonal, read above it.",
        ("odd-extents",), "full-53", 1, 7, 6,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents; W_r shared by heads, biases of another head.",
        ("odd-extents", "batch"), "full-53", 2, 5, 10, C=3, heads=5,
    )
    yield drawn("one-token", "One token without a cache: its weight is 1.", ("extreme", "batch"), "dtype-exact", 2, 1, 4, heads=2)
    yield drawn(
        "one-token-cache", "Token by token: one query over a cache.", ("extreme", "batch"), "full-24", 2, 1, 4, C=5, heads=2,
    )
    yield drawn(
        "long-cache", "A cache of 23 for 2 tokens: distances up to 24.", ("extreme",), "full-53", 1, 2, 4, C=23, heads=2,
    )
    yield drawn(
        "saturated", "Scores of hundreds.", ("extreme",), "full-24", 1, 4, 4, C=2, heads=2, reach=8.0, weight=2.0,
    )


def attention_softmax():
    equation = "base.attention.softmax"

    def drawn(name, note, flags, family, B, T, d, C=0, heads=1, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, T, d, low=-reach, high=reach)}
        if C:
            inputs |= {cache: draw.tensor(B, C, d, low=-reach, high=reach) for cache in ("K_cache", "V_cache")}
        inputs |= {W: draw.tensor(d, d, low=-weight, high=weight) for W in ("W_q", "W_k", "W_v", "W_o")}
        return Case(equation, name, note, flags, family, {"heads": heads}, inputs)

    one = [[1.0]]
    yield Case(
        equation, "tiny-cache",
        "x = 2 scores the cached key 1 by 2, its own by 4: y = (e²·10 + e⁴·2)/(e² + e⁴) = 2.9536233761…, K_next = (1,2), "
        "V_next = (10,2).",
        ("tiny",), "dtype-exact", {"heads": 1},
        {"x": [[[2.0]]], "K_cache": [[[1.0]]], "V_cache": [[[10.0]]], "W_q": one, "W_k": one, "W_v": one, "W_o": one},
    )
    yield Case(
        equation, "tiny-no-cache",
        "Tokens 1 and 2 without a cache: y = (1, 1.8807970779…), as block.attention.causal/tiny-two-tokens.",
        ("tiny",), "dtype-exact", {"heads": 1}, {"x": [[[1.0], [2.0]]], "W_q": one, "W_k": one, "W_v": one, "W_o": one},
    )
    yield drawn("typical", "No mask, or one shifted by one.", ("typical",), "dtype-exact", 1, 4, 8, heads=2)
    yield drawn(
        "cache", "The mask laid over the cache, so that token i sees i + 1 entries in all.",
        ("typical",), "dtype-exact", 1, 3, 4, C=4, heads=2,
    )
    yield drawn(
        "cache-24", "The cache behind x, in K_next and V_next too; K and V exchanged.",
        ("typical",), "full-24", 1, 4, 6, C=3, heads=3,
    )
    yield drawn("no-cache-53", "Extents that are prime.", ("odd-extents",), "full-53", 1, 5, 7)
    yield drawn(
        "odd-extents-batch", "The cache of one batch element for all; √d for √dh.",
        ("odd-extents", "batch"), "full-53", 2, 3, 9, C=5, heads=3,
    )
    yield drawn("one-token", "One token, no past: weights of 1.", ("extreme", "batch"), "dtype-exact", 3, 1, 4, heads=2)
    yield drawn("one-token-cache", "Token by token.", ("extreme", "batch"), "full-24", 2, 1, 4, C=5, heads=2)
    yield drawn(
        "long-cache", "29 cached entries: a cache cut to a window, the cached keys projected once more.",
        ("extreme",), "full-53", 1, 2, 4, C=29, heads=2,
    )
    yield drawn("saturated", "Scores of hundreds.", ("extreme",), "full-24", 1, 4, 4, C=2, heads=2, reach=8.0, weight=2.0)


def compressive_compress():
    equation = "base.compressive.compress"

    def drawn(name, note, flags, family, method, B, K, c, d, reach=2.0, low=None):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"X": draw.tensor(B, K * c, d, low=-reach if low is None else low, high=reach)}
        if method == "conv":
            inputs |= {"W_conv": draw.tensor(d, d, c), "b_conv": draw.tensor(d)}
        return Case(equation, name, note, flags, family, {"rate": c, "method": method}, inputs)

    X = [[[1.0], [5.0], [2.0], [-8.0]]]
    yield Case(
        equation, "tiny-mean", "Means of (1,5) and (2,-8): (3,-3); every second token, or runs that overlap.",
        ("tiny",), "dtype-exact", {"rate": 2, "method": "mean"}, {"X": X},
    )
    yield Case(
        equation, "tiny-max", "Maxima of (1,5) and (2,-8): (5,2); by absolute value the second is -8.",
        ("tiny",), "dtype-exact", {"rate": 2, "method": "max"}, {"X": X},
    )
    yield Case(
        equation, "tiny-conv", "½ + 10·1 + 1·5 = 15½ and ½ + 10·2 - 8 = 12½: taps in reverse order give 51½ and -77½.",
        ("tiny",), "dtype-exact", {"rate": 2, "method": "conv"}, {"X": X, "W_conv": [[[10.0, 1.0]]], "b_conv": [0.5]},
    )
    yield drawn("mean", "Runs of K tokens for runs of c.", ("typical", "batch"), "full-24", "mean", 2, 4, 3, 5)
    yield drawn("mean-53", "Prime extents: a sum in float32.", ("odd-extents",), "full-53", "mean", 1, 3, 7, 5)
    yield drawn("max", "Selection is exact: a detour through float32.", ("typical", "batch"), "full-53", "max", 2, 3, 4, 3)
    yield drawn(
        "max-of-negatives", "All entries negative: a maximum that starts from 0.",
        ("extreme",), "full-24", "max", 1, 3, 3, 4, reach=-0.5, low=-2.0,
    )
    yield drawn("conv", "Input and output channels exchanged.", ("typical",), "dtype-exact", "conv", 1, 3, 2, 4)
    yield drawn(
        "conv-equal-extents", "c = d: only the values tell the axes of W_conv apart.",
        ("typical",), "full-24", "conv", 1, 2, 3, 3,
    )
    yield drawn("conv-odd-extents-batch", "A stride of 1, or padding.", ("odd-extents", "batch"), "full-53", "conv", 2, 3, 5, 7)
    yield drawn("rate-1-conv", "Rate 1: a product with W_convᵀ.", ("extreme",), "full-24", "conv", 2, 4, 1, 3)
    yield drawn("rate-1-max", "Rate 1 leaves X as it is.", ("extreme",), "full-53", "max", 1, 3, 1, 4)
    yield drawn("one-run", "All tokens in one entry.", ("extreme",), "dtype-exact", "mean", 2, 1, 6, 3)


def compressive_attention():
    equation = "base.compressive.attention"

    def drawn(name, note, flags, family, B, T, d, C=0, K=0, heads=1, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, T, d, low=-reach, high=reach)}
        if C:
            inputs["cache"] = draw.tensor(B, C, d, low=-reach, high=reach)
        if K:
            inputs["compressed"] = draw.tensor(B, K, d, low=-reach, high=reach)
        return Case(equation, name, note, flags, family, {"heads": heads}, inputs | txl_weights(draw, d, heads, weight))

    uniform = positions_only(2, [0.0, 0.0])
    parts = {"x": [[[3.0, 0.0]]], "cache": [[[0.0, 6.0]]], "compressed": [[[9.0, 12.0]]]}
    yield Case(
        equation, "tiny-uniform", "Equal scores: y is the mean (4, 6) of (9,12), (0,6) and (3,0).",
        ("tiny",), "dtype-exact", {"heads": 1}, parts | uniform,
    )
    yield Case(
        equation, "tiny-order",
        "Scores sin(i-j)/√2 with distances 2, 1, 0: y = (4.2668…, 7.1479…); [cache ‖ compressed] exchanges the first two.",
        ("tiny",), "dtype-exact", {"heads": 1}, parts | positions_only(2, [1.0, 0.0]),
    )
    yield drawn(
        "typical", "Distances counted in the tokens behind an entry, rate by rate, not in entries.",
        ("typical",), "dtype-exact", 1, 3, 4, C=3, K=2, heads=2,
    )
    yield drawn("typical-24", "The compressed entries behind the cache.", ("typical",), "full-24", 1, 4, 6, C=3, K=3, heads=3)
    yield drawn(
        "equal-parts-batch", "As many compressed as cached as new: only the values tell the order.",
        ("batch",), "full-53", 2, 3, 4, C=3, K=3, heads=2,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents; the mask laid over the past.",
        ("odd-extents", "batch"), "full-53", 3, 2, 6, C=5, K=3,
    )
    yield drawn("no-compressed", "A cache alone: base.txl.relative.", ("extreme",), "full-24", 1, 3, 4, C=4, heads=2)
    yield drawn("no-cache", "Compressed entries alone, next to x.", ("extreme",), "full-24", 1, 3, 4, K=4, heads=2)
    yield drawn("no-past", "Neither: the first segment.", ("extreme", "batch"), "dtype-exact", 2, 4, 4, heads=2)
    yield drawn("one-token", "One token over both.", ("extreme",), "full-53", 2, 1, 4, C=2, K=3, heads=2)
    yield drawn(
        "long-past", "17 compressed and 7 cached entries: distances up to 25.",
        ("extreme",), "full-53", 1, 2, 4, C=7, K=17, heads=2,
    )


def rmt_segment():
    equation = "base.rmt.segment"

    def drawn(
        name, note, flags, family, B, T, K, d, f, heads=1, kv_heads=None, eps=1e-5, reach=1.5, weight=1.0, apart=False, **further,
    ):
        draw = Draw(f"{equation}/{name}", family)
        kv_heads = kv_heads or heads
        inputs = {
            "x": draw.tensor(B, T, d, low=-reach, high=reach),
            "m": draw.tensor(B, K, d, low=-reach, high=reach),
            "w_1": draw.tensor(d, low=0.5, high=1.5),
            "w_2": draw.tensor(d, low=0.5, high=1.5),
            **self_attention_weights(draw, d, heads, kv_heads, weight),
            "W_gate": draw.tensor(d, f, low=-weight, high=weight),
            "W_up": draw.tensor(d, f, low=-weight, high=weight),
            "W_down": draw.tensor(f, d, low=-weight, high=weight),
        }
        if apart:
            inputs["m_write"] = draw.tensor(B, K, d, low=-reach, high=reach)
        return Case(equation, name, note, flags, family, {"heads": heads, "kv_heads": kv_heads, "eps": eps, **further}, inputs)

    one, zero = [[1.0]], [[0.0]]
    uniform = {"W_q": zero, "W_k": one, "W_v": one, "W_o": one, "W_gate": one, "W_up": one, "W_down": zero}
    yield Case(
        equation, "tiny-uniform",
        "s = (-1,1,-1), eps 3: normalised (-½,½,-½), causal means -½, 0, -1/6; so y = 1, m_next = -7/6, and -3/2 where the first "
        "memory is read.",
        ("tiny",), "dtype-exact", {"heads": 1, "kv_heads": 1, "eps": 3.0},
        {"x": [[[1.0]]], "m": [[[-1.0]]], "w_1": [1.0], "w_2": [1.0], **uniform},
    )
    yield Case(
        equation, "tiny-mlp",
        "The same without attention, f = 1, w_2 = 2: x + silu(2·½)·(2·½) = 1 + σ(1) = 1.7310585786…, m - silu(-1) = -.7310585786….",
        ("tiny",), "dtype-exact", {"heads": 1, "kv_heads": 1, "eps": 3.0},
        {"x": [[[1.0]]], "m": [[[-1.0]]], "w_1": [1.0], "w_2": [2.0], **uniform, "W_v": zero, "W_down": one},
    )
    yield drawn(
        "typical", "The memory read at the beginning, or x's outputs shifted.",
        ("typical",), "dtype-exact", 1, 4, 2, 4, 6, heads=2,
    )
    yield drawn(
        "typical-24", "Norms after the residual, or their weights exchanged.", ("typical",), "full-24", 1, 5, 2, 6, 8, heads=3,
    )
    yield drawn(
        "equal-extents", "K = T = d: only the values tell the parts apart.", ("typical",), "full-53", 1, 4, 4, 4, 5, heads=2,
    )
    yield drawn("grouped", "Grouped heads.", ("typical",), "full-24", 1, 3, 2, 8, 4, heads=4, kv_heads=2)
    yield drawn(
        "multi-query-batch", "One key/value head; memory of another batch element.",
        ("batch",), "full-53", 2, 3, 2, 6, 4, heads=3, kv_heads=1,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents; rotated queries and keys, where nothing is rotated.",
        ("odd-extents", "batch"), "full-53", 2, 5, 3, 6, 7, heads=3,
    )
    yield drawn(
        "more-memory-than-tokens", "K > T: memory tokens that see each other all, not causally.",
        ("odd-extents",), "full-24", 1, 2, 5, 4, 3, heads=2,
    )
    yield drawn("one-token-one-memory", "K = T = 1.", ("extreme", "batch"), "dtype-exact", 3, 1, 1, 4, 2)
    yield drawn(
        "eps-of-another-model", "eps = 1/1000 in both norms, of small tokens.",
        ("typical",), "full-53", 1, 3, 1, 4, 4, eps=0.001, reach=0.0625,
    )
    yield drawn("saturated", "Large weights: hard attention.", ("extreme",), "full-24", 1, 3, 2, 4, 4, heads=2, weight=4.0)
    yield drawn("apart", "The memory that is read, written too.", ("typical",), "full-24", 1, 4, 2, 4, 6, heads=2, apart=True)
    yield drawn("apart-batch", "Read and written memory exchanged.", ("odd-extents", "batch"), "full-53", 2, 3, 5, 6, 4, heads=3, apart=True)
    yield drawn("open", "Memory tokens that see only what is before them.", ("typical",), "full-24", 1, 3, 3, 4, 5, heads=2, open_memory=True)
    yield drawn(
        "open-apart-grouped", "Both, with grouped heads.",
        ("odd-extents", "batch"), "full-53", 2, 2, 3, 8, 4, heads=4, kv_heads=2, apart=True, open_memory=True,
    )


def rmt_attention():
    equation = "base.rmt.attention"

    def drawn(name, note, flags, family, B, T, K, d, heads=1, kv_heads=None, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        kv_heads = kv_heads or heads
        inputs = {part: draw.tensor(B, n, d, low=-reach, high=reach) for part, n in (("front", K), ("x", T), ("behind", K))}
        inputs |= self_attention_weights(draw, d, heads, kv_heads, weight)
        return Case(equation, name, note, flags, family, {"heads": heads, "kv_heads": kv_heads}, inputs)

    one, zero = [[1.0]], [[0.0]]
    uniform = {"W_q": zero, "W_k": one, "W_v": one, "W_o": one}
    yield Case(
        equation, "tiny-uniform",
        "Equal scores over (1,3 | 8 | 6,2): means 2, 2 in front, 4 of x, 4, 4 behind; causal ones are 1, 2, 4, 4½, 4.",
        ("tiny",), "dtype-exact", {"heads": 1, "kv_heads": 1},
        {"front": [[[1.0], [3.0]]], "x": [[[8.0]]], "behind": [[[6.0], [2.0]]], **uniform},
    )
    yield Case(
        equation, "tiny-one", "A memory of one token: attention is causal, 4, 3, 5.",
        ("tiny",), "dtype-exact", {"heads": 1, "kv_heads": 1}, {"front": [[[4.0]]], "x": [[[2.0]]], "behind": [[[9.0]]], **uniform},
    )
    yield drawn("typical", "The causal mask.", ("typical",), "dtype-exact", 1, 4, 3, 4, heads=2)
    yield drawn("typical-24", "Memory in front that sees x.", ("typical",), "full-24", 1, 4, 2, 6, heads=3)
    yield drawn("equal-extents", "K = T = d: x that sees all of x.", ("typical",), "full-53", 1, 4, 4, 4, heads=2)
    yield drawn("grouped", "Query head h with key/value head h mod G.", ("batch",), "full-24", 2, 3, 2, 8, heads=4, kv_heads=2)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", 2, 5, 3, 6, heads=3, kv_heads=1)
    yield drawn("more-memory-than-tokens", "K > T: front and behind in one block.", ("odd-extents",), "full-53", 1, 1, 5, 4, heads=2)
    yield drawn("one-token-one-memory", "K = T = 1.", ("extreme", "batch"), "full-24", 3, 1, 1, 4)


def txl_learnt():
    equation = "base.txl.learnt"

    def drawn(name, note, flags, family, B, T, d, K, C=0, heads=1, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, T, d, low=-reach, high=reach)}
        if C:
            inputs["cache"] = draw.tensor(B, C, d, low=-reach, high=reach)
        inputs |= {name: draw.tensor(d, d, low=-weight, high=weight) for name in ("W_q", "W_k", "W_v", "W_o")}
        inputs |= {"r": draw.tensor(K, heads, d // heads), "bias_u": draw.tensor(heads, d // heads), "bias_r": draw.tensor(K, heads)}
        return Case(equation, name, note, flags, family, {"heads": heads}, inputs)

    plain = {"W_q": zeros(1, 1), "W_k": [[1.0]], "W_v": [[1.0]], "r": [[[1.0]], [[1.0]]], "bias_u": [[0.0]], "W_o": [[1.0]]}
    yield Case(
        equation, "tiny-bias", "Scores are b_1, b_0 = (1, 0): (8, 8 σ(1)) = (8, 5.8484…); by position they are (0, 1).",
        ("tiny",), "dtype-exact", {"heads": 1}, {"x": [[[8.0], [0.0]]], **plain, "bias_r": [[0.0], [1.0]]},
    )
    yield Case(
        equation, "tiny-farthest", "Three cached entries, two distances: b = (1,1,1,0): 8·e/(3e + 1) = 2.3754….",
        ("tiny",), "dtype-exact", {"heads": 1},
        {"x": [[[0.0]]], "cache": [[[8.0], [0.0], [0.0]]], **plain, "bias_r": [[0.0], [1.0]]},
    )
    yield drawn("typical", "Vectors by position.", ("typical",), "dtype-exact", 1, 4, 4, 4, heads=2)
    yield drawn("cache-24", "Distances counted in x alone.", ("typical",), "full-24", 1, 3, 4, 7, C=4, heads=2)
    yield drawn("fewer-distances", "Two distances for seven entries.", ("typical",), "full-53", 1, 4, 6, 2, C=3, heads=3)
    yield drawn("more-distances", "More distances than entries: the farthest are not read.", ("extreme",), "full-24", 1, 3, 4, 9, C=2, heads=2)
    yield drawn("odd-extents-batch", "Prime extents; the cache of another batch element.", ("odd-extents", "batch"), "full-53", 2, 5, 6, 7, C=3, heads=3)
    yield drawn("equal-extents", "K = T = H = dh.", ("batch",), "full-53", 2, 3, 9, 3, heads=3)
    yield drawn("one-token", "One query over a cache.", ("extreme", "batch"), "full-24", 2, 1, 4, 3, C=5, heads=2)
    yield drawn("one-distance", "A vector for all distances.", ("extreme",), "full-53", 1, 4, 4, 1, C=2, heads=2)


def feed_forward_weights(draw, d, f):
    """Two norms around a rectified MLP."""
    return {
        "w_1": draw.tensor(d, low=0.5, high=1.5), "b_1": draw.tensor(d, low=-0.5, high=0.5),
        "W_up": draw.tensor(d, f), "b_up": draw.tensor(f), "W_down": draw.tensor(f, d), "b_down": draw.tensor(d),
        "w_2": draw.tensor(d, low=0.5, high=1.5), "b_2": draw.tensor(d, low=-0.5, high=0.5),
    }


def txl_layer():
    equation = "base.txl.layer"

    def drawn(name, note, flags, family, B, T, d, f, C=0, heads=1, pre_norm=False, eps=1e-5, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, T, d, low=-reach, high=reach)}
        if C:
            inputs["cache"] = draw.tensor(B, C, d, low=-reach, high=reach)
        inputs |= txl_weights(draw, d, heads, weight) | feed_forward_weights(draw, d, f)
        return Case(equation, name, note, flags, family, {"heads": heads, "pre_norm": pre_norm, "eps": eps}, inputs)

    plain = {
        **positions_only(2, [0.0, 0.0]), "w_1": [1.0, 1.0], "b_1": [0.0, 0.0], "W_up": identity(2), "b_up": [0.0, 0.0],
        "W_down": identity(2), "b_down": [0.0, 0.0], "w_2": [1.0, 1.0], "b_2": [0.0, 0.0],
    }
    yield Case(
        equation, "tiny-post-norm",
        "One token reads itself: LN of (6,2) with eps 5 is (2/3,-2/3), the rectifier gives (4/3,-2/3), whose LN is (1,-1)/√6.",
        ("tiny",), "dtype-exact", {"heads": 1, "pre_norm": False, "eps": 5.0}, {"x": [[[3.0, 1.0]]], **plain},
    )
    yield Case(
        equation, "tiny-pre-norm",
        "The same before: (3,1) + LN(3,1) with eps 3 is (3½,½), and relu of its LN (1½/√5.25, …) is added to the first entry only.",
        ("tiny",), "dtype-exact", {"heads": 1, "pre_norm": True, "eps": 3.0}, {"x": [[[3.0, 1.0]]], **plain},
    )
    yield drawn("typical", "The norm of attention after the MLP and that of the MLP after attention.", ("typical",), "dtype-exact", 1, 4, 4, 6, heads=2)
    yield drawn("pre-norm", "A norm after the sums as well.", ("typical",), "dtype-exact", 1, 4, 4, 5, heads=2, pre_norm=True)
    yield drawn("cache-24", "A residual from the cache.", ("typical",), "full-24", 1, 3, 4, 5, C=4, heads=2)
    yield drawn(
        "pre-norm-cache-24", "Cached inputs read without their norm.", ("typical",), "full-24", 1, 3, 4, 5, C=4, heads=2, pre_norm=True,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents; the cache of another batch element.",
        ("odd-extents", "batch"), "full-53", 2, 5, 6, 7, C=3, heads=3,
    )
    yield drawn(
        "pre-norm-odd-extents-batch", "The same before; the residual of what is normalised.",
        ("odd-extents", "batch"), "full-53", 2, 3, 6, 5, C=5, heads=3, pre_norm=True,
    )
    yield drawn("eps-of-a-half", "eps in both norms.", ("typical",), "full-53", 1, 3, 4, 3, C=2, eps=0.5)
    yield drawn("pre-norm-eps-of-a-half", "eps in both norms.", ("typical",), "full-24", 1, 3, 4, 3, C=2, pre_norm=True, eps=0.5)
    yield drawn("one-token", "One token without a cache.", ("extreme", "batch"), "full-24", 2, 1, 4, 3, heads=2)
    yield drawn("pre-norm-one-token", "One token over a cache.", ("extreme", "batch"), "full-53", 2, 1, 4, 3, C=3, heads=2, pre_norm=True)


def compressive_step():
    equation = "base.compressive.step"

    def drawn(name, note, flags, family, method, B, n, c, C, K, d):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, n * c, d), "cache": draw.tensor(B, C, d), "compressed": draw.tensor(B, K, d)}
        if method == "conv":
            inputs |= {"W_conv": draw.tensor(d, d, c), "b_conv": draw.tensor(d)}
        return Case(equation, name, note, flags, family, {"rate": c, "method": method}, inputs)

    yield Case(
        equation, "tiny-mean", "1 and 2 leave (1,2,3), their mean enters (8,9): (3,4,5) and (9,1.5).",
        ("tiny",), "dtype-exact", {"rate": 2, "method": "mean"},
        {"x": [[[4.0], [5.0]]], "cache": [[[1.0], [2.0], [3.0]]], "compressed": [[[8.0], [9.0]]]},
    )
    yield Case(
        equation, "tiny-short-cache", "A segment longer than the cache: (1,2,3,4) leave, (5) stays, and (2,4) are all that is compressed.",
        ("tiny",), "dtype-exact", {"rate": 2, "method": "max"},
        {"x": [[[2.0], [3.0], [4.0], [5.0]]], "cache": [[[1.0]]], "compressed": [[[8.0]]]},
    )
    yield drawn("mean", "The newest tokens compressed, not the oldest.", ("typical", "batch"), "dtype-exact", "mean", 2, 2, 2, 5, 3, 3)
    yield drawn("mean-24", "Compressed entries that enter at the front.", ("typical",), "full-24", "mean", 1, 2, 3, 7, 4, 2)
    yield drawn("mean-53", "Prime extents: the cache's own tokens dropped before they are compressed.", ("odd-extents", "batch"), "full-53", "mean", 3, 1, 5, 7, 3, 2)
    yield drawn("max", "Selection is exact.", ("typical",), "full-53", "max", 1, 2, 2, 6, 3, 4)
    yield drawn("conv", "Taps in reverse order.", ("typical",), "dtype-exact", "conv", 1, 2, 2, 5, 3, 3)
    yield drawn("conv-24", "As many that leave as there are: every queue is new.", ("extreme",), "full-24", "conv", 1, 3, 2, 6, 3, 2)
    yield drawn("conv-53-batch", "Another batch element's queue.", ("odd-extents", "batch"), "full-53", "conv", 2, 1, 3, 5, 2, 3)
    yield drawn("equal-extents", "c = C = K: only the values tell the queues apart.", ("extreme",), "full-24", "mean", 1, 1, 3, 3, 3, 3)
    yield drawn("rate-1", "Nothing is lost: the oldest entry moves over.", ("extreme",), "full-53", "mean", 2, 1, 1, 4, 3, 2)
    yield drawn("more-than-the-queue", "Three entries enter a queue of one.", ("extreme",), "full-24", "max", 1, 3, 2, 4, 1, 2)


def compressive_reconstruction():
    equation = "base.compressive.reconstruction"

    def drawn(name, note, flags, family, B, T, L, K, d, heads=1, reduction="norm", weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"h": draw.tensor(B, T, d), "old": draw.tensor(B, L, d), "compressed": draw.tensor(B, K, d)}
        inputs |= {W: draw.tensor(d, d, low=-weight, high=weight) for W in ("W_q", "W_k", "W_v")}
        return Case(equation, name, note, flags, family, {"heads": heads, "reduction": reduction}, inputs)

    flat = {"W_q": zeros(2, 2), "W_k": identity(2), "W_v": identity(2)}
    of_means = {"h": [[[1.0, 1.0]]], "old": [[[1.0, 2.0], [3.0, 6.0]]], "compressed": [[[5.0, 8.0]]]}
    yield Case(
        equation, "tiny-norm", "Equal scores: (2,4) for the old entries, (5,8) for the one they became: ‖(3,4)‖ = 5.",
        ("tiny",), "dtype-exact", {"heads": 1, "reduction": "norm"}, of_means | flat,
    )
    yield Case(
        equation, "tiny-mean", "The same: (9 + 16)/2 = 12.5.",
        ("tiny",), "dtype-exact", {"heads": 1, "reduction": "mean"}, of_means | flat,
    )
    yield drawn("typical", "No softmax, or no scale.", ("typical",), "dtype-exact", 1, 3, 4, 2, 4, heads=2)
    yield drawn("mean", "A sum for the mean.", ("typical",), "dtype-exact", 1, 3, 4, 2, 4, heads=2, reduction="mean")
    yield drawn("typical-24", "√d for √dh; heads interleaved.", ("typical",), "full-24", 1, 4, 6, 3, 6, heads=3)
    yield drawn("mean-24", "The mean over tokens alone.", ("typical", "batch"), "full-24", 2, 3, 4, 2, 4, heads=2, reduction="mean")
    yield drawn("odd-extents-batch", "Prime extents; a norm of the whole batch.", ("odd-extents", "batch"), "full-53", 3, 5, 7, 2, 3)
    yield drawn("mean-53", "Keys and values exchanged.", ("odd-extents",), "full-53", 1, 5, 3, 2, 5, reduction="mean")
    yield drawn("one-entry", "Everything in one entry, whose weight is 1.", ("extreme",), "full-53", 1, 2, 5, 1, 4, heads=2)
    yield drawn("one-token", "A single query.", ("extreme", "batch"), "full-24", 2, 1, 4, 2, 4, heads=2, reduction="mean")
    yield drawn("equal-extents", "T = L = K = d: the causal mask of the layer.", ("extreme",), "full-53", 1, 4, 4, 4, 4, heads=2)


def blockrec_inputs(draw, gates, B, N, d, f, reach=1.5, weight=1.0):
    inputs = {"c": draw.tensor(B, N, d, low=-reach, high=reach), "h": draw.tensor(B, N, f, low=-reach, high=reach)}
    for gate in gates:
        inputs |= {f"W_{gate}": draw.tensor(f, d, low=-weight, high=weight), f"b_{gate}": draw.tensor(d)}
    return inputs


def blockrec_fixed():
    equation = "base.blockrec.fixed"

    def drawn(name, note, flags, family, B, N, d, f, reach=2.0):
        draw = Draw(f"{equation}/{name}", family)
        return Case(equation, name, note, flags, family, {}, blockrec_inputs(draw, "z", B, N, d, f) | {"b_g": draw.tensor(d, low=-reach, high=reach)})

    one = {"c": [[[8.0]]], "h": [[[1.0]]], "W_z": [[2.0]], "b_z": [2.0]}
    yield Case(
        equation, "tiny-half", "z = 4, g = σ(0) = ½: (8 + 4)/2 = 6; where tanh(z) is taken, 4.4996….",
        ("tiny",), "dtype-exact", {}, one | {"b_g": [0.0]},
    )
    yield Case(
        equation, "tiny-share", "g = σ(1) = .7310…: 4 + 4 σ(1) = 6.9242…; the shares exchanged, 5.0757….",
        ("tiny",), "dtype-exact", {}, one | {"b_g": [1.0]},
    )
    yield drawn("typical", "The shares exchanged.", ("typical",), "dtype-exact", 1, 3, 4, 5)
    yield drawn("typical-24", "z whole, not its share.", ("typical",), "full-24", 1, 4, 3, 6)
    yield drawn("equal-extents", "N = d = f: the gate of a state vector, not of a feature.", ("batch",), "full-24", 2, 4, 4, 4)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", 3, 5, 7, 2)
    yield drawn("typical-53", "W_z as [out, in].", ("odd-extents",), "full-53", 1, 5, 5, 5)
    yield drawn("one-state", "A single vector.", ("extreme", "batch"), "full-24", 2, 1, 5, 3)
    yield drawn("saturated", "Gates nearly open and nearly closed.", ("extreme",), "full-53", 1, 3, 6, 4, reach=16.0)


def blockrec_lstm():
    equation = "base.blockrec.lstm"

    def drawn(name, note, flags, family, B, N, d, f, **scale):
        return Case(equation, name, note, flags, family, {}, blockrec_inputs(Draw(f"{equation}/{name}", family), "zif", B, N, d, f, **scale))

    one = {"c": [[[8.0]]], "h": [[[1.0]]], "W_z": [[2.0]], "b_z": [2.0]}
    yield Case(
        equation, "tiny-halves",
        "i = σ(1 - 1) = f = σ(-1 + 1) = ½: 4 + ½ tanh 4 = 4.4996…; without the starts of the biases i is .731…, f .268….",
        ("tiny",), "dtype-exact", {}, one | {"W_i": [[0.5]], "b_i": [0.5], "W_f": [[-0.5]], "b_f": [-0.5]},
    )
    yield Case(
        equation, "tiny-starts", "Zero weights: f = σ(1), i = σ(-1): 8·.7310… + .2689… tanh 4.",
        ("tiny",), "dtype-exact", {}, one | {"W_i": [[0.0]], "b_i": [0.0], "W_f": [[0.0]], "b_f": [0.0]},
    )
    yield drawn("typical", "1 - f for i.", ("typical",), "dtype-exact", 1, 3, 4, 5)
    yield drawn("typical-24", "The gates exchanged.", ("typical",), "full-24", 1, 4, 3, 6)
    yield drawn("equal-extents", "N = d = f: gates that read the state.", ("batch",), "full-24", 2, 4, 4, 4)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", 3, 5, 2, 7)
    yield drawn("typical-53", "Weights as [out, in].", ("odd-extents",), "full-53", 1, 5, 5, 5)
    yield drawn("one-state", "A single vector.", ("extreme", "batch"), "full-24", 2, 1, 5, 3)
    yield drawn("saturated", "Arguments of tens: open and closed gates.", ("extreme",), "full-53", 1, 3, 3, 4, reach=4.0, weight=4.0)


def infini_memory(draw, B, heads, dk, dv):
    """What some segments may have left: positive sums of features."""
    return {"M": draw.tensor(B, heads, dk, dv, low=-2.0, high=2.0), "z": draw.tensor(B, heads, dk, low=1.0, high=4.0)}


def infini_retrieve():
    equation = "base.infini.retrieve"

    def drawn(name, note, flags, family, B, T, heads, dk, dv, reach=1.5):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"Q": draw.tensor(B, T, heads * dk, low=-reach, high=reach), **infini_memory(draw, B, heads, dk, dv)}
        return Case(equation, name, note, flags, family, {"heads": heads}, inputs)

    yield Case(
        equation, "tiny-positive", "φ = (2,3): (2·1 + 3·2)/(2·2 + 3·4) = ½; without φ (1 + 4)/(2 + 8) too, without the normaliser 8.",
        ("tiny",), "dtype-exact", {"heads": 1}, {"Q": [[[1.0, 2.0]]], "M": [[[[1.0], [2.0]]]], "z": [[[2.0, 4.0]]]},
    )
    yield Case(
        equation, "tiny-negative", "φ = (e⁻¹, 1.5): ELU alone is -.632… and .5, a rectifier 0 and .5.",
        ("tiny",), "dtype-exact", {"heads": 1}, {"Q": [[[-1.0, 0.5]]], "M": [[[[4.0], [-8.0]]]], "z": [[[1.0, 2.0]]]},
    )
    yield drawn("typical", "The normaliser of all heads.", ("typical",), "dtype-exact", 1, 4, 2, 3, 3)
    yield drawn("typical-24", "No normaliser.", ("typical",), "full-24", 1, 5, 3, 2, 4)
    yield drawn("equal-extents", "dk = dv = T: the memory transposed.", ("typical",), "full-53", 1, 3, 2, 3, 3)
    yield drawn("odd-extents-batch", "Prime extents; the memory of another batch element.", ("odd-extents", "batch"), "full-53", 3, 7, 2, 5, 3)
    yield drawn("batch", "Heads that are interleaved columns.", ("batch",), "full-24", 2, 4, 3, 4, 2)
    yield drawn("one-query", "Token by token.", ("extreme", "batch"), "full-53", 2, 1, 2, 4, 4)
    yield drawn("one-feature", "dk = 1: the query cancels.", ("extreme",), "full-24", 1, 3, 2, 1, 4)
    yield drawn("large-queries", "Queries of tens: φ grows like them, an exponential overflows.", ("extreme",), "full-24", 1, 4, 2, 4, 3, reach=64.0)


def infini_update():
    equation = "base.infini.update"

    def drawn(name, note, flags, family, rule, B, L, heads, dk, dv, first=False, reach=1.5):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "K": draw.tensor(B, L, heads * dk, low=-reach, high=reach), "V": draw.tensor(B, L, heads * dv, low=-reach, high=reach),
            **({} if first else infini_memory(draw, B, heads, dk, dv)),
        }
        return Case(equation, name, note, flags, family, {"heads": heads, "rule": rule}, inputs)

    one = {"K": [[[1.0]]], "V": [[[8.0]]], "M": [[[[6.0]]]], "z": [[[2.0]]]}
    yield Case(
        equation, "tiny-linear", "φ = 2: M = 6 + 2·8 = 22, z = 2 + 2 = 4.",
        ("tiny",), "dtype-exact", {"heads": 1, "rule": "linear"}, one,
    )
    yield Case(
        equation, "tiny-delta", "The memory has 6/2 = 3 of the 8: M = 6 + 2·5 = 16; read without its normaliser it has 12.",
        ("tiny",), "dtype-exact", {"heads": 1, "rule": "delta"}, one,
    )
    yield Case(
        equation, "tiny-two-keys", "Both read the memory as it was: φ = (2,3), M = 6 + 2·5 + 3·(-2) = 10; one after the other it is 9.6.",
        ("tiny",), "dtype-exact", {"heads": 1, "rule": "delta"}, one | {"K": [[[1.0], [2.0]]], "V": [[[8.0], [1.0]]]},
    )
    yield drawn("linear", "Keys without φ.", ("typical",), "dtype-exact", "linear", 1, 4, 2, 3, 3)
    yield drawn("delta", "The linear rule.", ("typical",), "dtype-exact", "delta", 1, 4, 2, 3, 3)
    yield drawn("linear-24", "A mean for the sum; sums without the memory's.", ("typical", "batch"), "full-24", "linear", 2, 5, 3, 2, 4)
    yield drawn("delta-24", "φ(K)ᵀ and φ(V) exchanged; the normaliser after the update.", ("typical", "batch"), "full-24", "delta", 2, 5, 3, 2, 4)
    yield drawn("first-linear", "The first segment: no memory yet.", ("extreme",), "full-24", "linear", 1, 4, 2, 3, 2, first=True)
    yield drawn("first-delta", "The first segment: nothing to subtract.", ("extreme", "batch"), "full-53", "delta", 2, 3, 2, 3, 2, first=True)
    yield drawn("linear-odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", "linear", 3, 7, 2, 5, 3)
    yield drawn("delta-odd-extents-batch", "Prime extents; the memory of another batch element.", ("odd-extents", "batch"), "full-53", "delta", 2, 7, 2, 3, 5)
    yield drawn("delta-equal-extents", "dk = dv = L: the update transposed.", ("extreme",), "full-53", "delta", 1, 3, 2, 3, 3)
    yield drawn("delta-one-token", "Token by token.", ("extreme", "batch"), "full-24", "delta", 2, 1, 2, 4, 3)


def infini_inject():
    equation = "base.infini.inject"

    def drawn(name, note, flags, family, B, T, heads, dv, reach=2.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "A_mem": draw.tensor(B, T, heads * dv), "A_dot": draw.tensor(B, T, heads * dv), "beta": draw.tensor(heads, low=-reach, high=reach),
        }
        return Case(equation, name, note, flags, family, {"heads": heads}, inputs)

    yield Case(
        equation, "tiny-half", "σ(0) = ½ in both heads: the mean of (8,2) and (4,6).",
        ("tiny",), "dtype-exact", {"heads": 2}, {"A_mem": [[[8.0, 2.0]]], "A_dot": [[[4.0, 6.0]]], "beta": [0.0, 0.0]},
    )
    yield Case(
        equation, "tiny-two-heads", "σ(1) and σ(-1) = .731…, .268…: 8 and 0 against 0 and 8 both give 8 σ(1) = 5.8484….",
        ("tiny",), "dtype-exact", {"heads": 2}, {"A_mem": [[[8.0, 0.0]]], "A_dot": [[[0.0, 8.0]]], "beta": [1.0, -1.0]},
    )
    yield drawn("typical", "The shares exchanged.", ("typical",), "dtype-exact", 1, 3, 2, 3)
    yield drawn("typical-24", "A gate for every column, or one for all heads.", ("typical",), "full-24", 1, 4, 3, 2)
    yield drawn("equal-extents", "H = T = dv: the gate of a token.", ("typical",), "full-53", 1, 3, 3, 3)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", 3, 5, 2, 7)
    yield drawn("batch", "H = B: the gate of a batch element.", ("batch",), "full-24", 2, 3, 2, 4)
    yield drawn("one-head", "A single gate.", ("extreme",), "full-53", 2, 2, 1, 5)
    yield drawn("saturated", "β up to 16: 1 - σ(β) from σ(β), not as σ(-β), is what is printed.", ("extreme",), "full-24", 1, 3, 3, 2, reach=16.0)


def infini_weights(draw, d, heads, dk, dv, weight):
    shapes = {"W_q": (d, heads * dk), "W_k": (d, heads * dk), "W_v": (d, heads * dv), "W_o": (heads * dv, d)}
    return {name: draw.tensor(*shape, low=-weight, high=weight) for name, shape in shapes.items()} | {"beta": draw.tensor(heads)}


def infini_segment():
    equation = "base.infini.segment"

    def drawn(name, note, flags, family, rule, B, T, d, heads, dk, dv, first=False, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, T, d, low=-reach, high=reach), **({} if first else infini_memory(draw, B, heads, dk, dv))}
        inputs |= infini_weights(draw, d, heads, dk, dv, weight)
        return Case(equation, name, note, flags, family, {"heads": heads, "rule": rule}, inputs)

    one = {"x": [[[1.0]]], "W_q": [[1.0]], "W_k": [[1.0]], "W_v": [[8.0]], "W_o": [[1.0]], "beta": [0.0]}
    yield Case(
        equation, "tiny-segment", "A_mem = 2·6/(2·2) = 3, A_dot = 8: y = 5½, M = 6 + 2·(8 - 3) = 16, z = 4; read after it is written the memory gives 4.",
        ("tiny",), "dtype-exact", {"heads": 1, "rule": "delta"}, one | {"M": [[[[6.0]]]], "z": [[[2.0]]]},
    )
    yield Case(
        equation, "tiny-first", "No memory: half of A_dot = 8 is 4, M = 16, z = 2.",
        ("tiny",), "dtype-exact", {"heads": 1, "rule": "delta"}, one,
    )
    yield drawn("typical", "The memory written before it is read.", ("typical",), "dtype-exact", "linear", 1, 4, 4, 2, 2, 2)
    yield drawn("delta", "The linear rule.", ("typical",), "dtype-exact", "delta", 1, 4, 4, 2, 2, 2)
    yield drawn("typical-24", "Queries for keys; attention without its mask.", ("typical",), "full-24", "linear", 1, 5, 4, 2, 3, 2)
    yield drawn("delta-24", "Scores scaled by √d.", ("typical",), "full-24", "delta", 1, 4, 6, 3, 2, 3)
    yield drawn("first", "The first segment, of which half is lost to a memory that is empty.", ("extreme", "batch"), "full-53", "linear", 2, 3, 4, 2, 2, 3, first=True)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", "delta", 2, 5, 7, 2, 3, 5)
    yield drawn("equal-extents", "T = d = H·dk: only the values tell the weights apart.", ("extreme",), "full-53", "linear", 1, 4, 4, 2, 2, 2)
    yield drawn("one-token", "Token by token.", ("extreme", "batch"), "full-24", "delta", 2, 1, 4, 2, 2, 2)
    yield drawn("small-weights", "For 16 bits.", ("batch",), "dtype-exact", "delta", 2, 3, 4, 2, 2, 2, weight=0.5)


def infini_rollout():
    equation = "base.infini.rollout"

    def drawn(name, note, flags, family, rule, S, B, T, d, heads, dk, dv, first=False, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        memory = {} if first else infini_memory(draw, B, heads, dk, dv)
        inputs = {"x": draw.tensor(S, B, T, d, low=-1.5, high=1.5), **{f"{name}_0": tensor for name, tensor in memory.items()}}
        inputs |= infini_weights(draw, d, heads, dk, dv, weight)
        return Case(equation, name, note, ("rollout", *flags), family, {"heads": heads, "rule": rule}, inputs)

    one = {"W_q": [[1.0]], "W_k": [[1.0]], "W_v": [[8.0]], "W_o": [[1.0]], "beta": [0.0]}
    yield Case(
        equation, "tiny-two-segments", "M = 16, z = 2 after the first, of which y = 4; the second reads 8: y = 8, adds nothing, z = 4.",
        ("tiny", "rollout"), "dtype-exact", {"heads": 1, "rule": "delta"}, {"x": [[[[1.0]]], [[[1.0]]]], **one},
    )
    yield drawn("linear-from-nothing", "The memory of every segment its own.", ("typical",), "dtype-exact", "linear", 3, 1, 2, 4, 2, 2, 2, first=True)
    yield drawn("delta-from-nothing", "The normaliser not carried.", ("typical",), "dtype-exact", "delta", 3, 1, 2, 4, 2, 2, 2, first=True)
    yield drawn("linear-24", "A memory given: M_0 ignored.", ("typical",), "full-24", "linear", 2, 1, 3, 4, 2, 3, 2)
    yield drawn("delta-24", "z_0 ignored.", ("typical",), "full-24", "delta", 2, 1, 3, 4, 2, 2, 3)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", "delta", 3, 2, 2, 5, 1, 3, 2)
    yield drawn("equal-extents", "S = B = T: the axes exchanged.", ("batch",), "full-53", "linear", 2, 2, 2, 4, 2, 2, 2)
    yield drawn("five-segments", "Five segments: errors that add up.", ("typical",), "full-24", "delta", 5, 1, 2, 3, 1, 2, 2, first=True)
    yield drawn("small-weights", "For 16 bits.", ("batch",), "dtype-exact", "linear", 5, 2, 2, 4, 2, 2, 2, first=True, weight=0.5)
