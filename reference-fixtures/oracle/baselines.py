"""The memories that LM2 and the ∞-former are compared with: the six `base.*` equations of specification section 3.

Every formula takes the arithmetic `a`, its tensors as nested lists and its attributes by name, and returns its outputs in the
order of the catalogue. B batch, T tokens, C cached entries, K compressed entries or memory tokens, d width, H heads, dh = d/H.
Sources: TXL = Dai et al., Transformer-XL, 2019; CT = Rae et al., Compressive Transformers, 2019; RMT = Bulatov et al., Recurrent
Memory Transformer, 2022.
"""

from fractions import Fraction

from blocks import attention_causal, attention_over_past, rms_norm, swiglu, weighted
from linear_algebra import concatenate, head, join, plus, product

WAVELENGTHS = 10000


def txl_encoding(a, length, width):
    """R [P,d]: R_p = [sin(p f_0) … sin(p f_{d/2-1}), cos(p f_0) … cos(p f_{d/2-1})], f_i = 10000^(-2i/d), p = 0 … P-1. TXL §3.3."""

    def of_distance(p):
        turns = [a.turn(p, WAVELENGTHS, Fraction(-2 * i, width)) for i in range(width // 2)]
        return [sin for _, sin in turns] + [cos for cos, _ in turns]

    return [of_distance(p) for p in range(length)]


def txl_relative(a, x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, heads, cache=None):
    """y [B,T,d]: entry i of [cache ‖ x] scores entry j ≤ i by ((q_i + u)·k_j + (q_i + v)·r_{i-j})/√dh, r_p = R_p W_r. TXL §3.3."""
    entries = x if cache is None else join(cache, x)
    T, n, d = len(x[0]), len(entries[0]), len(W_q)
    r = product(a, txl_encoding(a, n, d), W_r)
    scale = a.reciprocal_root(d // heads)

    def of_head(h, q, k, v):
        r_h = head(r, h, heads)

        def scores(i, row):
            with_u = [s + t for s, t in zip(row, bias_u[h], strict=True)]
            with_v = [s + t for s, t in zip(row, bias_v[h], strict=True)]
            return [(a.dot(with_u, k[j]) + a.dot(with_v, r_h[i - j])) * scale for j in range(i + 1)]

        return [weighted(a, scores(i, row), v) for i, row in enumerate(q, n - T)]

    def of_batch(tokens, seen):
        Q, K, V = product(a, tokens, W_q), product(a, seen, W_k), product(a, seen, W_v)
        return product(a, concatenate([of_head(h, *(head(X, h, heads) for X in (Q, K, V))) for h in range(heads)]), W_o)

    return [of_batch(*pair) for pair in zip(x, entries, strict=True)]


def attention_softmax(a, x, W_q, W_k, W_v, W_o, heads, K_cache=None, V_cache=None):
    """y [B,T,d], K_next, V_next [B,C+T,d]: causal attention over all the past, its keys and values kept."""
    K_next, V_next = [product(a, rows, W_k) for rows in x], [product(a, rows, W_v) for rows in x]
    if K_cache is not None:
        K_next, V_next = join(K_cache, K_next), join(V_cache, V_next)

    def of_batch(rows, K, V):
        Q = product(a, rows, W_q)
        parts = [attention_over_past(a, *(head(X, h, heads) for X in (Q, K, V))) for h in range(heads)]
        return product(a, concatenate(parts), W_o)

    return [of_batch(*rows) for rows in zip(x, K_next, V_next)], K_next, V_next


def compressive_compress(a, X, rate, method, W_conv=None, b_conv=None):
    """Y [B,K,d]: each run of c = rate tokens as its mean, its maximum, or b_conv + Σ_t W_conv[·,·,t] X[kc+t]. CT §3.2."""

    def of_run(run):
        if method == "conv":
            window = [u for row in run for u in row]
            return [a.dot([w[t] for t in range(rate) for w in W], window) + b for W, b in zip(W_conv, b_conv, strict=True)]
        return [a.sum(column) / rate if method == "mean" else a.maximum(column) for column in zip(*run)]

    return [[of_run(rows[first : first + rate]) for first in range(0, len(rows), rate)] for rows in X]


def compressive_attention(a, x, cache=None, compressed=None, **weights_and_heads):
    """y [B,T,d]: `txl_relative` over [compressed ‖ cache ‖ x]; a compressed entry counts as one position. CT §3.1."""
    past = [part for part in (compressed, cache) if part is not None]
    return txl_relative(a, x, cache=join(*past) if past else None, **weights_and_heads)


def rmt_segment(a, x, m, w_1, w_2, W_q, W_k, W_v, W_o, W_gate, W_up, W_down, heads, kv_heads, eps):
    """y [B,T,d], m_next [B,K,d]: a causal pre-norm block over [m ‖ x ‖ m]; what it makes of the last m is carried on. RMT §3.2."""
    s = join(m, x, m)
    E = rms_norm(a, s, w_1, eps)
    s_1 = plus(s, attention_causal(a, E, W_q, W_k, W_v, W_o, heads, kv_heads, rope=False, base=None))
    o = plus(s_1, swiglu(a, rms_norm(a, s_1, w_2, eps), W_gate, W_up, W_down))
    K, T = len(m[0]), len(x[0])
    return [rows[K : K + T] for rows in o], [rows[K + T :] for rows in o]
