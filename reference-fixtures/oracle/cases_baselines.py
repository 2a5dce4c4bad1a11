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
        name, note, flags, family, B, T, K, d, f, heads=1, kv_heads=None, eps=1e-5, reach=1.5, weight=1.0,
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
        return Case(equation, name, note, flags, family, {"heads": heads, "kv_heads": kv_heads, "eps": eps}, inputs)

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
