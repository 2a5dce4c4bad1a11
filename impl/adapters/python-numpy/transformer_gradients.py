"""Backward passes of transformers.py, by hand. Axes as there; grad_x [like x] = ∂ℓ/∂x, given for outputs, returned for inputs."""

import numpy as np

from baseline_gradients import txl_relative_vjp
from baselines import txl_relative
from block_gradients import attention_causal_vjp, layer_norm_vjp, rms_norm_vjp, swiglu_vjp
from blocks import attention_causal, layer_norm, rms_norm
from catalogue import gradient
from infinity_former import layer
from infinity_former_gradients import layer_vjp
from lm2 import memory_step
from lm2_gradients import memory_step_vjp, product_vjp
from transformers import decoder_block, embed, of_block, transformer_block


def embed_vjp(grad_x, ids, W_emb):
    """Of x = W_emb[ids]: a token that occurs several times adds up."""
    grad_W_emb = np.zeros_like(W_emb)
    np.add.at(grad_W_emb, ids.astype(int), grad_x)
    return grad_W_emb


def stacked(grads_of_blocks, names):
    """The gradients of every block's own inputs, with a leading S."""
    return {f"grad_{name}": np.stack([grads[f"grad_{name}"] for grads in grads_of_blocks]) for name in names}


def tensors(inputs):
    return [name for name, value in inputs.items() if isinstance(value, np.ndarray)]


# LM2

@gradient("lm2.decoder.block")
def decoder_block_vjp(grad_y, grad_M_next, x, M, w_1, w_2, W_q, W_k, W_v, W_o, W_Q, W_K, W_V, W_out, W_in, W_forget,
                      W_gate, W_up, W_down, *,
                      heads, kv_heads, memory_heads=1, top_k=0, causal, source, base=500000.0, eps=1e-5):
    attention = {"heads": heads, "kv_heads": kv_heads, "rope": True, "base": base}
    memory = {"heads": memory_heads, "causal": causal, "top_k": top_k, "source": source}
    E = rms_norm(x, w_1, eps=eps)
    E_attn = attention_causal(E, W_q, W_k, W_v, W_o, **attention)
    x_1 = x + memory_step(E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget, **memory)[0]

    grad_normed, grad_W_gate, grad_W_up, grad_W_down = swiglu_vjp(grad_y, rms_norm(x_1, w_2, eps=eps), W_gate, W_up, W_down)
    x_1_of_norm, grad_w_2 = rms_norm_vjp(grad_normed, x_1, w_2, eps=eps)
    grad_x_1 = grad_y + x_1_of_norm
    of_step = memory_step_vjp(grad_x_1, grad_M_next, E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget, **memory)
    E_of_attention, grad_W_q, grad_W_k, grad_W_v, grad_W_o, *_ = attention_causal_vjp(
        of_step.pop("grad_E_attn"), E, W_q, W_k, W_v, W_o, **attention)
    x_of_norm, grad_w_1 = rms_norm_vjp(of_step.pop("grad_E") + E_of_attention, x, w_1, eps=eps)
    return {
        **of_step, "grad_x": grad_x_1 + x_of_norm, "grad_w_1": grad_w_1, "grad_w_2": grad_w_2,
        "grad_W_q": grad_W_q, "grad_W_k": grad_W_k, "grad_W_v": grad_W_v, "grad_W_o": grad_W_o,
        "grad_W_gate": grad_W_gate, "grad_W_up": grad_W_up, "grad_W_down": grad_W_down,
    }


@gradient("lm2.decoder.stack")
def decoder_stack_vjp(grad_logits, grad_M_next, ids, W_emb, M_0, w_1, w_final, W_logits, *, bank, eps=1e-5, **others):
    threaded = bank == "threaded"
    inputs = {"w_1": w_1, **others}
    x, M, entering = embed(ids, W_emb), M_0, []
    for s in range(len(w_1)):
        entering.append((x, M if threaded else M_0[s]))
        x, M = decoder_block(*entering[s], eps=eps, **of_block(inputs, s))

    grad_normed, grad_W_logits = product_vjp(grad_logits, rms_norm(x, w_final, eps=eps), W_logits)
    grad_x, grad_w_final = rms_norm_vjp(grad_normed, x, w_final, eps=eps)
    grad_M, of_blocks = grad_M_next, []
    for s in reversed(range(len(w_1))):
        of_blocks.insert(0, decoder_block_vjp(grad_x, grad_M if threaded else grad_M_next[s], *entering[s], eps=eps, **of_block(inputs, s)))
        grad_x, grad_M = of_blocks[0]["grad_x"], of_blocks[0]["grad_M"]
    return {
        **stacked(of_blocks, tensors(inputs)), "grad_W_emb": embed_vjp(grad_x, ids, W_emb),
        "grad_M_0": grad_M if threaded else stacked(of_blocks, ["M"])["grad_M"],
        "grad_w_final": grad_w_final, "grad_W_logits": grad_W_logits,
    }


# The ∞-former

@gradient("inf.transformer.block")
def transformer_block_vjp(grad_y, grad_C_next, grad_mu, grad_var, x, X_new, C_0, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, W_K, W_V, W_O,
                          w_mu, w_sigma, b_mu, b_sigma, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, cache=None,
                          W_conv=None, b_conv=None, u=None, *, heads, eps=1e-5, **long_term):
    short = x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache
    long = x, X_new, C_0, W_q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv, b_conv, u
    joined = x + txl_relative(*short, heads=heads) + layer(*long, heads=heads, **long_term)[0]
    a = layer_norm(joined, w_1, b_1, eps=eps)
    inner = a @ W_up + b_up
    hidden = np.maximum(inner, 0)

    grad_sum, grad_w_2, grad_b_2 = layer_norm_vjp(grad_y, a + (hidden @ W_down + b_down), w_2, b_2, eps=eps)
    grad_hidden, grad_W_down = product_vjp(grad_sum, hidden, W_down)
    grad_inner = grad_hidden * (inner > 0)
    a_of_mlp, grad_W_up = product_vjp(grad_inner, a, W_up)
    grad_joined, grad_w_1, grad_b_1 = layer_norm_vjp(grad_sum + a_of_mlp, joined, w_1, b_1, eps=eps)
    of_short = txl_relative_vjp(grad_joined, *short, heads=heads)
    of_long = layer_vjp(grad_joined, grad_C_next, grad_mu, grad_var, *long, heads=heads, **long_term)
    x_of_long, grad_C_0, W_q_of_long = (of_long.pop(name) for name in ("grad_X_query", "grad_C", "grad_W_Q"))
    return {
        **of_short, **of_long,
        "grad_x": grad_joined + of_short["grad_x"] + x_of_long, "grad_W_q": of_short["grad_W_q"] + W_q_of_long, "grad_C_0": grad_C_0,
        "grad_w_1": grad_w_1, "grad_b_1": grad_b_1, "grad_W_up": grad_W_up, "grad_b_up": grad_inner.sum(axis=(0, 1)),
        "grad_W_down": grad_W_down, "grad_b_down": grad_sum.sum(axis=(0, 1)), "grad_w_2": grad_w_2, "grad_b_2": grad_b_2,
    }


@gradient("inf.transformer.stack")
def transformer_stack_vjp(grad_logits, grad_hidden, grad_C_next, ids, W_emb, X_new, W_logits, **others):
    inputs = {"X_new": X_new, **others}
    x, entering = embed(ids, W_emb), []
    for s in range(len(X_new)):
        entering.append(x)
        x, _, mu, _ = transformer_block(x, **of_block(inputs, s))

    grad_x, grad_W_logits = product_vjp(grad_logits, x, W_logits)
    no_density, of_blocks = np.zeros_like(mu), []
    for s in reversed(range(len(X_new))):
        of_blocks.insert(0, transformer_block_vjp(grad_x, grad_C_next[s], no_density, no_density, entering[s], **of_block(inputs, s)))
        grad_x = of_blocks[0]["grad_x"] + grad_hidden[s]
    return {**stacked(of_blocks, [name for name in tensors(inputs) if name != "u"]),
            "grad_W_emb": embed_vjp(grad_x, ids, W_emb), "grad_W_logits": grad_W_logits}
