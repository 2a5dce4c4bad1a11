"""The ∞-former, paper profile: the twenty-two `inf.*` equations of specification section 2.

Every formula takes the arithmetic `a`, its tensors as nested lists and its attributes by name, and returns its outputs in the
order of the catalogue. B batch, L tokens of a segment, N basis functions, H heads, e embedding width, M resampled points, D bins,
P positions, S segments. `mu_j, sigma_j` are the basis' centres and deviations, `mu, var` an attention density.
Sources: ∞ = Martins et al., ∞-former, 2022; CA = Martins et al., Sparse and Continuous Attention Mechanisms, 2020.
"""

from fractions import Fraction

from arithmetic import widened
from functions import gaussian, sigmoid, softmax, softplus
from linear_algebra import concatenate, head, product, scores


def smooth_gate(a, X, W_conv, b_conv):
    """X [B,L,e], W_conv [e,e,3] (out, in, tap), b_conv [e] → X_s = σ(conv(X)) ⊙ X, zero outside the segment. ∞ §3.4."""
    return [_smoothed(a, x, W_conv, b_conv) for x in X]


def _smoothed(a, x, W_conv, b_conv):
    L, e = len(x), len(b_conv)
    gated = []
    for i in range(L):
        inside = [k for k in range(3) if 0 <= i + k - 1 < L]
        window = [x[i + k - 1][c] for k in inside for c in range(e)]
        y = [a.dot([W_conv[o][c][k] for k in inside for c in range(e)], window) + b_conv[o] for o in range(e)]
        gated.append([sigmoid(a, y[o]) * x[i][o] for o in range(e)])
    return gated


def basis_grid(a, count, widths):
    """mu_j, sigma_j [N]: linspace(0, 1, N/|widths|) (outer) × widths (inner); a sole centre is 0. ∞ §2.2."""
    centres = count // len(widths)
    mu_j = [a.rational(Fraction(c, max(centres - 1, 1))) for c in range(centres) for _ in widths]
    return mu_j, [a.attribute(s) for _ in range(centres) for s in widths]


def basis_evaluate(a, t, mu_j, sigma_j):
    """psi [P,N] or [B,P,N] = N(t; mu_j, sigma_j²) for t [P] or [B,P]. ∞ §2.2."""
    if isinstance(t[0], list):
        return [basis_evaluate(a, row, mu_j, sigma_j) for row in t]
    variances = [s * s for s in sigma_j]
    return [[gaussian(a, x, m, v) for m, v in zip(mu_j, variances)] for x in t]


@widened
def positions_segment(a, length):
    """t [L] = i/L, i = 1…L. ∞ §2.2."""
    return [a.position(Fraction(i, length), 1) for i in range(1, length + 1)]


@widened
def regression_operator(a, psi, ridge):
    """G [P,N] = Fᵀ(F Fᵀ + λI)⁻¹ with F = psiᵀ, psi [P,N]. ∞ §2.2.

    F Fᵀ + λI is symmetric, so Gᵀ is the solution of (F Fᵀ + λI) Gᵀ = F: row p of G is the solution for column p of F.
    """
    F = _transposed(psi)
    return _transposed(a.ridge_system(F, a.attribute(ridge), F))


@widened
def regression_coefficients(a, X, G):
    """C [B,N,e] = Gᵀ X for X [B,P,e], G [P,N]. ∞ §2.2."""
    return [product(a, _transposed(G), x) for x in X]


def _regressed(a, psi, x, ridge):
    """The coefficients (F Fᵀ + λI)⁻¹ F x of one signal x [P,e] at positions psi [P,N]: operator and coefficients in one solve."""
    F = _transposed(psi)
    return a.ridge_system(F, a.attribute(ridge), a.unrounded_product(F, x), x)


def signal_evaluate(a, C, psi):
    """X_bar [B,P,e] = psi C for C [B,N,e], psi [P,N] or [B,P,N]. ∞ §2.2."""
    batched = isinstance(psi[0][0], list)
    return [product(a, psi[b] if batched else psi, c) for b, c in enumerate(C)]


def attention_project(a, X, C, W_Q, W_K, W_V):
    """X [B,L,e], C [B,N,e] → Q = X W_Q [B,L,e], K = C W_K, V = C W_V [B,N,e]. ∞ §3.1."""
    return [product(a, x, W_Q) for x in X], [product(a, c, W_K) for c in C], [product(a, c, W_V) for c in C]


def attention_scores(a, Q, K, heads):
    """S [B,H,L,N] = Q_h K_hᵀ/√dh. ∞ §3.1."""
    return [scores(a, q, k, heads) for q, k in zip(Q, K)]


def attention_density(a, S, w_mu, w_sigma, b_mu, b_sigma, variance_floor):
    """mu = σ(S w_mu + b_mu), var = max(softplus(S w_sigma + b_sigma), floor), both [B,H,L]. ∞ §3.1."""
    floor = a.attribute(variance_floor)
    mu = [[[sigmoid(a, a.dot(row, w_mu) + b_mu) for row in h] for h in b] for b in S]
    var = [[[a.at_least(softplus(a, a.dot(row, w_sigma) + b_sigma), floor) for row in h] for h in b] for b in S]
    return mu, var


@widened
def attention_density_moments(a, S, mu_j, sigma_j):
    """mu = Σ p_j mu_j, var = Σ p_j(mu_j² + sigma_j²) - mu² with p = softmax(S). The authors' code, without affine maps."""
    squares = [m * m + s * s for m, s in zip(mu_j, sigma_j)]
    p = [[[softmax(a, row, given=True) for row in h] for h in b] for b in S]
    mu = [[[a.dot(row, mu_j) for row in h] for h in b] for b in p]
    var = [[[a.dot(row, squares) - m * m for row, m in zip(*h)] for h in zip(*b)] for b in zip(p, mu)]
    return a.narrowed(mu), a.narrowed(var)


def attention_basis_expectation(a, mu, var, mu_j, sigma_j):
    """r [B,H,L,N] = ∫ N(t; mu, var) psi_j(t) dt = N(mu; mu_j, var + sigma_j²). ∞ §3.1, CA."""
    return _per_density(mu, var, lambda m, v: [gaussian(a, m, mj, v + sj * sj) for mj, sj in zip(mu_j, sigma_j)])


def attention_expectation_jacobian(a, mu, var, mu_j, sigma_j):
    """J [B,H,L,2,N] = ∂r/∂θ, θ = (mu/var, -1/(2var)), which is Cov((t, t²), psi) under the density. CA.

    The product of the two Gaussians has mean mu + δ and variance var(1 - k), k = var/(var + sigma_j²), δ = k(mu_j - mu). Hence
    J_0 = r((mu + δ) - mu) = rδ and J_1 = r((mu + δ)² + var(1 - k) - mu² - var) = r(δ(2mu + δ) - k·var).
    """

    def rows(m, v):
        first, second = [], []
        for mj, sj in zip(mu_j, sigma_j):
            total = v + sj * sj
            r = gaussian(a, m, mj, total)
            k = v / total
            delta = k * (mj - m)
            first.append(r * delta)
            second.append(r * (delta * (2 * m + delta) - k * v))
        return [first, second]

    return _per_density(mu, var, rows)


def _per_density(mu, var, f):
    return [[[f(m, v) for m, v in zip(*rows)] for rows in zip(*heads)] for heads in zip(mu, var)]


def attention_context(a, r, V, W_O):
    """r [B,H,L,N], V [B,N,e] → Z_ltm [B,L,e]: r_h V_h per head, concatenated, times W_O. ∞ §3.1."""
    context = [concatenate([product(a, r_h, head(v, h, len(r_b))) for h, r_h in enumerate(r_b)]) for r_b, v in zip(r, V)]
    return [product(a, z, W_O) for z in context]


def attention_combine(a, Z_stm, Z_ltm):
    """Z [B,L,e] = Z_stm + Z_ltm. ∞ §3.1."""
    return [[[x + y for x, y in zip(*rows)] for rows in zip(*pair)] for pair in zip(Z_stm, Z_ltm)]


@widened
def memory_positions(a, samples, length, tau):
    """t_past [M] = m/M; t_joint [M+L] = (τ m/M)_m ‖ (τ + (1-τ) i/L)_i. ∞ §3.2. Exact, then rounded once."""
    tau = Fraction(tau)
    past = [Fraction(m, samples) for m in range(1, samples + 1)]
    new = [tau + (1 - tau) * Fraction(i, length) for i in range(1, length + 1)]
    return [a.position(t, 1) for t in past], [a.position(tau * t, 1) for t in past] + [a.position(t, 1) for t in new]


@widened
def memory_update(a, C, X_new, t_past, t_joint, mu_j, sigma_j, ridge):
    """C_next [B,N,e]: X_past = psi(t_past) C, then the regression of X_past ‖ X_new on t_joint. ∞ §3.2."""
    psi_past = basis_evaluate(a, t_past, mu_j, sigma_j)
    psi_joint = basis_evaluate(a, t_joint, mu_j, sigma_j)
    return [_regressed(a, psi_joint, past + new, ridge) for past, new in zip(signal_evaluate(a, C, psi_past), X_new)]


def sticky_histogram(a, mu, var, bins):
    """p [B,D]: the mass of Σ_h Σ_i N(mu, var) in D equal bins of [0,1], normalised per batch element. ∞ §3.3."""
    edges = [a.rational(Fraction(j, bins)) for j in range(bins + 1)]
    histograms = []
    for mu_b, var_b in zip(mu, var):
        densities = [(m, a.sqrt(v)) for mu_h, var_h in zip(mu_b, var_b) for m, v in zip(mu_h, var_h)]
        z = [[(edge - m) / deviation for edge in edges] for m, deviation in densities]
        masses = [a.sum([a.normal_mass(row[j], row[j + 1]) for row in z]) for j in range(bins)]
        total = a.sum(masses)
        histograms.append([mass / total for mass in masses])
    return histograms


@widened
def sticky_positions(a, p, u):
    """t_past [B,M] for p [B,D], u [B,M]: the inverse of the histogram's cumulative distribution at u, sorted per row. ∞ §3.3.

    c = cumsum(p)/Σp, c_0 = 0, c_D := 1; b = min{j : c_j > u}; t = (b-1 + clamp((u - c_{b-1})/(c_b - c_{b-1}), 0, 1))/D.
    """
    zero, one = a.number(0.0), a.number(1.0)
    positions = []
    for p_b, u_b in zip(p, u):
        D = len(p_b)
        total = a.sum(p_b)
        c, running = [zero], zero
        for mass in p_b[:-1]:
            running = running + mass
            c.append(running / total)
        c.append(one)
        t = []
        for x in u_b:
            b = a.bin_of(x, c)
            share = (x - c[b - 1]) / (c[b] - c[b - 1])
            t.append((a.number(float(b - 1)) + min(max(share, zero), one)) / D)
        positions.append([t[m] for m in a.ascending(t)])
    return positions


def regulariser_kl(a, mu, var, sigma_0, mu_0=None):
    """kl [B,H,L] = ½(var/σ₀² - ln(var/σ₀²) - 1 [+ (mu - mu_0)²/σ₀²]); without mu_0 the prior's mean is mu. ∞ §3.4."""
    half = a.number(0.5)
    sigma_0 = a.attribute(sigma_0)
    prior = sigma_0 * sigma_0

    def kl(m, v):
        ratio = v / prior
        divergence = ratio - a.log(ratio) - 1
        if mu_0 is not None:
            d = m - a.attribute(mu_0)
            divergence = divergence + d * d / prior
        return half * divergence

    return _per_density(mu, var, kl)


def layer(
    a, X_query, X_new, C, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma,
    heads, count, widths, ridge, samples, tau, variance_floor, smooth, sticky, bins,
    W_conv=None, b_conv=None, u=None,
):
    """Attend over the incoming C, then update it: → Z_ltm [B,L,e], C_next [B,N,e], mu, var [B,H,L]. ∞ §3."""
    mu_j, sigma_j = widened(basis_grid)(a, count, widths)
    Q, K, V = attention_project(a, X_query, a.narrowed(C), W_Q, W_K, W_V)
    S = attention_scores(a, Q, K, heads)
    mu, var = attention_density(a, S, w_mu, w_sigma, b_mu, b_sigma, variance_floor)
    Z_ltm = attention_context(a, attention_basis_expectation(a, mu, var, mu_j, sigma_j), V, W_O)

    X_s = smooth_gate(a, X_new, W_conv, b_conv) if smooth else X_new
    t_past, t_joint = memory_positions(a, samples, len(X_new[0]), tau)
    if sticky:
        t_past = a.constant(sticky_positions(a, widened(sticky_histogram)(a, mu, var, bins), u))
    return Z_ltm, memory_update(a, C, X_s, t_past, t_joint, mu_j, sigma_j, ridge), mu, var


def rollout(a, X, count, widths, ridge, smooth, C_0=None, u=None, W_conv=None, b_conv=None, **weights_and_attributes):
    """S segments X [S,B,L,e], the coefficients carried: → Z_ltm [S,B,L,e], C_S [B,N,e]. ∞ §3.2-3.3.

    Without C_0 nothing is remembered yet: segment 1 reads 0 and is regressed on the whole of (0,1]; its u is not used.
    """
    C, contexts = C_0, []
    for s, x in enumerate(X):
        if C is None:
            contexts.append([[[a.number(0.0) for _ in row] for row in x_b] for x_b in x])
            x_s = smooth_gate(a, x, W_conv, b_conv) if smooth else x
            C = _first_segment(a, x_s, count, widths, ridge)
            continue
        Z_ltm, C, _, _ = layer(
            a, x, x, a.carried(C) if s else C, count=count, widths=widths, ridge=ridge, smooth=smooth, W_conv=W_conv, b_conv=b_conv,
            u=None if u is None else u[s], **weights_and_attributes,
        )
        contexts.append(Z_ltm)
    return contexts, C


@widened
def _first_segment(a, X, count, widths, ridge):
    """C [B,N,e]: the regression of X [B,L,e] over the whole of (0,1]."""
    psi = basis_evaluate(a, positions_segment(a, len(X[0])), *basis_grid(a, count, widths))
    return [_regressed(a, psi, x, ridge) for x in X]


def _transposed(X):
    return [list(column) for column in zip(*X)]
