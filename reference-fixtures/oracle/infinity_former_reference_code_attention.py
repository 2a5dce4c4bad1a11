"""The ∞-former, reference-code profile: the `inf-ref.*` equations of the attention over the memory and of its regulariser.

B batch, H heads, T querying tokens, N basis functions. `mu_j, sigma_j` are the basis' centres and deviations, `mu, var` a density.
"""

import infinity_former as inf
from arithmetic import widened
from functions import gaussian, sigmoid, softplus


def density(a, S, w_mu, w_sigma, variance_floor):
    """mu = σ(S w_mu), var = max(softplus(S w_sigma), floor), both [B,H,T]: the affine maps have no bias."""
    floor = a.attribute(variance_floor)
    mu = [[[sigmoid(a, a.dot(row, w_mu)) for row in h] for h in b] for b in S]
    var = [[[a.at_least(softplus(a, a.dot(row, w_sigma)), floor) for row in h] for h in b] for b in S]
    return mu, var


def density_moments(a, S, mu_j, sigma_j):
    """mu, var [B,H,T]: mean and variance of the mixture of basis functions with weights softmax(S); no floor."""
    return inf.attention_density_moments(a, S, mu_j, sigma_j)


@widened
def softmax_expectation(a, mu, var, mu_j, sigma_j):
    """r [B,H,T,N] = E[psi_j] and J [B,H,T,2,N] = E[φ psi_j] - E[φ] E[psi_j], φ = (t, t²), under N(mu, var).

    As the code has it: the density goes through θ = (mu/var, -1/(2var)), and the covariances are differences of moments.
    """

    def moments(m, v):
        theta = m / v, -1 / (2 * v)
        v = -1 / (2 * theta[1])
        m = theta[0] * v
        r, first, second = [], [], []
        for mj, sj in zip(mu_j, sigma_j):
            square = sj * sj
            total = square + v
            expectation = gaussian(a, m, mj, total)
            mean = (mj * v + m * square) / total
            variance = square * v / total
            r.append(expectation)
            first.append(expectation * mean - m * expectation)
            second.append(expectation * (mean * mean + variance) - (m * m + v) * expectation)
        return r, [first, second]

    return _pair_per_density(a, mu, var, moments)


@widened
def sparsemax_expectation(a, mu, var, mu_j, sigma_j):
    """r [B,H,T,N] = ∫ p psi_j and J [B,H,T,2,N] = ∫ φ psi_j - (∫φ)(∫psi_j)/(2h), φ = (t, t²), both over [mu - h, mu + h].

    p is the parabola (h² - (t - mu)²)/(2var) with half width h = (3var/2)^(1/3).
    """

    def moments(m, v):
        h = a.cbrt(3 * v / 2)
        mean_of_square = m * m + h * h / 3  # ∫t²/(2h)
        r, first, second = [], [], []
        for mj, sj in zip(mu_j, sigma_j):
            I_0, I_1, I_2 = basis_integrals(a, m - h, m + h, mj, sj)
            r.append(((h * h - m * m) * I_0 + 2 * m * I_1 - I_2) / (2 * v))
            first.append(I_1 - m * I_0)
            second.append(I_2 - mean_of_square * I_0)
        return r, [first, second]

    return _pair_per_density(a, mu, var, moments)


@widened
def integrals(a, low, high, mu_j, sigma_j):
    """I_0, I_1, I_2 [B,H,T,N]: ∫ t^k psi_j dt from low to high [B,H,T], k = 0, 1, 2."""

    def of_support(start, end):
        return list(zip(*[basis_integrals(a, start, end, m, s) for m, s in zip(mu_j, sigma_j)]))

    of_all = [[[of_support(*pair) for pair in zip(*rows)] for rows in zip(*heads)] for heads in zip(low, high)]
    return tuple([[[list(row[k]) for row in rows] for rows in heads] for heads in of_all] for k in range(3))


def basis_integrals(a, low, high, m, s):
    """∫psi, ∫t psi, ∫t² psi over [low, high] for psi = N(m, s²)."""
    alpha, beta = (low - m) / s, (high - m) / s
    at_low, at_high = _standard_normal(a, alpha), _standard_normal(a, beta)
    I_0 = a.normal_mass(alpha, beta)
    I_1 = m * I_0 - s * (at_high - at_low)
    I_2 = (m * m + s * s) * I_0 - s * (high + m) * at_high + s * (low + m) * at_low
    return I_0, I_1, I_2


def _standard_normal(a, x):
    return a.exp(-(x * x / 2)) / a.sqrt(a.two_pi())


def _pair_per_density(a, mu, var, f):
    """f(mu, var) → (x, y) at every density, as two tensors of the dtype."""
    pairs = [[[f(m, v) for m, v in zip(*rows)] for rows in zip(*heads)] for heads in zip(mu, var)]
    return tuple(a.narrowed([[[pair[i] for pair in rows] for rows in heads] for heads in pairs]) for i in range(2))


def regulariser_kl(a, mu, var, version, sigma_0, mu_0=None):
    """kl [B,H,T] = ½(var/σ₀² - ln(var/σ₀²) - 1), with the mean term ½(mu - mu_0)²/σ₀² where that version of the code adds it.

    sorting: where mu_0 is given. gpt2: where mu_0 is not positive, an inverted condition. document_grounded: never.
    """
    with_mean = {"sorting": mu_0 is not None, "gpt2": mu_0 is not None and mu_0 <= 0, "document_grounded": False}[version]
    return inf.regulariser_kl(a, mu, var, sigma_0, mu_0 if with_mean else None)
