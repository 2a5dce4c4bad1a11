"""Backward passes of baselines.py, by hand. Axes as there; grad_x [like x] = ∂ℓ/∂x, given for outputs, returned for inputs."""

import numpy as np

from baselines import attention_softmax, txl_encoding
from block_gradients import attend, attend_vjp, attention_causal_vjp, rms_norm_vjp, swiglu_vjp
from blocks import attention_causal, causal_softmax, rms_norm
from catalogue import gradient
from lm2 import merge_heads, split_heads
from lm2_gradients import product_vjp


# Transformer-XL

@gradient("base.txl.relative")
def txl_relative_vjp(grad_y, x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache=None, *, heads):
    z = x if cache is None else np.concatenate([cache, x], axis=1)
    (B, T, d), P = x.shape, z.shape[1]
    dh = d // heads
    R = txl_encoding(length=P, width=d, dtype=x.dtype)
    q, k, v, r = (split_heads(part, heads) for part in (x @ W_q, z @ W_k, z @ W_v, (R @ W_r)[None]))
    q_u, q_v = q + bias_u[:, None], q + bias_v[:, None]
    distance = (P - T + np.arange(T))[:, None] - np.arange(P)
    by_entry = np.take_along_axis(q_v @ r.swapaxes(-1, -2), np.maximum(distance, 0)[None, None], axis=-1)
    weights = causal_softmax((q_u @ k.swapaxes(-1, -2) + by_entry) / dh ** 0.5)
    o = weights @ v

    grad_read, grad_W_o = product_vjp(grad_y, merge_heads(o), W_o)
    grad_o = split_heads(grad_read, heads)
    grad_v = weights.swapaxes(-1, -2) @ grad_o
    delta = np.sum(grad_o * o, axis=-1, keepdims=True)
    grad_scores = weights * (grad_o @ v.swapaxes(-1, -2) - delta) / dh ** 0.5
    # The gather's adjoint: a row's entries and distances mirror each other, j = P − T + i − distance, and there is no entry before the
    # first.
    by_distance = np.take_along_axis(grad_scores, np.maximum(distance, 0)[None, None], axis=-1) * (distance >= 0)

    grad_q_u, grad_k = grad_scores @ k, grad_scores.swapaxes(-1, -2) @ q_u
    grad_q_v, grad_r = by_distance @ r, np.sum(by_distance.swapaxes(-1, -2) @ q_v, axis=0, keepdims=True)
    grad_x, grad_W_q = product_vjp(merge_heads(grad_q_u + grad_q_v), x, W_q)
    z_of_k, grad_W_k = product_vjp(merge_heads(grad_k), z, W_k)
    z_of_v, grad_W_v = product_vjp(merge_heads(grad_v), z, W_v)
    grad_z = z_of_k + z_of_v
    return {
        "grad_x": grad_x + grad_z[:, P - T:], "grad_cache": None if cache is None else grad_z[:, :P - T],
        "grad_W_q": grad_W_q, "grad_W_k": grad_W_k, "grad_W_v": grad_W_v, "grad_W_r": R.T @ merge_heads(grad_r)[0],
        "grad_bias_u": grad_q_u.sum(axis=(0, 2)), "grad_bias_v": grad_q_v.sum(axis=(0, 2)), "grad_W_o": grad_W_o,
    }


# All of the past

@gradient("base.attention.softmax")
def attention_softmax_vjp(grad_y, grad_K_next, grad_V_next, x, W_q, W_k, W_v, W_o, K_cache=None, V_cache=None, *, heads):
    _, K, V = attention_softmax(x, W_q, W_k, W_v, W_o, K_cache, V_cache, heads=heads)
    cached = K.shape[1] - x.shape[1]
    q, k, v = (split_heads(part, heads) for part in (x @ W_q, K, V))
    grad_o, grad_W_o = product_vjp(grad_y, merge_heads(attend(q, k, v)), W_o)
    grad_q, grad_k, grad_v = attend_vjp(split_heads(grad_o, heads), q, k, v)
    grad_K, grad_V = merge_heads(grad_k) + grad_K_next, merge_heads(grad_v) + grad_V_next
    x_of_q, grad_W_q = product_vjp(merge_heads(grad_q), x, W_q)
    x_of_k, grad_W_k = product_vjp(grad_K[:, cached:], x, W_k)
    x_of_v, grad_W_v = product_vjp(grad_V[:, cached:], x, W_v)
    return (x_of_q + x_of_k + x_of_v, None if K_cache is None else grad_K[:, :cached], None if V_cache is None else grad_V[:, :cached],
            grad_W_q, grad_W_k, grad_W_v, grad_W_o)


# Compressive Transformer

@gradient("base.compressive.compress")
def compress_vjp(grad_Y, X, W_conv=None, b_conv=None, *, rate, method):
    B, length, d = X.shape
    runs = X.reshape(B, length // rate, rate, d)
    if method == "mean":
        return np.repeat(grad_Y / rate, rate, axis=1), None, None
    if method == "max":
        grad_runs = np.zeros_like(runs)
        np.put_along_axis(grad_runs, runs.argmax(axis=2)[:, :, None], grad_Y[:, :, None], axis=2)
        return grad_runs.reshape(X.shape), None, None
    if method == "conv":
        grad_runs = np.tensordot(grad_Y, W_conv, axes=(2, 0)).swapaxes(2, 3)  # [B,K,in,tap] to [B,K,tap,in]
        grad_W_conv = np.tensordot(grad_Y, runs, axes=((0, 1), (0, 1))).swapaxes(1, 2)
        return grad_runs.reshape(X.shape), grad_W_conv, grad_Y.sum(axis=(0, 1))
    raise ValueError(f"method is {method!r}, expected 'mean', 'max' or 'conv'")


@gradient("base.compressive.attention")
def compressive_attention_vjp(grad_y, x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache=None, compressed=None, *, heads):
    past = [part for part in (compressed, cache) if part is not None]
    grads = txl_relative_vjp(grad_y, x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o,
                             np.concatenate(past, axis=1) if past else None, heads=heads)
    grad_past, older = grads["grad_cache"], 0 if compressed is None else compressed.shape[1]
    return {**grads, "grad_cache": None if cache is None else grad_past[:, older:],
            "grad_compressed": None if compressed is None else grad_past[:, :older]}


# Recurrent Memory Transformer

@gradient("base.rmt.segment")
def rmt_segment_vjp(grad_y, grad_m_next, x, m, w_1, w_2, W_q, W_k, W_v, W_o, W_gate, W_up, W_down, *, heads, kv_heads, eps=1e-5):
    K = m.shape[1]
    s = np.concatenate([m, x, m], axis=1)
    normed = rms_norm(s, w_1, eps=eps)
    s_1 = s + attention_causal(normed, W_q, W_k, W_v, W_o, heads=heads, kv_heads=kv_heads)

    grad_o = np.concatenate([np.zeros_like(m), grad_y, grad_m_next], axis=1)  # nobody reads the outputs of the memory in front
    grad_normed_1, grad_W_gate, grad_W_up, grad_W_down = swiglu_vjp(grad_o, rms_norm(s_1, w_2, eps=eps), W_gate, W_up, W_down)
    s_1_of_norm, grad_w_2 = rms_norm_vjp(grad_normed_1, s_1, w_2, eps=eps)
    grad_s_1 = grad_o + s_1_of_norm
    grad_normed, grad_W_q, grad_W_k, grad_W_v, grad_W_o, *_ = attention_causal_vjp(
        grad_s_1, normed, W_q, W_k, W_v, W_o, heads=heads, kv_heads=kv_heads)
    s_of_norm, grad_w_1 = rms_norm_vjp(grad_normed, s, w_1, eps=eps)
    grad_s = grad_s_1 + s_of_norm
    return (grad_s[:, K:-K], grad_s[:, :K] + grad_s[:, -K:], grad_w_1, grad_w_2, grad_W_q, grad_W_k, grad_W_v, grad_W_o,
            grad_W_gate, grad_W_up, grad_W_down)
