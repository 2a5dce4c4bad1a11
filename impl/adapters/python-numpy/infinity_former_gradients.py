"""Backward passes of infinity_former.py, by hand. Axes as there; grad_x [like x] = ∂ℓ/∂x, given for outputs, returned for inputs.

Positions, the basis, psi, G and uniforms are constants. So are, in whole layers, the positions that sticky memories draw.
"""

import numpy as np

from catalogue import gradient
from infinity_former import (attention_context, attention_density, attention_project, attention_scores, basis_evaluate, basis_expectation,
                             basis_grid, layer, memory_positions, positions_segment, regress, require_inputs_of_options, ridge_system,
                             smooth_gate, sticky_histogram, sticky_positions)
from lm2 import merge_heads, split_heads
from lm2_gradients import carries_gradient, head_scores_vjp, product_vjp, retrieve_vjp
from special import sigmoid, sigmoid_slope, softmax, softmax_vjp, softplus


# The continuous signal

@gradient("inf.smooth.gate")
def smooth_gate_vjp(grad_X_s, X, W_conv, b_conv):
    L = X.shape[1]
    taps = np.lib.stride_tricks.sliding_window_view(np.pad(X, ((0, 0), (1, 1), (0, 0))), 3, axis=1)  # [B,L,e,3]
    y = np.tensordot(taps, W_conv, axes=((2, 3), (1, 2))) + b_conv
    grad_y = grad_X_s * X * sigmoid_slope(y)
    # Tap k of token i is token i + k − 1: there each tap's gradient goes back, and what falls outside of the segment was padding.
    grad_taps = np.tensordot(grad_y, W_conv, axes=(2, 0))  # [B,L,e,3]
    grad_padded = sum(np.pad(grad_taps[..., k], ((0, 0), (k, 2 - k), (0, 0))) for k in range(3))
    return grad_X_s * sigmoid(y) + grad_padded[:, 1:L + 1], np.tensordot(grad_y, taps, axes=((0, 1), (0, 1))), grad_y.sum(axis=(0, 1))


@gradient("inf.regression.coefficients")
def regression_coefficients_vjp(grad_C, X, G):
    return G @ grad_C


def regress_vjp(grad_C, psi, ridge):
    """Of C = (F Fᵀ + λI)⁻¹ F X, F = psiᵀ: grad_X = Fᵀ (F Fᵀ + λI)⁻¹ grad_C, another solution with the same symmetric matrix."""
    B, N, e = grad_C.shape
    solved = np.linalg.solve(ridge_system(psi, ridge), grad_C.transpose(1, 0, 2).reshape(N, B * e))
    return (psi @ solved).reshape(-1, B, e).transpose(1, 0, 2)


@gradient("inf.signal.evaluate")
def signal_evaluate_vjp(grad_X_bar, C, psi):
    return psi.swapaxes(-1, -2) @ grad_X_bar


# Continuous attention

@gradient("inf.attention.project")
def attention_project_vjp(grad_Q, grad_K, grad_V, X, C, W_Q, W_K, W_V):
    grad_X, grad_W_Q = product_vjp(grad_Q, X, W_Q)
    grad_C_of_K, grad_W_K = product_vjp(grad_K, C, W_K)
    grad_C_of_V, grad_W_V = product_vjp(grad_V, C, W_V)
    return grad_X, grad_C_of_K + grad_C_of_V, grad_W_Q, grad_W_K, grad_W_V


@gradient("inf.attention.scores")
def attention_scores_vjp(grad_S, Q, K, *, heads):
    return head_scores_vjp(grad_S, Q, K, heads)


@gradient("inf.attention.density")
def attention_density_vjp(grad_mu, grad_var, S, w_mu, w_sigma, b_mu, b_sigma, *, variance_floor=0.0):
    of_mean, of_variance = S @ w_mu + b_mu, S @ w_sigma + b_sigma
    grad_mean = grad_mu * sigmoid_slope(of_mean)
    grad_variance = grad_var * sigmoid(of_variance) * (softplus(of_variance) > variance_floor)  # softplus' = σ
    rows = S.reshape(-1, S.shape[-1])
    return (grad_mean[..., None] * w_mu + grad_variance[..., None] * w_sigma, grad_mean.ravel() @ rows, grad_variance.ravel() @ rows,
            grad_mean.sum(), grad_variance.sum())


@gradient("inf.attention.density_moments")
def attention_density_moments_vjp(grad_mu, grad_var, S, mu_j, sigma_j):
    p = softmax(S)
    centred = mu_j - (p @ mu_j)[..., None]
    # The mean inside of the variance has no part in it: Σ p_j (mu_j − mu) = 0. Nor has a shift of grad_p, as p sums to 1.
    return softmax_vjp(grad_mu[..., None] * centred + grad_var[..., None] * (centred ** 2 + sigma_j ** 2), p)


@gradient("inf.attention.basis_expectation")
def basis_expectation_vjp(grad_r, mu, var, mu_j, sigma_j):
    variance = var[..., None] + sigma_j ** 2
    ahead = mu_j - mu[..., None]
    weighted = grad_r * basis_expectation(mu, var, mu_j, sigma_j) / variance
    return np.sum(weighted * ahead, axis=-1), np.sum(weighted * (ahead ** 2 / variance - 1), axis=-1) / 2


@gradient("inf.attention.context")
def attention_context_vjp(grad_Z_ltm, r, V, W_O):
    grad_read, grad_W_O = product_vjp(grad_Z_ltm, merge_heads(r @ split_heads(V, r.shape[1])), W_O)
    return *retrieve_vjp(grad_read, r, V), grad_W_O


@gradient("inf.attention.combine")
def attention_combine_vjp(grad_Z, Z_stm, Z_ltm):
    return grad_Z, grad_Z


@gradient("inf.regulariser.kl")
def regulariser_kl_vjp(grad_kl, mu, var, *, sigma_0, mu_0=None):
    grad_mu = np.zeros_like(mu) if mu_0 is None else grad_kl * (mu - mu_0) / sigma_0 ** 2
    return grad_mu, grad_kl * (var - sigma_0 ** 2) / (2 * sigma_0 ** 2 * var)


# The unbounded memory

@gradient("inf.memory.update")
def memory_update_vjp(grad_C_next, C, X_new, t_past, t_joint, mu_j, sigma_j, *, ridge):
    grad_X = regress_vjp(grad_C_next, basis_evaluate(t_joint, mu_j, sigma_j), ridge)
    samples = t_past.shape[-1]
    return signal_evaluate_vjp(grad_X[:, :samples], C, basis_evaluate(t_past, mu_j, sigma_j)), grad_X[:, samples:]


# Whole layers

@gradient("inf.layer")
def layer_vjp(grad_Z_ltm, grad_C_next, grad_mu, grad_var, X_query, X_new, C, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma,
              W_conv=None, b_conv=None, u=None, *,
              heads, count, widths, ridge, samples, tau, variance_floor=0.0, smooth=False, sticky=False, bins=None):
    require_inputs_of_options(smooth, sticky, W_conv, b_conv, u, bins)
    mu_j, sigma_j = basis_grid(count=count, widths=widths, dtype=C.dtype)
    Q, K, V = attention_project(X_query, C, W_Q, W_K, W_V)
    S = attention_scores(Q, K, heads=heads)
    mu, var = attention_density(S, w_mu, w_sigma, b_mu, b_sigma, variance_floor=variance_floor)

    grad_r, grad_V, grad_W_O = attention_context_vjp(grad_Z_ltm, basis_expectation(mu, var, mu_j, sigma_j), V, W_O)
    mu_of_context, var_of_context = basis_expectation_vjp(grad_r, mu, var, mu_j, sigma_j)
    grad_S, grad_w_mu, grad_w_sigma, grad_b_mu, grad_b_sigma = attention_density_vjp(
        grad_mu + mu_of_context, grad_var + var_of_context, S, w_mu, w_sigma, b_mu, b_sigma, variance_floor=variance_floor)
    grad_Q, grad_K = attention_scores_vjp(grad_S, Q, K, heads=heads)
    grad_X_query, C_of_attention, grad_W_Q, grad_W_K, grad_W_V = attention_project_vjp(grad_Q, grad_K, grad_V, X_query, C, W_Q, W_K, W_V)

    t_past, t_joint = memory_positions(samples=samples, length=X_new.shape[1], tau=tau, dtype=C.dtype)
    if sticky:
        t_past = sticky_positions(sticky_histogram(mu, var, bins=bins), u)
    C_of_update, grad_X_new = memory_update_vjp(grad_C_next, C, X_new, t_past, t_joint, mu_j, sigma_j, ridge=ridge)
    return {
        "grad_X_query": grad_X_query, "grad_C": C_of_attention + C_of_update,
        "grad_W_Q": grad_W_Q, "grad_W_K": grad_W_K, "grad_W_V": grad_W_V, "grad_W_O": grad_W_O,
        "grad_w_mu": grad_w_mu, "grad_w_sigma": grad_w_sigma, "grad_b_mu": grad_b_mu, "grad_b_sigma": grad_b_sigma,
        **smoothed_vjp(grad_X_new, X_new, W_conv, b_conv, smooth),
    }


def smoothed_vjp(grad_X_s, X_new, W_conv, b_conv, smooth):
    """Of X_s = smooth_gate(X_new, W_conv, b_conv), or X_new itself: the gradients by name; zeros of weights that were given for nothing."""
    if smooth:
        return dict(zip(("grad_X_new", "grad_W_conv", "grad_b_conv"), smooth_gate_vjp(grad_X_s, X_new, W_conv, b_conv)))
    return {"grad_X_new": grad_X_s, **{f"grad_{name}": np.zeros_like(weight)
                                       for name, weight in (("W_conv", W_conv), ("b_conv", b_conv)) if weight is not None}}


@gradient("inf.rollout")
def rollout_vjp(grad_Z_ltm, grad_C_S, X, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv=None, b_conv=None, u=None, C_0=None, *,
                bptt, **attributes):
    full = carries_gradient(bptt)
    weights = {"W_Q": W_Q, "W_K": W_K, "W_V": W_V, "W_O": W_O, "w_mu": w_mu, "w_sigma": w_sigma, "b_mu": b_mu, "b_sigma": b_sigma,
               "W_conv": W_conv, "b_conv": b_conv}
    smooth, dtype = attributes.get("smooth", False), X.dtype

    def first_segment():
        return basis_evaluate(positions_segment(length=X.shape[2], dtype=dtype),
                              *basis_grid(count=attributes["count"], widths=attributes["widths"], dtype=dtype))

    entering, C = [], C_0  # the memory that enters every segment
    for s, X_s in enumerate(X[:-1]):
        entering.append(C)
        if C is None:
            C = regress(smooth_gate(X_s, W_conv, b_conv) if smooth else X_s, first_segment(), attributes["ridge"])
        else:
            C = layer(X_s, X_s, C, **weights, u=None if u is None else u[s], **attributes)[1]
    entering.append(C)

    grads = {f"grad_{name}": np.zeros_like(weight) for name, weight in weights.items() if weight is not None}
    grads["grad_X"], grad_C = np.zeros_like(X), grad_C_S
    for s in reversed(range(len(X))):
        if entering[s] is None:
            of_segment = smoothed_vjp(regress_vjp(grad_C, first_segment(), attributes["ridge"]), X[s], W_conv, b_conv, smooth)
        else:
            no_density = np.zeros((X.shape[1], attributes["heads"], X.shape[2]), dtype=dtype)
            of_segment = layer_vjp(grad_Z_ltm[s], grad_C, no_density, no_density, X[s], X[s], entering[s], **weights,
                                   u=None if u is None else u[s], **attributes)
            grads["grad_X"][s] += of_segment["grad_X_query"]
            grad_C = of_segment["grad_C"] if full or s == 0 else np.zeros_like(grad_C)
        grads["grad_X"][s] += of_segment["grad_X_new"]
        for name in grads.keys() & of_segment.keys():
            grads[name] += of_segment[name]
    return {**grads, "grad_C_0": None if C_0 is None else grad_C}
