"""Backward passes of baselines.py, by hand. Axes as there; grad_x [like x] = ∂ℓ/∂x, given for outputs, returned for inputs."""

import numpy as np

from baselines import (attention_softmax, elu_features, found, infini_inject, infini_retrieve, infini_segment, read_by_content, rmt_attend,
                       txl_encoding, txl_relative)
from block_gradients import attend, attend_vjp, attention_causal_vjp, layer_norm_vjp, rms_norm_vjp, swiglu_vjp
from blocks import causal_softmax, layer_norm, rms_norm
from catalogue import gradient
from lm2 import head_scores, merge_heads, split_heads
from lm2_gradients import carries_gradient, head_scores_vjp, product_vjp, retrieve_vjp
from special import sigmoid, sigmoid_slope, softmax, softmax_vjp, tanh_slope


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


@gradient("base.txl.learnt")
def txl_learnt_vjp(grad_y, x, W_q, W_k, W_v, r, bias_u, bias_r, W_o, cache=None, *, heads):
    z = x if cache is None else np.concatenate([cache, x], axis=1)
    q, k, v = split_heads(x @ W_q, heads), split_heads(z @ W_k, heads), split_heads(z @ W_v, heads)
    T, P, scale = q.shape[2], z.shape[1], q.shape[-1] ** 0.5
    distance = np.clip((P - T + np.arange(T))[:, None] - np.arange(P), 0, len(r) - 1)
    by_distance = np.einsum("bhtc,tphc->bhtp", q, r[distance]) + bias_r[distance].transpose(2, 0, 1)
    weights = causal_softmax(((q + bias_u[:, None]) @ k.swapaxes(-1, -2) + by_distance) / scale)

    grad_read, grad_W_o = product_vjp(grad_y, merge_heads(weights @ v), W_o)
    grad_o = split_heads(grad_read, heads)
    grad_scores = softmax_vjp(grad_o @ v.swapaxes(-1, -2), weights) / scale
    grad_with_u = grad_scores @ k
    grad_q = grad_with_u + np.einsum("bhtp,tphc->bhtc", grad_scores, r[distance])
    grad_r, grad_bias_r = np.zeros_like(r), np.zeros_like(bias_r)
    np.add.at(grad_r, distance, np.einsum("bhtp,bhtc->tphc", grad_scores, q))
    np.add.at(grad_bias_r, distance, grad_scores.sum(axis=0).transpose(1, 2, 0))
    grad_x, grad_W_q = product_vjp(merge_heads(grad_q), x, W_q)
    z_of_k, grad_W_k = product_vjp(merge_heads(grad_scores.swapaxes(-1, -2) @ (q + bias_u[:, None])), z, W_k)
    z_of_v, grad_W_v = product_vjp(merge_heads(weights.swapaxes(-1, -2) @ grad_o), z, W_v)
    grad_z = z_of_k + z_of_v
    return {"grad_x": grad_x + grad_z[:, P - T:], "grad_cache": None if cache is None else grad_z[:, :P - T], "grad_W_q": grad_W_q,
            "grad_W_k": grad_W_k, "grad_W_v": grad_W_v, "grad_r": grad_r, "grad_bias_u": grad_with_u.sum(axis=(0, 2)),
            "grad_bias_r": grad_bias_r, "grad_W_o": grad_W_o}


def relu_mlp_vjp(grad, x, W_up, b_up, W_down, b_down):
    """Of relu(x W_up + b_up) W_down + b_down: grad_x, and those of the weights by name."""
    inner = x @ W_up + b_up
    grad_hidden, grad_W_down = product_vjp(grad, np.maximum(inner, 0), W_down)
    grad_inner = grad_hidden * (inner > 0)
    grad_x, grad_W_up = product_vjp(grad_inner, x, W_up)
    return grad_x, {"grad_W_up": grad_W_up, "grad_b_up": grad_inner.sum(axis=(0, 1)),
                    "grad_W_down": grad_W_down, "grad_b_down": grad.sum(axis=(0, 1))}


@gradient("base.txl.layer")
def txl_layer_vjp(grad_y, x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, cache=None, *,
                  heads, pre_norm=False, eps=1e-5):
    weights, mlp = (W_q, W_k, W_v, W_r, bias_u, bias_v, W_o), (W_up, b_up, W_down, b_down)
    if not pre_norm:
        joined = x + txl_relative(x, *weights, cache, heads=heads)
        a = layer_norm(joined, w_1, b_1, eps=eps)
        total = a + np.maximum(a @ W_up + b_up, 0) @ W_down + b_down
        grad_sum, grad_w_2, grad_b_2 = layer_norm_vjp(grad_y, total, w_2, b_2, eps=eps)
        a_of_mlp, of_mlp = relu_mlp_vjp(grad_sum, a, *mlp)
        grad_joined, grad_w_1, grad_b_1 = layer_norm_vjp(grad_sum + a_of_mlp, joined, w_1, b_1, eps=eps)
        of_attention = txl_relative_vjp(grad_joined, x, *weights, cache, heads=heads)
        of_attention["grad_x"] = grad_joined + of_attention["grad_x"]
    else:
        normed, past = layer_norm(x, w_1, b_1, eps=eps), None if cache is None else layer_norm(cache, w_1, b_1, eps=eps)
        a = x + txl_relative(normed, *weights, past, heads=heads)
        grad_fed, of_mlp = relu_mlp_vjp(grad_y, layer_norm(a, w_2, b_2, eps=eps), *mlp)
        a_of_norm, grad_w_2, grad_b_2 = layer_norm_vjp(grad_fed, a, w_2, b_2, eps=eps)
        grad_a = grad_y + a_of_norm
        of_attention = txl_relative_vjp(grad_a, normed, *weights, past, heads=heads)
        x_of_norm, grad_w_1, grad_b_1 = layer_norm_vjp(of_attention["grad_x"], x, w_1, b_1, eps=eps)
        of_attention["grad_x"] = grad_a + x_of_norm
        if cache is not None:
            of_attention["grad_cache"], of_w, of_b = layer_norm_vjp(of_attention["grad_cache"], cache, w_1, b_1, eps=eps)
            grad_w_1, grad_b_1 = grad_w_1 + of_w, grad_b_1 + of_b
    return {**of_attention, **of_mlp, "grad_w_1": grad_w_1, "grad_b_1": grad_b_1, "grad_w_2": grad_w_2, "grad_b_2": grad_b_2}


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


@gradient("base.compressive.step")
def compressive_step_vjp(grad_cache_next, grad_compressed_next, x, cache, compressed, W_conv=None, b_conv=None, *, rate, method):
    T, C, entered = x.shape[1], cache.shape[1], x.shape[1] // rate
    grad_queue = np.concatenate([np.zeros_like(compressed[:, :1]).repeat(entered, axis=1), grad_compressed_next], axis=1)
    seen = np.concatenate([cache, x], axis=1)
    grad_old, grad_W_conv, grad_b_conv = compress_vjp(
        np.ascontiguousarray(grad_queue[:, compressed.shape[1]:]), seen[:, :T], W_conv, b_conv, rate=rate, method=method)
    grad_seen = np.concatenate([grad_old, grad_cache_next], axis=1)
    return grad_seen[:, C:], grad_seen[:, :C], grad_queue[:, :compressed.shape[1]], grad_W_conv, grad_b_conv


@gradient("base.compressive.reconstruction")
def compressive_reconstruction_vjp(grad_loss, h, old, compressed, W_q, W_k, W_v, *, heads, reduction):
    weights, read = read_by_content(h, compressed, W_q, W_k, W_v, heads)
    difference = read - read_by_content(h, old, W_q, W_k, W_v, heads)[1]
    grad_loss = grad_loss[:, None, None, None]
    if reduction == "norm":
        grad_read = grad_loss * difference / np.sqrt(np.sum(difference * difference, axis=(1, 2, 3), keepdims=True))
    elif reduction == "mean":
        grad_read = grad_loss * difference * (2 / difference[0].size)
    else:
        raise ValueError(f"reduction is {reduction!r}, expected 'norm' or 'mean'")
    keys, values = compressed @ W_k, compressed @ W_v
    grad_weights, grad_values = retrieve_vjp(merge_heads(grad_read), weights, values)
    _, grad_keys = head_scores_vjp(softmax_vjp(grad_weights, weights), h @ W_q, keys, heads)
    return grad_keys @ W_k.T + grad_values @ W_v.T


# Recurrent Memory Transformer

@gradient("base.rmt.attention")
def rmt_attention_vjp(grad_y, front, x, behind, W_q, W_k, W_v, W_o, *, heads, kv_heads):
    s, K, T = np.concatenate([front, x, behind], axis=1), front.shape[1], x.shape[1]
    P, shared = s.shape[1], heads // kv_heads
    q, k, v = split_heads(s @ W_q, heads), *(np.repeat(split_heads(s @ W, kv_heads), shared, axis=1) for W in (W_k, W_v))
    last = np.concatenate([np.full(K, K), K + 1 + np.arange(T), np.full(K, P)])
    scale = q.shape[-1] ** 0.5
    weights = softmax(np.where(np.arange(P) < last[:, None], q @ k.swapaxes(-1, -2) / scale, -np.inf))
    grad_read, grad_W_o = product_vjp(grad_y, merge_heads(weights @ v), W_o)
    grad_o = split_heads(grad_read, heads)
    grad_scores = softmax_vjp(grad_o @ v.swapaxes(-1, -2), weights) / scale

    def of_groups(grad):
        B, _, _, dh = grad.shape
        return merge_heads(grad.reshape(B, kv_heads, shared, P, dh).sum(axis=2))

    s_of_q, grad_W_q = product_vjp(merge_heads(grad_scores @ k), s, W_q)
    s_of_k, grad_W_k = product_vjp(of_groups(grad_scores.swapaxes(-1, -2) @ q), s, W_k)
    s_of_v, grad_W_v = product_vjp(of_groups(weights.swapaxes(-1, -2) @ grad_o), s, W_v)
    grad_s = s_of_q + s_of_k + s_of_v
    return grad_s[:, :K], grad_s[:, K:-K], grad_s[:, -K:], grad_W_q, grad_W_k, grad_W_v, grad_W_o


@gradient("base.rmt.segment")
def rmt_segment_vjp(grad_y, grad_m_next, x, m, w_1, w_2, W_q, W_k, W_v, W_o, W_gate, W_up, W_down, m_write=None, *,
                    heads, kv_heads, open_memory=False, eps=1e-5):
    K, weights = m.shape[1], (W_q, W_k, W_v, W_o)
    s = np.concatenate([m, x, m if m_write is None else m_write], axis=1)
    normed = rms_norm(s, w_1, eps=eps)
    s_1 = s + rmt_attend(normed, K, weights, open_memory, heads=heads, kv_heads=kv_heads)

    grad_o = np.concatenate([np.zeros_like(m), grad_y, grad_m_next], axis=1)  # nobody reads the outputs of the memory in front
    grad_normed_1, grad_W_gate, grad_W_up, grad_W_down = swiglu_vjp(grad_o, rms_norm(s_1, w_2, eps=eps), W_gate, W_up, W_down)
    s_1_of_norm, grad_w_2 = rms_norm_vjp(grad_normed_1, s_1, w_2, eps=eps)
    grad_s_1 = grad_o + s_1_of_norm
    if open_memory:
        *of_parts, grad_W_q, grad_W_k, grad_W_v, grad_W_o = rmt_attention_vjp(
            grad_s_1, normed[:, :K], normed[:, K:-K], normed[:, -K:], *weights, heads=heads, kv_heads=kv_heads)
        grad_normed = np.concatenate(of_parts, axis=1)
    else:
        grad_normed, grad_W_q, grad_W_k, grad_W_v, grad_W_o, *_ = attention_causal_vjp(
            grad_s_1, normed, *weights, heads=heads, kv_heads=kv_heads)
    s_of_norm, grad_w_1 = rms_norm_vjp(grad_normed, s, w_1, eps=eps)
    grad_s = grad_s_1 + s_of_norm
    of_front, of_behind = grad_s[:, :K], grad_s[:, -K:]
    return {"grad_x": grad_s[:, K:-K], "grad_m": of_front + of_behind if m_write is None else of_front,
            "grad_m_write": None if m_write is None else of_behind, "grad_w_1": grad_w_1, "grad_w_2": grad_w_2, "grad_W_q": grad_W_q,
            "grad_W_k": grad_W_k, "grad_W_v": grad_W_v, "grad_W_o": grad_W_o, "grad_W_gate": grad_W_gate, "grad_W_up": grad_W_up,
            "grad_W_down": grad_W_down}


# Block-Recurrent Transformer

def affine_vjp(grad, x, W):
    """Of x W + b: grad_x, grad_W, grad_b."""
    return *product_vjp(grad, x, W), grad.sum(axis=(0, 1))


@gradient("base.blockrec.fixed")
def blockrec_fixed_vjp(grad_c_next, c, h, W_z, b_z, b_g):
    g = sigmoid(b_g)
    of_gate = np.sum(grad_c_next * (c - (h @ W_z + b_z)), axis=(0, 1)) * sigmoid_slope(b_g)
    return grad_c_next * g, *affine_vjp(grad_c_next * (1 - g), h, W_z), of_gate


@gradient("base.blockrec.lstm")
def blockrec_lstm_vjp(grad_c_next, c, h, W_z, b_z, W_i, b_i, W_f, b_f):
    z, i, f = h @ W_z + b_z, h @ W_i + b_i - 1, h @ W_f + b_f + 1
    h_of_z, *of_z = affine_vjp(grad_c_next * sigmoid(i) * tanh_slope(z), h, W_z)
    h_of_i, *of_i = affine_vjp(grad_c_next * np.tanh(z) * sigmoid_slope(i), h, W_i)
    h_of_f, *of_f = affine_vjp(grad_c_next * c * sigmoid_slope(f), h, W_f)
    return grad_c_next * sigmoid(f), h_of_z + h_of_i + h_of_f, *of_z, *of_i, *of_f


# Infini-attention

def elu_features_slope(x):
    return np.where(x > 0, 1, np.exp(np.minimum(x, 0)))


def found_vjp(grad, features, M, z):
    """Of φ M/(φ z): grad_features, grad_M, grad_z."""
    total = features @ z[..., None]
    grad_sum = grad / total
    grad_total = -np.sum(grad_sum * (features @ M / total), axis=-1, keepdims=True)
    return (grad_sum @ M.swapaxes(-1, -2) + grad_total * z[:, :, None], features.swapaxes(-1, -2) @ grad_sum,
            np.sum(features * grad_total, axis=2))


@gradient("base.infini.retrieve")
def infini_retrieve_vjp(grad_A_mem, Q, M, z, *, heads):
    grad_features, grad_M, grad_z = found_vjp(split_heads(grad_A_mem, heads), split_heads(elu_features(Q), heads), M, z)
    return merge_heads(grad_features) * elu_features_slope(Q), grad_M, grad_z


@gradient("base.infini.update")
def infini_update_vjp(grad_M_next, grad_z_next, K, V, M=None, z=None, *, heads, rule):
    features, values = split_heads(elu_features(K), heads), split_heads(V, heads)
    is_delta = M is not None and rule == "delta"
    if is_delta:
        values = values - found(features, M, z)
    grad_values = features @ grad_M_next
    grad_features = values @ grad_M_next.swapaxes(-1, -2) + grad_z_next[:, :, None]
    grad_M, grad_z = (None, None) if M is None else (grad_M_next, grad_z_next)
    if is_delta:
        of_found, M_of_found, z_of_found = found_vjp(-grad_values, features, M, z)
        grad_features, grad_M, grad_z = grad_features + of_found, grad_M + M_of_found, grad_z + z_of_found
    return merge_heads(grad_features) * elu_features_slope(K), merge_heads(grad_values), grad_M, grad_z


@gradient("base.infini.inject")
def infini_inject_vjp(grad_A, A_mem, A_dot, beta, *, heads):
    g = np.repeat(sigmoid(beta), A_mem.shape[2] // heads)
    of_gates = np.sum(grad_A * (A_mem - A_dot), axis=(0, 1)).reshape(heads, -1).sum(axis=1)
    return grad_A * g, grad_A * (1 - g), of_gates * sigmoid_slope(beta)


@gradient("base.infini.segment")
def infini_segment_vjp(grad_y, grad_M_next, grad_z_next, x, W_q, W_k, W_v, W_o, beta, M=None, z=None, *, heads, rule):
    Q, K, V = x @ W_q, x @ W_k, x @ W_v
    A_mem = np.zeros_like(V) if M is None else infini_retrieve(Q, M, z, heads=heads)
    A = causal_softmax(head_scores(Q, K, heads))
    A_dot = merge_heads(A @ split_heads(V, heads))

    grad_mixed, grad_W_o = product_vjp(grad_y, infini_inject(A_mem, A_dot, beta, heads=heads), W_o)
    grad_A_mem, grad_A_dot, grad_beta = infini_inject_vjp(grad_mixed, A_mem, A_dot, beta, heads=heads)
    grad_A, grad_V = retrieve_vjp(grad_A_dot, A, V)
    grad_Q, grad_K = head_scores_vjp(softmax_vjp(grad_A, A), Q, K, heads)
    K_of_update, V_of_update, grad_M, grad_z = infini_update_vjp(grad_M_next, grad_z_next, K, V, M, z, heads=heads, rule=rule)
    if M is not None:
        Q_of_memory, M_of_reading, z_of_reading = infini_retrieve_vjp(grad_A_mem, Q, M, z, heads=heads)
        grad_Q, grad_M, grad_z = grad_Q + Q_of_memory, grad_M + M_of_reading, grad_z + z_of_reading
    x_of_q, grad_W_q = product_vjp(grad_Q, x, W_q)
    x_of_k, grad_W_k = product_vjp(grad_K + K_of_update, x, W_k)
    x_of_v, grad_W_v = product_vjp(grad_V + V_of_update, x, W_v)
    return {"grad_x": x_of_q + x_of_k + x_of_v, "grad_M": grad_M, "grad_z": grad_z, "grad_W_q": grad_W_q, "grad_W_k": grad_W_k,
            "grad_W_v": grad_W_v, "grad_W_o": grad_W_o, "grad_beta": grad_beta}


@gradient("base.infini.rollout")
def infini_rollout_vjp(grad_y, grad_M_S, grad_z_S, x, W_q, W_k, W_v, W_o, beta, M_0=None, z_0=None, *, heads, rule, bptt):
    full = carries_gradient(bptt)
    weights = W_q, W_k, W_v, W_o, beta
    entering = [(M_0, z_0)]
    for tokens in x[:-1]:
        entering.append(infini_segment(tokens, *weights, *entering[-1], heads=heads, rule=rule)[1:])

    grad_x, totals, grad_M, grad_z = np.empty_like(x), {}, grad_M_S, grad_z_S
    for s in reversed(range(len(x))):
        of_segment = infini_segment_vjp(grad_y[s], grad_M, grad_z, x[s], *weights, *entering[s], heads=heads, rule=rule)
        grad_x[s], grad_M, grad_z = (of_segment.pop(name) for name in ("grad_x", "grad_M", "grad_z"))
        if s and not full:
            grad_M, grad_z = np.zeros_like(grad_M), np.zeros_like(grad_z)
        totals = {name: grad + totals.get(name, 0) for name, grad in of_segment.items()}
    return {"grad_x": grad_x, "grad_M_0": grad_M, "grad_z_0": grad_z, **totals}
