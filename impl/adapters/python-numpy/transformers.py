"""LM2's decoder and the ∞-former's transformer, block by block and as stacks, in NumPy.

Axes as in lm2.py and infinity_former.py; S blocks, V vocabulary, f hidden width. A stack has every weight of its block with a leading S.
Token ids are whole numbers, held as floating-point numbers.
"""

import numpy as np

from baselines import txl_relative, txl_rest
from blocks import attention_causal, layer_norm, rms_norm, swiglu
from catalogue import equation
from infinity_former import layer
from infinity_former_reference_code import layer as layer_of_code
from lm2 import memory_step
from lm2_reference_code import step as step_of_code


def embed(ids, W_emb):
    """ids [B,T], W_emb [V,d] → x [B,T,d]"""
    return W_emb[ids.astype(int)]


def of_block(inputs, s):
    """Inputs of one block of a stack: tensors have a leading S, attributes are shared."""
    return {name: value[s] if isinstance(value, np.ndarray) else value for name, value in inputs.items()}


# LM2

@equation("lm2.decoder.block")
def decoder_block(x, M, w_1, w_2, W_q, W_k, W_v, W_o, W_Q, W_K, W_V, W_out, W_in, W_forget, W_gate, W_up, W_down, *,
                  heads, kv_heads, memory_heads=1, top_k=0, causal, source, base=500000.0, eps=1e-5):
    """x [B,T,d], M [B,R,d] or [B,N,d,d] → y [B,T,d], M_next like M: a Llama block whose self-attention (W_q …) is joined by the
    memory (W_Q …). LM2 §2, figure 1"""
    E = rms_norm(x, w_1, eps=eps)
    E_attn = attention_causal(E, W_q, W_k, W_v, W_o, heads=heads, kv_heads=kv_heads, rope=True, base=base)
    E_next, M_next = memory_step(E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget,
                                 heads=memory_heads, causal=causal, top_k=top_k, source=source)
    x_1 = x + E_next
    return x_1 + swiglu(rms_norm(x_1, w_2, eps=eps), W_gate, W_up, W_down), M_next


@equation("lm2-ref.decoder.layer")
def code_decoder_layer(x, M, w_pre, w_post, W_q, W_k, W_v, W_o, W_Q, b_Q, W_K, b_K, W_V, b_V, W_gate, W_up, W_down, *,
                       heads, kv_heads, memory_heads=1, memory_eps=1e-5, base=500000.0, eps=1e-5, **of_memory):
    """x, M [B,n,n] → y, M_next [B,n,n]: the layer of the authors' model; its memory, whose other weights and attributes are those of
    lm2_reference_code.step, has the self-attention's output for tokens."""
    a = attention_causal(rms_norm(x, w_pre, eps=eps), W_q, W_k, W_v, W_o, heads=heads, kv_heads=kv_heads, rope=True, base=base)
    E_next, M_next = step_of_code(a, M, W_q=W_Q, b_q=b_Q, W_k=W_K, b_k=b_K, W_v=W_V, b_v=b_V, heads=memory_heads, eps=memory_eps, **of_memory)
    x_1 = x + E_next
    return x_1 + swiglu(rms_norm(x_1, w_post, eps=eps), W_gate, W_up, W_down), M_next


@equation("lm2.decoder.stack")
def decoder_stack(ids, W_emb, M_0, w_1, w_final, W_logits, *, bank, eps=1e-5, **others):
    """ids [B,T], W_emb [V,d], M_0, and what the blocks need → logits [B,T,V], M_next like M_0. LM2 §2

    bank "threaded" hands one bank [B,R,d] from block to block, the paper's t; "per_block" has one for each, [S,B,R,d].
    """
    if bank not in ("threaded", "per_block"):
        raise ValueError(f"bank is {bank!r}, expected 'threaded' or 'per_block'")
    threaded = bank == "threaded"
    if M_0.ndim != (3 if threaded else 4):
        raise ValueError(f"M_0 has shape {list(M_0.shape)}, expected {'[B,R,d]' if threaded else '[S,B,R,d]'} where bank is {bank!r}")
    x, M, banks = embed(ids, W_emb), M_0, []
    for s in range(len(w_1)):
        x, M = decoder_block(x, M if threaded else M_0[s], w_1[s], eps=eps, **of_block(others, s))
        banks.append(M)
    return rms_norm(x, w_final, eps=eps) @ W_logits, M if threaded else np.stack(banks)


# The ∞-former

@equation("inf.transformer.block")
def transformer_block(x, X_new, C_0, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma,
                      w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, cache=None, W_conv=None, b_conv=None, u=None, *,
                      heads, eps=1e-5, **long_term):
    """x, X_new [B,L,e], C_0 [B,N,e], perhaps cache [B,C,e] → y [B,L,e], C_next [B,N,e], mu, var [B,H,L]: the short-term memory
    (W_k …) and the long-term memory (W_K …) read by one query projection, added, then the MLP. ∞ §3, figure 1

    The long-term memory's attributes are those of infinity_former.layer.
    """
    Z_stm = txl_relative(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache, heads=heads)
    Z_ltm, C_next, mu, var = layer(x, X_new, C_0, W_q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv, b_conv, u,
                                   heads=heads, **long_term)
    a = layer_norm(x + Z_stm + Z_ltm, w_1, b_1, eps=eps)
    mlp = np.maximum(a @ W_up + b_up, 0) @ W_down + b_down
    return layer_norm(a + mlp, w_2, b_2, eps=eps), C_next, mu, var


@equation("inf-ref.transformer.layer")
def code_layer(x, X_new, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, W_K, W_V, W_O, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2,
               w_mu=None, w_sigma=None, W_conv=None, b_conv=None, W_mask=None, b_mask=None, b=None, cache=None, C=None, *,
               heads, pre_norm=False, eps=1e-5, **long_term):
    """x [B,T,e], X_new [B,L,e], perhaps cache [B,C,e], C [B,N,e] → y [B,T,e], C_next [B,N,e], mu, var [B,H,T]: the layer of the authors'
    sorting model, whose queries, normalised or not, are those of both memories.

    The long-term memory's attributes are those of infinity_former_reference_code.layer.
    """
    read, past = [tokens if tokens is None or not pre_norm else layer_norm(tokens, w_1, b_1, eps=eps) for tokens in (x, cache)]
    Z_stm = txl_relative(read, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, past, heads=heads)
    Z_ltm, C_next, mu, var = layer_of_code(read, X_new, W_q, W_K, W_V, W_O, w_mu, w_sigma, W_conv, b_conv, W_mask, b_mask, b, C,
                                           heads=heads, **long_term)
    return txl_rest(x + Z_stm + Z_ltm, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, pre_norm, eps), C_next, mu, var


@equation("inf.transformer.stack")
def transformer_stack(ids, W_emb, X_new, W_logits, **others):
    """ids [B,L], W_emb [V,e], X_new [S,B,L,e], and what the blocks need → logits [B,L,V], hidden [S,B,L,e], C_next [S,B,N,e];
    hidden is the input of every block, which a stream keeps in its caches. ∞ §3"""
    x, hidden, C_next = embed(ids, W_emb), [], []
    for s in range(len(X_new)):
        hidden.append(x)
        x, C, _, _ = transformer_block(x, X_new[s], **of_block(others, s))
        C_next.append(C)
    return x @ W_logits, np.stack(hidden), np.stack(C_next)
