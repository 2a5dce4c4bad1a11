"""Backward passes of lm2.py, by hand. Axes as there; grad_x [like x] = ∂ℓ/∂x, given for outputs, returned for inputs.

Each computes again what it needs of the forward pass. Selections (the k largest weights) are as the forward pass makes them.
"""

import numpy as np

from catalogue import gradient
from lm2 import (align, as_rows, attention_project, attention_retrieve, attention_weights, bank_rows, gate_forget, gate_input, gate_output,
                 memory_reflect, memory_step, merge_heads, split_heads)
from special import sigmoid_slope, softmax_vjp, tanh_slope


# Products

def product_vjp(grad_y, x, W):
    """Of y = x W, x [...,in], W [in,out]: grad_x, and grad_W summed over everything that shares the weight."""
    return grad_y @ W.T, x.reshape(-1, x.shape[-1]).T @ grad_y.reshape(-1, grad_y.shape[-1])


# The bank

@gradient("lm2.bank.rows")
def bank_rows_vjp(grad_rows, M):
    return grad_rows.reshape(M.shape)


# Attention

def head_scores_vjp(grad_S, Q, K, heads):
    """Of S = Q_h K_hᵀ/√dh: grad_Q, grad_K."""
    grad = grad_S / (Q.shape[-1] // heads) ** 0.5
    return merge_heads(grad @ split_heads(K, heads)), merge_heads(grad.swapaxes(-1, -2) @ split_heads(Q, heads))


def retrieve_vjp(grad_E, A, V):
    """Of E = concat_h(A_h V_h): grad_A, grad_V."""
    heads = A.shape[1]
    grad = split_heads(grad_E, heads)
    return grad @ split_heads(V, heads).swapaxes(-1, -2), merge_heads(A.swapaxes(-1, -2) @ grad)


@gradient("lm2.attention.project")
def attention_project_vjp(grad_Q, grad_K, grad_V, E, M, W_Q, W_K, W_V):
    grad_E, grad_W_Q = product_vjp(grad_Q, E, W_Q)
    grad_M_of_K, grad_W_K = product_vjp(grad_K, M, W_K)
    grad_M_of_V, grad_W_V = product_vjp(grad_V, M, W_V)
    return grad_E, grad_M_of_K + grad_M_of_V, grad_W_Q, grad_W_K, grad_W_V


@gradient("lm2.attention.project_flat")
def attention_project_flat_vjp(grad_Q, grad_K, grad_V, E, M, W_Q, W_K, W_V):
    grad_E, grad_M, *of_weights = attention_project_vjp(grad_Q, grad_K, grad_V, E, M.reshape(*M.shape[:2], -1), W_Q, W_K, W_V)
    return grad_E, grad_M.reshape(M.shape), *of_weights


@gradient("lm2.attention.weights")
def attention_weights_vjp(grad_A, Q, K, *, heads=1, causal, top_k=0):
    P = attention_weights(Q, K, heads=heads, causal=causal)
    if top_k:
        # The weights that are dropped are still in the normaliser of those that are kept: P and δ are those before the selection.
        grad_A = grad_A * (attention_weights(Q, K, heads=heads, causal=causal, top_k=top_k) != 0)
    return head_scores_vjp(softmax_vjp(grad_A, P), Q, K, heads)


@gradient("lm2.attention.retrieve")
def attention_retrieve_vjp(grad_E_mem, A, V):
    return retrieve_vjp(grad_E_mem, A, V)


# Gates

def gate_vjp(grad_g, x, W):
    """Of g = σ(x W): grad_x, grad_W."""
    return product_vjp(grad_g * sigmoid_slope(x @ W), x, W)


@gradient("lm2.gate.output")
def gate_output_vjp(grad_g_out, E_mem, W_out):
    return gate_vjp(grad_g_out, E_mem, W_out)


@gradient("lm2.gate.input")
def gate_input_vjp(grad_g_in, E, W_in):
    return gate_vjp(grad_g_in, E, W_in)


@gradient("lm2.gate.forget")
def gate_forget_vjp(grad_g_forget, E_mem, W_forget):
    return gate_vjp(grad_g_forget, E_mem, W_forget)


# Between T tokens and R rows

def align_adjoint(grad_Y, tokens):
    """grad_Y [B,R,d] → grad_X [B,T,d] of Y = align(X): the transpose of a linear map."""
    (B, R, d), T = grad_Y.shape, tokens
    if T == R:
        return grad_Y
    if T > R:
        r, t = np.arange(R), np.arange(T)
        share = grad_Y / (-((r + 1) * T // -R) - r * T // R).astype(grad_Y.dtype)[:, None]
        # Token t is in the bins r with ⌊rT/R⌋ <= t < ⌈(r+1)T/R⌉: one, or two neighbours that overlap.
        first, last = t * R // T, -((t + 1) * R // -T) - 1
        return share[:, first] + (last > first)[:, None] * share[:, last]
    lower, remainder = np.divmod(np.clip((2 * np.arange(R) + 1) * T - R, 0, 2 * R * (T - 1)), 2 * R)
    grad_X = np.zeros((T, B, d), dtype=grad_Y.dtype)
    for place, n in ((lower, 2 * R - remainder), (np.minimum(lower + 1, T - 1), remainder)):
        np.add.at(grad_X, place, (n / (2 * R)).astype(grad_Y.dtype)[:, None, None] * grad_Y.swapaxes(0, 1))
    return grad_X.swapaxes(0, 1)


@gradient("lm2.align")
def align_vjp(grad_Y, X, *, rows):
    return align_adjoint(grad_Y, X.shape[1])


# Reading and writing

@gradient("lm2.readout.gated")
def readout_gated_vjp(grad_E_gated, g_out, E_mem, M, *, source):
    if source == "bank":
        return grad_E_gated * align(M, rows=g_out.shape[1]), np.zeros_like(E_mem), align_adjoint(grad_E_gated * g_out, M.shape[1])
    if source == "retrieved":
        return grad_E_gated * E_mem, grad_E_gated * g_out, np.zeros_like(M)
    raise ValueError(f"source is {source!r}, expected 'bank' or 'retrieved'")


@gradient("lm2.readout.skip")
def readout_skip_vjp(grad_E_next, E_attn, E_gated):
    return grad_E_next, grad_E_next


@gradient("lm2.bank.update")
def bank_update_vjp(grad_M_next, g_in, E_mem, g_forget, M):
    T, R = E_mem.shape[1], M.shape[1]
    grad_written = align_adjoint(grad_M_next, T)
    return (grad_written * np.tanh(E_mem), grad_written * g_in * tanh_slope(E_mem), align_adjoint(grad_M_next * M, T),
            grad_M_next * align(g_forget, rows=R))


# Whole steps

def read_bank_vjp(grad_E_mem, Q, K, V, A, E, M, W_Q, W_K, W_V, **attributes):
    """Of E_mem as read from the bank's rows: grad_E, grad_M, grad_W_Q, grad_W_K, grad_W_V."""
    grad_A, grad_V = retrieve_vjp(grad_E_mem, A, V)
    grad_Q, grad_K = attention_weights_vjp(grad_A, Q, K, **attributes)
    return attention_project_vjp(grad_Q, grad_K, grad_V, E, M, W_Q, W_K, W_V)


@gradient("lm2.memory.step")
def memory_step_vjp(grad_E_next, grad_M_next, E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget, *, heads=1, causal, top_k=0, source):
    attention = {"heads": heads, "causal": causal, "top_k": top_k}
    rows = as_rows(M)
    Q, K, V = attention_project(E, rows, W_Q, W_K, W_V)
    A = attention_weights(Q, K, **attention)
    E_mem = attention_retrieve(A, V)
    g_out, g_in, g_forget = gate_output(E_mem, W_out), gate_input(E, W_in), gate_forget(E_mem, W_forget)

    grad_g_out, of_readout, rows_of_readout = readout_gated_vjp(grad_E_next, g_out, E_mem, rows, source=source)
    grad_g_in, of_update, grad_g_forget, rows_of_update = bank_update_vjp(grad_M_next.reshape(rows.shape), g_in, E_mem, g_forget, rows)
    of_output, grad_W_out = gate_vjp(grad_g_out, E_mem, W_out)
    of_forget, grad_W_forget = gate_vjp(grad_g_forget, E_mem, W_forget)
    E_of_input, grad_W_in = gate_vjp(grad_g_in, E, W_in)
    E_of_reading, rows_of_reading, grad_W_Q, grad_W_K, grad_W_V = read_bank_vjp(
        of_readout + of_update + of_output + of_forget, Q, K, V, A, E, rows, W_Q, W_K, W_V, **attention)
    return {
        "grad_E": E_of_input + E_of_reading, "grad_E_attn": grad_E_next,
        "grad_M": (rows_of_readout + rows_of_update + rows_of_reading).reshape(M.shape),
        "grad_W_Q": grad_W_Q, "grad_W_K": grad_W_K, "grad_W_V": grad_W_V,
        "grad_W_out": grad_W_out, "grad_W_in": grad_W_in, "grad_W_forget": grad_W_forget,
    }


@gradient("lm2.memory.reflect")
def memory_reflect_vjp(grad_M_reflected, E_next, M_next, W_Q, W_K, W_V, W_in, W_forget, *, heads=1, causal, top_k=0):
    # The step's update alone: its readout has no cotangent, whatever the output gate and the skip would be.
    nothing, W_out = np.zeros_like(E_next), np.zeros_like(W_in)
    grads = memory_step_vjp(nothing, grad_M_reflected, E_next, nothing, M_next, W_Q, W_K, W_V, W_out, W_in, W_forget,
                            heads=heads, causal=causal, top_k=top_k, source="retrieved")
    return {"grad_E_next": grads["grad_E"], "grad_M_next": grads["grad_M"],
            **{name: grads[name] for name in ("grad_W_Q", "grad_W_K", "grad_W_V", "grad_W_in", "grad_W_forget")}}


def carries_gradient(bptt):
    """Whether the state that enters a segment passes its gradient on to the segment before, or is a constant there."""
    if bptt not in ("full", "truncated"):
        raise ValueError(f"bptt is {bptt!r}, expected 'full' or 'truncated'")
    return bptt == "full"


@gradient("lm2.memory.rollout")
def memory_rollout_vjp(grad_E_next, grad_M_S, E, E_attn, M_0, W_Q, W_K, W_V, W_out, W_in, W_forget, *,
                       heads=1, causal, top_k=0, source, reflect=False, bptt):
    full = carries_gradient(bptt)
    attention = {"heads": heads, "causal": causal, "top_k": top_k}
    weights = {"W_Q": W_Q, "W_K": W_K, "W_V": W_V, "W_out": W_out, "W_in": W_in, "W_forget": W_forget}
    weights_of = [{name: W if W.ndim == 2 else W[s] for name, W in weights.items()} for s in range(len(E))]
    without_output = [{name: W for name, W in each.items() if name != "W_out"} for each in weights_of]

    states, M = [], M_0  # of every step: the bank that enters it, and output and bank between its two updates
    for s in range(len(E)):
        output, updated = memory_step(E[s], E_attn[s], M, **weights_of[s], source=source, **attention)
        states.append((M, output, updated))
        M = memory_reflect(output, updated, **without_output[s], **attention) if reflect else updated

    grads = {f"grad_{name}": np.zeros_like(array) for name, array in {"E": E, "E_attn": E_attn, **weights}.items()}

    def add_weights(s, of_step):
        for name, W in weights.items():
            if f"grad_{name}" in of_step:
                grads[f"grad_{name}"][... if W.ndim == 2 else s] += of_step[f"grad_{name}"]

    grad_M = grad_M_S
    for s in reversed(range(len(E))):
        M, output, updated = states[s]
        grad_output = grad_E_next[s]
        if reflect:
            of_reflection = memory_reflect_vjp(grad_M, output, updated, **without_output[s], **attention)
            grad_output, grad_M = grad_output + of_reflection["grad_E_next"], of_reflection["grad_M_next"]
            add_weights(s, of_reflection)
        of_step = memory_step_vjp(grad_output, grad_M, E[s], E_attn[s], M, **weights_of[s], source=source, **attention)
        grads["grad_E"][s], grads["grad_E_attn"][s] = of_step["grad_E"], of_step["grad_E_attn"]
        add_weights(s, of_step)
        grad_M = of_step["grad_M"] if full or s == 0 else np.zeros_like(M)
    return {**grads, "grad_M_0": grad_M}
