"""What the memories are compared with: Transformer-XL, full attention, Compressive Transformer, Recurrent Memory Transformer.

    B batch   T tokens   C cached entries   S = C + T   d width   H heads   dh = d/H   K compressed entries or memory tokens   c rate

Weights act from the right (x W) and are [in, out].
"""

import math

import torch
import torch.nn.functional as F

from blocks import attend, causal_attention, cos_sin, later, rms_norm, swiglu
from lm2 import split_heads
from precomputed import precomputed


@precomputed
def encoding(length, width, *, dtype, device):
    """R [P,d] = [sin(p f), cos(p f)], f_i = 10000^(-2i/d), for the distances p = 0…P-1. TXL §3.3."""
    if width % 2:
        raise ValueError(f"width holds as many sines as cosines: it must be even, found {width}")
    cos, sin = cos_sin(0, length, 10000.0, width // 2, dtype=dtype, device=device)
    return torch.cat([sin, cos], dim=-1)


@precomputed
def descending_encoding(length, width, dtype, device):
    """The encoding with the largest distance first, as relative_shift wants it."""
    return encoding(length, width, dtype=dtype, device=device).flip(0)


def relative_shift(P):
    """P [N,T,S], contiguous, by query i and descending distance → a view by query i and position j, right where j ≤ S - T + i.

    Distance i + S - T - j is in column j + T - 1 - i: each row begins one element further left. Nothing is copied.
    """
    N, T, S = P.shape
    return P.as_strided((N, T, S), (T * S, S - 1, 1), P.storage_offset() + T - 1)


def relative_attention(q, z, W_k, W_v, W_r, bias_u, bias_v, W_o, *, heads):
    """Queries q [B,T,d] of the last T entries of z [B,S,d], W [d,d], bias_u, bias_v [H,dh] → y [B,T,d]. TXL §3.3."""
    B, T, d = q.shape
    S, dh = z.shape[1], d // heads
    R = descending_encoding(S, d, q.dtype, q.device) @ W_r
    # Heads first: one product over all of the batch with a head's encodings, and distances stay in rows for the shift.
    q = q.view(B, T, heads, dh).permute(2, 0, 1, 3)
    r = R.view(S, heads, dh).permute(1, 2, 0)
    k, v = ((z @ W).view(B, S, heads, dh).permute(2, 0, 1, 3).reshape(heads * B, S, dh) for W in (W_k, W_v))
    of_content, of_distance = ((q + bias[:, None, None]) * dh**-0.5 for bias in (bias_u, bias_v))
    by_distance = (of_distance.reshape(heads, B * T, dh) @ r).view(heads * B, T, S)
    scores = torch.baddbmm(relative_shift(by_distance), of_content.reshape(heads * B, T, dh), k.mT)
    A = torch.softmax(scores.masked_fill_(later(T, S, q.device), -math.inf), dim=-1)
    return (A @ v).view(heads, B, T, dh).permute(1, 2, 0, 3).flatten(2) @ W_o


def relative(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache=None, *, heads):
    """x [B,T,d], cache [B,C,d], W [d,d], bias_u, bias_v [H,dh] → y [B,T,d]: attention over [cache ‖ x]. TXL §3.3."""
    z = x if cache is None else torch.cat([cache, x], dim=1)
    return relative_attention(x @ W_q, z, W_k, W_v, W_r, bias_u, bias_v, W_o, heads=heads)


def softmax_attention(x, W_q, W_k, W_v, W_o, K_cache=None, V_cache=None, *, heads):
    """x [B,T,d], K_cache, V_cache [B,C,d] → y [B,T,d], K_next, V_next [B,C+T,d]. Vaswani et al. 2017."""
    if (K_cache is None) != (V_cache is None):
        raise ValueError("K_cache and V_cache come together: only one was given")
    K, V = x @ W_k, x @ W_v
    if K_cache is not None:
        K, V = torch.cat([K_cache, K], dim=1), torch.cat([V_cache, V], dim=1)
    return attend(split_heads(x @ W_q, heads), split_heads(K, heads), split_heads(V, heads)) @ W_o, K, V


def compress(X, W_conv=None, b_conv=None, *, rate, method):
    """X [B,K·c,d] → Y [B,K,d]: each run of c tokens becomes one, by its mean, maximum or W_conv [d,d,c] (out, in, tap). CT §3.2."""
    if method == "conv":
        if W_conv is None or b_conv is None:
            raise ValueError("tensor W_conv or b_conv is missing, which method 'conv' needs")
        return F.conv1d(X.transpose(1, 2), W_conv, b_conv, stride=rate).transpose(1, 2)
    if method not in ("mean", "max"):
        raise ValueError(f"method is {method!r}, expected 'mean', 'max' or 'conv'")
    runs = X.unflatten(1, (-1, rate))
    return runs.mean(2) if method == "mean" else runs.amax(2)


def compressive_attention(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache=None, compressed=None, *, heads):
    """x [B,T,d], cache [B,C,d], compressed [B,K,d] → y [B,T,d]: relative attention over [compressed ‖ cache ‖ x]. CT §3.1."""
    z = torch.cat([part for part in (compressed, cache, x) if part is not None], dim=1)
    return relative_attention(x @ W_q, z, W_k, W_v, W_r, bias_u, bias_v, W_o, heads=heads)


def recurrent_segment(x, m, w_1, w_2, W_q, W_k, W_v, W_o, W_gate, W_up, W_down, *, heads, kv_heads, eps=1e-5):
    """x [B,T,d], m [B,K,d] → y [B,T,d], m_next [B,K,d]: [m ‖ x ‖ m] through a causal pre-norm block. RMT §3."""
    T, K = x.shape[1], m.shape[1]
    s = torch.cat([m, x, m], dim=1)
    s_1 = s + causal_attention(rms_norm(s, w_1, eps=eps), W_q, W_k, W_v, W_o, heads=heads, kv_heads=kv_heads)
    o = s_1 + swiglu(rms_norm(s_1, w_2, eps=eps), W_gate, W_up, W_down)
    return o[:, K:K + T], o[:, K + T:]
