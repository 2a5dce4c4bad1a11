"""The cases of the `block.*` equations: extents, families, and the mistake each one is there to catch."""

from case import Case, Draw

LLAMA_BASE = 500000.0


def all_cases():
    yield from rms_norm()
    yield from layer_norm()
    yield from rope()
    yield from swiglu()
    yield from geglu()
    yield from attention_causal()
    yield from gelu()


def rms_norm():
    equation = "block.rms_norm"

    def drawn(name, note, flags, family, B, T, d, reach=2.0, low=None, eps=1e-5):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "x": draw.tensor(B, T, d, low=-reach if low is None else low, high=reach),
            "w": draw.tensor(d, low=0.25, high=1.75),
        }
        return Case(equation, name, note, flags, family, {"eps": eps}, inputs)

    yield Case(
        equation, "tiny-width-2",
        "x = (3,4), eps = 3.5: √(12.5 + 3.5) = 4, so y = (3/4, 4/4·2); eps outside the root, or a sum instead of a mean, is no 4.",
        ("tiny",), "dtype-exact", {"eps": 3.5}, {"x": [[[3.0, 4.0]]], "w": [1.0, 2.0]},
    )
    yield drawn("typical", "The weight left out, or 1 + w for w.", ("typical",), "dtype-exact", 1, 4, 8)
    yield drawn(
        "mean-not-zero", "The mean subtracted, as LayerNorm does: all entries are positive here.",
        ("typical",), "full-24", 1, 3, 6, reach=3.0, low=1.0,
    )
    yield drawn("odd-extents", "Prime extents: normalised over tokens, or over all of x.", ("odd-extents",), "full-53", 1, 5, 7)
    yield drawn("batch", "One root for the whole batch.", ("batch",), "full-24", 3, 2, 5)
    yield drawn("batch-of-primes", "Sums in float32 where float64 is claimed.", ("odd-extents", "batch"), "full-53", 2, 3, 13)
    yield drawn(
        "eps-dominates", "Entries of a thousandth: √mean + √eps, or eps added after the root.",
        ("extreme",), "full-24", 2, 3, 4, reach=2.0**-10,
    )
    yield drawn(
        "eps-of-another-model", "eps = 1/1000 is not the default: a constant eps.",
        ("typical",), "full-53", 1, 4, 6, reach=0.125, eps=0.001,
    )
    yield drawn(
        "large-norm", "Entries up to 2⁵⁰, squares up to 2¹⁰⁰: beyond float16, within bfloat16 and float32.",
        ("extreme",), "dtype-exact", 1, 3, 8, reach=2.0**50,
    )
    yield drawn(
        "squares-beyond-float16", "Entries up to 1000, squares up to 10⁶: formed in float16 they are infinite, in float32 they are not.",
        ("extreme",), "dtype-exact", 1, 3, 6, reach=1000.0,
    )
    yield drawn(
        "sum-beyond-float16", "Entries up to 250: float16 holds their squares, but not the sum of sixteen.",
        ("extreme",), "dtype-exact", 1, 2, 16, reach=250.0,
    )
    yield drawn("width-1", "Width 1: nearly ±w.", ("extreme", "batch"), "full-53", 2, 3, 1)
    yield drawn("one-token", "One token squeezed away.", ("extreme", "batch"), "dtype-exact", 2, 1, 5)
    yield drawn("wide", "A mean over 32 entries accumulated in a narrow dtype.", ("typical",), "full-24", 1, 2, 32)


def layer_norm():
    equation = "block.layer_norm"

    def drawn(name, note, flags, family, B, T, d, reach=2.0, low=None, eps=1e-5):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "x": draw.tensor(B, T, d, low=-reach if low is None else low, high=reach),
            "w": draw.tensor(d, low=0.25, high=1.75),
            "b": draw.tensor(d),
        }
        return Case(equation, name, note, flags, family, {"eps": eps}, inputs)

    yield Case(
        equation, "tiny-width-2",
        "x = (1,5): mean 3, variance 4, eps 5, root 3: y = (-2/3·3 + 1, 2/3·6 - 1) = (-1, 3); the unbiased variance is 8.",
        ("tiny",), "dtype-exact", {"eps": 5.0}, {"x": [[[1.0, 5.0]]], "w": [3.0, 6.0], "b": [1.0, -1.0]},
    )
    yield drawn("typical", "w and b exchanged, or one of them left out.", ("typical",), "dtype-exact", 1, 4, 8)
    yield drawn(
        "width-2", "Width 2: the unbiased variance is twice the biased one.",
        ("extreme",), "full-24", 2, 5, 2,
    )
    yield drawn("odd-extents", "Prime extents: normalised over tokens, or over all of x.", ("odd-extents",), "full-53", 1, 5, 7)
    yield drawn("batch", "Statistics shared by the batch.", ("batch",), "full-24", 3, 2, 5)
    yield drawn(
        "batch-of-primes", "Sums in float32 where float64 is claimed.", ("odd-extents", "batch"), "full-53", 2, 3, 13
    )
    yield drawn(
        "large-mean", "Entries from 1000 to 1001: the variance as mean(x²) - mean² loses all digits in float32.",
        ("extreme",), "full-24", 1, 3, 6, low=1000.0, reach=1001.0,
    )
    yield drawn(
        "large-mean-53", "The same in float64, around 10⁶.",
        ("extreme",), "full-53", 1, 2, 7, low=1e6, reach=1e6 + 1,
    )
    yield drawn(
        "mean-of-14-deviations", "Entries from 3.5 to 4.5: mean(x²) - mean² loses a digit more than the mean taken out late, as kernels do.",
        ("extreme",), "full-24", 1, 3, 7, low=3.5, reach=4.5,
    )
    yield drawn(
        "squares-beyond-float16", "Deviations up to 1000, squares up to 10⁶: formed in float16 they are infinite, in float32 they are not.",
        ("extreme",), "dtype-exact", 1, 3, 6, reach=1000.0,
    )
    yield drawn(
        "sum-beyond-float16", "Entries from 500 to 1000: float16 holds each, but not the sum of a hundred, from which the mean comes.",
        ("extreme",), "dtype-exact", 1, 2, 100, low=500.0, reach=1000.0,
    )
    yield Case(
        equation, "constant-token",
        "Equal entries have variance 0: y = b, and eps keeps from dividing by 0.",
        ("extreme",), "dtype-exact", {"eps": 0.25},
        {"x": [[[1.5] * 4, [-3.0] * 4]], "w": [1.0, 2.0, -1.0, 0.5], "b": [0.5, -1.0, 2.0, 3.0]},
    )
    yield drawn(
        "eps-dominates", "Entries of a thousandth: eps outside the root.",
        ("extreme",), "full-24", 2, 3, 4, reach=2.0**-10,
    )
    yield drawn(
        "eps-of-another-model", "eps = 1/1000 is not the default: a constant eps.",
        ("typical",), "full-53", 1, 4, 6, reach=0.125, eps=0.001,
    )
    yield drawn("one-token", "One token squeezed away.", ("extreme", "batch"), "dtype-exact", 2, 1, 5)


    yield from layer_norm_without_bias()


def layer_norm_without_bias():
    equation = "block.layer_norm"

    def drawn(name, note, flags, family, B, T, d, low=-2.0, high=2.0, eps=1e-5):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, T, d, low=low, high=high), "w": draw.tensor(d, low=0.25, high=1.75)}
        return Case(equation, name, note, flags, family, {"eps": eps, "bias": False}, inputs)

    yield Case(
        equation, "tiny-without-bias", "x = (1,5), w = (3,6): (-2/3·3, 2/3·6) = (-2, 4).",
        ("tiny",), "dtype-exact", {"eps": 5.0, "bias": False}, {"x": [[[1.0, 5.0]]], "w": [3.0, 6.0]},
    )
    yield drawn("without-bias", "A bias of ones or of rubbish where there is none.", ("typical", "batch"), "dtype-exact", 2, 3, 6)
    yield drawn(
        "without-bias-mean-not-zero", "Without a bias the mean left in as well, as in RMSNorm: all entries are positive here.",
        ("typical", "batch"), "full-24", 3, 2, 8, low=1.0, high=3.0,
    )
    yield drawn("without-bias-odd-extents", "Normalised over tokens.", ("odd-extents",), "full-53", 1, 5, 7, eps=0.001)


def rope():
    equation = "block.rope"

    def drawn(name, note, flags, family, B, H, T, dh, base=LLAMA_BASE, offset=0, reach=2.0, **how):
        x = Draw(f"{equation}/{name}", family).tensor(B, H, T, dh, low=-reach, high=reach)
        return Case(equation, name, note, flags, family, {"base": base, "offset": offset} | how, {"x": x})

    yield Case(
        equation, "tiny-width-2",
        "(1,0) at positions 0 and 1 is (1,0) and (cos 1, sin 1) = (.5403023058…, .8414709848…): the sine of the other sign.",
        ("tiny",), "dtype-exact", {"base": LLAMA_BASE, "offset": 0}, {"x": [[[[1.0, 0.0], [1.0, 0.0]]]]},
    )
    yield Case(
        equation, "tiny-halves",
        "Width 4, base 16, position 1: angles 1 and ¼. (1,1,0,0) becomes (cos 1, cos ¼, sin 1, sin ¼); "
        "interleaved pairs (0,1), (2,3) give (cos 1 - sin 1, cos 1 + sin 1, 0, 0).",
        ("tiny",), "dtype-exact", {"base": 16.0, "offset": 1}, {"x": [[[[1.0, 1.0, 0.0, 0.0]]]]},
    )
    yield drawn("typical", "Interleaved pairs for halves, or cosine and sine exchanged.", ("typical",), "dtype-exact", 1, 2, 5, 8)
    yield drawn(
        "base-10000", "The base of Llama 3 where another is asked for.", ("typical",), "full-24", 1, 1, 7, 6, base=10000.0,
    )
    yield drawn(
        "base-2", "All angles differ widely: base^(-j/dh), base^(-4j/dh), or angles in descending order.",
        ("typical",), "full-53", 1, 2, 4, 10, base=2.0,
    )
    yield drawn(
        "offset", "An offset ignored, or off by one.", ("typical", "batch"), "full-24", 2, 2, 3, 4, base=10000.0, offset=17,
    )
    yield drawn(
        "odd-extents-batch", "Positions counted along heads, or running on from one batch element to the next.",
        ("odd-extents", "batch"), "full-53", 3, 5, 7, 6, base=100.0,
    )
    yield drawn(
        "one-token", "One new token behind five others: position 5, not 0.",
        ("extreme", "batch"), "dtype-exact", 2, 3, 1, 4, offset=5,
    )
    yield drawn("width-2", "One pair, one angle.", ("extreme",), "full-53", 2, 1, 6, 2, offset=2)
    yield drawn(
        "long-context", "Positions from 131071 on: angles computed in float32 are off by up to .01, for which float32 has the tolerance and float64 has not.",
        ("extreme",), "full-24", 1, 2, 3, 6, offset=131071,
    )
    yield drawn(
        "long-context-53", "Positions from 1048573 on: angles computed in float64 are off by up to 10⁻¹⁰, and in float32 they mean nothing.",
        ("extreme",), "full-53", 1, 1, 5, 8, offset=1048573,
    )
    yield drawn(
        "long-context-16", "Positions from 70000 on, which float16 does not hold and bfloat16 cannot count.",
        ("extreme",), "dtype-exact", 1, 1, 4, 4, base=10000.0, offset=70000,
    )
    yield drawn(
        "large-entries", "Entries of thousands keep their norm.", ("extreme",), "full-24", 1, 1, 3, 8, reach=4096.0, offset=40,
    )
    yield Case(
        equation, "tiny-interleaved",
        "Width 4, base 16, position 1: angles 1 and ¼. (1,0,1,0) becomes (cos 1, sin 1, cos ¼, sin ¼); halves give (cos 1 - sin 1, 0, cos 1 + sin 1, 0).",
        ("tiny",), "dtype-exact", {"base": 16.0, "offset": 1, "pairs": "interleaved"}, {"x": [[[[1.0, 0.0, 1.0, 0.0]]]]},
    )
    yield drawn(
        "interleaved", "Halves for interleaved pairs, or angles of halves: entry n turned by the angle of n.",
        ("typical",), "dtype-exact", 1, 2, 5, 8, base=10000.0, pairs="interleaved",
    )
    yield drawn(
        "interleaved-offset-batch", "Interleaved entries gathered into halves that are not put back.",
        ("batch",), "full-24", 2, 3, 4, 6, base=100.0, offset=9, pairs="interleaved",
    )
    yield drawn(
        "interleaved-odd-extents", "Interleaved, prime extents, five pairs.",
        ("odd-extents", "batch"), "full-53", 3, 2, 7, 10, base=2.0, pairs="interleaved",
    )
    yield from rope_scaled(drawn)


def scaled(factor, low, high, length):
    """The attributes of frequency scaling."""
    return {"scaled": True, "factor": factor, "low_freq_factor": low, "high_freq_factor": high, "original_length": length}


LLAMA_3_1 = scaled(8.0, 1.0, 4.0, 8192.0)


def rope_scaled(drawn):
    equation = "block.rope"
    yield Case(
        equation, "tiny-scaled",
        "One wave of length 2π, which does not fit in 4: its frequency is halved. At position 1 (1,0) becomes (cos ½, sin ½).",
        ("tiny",), "dtype-exact", {"base": 16.0, "offset": 1, "pairs": "half"} | scaled(2.0, 1.0, 4.0, 4.0), {"x": [[[[1.0, 0.0]]]]},
    )
    yield Case(
        equation, "tiny-scaled-between",
        "One wave, which fits 6/(2π) = .9549… times, between ½ and 1½: s = .4549…, f = s + (1 - s)/4 = .5911…; at position 2 (cos 1.1823…, sin 1.1823…).",
        ("tiny",), "dtype-exact", {"base": 16.0, "offset": 2, "pairs": "half"} | scaled(4.0, 0.5, 1.5, 6.0), {"x": [[[[1.0, 0.0]]]]},
    )
    yield drawn(
        "scaled", "Six waves: one short, two between, three long. All divided, none smoothed, or low and high exchanged.",
        ("typical",), "dtype-exact", 1, 2, 5, 12, base=100.0, pairs="half", **scaled(8.0, 1.0, 4.0, 40.0),
    )
    yield drawn(
        "scaled-as-in-llama", "Llama 3.1's factors; the fifth of eight waves is between.",
        ("typical",), "full-24", 1, 2, 3, 16, offset=4, pairs="half", **LLAMA_3_1,
    )
    yield drawn(
        "scaled-interleaved-batch", "Scaling and interleaved pairs together; the factors of Llama 3.1 built in.",
        ("odd-extents", "batch"), "full-53", 2, 3, 7, 10, base=50.0, offset=23, pairs="interleaved", **scaled(3.5, 0.75, 2.5, 30.0),
    )
    yield drawn(
        "scaled-narrow-band", "Between 1.3 and 1.45 the frequency falls to a thirty-second: s by wavelengths instead of frequencies.",
        ("extreme",), "full-24", 1, 2, 4, 12, base=100.0, pairs="half", **scaled(32.0, 1.3, 1.45, 40.0),
    )
    yield drawn(
        "scaled-all-long", "No wave fits: all are divided, which is linear scaling.",
        ("extreme", "batch"), "full-53", 2, 1, 5, 6, base=10000.0, offset=3, pairs="half", **scaled(4.0, 1.0, 4.0, 5.0),
    )
    yield drawn(
        "scaled-up", "A factor below 1 makes long waves faster.", ("extreme",), "full-53", 1, 1, 6, 8, base=20.0, pairs="interleaved", **scaled(0.5, 1.0, 2.0, 25.0),
    )


def swiglu():
    equation = "block.swiglu"

    def drawn(name, note, flags, family, B, T, d, f, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "z": draw.tensor(B, T, d, low=-reach, high=reach),
            "W_gate": draw.tensor(d, f, low=-weight, high=weight),
            "W_up": draw.tensor(d, f, low=-weight, high=weight),
            "W_down": draw.tensor(f, d),
        }
        return Case(equation, name, note, flags, family, {}, inputs)

    yield Case(
        equation, "tiny-width-1",
        "silu(1)·3·2 = 6σ(1) = 4.3863514718…: silu on the other branch gives silu(3)·1·2 = 5.7154….",
        ("tiny",), "dtype-exact", {}, {"z": [[[1.0]]], "W_gate": [[1.0]], "W_up": [[3.0]], "W_down": [[2.0]]},
    )
    yield Case(
        equation, "tiny-negative",
        "silu(-2)·½·4 = -4σ(-2) = -.4768116880…: σ for silu gives .238…, relu 0, GELU -.0910….",
        ("tiny",), "dtype-exact", {}, {"z": [[[-1.0]]], "W_gate": [[2.0]], "W_up": [[-0.5]], "W_down": [[4.0]]},
    )
    yield drawn("typical", "silu on the wrong branch, or on both.", ("typical",), "dtype-exact", 1, 4, 6, 8)
    yield drawn(
        "equal-extents", "d = f: only the values tell a transposition or an exchange of the weights.",
        ("typical",), "full-24", 1, 3, 5, 5,
    )
    yield drawn("odd-extents", "Prime, unequal extents.", ("odd-extents",), "full-53", 1, 3, 5, 11)
    yield drawn("batch", "Products rounded to bfloat16 or TF32 for float32.", ("batch",), "full-24", 2, 3, 8, 6)
    yield drawn(
        "batch-of-primes", "GELU, or its approximation x·σ(1.702x).", ("odd-extents", "batch"), "full-53", 3, 2, 7, 5,
    )
    yield drawn("narrow", "f < d.", ("odd-extents",), "dtype-exact", 2, 3, 7, 2)
    yield drawn(
        "saturated", "Gates of hundreds, of both signs: e^-x overflows in float32 where it is formed for negative x.",
        ("extreme",), "full-24", 1, 4, 6, 5, reach=60.0, weight=4.0,
    )
    yield drawn(
        "saturated-53", "Gates of thousands: the same in float64.",
        ("extreme",), "full-53", 1, 3, 5, 4, reach=500.0, weight=4.0,
    )
    yield drawn(
        "near-zero", "Small arguments: silu(x) is about x/2 there.", ("extreme",), "full-53", 1, 3, 4, 6, reach=2.0**-12,
    )
    yield drawn("one-token", "One token squeezed away.", ("extreme", "batch"), "dtype-exact", 2, 1, 4, 3)


def geglu():
    equation = "block.geglu"

    def drawn(name, note, flags, family, form, B, T, d, f, reach=1.5, weight=1.0):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {
            "z": draw.tensor(B, T, d, low=-reach, high=reach),
            "W_gate": draw.tensor(d, f, low=-weight, high=weight),
            "W_up": draw.tensor(d, f, low=-weight, high=weight),
            "W_down": draw.tensor(f, d),
        }
        return Case(equation, name, note, flags, family, {"form": form}, inputs)

    one = {"z": [[[1.0]]], "W_gate": [[1.0]], "W_up": [[3.0]], "W_down": [[2.0]]}
    yield Case(
        equation, "tiny", "gelu(1)·3·2 = 6Φ(1) = 5.0480684764…: GELU on the other branch gives gelu(3)·1·2 = 5.9919….",
        ("tiny",), "dtype-exact", {"form": "erf"}, one,
    )
    yield Case(
        equation, "tiny-tanh", "The same with the tanh form: 5.0471519438….", ("tiny",), "dtype-exact", {"form": "tanh"}, one,
    )
    yield drawn("typical", "GELU on the wrong branch, or on both.", ("typical",), "dtype-exact", "erf", 1, 4, 6, 8)
    yield drawn("typical-tanh", "The form with erf, or silu.", ("typical",), "dtype-exact", "tanh", 1, 4, 6, 8)
    yield drawn(
        "equal-extents", "d = f: only the values tell a transposition or an exchange of the weights.",
        ("typical",), "full-24", "erf", 1, 3, 5, 5,
    )
    yield drawn("equal-extents-tanh", "The same with the tanh form.", ("typical",), "full-53", "tanh", 1, 3, 4, 4)
    yield drawn("odd-extents", "Prime, unequal extents.", ("odd-extents",), "full-53", "erf", 1, 3, 5, 11)
    yield drawn("odd-extents-tanh", "√(2/π) with the digits of a float32.", ("odd-extents",), "full-53", "tanh", 1, 5, 7, 3)
    yield drawn("batch", "Products rounded to bfloat16 or TF32 for float32.", ("batch",), "full-24", "tanh", 2, 3, 8, 6)
    yield drawn("batch-of-primes", "x·σ(1.702x), or silu.", ("odd-extents", "batch"), "full-53", "erf", 3, 2, 7, 5)
    yield drawn("narrow", "f < d.", ("odd-extents", "batch"), "dtype-exact", "erf", 2, 3, 7, 2)
    yield drawn(
        "saturated", "Gates of hundreds, of both signs: the gate or nothing.",
        ("extreme",), "full-24", "tanh", 1, 4, 6, 5, reach=60.0, weight=4.0,
    )
    yield drawn(
        "near-zero", "Small arguments: gelu(x) is about x/2 there.", ("extreme",), "full-53", "erf", 1, 3, 4, 6, reach=2.0**-12,
    )
    yield drawn("one-token", "One token squeezed away.", ("extreme", "batch"), "dtype-exact", "tanh", 2, 1, 4, 3)


def self_attention_weights(draw, d, heads, kv_heads, weight=1.0):
    """W_q, W_k, W_v, W_o of grouped causal attention, where d = heads·dh."""
    shapes = {"W_q": (d, d), "W_k": (d, d // heads * kv_heads), "W_v": (d, d // heads * kv_heads), "W_o": (d, d)}
    return {name: draw.tensor(*shape, low=-weight, high=weight) for name, shape in shapes.items()}


def attention_causal():
    equation = "block.attention.causal"

    def drawn(
        name, note, flags, family, B, T, d, heads=1, kv_heads=None, rope=False, base=LLAMA_BASE, reach=1.5, weight=1.0
    ):
        draw = Draw(f"{equation}/{name}", family)
        kv_heads = kv_heads or heads
        inputs = {
            "x": draw.tensor(B, T, d, low=-reach, high=reach),
            **self_attention_weights(draw, d, heads, kv_heads, weight),
        }
        return Case(equation, name, note, flags, family, {"heads": heads, "kv_heads": kv_heads, "rope": rope, "base": base}, inputs)

    plain = {"heads": 1, "kv_heads": 1, "rope": False, "base": LLAMA_BASE}
    one = [[1.0]]
    yield Case(
        equation, "tiny-two-tokens",
        "Tokens 1 and 2: the first sees itself, the second scores 2 and 4: y = (1, (e²·1 + e⁴·2)/(e² + e⁴)) = (1, 1.8807970779…).",
        ("tiny",), "dtype-exact", plain, {"x": [[[1.0], [2.0]]], "W_q": one, "W_k": one, "W_v": one, "W_o": one},
    )
    yield Case(
        equation, "tiny-grouped",
        "One token, 4 query heads, 2 value heads 10 and 20: ⌊hG/H⌋ reads (10,10,20,20), h mod G would read (10,20,10,20).",
        ("tiny",), "dtype-exact", plain | {"heads": 4, "kv_heads": 2},
        {
            "x": [[[1.0, 0.0, 0.0, 0.0]]], "W_q": [[1.0] * 4] * 4, "W_k": [[1.0] * 2] * 4,
            "W_v": [[10.0, 20.0]] + [[0.0, 0.0]] * 3, "W_o": [[1.0 if i == j else 0.0 for j in range(4)] for i in range(4)],
        },
    )
    yield Case(
        equation, "tiny-rotated",
        "All queries and keys are (1,0); values ±1. Token 1 scores cos(1)/√2 and 1/√2: y = (-.1611115697…, 0), unrotated (0, 0).",
        ("tiny",), "dtype-exact", plain | {"rope": True},
        {
            "x": [[[1.0, 1.0], [1.0, -1.0]]], "W_q": [[1.0, 0.0], [0.0, 0.0]], "W_k": [[1.0, 0.0], [0.0, 0.0]],
            "W_v": [[0.0, 0.0], [1.0, 0.0]], "W_o": [[1.0, 0.0], [0.0, 1.0]],
        },
    )
    yield drawn("typical", "A mask shifted by one, or none.", ("typical",), "dtype-exact", 1, 5, 8, heads=2)
    yield drawn(
        "rope", "Values rotated as well, or only the queries.", ("typical",), "dtype-exact", 1, 5, 8, heads=2, rope=True,
    )
    yield drawn(
        "grouped", "Key/value head h mod G for ⌊hG/H⌋.", ("typical",), "full-24", 1, 5, 8, heads=4, kv_heads=2,
    )
    yield drawn(
        "grouped-rope-batch", "Grouped heads, rotated, in a batch; base 10000.",
        ("batch",), "full-53", 2, 4, 16, heads=4, kv_heads=2, rope=True, base=10000.0,
    )
    yield drawn("multi-query", "One key/value head for all.", ("extreme",), "full-24", 2, 4, 12, heads=3, kv_heads=1, rope=True)
    yield drawn(
        "three-heads-odd-extents", "Scaled by √d instead of √dh, or heads as interleaved columns; dh is odd.",
        ("odd-extents", "batch"), "full-53", 2, 7, 15, heads=3,
    )
    yield drawn(
        "base-2", "A base that is not handed on: base 2 turns every pair visibly.",
        ("odd-extents",), "full-53", 1, 7, 6, heads=1, rope=True, base=2.0,
    )
    yield drawn(
        "one-token", "One token sees itself: weights are 1.", ("extreme", "batch"), "dtype-exact", 3, 1, 4, heads=2, kv_heads=1,
    )
    yield drawn(
        "saturated", "Scores of hundreds: exponentials without the maximum subtracted.",
        ("extreme",), "full-24", 1, 4, 4, heads=2, rope=True, reach=8.0, weight=2.0,
    )
    yield drawn("long", "Thirteen tokens.", ("odd-extents",), "full-53", 1, 13, 8, heads=2, kv_heads=1, rope=True)
    yield from attention_causal_of_models()


def attention_causal_of_models():
    """With biases, interleaved pairs and scaled frequencies."""
    equation = "block.attention.causal"

    def drawn(name, note, flags, family, B, T, d, heads, kv_heads, rope, base=LLAMA_BASE, qkv_bias=False, output_bias=False, **rotation):
        draw = Draw(f"{equation}/{name}", family)
        inputs = {"x": draw.tensor(B, T, d, low=-1.5, high=1.5), **self_attention_weights(draw, d, heads, kv_heads)}
        of_keys = d // heads * kv_heads
        if qkv_bias:
            inputs |= {"b_q": draw.tensor(d), "b_k": draw.tensor(of_keys), "b_v": draw.tensor(of_keys)}
        if output_bias:
            inputs["b_o"] = draw.tensor(d)
        attributes = {
            "heads": heads, "kv_heads": kv_heads, "rope": rope, "base": base, "qkv_bias": qkv_bias, "output_bias": output_bias,
        }
        return Case(equation, name, note, flags, family, attributes | {"pairs": "half"} | rotation, inputs)

    one = [[1.0]]
    yield Case(
        equation, "tiny-biases",
        "Tokens 1 and 2, b_q = 1, b_k = 5, b_v = 10, b_o = 100: queries (2,3), keys (6,7), values (11,12): y = (111, 100 + (e^18·11 + e^21·12)/(e^18 + e^21)) "
        "= (111, 111.9525741268…); b_k does nothing.",
        ("tiny",), "dtype-exact",
        {"heads": 1, "kv_heads": 1, "rope": False, "base": LLAMA_BASE, "pairs": "half", "qkv_bias": True, "output_bias": True},
        {"x": [[[1.0], [2.0]]], "W_q": one, "W_k": one, "W_v": one, "W_o": one, "b_q": [1.0], "b_k": [5.0], "b_v": [10.0], "b_o": [100.0]},
    )
    yield drawn(
        "biases", "A bias left out, or b_o added before W_o, as in GPT-2's c_proj.", ("typical",), "dtype-exact", 1, 5, 8, 2, 2, False,
        qkv_bias=True, output_bias=True,
    )
    yield drawn(
        "biases-rope", "Biases of queries and keys added after the rotation, as in no Qwen.", ("typical",), "dtype-exact", 1, 5, 8, 2, 1, True,
        base=10000.0, qkv_bias=True,
    )
    yield drawn(
        "biases-grouped-batch", "Biases of key heads shared by the wrong query heads; b_k left out, which shows where keys are rotated.",
        ("batch",), "full-53", 2, 4, 16, 4, 2, True, base=100.0, qkv_bias=True, output_bias=True,
    )
    yield drawn(
        "output-bias", "Whisper's output bias without the others.", ("odd-extents", "batch"), "full-24", 2, 7, 9, 3, 1, False, output_bias=True,
    )
    yield drawn("interleaved", "Halves for interleaved pairs.", ("typical",), "full-24", 1, 5, 12, 2, 1, True, base=50.0, pairs="interleaved")
    yield drawn(
        "interleaved-exact", "The same for 16 bits.", ("typical", "batch"), "dtype-exact", 2, 4, 8, 2, 2, True, base=10000.0, pairs="interleaved",
    )
    yield drawn(
        "scaled", "Scaling that reaches queries alone, or neither; heads of width 8.", ("batch",), "full-53", 2, 6, 16, 2, 1, True, base=100.0,
        **scaled(8.0, 1.0, 4.0, 40.0),
    )


def gelu():
    equation = "block.gelu"

    def drawn(name, note, flags, family, B, T, d, form, reach=3.0, low=None):
        draw = Draw(f"{equation}/{name}", family)
        return Case(
            equation, name, note, flags, family, {"form": form}, {"x": draw.tensor(B, T, d, low=-reach if low is None else low, high=reach)},
        )

    yield Case(
        equation, "tiny", "x = (1, -2): (.8413447460…, -.0455002638…); σ(1.702 x) for Φ gives .8457957659….",
        ("tiny",), "dtype-exact", {"form": "erf"}, {"x": [[[1.0, -2.0]]]},
    )
    yield Case(
        equation, "tiny-tanh", "x = (1, -2): (.8411919906…, -.0454023059…), not what erf gives.",
        ("tiny",), "dtype-exact", {"form": "tanh"}, {"x": [[[1.0, -2.0]]]},
    )
    yield drawn("typical", "The √2 left out, or a factor ½.", ("typical",), "dtype-exact", 1, 4, 8, "erf")
    yield drawn("typical-tanh", "The cubic term left out, or with another factor.", ("typical",), "dtype-exact", 1, 4, 8, "tanh")
    yield drawn("odd-extents", "Prime extents; erf in float32 where float64 is claimed.", ("odd-extents",), "full-53", 1, 5, 7, "erf")
    yield drawn("odd-extents-tanh", "√(2/π) with the digits of a float32.", ("odd-extents",), "full-53", 1, 7, 5, "tanh")
    yield drawn("batch", "The tanh form where erf was asked for.", ("batch",), "full-24", 3, 2, 5, "erf")
    yield drawn("batch-tanh", "erf where the tanh form was asked for.", ("batch",), "full-24", 3, 2, 5, "tanh")
    yield drawn("near-zero", "Entries of a thousandth: y is nearly x/2, and its curvature is x²/√(2π).", ("extreme",), "full-53", 2, 3, 4, "erf", 2.0**-10)
    yield drawn(
        "saturated", "Entries up to 64 of both signs: y is x or nothing; x³ is beyond float16 where it is formed.",
        ("extreme",), "dtype-exact", 1, 3, 8, "tanh", 64.0,
    )
    yield drawn(
        "tail", "x in [-6, -3]: 1 + erf(x/√2) keeps few digits, which ρ allows; relu, or a clamped tail, keeps none.",
        ("extreme",), "full-24", 1, 3, 6, "erf", reach=-3.0, low=-6.0,
    )
    yield drawn("one-entry", "One entry.", ("extreme", "batch"), "full-53", 2, 1, 1, "tanh")
