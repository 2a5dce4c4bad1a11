"""What the authors' published code of the ∞-former computes (deep-spin/infinite-former), where it departs from the paper, in NumPy.

The code has three versions, sorting, gpt2 and document_grounded. Basis, signal, scores, projections and context are the paper's.

Axes:  B batch, T querying tokens, L stored tokens of a segment, e width, H heads, N basis functions, P positions, M samples of the
       past, D bins, S segments. Symbols as in infinity_former.py.
"""

import numpy as np

import infinity_former as paper
from catalogue import equation
from special import gaussian, gaussian_bin_masses, sigmoid, truncated_gaussian_expectations


# Positions

@equation("inf-ref.positions.first")
def positions_first(*, length, dtype=np.float64):
    """t [L]: midpoints (i + ½)/L; t_padded: the same grid, ⌊L/2⌋ points longer on either side."""
    if length < 2:
        raise ValueError(f"length is {length}, expected at least 2: the code's operator for one token has no rows")
    beyond = length // 2
    t_padded = ((2 * np.arange(-beyond, length + beyond) + 1) / (2 * length)).astype(dtype)
    return t_padded[beyond:beyond + length], t_padded


@equation("inf-ref.positions.recurrent")
def positions_recurrent(*, samples, length, tau, dtype=np.float64):
    """t_past [M], t_joint [M+L] as in the paper; t_padded: t_joint between the points outside [0,1] of a grid of 2(M+L) from
    −½ + s to 3/2 − s, s = 1/(2L + M)."""
    require_even(length)
    t_past, t_joint = paper.memory_positions(samples=samples, length=length, tau=tau, dtype=dtype)
    # Point k of the grid is −½ + s + k(2 − 2s)/(2(M+L) − 1): in integers, so that it is exact before it is rounded.
    q, intervals = 2 * length + samples, 2 * (samples + length) - 1
    numerator, denominator = (2 - q) * intervals + 4 * (q - 1) * np.arange(intervals + 1), 2 * q * intervals
    below, above = ((numerator[outside] / denominator).astype(dtype) for outside in (numerator < 0, numerator > denominator))
    return t_past, t_joint, np.concatenate([below, t_joint, above])


def require_even(length):
    if length % 2:
        raise ValueError(f"{length} stored tokens, expected an even number: the code cannot be built for an odd one")


# The memory

def kept_positions(positions, kept):
    """Which of the positions are not padding: the middle ones."""
    padding = positions - kept
    if padding < 0 or padding % 2:
        raise ValueError(f"{kept} of {positions} positions are kept, expected as many of them left out on either side")
    return slice(padding // 2, padding // 2 + kept)


@equation("inf-ref.regression.operator")
def regression_operator(psi, *, ridge, kept):
    """psi [P,N] → G [K,N]: the middle rows of psi (psiᵀ psi + λI)⁻¹, so that what is at the padding counts as zeros."""
    return np.linalg.solve(paper.ridge_system(psi, ridge), psi[kept_positions(len(psi), kept)].T).T


@equation("inf-ref.memory.update")
def memory_update(C, X_new, t_past, t_padded, mu_j, sigma_j, *, ridge):
    """C [B,N,e], X_new [B,L,e], t_past [M] or [B,M], t_padded [P] → C_next [B,N,e]: resample the past, append, regress with zeros
    at the padding."""
    X_past = paper.signal_evaluate(C, paper.basis_evaluate(t_past, mu_j, sigma_j))
    return store(np.concatenate([X_past, X_new], axis=1), t_padded, mu_j, sigma_j, ridge)


def store(X, t_padded, mu_j, sigma_j, ridge):
    """X [B,K,e] at the middle K of t_padded [P] → C [B,N,e]"""
    return paper.regress(X, paper.basis_evaluate(t_padded, mu_j, sigma_j), ridge, kept_positions(len(t_padded), X.shape[1]))


# Continuous attention

@equation("inf-ref.attention.density")
def attention_density(S, w_mu, w_sigma, *, variance_floor):
    """S [B,H,T,N], w_mu, w_sigma [N] → mu, var [B,H,T]: the paper's affine maps without biases."""
    return paper.attention_density(S, w_mu, w_sigma, 0, 0, variance_floor=variance_floor)


@equation("inf-ref.attention.density_moments")
def attention_density_moments(S, mu_j, sigma_j):
    """S [B,H,T,N] → mu, var [B,H,T]: moments of the mixture of basis functions with weights softmax(S), without a floor."""
    return paper.attention_density_moments(S, mu_j, sigma_j)


@equation("inf-ref.attention.softmax")
def attention_softmax(mu, var, mu_j, sigma_j):
    """mu, var [B,H,T] → r [B,H,T,N], J [B,H,T,2,N] = ∂r/∂θ. The code goes to θ = (mu/var, −1/(2var)) and back, and takes
    differences of moments, which the paper's forms do without."""
    return paper.basis_expectation(mu, var, mu_j, sigma_j), paper.expectation_jacobian(mu, var, mu_j, sigma_j)


@equation("inf-ref.attention.sparsemax")
def attention_sparsemax(mu, var, mu_j, sigma_j):
    """mu, var [B,H,T] → r [B,H,T,N], J [B,H,T,2,N] = ∂r/∂θ: expectations under the parabola (a² − s²)/(2var) on [−a, a],
    s = t − mu, which is nowhere cut to [0,1]; the covariances with t and t² are those of the uniform density on [−a, a], times 2a."""
    mu, var = mu[..., None], var[..., None]
    a = np.cbrt(3 * var / 2)
    r, J_0, J_1 = truncated_gaussian_expectations(
        [lambda s: (a - s) * (a + s) / (2 * var), lambda s: s, lambda s: s * (2 * mu + s) - a * a / 3], mu, a, mu_j, sigma_j)
    return r, np.stack([J_0, J_1], axis=-2)


@equation("inf-ref.basis.integrals")
def basis_integrals(low, high, mu_j, sigma_j):
    """low, high [B,H,T] → I_0, I_1, I_2 [B,H,T,N]: ∫ psi_j, ∫ t psi_j and ∫ t² psi_j between them."""
    low, high, variance = low[..., None], high[..., None], sigma_j * sigma_j
    half = (high - low) / 2
    (I_0,) = truncated_gaussian_expectations([np.ones_like], (low + high) / 2, np.abs(half), mu_j, sigma_j)
    I_0 = np.sign(half) * I_0
    at_low, at_high = (variance * gaussian(edge, mu_j, variance) for edge in (low, high))
    return (I_0, mu_j * I_0 - (at_high - at_low),
            (mu_j * mu_j + variance) * I_0 - (high + mu_j) * at_high + (low + mu_j) * at_low)


@equation("inf-ref.regulariser.kl")
def regulariser_kl(mu, var, *, version, sigma_0, mu_0=None):
    """mu, var [B,H,T] → kl [B,H,T]: the paper's divergence; the versions differ in when the prior's mean counts.

    sorting: where it is given. gpt2: where it is not positive. document_grounded: never.
    """
    if version == "gpt2":
        if mu_0 is None:
            raise ValueError("version 'gpt2' needs mu_0: the code compares it with 0")
        counts = mu_0 <= 0
    elif version in ("sorting", "document_grounded"):
        counts = version == "sorting"
    else:
        raise ValueError(f"version is {version!r}, expected 'sorting', 'gpt2' or 'document_grounded'")
    return paper.regulariser_kl(mu, var, sigma_0=sigma_0, mu_0=mu_0 if counts else None)


# Sticky memories

@equation("inf-ref.sticky.histogram")
def sticky_histogram(mu, var, *, bins=128):
    """mu, var [B,H,T] → p [B,D]: as in the paper, but the outer bins reach 1e-6 beyond [0,1]."""
    return paper.normalised_histogram(gaussian_bin_masses(mu, var, bins, beyond=1e-6))


@equation("inf-ref.sticky.positions")
def sticky_positions(b, *, bins=128):
    """b [B,M], bins that were drawn → t_past [B,M]: their left edges, sorted."""
    return np.sort(b, axis=-1) / bins


# Whole layers

@equation("inf-ref.smooth.linear")
def smooth_linear(X, W_mask, b_mask):
    """X [B,L,e], W_mask [L,L], b_mask [L] → X_s [B,L,e]: gates from a linear map along the tokens, the same for every feature."""
    return X * sigmoid((X.swapaxes(1, 2) @ W_mask + b_mask).swapaxes(1, 2))


@equation("inf-ref.read")
def read(X_query, C, W_Q, W_K, W_V, W_O, w_mu=None, w_sigma=None, *, heads, count, widths, affine=True, variance_floor=0.0, density="softmax"):
    """X_query [B,T,e], C [B,N,e], W_O [e,o] → Z_ltm [B,T,o], mu, var [B,H,T]: the memory is read and stays as it is."""
    expectations = {"softmax": paper.basis_expectation, "sparsemax": lambda *of: attention_sparsemax(*of)[0]}
    if density not in expectations:
        raise ValueError(f"density is {density!r}, expected 'softmax' or 'sparsemax'")
    mu_j, sigma_j = paper.basis_grid(count=count, widths=widths, dtype=C.dtype)
    Q, K, V = paper.attention_project(X_query, C, W_Q, W_K, W_V)
    S = paper.attention_scores(Q, K, heads=heads)
    if affine:
        mu, var = attention_density(S, w_mu, w_sigma, variance_floor=variance_floor)
    else:
        mu, var = attention_density_moments(S, mu_j, sigma_j)
    return paper.attention_context(expectations[density](mu, var, mu_j, sigma_j), V, W_O), mu, var


@equation("inf-ref.layer")
def layer(X_query, X_new, W_Q, W_K, W_V, W_O, w_mu=None, w_sigma=None, W_conv=None, b_conv=None, W_mask=None, b_mask=None, b=None, C=None, *,
          heads, count, widths, ridge, samples, tau, affine=True, variance_floor=0.0, density="softmax", smooth=False, linear_mask=False,
          sticky=False, bins=None):
    """X_query [B,T,e], X_new [B,L,e], perhaps C [B,N,e] → Z_ltm [B,T,o], C_next [B,N,e], mu, var [B,H,T]: update the memory, then
    attend to what it has become. Without C the segment alone is stored."""
    require_inputs_of_options(affine, smooth, linear_mask, sticky, w_mu, w_sigma, W_conv, b_conv, W_mask, b_mask, b, bins)
    L, dtype = X_new.shape[1], X_new.dtype
    require_even(L)
    mu_j, sigma_j = paper.basis_grid(count=count, widths=widths, dtype=dtype)
    X_s = paper.smooth_gate(X_new, W_conv, b_conv) if smooth else X_new
    if linear_mask:
        X_s = smooth_linear(X_s, W_mask, b_mask)
    if C is None:
        _, t_padded = positions_first(length=L, dtype=dtype)
        C_next = store(X_s, t_padded, mu_j, sigma_j, ridge)
    else:
        t_past, _, t_padded = positions_recurrent(samples=samples, length=L, tau=tau, dtype=dtype)
        C_next = memory_update(C, X_s, sticky_positions(b, bins=bins) if sticky else t_past, t_padded, mu_j, sigma_j, ridge=ridge)
    Z_ltm, mu, var = read(X_query, C_next, W_Q, W_K, W_V, W_O, w_mu, w_sigma, heads=heads, count=count, widths=widths, affine=affine,
                          variance_floor=variance_floor, density=density)
    return Z_ltm, C_next, mu, var


def require_inputs_of_options(affine, smooth, linear_mask, sticky, w_mu, w_sigma, W_conv, b_conv, W_mask, b_mask, b, bins):
    for option, on, names, tensors in (("affine", affine, "w_mu and w_sigma", (w_mu, w_sigma)),
                                       ("smooth", smooth, "W_conv and b_conv", (W_conv, b_conv)),
                                       ("linear_mask", linear_mask, "W_mask and b_mask", (W_mask, b_mask)),
                                       ("sticky", sticky, "b", (b,))):
        if any((tensor is not None) != on for tensor in tensors):
            raise ValueError(f"{option} is {on}, expected {names} to be {'given' if on else 'absent'}")
    if sticky and bins is None:
        raise ValueError("sticky needs bins")


@equation("inf-ref.rollout")
def rollout(X_query, X_new, W_Q, W_K, W_V, W_O, w_mu=None, w_sigma=None, W_conv=None, b_conv=None, W_mask=None, b_mask=None, b=None,
            new_doc=None, C_0=None, *, reset=2048, **attributes):
    """X_query [S,B,T,e], X_new [S,B,L,e], perhaps C_0 [B,N,e], b [S,B,M], new_doc [S] → Z_ltm [S,B,T,o], C_S [B,N,e]: the layer over S
    segments.

    The memory is emptied before a segment where `new_doc` is 1, or where `reset` tokens or more were stored since the start or the last
    time (0: never). The other attributes are the layer's.
    """
    C, stored, Z_ltm = C_0, 0, np.empty((*X_query.shape[:3], W_O.shape[1]), X_query.dtype)
    for s in range(len(X_new)):
        if 0 < reset <= stored or new_doc is not None and new_doc[s] == 1:
            C, stored = None, 0
        Z_ltm[s], C, _, _ = layer(X_query[s], X_new[s], W_Q, W_K, W_V, W_O, w_mu, w_sigma, W_conv, b_conv, W_mask, b_mask,
                                  None if b is None else b[s], C, **attributes)
        stored += X_new.shape[2]
    return Z_ltm, C
