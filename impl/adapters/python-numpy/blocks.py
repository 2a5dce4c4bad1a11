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
def layer_norm(x, w, b, *, eps=1e-5):
    """x [B,T,d], w, b [d] → y [B,T,d], by the biased variance. Ba, Kiros and Hinton, arXiv 1607.06450"""
    centred = x - np.mean(x, axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + eps) * w + b


# Positions

@equation("block.rope")
def rotate(x, *, base=500000.0, offset=0):
    """x [B,H,T,2h] → y [B,H,T,2h]: entries j and j + h turn by p·base^(−j/h), p = offset + i. Su et al., arXiv 2104.09864"""
    T, width = x.shape[2:]
    h, odd = divmod(width, 2)
    if odd:
        raise ValueError(f"rotary positions need an even head width, found {width}")
    cos, sin = (values.astype(x.dtype) for values in rotations(offset, T, base, h))
    first, second = x[..., :h], x[..., h:]
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


# The MLP

@equation("block.swiglu")
def swiglu(z, W_gate, W_up, W_down):
    """z [B,T,d], W_gate, W_up [d,f], W_down [f,d] → y [B,T,d], with silu(x) = x σ(x). Shazeer, arXiv 2002.05202"""
    gate = z @ W_gate
    return (gate * sigmoid(gate) * (z @ W_up)) @ W_down


# Self-attention

def causal_softmax(scores):
    """scores [..., T, P] → weights: token i is entry C + i of those that are read, and later entries get exactly 0."""
    T, P = scores.shape[-2:]
    return softmax(np.where(np.tri(T, P, P - T, dtype=bool), scores, scores.dtype.type(-np.inf)))


@equation("block.attention.causal")
def attention_causal(x, W_q, W_k, W_v, W_o, *, heads, kv_heads, rope=False, base=500000.0):
    """x [B,T,d], W_q [d,H·dh], W_k, W_v [d,G·dh], W_o [H·dh,d] → y [B,T,d]: query head h reads key and value head ⌊hG/H⌋.
    Vaswani et al., NeurIPS 2017; Ainslie et al., EMNLP 2023"""
    if heads % kv_heads:
        raise ValueError(f"{kv_heads} key/value heads do not divide {heads} query heads")
    q, k, v = split_heads(x @ W_q, heads), split_heads(x @ W_k, kv_heads), split_heads(x @ W_v, kv_heads)
    if rope:
        q, k = rotate(q, base=base), rotate(k, base=base)
    B, _, T, dh = q.shape
    q = q.reshape(B, kv_heads, heads // kv_heads, T, dh)
    weights = causal_softmax(q @ k[:, :, None].swapaxes(-1, -2) / dh ** 0.5)
    return merge_heads((weights @ v[:, :, None]).reshape(B, heads, T, dh)) @ W_o


@equation("block.gelu")
def gelu(x, *, form):
    """x [B,T,d] → y [B,T,d] = x Φ(x), or GPT-2's approximation by tanh. Hendrycks and Gimpel, arXiv 1606.08415"""
    if form == "tanh":
        return x / 2 * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x ** 3)))
    tail = erfc(np.abs(x) / 2 ** 0.5) / 2
    return x * np.where(x < 0, tail, 1 - tail)
