"""LM2 (Kang et al., "LM2: Large Memory Models", arXiv 2502.06049), section 2, in NumPy.

Axes:  B batch, T tokens, R rows of the bank, N slots, d width, H heads, dh = d/H width of a head, S steps.

Matrices act from the right (x W). The bank is [B,R,d]; matrix slots [B,N,d,d] are attended through their R = N·d rows.
"""

import numpy as np

from catalogue import equation
from special import sigmoid, softmax


# The bank

@equation("lm2.bank.identity_matrix")
def bank_identity_matrix(*, slots, width, dtype=np.float64):
    """M [N,d,d]: an identity for every slot. §2.1"""
    return np.tile(np.eye(width, dtype=dtype), (slots, 1, 1))


@equation("lm2.bank.identity_vector")
def bank_identity_vector(*, slots, width, dtype=np.float64):
    """M [N,d]: the rows of a rectangular identity. §2.1, read with one vector a slot, as A ∈ R^(T×N) implies."""
    return np.eye(slots, width, dtype=dtype)


@equation("lm2.bank.rows")
def bank_rows(M):
    """M [B,N,d,d] → rows [B,N·d,d]. §2.1"""
    B, N, d, _ = M.shape
    return M.reshape(B, N * d, d)


# Attention

def split_heads(x, heads):
    """[B,T,d] → [B,H,T,dh]: head h owns columns h·dh … (h+1)·dh − 1."""
    B, T, d = x.shape
    if d % heads:
        raise ValueError(f"{heads} heads do not divide a width of {d}")
    return x.reshape(B, T, heads, d // heads).transpose(0, 2, 1, 3)


def merge_heads(x):
    """[B,H,T,dh] → [B,T,d]"""
    B, H, T, dh = x.shape
    return x.transpose(0, 2, 1, 3).reshape(B, T, H * dh)


def head_scores(Q, K, heads):
    """Q [B,T,d], K [B,R,d] → Q_h K_hᵀ/√dh [B,H,T,R]"""
    dh = Q.shape[-1] // heads
    return split_heads(Q, heads) @ split_heads(K, heads).swapaxes(-1, -2) / dh ** 0.5


def head_scores_that_tie(Q, K, heads):
    """The same, slower, and exactly equal where rows of K are: a BLAS may sum the products of two columns in different orders."""
    dh = Q.shape[-1] // heads
    return np.einsum("bhtc,bhrc->bhtr", split_heads(Q, heads), split_heads(K, heads)) / dh ** 0.5


@equation("lm2.attention.project")
def attention_project(E, M, W_Q, W_K, W_V):
    """E [B,T,d], M [B,R,d] → Q [B,T,d], K [B,R,d], V [B,R,d]: queries from tokens, keys and values from the bank. §2.1"""
    return E @ W_Q, M @ W_K, M @ W_V


@equation("lm2.attention.project_flat")
def attention_project_flat(E, M, W_Q, W_K, W_V):
    """E [B,T,d], M [B,N,w,w] → Q [B,T,d], K [B,N,d], V [B,N,d]: a matrix slot is one row of w², the paper's A [T,N]. §2.1"""
    return attention_project(E, M.reshape(*M.shape[:2], -1), W_Q, W_K, W_V)


@equation("lm2.attention.weights")
def attention_weights(Q, K, *, heads=1, causal, top_k=0):
    """Q [B,T,d], K [B,R,d] → A [B,H,T,R] = softmax(Q_h K_hᵀ/√dh). §2.1

    causal hides row j from token i where j > i, and needs T = R. top_k = k keeps the k largest weights of every row without
    renormalising them; 0 keeps all.
    """
    T, R = Q.shape[1], K.shape[1]
    if not 0 <= top_k <= R:
        raise ValueError(f"top_k is {top_k}, expected 0…{R}")
    scores = (head_scores_that_tie if top_k else head_scores)(Q, K, heads)
    if causal:
        if T != R:
            raise ValueError(f"causal needs as many tokens as bank rows, found {T} and {R}")
        scores[..., ~np.tri(T, dtype=bool)] = -np.inf
    A = softmax(scores)
    if top_k:
        # Ranked by scores, since weights may tie by underflow alone; a stable sort lets true ties keep the lower index.
        dropped = np.argsort(-scores, axis=-1, kind="stable")[..., top_k:]
        np.put_along_axis(A, dropped, 0, axis=-1)
    return A


@equation("lm2.attention.retrieve")
def attention_retrieve(A, V):
    """A [B,H,T,R], V [B,R,d] → E_mem [B,T,d] = concat_h(A_h V_h). §2.1"""
    return merge_heads(A @ split_heads(V, A.shape[1]))


# Gates

@equation("lm2.gate.output")
def gate_output(E_mem, W_out):
    """E_mem [B,T,d] → g_out [B,T,d]. §2.1"""
    return sigmoid(E_mem @ W_out)


@equation("lm2.gate.input")
def gate_input(E, W_in):
    """E [B,T,d] → g_in [B,T,d]. §2.2"""
    return sigmoid(E @ W_in)


@equation("lm2.gate.forget")
def gate_forget(E_mem, W_forget):
    """E_mem [B,T,d] → g_forget [B,T,d]. §2.2"""
    return sigmoid(E_mem @ W_forget)


# Between T tokens and R rows

@equation("lm2.align")
def align(X, *, rows):
    """X [B,T,d] → Y [B,R,d]: adaptive average pooling to fewer rows, linear interpolation to more. The paper is silent for T ≠ R."""
    T, R, r = X.shape[1], rows, np.arange(rows)
    if T == R:
        return X
    if T > R:
        first, end = r * T // R, -((r + 1) * T // -R)
        # reduceat sums from each index to the next, so every second sum runs from a bin's end; the padding makes T an index.
        sums = np.add.reduceat(np.pad(X, ((0, 0), (0, 1), (0, 0))), np.stack([first, end], axis=1).ravel(), axis=1)[:, ::2]
        return sums / (end - first).astype(X.dtype)[:, None]
    # s = (r + ½)T/R − ½ has the denominator 2R: in integers, so that both weights are exact before they are rounded.
    lower, remainder = np.divmod(np.clip((2 * r + 1) * T - R, 0, 2 * R * (T - 1)), 2 * R)
    upper = np.minimum(lower + 1, T - 1)
    weight_lower, weight_upper = (((n / (2 * R)).astype(X.dtype)[:, None]) for n in (2 * R - remainder, remainder))
    return weight_lower * X[:, lower] + weight_upper * X[:, upper]


# Reading and writing

@equation("lm2.readout.gated")
def readout_gated(g_out, E_mem, M, *, source):
    """g_out, E_mem [B,T,d], M [B,R,d] → E_gated [B,T,d]: the printed line gates the bank; "retrieved" gates what was read. §2.1"""
    if source == "bank":
        return g_out * align(M, rows=g_out.shape[1])
    if source == "retrieved":
        return g_out * E_mem
    raise ValueError(f"source is {source!r}, expected 'bank' or 'retrieved'")


@equation("lm2.readout.skip")
def readout_skip(E_attn, E_gated):
    """E_attn, E_gated [B,T,d] → E_next [B,T,d]. §2.1"""
    return E_attn + E_gated


@equation("lm2.bank.update")
def bank_update(g_in, E_mem, g_forget, M):
    """g_in, E_mem, g_forget [B,T,d], M [B,R,d] → M_next [B,R,d] = g_in ⊙ tanh(E_mem) + g_forget ⊙ M. §2.2"""
    R = M.shape[1]
    return align(g_in * np.tanh(E_mem), rows=R) + align(g_forget, rows=R) * M


# Whole steps

def read_bank(E, M, W_Q, W_K, W_V, heads, causal, top_k):
    """E [B,T,d], M [B,R,d] → E_mem [B,T,d]"""
    Q, K, V = attention_project(E, M, W_Q, W_K, W_V)
    return attention_retrieve(attention_weights(Q, K, heads=heads, causal=causal, top_k=top_k), V)


def as_rows(M):
    """[B,R,d] as it is, [B,N,d,d] as [B,N·d,d]"""
    return M if M.ndim == 3 else bank_rows(M)


@equation("lm2.memory.step")
def memory_step(E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget, *, heads=1, causal, top_k=0, source):
    """E, E_attn [B,T,d], M [B,R,d] or [B,N,d,d] → E_next [B,T,d], M_next like M: read with the old bank, then update it. §2"""
    rows = as_rows(M)
    E_mem = read_bank(E, rows, W_Q, W_K, W_V, heads, causal, top_k)
    E_next = readout_skip(E_attn, readout_gated(gate_output(E_mem, W_out), E_mem, rows, source=source))
    M_next = bank_update(gate_input(E, W_in), E_mem, gate_forget(E_mem, W_forget), rows)
    return E_next, M_next.reshape(M.shape)


@equation("lm2.memory.reflect")
def memory_reflect(E_next, M_next, W_Q, W_K, W_V, W_in, W_forget, *, heads=1, causal, top_k=0):
    """E_next [B,T,d], M_next → M_reflected like M_next: a second update, from the step's own output. An extension of the paper."""
    rows = as_rows(M_next)
    E_mem = read_bank(E_next, rows, W_Q, W_K, W_V, heads, causal, top_k)
    M_reflected = bank_update(gate_input(E_next, W_in), E_mem, gate_forget(E_mem, W_forget), rows)
    return M_reflected.reshape(M_next.shape)


@equation("lm2.memory.rollout")
def memory_rollout(E, E_attn, M_0, W_Q, W_K, W_V, W_out, W_in, W_forget, *, heads=1, causal, top_k=0, source, reflect=False):
    """E, E_attn [S,B,T,d], M_0 → E_next [S,B,T,d], M_S like M_0: S steps that carry the bank. §2

    Weights [S,d,d] are one set a decoder block, the paper's t; weights [d,d] are shared by S segments.
    """
    def weights_of(s):
        return (W if W.ndim == 2 else W[s] for W in (W_Q, W_K, W_V, W_out, W_in, W_forget))

    M, E_next = M_0, np.empty_like(E)
    for s in range(len(E)):
        w_q, w_k, w_v, w_out, w_in, w_forget = weights_of(s)
        E_next[s], M = memory_step(E[s], E_attn[s], M, w_q, w_k, w_v, w_out, w_in, w_forget,
                                   heads=heads, causal=causal, top_k=top_k, source=source)
        if reflect:
            M = memory_reflect(E_next[s], M, w_q, w_k, w_v, w_in, w_forget, heads=heads, causal=causal, top_k=top_k)
    return E_next, M
