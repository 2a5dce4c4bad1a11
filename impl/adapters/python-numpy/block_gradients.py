"""Backward passes of blocks.py, by hand. Axes as there; grad_x [like x] = ∂ℓ/∂x, given for outputs, returned for inputs."""

import numpy as np

from blocks import angles, causal_softmax, gelu, project, rotate, turned
from catalogue import gradient
from lm2 import merge_heads, split_heads
from lm2_gradients import product_vjp
from special import erfc, sigmoid, sigmoid_slope


# Norms

@gradient("block.rms_norm")
def rms_norm_vjp(grad_y, x, w, *, eps=1e-5):
    scale = 1 / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)
    unit, grad_unit = x * scale, grad_y * w
    return scale * (grad_unit - unit * np.mean(grad_unit * unit, axis=-1, keepdims=True)), np.sum(grad_y * unit, axis=(0, 1))


@gradient("block.layer_norm")
def layer_norm_vjp(grad_y, x, w, b=None, *, eps=1e-5, bias=True):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    scale = 1 / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + eps)
    unit, grad_unit = centred * scale, grad_y * w
    # What the mean and the deviation take away: the parts of grad_unit along (1,…,1) and along unit.
    along_unit = unit * np.mean(grad_unit * unit, axis=-1, keepdims=True)
    return (scale * (grad_unit - np.mean(grad_unit, axis=-1, keepdims=True) - along_unit),
            np.sum(grad_y * unit, axis=(0, 1)), bias_vjp(grad_y, b, bias))


def bias_vjp(grad_y, b, is_added):
    """What y + b leaves for b, where b is given."""
    if b is None:
        return None
    return np.sum(grad_y, axis=(0, 1)) if is_added else np.zeros_like(b)


# Positions

@gradient("block.rope")
def rotate_vjp(grad_y, x, *, offset=0, **rotation):
    cos, sin, places = angles(x, offset, **rotation)
    return turned(grad_y, cos, -sin, places)  # the rotation back


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


@gradient("block.geglu")
def geglu_vjp(grad_y, z, W_gate, W_up, W_down, *, form):
    gate, up = z @ W_gate, z @ W_up
    activated = gelu(gate, form=form)
    grad_hidden, grad_W_down = product_vjp(grad_y, activated * up, W_down)
    z_of_gate, grad_W_gate = product_vjp(gelu_vjp(grad_hidden * up, gate, form=form), z, W_gate)
    z_of_up, grad_W_up = product_vjp(grad_hidden * activated, z, W_up)
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
def attention_causal_vjp(grad_y, x, W_q, W_k, W_v, W_o, b_q=None, b_k=None, b_v=None, b_o=None,
                         *, heads, kv_heads, rope=False, qkv_bias=False, output_bias=False, **rotation):
    if heads % kv_heads:
        raise ValueError(f"{kv_heads} key/value heads do not divide {heads} query heads")
    q, k, v = project(x, (W_q, W_k, W_v), (b_q, b_k, b_v) if qkv_bias else (0, 0, 0), heads, kv_heads)
    read = [rotate(part, **rotation) if rope else part for part in (q, k)]
    grad_o, grad_W_o = product_vjp(grad_y, merge_heads(attend(*read, v)), W_o)
    grad_q, grad_k, grad_v = attend_vjp(split_heads(grad_o, heads), *read, v)
    if rope:
        grad_q, grad_k = rotate_vjp(grad_q, q, **rotation), rotate_vjp(grad_k, k, **rotation)
    grad_q, grad_k, grad_v = (merge_heads(part) for part in (grad_q, grad_k, grad_v))
    x_of_q, grad_W_q = product_vjp(grad_q, x, W_q)
    x_of_k, grad_W_k = product_vjp(grad_k, x, W_k)
    x_of_v, grad_W_v = product_vjp(grad_v, x, W_v)
    return (x_of_q + x_of_k + x_of_v, grad_W_q, grad_W_k, grad_W_v, grad_W_o, bias_vjp(grad_q, b_q, qkv_bias),
            bias_vjp(grad_k, b_k, qkv_bias), bias_vjp(grad_v, b_v, qkv_bias), bias_vjp(grad_y, b_o, output_bias))


@gradient("block.gelu")
def gelu_vjp(grad_y, x, *, form):
    if form == "tanh":
        slope = (2 / np.pi) ** 0.5
        inner = slope * (x + 0.044715 * x ** 3)
        # 1 + tanh u = 2σ(2u), which keeps the digits of the left tail.
        return grad_y * (sigmoid(2 * inner) + 2 * x * sigmoid_slope(2 * inner) * slope * (1 + 3 * 0.044715 * x ** 2))
    tail = erfc(np.abs(x) / 2 ** 0.5) / 2
    return grad_y * (np.where(x < 0, tail, 1 - tail) + x * np.exp(-x * x / 2) / (2 * np.pi) ** 0.5)
