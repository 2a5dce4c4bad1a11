"""The memories that LM2 and the ∞-former are compared with: the `base.*` equations of specification section 3.

Every formula takes the arithmetic `a`, its tensors as nested lists and its attributes by name, and returns its outputs in the
order of the catalogue. B batch, T tokens, C cached entries, K compressed entries or memory tokens, d width, H heads, dh = d/H.
Sources: TXL = Dai et al., Transformer-XL, 2019; CT = Rae et al., Compressive Transformers, 2019; RMT = Bulatov et al., Recurrent
Memory Transformer, 2022; BRT = Hutchins et al., Block-Recurrent Transformers, 2022; Infini = Munkhdalai et al., Leave No Context Behind, 2024.
"""

from fractions import Fraction

from blocks import attention_causal, attention_over_past, layer_norm, rms_norm, swiglu, weighted
from functions import sigmoid
from linear_algebra import concatenate, head, join, plus, product
from nested import each

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


def rmt_attention(a, front, x, behind, W_q, W_k, W_v, W_o, heads, kv_heads):
    """y [B,K+T+K,d]: over [front ‖ x ‖ behind] a token sees what is before it and itself, a memory token all of front, and one behind
    everything. RMT's code."""
    K, T = len(front[0]), len(x[0])

    def of_batch(rows):
        q, k, v = product(a, rows, W_q), product(a, rows, W_k), product(a, rows, W_v)

        def of_head(h):
            g = h * kv_heads // heads
            q_h, k_g, v_g = head(q, h, heads), head(k, g, kv_heads), head(v, g, kv_heads)
            scale = a.reciprocal_root(len(q_h[0]))
            seen = [K] * K + [K + i + 1 for i in range(T)] + [len(rows)] * K
            return [weighted(a, [a.dot(row, other) * scale for other in k_g[:n]], v_g) for row, n in zip(q_h, seen, strict=True)]

        return product(a, concatenate([of_head(h) for h in range(heads)]), W_o)

    return [of_batch(rows) for rows in join(front, x, behind)]


def rmt_segment(
    a, x, m, w_1, w_2, W_q, W_k, W_v, W_o, W_gate, W_up, W_down, heads, kv_heads, eps, open_memory=False, m_write=None,
):
    """y [B,T,d], m_next [B,K,d]: a pre-norm block over [m ‖ x ‖ m_write], m_write by itself m; what it makes of the last K is carried on.
    Causal, or with `open_memory` as in `rmt_attention`. RMT §3.2."""
    K, T = len(m[0]), len(x[0])
    s = join(m, x, m if m_write is None else m_write)
    E = rms_norm(a, s, w_1, eps)
    if open_memory:
        parts = [[rows[first:last] for rows in E] for first, last in ((0, K), (K, K + T), (K + T, None))]
        E_attn = rmt_attention(a, *parts, W_q, W_k, W_v, W_o, heads, kv_heads)
    else:
        E_attn = attention_causal(a, E, W_q, W_k, W_v, W_o, heads, kv_heads, rope=False, base=None)
    s_1 = plus(s, E_attn)
    o = plus(s_1, swiglu(a, rms_norm(a, s_1, w_2, eps), W_gate, W_up, W_down))
    return [rows[K : K + T] for rows in o], [rows[K + T :] for rows in o]


def txl_learnt(a, x, W_q, W_k, W_v, r, bias_u, bias_r, W_o, heads, cache=None):
    """y [B,T,d]: entry i of [cache ‖ x] scores entry j ≤ i by ((q_i + u)·k_j + q_i·r_p + b_p)/√dh, p = i - j, or the last that r [K,H,dh]
    and b [K,H] know. TXL's code, attn_type 1."""
    entries = x if cache is None else join(cache, x)
    past, scale = len(entries[0]) - len(x[0]), a.reciprocal_root(len(W_q) // heads)

    def of_head(h, q, k, v):
        def score(row, with_u, i, j):
            p = min(i - j, len(r) - 1)
            return (a.dot(with_u, k[j]) + (a.dot(row, r[p][h]) + bias_r[p][h])) * scale

        def read(i, row):
            with_u = [u + w for u, w in zip(row, bias_u[h], strict=True)]
            return weighted(a, [score(row, with_u, i, j) for j in range(i + 1)], v)

        return [read(i, row) for i, row in enumerate(q, past)]

    def of_batch(tokens, seen):
        Q, K, V = product(a, tokens, W_q), product(a, seen, W_k), product(a, seen, W_v)
        return product(a, concatenate([of_head(h, *(head(X, h, heads) for X in (Q, K, V))) for h in range(heads)]), W_o)

    return [of_batch(*pair) for pair in zip(x, entries, strict=True)]


def relu_mlp(a, x, W_up, b_up, W_down, b_down):
    """relu(x W_up + b_up) W_down + b_down for x [B,T,d]."""
    zero = a.number(0.0)
    return [_affine(a, each(lambda u: a.maximum(u, zero), _affine(a, rows, W_up, b_up)), W_down, b_down) for rows in x]


def _affine(a, X, W, b):
    return [[u + c for u, c in zip(row, b, strict=True)] for row in product(a, X, W)]


def txl_layer(
    a, x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, heads, pre_norm, eps, cache=None,
):
    """y [B,T,d]: relative attention, then a rectified MLP, each added to what it reads. Norms after the sums, or with `pre_norm` before
    attention (of cached inputs too) and before the MLP. TXL §3.3 and its code."""
    attention, mlp = (W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, heads), (W_up, b_up, W_down, b_down)
    read, past = [tokens and layer_norm(a, tokens, w_1, b_1, eps) for tokens in (x, cache)] if pre_norm else (x, cache)
    return txl_rest(a, x, txl_relative(a, read, *attention, past), w_1, b_1, *mlp, w_2, b_2, pre_norm, eps)


def txl_rest(a, x, Z, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, pre_norm, eps):
    """What a layer does with its input x and what attention read, Z."""
    mlp = W_up, b_up, W_down, b_down
    if pre_norm:
        read = plus(x, Z)
        return plus(read, relu_mlp(a, layer_norm(a, read, w_2, b_2, eps), *mlp))
    read = layer_norm(a, plus(x, Z), w_1, b_1, eps)
    return layer_norm(a, plus(read, relu_mlp(a, read, *mlp)), w_2, b_2, eps)


def compressive_step(a, x, cache, compressed, rate, method, W_conv=None, b_conv=None):
    """cache_next [B,C,d], compressed_next [B,K,d]: two queues. x pushes its own number of the oldest entries out of the cache, and what they
    are compressed to pushes its own number of the oldest out of the compressed ones. CT §3.1, algorithm 1."""
    T, n = len(x[0]), len(x[0]) // rate
    seen = join(cache, x)
    entered = compressive_compress(a, [rows[:T] for rows in seen], rate, method, W_conv, b_conv)
    return [rows[T:] for rows in seen], [rows[n:] for rows in join(compressed, entered)]


def compressive_reconstruction(a, h, old, compressed, W_q, W_k, W_v, heads, reduction):
    """loss [B]: ‖attn(h, old) - attn(h, compressed)‖₂, or the mean of its squares. Attention by content: no mask, no positions, no W_o.

    Only `compressed` has a gradient. CT §3.2, algorithm 2.
    """
    scale = a.reciprocal_root(len(W_q) // heads)

    def read(queries, memory):
        Q, K, V = product(a, queries, W_q), product(a, memory, W_k), product(a, memory, W_v)

        def of_head(q, k, v):
            return [weighted(a, [a.dot(row, other) * scale for other in k], v) for row in q]

        return concatenate([of_head(*(head(X, i, heads) for X in (Q, K, V))) for i in range(heads)])

    def of_batch(queries, before, after):
        pairs = zip(read(queries, before), read(queries, after), strict=True)
        differences = [u - v for rows in pairs for u, v in zip(*rows, strict=True)]
        squares = a.dot(differences, differences)
        return a.sqrt(squares) if reduction == "norm" else squares / len(differences)

    return [of_batch(*of) for of in zip(h, old, compressed, strict=True)]


def blockrec_fixed(a, c, h, W_z, b_z, b_g):
    """c_next [B,N,d] from states c [B,N,d] and what was read with them, h [B,N,f]: c ⊙ g + z ⊙ (1 - g) with g = σ(b_g). BRT §3.2."""
    g = [sigmoid(a, b) for b in b_g]

    def of_row(state, z):
        return [u * s + w * (1 - s) for u, w, s in zip(state, z, g, strict=True)]

    return [[of_row(*row) for row in zip(states, _affine(a, rows, W_z, b_z), strict=True)] for states, rows in zip(c, h, strict=True)]


def blockrec_lstm(a, c, h, W_z, b_z, W_i, b_i, W_f, b_f):
    """The same with an LSTM's gates, whose biases start at -1 and 1: c ⊙ f + tanh(z) ⊙ i. BRT §3.2."""

    def of_batch(states, rows):
        z, i, f = _affine(a, rows, W_z, b_z), _affine(a, rows, W_i, b_i), _affine(a, rows, W_f, b_f)
        return [
            [u * sigmoid(a, p + 1) + a.tanh(w) * sigmoid(a, s - 1) for u, p, w, s in zip(*row, strict=True)]
            for row in zip(states, f, z, i, strict=True)
        ]

    return [of_batch(*pair) for pair in zip(c, h, strict=True)]


def _features(a, X):
    """φ(X) = ELU(X) + 1, the exponential less 1 of what is negative: as it is printed."""
    return each(lambda x: (x if x > 0 else a.exp(x) - 1) + 1, X)


def _found(a, features, M, z):
    """φ M/(φ z) for φ [T,dk], M [dk,dv], z [dk]: one head."""
    totals = [a.dot(row, z) for row in features]
    return [[u / total for u in row] for row, total in zip(product(a, features, M), totals, strict=True)]


def infini_retrieve(a, Q, M, z, heads):
    """A_mem [B,T,H·dv]: per head φ(Q) M/(φ(Q) z), M [B,H,dk,dv], z [B,H,dk]. Infini, equation 3."""

    def of_batch(rows, matrices, sums):
        return concatenate([_found(a, _features(a, head(rows, h, heads)), matrices[h], sums[h]) for h in range(heads)])

    return [of_batch(*of) for of in zip(Q, M, z, strict=True)]


def infini_update(a, K, V, heads, rule, M=None, z=None):
    """M_next [B,H,dk,dv], z_next [B,H,dk]: M + φ(K)ᵀ V, or with rule "delta" M + φ(K)ᵀ (V - φ(K) M/(φ(K) z)); z + Σ φ(K). From nothing
    without M. Infini, equations 4 and 5."""

    def of_head(k, v, matrix, sums):
        features = _features(a, k)
        if matrix is not None and rule == "delta":
            v = [[u - w for u, w in zip(*rows)] for rows in zip(v, _found(a, features, matrix, sums), strict=True)]
        columns = [list(column) for column in zip(*features)]
        added, counted = product(a, columns, v), [a.sum(column) for column in columns]
        if matrix is None:
            return added, counted
        return [[u + w for u, w in zip(*rows)] for rows in zip(matrix, added)], [u + w for u, w in zip(sums, counted)]

    def of_batch(b):
        return [
            of_head(head(K[b], h, heads), head(V[b], h, heads), *((None, None) if M is None else (M[b][h], z[b][h])))
            for h in range(heads)
        ]

    pairs = [of_batch(b) for b in range(len(K))]
    return tuple([[pair[part] for pair in of] for of in pairs] for part in range(2))


def infini_inject(a, A_mem, A_dot, beta, heads):
    """A [B,T,H·dv]: per head σ(β) A_mem + (1 - σ(β)) A_dot. Infini, equation 6."""
    gates = [sigmoid(a, b) for b in beta]
    width = len(A_mem[0][0]) // heads
    shares = [(gates[c // width], 1 - gates[c // width]) for c in range(heads * width)]
    return [
        [[g * u + rest * w for (g, rest), u, w in zip(shares, *row, strict=True)] for row in zip(*rows, strict=True)]
        for rows in zip(A_mem, A_dot, strict=True)
    ]


def infini_segment(a, x, W_q, W_k, W_v, W_o, beta, heads, rule, M=None, z=None):
    """y [B,T,d], M_next, z_next: memory and causal attention share queries, keys and values; the memory is read before it is written, and
    gives 0 before anything was. Infini §2.1."""
    Q, K, V = ([product(a, rows, W) for rows in x] for W in (W_q, W_k, W_v))
    A_dot = [concatenate([attention_over_past(a, *(head(X, h, heads) for X in of)) for h in range(heads)]) for of in zip(Q, K, V)]
    A_mem = each(lambda _: a.number(0.0), V) if M is None else infini_retrieve(a, Q, M, z, heads)
    y = [product(a, rows, W_o) for rows in infini_inject(a, A_mem, A_dot, beta, heads)]
    return y, *infini_update(a, K, V, heads, rule, M, z)


def infini_rollout(a, x, heads, rule, M_0=None, z_0=None, **weights):
    """y [S,B,T,d], M_S, z_S: S segments, memory and normaliser carried. Infini §2.2."""
    M, z, outputs = M_0, z_0, []
    for s, tokens in enumerate(x):
        if s:
            M, z = a.carried(M), a.carried(z)
        y, M, z = infini_segment(a, tokens, heads=heads, rule=rule, M=M, z=z, **weights)
        outputs.append(y)
    return outputs, M, z
