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


def layer_norm(x, w, b=None, *, eps=1e-5, bias=True):
    """x [B,T,d], w, b [d] → (x - mean)/√(variance + eps) ⊙ w [+ b], the variance biased. Ba et al. 2016."""
    return F.layer_norm(x, w.shape, w, b if bias else None, eps)


def affine(x, W, b):
    """x [...,in], W [in,out], b [out] → x W [+ b]."""
    return F.linear(x, W.mT, b)


def swiglu(z, W_gate, W_up, W_down):
    """z [B,T,d], W_gate, W_up [d,f], W_down [f,d] → (silu(z W_gate) ⊙ (z W_up)) W_down [B,T,d]. Shazeer 2020."""
    return (F.silu(z @ W_gate) * (z @ W_up)) @ W_down


def geglu(z, W_gate, W_up, W_down, *, form):
    """z [B,T,d], W_gate, W_up [d,f], W_down [f,d] → (gelu(z W_gate) ⊙ (z W_up)) W_down [B,T,d]. Shazeer 2020."""
    return (gelu(z @ W_gate, form=form) * (z @ W_up)) @ W_down


# Angles ---------------------------------------------------------------------------------------------------------------------


@precomputed
def cos_sin(offset, length, base, count, scaling=None, *, dtype, device):
    """cos and sin [length,count] of the angles p f_j, f_j = base^(-j/count), p = offset … offset + length - 1, computed in float64.

    scaling: factor, low, high, length; a wave that fits in the length less than low times is slowed by the factor, above high it is not."""
    p = torch.arange(offset, offset + length, dtype=torch.float64)
    f = float(base) ** (-torch.arange(count, dtype=torch.float64) / count)
    if scaling:
        factor, low, high, original = scaling
        f = torch.lerp(f / factor, f, ((original / (2 * math.pi / f) - low) / (high - low)).clamp(0, 1))
    angle = torch.outer(p, f)
    return angle.cos().to(device, dtype), angle.sin().to(device, dtype)


def rotate(x, *, base=500000.0, offset=0, pairs="half", scaled=False, factor=None, low_freq_factor=None, high_freq_factor=None, original_length=None):
    """x [B,H,T,dh] → each pair turned by (offset + i) base^(-2j/dh) at token i: x_j and x_{j+dh/2}, or x_{2j} and x_{2j+1} where interleaved.

    Su et al. 2021; pairs and scaled frequencies as in Llama."""
    if x.shape[-1] % 2:
        raise ValueError(f"rotary positions turn pairs: the head width must be even, found {x.shape[-1]}")
    scaling = (factor, low_freq_factor, high_freq_factor, original_length) if scaled else None
    if scaled and (None in scaling or high_freq_factor <= low_freq_factor):
        raise ValueError(f"scaled frequencies need a factor, a low and a higher high one, and a length, found {scaling}")
    cos, sin = cos_sin(offset, x.shape[-2], base, x.shape[-1] // 2, scaling, dtype=x.dtype, device=x.device)
    if pairs == "interleaved":
        x_1, x_2 = x.unflatten(-1, (-1, 2)).unbind(-1)
        return torch.stack([x_1 * cos - x_2 * sin, x_2 * cos + x_1 * sin], dim=-1).flatten(-2)
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


def causal_attention(
    x, W_q, W_k, W_v, W_o, b_q=None, b_k=None, b_v=None, b_o=None, *, heads, kv_heads, rope=False, qkv_bias=False, output_bias=False, **rotation
):
    """x [B,T,d], W_q [d,H·dh], W_k, W_v [d,G·dh], W_o [H·dh,d] → y [B,T,d]. Vaswani et al. 2017, Ainslie et al. 2023."""

    def projected(W, b, count):
        return split_heads(affine(x, W, b if qkv_bias else None), count)

    q, k, v = projected(W_q, b_q, heads), projected(W_k, b_k, kv_heads), projected(W_v, b_v, kv_heads)
    if rope:
        q, k = rotate(q, **rotation), rotate(k, **rotation)
    return affine(attend(q, k, v), W_o, b_o if output_bias else None)


def gelu(x, *, form):
    """x [B,T,d] → y [B,T,d], with Φ or its approximation by tanh. Hendrycks and Gimpel 2016."""
    return torch.nn.functional.gelu(x, approximate="tanh" if form == "tanh" else "none")
