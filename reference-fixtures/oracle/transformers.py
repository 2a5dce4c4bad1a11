"""The transformer blocks around the two memories, and stacks of them: `lm2.decoder.*`, `inf.transformer.*`, section 3, and
those of the authors' code.

Every formula takes the arithmetic `a`, its tensors as nested lists and its attributes by name, and returns its outputs in the
order of the catalogue. B batch, T or L tokens, d or e width, S blocks, V vocabulary, and the symbols of the memories.
Lower-case weights W_q … are those of the self-attention, upper-case weights W_Q … those of the memory.
Sources: Kang et al., LM2, 2025, §2; Martins et al., ∞-former, 2022, §3.1.
"""

from baselines import relu_mlp, txl_relative, txl_rest
import infinity_former_reference_code as inf_code
import lm2_reference_code as lm2_code
from blocks import attention_causal, layer_norm, rms_norm, swiglu
from infinity_former import attention_combine, layer
from linear_algebra import plus, product
from lm2 import memory_step


def decoder_block(
    a, x, M, w_1, w_2, W_q, W_k, W_v, W_o, W_Q, W_K, W_V, W_out, W_in, W_forget, W_gate, W_up, W_down,
    heads, kv_heads, memory_heads, top_k, causal, source, base, eps,
):
    """y [B,T,d], M_next in the shape of M: self-attention, the memory's step around it, then the MLP; pre-norm. LM2 §2."""
    E = rms_norm(a, x, w_1, eps)
    E_attn = attention_causal(a, E, W_q, W_k, W_v, W_o, heads, kv_heads, rope=True, base=base)
    E_next, M_next = memory_step(
        a, E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget, heads=memory_heads, causal=causal, top_k=top_k, source=source
    )
    x_1 = plus(x, E_next)
    return plus(x_1, swiglu(a, rms_norm(a, x_1, w_2, eps), W_gate, W_up, W_down)), M_next


def code_decoder_layer(
    a, x, M, w_pre, w_post, W_q, W_k, W_v, W_o, W_Q, b_Q, W_K, b_K, W_V, b_V, W_gate, W_up, W_down,
    heads, kv_heads, memory_heads, memory_eps, base, eps, **of_memory,
):
    """y, M_next [B,n,n]: the layer of the authors' LM2. The memory's step takes what self-attention gives for tokens, so that x, that and
    the updated memory are added; then the MLP; pre-norm."""
    E_attn = attention_causal(a, rms_norm(a, x, w_pre, eps), W_q, W_k, W_v, W_o, heads, kv_heads, rope=True, base=base)
    E_next, M_next = lm2_code.step(
        a, E_attn, M, W_q=W_Q, b_q=b_Q, W_k=W_K, b_k=b_K, W_v=W_V, b_v=b_V, heads=memory_heads, eps=memory_eps, **of_memory
    )
    x_1 = plus(x, E_next)
    return plus(x_1, swiglu(a, rms_norm(a, x_1, w_post, eps), W_gate, W_up, W_down)), M_next


DECODER_WEIGHTS = (
    "w_1", "w_2", "W_q", "W_k", "W_v", "W_o", "W_Q", "W_K", "W_V", "W_out", "W_in", "W_forget", "W_gate", "W_up", "W_down",
)


def decoder_stack(a, ids, W_emb, M_0, w_final, W_logits, bank, eps, **weights_and_attributes):
    """logits [B,T,V], M_next in the shape of M_0: S blocks. `threaded`: one bank [B,R,d] goes from block to block, so it is the
    memory step's time that runs with depth; `per_block`: a bank [S,B,R,d], one for each block. LM2 §2."""
    weights = {name: weights_and_attributes.pop(name) for name in DECODER_WEIGHTS}
    x, M, banks = _embedded(a, ids, W_emb), M_0, []
    for s in range(len(weights["w_1"])):
        if bank == "per_block":
            M = M_0[s]
        x, M = decoder_block(a, x, M, eps=eps, **{name: w[s] for name, w in weights.items()}, **weights_and_attributes)
        banks.append(M)
    logits = [product(a, rows, W_logits) for rows in rms_norm(a, x, w_final, eps)]
    return logits, banks if bank == "per_block" else M


def transformer_block(
    a, x, X_new, C_0, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, W_K, W_V, W_O, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2,
    heads, eps, cache=None, **long_term,
):
    """y [B,L,e], C_next [B,N,e], mu, var [B,H,L]: short- and long-term attention share the query projection; post-norm. ∞ §3.1."""
    Z_stm = txl_relative(a, x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, heads, cache)
    Z_ltm, C_next, mu, var = layer(a, x, X_new, C_0, W_q, W_K, W_V, W_O, heads=heads, **long_term)
    y = layer_norm(a, plus(x, attention_combine(a, Z_stm, Z_ltm)), w_1, b_1, eps)
    return layer_norm(a, plus(y, relu_mlp(a, y, W_up, b_up, W_down, b_down)), w_2, b_2, eps), C_next, mu, var


def code_layer(
    a, x, X_new, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, W_K, W_V, W_O, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2,
    heads, pre_norm, eps, cache=None, **long_term,
):
    """y [B,T,e], C_next [B,N,e], mu, var [B,H,T]: the layer of the authors' sorting model. What its long-term memory gives the layer's own
    queries is added to what attention over the cache does; with `pre_norm` both read normalised tokens, and X_new is stored as it is."""
    read, past = [tokens and layer_norm(a, tokens, w_1, b_1, eps) for tokens in (x, cache)] if pre_norm else (x, cache)
    Z_stm = txl_relative(a, read, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, heads, past)
    Z_ltm, C_next, mu, var = inf_code.layer(a, read, X_new, W_q, W_K, W_V, W_O, heads=heads, **long_term)
    y = txl_rest(a, x, plus(Z_stm, Z_ltm), w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, pre_norm, eps)
    return y, C_next, mu, var


TRANSFORMER_WEIGHTS = (
    "W_q", "W_k", "W_v", "W_r", "bias_u", "bias_v", "W_o", "W_K", "W_V", "W_O", "w_mu", "w_sigma", "b_mu", "b_sigma",
    "w_1", "b_1", "W_up", "b_up", "W_down", "b_down", "w_2", "b_2",
)
TRANSFORMER_OPTIONS = ("cache", "W_conv", "b_conv", "u")


def transformer_stack(a, ids, W_emb, X_new, C_0, W_logits, **weights_and_attributes):
    """logits [B,L,V], hidden [S,B,L,e] (the input of every block), C_next [S,B,N,e]: S blocks, each with its own memory. ∞ §3.1."""
    of_block = {name: weights_and_attributes.pop(name) for name in TRANSFORMER_WEIGHTS}
    of_block |= {name: weights_and_attributes.pop(name) for name in TRANSFORMER_OPTIONS if name in weights_and_attributes}
    x, hidden, memories = _embedded(a, ids, W_emb), [], []
    for s in range(len(C_0)):
        hidden.append(x)
        tensors = {name: tensor[s] for name, tensor in of_block.items()}
        x, C_next, _, _ = transformer_block(a, x, X_new[s], C_0[s], **tensors, **weights_and_attributes)
        memories.append(C_next)
    return [product(a, rows, W_logits) for rows in x], hidden, memories


def _embedded(a, ids, W_emb):
    """The rows of W_emb at ids [B,T], whole numbers held as floating-point."""
    return [[W_emb[a.index(i)] for i in row] for row in ids]
