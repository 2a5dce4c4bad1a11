"""LM2's memory (Kang et al. 2025, arXiv 2502.06049): a bank of rows that tokens read by attention and write through gates.

    B batch   T tokens   R bank rows   N slots   d width   H heads   dh = d/H   S steps

Weights act from the right (E W) and are [in, out]. Head h owns the columns h dh … (h+1) dh - 1. The bank is [B,R,d]: with vector
slots R = N, with matrix slots [B,N,d,d] it is attended through its R = N d rows. Every function is pure and differentiable.
"""

import math

import torch
import torch.nn.functional as F

from precomputed import precomputed


def identity_matrix(slots, width, *, dtype, device):
    """M [N,d,d] = I_d in every slot. LM2 §2.1."""
    return identity_vector(width, width, dtype=dtype, device=device).repeat(slots, 1, 1)


def identity_vector(slots, width, *, dtype, device):
    """M [N,d], the first rows of an identity, zeros below. LM2 §2.1 read with A [T,N]."""
    return torch.eye(slots, width, device=device).to(dtype)  # in PyTorch 1.13 eye itself has no bfloat16 on a CPU


def rows(M):
    """[B,N,d,d] → [B,N·d,d]. LM2 §2.1."""
    return M.flatten(1, 2)


def project(E, M, W_Q, W_K, W_V):
    """E [B,T,d], M [B,R,d], W [d,d] → Q = E W_Q [B,T,d], K = M W_K, V = M W_V [B,R,d]. LM2 §2.1."""
    return E @ W_Q, M @ W_K, M @ W_V


def project_flat(E, M, W_Q, W_K, W_V):
    """E [B,T,d], M [B,N,w,w], W_K, W_V [w²,d] → Q [B,T,d], K, V [B,N,d]: a slot is the row of its rows. LM2 §2.1."""
    return project(E, M.flatten(2), W_Q, W_K, W_V)


def split_heads(X, heads):
    """[B,T,d] → [B,H,T,dh]."""
    if X.shape[-1] % heads:
        raise ValueError(f"{heads} heads do not divide the width {X.shape[-1]}")
    return X.unflatten(-1, (heads, -1)).transpose(1, 2)


def merge_heads(X):
    """[B,H,T,dh] → [B,T,d]."""
    return X.transpose(1, 2).flatten(2)


def attention_weights(Q, K, *, heads=1, causal=False, top_k=0):
    """Q [B,T,d], K [B,R,d] → A [B,H,T,R] = softmax(Q_h K_hᵀ/√dh). LM2 §2.1.

    causal hides row j from token i where j > i, and needs T = R. top_k = k keeps the k largest weights of each row, as they are
    (no renormalisation); of equal ones those of lower index. 0 keeps all.
    """
    T, R = Q.shape[1], K.shape[1]
    if not 0 <= top_k <= R:
        raise ValueError(f"top_k is {top_k}, expected 0…{R}")
    Q, K, scale = split_heads(Q, heads), split_heads(K, heads), (heads / Q.shape[-1]) ** 0.5
    # Scaled after the product: scaling Q first would round apart what ties exactly.
    scores = (Q @ K.transpose(-2, -1)) * scale
    if causal:
        if T != R:
            raise ValueError(f"causal needs as many tokens as bank rows, found T = {T} and R = {R}")
        scores = scores.masked_fill(torch.ones(T, R, dtype=torch.bool, device=scores.device).triu(1), -math.inf)
    A = torch.softmax(scores, dim=-1)
    if top_k == 0:
        return A
    # By scores, not by weights: where weights underflow to the same 0, the larger score still wins.
    rounding = 2 * torch.finfo(Q.dtype).eps * scale * Q.norm(dim=-1, keepdim=True) * K.norm(dim=-1).amax(-1)[..., None, None]
    return A.masked_fill(~largest(scores, top_k, rounding), 0)


def largest(scores, k, rounding):
    """The mask [..., R] of the k largest scores of each row; of those that differ by no more than rounding, the first are taken.

    torch.topk promises nothing about which of equal elements it returns, so it only finds the k-th largest value. Nor does a BLAS
    give exactly equal scores to equal rows of K: it may sum the products of the last few columns in another order.
    """
    distance = scores - torch.topk(scores, k, dim=-1, sorted=False).values.amin(-1, keepdim=True)
    above, equal = distance > rounding, distance.abs() <= rounding
    places = k - above.sum(-1, keepdim=True, dtype=torch.int32)
    return above | (equal & (equal.cumsum(-1, dtype=torch.int32) <= places))


def retrieve(A, V):
    """A [B,H,T,R], V [B,R,d] → E_mem [B,T,d]: A_h V_h, heads concatenated. LM2 §2.1."""
    return merge_heads(A @ split_heads(V, A.shape[1]))


def gate(X, W):
    """σ(X W) for X [B,T,d], W [d,d]: the output, input and forget gates. LM2 §2.1, §2.2."""
    return torch.sigmoid(X @ W)


def output_gate(E_mem, W_out):
    """g_out [B,T,d] = σ(E_mem W_out). LM2 §2.1."""
    return gate(E_mem, W_out)


def input_gate(E, W_in):
    """g_in [B,T,d] = σ(E W_in). LM2 §2.2."""
    return gate(E, W_in)


def forget_gate(E_mem, W_forget):
    """g_forget [B,T,d] = σ(E_mem W_forget). LM2 §2.2."""
    return gate(E_mem, W_forget)


def align(X, rows):
    """X [B,T,d] → Y [B,R,d]: itself for T = R, adaptive average pooling for T > R, linear interpolation for T < R."""
    tokens = X.shape[1]
    if tokens == rows:
        return X
    if tokens > rows:
        return F.adaptive_avg_pool1d(X.transpose(1, 2), rows).transpose(1, 2)
    # F.interpolate computes positions in X's dtype: float32 weights are off by up to T·2⁻²⁴ (70001 → 100003 tokens: by 1 %).
    lower, upper, weight = _interpolation(tokens, rows, X.dtype, X.device)
    return torch.lerp(X.index_select(1, lower), X.index_select(1, upper), weight)


@precomputed
def _interpolation(tokens, rows, dtype, device):
    """⌊s⌋, its successor and s - ⌊s⌋ for half-pixel centres s = (r + ½)T/R - ½, clamped to [0, T-1]: exact, as numerator / 2R."""
    r = torch.arange(rows, dtype=torch.int64, device=device)
    numerator = ((2 * r + 1) * tokens - rows).clamp(0, 2 * rows * (tokens - 1))
    lower = numerator.div(2 * rows, rounding_mode="floor")
    weight = numerator.remainder(2 * rows).double() / (2 * rows)
    return lower, (lower + 1).clamp(max=tokens - 1), weight.to(dtype)[:, None]


def gated_readout(g_out, E_mem, M, *, source):
    """E_gated [B,T,d]: source "retrieved" g_out ⊙ E_mem, "bank" g_out ⊙ align_T(M) (the printed line). LM2 §2.1."""
    if source not in ("bank", "retrieved"):
        raise ValueError(f"source is {source!r}, expected 'bank' or 'retrieved'")
    return g_out * (align(M, g_out.shape[1]) if source == "bank" else E_mem)


def skip(E_attn, E_gated):
    """E_next [B,T,d] = E_attn + E_gated. LM2 §2.1."""
    return E_attn + E_gated


def update(g_in, E_mem, g_forget, M):
    """M_next [B,R,d] = align_R(g_in ⊙ tanh(E_mem)) + align_R(g_forget) ⊙ M. LM2 §2.2."""
    R = M.shape[1]
    return torch.addcmul(align(g_in * torch.tanh(E_mem), R), align(g_forget, R), M)


def read(E, M, W_Q, W_K, W_V, *, heads, causal, top_k):
    """What the tokens E [B,T,d] retrieve from the bank's rows M [B,R,d]: E_mem [B,T,d]. LM2 §2.1."""
    Q, K, V = project(E, M, W_Q, W_K, W_V)
    return retrieve(attention_weights(Q, K, heads=heads, causal=causal, top_k=top_k), V)


def step(E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget, *, heads=1, causal, top_k=0, source):
    """One block's use of the memory: E, E_attn [B,T,d], M [B,R,d] or [B,N,d,d] → E_next [B,T,d], M_next like M. LM2 §2.

    The readout sees the old bank; E_attn, the block's self-attention, enters the skip connection only.
    """
    bank = rows(M) if M.dim() == 4 else M
    E_mem = read(E, bank, W_Q, W_K, W_V, heads=heads, causal=causal, top_k=top_k)
    E_next = skip(E_attn, gated_readout(output_gate(E_mem, W_out), E_mem, bank, source=source))
    M_next = update(input_gate(E, W_in), E_mem, forget_gate(E_mem, W_forget), bank)
    return E_next, M_next.view_as(M)


def reflected(E_next, M_next, W_Q, W_K, W_V, W_in, W_forget, *, heads=1, causal, top_k=0):
    """The step's update once more, with E := E_next and M := M_next → M_reflected like M_next. An extension, not in the paper."""
    bank = rows(M_next) if M_next.dim() == 4 else M_next
    E_mem = read(E_next, bank, W_Q, W_K, W_V, heads=heads, causal=causal, top_k=top_k)
    return update(input_gate(E_next, W_in), E_mem, forget_gate(E_mem, W_forget), bank).view_as(M_next)


def entering(state, bptt):
    """A state as it enters the next segment: with bptt "truncated" no gradient flows back through it."""
    if bptt not in ("full", "truncated"):
        raise ValueError(f"bptt is {bptt!r}, expected 'full' or 'truncated'")
    return state if bptt == "full" else state.detach()


def rollout(E, E_attn, M_0, W_Q, W_K, W_V, W_out, W_in, W_forget, *, heads=1, causal, top_k=0, source, reflect=False, bptt="full"):
    """S steps, the bank carried: E, E_attn [S,B,T,d], weights [d,d] (shared) or [S,d,d] → E_next [S,B,T,d], M_S like M_0. LM2 §2.

    The paper's t counts decoder blocks (weights [S,d,d]); with shared weights the steps are segments of a long context.
    """
    shared = [W.expand(len(E), *W.shape[-2:]) for W in (W_Q, W_K, W_V, W_out, W_in, W_forget)]
    attention = {"heads": heads, "causal": causal, "top_k": top_k}
    M, steps = M_0, []
    for s, (E_s, E_attn_s, W_Q_s, W_K_s, W_V_s, W_out_s, W_in_s, W_forget_s) in enumerate(zip(E, E_attn, *shared)):
        M = entering(M, bptt) if s else M
        E_next, M = step(E_s, E_attn_s, M, W_Q_s, W_K_s, W_V_s, W_out_s, W_in_s, W_forget_s, source=source, **attention)
        if reflect:
            M = reflected(E_next, M, W_Q_s, W_K_s, W_V_s, W_in_s, W_forget_s, **attention)
        steps.append(E_next)
    return torch.stack(steps), M
