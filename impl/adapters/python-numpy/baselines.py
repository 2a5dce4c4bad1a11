"""Memories that LM2 and the ∞-former are compared with, in NumPy.

TXL: Dai et al., "Transformer-XL", ACL 2019. CT: Rae et al., "Compressive Transformers", ICLR 2020. RMT: Bulatov, Kuratov and
Burtsev, "Recurrent Memory Transformer", NeurIPS 2022. BRT: Hutchins et al., "Block-Recurrent Transformers", NeurIPS 2022. Infini:
Munkhdalai, Faruqui and Gopal, "Leave No Context Behind", 2024.

Axes:  B batch, T tokens, C cached entries, P = C + T all entries, K compressed entries or memory tokens, d width, H heads,
       dh = d/H width of a head.
"""

import numpy as np

from blocks import attention_causal, causal_softmax, layer_norm, rms_norm, swiglu
from catalogue import equation
from lm2 import head_scores, merge_heads, split_heads
from special import rotations, sigmoid, softmax


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


@equation("base.txl.learnt")
def txl_learnt(x, W_q, W_k, W_v, r, bias_u, bias_r, W_o, cache=None, *, heads):
    """x [B,T,d], perhaps cache [B,C,d], r [K,H,dh], bias_r [K,H] → y [B,T,d]: learnt vectors of the distances. Code of TXL, attn_type 1"""
    z = x if cache is None else np.concatenate([cache, x], axis=1)
    q, k, v = split_heads(x @ W_q, heads), split_heads(z @ W_k, heads), split_heads(z @ W_v, heads)
    T, P = q.shape[2], z.shape[1]
    distance = np.clip((P - T + np.arange(T))[:, None] - np.arange(P), 0, len(r) - 1)
    by_distance = np.einsum("bhtc,tphc->bhtp", q, r[distance]) + bias_r[distance].transpose(2, 0, 1)
    scores = ((q + bias_u[:, None]) @ k.swapaxes(-1, -2) + by_distance) / q.shape[-1] ** 0.5
    return merge_heads(causal_softmax(scores) @ v) @ W_o


def relu_mlp(x, W_up, b_up, W_down, b_down):
    """x [...,d] → relu(x W_up + b_up) W_down + b_down."""
    return np.maximum(x @ W_up + b_up, 0) @ W_down + b_down


@equation("base.txl.layer")
def txl_layer(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, cache=None, *,
              heads, pre_norm=False, eps=1e-5):
    """x [B,T,d], perhaps cache [B,C,d] → y [B,T,d]: relative attention and an MLP, norms behind the sums or in front of both parts. TXL §3.3"""
    read, past = [tokens if tokens is None or not pre_norm else layer_norm(tokens, w_1, b_1, eps=eps) for tokens in (x, cache)]
    Z = txl_relative(read, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, past, heads=heads)
    return txl_rest(x + Z, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, pre_norm, eps)


def txl_rest(joined, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, pre_norm, eps):
    """What follows attention, from its input and what it read added up."""
    mlp = W_up, b_up, W_down, b_down
    if pre_norm:
        return joined + relu_mlp(layer_norm(joined, w_2, b_2, eps=eps), *mlp)
    a = layer_norm(joined, w_1, b_1, eps=eps)
    return layer_norm(a + relu_mlp(a, *mlp), w_2, b_2, eps=eps)


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


@equation("base.compressive.step")
def compressive_step(x, cache, compressed, W_conv=None, b_conv=None, *, rate, method):
    """x [B,J·c,d], cache [B,C,d], compressed [B,K,d] → cache_next, compressed_next, of the same lengths: what x pushes out of the cache is
    compressed and pushes as many entries out of the older memory. CT §3.1"""
    T, seen = x.shape[1], np.concatenate([cache, x], axis=1)
    entered = compress(seen[:, :T], W_conv, b_conv, rate=rate, method=method)
    return seen[:, T:], np.concatenate([compressed, entered], axis=1)[:, entered.shape[1]:]


def read_by_content(h, memory, W_q, W_k, W_v, heads):
    """h [B,T,d], memory [B,L,d] → weights [B,H,T,L] and what they read, [B,H,T,dh]: no mask, no positions."""
    weights = softmax(head_scores(h @ W_q, memory @ W_k, heads))
    return weights, weights @ split_heads(memory @ W_v, heads)


@equation("base.compressive.reconstruction")
def compressive_reconstruction(h, old, compressed, W_q, W_k, W_v, *, heads, reduction):
    """h [B,T,d], old [B,L,d], compressed [B,K,d] → loss [B]: how far apart h reads the two. CT §3.2"""
    difference = read_by_content(h, old, W_q, W_k, W_v, heads)[1] - read_by_content(h, compressed, W_q, W_k, W_v, heads)[1]
    if reduction == "norm":
        return np.sqrt(np.sum(difference * difference, axis=(1, 2, 3)))
    if reduction == "mean":
        return np.mean(difference * difference, axis=(1, 2, 3))
    raise ValueError(f"reduction is {reduction!r}, expected 'norm' or 'mean'")


# Recurrent Memory Transformer

@equation("base.rmt.attention")
def rmt_attention(front, x, behind, W_q, W_k, W_v, W_o, *, heads, kv_heads):
    """front, behind [B,K,d], x [B,T,d] → y [B,K+T+K,d]: causal, but that memory tokens see all of front, and those behind all. RMT's code"""
    s, K, T = np.concatenate([front, x, behind], axis=1), front.shape[1], x.shape[1]
    P = s.shape[1]
    q, (k, v) = split_heads(s @ W_q, heads), (np.repeat(split_heads(s @ W, kv_heads), heads // kv_heads, axis=1) for W in (W_k, W_v))
    last = np.concatenate([np.full(K, K), K + 1 + np.arange(T), np.full(K, P)])
    scores = np.where(np.arange(P) < last[:, None], q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5, -np.inf)
    return merge_heads(softmax(scores) @ v) @ W_o


def rmt_attend(normed, K, weights, open_memory, **heads):
    return rmt_attention(normed[:, :K], normed[:, K:-K], normed[:, -K:], *weights, **heads) if open_memory else attention_causal(normed, *weights, **heads)


@equation("base.rmt.segment")
def rmt_segment(x, m, w_1, w_2, W_q, W_k, W_v, W_o, W_gate, W_up, W_down, m_write=None, *, heads, kv_heads, open_memory=False, eps=1e-5):
    """x [B,T,d], m, m_write [B,K,d] → y [B,T,d], m_next [B,K,d]: memory tokens before the segment to read, behind it to write. RMT §3"""
    T, K = x.shape[1], m.shape[1]
    s = np.concatenate([m, x, m if m_write is None else m_write], axis=1)
    s_1 = s + rmt_attend(rms_norm(s, w_1, eps=eps), K, (W_q, W_k, W_v, W_o), open_memory, heads=heads, kv_heads=kv_heads)
    o = s_1 + swiglu(rms_norm(s_1, w_2, eps=eps), W_gate, W_up, W_down)
    return o[:, K:K + T], o[:, K + T:]


# Block-Recurrent Transformer

@equation("base.blockrec.fixed")
def blockrec_fixed(c, h, W_z, b_z, b_g):
    """c [B,N,d], h [B,N,f] → c_next [B,N,d]: an average of state and h W_z + b_z with a fixed share. BRT §3.2"""
    g = sigmoid(b_g)
    return c * g + (h @ W_z + b_z) * (1 - g)


@equation("base.blockrec.lstm")
def blockrec_lstm(c, h, W_z, b_z, W_i, b_i, W_f, b_f):
    """c [B,N,d], h [B,N,f] → c_next [B,N,d]: an LSTM's cell. BRT §3.2"""
    return c * sigmoid(h @ W_f + b_f + 1) + np.tanh(h @ W_z + b_z) * sigmoid(h @ W_i + b_i - 1)


# Infini-attention

def elu_features(x):
    """φ(x) = ELU(x) + 1."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0))) + 1


def found(features, M, z):
    """features [B,H,T,dk], M [B,H,dk,dv], z [B,H,dk] → [B,H,T,dv]: φ M/(φ z)."""
    return features @ M / (features @ z[..., None])


@equation("base.infini.retrieve")
def infini_retrieve(Q, M, z, *, heads):
    """Q [B,T,H·dk], M [B,H,dk,dv], z [B,H,dk] → A_mem [B,T,H·dv]. Infini, equation 3"""
    return merge_heads(found(split_heads(elu_features(Q), heads), M, z))


@equation("base.infini.update")
def infini_update(K, V, M=None, z=None, *, heads, rule):
    """K [B,L,H·dk], V [B,L,H·dv], perhaps M [B,H,dk,dv], z [B,H,dk] → M_next, z_next: values added under their keys, with "delta" less
    what the memory has under them. Infini, equations 4 and 5"""
    if rule not in ("linear", "delta"):
        raise ValueError(f"rule is {rule!r}, expected 'linear' or 'delta'")
    features, values = split_heads(elu_features(K), heads), split_heads(V, heads)
    if M is not None and rule == "delta":
        values = values - found(features, M, z)
    added, counted = features.swapaxes(-1, -2) @ values, features.sum(axis=2)
    return (added, counted) if M is None else (M + added, z + counted)


@equation("base.infini.inject")
def infini_inject(A_mem, A_dot, beta, *, heads):
    """A_mem, A_dot [B,T,H·dv], beta [H] → A [B,T,H·dv]: σ(beta) of the memory, the rest of the segment. Infini, equation 6"""
    g = np.repeat(sigmoid(beta), A_mem.shape[2] // heads)
    return g * A_mem + (1 - g) * A_dot


@equation("base.infini.segment")
def infini_segment(x, W_q, W_k, W_v, W_o, beta, M=None, z=None, *, heads, rule):
    """x [B,T,d], perhaps M [B,H,dk,dv], z [B,H,dk] → y [B,T,d], M_next, z_next: read the memory, attend, write the memory. Infini §2.1"""
    Q, K, V = x @ W_q, x @ W_k, x @ W_v
    A_mem = np.zeros_like(V) if M is None else infini_retrieve(Q, M, z, heads=heads)
    A_dot = merge_heads(causal_softmax(head_scores(Q, K, heads)) @ split_heads(V, heads))
    return infini_inject(A_mem, A_dot, beta, heads=heads) @ W_o, *infini_update(K, V, M, z, heads=heads, rule=rule)


@equation("base.infini.rollout")
def infini_rollout(x, W_q, W_k, W_v, W_o, beta, M_0=None, z_0=None, *, heads, rule):
    """x [S,B,T,d], perhaps M_0 [B,H,dk,dv], z_0 [B,H,dk] → y [S,B,T,d], M_S, z_S. Infini §2.2"""
    y, M, z = np.empty_like(x), M_0, z_0
    for s, tokens in enumerate(x):
        y[s], M, z = infini_segment(tokens, W_q, W_k, W_v, W_o, beta, M, z, heads=heads, rule=rule)
    return y, M, z
