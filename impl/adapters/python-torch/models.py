"""The two memories inside their transformers: LM2's decoder and the ∞-former's.

    B batch   T, L tokens   C cached entries   S blocks   V vocabulary   d, e width   R bank rows   N basis functions   f width of the MLP

Weights act from the right (x W) and are [in, out]; a stack's have a leading S.
"""

import torch
import torch.nn.functional as F

import infinity_former
import infinity_former_reference_code
import lm2
import lm2_reference_code
from baselines import relative, relative_attention, rest_of_layer
from blocks import affine, causal_attention, layer_norm, rms_norm, swiglu


def embed(ids, W_emb):
    """ids [B,T], whole numbers in any dtype, W_emb [V,d] → their rows [B,T,d]."""
    return F.embedding(ids.long(), W_emb)


def unstacked(weights):
    """{name: [S,…]} → S dictionaries, one for each block."""
    return [dict(zip(weights, block)) for block in zip(*weights.values())]


def decoder_block(x, M, w_1, w_2, W_q, W_k, W_v, W_o, W_Q, W_K, W_V, W_out, W_in, W_forget, W_gate, W_up, W_down, *,
                  heads, kv_heads, memory_heads=1, top_k=0, causal, source, base=500000.0, eps=1e-5):
    """x [B,T,d], M [B,R,d] or [B,N,d,d] → y [B,T,d], M_next like M. LM2 §2, figure 1.

    W_q, W_k, W_v, W_o are the self-attention's; W_Q, W_K, W_V, W_out, W_in, W_forget, memory_heads, top_k and causal the memory's.
    """
    E = rms_norm(x, w_1, eps=eps)
    E_attn = causal_attention(E, W_q, W_k, W_v, W_o, heads=heads, kv_heads=kv_heads, rope=True, base=base)
    E_next, M_next = lm2.step(
        E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget, heads=memory_heads, causal=causal, top_k=top_k, source=source)
    x_1 = x + E_next
    return x_1 + swiglu(rms_norm(x_1, w_2, eps=eps), W_gate, W_up, W_down), M_next


def code_decoder_layer(x, M, w_pre, w_post, W_q, W_k, W_v, W_o, W_Q, b_Q, W_K, b_K, W_V, b_V, w_1, b_1, W_mlp, b_mlp, w_2, b_2,
                       w, W_i, b_i, W_m, b_m, b_forget, b_input, W_gate, W_up, W_down, *, heads, kv_heads, memory_heads=1, top_k=0,
                       blocks=1, mlp_layers=2, memory_eps=1e-5, base=500000.0, eps=1e-5):
    """x, M [B,n,n] → y, M_next [B,n,n]: the layer of the authors' model, whose memory module takes the self-attention's output for tokens.

    W_q, W_k, W_v, W_o are the self-attention's, all from W_Q to b_input the memory's.
    """
    a = causal_attention(rms_norm(x, w_pre, eps=eps), W_q, W_k, W_v, W_o, heads=heads, kv_heads=kv_heads, rope=True, base=base)
    E_next, M_next = lm2_reference_code.step(
        a, M, W_Q, b_Q, W_K, b_K, W_V, b_V, w_1, b_1, W_mlp, b_mlp, w_2, b_2, w, W_i, b_i, W_m, b_m, b_forget, b_input,
        heads=memory_heads, top_k=top_k, blocks=blocks, mlp_layers=mlp_layers, eps=memory_eps)
    x_1 = x + E_next
    return x_1 + swiglu(rms_norm(x_1, w_post, eps=eps), W_gate, W_up, W_down), M_next


def decoder_stack(ids, W_emb, M_0, w_final, W_logits, *, heads, kv_heads, memory_heads=1, top_k=0, causal, source, bank,
                  base=500000.0, eps=1e-5, **weights):
    """ids [B,T] → logits [B,T,V], M_next like M_0; weights are decoder_block's by name. LM2 §2, figure 1.

    bank "threaded": M_0 [B,R,d] goes from block to block; "per_block": M_0 [S,B,R,d], each block has its own.
    """
    if bank not in ("threaded", "per_block"):
        raise ValueError(f"bank is {bank!r}, expected 'threaded' or 'per_block'")
    if M_0.dim() != (3 if bank == "threaded" else 4):
        raise ValueError(f"tensor M_0 has shape {list(M_0.shape)}, expected [B,R,d] with bank threaded, [S,B,R,d] with per_block")
    attributes = {"heads": heads, "kv_heads": kv_heads, "memory_heads": memory_heads, "top_k": top_k, "causal": causal,
                  "source": source, "base": base, "eps": eps}
    x, M, banks = embed(ids, W_emb), M_0, []
    for s, block in enumerate(unstacked(weights)):
        x, M = decoder_block(x, M if bank == "threaded" else M_0[s], **block, **attributes)
        banks.append(M)
    return rms_norm(x, w_final, eps=eps) @ W_logits, M if bank == "threaded" else torch.stack(banks)


def transformer_block(x, X_new, C_0, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma,
                      w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, cache=None, W_conv=None, b_conv=None, u=None, *,
                      heads, eps=1e-5, **attributes):
    """x, X_new [B,L,e], cache [B,C,e], C_0 [B,N,e] → y [B,L,e], C_next [B,N,e], mu, var [B,H,L]. ∞ §3, figure 1.

    Short-term attention over [cache ‖ x] and long-term attention over C_0 have the same queries; X_new is what the memory
    takes in. attributes are infinity_former.layer's.
    """
    q = x @ W_q
    z = x if cache is None else torch.cat([cache, x], dim=1)
    Z_stm = relative_attention(q, z, W_k, W_v, W_r, bias_u, bias_v, W_o, heads=heads)
    Z_ltm, C_next, mu, var = infinity_former.layer_of_queries(
        q, X_new, C_0, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv, b_conv, u, heads=heads, **attributes)
    a = layer_norm(x + infinity_former.combine(Z_stm, Z_ltm), w_1, b_1, eps=eps)
    y = layer_norm(a + affine(F.relu(affine(a, W_up, b_up)), W_down, b_down), w_2, b_2, eps=eps)
    return y, C_next, mu, var


def code_layer(x, X_new, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, W_K, W_V, W_O, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2,
               w_mu=None, w_sigma=None, W_conv=None, b_conv=None, W_mask=None, b_mask=None, b=None, cache=None, C=None, *,
               heads, pre_norm=False, eps=1e-5, **attributes):
    """x [B,T,e], X_new [B,L,e], cache [B,C,e], C [B,N,e] → y [B,T,e], C_next [B,N,e], mu, var [B,H,T]: the authors' sorting model.

    attributes are infinity_former_reference_code.layer's.
    """
    read, past = (tokens if tokens is None or not pre_norm else layer_norm(tokens, w_1, b_1, eps=eps) for tokens in (x, cache))
    Z_stm = relative(read, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, past, heads=heads)
    Z_ltm, C_next, mu, var = infinity_former_reference_code.layer(
        read, X_new, W_q, W_K, W_V, W_O, w_mu, w_sigma, W_conv, b_conv, W_mask, b_mask, C, b, heads=heads, **attributes)
    y = rest_of_layer(x + Z_stm + Z_ltm, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, pre_norm, eps)
    return y, C_next, mu, var


def transformer_stack(ids, W_emb, X_new, C_0, W_logits, cache=None, *, heads, count, widths, ridge, samples, tau,
                      variance_floor=0.0, smooth=False, sticky=False, bins=None, eps=1e-5, **weights):
    """ids [B,L], X_new [S,B,L,e], cache [S,B,C,e], C_0 [S,B,N,e] → logits [B,L,V], hidden [S,B,L,e], C_next [S,B,N,e]. ∞ §3, figure 1.

    hidden is the input of every block, what a streaming model caches; weights, and u, are transformer_block's by name.
    """
    attributes = {"heads": heads, "count": count, "widths": widths, "ridge": ridge, "samples": samples, "tau": tau,
                  "variance_floor": variance_floor, "smooth": smooth, "sticky": sticky, "bins": bins, "eps": eps}
    x, hidden, memories = embed(ids, W_emb), [], []
    for s, block in enumerate(unstacked(weights)):
        hidden.append(x)
        x, C, _, _ = transformer_block(x, X_new[s], C_0[s], cache=None if cache is None else cache[s], **block, **attributes)
        memories.append(C)
    return x @ W_logits, torch.stack(hidden), torch.stack(memories)
