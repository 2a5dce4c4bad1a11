"""LM2, reference-code profile: the five `lm2-ref.*` equations, what the authors' published code computes.

It departs from the paper: the step adds the updated memory without an output gate, both gates come from the tokens' mean over time and
the old memory, and the attended memory passes a residual block. Every formula takes the arithmetic `a`, its tensors as nested lists
and its attributes by name, and returns its outputs in the order of the catalogue.

B batch, n memory slots = width = tokens, H heads, S steps. A slot is a row of the n×n memory of a batch element.
"""

import lm2
from arithmetic import value_of
from blocks import layer_norm
from functions import sigmoid, softmax
from linear_algebra import plus, product


def attention(a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, heads, top_k, mask=None, dropout=None):
    """attended [B,n,n]: tokens X [B,n,n] read the memory rows M [B,n,n], token t the rows j ≤ t; no output projection.

    mask [B,n,n]: a row is hidden where it is anything but 0. dropout [B,H,n,n]: the weights are multiplied by it, before the largest are kept.
    """
    Q, K, V = _affine(a, X, W_q, b_q), _affine(a, M, W_k, b_k), _affine(a, M, W_v, b_v)
    if mask is None and dropout is None:
        return lm2.attention_retrieve(a, lm2.attention_weights(a, Q, K, heads, causal=True, top_k=top_k), V)
    A = []
    for i, (q, k) in enumerate(zip(Q, K)):
        of_heads = lm2.scores(a, q, k, heads)
        A.append([
            [
                _weights(a, row[: t + 1], mask[i][t] if mask else None, dropout[i][h][t] if dropout else None, top_k)
                + [a.number(0.0)] * (len(row) - t - 1)
                for t, row in enumerate(S)
            ]
            for h, S in enumerate(of_heads)
        ])
    return lm2.attention_retrieve(a, A, V)


def _weights(a, row, mask, dropout, top_k):
    """The weights of the rows up to the token's own."""
    seen = [j for j in range(len(row)) if not mask or _given(mask[j]) == 0]
    if not seen:
        raise ValueError("a token sees no row")
    weights = dict(zip(seen, softmax(a, [row[j] for j in seen])))
    if dropout:
        weights = {j: w * dropout[j] for j, w in weights.items() if _given(dropout[j]) != 0}
    if top_k and top_k < len(weights):
        left = list(weights)
        kept = a.largest([weights[j] for j in left], top_k)
        weights = {left[i]: weights[left[i]] for i in kept}
    return [weights.get(j, a.number(0.0)) for j in range(len(row))]


def _given(x):
    """An entry of an input, as it was given: whether it is 0 is no matter of arithmetic."""
    while hasattr(x, "value"):
        x = x.value
    return value_of(x)


def block(
    a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, heads, top_k, blocks, mlp_layers, eps, mask=None, dropout=None
):
    """E [B,n,n]: M, `blocks` times attended to, normalised and passed through `mlp_layers` layers: one and the same, or each its own."""
    for _ in range(blocks):
        attended = attention(a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, heads, top_k, mask, dropout)
        normalised = layer_norm(a, plus(M, attended), w_1, b_1, eps)
        Y = normalised
        for layer in range(mlp_layers):
            W, b = W_mlp[layer] if _rank(W_mlp) == 3 else W_mlp, b_mlp[layer] if _rank(b_mlp) == 2 else b_mlp
            Y = _relu(a, _affine(a, Y, W, b))
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
    heads, top_k, blocks, mlp_layers, eps, mask=None, dropout=None,
):
    """E_next = X + M_next, M_next = g_in ⊙ tanh(E) + g_forget ⊙ M, both [B,n,n]; the gates see M as it came in. M [n,n] is that of all."""
    M = [M] * len(X) if _rank(M) == 2 else M
    E = block(
        a, X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, heads, top_k, blocks, mlp_layers, eps, mask, dropout
    )
    g_in, g_forget = gates(a, X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input)
    M_next = lm2.bank_update(a, g_in, E, g_forget, M)
    return plus(X, M_next), M_next


RANKS = {
    "W_q": 2, "b_q": 1, "W_k": 2, "b_k": 1, "W_v": 2, "b_v": 1, "w_1": 1, "b_1": 1, "W_mlp": 2, "b_mlp": 1, "w_2": 1, "b_2": 1,
    "w": 1, "W_i": 2, "b_i": 1, "W_m": 2, "b_m": 1, "b_forget": 0, "b_input": 0, "mask": 3, "dropout": 4,
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
