"""Memories that LM2 and the ∞-former are compared with, in NumPy.

TXL: Dai et al., "Transformer-XL", ACL 2019. CT: Rae et al., "Compressive Transformers", ICLR 2020. RMT: Bulatov, Kuratov and
Burtsev, "Recurrent Memory Transformer", NeurIPS 2022.

Axes:  B batch, T tokens, C cached entries, P = C + T all entries, K compressed entries or memory tokens, d width, H heads,
       dh = d/H width of a head.
"""

import numpy as np

from blocks import attention_causal, causal_softmax, rms_norm, swiglu
from catalogue import equation
from lm2 import head_scores, merge_heads, split_heads
from special import rotations


# Transformer-XL

@equation("base.txl.encoding")
def txl_encoding(*, length, width, dtype=np.float64):
    """R [P,d]: sines of all frequencies 10000^(−2i/d), then their cosines, a row for every distance 0 … P − 1. TXL §3.3"""
    if width % 2:
        raise ValueError(f"width is {width}, expected an even number")
    cos, sin = rotations(0, length, 10000.0, width // 2)
    return np.concatenate([sin, cos], axis=-1).astype(dtype)


@equation("base.txl.relative")
def txl_relative(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache=None, *, heads):
    """x [B,T,d], perhaps cache [B,C,d], bias_u, bias_v [H,dh] → y [B,T,d]: attention by content and by distance. TXL §3.3"""
    z = x if cache is None else np.concatenate([cache, x], axis=1)
    q, k, v = split_heads(x @ W_q, heads), split_heads(z @ W_k, heads), split_heads(z @ W_v, heads)
    T, dh = q.shape[2:]
    P = z.shape[1]
    r = split_heads((txl_encoding(length=P, width=x.shape[2], dtype=x.dtype) @ W_r)[None], heads)  # [1,H,P,dh], by distance
    by_distance = (q + bias_v[:, None]) @ r.swapaxes(-1, -2)
    distance = (P - T + np.arange(T))[:, None] - np.arange(P)  # below 0 where the entry is hidden
    by_entry = np.take_along_axis(by_distance, np.maximum(distance, 0)[None, None], axis=-1)
    by_content = (q + bias_u[:, None]) @ k.swapaxes(-1, -2)
    return merge_heads(causal_softmax((by_content + by_entry) / dh ** 0.5) @ v) @ W_o


# All of the past

@equation("base.attention.softmax")
def attention_softmax(x, W_q, W_k, W_v, W_o, K_cache=None, V_cache=None, *, heads):
    """x [B,T,d], perhaps K_cache, V_cache [B,C,d] → y [B,T,d], K_next, V_next [B,C+T,d]. Vaswani et al., NeurIPS 2017"""
    if (K_cache is None) != (V_cache is None):
        raise ValueError("K_cache and V_cache are given together or not at all")
    K, V = x @ W_k, x @ W_v
    if K_cache is not None:
        K, V = np.concatenate([K_cache, K], axis=1), np.concatenate([V_cache, V], axis=1)
    weights = causal_softmax(head_scores(x @ W_q, K, heads))
    return merge_heads(weights @ split_heads(V, heads)) @ W_o, K, V


# Compressive Transformer

@equation("base.compressive.compress")
def compress(X, W_conv=None, b_conv=None, *, rate, method):
    """X [B,K·c,d], perhaps W_conv [d,d,c] (out, in, tap), b_conv [d] → Y [B,K,d]: one entry for c. CT §3.2"""
    B, length, d = X.shape
    if method != "conv" and not (W_conv is None and b_conv is None):
        raise ValueError(f"W_conv and b_conv belong to method 'conv', not {method!r}")
    runs = X.reshape(B, length // rate, rate, d)
    if method == "mean":
        return runs.mean(axis=2)
    if method == "max":
        return runs.max(axis=2)
    if method == "conv":
        if W_conv is None or b_conv is None:
            raise ValueError("method 'conv' needs W_conv and b_conv")
        return np.tensordot(runs, W_conv, axes=((2, 3), (2, 1))) + b_conv
    raise ValueError(f"method is {method!r}, expected 'mean', 'max' or 'conv'")


@equation("base.compressive.attention")
def compressive_attention(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache=None, compressed=None, *, heads):
    """x [B,T,d], perhaps cache [B,C,d] and, older, compressed [B,K,d] → y [B,T,d]; distances are counted in entries. CT §3.1"""
    past = [part for part in (compressed, cache) if part is not None]
    return txl_relative(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, np.concatenate(past, axis=1) if past else None, heads=heads)


# Recurrent Memory Transformer

@equation("base.rmt.segment")
def rmt_segment(x, m, w_1, w_2, W_q, W_k, W_v, W_o, W_gate, W_up, W_down, *, heads, kv_heads, eps=1e-5):
    """x [B,T,d], m [B,K,d] → y [B,T,d], m_next [B,K,d]: memory tokens before the segment to read, behind it to write. RMT §3"""
    T, K = x.shape[1], m.shape[1]
    s = np.concatenate([m, x, m], axis=1)
    s_1 = s + attention_causal(rms_norm(s, w_1, eps=eps), W_q, W_k, W_v, W_o, heads=heads, kv_heads=kv_heads)
    o = s_1 + swiglu(rms_norm(s_1, w_2, eps=eps), W_gate, W_up, W_down)
    return o[:, K:K + T], o[:, K + T:]
