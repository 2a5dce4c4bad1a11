"""What the memories are compared with: Transformer-XL, full attention, Compressive and Recurrent Memory Transformer, Infini-attention …

    B batch   T tokens   C cached entries   S = C + T   d width   H heads   dh = d/H   K compressed entries or memory tokens   c rate

Weights act from the right (x W) and are [in, out].
"""

import math

import torch
import torch.nn.functional as F

from blocks import affine, attend, causal_attention, cos_sin, later, layer_norm, rms_norm, swiglu
from lm2 import entering, merge_heads, split_heads
from precomputed import precomputed


@precomputed
def encoding(length, width, *, dtype, device):
    """R [P,d] = [sin(p f), cos(p f)], f_i = 10000^(-2i/d), for the distances p = 0…P-1. TXL §3.3."""
    if width % 2:
        raise ValueError(f"width holds as many sines as cosines: it must be even, found {width}")
    cos, sin = cos_sin(0, length, 10000.0, width // 2, dtype=dtype, device=device)
    return torch.cat([sin, cos], dim=-1)


@precomputed
def descending_encoding(length, width, dtype, device):
    """The encoding with the largest distance first, as relative_shift wants it."""
    return encoding(length, width, dtype=dtype, device=device).flip(0)


def relative_shift(P):
    """P [N,T,S], contiguous, by query i and descending distance → a view by query i and position j, right where j ≤ S - T + i.

    Distance i + S - T - j is in column j + T - 1 - i: each row begins one element further left. Nothing is copied.
    """
    N, T, S = P.shape
    return P.as_strided((N, T, S), (T * S, S - 1, 1), P.storage_offset() + T - 1)


def relative_attention(q, z, W_k, W_v, W_r, bias_u, bias_v, W_o, *, heads):
    """Queries q [B,T,d] of the last T entries of z [B,S,d], W [d,d], bias_u, bias_v [H,dh] → y [B,T,d]. TXL §3.3."""
    B, T, d = q.shape
    S, dh = z.shape[1], d // heads
    R = descending_encoding(S, d, q.dtype, q.device) @ W_r
    # Heads first: one product over all of the batch with a head's encodings, and distances stay in rows for the shift.
    q = q.view(B, T, heads, dh).permute(2, 0, 1, 3)
    r = R.view(S, heads, dh).permute(1, 2, 0)
    k, v = ((z @ W).view(B, S, heads, dh).permute(2, 0, 1, 3).reshape(heads * B, S, dh) for W in (W_k, W_v))
    of_content, of_distance = ((q + bias[:, None, None]) * dh**-0.5 for bias in (bias_u, bias_v))
    by_distance = (of_distance.reshape(heads, B * T, dh) @ r).view(heads * B, T, S)
    scores = torch.baddbmm(relative_shift(by_distance), of_content.reshape(heads * B, T, dh), k.mT)
    A = torch.softmax(scores.masked_fill_(later(T, S, q.device), -math.inf), dim=-1)
    return (A @ v).view(heads, B, T, dh).permute(1, 2, 0, 3).flatten(2) @ W_o


def relative(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache=None, *, heads):
    """x [B,T,d], cache [B,C,d], W [d,d], bias_u, bias_v [H,dh] → y [B,T,d]: attention over [cache ‖ x]. TXL §3.3."""
    z = x if cache is None else torch.cat([cache, x], dim=1)
    return relative_attention(x @ W_q, z, W_k, W_v, W_r, bias_u, bias_v, W_o, heads=heads)


def txl_layer(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, cache=None, *,
              heads, pre_norm=False, eps=1e-5):
    """x [B,T,d], cache [B,C,d] → y [B,T,d]: relative attention and MLP, with their norms in front of them or behind the sums. TXL §3.3."""
    read, past = (tokens if tokens is None or not pre_norm else layer_norm(tokens, w_1, b_1, eps=eps) for tokens in (x, cache))
    Z = relative(read, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, past, heads=heads)
    return rest_of_layer(x + Z, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, pre_norm, eps)


def rest_of_layer(joined, w_1, b_1, W_up, b_up, W_down, b_down, w_2, b_2, pre_norm, eps):
    """What a layer does with its input and what attention read, added up."""
    def fed(tokens):
        return affine(F.relu(affine(tokens, W_up, b_up)), W_down, b_down)

    if pre_norm:
        return joined + fed(layer_norm(joined, w_2, b_2, eps=eps))
    a = layer_norm(joined, w_1, b_1, eps=eps)
    return layer_norm(a + fed(a), w_2, b_2, eps=eps)


def softmax_attention(x, W_q, W_k, W_v, W_o, K_cache=None, V_cache=None, *, heads):
    """x [B,T,d], K_cache, V_cache [B,C,d] → y [B,T,d], K_next, V_next [B,C+T,d]. Vaswani et al. 2017."""
    if (K_cache is None) != (V_cache is None):
        raise ValueError("K_cache and V_cache come together: only one was given")
    K, V = x @ W_k, x @ W_v
    if K_cache is not None:
        K, V = torch.cat([K_cache, K], dim=1), torch.cat([V_cache, V], dim=1)
    return attend(split_heads(x @ W_q, heads), split_heads(K, heads), split_heads(V, heads)) @ W_o, K, V


def compress(X, W_conv=None, b_conv=None, *, rate, method):
    """X [B,K·c,d] → Y [B,K,d]: each run of c tokens becomes one, by its mean, maximum or W_conv [d,d,c] (out, in, tap). CT §3.2."""
    if method == "conv":
        if W_conv is None or b_conv is None:
            raise ValueError("tensor W_conv or b_conv is missing, which method 'conv' needs")
        return F.conv1d(X.transpose(1, 2), W_conv, b_conv, stride=rate).transpose(1, 2)
    if method not in ("mean", "max"):
        raise ValueError(f"method is {method!r}, expected 'mean', 'max' or 'conv'")
    runs = X.unflatten(1, (-1, rate))
    return runs.mean(2) if method == "mean" else runs.amax(2)


def compressive_attention(x, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o, cache=None, compressed=None, *, heads):
    """x [B,T,d], cache [B,C,d], compressed [B,K,d] → y [B,T,d]: relative attention over [compressed ‖ cache ‖ x]. CT §3.1."""
    z = torch.cat([part for part in (compressed, cache, x) if part is not None], dim=1)
    return relative_attention(x @ W_q, z, W_k, W_v, W_r, bias_u, bias_v, W_o, heads=heads)


def compressive_step(x, cache, compressed, W_conv=None, b_conv=None, *, rate, method):
    """x [B,J·c,d], cache [B,C,d], compressed [B,K,d] → cache_next, compressed_next: two queues, c entries of one for one of the other. CT §3.1."""
    old, cache_next = torch.cat([cache, x], dim=1).split([x.shape[1], cache.shape[1]], dim=1)
    entered = compress(old, W_conv, b_conv, rate=rate, method=method)
    return cache_next, torch.cat([compressed, entered], dim=1)[:, -compressed.shape[1]:]


def reconstruction_loss(h, old, compressed, W_q, W_k, W_v, *, heads, reduction):
    """h [B,T,d], old [B,L,d], compressed [B,K,d] → loss [B]: ‖difference‖ of what h reads in both, or the mean of its squares. CT §3.2.

    Trains the compression alone: everything else is detached.
    """
    h, old, W_q, W_k, W_v = (tensor.detach() for tensor in (h, old, W_q, W_k, W_v))
    q = split_heads(h @ W_q, heads)

    def read(memory):
        k, v = split_heads(memory @ W_k, heads), split_heads(memory @ W_v, heads)
        return torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]), dim=-1) @ v

    difference = (read(old) - read(compressed)).flatten(1)
    if reduction not in ("norm", "mean"):
        raise ValueError(f"reduction is {reduction!r}, expected 'norm' or 'mean'")
    return torch.linalg.vector_norm(difference, dim=1) if reduction == "norm" else difference.square().mean(1)


def recurrent_attention(front, x, behind, W_q, W_k, W_v, W_o, *, heads, kv_heads):
    """front, behind [B,K,d], x [B,T,d] → y [B,K+T+K,d]: memory tokens see all of front, those behind everything, x what is before. RMT's code."""
    s, K, T = torch.cat([front, x, behind], dim=1), front.shape[1], x.shape[1]
    P = s.shape[1]
    q, k, v = (split_heads(s @ W, count) for W, count in ((W_q, heads), (W_k, kv_heads), (W_v, kv_heads)))
    k, v = (X.repeat_interleave(heads // kv_heads, dim=1) for X in (k, v))
    hidden = later(P, P, s.device).clone()
    hidden[:K, :K] = False
    hidden[K + T:] = False
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(hidden, -math.inf)
    return merge_heads(torch.softmax(scores, dim=-1) @ v) @ W_o


def recurrent_segment(x, m, w_1, w_2, W_q, W_k, W_v, W_o, W_gate, W_up, W_down, m_write=None, *, heads, kv_heads, open_memory=False, eps=1e-5):
    """x [B,T,d], m, m_write [B,K,d] → y [B,T,d], m_next [B,K,d]: [m ‖ x ‖ m_write] through a pre-norm block. RMT §3."""
    T, K = x.shape[1], m.shape[1]
    s = torch.cat([m, x, m if m_write is None else m_write], dim=1)
    normed, weights = rms_norm(s, w_1, eps=eps), (W_q, W_k, W_v, W_o)
    if open_memory:
        read = recurrent_attention(normed[:, :K], normed[:, K:K + T], normed[:, K + T:], *weights, heads=heads, kv_heads=kv_heads)
    else:
        read = causal_attention(normed, *weights, heads=heads, kv_heads=kv_heads)
    s_1 = s + read
    o = s_1 + swiglu(rms_norm(s_1, w_2, eps=eps), W_gate, W_up, W_down)
    return o[:, K:K + T], o[:, K + T:]


def learnt_distances(x, W_q, W_k, W_v, r, bias_u, bias_r, W_o, cache=None, *, heads):
    """x [B,T,d], cache [B,C,d], r [K,H,dh], bias_r [K,H] → y [B,T,d]: distances from K - 1 on are one. Code of TXL, attn_type 1."""
    z = x if cache is None else torch.cat([cache, x], dim=1)
    q, k, v = split_heads(x @ W_q, heads), split_heads(z @ W_k, heads), split_heads(z @ W_v, heads)
    T, S = q.shape[2], z.shape[1]
    distance = (torch.arange(S - T, S)[:, None] - torch.arange(S)).clamp(0, len(r) - 1).to(x.device)
    by_distance = (q @ r.permute(1, 2, 0) + bias_r.T[:, None]).gather(-1, distance.expand(*q.shape[:2], T, S))
    scores = ((q + bias_u[:, None]) @ k.mT + by_distance) / math.sqrt(q.shape[-1])
    A = torch.softmax(scores.masked_fill(later(T, S, x.device), -math.inf), dim=-1)
    return merge_heads(A @ v) @ W_o


def fixed_gate(c, h, W_z, b_z, b_g):
    """c [B,N,d], h [B,N,f] → c_next [B,N,d]. BRT = Hutchins et al. 2022, §3.2."""
    g = torch.sigmoid(b_g)
    return c * g + affine(h, W_z, b_z) * (1 - g)


def lstm_gate(c, h, W_z, b_z, W_i, b_i, W_f, b_f):
    """c [B,N,d], h [B,N,f] → c_next [B,N,d]. BRT §3.2."""
    return c * torch.sigmoid(affine(h, W_f, b_f) + 1) + torch.tanh(affine(h, W_z, b_z)) * torch.sigmoid(affine(h, W_i, b_i) - 1)


def features(x, heads):
    """x [B,T,H·dk] → φ(x) = ELU(x) + 1 by head, [B,H,T,dk]. Infini = Munkhdalai et al. 2024, §2.1."""
    return split_heads(F.elu(x) + 1, heads)


def found(phi, M, z):
    """phi [B,H,T,dk], M [B,H,dk,dv], z [B,H,dk] → [B,H,T,dv]."""
    return phi @ M / (phi @ z[..., None])


def infini_retrieve(Q, M, z, *, heads):
    """Q [B,T,H·dk], M [B,H,dk,dv], z [B,H,dk] → A_mem [B,T,H·dv]. Infini, equation 3."""
    return merge_heads(found(features(Q, heads), M, z))


def infini_update(K, V, M=None, z=None, *, heads, rule):
    """K [B,L,H·dk], V [B,L,H·dv], M, z → M_next, z_next, from nothing where M is not given. Infini, equations 4 and 5."""
    if rule not in ("linear", "delta"):
        raise ValueError(f"rule is {rule!r}, expected 'linear' or 'delta'")
    phi, values = features(K, heads), split_heads(V, heads)
    if M is None:
        return phi.mT @ values, phi.sum(2)
    if rule == "delta":
        values = values - found(phi, M, z)
    return M + phi.mT @ values, z + phi.sum(2)


def infini_inject(A_mem, A_dot, beta, *, heads):
    """A_mem, A_dot [B,T,H·dv], beta [H] → A [B,T,H·dv]. Infini, equation 6."""
    g = torch.sigmoid(beta).repeat_interleave(A_mem.shape[2] // heads)
    return g * A_mem + (1 - g) * A_dot


def infini_segment(x, W_q, W_k, W_v, W_o, beta, M=None, z=None, *, heads, rule):
    """x [B,T,d], M [B,H,dk,dv], z [B,H,dk] → y [B,T,d], M_next, z_next. Without M nothing is read. Infini §2.1."""
    Q, K, V = x @ W_q, x @ W_k, x @ W_v
    A_mem = torch.zeros_like(V) if M is None else infini_retrieve(Q, M, z, heads=heads)
    q, k, v = (split_heads(X, heads) for X in (Q, K, V))
    scores = (q @ k.mT / math.sqrt(q.shape[-1])).masked_fill(later(x.shape[1], x.shape[1], x.device), -math.inf)
    A_dot = merge_heads(torch.softmax(scores, dim=-1) @ v)
    return infini_inject(A_mem, A_dot, beta, heads=heads) @ W_o, *infini_update(K, V, M, z, heads=heads, rule=rule)


def infini_rollout(x, W_q, W_k, W_v, W_o, beta, M_0=None, z_0=None, *, heads, rule, bptt="full"):
    """x [S,B,T,d], M_0, z_0 → y [S,B,T,d], M_S, z_S: memory and normaliser go from segment to segment. Infini §2.2."""
    M, z, outputs = M_0, z_0, []
    for s, tokens in enumerate(x):
        if s:
            M, z = entering(M, bptt), entering(z, bptt)
        y, M, z = infini_segment(tokens, W_q, W_k, W_v, W_o, beta, M, z, heads=heads, rule=rule)
        # Laid out as a memory that was stored and read back.
        M = M.contiguous()
        outputs.append(y)
    return torch.stack(outputs), M, z
