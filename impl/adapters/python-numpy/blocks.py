"""Parts of the transformers around the memories, in NumPy: LM2's decoder is a Llama 3, the ∞-former a post-norm transformer.

Axes:  B batch, T tokens, P = C + T entries that may be read, C of them cached, d width, H query heads, G key and value heads,
       dh width of a head, f hidden width.

Matrices act from the right (x W).
"""

import numpy as np

from catalogue import equation
from lm2 import merge_heads, split_heads
from special import erfc, rotations, sigmoid, softmax


# Norms

@equation("block.rms_norm")
def rms_norm(x, w, *, eps=1e-5):
    """x [B,T,d], w [d] → y [B,T,d] = x/√(mean(x²) + eps) ⊙ w. Zhang and Sennrich, NeurIPS 2019"""
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps) * w


@equation("block.layer_norm")
def layer_norm(x, w, b=None, *, eps=1e-5, bias=True):
    """x [B,T,d], w, b [d] → y [B,T,d], by the biased variance. Ba, Kiros and Hinton, arXiv 1607.06450"""
    centred = x - np.mean(x, axis=-1, keepdims=True)
    y = centred / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + eps) * w
    return y + b if bias else y


# Positions

@equation("block.rope")
def rotate(x, *, offset=0, **rotation):
    """x [B,H,T,2h] → y [B,H,T,2h]: a pair of entries turns by p·base^(−j/h), p = offset + i. Su et al., arXiv 2104.09864"""
    return turned(x, *angles(x, offset, **rotation))


def turned(x, cos, sin, places):
    """The entries of x at two places turned together, as complex numbers are."""
    first, second = (x[..., place] for place in places)
    y = np.empty_like(x)
    y[..., places[0]], y[..., places[1]] = first * cos - second * sin, second * cos + first * sin
    return y


def angles(x, offset, *, base=500000.0, pairs="half", scaled=False,
           factor=None, low_freq_factor=None, high_freq_factor=None, original_length=None):
    """cos, sin [T,h] and the places of both entries of the pairs: j and j + h, or 2j and 2j + 1 where they are interleaved."""
    T, width = x.shape[2:]
    h, odd = divmod(width, 2)
    if odd:
        raise ValueError(f"rotary positions need an even head width, found {width}")
    scaling = (factor, low_freq_factor, high_freq_factor, original_length) if scaled else None
    if scaled and None in scaling:
        raise ValueError("scaled frequencies need factor, low_freq_factor, high_freq_factor and original_length")
    if scaled and high_freq_factor <= low_freq_factor:
        raise ValueError(f"high_freq_factor must be above low_freq_factor, found {high_freq_factor} and {low_freq_factor}")
    cos, sin = (values.astype(x.dtype) for values in rotations(offset, T, base, h, scaling))
    return cos, sin, (slice(h), slice(h, None)) if pairs == "half" else (slice(0, None, 2), slice(1, None, 2))


# The MLP

@equation("block.swiglu")
def swiglu(z, W_gate, W_up, W_down):
    """z [B,T,d], W_gate, W_up [d,f], W_down [f,d] → y [B,T,d], with silu(x) = x σ(x). Shazeer, arXiv 2002.05202"""
    gate = z @ W_gate
    return (gate * sigmoid(gate) * (z @ W_up)) @ W_down


@equation("block.geglu")
def geglu(z, W_gate, W_up, W_down, *, form):
    """z [B,T,d], W_gate, W_up [d,f], W_down [f,d] → y [B,T,d]. Shazeer, arXiv 2002.05202"""
    return (gelu(z @ W_gate, form=form) * (z @ W_up)) @ W_down


# Self-attention

def causal_softmax(scores):
    """scores [..., T, P] → weights: token i is entry C + i of those that are read, and later entries get exactly 0."""
    T, P = scores.shape[-2:]
    return softmax(np.where(np.tri(T, P, P - T, dtype=bool), scores, scores.dtype.type(-np.inf)))


@equation("block.attention.causal")
def attention_causal(x, W_q, W_k, W_v, W_o, b_q=None, b_k=None, b_v=None, b_o=None,
                     *, heads, kv_heads, rope=False, qkv_bias=False, output_bias=False, **rotation):
    """x [B,T,d], W_q [d,H·dh], W_k, W_v [d,G·dh], W_o [H·dh,d] → y [B,T,d]: query head h reads key and value head ⌊hG/H⌋.
    Vaswani et al., NeurIPS 2017; Ainslie et al., EMNLP 2023"""
    if heads % kv_heads:
        raise ValueError(f"{kv_heads} key/value heads do not divide {heads} query heads")
    q, k, v = project(x, (W_q, W_k, W_v), (b_q, b_k, b_v) if qkv_bias else (0, 0, 0), heads, kv_heads)
    if rope:
        q, k = rotate(q, **rotation), rotate(k, **rotation)
    B, _, T, dh = q.shape
    q = q.reshape(B, kv_heads, heads // kv_heads, T, dh)
    weights = causal_softmax(q @ k[:, :, None].swapaxes(-1, -2) / dh ** 0.5)
    y = merge_heads((weights @ v[:, :, None]).reshape(B, heads, T, dh)) @ W_o
    return y + b_o if output_bias else y


def project(x, matrices, biases, heads, kv_heads):
    """q [B,H,T,dh], k, v [B,G,T,dh]."""
    return [split_heads(x @ W + b, count) for W, b, count in zip(matrices, biases, (heads, kv_heads, kv_heads))]


@equation("block.gelu")
def gelu(x, *, form):
    """x [B,T,d] → y [B,T,d] = x Φ(x), or GPT-2's approximation by tanh. Hendrycks and Gimpel, arXiv 1606.08415"""
    if form == "tanh":
        return x / 2 * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x ** 3)))
    tail = erfc(np.abs(x) / 2 ** 0.5) / 2
    return x * np.where(x < 0, tail, 1 - tail)
