"""The ∞-former's memory (Martins et al. 2022, ACL): an unbounded past kept as a continuous signal, read by Gaussian attention.

    B batch   L tokens of a segment   N basis functions   e width   H heads   dh = e/H
    M samples of the past   D bins   P positions   S segments

The signal is x̄(t) = Cᵀ psi(t) on [0,1], C [B,N,e], with Gaussian basis functions psi_j(t) = N(t; mu_j, sigma_j²). (mu_j, sigma_j) are
always the basis', (mu, var) an attention density's; N(x; m, v) has variance v. Weights act from the right (X W) and are [in, out].

Positions, grids and regression operators depend on sizes and attributes alone. They are computed once, in float64, and rounded
once: i/L and τ + (1-τ) i/L lose digits in float32 that a basis function of width 0.005 makes visible.
"""

import math

import torch
import torch.nn.functional as F

from lm2 import entering, merge_heads, split_heads
from precomputed import precomputed


def smooth_gate(X, W_conv, b_conv):
    """X [B,L,e], W_conv [e,e,3] (out, in, tap), b_conv [e] → X_s = σ(conv(X)) ⊙ X, zeros outside the segment. ∞ §3.4."""
    return torch.sigmoid(F.conv1d(X.transpose(1, 2), W_conv, b_conv, padding=1)).transpose(1, 2) * X


# The basis and the positions ------------------------------------------------------------------------------------------------


@precomputed
def grid(count, widths, *, dtype, device):
    """mu_j, sigma_j [N]: equally spaced centres in [0,1], each with every width (widths inner); a sole centre is 0. ∞ §2.2."""
    if count % len(widths):
        raise ValueError(f"count must be a multiple of the number of widths, found {count} and {len(widths)} widths")
    centres = count // len(widths)
    mu_j = torch.arange(centres, dtype=torch.float64) / max(centres - 1, 1)
    sigma_j = torch.tensor(widths, dtype=torch.float64)
    return mu_j.repeat_interleave(len(widths)).to(device, dtype), sigma_j.repeat(centres).to(device, dtype)


def normal_density(x, mean, variance):
    """N(x; mean, variance), broadcast. With s = 1/√variance and z = (x - mean)s it is exp(-½z² - ½ln 2π) s: no division."""
    s = torch.rsqrt(variance)
    z = (x - mean) * s
    return torch.addcmul(z.new_tensor(-0.5 * math.log(2 * math.pi)), z, z, value=-0.5).exp_() * s


def evaluate_basis(t, mu_j, sigma_j):
    """t [P] or [B,P] → psi [P,N] or [B,P,N]. ∞ §2.2."""
    return normal_density(t[..., None], mu_j, sigma_j.square())


@precomputed
def segment_positions(length, *, dtype, device):
    """t [L] = i/L, i = 1…L. ∞ §2.2."""
    return (torch.arange(1, length + 1, dtype=torch.float64) / length).to(device, dtype)


@precomputed
def memory_positions(samples, length, tau, *, dtype, device):
    """Where the old memory is sampled, t_past [M] = m/M, and where samples and segment are put, t_joint [M+L]. ∞ §3.2."""
    t_past = segment_positions(samples, dtype=torch.float64, device="cpu")
    t_new = tau + (1 - tau) * segment_positions(length, dtype=torch.float64, device="cpu")
    return t_past.to(device, dtype), torch.cat([tau * t_past, t_new]).to(device, dtype)


# Regression -----------------------------------------------------------------------------------------------------------------


def ridge_factor(psi, ridge):
    """The Cholesky factor [N,N] of F Fᵀ + λI, F = psiᵀ, for psi [P,N]."""
    gram = psi.mT @ psi
    gram.diagonal().add_(ridge)
    return torch.linalg.cholesky(gram)


def regression_operator(psi, *, ridge):
    """psi [P,N] → G [P,N] = Fᵀ(F Fᵀ + λI)⁻¹, F = psiᵀ. ∞ §2.2. In float64, whatever psi is: narrow bases condition badly."""
    wide = psi.double()
    return torch.cholesky_solve(wide.mT, ridge_factor(wide, ridge)).mT.to(psi.dtype)


def ridge_solution(psi, X, factor):
    """psi [P,N] in float64, X [B,P,e], ridge_factor's factor [N,N] → (F Fᵀ + λI)⁻¹ F X [B,N,e] in X's dtype."""
    # All of the batch is one right-hand side [N, B·e] of one factor.
    right = psi.mT @ X.double()
    B, N, e = right.shape
    solved = torch.cholesky_solve(right.transpose(0, 1).reshape(N, B * e), factor)
    return solved.view(N, B, e).transpose(0, 1).to(X.dtype)


def coefficients(X, G):
    """X [B,P,e], G [P,N] → C [B,N,e] = Gᵀ X. ∞ §2.2."""
    return G.mT @ X


def evaluate_signal(C, psi):
    """C [B,N,e], psi [P,N] or [B,P,N] → X_bar [B,P,e] = psi C. ∞ §2.2."""
    return psi @ C


@precomputed
def segment_operator(count, widths, ridge, length, dtype, device):
    """Gᵀ [N,L], for the first segment: it is spread over the whole of (0,1]."""
    psi = evaluate_basis(segment_positions(length, dtype=torch.float64, device="cpu"), *_grid64(count, widths))
    return regression_operator(psi, ridge=ridge).mT.contiguous().to(device, dtype)


@precomputed
def update_operators(count, widths, ridge, samples, length, tau, dtype, device):
    """The two halves of Gᵀ on t_joint, for the samples [N,M] and the segment [N,L], and the first times psi(t_past) [N,N].

    With samples at m/M the update C_next = Gᵀ(psi(t_past) C ‖ X_new) is linear in C, by an operator that never changes.
    """
    basis = _grid64(count, widths)
    t_past, t_joint = memory_positions(samples, length, tau, dtype=torch.float64, device="cpu")
    G = regression_operator(evaluate_basis(t_joint, *basis), ridge=ridge)
    return tuple(part.contiguous().to(device, dtype) for part in operator_parts(G, t_past, basis))


def operator_parts(G, t_past, basis):
    """G [M+L,N] → the halves of Gᵀ for the samples [N,M] and the segment [N,L], and the first times psi(t_past) [N,N]."""
    of_samples, of_segment = G.mT.split([len(t_past), len(G) - len(t_past)], dim=1)
    return of_samples, of_segment, of_samples @ evaluate_basis(t_past, *basis)


def _grid64(count, widths):
    return grid(count, widths, dtype=torch.float64, device="cpu")


def update(C, X_new, t_past, t_joint, mu_j, sigma_j, *, ridge):
    """C [B,N,e], X_new [B,L,e], t_past [M] or [B,M], t_joint [M+L] → C_next [B,N,e]: samples ‖ segment, regressed. ∞ §3.2.

    For positions and a basis known only at run time; update_operators() is faster where they follow from attributes.
    """
    X = torch.cat([evaluate_signal(C, evaluate_basis(t_past, mu_j, sigma_j)), X_new], dim=1)
    psi = evaluate_basis(t_joint.double(), mu_j.double(), sigma_j.double())
    return ridge_solution(psi, X, ridge_factor(psi, ridge))


# Attention ------------------------------------------------------------------------------------------------------------------


def project(X, C, W_Q, W_K, W_V):
    """X [B,L,e], C [B,N,e], W [e,e] → Q = X W_Q [B,L,e], K = C W_K, V = C W_V [B,N,e]. ∞ §3.1."""
    return X @ W_Q, C @ W_K, C @ W_V


def scores(Q, K, *, heads):
    """Q [B,L,e], K [B,N,e] → S [B,H,L,N] = Q_h K_hᵀ/√dh. ∞ §3.1."""
    return (split_heads(Q, heads) @ split_heads(K, heads).transpose(-2, -1)) * (heads / Q.shape[-1]) ** 0.5


def density(S, w_mu, w_sigma, b_mu, b_sigma, *, variance_floor=0.0):
    """S [B,H,L,N], w [N], b [] → mu = σ(S w_mu + b_mu), var = max(softplus(S w_sigma + b_sigma), floor), [B,H,L]. ∞ §3.1."""
    # softplus turns into the identity at 20 by default, which float64 tells apart (e⁻²⁰ = 2e-9). At 40 no dtype does.
    var = F.softplus(S @ w_sigma + b_sigma, threshold=40)
    return torch.sigmoid(S @ w_mu + b_mu), var.clamp(min=variance_floor)


def density_moments(S, mu_j, sigma_j):
    """S [B,H,L,N] → mu, var [B,H,L]: mean and variance of the mixture Σ_j p_j psi_j, p = softmax(S). The authors' code."""
    p = torch.softmax(S, dim=-1)
    mu = p @ mu_j
    # Centred, and so never negative: Σ p_j (mu_j² + sigma_j²) - mu² cancels where the mixture is narrow.
    var = (p * torch.addcmul(sigma_j.square(), mu_j - mu[..., None], mu_j - mu[..., None])).sum(-1)
    return mu, var


def basis_expectation(mu, var, mu_j, sigma_j):
    """mu, var [B,H,L] → r [B,H,L,N] = ∫ N(t; mu, var) psi_j(t) dt = N(mu; mu_j, var + sigma_j²). ∞ §3.1."""
    return normal_density(mu[..., None], mu_j, var[..., None] + sigma_j.square())


def expectation_jacobian(mu, var, mu_j, sigma_j):
    """J [B,H,L,2,N] = ∂r/∂θ, θ = (mu/var, -1/(2var)). CA."""
    return expectation_and_jacobian(mu, var, mu_j, sigma_j)[1]


def expectation_and_jacobian(mu, var, mu_j, sigma_j):
    """mu, var [B,H,L] → r [B,H,L,N], J [B,H,L,2,N]: forward and backward pass of continuous softmax. CA.

    The product of the two Gaussians has mean mu + δ with k = var/(var + sigma_j²), δ = k(mu_j - mu). J_0 = rδ is the
    covariance of psi_j with t, J_1 = r(δ(2mu + δ) - k var) that with t².
    """
    mu, var = mu[..., None], var[..., None]
    variance = var + sigma_j.square()
    r = normal_density(mu, mu_j, variance)
    k = var / variance
    delta = k * (mu_j - mu)
    return r, torch.stack([r * delta, r * (delta * (2 * mu + delta) - k * var)], dim=-2)


def context(r, V, W_O):
    """r [B,H,L,N], V [B,N,e], W_O [e,e] → Z_ltm [B,L,e]: r_h V_h, heads concatenated, times W_O. ∞ §3.1."""
    return merge_heads(r @ split_heads(V, r.shape[1])) @ W_O


def combine(Z_stm, Z_ltm):
    """Z [B,L,e] = Z_stm + Z_ltm. ∞ §3.1."""
    return Z_stm + Z_ltm


def regulariser_kl(mu, var, *, sigma_0, mu_0=None):
    """mu, var [B,H,L] → kl [B,H,L] = ½(var/σ₀² - ln(var/σ₀²) - 1 [+ (mu - mu_0)²/σ₀²]). ∞ §3.4; mu_0 is an extension."""
    ratio = var / sigma_0**2
    kl = ratio - 1 - torch.log(ratio)
    if mu_0 is not None:
        kl = kl + ((mu - mu_0) / sigma_0).square()
    return 0.5 * kl


# Sticky memories ------------------------------------------------------------------------------------------------------------


def sticky_histogram(mu, var, *, bins):
    """mu, var [B,H,L] → p [B,D]: the share of all densities' mass on [0,1] in each of D equal bins. ∞ §3.3."""
    return mass_in_bins(mu, var, segment_edges(bins, mu.dtype, mu.device))


def mass_in_bins(mu, var, edges):
    """mu, var [B,H,L], edges [D+1] → the share [B,D] of each bin in the mass of all densities between the outer edges."""
    mass = normal_mass((edges - mu[..., None]) * torch.rsqrt(2 * var)[..., None]).sum(dim=(1, 2))
    return mass / mass.sum(-1, keepdim=True)


def normal_mass(x):
    """x [...,D+1] ascending → the mass [...,D] of N(0, ½) between neighbours."""
    # Φ - [x > 0] is the tail towards the nearer end with its sign: erf, close to ±1, would lose all digits of a far tail.
    above = x > 0
    tail = 0.5 * torch.special.erfc(x.abs())
    return torch.where(above, -tail, tail).diff(dim=-1) + above.diff(dim=-1)


@precomputed
def segment_edges(bins, dtype, device):
    """The edges j/D [D+1] of equal bins."""
    return (torch.arange(bins + 1, dtype=torch.float64) / bins).to(device, dtype)


def sticky_positions(p, u):
    """p [B,D], u [B,M] in [0,1) → t_past [B,M], sorted: the inverse of p's piecewise linear distribution function at u. ∞ §3.3."""
    # In float64: u on an edge of the cumulative sum belongs to the bin above, so the sum has to be right there.
    bins = p.shape[-1]
    c = p.double().cumsum(-1)
    c = c / c[..., -1:]
    c[..., -1] = 1
    wide = u.double()
    b = torch.searchsorted(c, wide, right=True).clamp_(max=bins - 1)  # the clamp keeps NaN, from a histogram of no mass, in bounds
    upper = c.gather(-1, b)
    lower = F.pad(c, (1, 0)).gather(-1, b)
    t = (b + ((wide - lower) / (upper - lower)).clamp(0, 1)) / bins
    return t.sort(dim=-1).values.to(u.dtype)


# The layer ------------------------------------------------------------------------------------------------------------------


def layer(X_query, X_new, C, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv=None, b_conv=None, u=None, **attributes):
    """X_query, X_new [B,L,e], C [B,N,e] → Z_ltm [B,L,e], C_next [B,N,e], mu, var [B,H,L]. ∞ §3.

    attributes are layer_of_queries'.
    """
    return layer_of_queries(
        X_query @ W_Q, X_new, C, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv, b_conv, u, **attributes)


def layer_of_queries(Q, X_new, C, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv=None, b_conv=None, u=None, *,
                     heads, count, widths, ridge, samples, tau, variance_floor=0.0, smooth=False, sticky=False, bins=None):
    """The layer with queries Q [B,L,e] that the transformer has projected already.

    Attends over the incoming C, then updates it by X_new. With sticky, the past is sampled (by u [B,M]) where attention went,
    but put back evenly, so that what was attended to gets more of the memory.
    """
    dtype, device = C.dtype, C.device
    mu_j, sigma_j = grid(count, widths, dtype=dtype, device=device)
    mu, var = density(scores(Q, C @ W_K, heads=heads), w_mu, w_sigma, b_mu, b_sigma, variance_floor=variance_floor)
    Z_ltm = context(basis_expectation(mu, var, mu_j, sigma_j), C @ W_V, W_O)

    X_s = smooth_gate(X_new, W_conv, b_conv) if smooth else X_new
    of_samples, of_segment, carried = update_operators(count, widths, ridge, samples, X_new.shape[1], tau, dtype, device)
    if sticky:
        t_past = sticky_positions(sticky_histogram(mu.detach(), var.detach(), bins=bins), u)  # no gradient flows through what is drawn
        past = of_samples @ evaluate_signal(C, evaluate_basis(t_past, mu_j, sigma_j))
    else:
        past = carried @ C
    return Z_ltm, past + of_segment @ X_s, mu, var


def rollout(X, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv=None, b_conv=None, C_0=None, u=None, *,
            count, widths, ridge, smooth=False, bptt="full", **attributes):
    """Segments X [S,B,L,e] in turn, each query and new content at once → Z_ltm [S,B,L,e], C_S [B,N,e]. ∞ §3.2, §3.3.

    The state is C alone. Without C_0 the first segment reads nothing and becomes the memory by regression on i/L; u[0] is unused.
    """
    C, outputs = C_0, []
    for s, X_s in enumerate(X):
        if C is None:
            smoothed = smooth_gate(X_s, W_conv, b_conv) if smooth else X_s
            Z_ltm, C = torch.zeros_like(X_s), segment_operator(count, widths, ridge, X_s.shape[1], X.dtype, X.device) @ smoothed
        else:
            Z_ltm, C, _, _ = layer(
                X_s, X_s, entering(C, bptt) if s else C, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv, b_conv, None if u is None else u[s],
                count=count, widths=widths, ridge=ridge, smooth=smooth, **attributes)
        # Laid out as a memory that was stored and read back, so that a rollout continued from it gives the same bits.
        C = C.contiguous()
        outputs.append(Z_ltm)
    return torch.stack(outputs), C
