"""The blocks around the memories: normalisations, rotary positions, gated MLP, causal attention with grouped heads.

    B batch   T tokens   S attended positions   d width   H query heads   G key/value heads   dh head width   f width of the MLP

Weights act from the right (x W) and are [in, out]. Query head h reads the keys and values of head ⌊h G/H⌋.
"""

import math

import torch
import torch.nn.functional as F

from lm2 import merge_heads, split_heads
from precomputed import precomputed


def rms_norm(x, w, *, eps=1e-5):
    """x [B,T,d], w [d] → x/√(mean(x²) + eps) ⊙ w. Zhang, Sennrich 2019."""
    wide = x if x.dtype == torch.float64 else x.float()  # in float16 x² would overflow from 256 on
    # Not times rsqrt: its backward pass takes the cube of the result, which in float32 underflows where x is above 1e13.
    return (wide / torch.sqrt(wide.square().mean(-1, keepdim=True) + eps) * w).to(x.dtype)


def layer_norm(x, w, b, *, eps=1e-5):
    """x [B,T,d], w, b [d] → (x - mean)/√(variance + eps) ⊙ w + b, the variance biased. Ba et al. 2016."""
    return F.layer_norm(x, w.shape, w, b, eps)


def affine(x, W, b):
    """x [...,in], W [in,out], b [out] → x W + b."""
    return F.linear(x, W.mT, b)


def swiglu(z, W_gate, W_up, W_down):
    """z [B,T,d], W_gate, W_up [d,f], W_down [f,d] → (silu(z W_gate) ⊙ (z W_up)) W_down [B,T,d]. Shazeer 2020."""
    return (F.silu(z @ W_gate) * (z @ W_up)) @ W_down


# Angles ---------------------------------------------------------------------------------------------------------------------


@precomputed
def cos_sin(offset, length, base, count, *, dtype, device):
    """cos and sin [length,count] of the angles p base^(-j/count), p = offset … offset + length - 1, computed in float64."""
    p = torch.arange(offset, offset + length, dtype=torch.float64)
    angle = torch.outer(p, float(base) ** (-torch.arange(count, dtype=torch.float64) / count))
    return angle.cos().to(device, dtype), angle.sin().to(device, dtype)


def rotate(x, *, base=500000.0, offset=0):
    """x [B,H,T,dh] → each pair (x_j, x_{j+dh/2}) turned by (offset + i) base^(-2j/dh) at token i. Su et al. 2021, pairs as in Llama."""
    if x.shape[-1] % 2:
        raise ValueError(f"rotary positions turn pairs: the head width must be even, found {x.shape[-1]}")
    cos, sin = cos_sin(offset, x.shape[-2], base, x.shape[-1] // 2, dtype=x.dtype, device=x.device)
    x_1, x_2 = x.chunk(2, dim=-1)
    return torch.cat([x_1 * cos - x_2 * sin, x_2 * cos + x_1 * sin], dim=-1)


# Attention ------------------------------------------------------------------------------------------------------------------


@precomputed
def later(tokens, positions, device):
    """The mask [T,S] of what comes after token i, the tokens being the last of the positions: j > S - T + i."""
    return torch.ones(tokens, positions, dtype=torch.bool, device=device).triu(positions - tokens + 1)


def attend(q, k, v):
    """q [B,H,T,dh], k, v [B,G,S,dh] → [B,T,H·dh]: softmax(q kᵀ/√dh) v over positions up to the query's own, heads concatenated."""
    B, H, T, dh = q.shape
    G, S = k.shape[1:3]
    if H % G:
        raise ValueError(f"{G} key/value heads do not divide {H} query heads")
    # Queries that share keys become the rows of one product: keys and values are never repeated.
    scores = (q * dh**-0.5).reshape(B * G, H // G * T, dh) @ k.reshape(B * G, S, dh).mT
    scores.view(B * G, H // G, T, S).masked_fill_(later(T, S, q.device), -math.inf)
    return merge_heads((torch.softmax(scores, dim=-1) @ v.reshape(B * G, S, dh)).view(B, H, T, dh))


def causal_attention(x, W_q, W_k, W_v, W_o, *, heads, kv_heads, rope=False, base=500000.0):
    """x [B,T,d], W_q [d,H·dh], W_k, W_v [d,G·dh], W_o [H·dh,d] → y [B,T,d]. Vaswani et al. 2017, Ainslie et al. 2023."""
    q, k, v = split_heads(x @ W_q, heads), split_heads(x @ W_k, kv_heads), split_heads(x @ W_v, kv_heads)
    if rope:
        q, k = rotate(q, base=base), rotate(k, base=base)
    return attend(q, k, v) @ W_o


def gelu(x, *, form):
    """x [B,T,d] → y [B,T,d], with Φ or its approximation by tanh. Hendrycks and Gimpel 2016."""
    return torch.nn.functional.gelu(x, approximate="tanh" if form == "tanh" else "none")
