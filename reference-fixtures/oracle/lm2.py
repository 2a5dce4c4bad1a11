"""LM2, paper profile: the seventeen `lm2.*` equations of specification section 1.

Every formula takes the arithmetic `a`, its tensors as nested lists and its attributes by name, and returns its outputs in the
order of the catalogue. B batch, T tokens, N slots, R bank rows, d width, H heads, dh = d/H, S steps.
Source: Kang et al., LM2: Large Memory Models, 2025.
"""

from fractions import Fraction

from functions import sigmoid, softmax
from linear_algebra import concatenate, head, plus, product, scores


def bank_identity_matrix(a, slots, width):
    """M [N,d,d]: M[r] = I_d. LM2 §2.1."""
    return [[[a.number(1.0 if i == j else 0.0) for j in range(width)] for i in range(width)] for _ in range(slots)]


def bank_identity_vector(a, slots, width):
    """M [N,d]: M[r,c] = 1 where r = c. LM2 §2.1 read with A [T,N]."""
    return [[a.number(1.0 if r == c else 0.0) for c in range(width)] for r in range(slots)]


def bank_rows(a, M):
    """M [B,N,d,d] → rows [B,N·d,d], row-major. LM2 §2.1."""
    return [[row for slot in bank for row in slot] for bank in M]


def attention_project(a, E, M, W_Q, W_K, W_V):
    """E [B,T,d], M [B,R,d] → Q = E W_Q [B,T,d], K = M W_K, V = M W_V [B,R,d]. LM2 §2.1."""
    return [product(a, e, W_Q) for e in E], [product(a, m, W_K) for m in M], [product(a, m, W_V) for m in M]


def attention_project_flat(a, E, M, W_Q, W_K, W_V):
    """E [B,T,d], M [B,N,w,w] → Q [B,T,d], K, V [B,N,d]: a slot is the row of w² that its rows make. LM2 §2.1 read with A [T,N]."""
    return attention_project(a, E, [[[x for row in slot for x in row] for slot in bank] for bank in M], W_Q, W_K, W_V)


def attention_weights(a, Q, K, heads, causal, top_k):
    """Q [B,T,d], K [B,R,d] → A [B,H,T,R] = softmax(Q_h K_hᵀ/√dh). LM2 §2.1.

    causal: token i does not see row j > i. top_k = k > 0: the k largest weights of a row stay as they are, the others become 0.
    """

    def of_head(S):
        return [_weights_of_token(a, row, i + 1 if causal else len(row), top_k) for i, row in enumerate(S)]

    return [[of_head(S) for S in scores(a, q, k, heads)] for q, k in zip(Q, K)]


def _weights_of_token(a, row, visible, top_k):
    zero = a.number(0.0)
    weights = softmax(a, row[:visible])
    if top_k:
        # The softmax is increasing, so the largest weights are those of the largest scores.
        kept = a.largest(row[:visible], top_k)
        weights = [w if j in kept else zero for j, w in enumerate(weights)]
    return weights + [zero] * (len(row) - visible)


def attention_retrieve(a, A, V):
    """A [B,H,T,R], V [B,R,d] → E_mem [B,T,d]: A_h V_h per head, concatenated. LM2 §2.1."""
    return [concatenate([product(a, A_h, head(v, h, len(A_b))) for h, A_h in enumerate(A_b)]) for A_b, v in zip(A, V)]


def _gate(a, X, W):
    return [[[sigmoid(a, y) for y in row] for row in product(a, x, W)] for x in X]


def gate_output(a, E_mem, W_out):
    """g_out [B,T,d] = σ(E_mem W_out). LM2 §2.1."""
    return _gate(a, E_mem, W_out)


def gate_input(a, E, W_in):
    """g_in [B,T,d] = σ(E W_in). LM2 §2.2."""
    return _gate(a, E, W_in)


def gate_forget(a, E_mem, W_forget):
    """g_forget [B,T,d] = σ(E_mem W_forget). LM2 §2.2."""
    return _gate(a, E_mem, W_forget)


def align(a, X, rows):
    """X [B,T,d] → Y [B,R,d], R = rows: unchanged, adaptive average pooling, or linear interpolation. The authors' code."""
    return [_align(a, x, rows) for x in X]


def _align(a, x, R):
    T = len(x)
    if T == R:
        return x
    columns = list(zip(*x))
    if T > R:
        # Bin r averages tokens ⌊rT/R⌋ … ⌈(r+1)T/R⌉ - 1.
        bins = [(r * T // R, -(-(r + 1) * T // R)) for r in range(R)]
        return [[a.sum(column[first:end]) / (end - first) for column in columns] for first, end in bins]
    return [[_interpolated(a, column, Fraction(2 * r + 1, 2) * T / R - Fraction(1, 2)) for column in columns] for r in range(R)]


def _interpolated(a, column, s):
    """The value at position s of the tokens, s clamped to [0, T-1]."""
    s = min(max(s, 0), len(column) - 1)
    i = int(s)
    share = s - i
    if share == 0:
        return column[i]
    left, right = a.shares(share, len(column))
    return left * column[i] + right * column[i + 1]


def readout_gated(a, g_out, E_mem, M, source):
    """g_out, E_mem [B,T,d], M [B,R,d] → E_gated [B,T,d]: g_out ⊙ align_T(M) or g_out ⊙ E_mem. LM2 §2.1."""
    return _times(g_out, align(a, M, len(E_mem[0])) if source == "bank" else E_mem)


def readout_skip(a, E_attn, E_gated):
    """E_next [B,T,d] = E_attn + E_gated. LM2 §2.1."""
    return plus(E_attn, E_gated)


def bank_update(a, g_in, E_mem, g_forget, M):
    """M_next [B,R,d] = align_R(g_in ⊙ tanh(E_mem)) + align_R(g_forget) ⊙ M. LM2 §2.2."""
    R = len(M[0])
    candidate = [[[a.tanh(x) for x in row] for row in e] for e in E_mem]
    return plus(align(a, _times(g_in, candidate), R), _times(align(a, g_forget, R), M))


def _times(X, Y):
    return [[[u * v for u, v in zip(*rows)] for rows in zip(x, y, strict=True)] for x, y in zip(X, Y, strict=True)]


def memory_step(a, E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget, heads, causal, top_k, source):
    """One memory block: → E_next [B,T,d], M_next in the shape of M ([B,R,d] or [B,N,d,d]). LM2 §2."""
    rows = _rows_of(a, M)
    E_mem = _retrieved(a, E, rows, W_Q, W_K, W_V, heads, causal, top_k)
    g_out = gate_output(a, E_mem, W_out)
    E_next = readout_skip(a, E_attn, readout_gated(a, g_out, E_mem, rows, source))
    return E_next, _updated(a, E, E_mem, rows, W_in, W_forget, M)


def memory_reflect(a, E_next, M_next, W_Q, W_K, W_V, W_in, W_forget, heads, causal, top_k):
    """M_reflected, in the shape of M_next: the update once more, with E := E_next and M := M_next. Seed document."""
    rows = _rows_of(a, M_next)
    E_mem = _retrieved(a, E_next, rows, W_Q, W_K, W_V, heads, causal, top_k)
    return _updated(a, E_next, E_mem, rows, W_in, W_forget, M_next)


def _rows_of(a, M):
    return bank_rows(a, M) if isinstance(M[0][0][0], list) else M


def _retrieved(a, E, rows, W_Q, W_K, W_V, heads, causal, top_k):
    Q, K, V = attention_project(a, E, rows, W_Q, W_K, W_V)
    return attention_retrieve(a, attention_weights(a, Q, K, heads, causal, top_k), V)


def _updated(a, E, E_mem, rows, W_in, W_forget, M):
    updated = bank_update(a, gate_input(a, E, W_in), E_mem, gate_forget(a, E_mem, W_forget), rows)
    if rows is M:
        return updated
    d = len(rows[0][0])
    return [[bank[r : r + d] for r in range(0, len(bank), d)] for bank in updated]


def memory_rollout(a, E, E_attn, M_0, W_Q, W_K, W_V, W_out, W_in, W_forget, heads, causal, top_k, source, reflect):
    """S steps, the bank carried: E, E_attn [S,B,T,d], weights [d,d] or [S,d,d] → E_next [S,B,T,d], M_S. LM2 §2."""
    M, readouts = M_0, []
    for s in range(len(E)):
        W = {
            name: weight[s] if isinstance(weight[0][0], list) else weight
            for name, weight in dict(W_Q=W_Q, W_K=W_K, W_V=W_V, W_in=W_in, W_forget=W_forget, W_out=W_out).items()
        }
        M = a.carried(M) if s else M
        E_next, M = memory_step(a, E[s], E_attn[s], M, **W, heads=heads, causal=causal, top_k=top_k, source=source)
        if reflect:
            del W["W_out"]
            M = memory_reflect(a, E_next, M, **W, heads=heads, causal=causal, top_k=top_k)
        readouts.append(E_next)
    return readouts, M
