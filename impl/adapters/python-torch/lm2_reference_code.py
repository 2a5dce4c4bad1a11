"""The memory of LM2's published code, which is not the paper's: dense layers with biases, LayerNorm, other gates, no output gate.

    B batch   n slots = tokens = width   H heads   S steps

The memory is [B,n,n], a row per slot and token. Weights act from the right (X W) and are [in, out]; the code's own are transposed.
"""

import torch
import torch.nn.functional as F

from blocks import affine, layer_norm
from lm2 import attention_weights, entering, retrieve, split_heads


def attention(X, M, W_q, b_q, W_k, b_k, W_v, b_v, mask=None, dropout=None, *, heads=1, top_k=0):
    """X, M [B,n,n] → attended [B,n,n]: token t attends to memory rows up to t; no output projection."""
    return attend(affine(X, W_q, b_q), M, W_k, b_k, W_v, b_v, mask, dropout, heads=heads, top_k=top_k)


def attend(Q, M, W_k, b_k, W_v, b_v, mask, dropout, *, heads, top_k):
    """Queries Q [B,n,n] over the rows of M [B,n,n] → attended [B,n,n]; rows are hidden where mask is not 0, weights multiplied by dropout."""
    K, V = affine(M, W_k, b_k), affine(M, W_v, b_v)
    if mask is None and dropout is None:
        return retrieve(attention_weights(Q, K, heads=heads, causal=True, top_k=top_k), V)
    q, k = split_heads(Q, heads), split_heads(K, heads)
    hidden = torch.ones(Q.shape[1], Q.shape[1], dtype=torch.bool, device=Q.device).triu(1)
    if mask is not None:
        hidden = (hidden | (mask != 0))[:, None]
    if hidden.all(-1).any():
        raise ValueError("mask: a token sees no row")
    A = torch.softmax((q * q.shape[-1] ** -0.5 @ k.mT).masked_fill(hidden, -torch.inf), dim=-1)
    if dropout is not None:
        A = A * dropout
    if top_k:
        A = A * torch.zeros_like(A).scatter_(-1, A.topk(top_k).indices, 1)
    return retrieve(A, V)


def block(X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, mask=None, dropout=None, *,
          heads=1, top_k=0, blocks=1, mlp_layers=2, eps=1e-5):
    """X, M [B,n,n] → E [B,n,n]. Every block has the same weights, and so has every layer of the MLP, unless W_mlp is [layers,n,n]; queries
    always come from X."""
    Q = affine(X, W_q, b_q)
    W, b = W_mlp.expand(mlp_layers, -1, -1), b_mlp.expand(mlp_layers, -1)
    for _ in range(blocks):
        attended = layer_norm(M + attend(Q, M, W_k, b_k, W_v, b_v, mask, dropout, heads=heads, top_k=top_k), w_1, b_1, eps=eps)
        Y = attended
        for layer in range(mlp_layers):
            Y = F.relu(affine(Y, W[layer], b[layer]))
        M = layer_norm(attended + Y, w_2, b_2, eps=eps)
    return M


def gates(X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input):
    """X, M [B,n,n], w [n], W_i, W_m [n,2n] → g_in, g_forget [B,n,n]. The mean is over all tokens: not causal."""
    pooled = F.relu(w * X).mean(1)
    G_in, G_forget = (affine(torch.tanh(M), W_m, b_m) + affine(pooled, W_i, b_i)[:, None]).chunk(2, dim=-1)
    return torch.sigmoid(G_in + b_input), torch.sigmoid(G_forget + b_forget)


def step(X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, w, W_i, b_i, W_m, b_m, b_forget, b_input, mask=None, dropout=None, **attributes):
    """X, M [B,n,n] → E_next, M_next [B,n,n]: what is added to X is the updated memory itself. attributes are block's."""
    M = M.expand_as(X)  # [n,n] is the memory of every batch element
    E = block(X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, mask, dropout, **attributes)
    g_in, g_forget = gates(X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input)
    M_next = torch.addcmul(g_in * torch.tanh(E), g_forget, M)
    return X + M_next, M_next


# How many axes each weight has in a step; one more means that every step has its own.
WEIGHT_AXES = {
    "W_q": 2, "b_q": 1, "W_k": 2, "b_k": 1, "W_v": 2, "b_v": 1, "w_1": 1, "b_1": 1, "W_mlp": 2, "b_mlp": 1, "w_2": 1, "b_2": 1,
    "w": 1, "W_i": 2, "b_i": 1, "W_m": 2, "b_m": 1, "b_forget": 0, "b_input": 0, "mask": 3, "dropout": 4,
}


def rollout(X, M_0, *, heads=1, top_k=0, blocks=1, mlp_layers=2, eps=1e-5, bptt="full", **weights):
    """S steps, the memory carried: X [S,B,n,n], M_0 [B,n,n], step's weights, shared or with a leading S → E_next [S,B,n,n], M_S [B,n,n].

    From layer to layer each step has its own weights, from forward to forward they are shared.
    """
    each = {name: W if W.dim() > WEIGHT_AXES[name] else W.expand(len(X), *W.shape) for name, W in weights.items()}
    M, steps = M_0, []
    for s, X_s in enumerate(X):
        E_next, M = step(X_s, entering(M, bptt) if s else M, **{name: W[s] for name, W in each.items()},
                         heads=heads, top_k=top_k, blocks=blocks, mlp_layers=mlp_layers, eps=eps)
        steps.append(E_next)
    return torch.stack(steps), M
