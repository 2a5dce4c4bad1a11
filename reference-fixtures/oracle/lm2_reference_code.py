"""LM2, reference-code profile: the five `lm2-ref.*` equations, what the authors' published code computes.

It departs from the paper: the step adds the updated memory without an output gate, both gates come from the tokens' mean over time and
the old memory, and the attended memory passes a residual block. Every formula takes the arithmetic `a`, its tensors as nested lists
and its attributes by name, and returns its outputs in the order of the catalogue.

B batch, n memory slots = width = tokens, H heads, S steps. A slot is a row of the n×n memory of a batch element.
"""

import lm2
from blocks import layer_norm
from functions import sigmoid
from linear_algebra import plus, product


def attention(a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, heads, top_k):
    """attended [B,n,n]: tokens X [B,n,n] read the memory rows M [B,n,n], token t the rows j ≤ t; no output projection."""
    Q, K, V = _affine(a, X, W_q, b_q), _affine(a, M, W_k, b_k), _affine(a, M, W_v, b_v)
    return lm2.attention_retrieve(a, lm2.attention_weights(a, Q, K, heads, causal=True, top_k=top_k), V)


def block(
    a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, heads, top_k, blocks, mlp_layers, eps
):
    """E [B,n,n]: M, `blocks` times attended to, normalised and passed through one and the same layer `mlp_layers` times."""
    for _ in range(blocks):
        attended = attention(a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, heads, top_k)
        normalised = layer_norm(a, plus(M, attended), w_1, b_1, eps)
        Y = normalised
        for _ in range(mlp_layers):
            Y = _relu(a, _affine(a, Y, W_mlp, b_mlp))
        M = layer_norm(a, plus(normalised, Y), w_2, b_2, eps)
    return M


def gates(a, X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input):
    """g_in, g_forget [B,n,n] from the tokens' mean over all of time and from M: the two halves of one pair of projections."""
    n = len(w)
    g_in, g_forget = [], []
    for x, m in zip(X, M):
        weighted = [[max_with_zero(a, c * value) for c, value in zip(w, token)] for token in x]
        pooled = [a.sum(column) / n for column in zip(*weighted)]
        ((from_tokens,),) = _affine(a, [[pooled]], W_i, b_i)
        (from_memory,) = _affine(a, [[[a.tanh(value) for value in row] for row in m]], W_m, b_m)
        logits = [[u + v for u, v in zip(row, from_tokens)] for row in from_memory]
        g_in.append([[sigmoid(a, value + b_input) for value in row[:n]] for row in logits])
        g_forget.append([[sigmoid(a, value + b_forget) for value in row[n:]] for row in logits])
    return g_in, g_forget


def step(
    a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, w, W_i, b_i, W_m, b_m, b_forget, b_input,
    heads, top_k, blocks, mlp_layers, eps,
):
    """E_next = X + M_next, M_next = g_in ⊙ tanh(E) + g_forget ⊙ M, both [B,n,n]; the gates see M as it came in."""
    E = block(
        a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, heads, top_k, blocks, mlp_layers, eps
    )
    g_in, g_forget = gates(a, X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input)
    M_next = lm2.bank_update(a, g_in, E, g_forget, M)
    return plus(X, M_next), M_next


RANKS = {
    "W_q": 2, "b_q": 1, "W_k": 2, "b_k": 1, "W_v": 2, "b_v": 1, "w_1": 1, "b_1": 1, "W_mlp": 2, "b_mlp": 1, "w_2": 1, "b_2": 1,
    "w": 1, "W_i": 2, "b_i": 1, "W_m": 2, "b_m": 1, "b_forget": 0, "b_input": 0,
}


def rollout(a, X, M_0, heads, top_k, blocks, mlp_layers, eps, **weights):
    """S steps, the memory carried: X [S,B,n,n], each weight shared or with a leading S → E_next [S,B,n,n], M_S [B,n,n]."""
    M, outputs = M_0, []
    for s, x in enumerate(X):
        own = {name: weight[s] if _rank(weight) > RANKS[name] else weight for name, weight in weights.items()}
        M = a.carried(M) if s else M
        E_next, M = step(a, x, M, **own, heads=heads, top_k=top_k, blocks=blocks, mlp_layers=mlp_layers, eps=eps)
        outputs.append(E_next)
    return outputs, M


def _affine(a, X, W, b):
    """X W + b for X [B,P,K], W [K,C], b [C]."""
    return [[[value + shift for value, shift in zip(row, b, strict=True)] for row in product(a, x, W)] for x in X]


def _relu(a, X):
    return [[[max_with_zero(a, value) for value in row] for row in x] for x in X]


def max_with_zero(a, x):
    """relu."""
    return a.maximum(x, a.number(0.0))


def _rank(tensor):
    return 1 + _rank(tensor[0]) if isinstance(tensor, list) else 0
