"""The ∞-former, reference-code profile: the `inf-ref.*` equations of the memory itself, what the authors' published code computes.

It departs from the paper: the first segment lies on midpoints and later ones on right ends, the ridge system contains padding positions
outside [0,1], sticky samples are left edges of bins, and a segment is stored before it is read. Every formula takes the arithmetic
`a`, its tensors as nested lists and its attributes by name, and returns its outputs in the order of the catalogue. Positions are exact
and rounded once; the code's own cast of its grids to float32 is not part of this. The attention is in
`infinity_former_reference_code_attention.py`.

B batch, S segments, T querying tokens, L stored tokens of a segment, N basis functions, H heads, e embedding width, M resampled points,
P positions, D bins.
"""

from fractions import Fraction

import infinity_former as inf
from arithmetic import widened
from functions import sigmoid
from infinity_former_reference_code_attention import density_moments, softmax_expectation, sparsemax_expectation
from infinity_former_reference_code_attention import density as affine_density


@widened
def positions_first(a, length):
    """t [L] = (i + ½)/L, i = 0 … L-1, and t_padded: the same grid with ⌊L/2⌋ more points on each side."""
    side = length // 2
    padded = [a.position(Fraction(2 * i + 1, 2 * length), 2) for i in range(-side, length + side)]
    return padded[side : side + length], padded


@widened
def positions_recurrent(a, samples, length, tau):
    """t_past [M] = m/M; t_joint [M+L] as in the paper; t_padded: t_joint among those points of a wider grid that lie outside [0,1]."""
    tau = Fraction(tau)
    past = [Fraction(m, samples) for m in range(1, samples + 1)]
    joint = [tau * t for t in past] + [tau + (1 - tau) * Fraction(i, length) for i in range(1, length + 1)]
    # The code's shift; 1/(2(M+L)) would make the grid continue the spacing of M+L points.
    shift = Fraction(1, 2 * length + samples)
    count = 2 * (samples + length)
    spacing = (2 - 2 * shift) / (count - 1)
    grid = [shift - Fraction(1, 2) + k * spacing for k in range(count)]
    padded = [t for t in grid if t < 0] + joint + [t for t in grid if t > 1]
    return tuple([a.position(t, extent) for t in positions] for positions, extent in ((past, 1), (joint, 1), (padded, 2)))


@widened
def regression_operator(a, psi, ridge, kept):
    """G [K,N]: the middle K = kept rows of psi(psiᵀpsi + λI)⁻¹, psi [P,N]; the rows of the padding are dropped."""
    F = [list(column) for column in zip(*psi)]
    kept_columns = [_middle(row, kept) for row in F]
    return [list(row) for row in zip(*a.ridge_system(F, a.attribute(ridge), kept_columns))]


def _middle(entries, count):
    first = (len(entries) - count) // 2
    return entries[first : first + count]


def _regressed(a, psi, x, ridge):
    """The coefficients of the signal x [K,e] at the middle K positions of psi [P,N]: operator and coefficients in one solve."""
    F = [list(column) for column in zip(*psi)]
    right = a.unrounded_product([_middle(row, len(x)) for row in F], x)
    return a.ridge_system(F, a.attribute(ridge), right, x)


@widened
def memory_update(a, C, X_new, t_past, t_padded, mu_j, sigma_j, ridge):
    """C_next [B,N,e]: X_past = psi(t_past) C, then the regression of X_past ‖ X_new at the middle of t_padded."""
    past = inf.signal_evaluate(a, C, inf.basis_evaluate(a, t_past, mu_j, sigma_j))
    psi = inf.basis_evaluate(a, t_padded, mu_j, sigma_j)
    return [_regressed(a, psi, old + new, ridge) for old, new in zip(past, X_new)]


def sticky_histogram(a, mu, var, bins):
    """p [B,D]: the mass of all densities in D bins of [0,1], the outer edges moved out by 1e-6, normalised per batch element."""
    margin = Fraction(1, 10**6)
    edges = [-margin, *(Fraction(j, bins) for j in range(1, bins)), 1 + margin]
    edges = [a.rational(edge) for edge in edges]
    histograms = []
    for mu_b, var_b in zip(mu, var):
        densities = [(m, a.sqrt(v)) for mu_h, var_h in zip(mu_b, var_b) for m, v in zip(mu_h, var_h)]
        z = [[(edge - m) / deviation for edge in edges] for m, deviation in densities]
        masses = [a.sum([a.normal_mass(row[j], row[j + 1]) for row in z]) for j in range(bins)]
        total = a.sum(masses)
        histograms.append([mass / total for mass in masses])
    return histograms


@widened
def sticky_positions(a, b, bins):
    """t_past [B,M]: the left edges b/D of the bins b [B,M], sorted."""
    return [[a.rational(Fraction(index, bins)) for index in sorted(a.index(x) for x in row)] for row in b]


def smooth_linear(a, X, W_mask, b_mask):
    """X_s [B,L,e]: every entry of X times σ(b[i] + Σ_k X[k,o] W[k,i]), a map along the tokens i, one feature o at a time."""

    def of_batch(rows):
        columns = list(zip(*rows))
        return [
            [sigmoid(a, a.dot(column, weights) + bias) * x for column, x in zip(columns, row, strict=True)]
            for row, weights, bias in zip(rows, zip(*W_mask), b_mask, strict=True)
        ]

    return [of_batch(rows) for rows in X]


def read(
    a, X_query, C, W_Q, W_K, W_V, W_O, heads, count, widths, affine, variance_floor, density, w_mu=None, w_sigma=None,
):
    """Z_ltm [B,T,o], mu, var [B,H,T]: what the queries find in C, which stays as it is. W_O [e,o] leads to the transformer's width."""
    mu_j, sigma_j = widened(inf.basis_grid)(a, count, widths)
    Q, K, V = inf.attention_project(a, X_query, a.narrowed(C), W_Q, W_K, W_V)
    S = inf.attention_scores(a, Q, K, heads)
    mu, var = affine_density(a, S, w_mu, w_sigma, variance_floor) if affine else density_moments(a, S, mu_j, sigma_j)
    r, _ = {"softmax": softmax_expectation, "sparsemax": sparsemax_expectation}[density](a, mu, var, mu_j, sigma_j)
    return inf.attention_context(a, r, V, W_O), mu, var


def layer(
    a, X_query, X_new, W_Q, W_K, W_V, W_O, heads, count, widths, ridge, samples, tau, affine, variance_floor, smooth, sticky, bins,
    linear_mask=False, density="softmax", C=None, w_mu=None, w_sigma=None, W_conv=None, b_conv=None, W_mask=None, b_mask=None, b=None,
):
    """Store X_new first, then read what is stored: → Z_ltm [B,T,o], C_next [B,N,e], mu, var [B,H,T]."""
    mu_j, sigma_j = widened(inf.basis_grid)(a, count, widths)
    X_s = inf.smooth_gate(a, X_new, W_conv, b_conv) if smooth else X_new
    if linear_mask:
        X_s = smooth_linear(a, X_s, W_mask, b_mask)
    if C is None:
        C_next = _first_segment(a, X_s, mu_j, sigma_j, ridge)
    else:
        t_past, _, t_padded = positions_recurrent(a, samples, len(X_new[0]), tau)
        if sticky:
            t_past = sticky_positions(a, b, bins)
        C_next = memory_update(a, C, X_s, t_past, t_padded, mu_j, sigma_j, ridge)

    Z_ltm, mu, var = read(a, X_query, C_next, W_Q, W_K, W_V, W_O, heads, count, widths, affine, variance_floor, density, w_mu, w_sigma)
    return Z_ltm, C_next, mu, var


@widened
def _first_segment(a, X, mu_j, sigma_j, ridge):
    """C [B,N,e]: the regression of X [B,L,e] at the middle of the first segment's padded grid."""
    psi = inf.basis_evaluate(a, positions_first(a, len(X[0]))[1], mu_j, sigma_j)
    return [_regressed(a, psi, x, ridge) for x in X]


def rollout(a, X_query, X_new, reset, C_0=None, b=None, new_doc=None, **weights_and_attributes):
    """S segments, the memory carried, and emptied before a segment where a document begins (new_doc [S] is 1) or once `reset` tokens were
    stored: → Z_ltm [S,B,T,o], C_S."""
    C, stored, contexts = C_0, 0, []
    for s, (query, new) in enumerate(zip(X_query, X_new)):
        begins = new_doc is not None and a.index(new_doc[s]) == 1
        if begins or reset and stored >= reset:
            C, stored = None, 0
        if s and C is not None:
            C = a.carried(C)
        bins_of_segment = None if b is None else b[s]
        Z_ltm, C, _, _ = layer(a, query, new, C=C, b=bins_of_segment, **weights_and_attributes)
        stored += len(new[0])
        contexts.append(Z_ltm)
    return contexts, C
