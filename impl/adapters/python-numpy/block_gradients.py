"""Backward passes of blocks.py, by hand. Axes as there; grad_x [like x] = ∂ℓ/∂x, given for outputs, returned for inputs."""

import numpy as np

from blocks import causal_softmax, rotate
from catalogue import gradient
from lm2 import merge_heads, split_heads
from lm2_gradients import product_vjp
from special import erfc, rotations, sigmoid, sigmoid_slope


# Norms

@gradient("block.rms_norm")
def rms_norm_vjp(grad_y, x, w, *, eps=1e-5):
    scale = 1 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)
    unit, grad_unit = x * scale, grad_y * w
    return scale * (grad_unit - unit * np.mean(grad_unit * unit, axis=-1, keepdims=True)), np.sum(grad_y * unit, axis=(0, 1))


@gradient("block.layer_norm")
def layer_norm_vjp(grad_y, x, w, b, *, eps=1e-5):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    scale = 1 / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + eps)
    unit, grad_unit = centred * scale, grad_y * w
    # What the mean and the deviation take away: the parts of grad_unit along (1,…,1) and along unit.
    along_unit = unit * np.mean(grad_unit * unit, axis=-1, keepdims=True)
    return (scale * (grad_unit - np.mean(grad_unit, axis=-1, keepdims=True) - along_unit),
            np.sum(grad_y * unit, axis=(0, 1)), np.sum(grad_y, axis=(0, 1)))


# Positions

@gradient("block.rope")
def rotate_vjp(grad_y, x, *, base=500000.0, offset=0):
    h = x.shape[-1] // 2
    cos, sin = (values.astype(x.dtype) for values in rotations(offset, x.shape[2], base, h))
    first, second = grad_y[..., :h], grad_y[..., h:]
    return np.concatenate([first * cos + second * sin, second * cos - first * sin], axis=-1)  # the rotation back


# The MLP

@gradient("block.swiglu")
def swiglu_vjp(grad_y, z, W_gate, W_up, W_down):
    gate, up = z @ W_gate, z @ W_up
    sigma = sigmoid(gate)
    silu = gate * sigma
    grad_hidden, grad_W_down = product_vjp(grad_y, silu * up, W_down)
    z_of_gate, grad_W_gate = product_vjp(grad_hidden * up * (sigma + gate * sigmoid_slope(gate)), z, W_gate)
    z_of_up, grad_W_up = product_vjp(grad_hidden * silu, z, W_up)
    return z_of_gate + z_of_up, grad_W_gate, grad_W_up, grad_W_down


# Self-attention

def attend_vjp(grad_o, q, k, v):
    """Of o = softmax(q kᵀ/√dh) v, causal; q, o [B,H,T,dh], k, v [B,G,P,dh]: grad_q, grad_k, grad_v. Those of a key and its value come
    from all the query heads that read them."""
    (B, H, T, dh), G = q.shape, k.shape[1]
    q, grad_o = (x.reshape(B, G, H // G, T, dh) for x in (q, grad_o))
    k, v = k[:, :, None], v[:, :, None]
    weights = causal_softmax(q @ k.swapaxes(-1, -2) / dh ** 0.5)
    delta = np.sum(grad_o * (weights @ v), axis=-1, keepdims=True)  # Σ P grad_P, without forming it row by row
    grad_scores = weights * (grad_o @ v.swapaxes(-1, -2) - delta) / dh ** 0.5
    return ((grad_scores @ k).reshape(B, H, T, dh), np.sum(grad_scores.swapaxes(-1, -2) @ q, axis=2),
            np.sum(weights.swapaxes(-1, -2) @ grad_o, axis=2))


def attend(q, k, v):
    """The same's forward pass: o [B,H,T,dh]."""
    (B, H, T, dh), G = q.shape, k.shape[1]
    weights = causal_softmax(q.reshape(B, G, H // G, T, dh) @ k[:, :, None].swapaxes(-1, -2) / dh ** 0.5)
    return (weights @ v[:, :, None]).reshape(B, H, T, dh)


@gradient("block.attention.causal")
def attention_causal_vjp(grad_y, x, W_q, W_k, W_v, W_o, *, heads, kv_heads, rope=False, base=500000.0):
    if heads % kv_heads:
        raise ValueError(f"{kv_heads} key/value heads do not divide {heads} query heads")
    q, k, v = split_heads(x @ W_q, heads), split_heads(x @ W_k, kv_heads), split_heads(x @ W_v, kv_heads)
    turned = [rotate(part, base=base) if rope else part for part in (q, k)]
    grad_o, grad_W_o = product_vjp(grad_y, merge_heads(attend(*turned, v)), W_o)
    grad_q, grad_k, grad_v = attend_vjp(split_heads(grad_o, heads), *turned, v)
    if rope:
        grad_q, grad_k = rotate_vjp(grad_q, q, base=base), rotate_vjp(grad_k, k, base=base)
    x_of_q, grad_W_q = product_vjp(merge_heads(grad_q), x, W_q)
    x_of_k, grad_W_k = product_vjp(merge_heads(grad_k), x, W_k)
    x_of_v, grad_W_v = product_vjp(merge_heads(grad_v), x, W_v)
    return x_of_q + x_of_k + x_of_v, grad_W_q, grad_W_k, grad_W_v, grad_W_o


@gradient("block.gelu")
def gelu_vjp(grad_y, x, *, form):
    if form == "tanh":
        slope = (2 / np.pi) ** 0.5
        inner = slope * (x + 0.044715 * x ** 3)
        # 1 + tanh u = 2σ(2u), which keeps the digits of the left tail.
        return grad_y * (sigmoid(2 * inner) + 2 * x * sigmoid_slope(2 * inner) * slope * (1 + 3 * 0.044715 * x ** 2))
    tail = erfc(np.abs(x) / 2 ** 0.5) / 2
    return grad_y * (np.where(x < 0, tail, 1 - tail) + x * np.exp(-x * x / 2) / (2 * np.pi) ** 0.5)
