"""The parts of a transformer block: the `block.*` equations of specification section 3.

Every formula takes the arithmetic `a`, its tensors as nested lists and its attributes by name, and returns its outputs in the
order of the catalogue. B batch, T tokens, d width, H query heads, G key/value heads, dh = d/H, f hidden width.
Sources: RMSNorm = Zhang and Sennrich, 2019; LayerNorm = Ba et al., 2016; RoFormer = Su et al., 2021; SwiGLU = Shazeer, 2020; GELU = Hendrycks and Gimpel, 2016;
grouped queries = Ainslie et al., 2023; Llama 3 = Grattafiori et al., 2024, which LM2 builds on.
"""

from fractions import Fraction

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


def layer_norm(a, x, w, b, eps):
    """y [B,T,d] = (x - mean)/√(variance + eps) ⊙ w + b, the variance over d, not d - 1. LayerNorm."""

    def normalised(row):
        with a.widened():
            mean = a.sum(row) / len(row)
            centred = [u - mean for u in row]
            root = a.sqrt(a.dot(centred, centred) / len(row) + a.attribute(eps))
            unit = [u / root for u in centred]
        return [u * g + c for u, g, c in zip(a.narrowed(unit), w, b, strict=True)]

    return [[normalised(row) for row in rows] for rows in x]


def rotary_embedding(a, x, base, offset):
    """y [B,H,T,2h]: at position p = offset + i, the pair (x_j, x_{j+h}) turned by the angle p·base^(-j/h). RoFormer, halves."""
    T, h = len(x[0][0]), len(x[0][0][0]) // 2
    turns = [[a.turn(offset + i, base, Fraction(-j, h)) for j in range(h)] for i in range(T)]

    def turned(row, turns_of_token):
        pairs = list(zip(row[:h], row[h:], turns_of_token, strict=True))
        return [u * cos - v * sin for u, v, (cos, sin) in pairs] + [v * cos + u * sin for u, v, (cos, sin) in pairs]

    return [[[turned(*token) for token in zip(rows, turns)] for rows in heads] for heads in x]


def swiglu(a, z, W_gate, W_up, W_down):
    """y [B,T,d] = (silu(z W_gate) ⊙ (z W_up)) W_down for z [B,T,d], W_gate, W_up [d,f], W_down [f,d]. SwiGLU."""

    def hidden(gate, up):
        return [[silu(a, g) * u for g, u in zip(*rows)] for rows in zip(gate, up)]

    return [product(a, hidden(product(a, rows, W_gate), product(a, rows, W_up)), W_down) for rows in z]


def attention_causal(a, x, W_q, W_k, W_v, W_o, heads, kv_heads, rope, base):
    """y [B,T,d]: query head h reads key/value head ⌊hG/H⌋; with `rope` queries and keys turned by their positions. Llama 3."""

    def split(X, count):
        return [head(X, h, count) for h in range(count)]

    def turned(parts):
        return rotary_embedding(a, [parts], base, 0)[0] if rope else parts

    def attended(rows):
        q = turned(split(product(a, rows, W_q), heads))
        k = turned(split(product(a, rows, W_k), kv_heads))
        v = split(product(a, rows, W_v), kv_heads)
        read = [h * kv_heads // heads for h in range(heads)]
        return concatenate([attention_over_past(a, q[h], k[g], v[g]) for h, g in enumerate(read)])

    return [product(a, attended(rows), W_o) for rows in x]


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
