"""The parts of a transformer block: the `block.*` equations of specification section 3.

Every formula takes the arithmetic `a`, its tensors as nested lists and its attributes by name, and returns its outputs in the
order of the catalogue. B batch, T tokens, d width, H query heads, G key/value heads, dh = d/H, f hidden width.
Sources: RMSNorm = Zhang and Sennrich, 2019; LayerNorm = Ba et al., 2016; RoFormer = Su et al., 2021; SwiGLU = Shazeer, 2020; GELU = Hendrycks and Gimpel, 2016;
grouped queries = Ainslie et al., 2023; Llama 3 = Grattafiori et al., 2024, which LM2 builds on.
"""

from fractions import Fraction

from arithmetic import FrequencyScaling
from functions import silu, softmax
from linear_algebra import concatenate, head, product


def rms_norm(a, x, w, eps):
    """y [B,T,d] = x/√(mean(x²) + eps) ⊙ w for x [B,T,d], w [d]. RMSNorm."""

    def normalised(row):
        with a.widened():
            root = a.sqrt(a.dot(row, row) / len(row) + a.attribute(eps))
            unit = [u / root for u in row]
        return [u * g for u, g in zip(a.narrowed(unit), w, strict=True)]

    return [[normalised(row) for row in rows] for rows in x]


def layer_norm(a, x, w, b=None, eps=1e-5, bias=True):
    """y [B,T,d] = (x - mean)/√(variance + eps) ⊙ w [+ b], the variance over d, not d - 1. LayerNorm; without b as in later models."""

    def normalised(row):
        with a.widened():
            mean = a.sum(row) / len(row)
            centred = [u - mean for u in row]
            root = a.sqrt(a.dot(centred, centred) / len(row) + a.attribute(eps))
            unit = [u / root for u in centred]
        unit = a.narrowed(unit)
        if not bias:
            return [u * g for u, g in zip(unit, w, strict=True)]
        return [u * g + c for u, g, c in zip(unit, w, b, strict=True)]

    return [[normalised(row) for row in rows] for rows in x]


def rotary_embedding(
    a, x, base, offset, pairs="half", scaled=False, factor=None, low_freq_factor=None, high_freq_factor=None, original_length=None
):
    """y [B,H,T,2h]: at position p = offset + i a pair is turned by the angle p·f_j, f_j = base^(-j/h). RoFormer.

    The pair is (x_j, x_{j+h}), as in Hugging Face's Llama, or interleaved, (x_{2j}, x_{2j+1}), as in RoFormer and Meta's. `scaled`: f_j times
    s + (1 - s)/factor, where s rises from 0 to 1 as the wave fits in the original length from low to high times. Llama 3.1.
    """
    T, h = len(x[0][0]), len(x[0][0][0]) // 2
    scaling = FrequencyScaling(factor, low_freq_factor, high_freq_factor, original_length) if scaled else None
    turns = [[a.turn(offset + i, base, Fraction(-j, h), scaling) for j in range(h)] for i in range(T)]

    def turned(row, turns_of_token):
        first, second = (row[:h], row[h:]) if pairs == "half" else (row[::2], row[1::2])
        both = list(zip(first, second, turns_of_token, strict=True))
        first, second = [u * cos - v * sin for u, v, (cos, sin) in both], [v * cos + u * sin for u, v, (cos, sin) in both]
        return first + second if pairs == "half" else [u for pair in zip(first, second) for u in pair]

    return [[[turned(*token) for token in zip(rows, turns)] for rows in heads] for heads in x]


def swiglu(a, z, W_gate, W_up, W_down):
    """y [B,T,d] = (silu(z W_gate) ⊙ (z W_up)) W_down for z [B,T,d], W_gate, W_up [d,f], W_down [f,d]. SwiGLU."""

    def hidden(gate, up):
        return [[silu(a, g) * u for g, u in zip(*rows)] for rows in zip(gate, up)]

    return [product(a, hidden(product(a, rows, W_gate), product(a, rows, W_up)), W_down) for rows in z]


def geglu(a, z, W_gate, W_up, W_down, form):
    """y [B,T,d] = (gelu(z W_gate) ⊙ (z W_up)) W_down for z [B,T,d], W_gate, W_up [d,f], W_down [f,d]. SwiGLU's paper, GEGLU."""

    def hidden(gates, ups):
        return [[g * u for g, u in zip(*rows)] for rows in zip(gates, ups)]

    gates = gelu(a, [product(a, rows, W_gate) for rows in z], form)
    return [product(a, hidden(of, product(a, rows, W_up)), W_down) for of, rows in zip(gates, z)]


def attention_causal(
    a, x, W_q, W_k, W_v, W_o, heads, kv_heads, rope, base,
    b_q=None, b_k=None, b_v=None, b_o=None, qkv_bias=False, output_bias=False, **rotation,
):
    """y [B,T,d]: query head h reads key/value head ⌊hG/H⌋; with `rope` queries and keys turned by their positions. Llama 3.

    Biases are added to what is projected, before it is turned.
    """

    def projected(rows, W, b, count):
        X = product(a, rows, W)
        return [head(shifted(X, b) if qkv_bias else X, h, count) for h in range(count)]

    def turned(parts):
        return rotary_embedding(a, [parts], base, 0, **rotation)[0] if rope else parts

    def attended(rows):
        q, k = turned(projected(rows, W_q, b_q, heads)), turned(projected(rows, W_k, b_k, kv_heads))
        v = projected(rows, W_v, b_v, kv_heads)
        read = [h * kv_heads // heads for h in range(heads)]
        return concatenate([attention_over_past(a, q[h], k[g], v[g]) for h, g in enumerate(read)])

    outputs = [product(a, attended(rows), W_o) for rows in x]
    return [shifted(rows, b_o) for rows in outputs] if output_bias else outputs


def shifted(X, b):
    """X + b for every row of X."""
    return [[u + c for u, c in zip(row, b, strict=True)] for row in X]


def attention_over_past(a, q, k, v):
    """One head: q [T,dh], k, v [C+T,dh] → [T,dh]. The queries are the last T positions; each sees itself and what is before."""
    scale = a.reciprocal_root(len(q[0]))
    past = len(k) - len(q)
    return [weighted(a, [a.dot(row, other) * scale for other in k[: past + i + 1]], v) for i, row in enumerate(q)]


def weighted(a, scores, v):
    """softmax(scores) v over the rows of v that have a score."""
    weights = softmax(a, scores)
    return [a.dot(weights, column) for column in zip(*v[: len(weights)])]


def gelu(a, x, form):
    """y [B,T,d] = x Φ(x) for x [B,T,d]; "tanh" has ½(1 + tanh(√(2/π)(x + .044715x³))) for Φ. GELU, section 2 and footnote."""
    half, cubic = a.number(0.5), a.rational(Fraction(44715, 10**6))
    scale = a.sqrt(a.number(4) / a.two_pi())

    def below(u):
        return a.normal_cdf(u) if form == "erf" else half * (1 + a.tanh(scale * (u + cubic * (u * u * u))))

    return [[[u * below(u) for u in row] for row in rows] for rows in x]
