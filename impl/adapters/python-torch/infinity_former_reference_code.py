"""The memory of the ∞-former's published code where it departs from the paper's: padded regression, update before attention, resets.

    B batch   T querying tokens   L stored tokens of a segment   N basis functions   e width   H heads   M samples of the past
    D bins   P positions   S segments

Basis, signal, projections, scores and context are the paper's, in infinity_former.py. Positions are exact and rounded once, where the
code has float32.
"""

import torch

import infinity_former as paper
from lm2 import entering
from precomputed import precomputed


# Positions and regression ---------------------------------------------------------------------------------------------------


@precomputed
def first_positions(length, *, dtype, device):
    """Of a first segment: t [L], midpoints (i+½)/L, and t_padded, the same grid with ⌊L/2⌋ more points on either side."""
    if length < 2:
        raise ValueError(f"length is {length}, expected at least 2: the code's operator for one token is empty")
    side = length // 2
    padded = (2 * torch.arange(-side, length + side) + 1).double() / (2 * length)
    return padded[side:side + length].to(device, dtype), padded.to(device, dtype)


@precomputed
def recurrent_positions(samples, length, tau, *, dtype, device):
    """Of a later segment: t_past [M], t_joint [M+L], the paper's, and t_padded, t_joint with points outside of [0,1] around it.

    These are of linspace(-½+s, 3/2-s, 2(M+L)), s = 1/(2L+M), which is not the spacing that the code means.
    """
    if length % 2:
        raise ValueError(f"length is {length}, expected an even one: the code cannot be built otherwise")
    t_past, t_joint = paper.memory_positions(samples, length, tau, dtype=torch.float64, device="cpu")
    # In whole numbers over 2(2L+M)(2(M+L)-1).
    q, intervals = 2 * length + samples, 2 * (samples + length) - 1
    numerator, denominator = 4 * (q - 1) * torch.arange(intervals + 1) + (2 - q) * intervals, 2 * q * intervals
    before, after = (numerator[part].double() / denominator for part in (numerator < 0, numerator > denominator))
    return t_past.to(device, dtype), t_joint.to(device, dtype), torch.cat([before, t_joint, after]).to(device, dtype)


def middle(positions, kept):
    """The slice of the kept positions, with as many of the padding before as behind."""
    padding = positions - kept
    if padding < 0 or padding % 2:
        raise ValueError(f"{positions} positions cannot be {kept} with as many before as behind them")
    return slice(padding // 2, padding // 2 + kept)


def regression_operator(psi, *, ridge, kept):
    """psi [P,N] → G [K,N]: the middle rows of psi (psiᵀpsi + λI)⁻¹, as if targets were 0 in the padding. In float64 throughout."""
    wide = psi.double()
    return torch.cholesky_solve(wide[middle(len(psi), kept)].mT, paper.ridge_factor(wide, ridge)).mT.to(psi.dtype)


@precomputed
def first_operator(count, widths, ridge, length, dtype, device):
    """Gᵀ [N,L] of a first segment."""
    _, t_padded = first_positions(length, dtype=torch.float64, device="cpu")
    psi = paper.evaluate_basis(t_padded, *paper.grid(count, widths, dtype=torch.float64, device="cpu"))
    return regression_operator(psi, ridge=ridge, kept=length).mT.contiguous().to(device, dtype)


@precomputed
def update_operators(count, widths, ridge, samples, length, tau, dtype, device):
    """As the paper's: the halves of Gᵀ for samples [N,M] and segment [N,L], and the first times psi(t_past) [N,N]."""
    basis = paper.grid(count, widths, dtype=torch.float64, device="cpu")
    t_past, _, t_padded = recurrent_positions(samples, length, tau, dtype=torch.float64, device="cpu")
    G = regression_operator(paper.evaluate_basis(t_padded, *basis), ridge=ridge, kept=samples + length)
    return tuple(part.contiguous().to(device, dtype) for part in paper.operator_parts(G, t_past, basis))


def update(C, X_new, t_past, t_padded, mu_j, sigma_j, *, ridge):
    """C [B,N,e], X_new [B,L,e], t_past [M] or [B,M], t_padded [P] → C_next [B,N,e]: samples ‖ segment, regressed, 0 in the padding.

    For positions and a basis known only at run time; update_operators() is faster where they follow from attributes.
    """
    X = torch.cat([paper.evaluate_signal(C, paper.evaluate_basis(t_past, mu_j, sigma_j)), X_new], dim=1)
    psi = paper.evaluate_basis(t_padded.double(), mu_j.double(), sigma_j.double())
    return paper.ridge_solution(psi[middle(len(psi), X.shape[1])], X, paper.ridge_factor(psi, ridge))


# Attention ------------------------------------------------------------------------------------------------------------------


def affine_density(S, w_mu, w_sigma, *, variance_floor):
    """S [B,H,T,N], w [N] → mu = σ(S w_mu), var = max(softplus(S w_sigma), floor), [B,H,T]: without biases."""
    return paper.density(S, w_mu, w_sigma, 0, 0, variance_floor=variance_floor)


def sparsemax(mu, var, mu_j, sigma_j):
    """mu, var [B,H,T] → r [B,H,T,N] = ∫ p psi_j, J [B,H,T,2,N], p the parabola (a² - (t-mu)²)/(2var) on mu ± a, a = (3var/2)^⅓.

    J is the code's backward pass, ∫ φ psi_j - ∫ φ ∫ psi_j/(2a) with φ = (t, t²). The integrals are those of 1, t - mu and (t - mu)²
    over [-a, a]: about 0, as the code has them, they cancel, the more the narrower the parabola.
    """
    mu, variance = mu[..., None], sigma_j.square()
    delta = mu_j - mu
    a = (1.5 * var[..., None]).pow(1 / 3)
    of_1 = paper.normal_mass(torch.stack([-a - delta, a - delta], dim=-1) * torch.rsqrt(2 * variance)[:, None])[..., 0]
    at_start, at_end = (paper.normal_density(edge, delta, variance) for edge in (-a, a))
    # By parts: psi_j' = (delta - x) psi_j/sigma_j².
    of_x = delta * of_1 - variance * (at_end - at_start)
    of_square = delta * of_x + variance * (of_1 - a * (at_end + at_start))
    third = a.square() / 3
    r = (3 * third * of_1 - of_square) / (2 * var[..., None])
    return r, torch.stack([of_x, of_square + 2 * mu * of_x - third * of_1], dim=-2)


def integrals(low, high, mu_j, sigma_j):
    """low, high [B,H,T] → I_0, I_1, I_2 [B,H,T,N]: ∫ t^k psi_j from low to high."""
    low, high, variance = low[..., None], high[..., None], sigma_j.square()
    start, end = ((edge - mu_j) * torch.rsqrt(2 * variance) for edge in (low, high))
    of_1 = (torch.erf(end) - torch.erf(start)) / 2
    at_low, at_high = (paper.normal_density(edge, mu_j, variance) for edge in (low, high))
    of_t = mu_j * of_1 - variance * (at_high - at_low)
    of_square = (mu_j.square() + variance) * of_1 - variance * ((high + mu_j) * at_high - (low + mu_j) * at_low)
    return of_1, of_t, of_square


def regulariser_kl(mu, var, *, version, sigma_0, mu_0=None):
    """mu, var [B,H,T] → kl [B,H,T], the paper's with or without its mean term.

    version "sorting" has it where mu_0 is given, "gpt2" where mu_0 ≤ 0 (the condition is inverted), "document_grounded" never.
    """
    if version not in ("sorting", "gpt2", "document_grounded"):
        raise ValueError(f"version is {version!r}, expected 'sorting', 'gpt2' or 'document_grounded'")
    if version == "gpt2" and mu_0 is None:
        raise ValueError("mu_0 is missing, which version 'gpt2' compares with 0")
    if version == "document_grounded" or version == "gpt2" and mu_0 > 0:
        mu_0 = None
    return paper.regulariser_kl(mu, var, sigma_0=sigma_0, mu_0=mu_0)


# Sticky memories ------------------------------------------------------------------------------------------------------------


def sticky_histogram(mu, var, *, bins):
    """mu, var [B,H,T] → p [B,D]: the paper's, with the outer edges 1e-6 outside of [0,1]."""
    return paper.mass_in_bins(mu, var, bin_edges(bins, mu.dtype, mu.device))


@precomputed
def bin_edges(bins, dtype, device):
    """The edges j/D [D+1], the outer ones moved out."""
    edges = paper.segment_edges(bins, torch.float64, "cpu").clone()
    edges[0], edges[-1] = -1e-6, 1 + 1e-6
    return edges.to(device, dtype)


def sticky_positions(b, *, bins):
    """b [B,M], whole numbers below D in any dtype → t_past [B,M], sorted: the left edges of the bins drawn."""
    return b.sort(dim=-1).values / bins


# The layer ------------------------------------------------------------------------------------------------------------------


def masked_along_tokens(X, W_mask, b_mask):
    """X [B,L,e], W_mask [L,L], b_mask [L] → X_s [B,L,e]: σ of a linear map along the tokens, times X."""
    return torch.sigmoid(X.mT @ W_mask + b_mask).mT * X


def read(X_query, C, W_Q, W_K, W_V, W_O, w_mu=None, w_sigma=None, *, heads, count, widths, affine=True, variance_floor=0.0,
         density="softmax"):
    """X_query [B,T,e], C [B,N,e], W_O [e,o] → Z_ltm [B,T,o], mu, var [B,H,T]. affine=False takes the density's moments from softmax(S)."""
    if density not in ("softmax", "sparsemax"):
        raise ValueError(f"density is {density!r}, expected 'softmax' or 'sparsemax'")
    basis = paper.grid(count, widths, dtype=C.dtype, device=C.device)
    Q, K, V = paper.project(X_query, C, W_Q, W_K, W_V)
    S = paper.scores(Q, K, heads=heads)
    mu, var = affine_density(S, w_mu, w_sigma, variance_floor=variance_floor) if affine else paper.density_moments(S, *basis)
    r = sparsemax(mu, var, *basis)[0] if density == "sparsemax" else paper.basis_expectation(mu, var, *basis)
    return paper.context(r, V, W_O), mu, var


def layer(X_query, X_new, W_Q, W_K, W_V, W_O, w_mu=None, w_sigma=None, W_conv=None, b_conv=None, W_mask=None, b_mask=None, C=None, b=None, *,
          heads, count, widths, ridge, samples, tau, affine=True, variance_floor=0.0, density="softmax", smooth=False, linear_mask=False,
          sticky=False, bins=None):
    """X_query [B,T,e], X_new [B,L,e], C [B,N,e] → Z_ltm [B,T,o], C_next [B,N,e], mu, var [B,H,T].

    Updates C first, or starts it from X_new where there is none, and attends over C_next. With sticky, the past is sampled at the
    bins b [B,M].
    """
    dtype, device, L = X_new.dtype, X_new.device, X_new.shape[1]
    if L % 2:
        raise ValueError(f"X_new has {L} tokens, expected an even number: the code cannot be built otherwise")
    X_s = paper.smooth_gate(X_new, W_conv, b_conv) if smooth else X_new
    if linear_mask:
        X_s = masked_along_tokens(X_s, W_mask, b_mask)
    if C is None:
        C_next = first_operator(count, widths, ridge, L, dtype, device) @ X_s
    else:
        of_samples, of_segment, carried = update_operators(count, widths, ridge, samples, L, tau, dtype, device)
        if sticky:
            basis = paper.grid(count, widths, dtype=dtype, device=device)
            past = of_samples @ paper.evaluate_signal(C, paper.evaluate_basis(sticky_positions(b, bins=bins), *basis))
        else:
            past = carried @ C
        C_next = past + of_segment @ X_s
    Z_ltm, mu, var = read(X_query, C_next, W_Q, W_K, W_V, W_O, w_mu, w_sigma, heads=heads, count=count, widths=widths, affine=affine,
                          variance_floor=variance_floor, density=density)
    return Z_ltm, C_next, mu, var


def rollout(X_query, X_new, W_Q, W_K, W_V, W_O, w_mu=None, w_sigma=None, W_conv=None, b_conv=None, W_mask=None, b_mask=None, C_0=None, b=None,
            new_doc=None, *, reset=2048, bptt="full", **attributes):
    """Segments X_query [S,B,T,e], X_new [S,B,L,e] in turn → Z_ltm [S,B,T,o], C_S [B,N,e]. attributes are layer's.

    The memory is emptied before a segment of which new_doc [S] is 1, and before the next one once reset tokens are stored; 0 means never.
    The state is C and that number.
    """
    C, stored, outputs = C_0, 0, []
    for s, (X_query_s, X_new_s) in enumerate(zip(X_query, X_new)):
        if reset and stored >= reset or new_doc is not None and new_doc[s] == 1:
            C, stored = None, 0
        if s and C is not None:
            C = entering(C, bptt)
        Z_ltm, C, _, _ = layer(
            X_query_s, X_new_s, W_Q, W_K, W_V, W_O, w_mu, w_sigma, W_conv, b_conv, W_mask, b_mask, C,
            None if b is None else b[s], **attributes)
        # Laid out as a memory that was stored and read back, so that a rollout continued from it gives the same bits.
        C = C.contiguous()
        stored += X_new_s.shape[1]
        outputs.append(Z_ltm)
    return torch.stack(outputs), C
