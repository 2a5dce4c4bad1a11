"""What the authors' published code of LM2 computes (convergence-ai/lm2), where it departs from the paper, in NumPy.

Axes:  B batch, n memory slots = tokens = width, H heads, S steps. The memory is one matrix [B,n,n] for each batch element; its rows
are its slots, and row t is also time t. Matrices act from the right (x W).
"""

import numpy as np

from blocks import layer_norm
from catalogue import EQUATIONS, equation
from lm2 import attention_project, attention_retrieve, attention_weights, split_heads
from special import sigmoid, softmax


@equation("lm2-ref.attention")
def attention(X, M, W_q, b_q, W_k, b_k, W_v, b_v, mask=None, dropout=None, *, heads=1, top_k=0):
    """X, M [B,n,n] → attended [B,n,n]: token t over rows 0 … t of the memory, heads concatenated and not projected. A row is hidden
    where mask [B,n,n] is not 0; the weights are multiplied by dropout [B,H,n,n]."""
    Q, K, V = (product + bias for product, bias in zip(attention_project(X, M, W_q, W_k, W_v), (b_q, b_k, b_v)))
    if mask is None and dropout is None:
        return attention_retrieve(attention_weights(Q, K, heads=heads, causal=True, top_k=top_k), V)
    q, k = split_heads(Q, heads), split_heads(K, heads)
    seen = np.tri(X.shape[1], dtype=bool)[None] & (True if mask is None else mask == 0)
    if not seen.any(axis=-1).all():
        raise ValueError("mask: a token sees no row")
    scores = q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5
    A = softmax(np.where(seen[:, None], scores, scores.dtype.type(-np.inf)))
    if dropout is not None:
        A = A * dropout
    if top_k:
        np.put_along_axis(A, np.argsort(-A, axis=-1, kind="stable")[..., top_k:], 0, axis=-1)
    return attention_retrieve(A, V)


@equation("lm2-ref.block")
def block(X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, mask=None, dropout=None, *,
          heads=1, top_k=0, blocks=1, mlp_layers=2, eps=1e-5):
    """X, M [B,n,n] → E [B,n,n]: attention and MLP, each with residual and norm, repeated with the same weights; so are the layers
    of the MLP, unless W_mlp [layers,n,n] has one for each. Queries come from X every time, keys and values from what the memory has become."""
    W, b = (np.broadcast_to(x, (mlp_layers, *x.shape[-rank:])) for x, rank in ((W_mlp, 2), (b_mlp, 1)))
    for _ in range(blocks):
        A = attention(X, M, W_q, b_q, W_k, b_k, W_v, b_v, mask, dropout, heads=heads, top_k=top_k)
        attended = layer_norm(M + A, w_1, b_1, eps=eps)
        Y = attended
        for layer in range(mlp_layers):
            Y = np.maximum(Y @ W[layer] + b[layer], 0)
        M = layer_norm(attended + Y, w_2, b_2, eps=eps)
    return M


@equation("lm2-ref.gates")
def gates(X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input):
    """X, M [B,n,n] → g_in, g_forget [B,n,n]: both from the tokens' mean, later tokens included, and the memory."""
    p = np.maximum(w * X, 0).mean(axis=1, keepdims=True)
    G = (np.tanh(M) @ W_m + b_m) + (p @ W_i + b_i)
    n = X.shape[-1]
    return sigmoid(G[..., :n] + b_input), sigmoid(G[..., n:] + b_forget)


@equation("lm2-ref.step")
def step(X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input, **of_block):
    """X, M [B,n,n], and what the block needs → E_next, M_next [B,n,n]: the output is X and the updated memory, without a gate."""
    M = np.broadcast_to(M, X.shape)  # [n,n] is the memory of every batch element
    E = block(X, M, **of_block)
    g_in, g_forget = gates(X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input)
    M_next = g_in * np.tanh(E) + g_forget * M
    return X + M_next, M_next


RANKS = {tensor["name"]: tensor["shapes"][0].count(",") + 1 if tensor["shapes"][0] != "[]" else 0 for tensor in EQUATIONS["lm2-ref.step"].known.inputs}


@equation("lm2-ref.rollout")
def rollout(X, M_0, **of_steps):
    """X [S,B,n,n], M_0 [B,n,n], and what the step needs → E_next [S,B,n,n], M_S [B,n,n]: S steps that carry the memory.

    Steps are layers of one forward, each with its own weights (a leading S), or forwards that share them.
    """
    def of_step(s):
        return {name: value[s] if name in RANKS and value.ndim > RANKS[name] else value for name, value in of_steps.items()}

    M, E_next = M_0, np.empty_like(X)
    for s in range(len(X)):
        E_next[s], M = step(X[s], M, **of_step(s))
    return E_next, M
