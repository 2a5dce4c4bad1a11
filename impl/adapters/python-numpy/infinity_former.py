"""The ∞-former (Martins, Marinho, Martins, "∞-former: Infinite Memory Transformer", ACL 2022, arXiv 2109.00301), in NumPy.

Axes:  B batch, L tokens of a segment, e width, H heads, dh = e/H width of a head, N basis functions, P positions,
       M samples of the past, D bins, S segments.

Matrices act from the right (x W). mu_j, sigma_j [N] are centres and deviations of the basis functions psi_j(t) = N(t; mu_j, sigma_j²);
mu, var [B,H,L] describe the densities by which queries attend. The memory is C [B,N,e], the signal x̄(t) = Cᵀ psi(t).
"CA" is Martins et al., "Sparse and Continuous Attention Mechanisms", NeurIPS 2020; "code" is what only the authors' program says.
"""

import numpy as np

from catalogue import equation
from lm2 import head_scores, merge_heads, split_heads
from special import gaussian, gaussian_bin_masses, sigmoid, softmax, softplus


# The continuous signal

@equation("inf.smooth.gate")
def smooth_gate(X, W_conv, b_conv):
    """X [B,L,e], W_conv [e,e,3] (out, in, tap), b_conv [e] → X_s [B,L,e]: X gated by a convolution of itself, zero outside. §3.4, code"""
    taps = np.lib.stride_tricks.sliding_window_view(np.pad(X, ((0, 0), (1, 1), (0, 0))), 3, axis=1)  # [B,L,e,3]
    return sigmoid(np.tensordot(taps, W_conv, axes=((2, 3), (1, 2))) + b_conv) * X


@equation("inf.basis.grid")
def basis_grid(*, count, widths, dtype=np.float64):
    """mu_j, sigma_j [N]: evenly spaced centres on [0,1], each with every width (widths inner). §2.2, code"""
    centres, rest = divmod(count, len(widths))
    if rest:
        raise ValueError(f"count is {count}, expected a multiple of the {len(widths)} widths")
    # Not linspace, which multiplies by a rounded step.
    centre = np.arange(centres) / max(centres - 1, 1)
    return np.repeat(centre, len(widths)).astype(dtype), np.tile(np.array(widths), centres).astype(dtype)


@equation("inf.basis.evaluate")
def basis_evaluate(t, mu_j, sigma_j):
    """t [P] or [B,P] → psi [P,N] or [B,P,N]. §2.2"""
    return gaussian(t[..., None], mu_j, sigma_j ** 2)


@equation("inf.positions.segment")
def positions_segment(*, length, dtype=np.float64):
    """t [L] = i/L, i = 1…L. §2.2"""
    return (np.arange(1, length + 1) / length).astype(dtype)


@equation("inf.regression.operator")
def regression_operator(psi, *, ridge):
    """psi [P,N] → G [P,N] = Fᵀ (F Fᵀ + λI)⁻¹, with F = psiᵀ. §2.2"""
    return np.linalg.solve(ridge_system(psi, ridge), psi.T).T


def ridge_system(psi, ridge):
    """psi [P,N] → F Fᵀ + λI [N,N]"""
    return psi.T @ psi + ridge * np.eye(psi.shape[1], dtype=psi.dtype)


@equation("inf.regression.coefficients")
def regression_coefficients(X, G):
    """X [B,P,e], G [P,N] → C [B,N,e] = Gᵀ X. §2.2"""
    return G.T @ X


def regress(X, psi, ridge, kept=slice(None)):
    """X [B,K,e] at the kept ones of the positions with psi [P,N], 0 at the others → C [B,N,e] = (F Fᵀ + λI)⁻¹ F X: both equations
    above, without forming G."""
    B, _, e = X.shape
    rhs = (psi[kept].T @ X).transpose(1, 0, 2).reshape(-1, B * e)  # one factorisation for the whole batch
    C = np.linalg.solve(ridge_system(psi, ridge), rhs).reshape(-1, B, e).transpose(1, 0, 2)
    # Laid out as a memory that was stored and read back, so that a rollout continued from it gives the same bits.
    return np.ascontiguousarray(C)


@equation("inf.signal.evaluate")
def signal_evaluate(C, psi):
    """C [B,N,e], psi [P,N] or [B,P,N] → X_bar [B,P,e] = psi C. §2.2"""
    return psi @ C


# Continuous attention

@equation("inf.attention.project")
def attention_project(X, C, W_Q, W_K, W_V):
    """X [B,L,e], C [B,N,e] → Q [B,L,e], K [B,N,e], V [B,N,e]: queries from tokens, keys and values from the memory. §3.1, code"""
    return X @ W_Q, C @ W_K, C @ W_V


@equation("inf.attention.scores")
def attention_scores(Q, K, *, heads):
    """Q [B,L,e], K [B,N,e] → S [B,H,L,N] = Q_h K_hᵀ/√dh. §3.1"""
    return head_scores(Q, K, heads)


@equation("inf.attention.density")
def attention_density(S, w_mu, w_sigma, b_mu, b_sigma, *, variance_floor=0.0):
    """S [B,H,L,N], w_mu, w_sigma [N], b_mu, b_sigma [] → mu, var [B,H,L]: mean σ(S w_mu + b_mu), variance softplus(S w_sigma + b_sigma),
    no less than the floor. §3.1"""
    return sigmoid(S @ w_mu + b_mu), np.maximum(softplus(S @ w_sigma + b_sigma), variance_floor)


@equation("inf.attention.density_moments")
def attention_density_moments(S, mu_j, sigma_j):
    """S [B,H,L,N] → mu, var [B,H,L]: moments of the mixture of basis functions with weights softmax(S). Code"""
    p = softmax(S)
    mu = p @ mu_j
    # Σ p_j(mu_j² + sigma_j²) − mu² without its cancellation: never negative.
    var = np.sum(p * ((mu_j - mu[..., None]) ** 2 + sigma_j ** 2), axis=-1)
    return mu, var


@equation("inf.attention.basis_expectation")
def basis_expectation(mu, var, mu_j, sigma_j):
    """mu, var [B,H,L] → r [B,H,L,N] = ∫ N(t; mu, var) psi_j(t) dt = N(mu; mu_j, var + sigma_j²). §3.1, CA"""
    return gaussian(mu[..., None], mu_j, var[..., None] + sigma_j ** 2)


@equation("inf.attention.expectation_jacobian")
def expectation_jacobian(mu, var, mu_j, sigma_j):
    """mu, var [B,H,L] → J [B,H,L,2,N] = ∂r/∂θ, θ = (mu/var, −1/(2var)): the covariance of psi with (t, t²). CA

    Under N(t; mu, var)·psi_j(t)/r_j, t has the mean mu + delta and the variance var − k var.
    """
    r = basis_expectation(mu, var, mu_j, sigma_j)
    mu, var = mu[..., None], var[..., None]
    k = var / (var + sigma_j ** 2)
    delta = k * (mu_j - mu)
    return np.stack([r * delta, r * (delta * (2 * mu + delta) - k * var)], axis=-2)


@equation("inf.attention.context")
def attention_context(r, V, W_O):
    """r [B,H,L,N], V [B,N,e], W_O [e,e] → Z_ltm [B,L,e] = concat_h(r_h V_h) W_O. §3.1"""
    return merge_heads(r @ split_heads(V, r.shape[1])) @ W_O


@equation("inf.attention.combine")
def attention_combine(Z_stm, Z_ltm):
    """Z_stm, Z_ltm [B,L,e] → Z [B,L,e]. §3.1"""
    return Z_stm + Z_ltm


@equation("inf.regulariser.kl")
def regulariser_kl(mu, var, *, sigma_0, mu_0=None):
    """mu, var [B,H,L] → kl [B,H,L]: from N(mu, var) to N(mu_0, sigma_0²), by default with the prior's mean equal to mu. §3.4"""
    ratio = var / sigma_0 ** 2
    kl = (ratio - np.log(ratio) - 1) / 2
    return kl if mu_0 is None else kl + ((mu - mu_0) / sigma_0) ** 2 / 2


# The unbounded memory

@equation("inf.memory.positions")
def memory_positions(*, samples, length, tau, dtype=np.float64):
    """t_past [M] = m/M; t_joint [M+L]: the past contracted to (0,τ], then the segment on (τ,1]. §3.2; m/M is the code's"""
    # With τ = n/q, quotients of Python's unbounded integers: exact before they are rounded.
    n, q = tau.as_integer_ratio()
    past = [m / samples for m in range(1, samples + 1)]
    joint = ([n * m / (q * samples) for m in range(1, samples + 1)]
             + [(n * length + (q - n) * i) / (q * length) for i in range(1, length + 1)])
    return np.array(past).astype(dtype), np.array(joint).astype(dtype)


@equation("inf.memory.update")
def memory_update(C, X_new, t_past, t_joint, mu_j, sigma_j, *, ridge):
    """C [B,N,e], X_new [B,L,e], t_past [M] or [B,M], t_joint [M+L] → C_next [B,N,e]: resample the past, append, regress. §3.2"""
    X_past = signal_evaluate(C, basis_evaluate(t_past, mu_j, sigma_j))
    X = np.concatenate([X_past, X_new], axis=1)
    return regress(X, basis_evaluate(t_joint, mu_j, sigma_j), ridge)


# Sticky memories

@equation("inf.sticky.histogram")
def sticky_histogram(mu, var, *, bins):
    """mu, var [B,H,L] → p [B,D]: where on [0,1] all heads and tokens attended, mass outside dropped. §3.3"""
    return normalised_histogram(gaussian_bin_masses(mu, var, bins))


def normalised_histogram(masses):
    """masses [B,H,L,D] of densities in bins → p [B,D]"""
    p = masses.sum(axis=(1, 2))
    total = p.sum(axis=-1, keepdims=True)
    if not np.all(total > 0):
        raise ValueError("the densities have no mass on [0,1]")
    return p / total


@equation("inf.sticky.positions")
def sticky_positions(p, u):
    """p [B,D], uniforms u [B,M] → t_past [B,M]: u through the inverse of the piecewise linear distribution function, sorted. §3.3"""
    B, D = p.shape
    c = np.zeros((B, D + 1), dtype=p.dtype)
    np.cumsum(p, axis=-1, out=c[:, 1:])
    if not np.all(c[:, -1] > 0):
        raise ValueError("p sums to zero")
    c /= c[:, -1:]  # the last is now exactly 1, above every u
    lower = np.sum(c[:, None, :] <= u[:, :, None], axis=-1) - 1  # c[lower] <= u < c[lower + 1]
    c_lower, c_upper = (np.take_along_axis(c, index, axis=-1) for index in (lower, lower + 1))
    fraction = (u - c_lower) / (c_upper - c_lower)
    return np.sort((lower.astype(p.dtype) + fraction) / D, axis=-1)


# Whole layers

def require_inputs_of_options(smooth, sticky, W_conv, b_conv, u, bins):
    if smooth and (W_conv is None or b_conv is None):
        raise ValueError("smooth needs W_conv and b_conv")
    if sticky and (u is None or bins is None):
        raise ValueError("sticky needs u and bins")


@equation("inf.layer")
def layer(X_query, X_new, C, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv=None, b_conv=None, u=None, *,
          heads, count, widths, ridge, samples, tau, variance_floor=0.0, smooth=False, sticky=False, bins=None):
    """X_query, X_new [B,L,e], C [B,N,e] → Z_ltm [B,L,e], C_next [B,N,e], mu, var [B,H,L]: attend to the memory, then update it. §3"""
    require_inputs_of_options(smooth, sticky, W_conv, b_conv, u, bins)
    mu_j, sigma_j = basis_grid(count=count, widths=widths, dtype=C.dtype)
    Q, K, V = attention_project(X_query, C, W_Q, W_K, W_V)
    S = attention_scores(Q, K, heads=heads)
    mu, var = attention_density(S, w_mu, w_sigma, b_mu, b_sigma, variance_floor=variance_floor)
    Z_ltm = attention_context(basis_expectation(mu, var, mu_j, sigma_j), V, W_O)

    t_past, t_joint = memory_positions(samples=samples, length=X_new.shape[1], tau=tau, dtype=C.dtype)
    if sticky:
        t_past = sticky_positions(sticky_histogram(mu, var, bins=bins), u)
    if smooth:
        X_new = smooth_gate(X_new, W_conv, b_conv)
    return Z_ltm, memory_update(C, X_new, t_past, t_joint, mu_j, sigma_j, ridge=ridge), mu, var


@equation("inf.rollout")
def rollout(X, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv=None, b_conv=None, u=None, C_0=None, *,
            heads, count, widths, ridge, samples, tau, variance_floor=0.0, smooth=False, sticky=False, bins=None):
    """X [S,B,L,e], perhaps C_0 [B,N,e], u [S,B,M] → Z_ltm [S,B,L,e], C_S [B,N,e]: the layer over S segments. §3.2–3.3

    Without C_0 the first segment reads nothing and becomes the memory.
    """
    require_inputs_of_options(smooth, sticky, W_conv, b_conv, u, bins)
    C, Z_ltm = C_0, np.zeros_like(X)
    for s, X_s in enumerate(X):
        if C is None:
            smoothed = smooth_gate(X_s, W_conv, b_conv) if smooth else X_s
            psi = basis_evaluate(positions_segment(length=X.shape[2], dtype=X.dtype),
                                 *basis_grid(count=count, widths=widths, dtype=X.dtype))
            C = regress(smoothed, psi, ridge)
        else:
            Z_ltm[s], C, _, _ = layer(X_s, X_s, C, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv, b_conv,
                                      None if u is None else u[s],
                                      heads=heads, count=count, widths=widths, ridge=ridge, samples=samples, tau=tau,
                                      variance_floor=variance_floor, smooth=smooth, sticky=sticky, bins=bins)
    return Z_ltm, C
