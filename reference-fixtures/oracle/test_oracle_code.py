"""Tests of the reference-code profiles by identities that their formulas do not use; `test_oracle.py` runs them."""

from mpmath import mp, mpf

import generate
import infinity_former as inf
import infinity_former_reference_code as inf_code
import infinity_former_reference_code_attention as inf_code_attention
import lm2_reference_code as lm2_code
from arithmetic import refined_solution
from identities import BASIS, DENSITY, a, close, drawn, normal, over_the_line
from nested import each, flat


def test_reference_code_jacobian_is_the_derivative_by_theta():
    """Of both expectations: softmax by differences of moments, sparsemax by the covariance of the uniform density on its support."""
    mu, var = DENSITY
    theta = mu / var, -1 / (2 * var)
    for expectation in (inf_code_attention.softmax_expectation, inf_code_attention.sparsemax_expectation):

        def r(first, second, j):
            v = -1 / (2 * second)
            return expectation(a, [[[first * v]]], [[[v]]], *BASIS)[0][0][0][0][j]

        (((J,),),) = expectation(a, [[[mu]]], [[[var]]], *BASIS)[1]
        for j in range(3):
            with mp.workdps(80):
                by_first = mp.diff(lambda x: r(x, theta[1], j), theta[0])
                by_second = mp.diff(lambda x: r(theta[0], x, j), theta[1])
            close([J[0][j], J[1][j]], [by_first, by_second], mpf(10) ** -20)


def test_difference_of_moments_is_the_stable_jacobian():
    mu, var = [[[DENSITY[0]]]], [[[DENSITY[1]]]]
    r, J = inf_code_attention.softmax_expectation(a, mu, var, *BASIS)
    close(r, inf.attention_basis_expectation(a, mu, var, *BASIS))
    close(J, inf.attention_expectation_jacobian(a, mu, var, *BASIS))


def test_sparsemax_density_agrees_with_quadrature():
    mu, var = DENSITY
    half_width = mp.root(3 * var / 2, 3)
    pieces = [mu - half_width, *sorted(m + i * s for m, s in zip(*BASIS) for i in (-8, -3, 0, 3, 8) if abs(m + i * s - mu) < half_width)]
    pieces.append(mu + half_width)

    def density(t):
        return (half_width**2 - (t - mu) ** 2) / (2 * var)

    close([mp.quad(density, pieces)], [1])
    close([density(pieces[0]), density(pieces[-1])], [0, 0])
    r, _ = inf_code_attention.sparsemax_expectation(a, [[[mu]]], [[[var]]], *BASIS)
    expected = [mp.quad(lambda t: density(t) * normal(t, m, s * s), pieces) for m, s in zip(*BASIS)]
    close(r[0][0][0], expected, mpf(10) ** -20)


def test_density_by_moments_is_that_of_the_mixture():
    S, mu_j, sigma_j = drawn(1, 1, 1, 3), *BASIS
    (((mu,),),), (((var,),),) = inf_code_attention.density_moments(a, S, mu_j, sigma_j)
    weights = [mp.exp(s) for s in S[0][0][0]]

    def expectation(f):
        with mp.workdps(25):
            parts = [
                w * over_the_line(lambda t, m=m, s=s: f(t) * normal(t, m, s * s), m - 8 * s, m, m + 8 * s)
                for w, m, s in zip(weights, mu_j, sigma_j)
            ]
            return sum(parts) / sum(weights)

    close([mu], [expectation(lambda t: t)], mpf(10) ** -20)
    close([var], [expectation(lambda t: (t - mu) ** 2)], mpf(10) ** -20)


def test_padding_is_regression_with_zero_targets():
    """The operator whose rows at the padding are dropped, and the one that multiplies zeros there."""
    mu_j, sigma_j, ridge, zeros = *BASIS, mpf("0.4"), [[mpf(0)] * 2] * 3
    for length, side in ((7, 3), (6, 3)):
        X = drawn(1, length, 2)
        psi = inf.basis_evaluate(a, inf_code.positions_first(a, length)[1], mu_j, sigma_j)
        assert len(psi) == length + 2 * side
        G = inf_code.regression_operator(a, psi, ridge, length)
        everything = inf.regression_operator(a, psi, ridge)
        close(inf.regression_coefficients(a, X, G), inf.regression_coefficients(a, [zeros + X[0] + zeros], everything))


def test_update_is_regression_with_zero_targets():
    C, X_new, (mu_j, sigma_j), ridge = drawn(2, 3, 2), drawn(2, 4, 2), BASIS, mpf("0.4")
    t_past, _, t_padded = inf_code.positions_recurrent(a, 5, 4, 0.6)
    past = inf.signal_evaluate(a, C, inf.basis_evaluate(a, t_past, mu_j, sigma_j))
    zeros = [[mpf(0)] * 2] * 4
    everything = inf.regression_operator(a, inf.basis_evaluate(a, t_padded, mu_j, sigma_j), ridge)
    expected = inf.regression_coefficients(a, [zeros + old + new + zeros for old, new in zip(past, X_new)], everything)
    close(inf_code.memory_update(a, C, X_new, t_past, t_padded, mu_j, sigma_j, ridge), expected)


def test_padded_positions_surround_the_interval():
    for length in range(2, 12):
        t, padded = inf_code.positions_first(a, length)
        steps = [y - x for x, y in zip(padded, padded[1:])]
        close(steps, [mpf(1) / length] * len(steps))
        close([x + y for x, y in zip(padded, reversed(padded))], [1] * len(padded))
        assert len(padded) == (2 * length if length % 2 == 0 else 2 * length - 1)
        assert t == [x for x in padded if 0 < x < 1]
    for length in (2, 4, 6, 14, 38):
        for samples in (1, 2, 3, 8, 17, 59):
            _, joint, padded = inf_code.positions_recurrent(a, samples, length, 0.7)
            side = (samples + length) // 2
            assert padded == sorted(padded) and padded[side:-side] == joint and joint[-1] == 1
            assert padded[side - 1] < 0 and padded[-side] > 1 and len(padded) == len(joint) + 2 * side


def test_reference_code_histogram_agrees_with_quadrature():
    mu, var = [[[mpf("0.1"), mpf("0.7")]]], [[[mpf("0.02"), mpf("0.3")]]]
    (p,) = inf_code.sticky_histogram(a, mu, var, 5)
    edges = [mpf(-1) / 10**6, *(mpf(j) / 5 for j in range(1, 5)), 1 + mpf(1) / 10**6]
    both = list(zip(mu[0][0], var[0][0]))
    masses = [mp.quad(lambda t: sum(normal(t, m, v) for m, v in both), pair) for pair in zip(edges, edges[1:])]
    close(p, [m / sum(masses) for m in masses], mpf(10) ** -20)


def test_divergences_of_the_three_versions():
    mu, var = [[[mpf("0.3")]]], [[[mpf("0.04")]]]

    def kl(version, mu_0):
        return inf_code_attention.regulariser_kl(a, mu, var, version, 0.5, mu_0)[0][0][0]

    ratio = mpf("0.04") / mpf("0.25")
    without = (ratio - mp.log(ratio) - 1) / 2
    for version, mu_0, mean_counts in (
        ("sorting", None, False), ("sorting", -1, True), ("sorting", 0.5, True),
        ("gpt2", -1, True), ("gpt2", 0, True), ("gpt2", 0.5, False),
        ("document_grounded", None, False), ("document_grounded", -1, False), ("document_grounded", 0.5, False),
    ):
        mean = (mpf("0.3") - mpf(mu_0)) ** 2 / mpf("0.25") / 2 if mean_counts else 0
        close([kl(version, mu_0)], [without + mean])


def lm2_code_case(name):
    case = generate.CASES[name]
    return {key: each(mpf, tensor) for key, tensor in case.inputs.items()}, case.attributes


def test_reference_code_step_with_gates_of_one_value():
    """With the gates' projections 0 the gates are σ(b_input) and σ(b_forget) everywhere; closed and open, they give the old memory."""
    inputs, attributes = lm2_code_case("lm2-ref.step/top-2-two-heads")
    for key in ("W_i", "b_i", "W_m", "b_m"):
        inputs[key] = each(lambda x: mpf(0), inputs[key])
    block = {key: inputs[key] for key in ("X", "M", *list(lm2_code.RANKS)[: list(lm2_code.RANKS).index("w")])}
    E = lm2_code.block(a, **block, **attributes)
    E_next, M_next = lm2_code.step(a, **inputs | {"b_input": mpf("0.5"), "b_forget": mpf(-2)}, **attributes)
    share, kept = 1 / (1 + mp.exp(mpf("-0.5"))), 1 / (1 + mp.exp(2))
    close(M_next, [[[share * mp.tanh(e) + kept * m for e, m in zip(*rows)] for rows in zip(*pair)] for pair in zip(E, inputs["M"])])
    close([y - x for x, y in zip(flat(inputs["X"]), flat(E_next))], M_next)
    _, M_next = lm2_code.step(a, **inputs | {"b_input": mpf(-200), "b_forget": mpf(200)}, **attributes)
    close(M_next, inputs["M"])


def test_reference_code_block_is_normalised_and_causal():
    inputs, attributes = lm2_code_case("lm2-ref.block/two-blocks")
    n = len(inputs["b_2"])
    unit = inputs | {"w_2": [mpf(1)] * n, "b_2": [mpf(0)] * n}
    for row in lm2_code.block(a, **unit, **attributes | {"eps": 1e-40})[0]:
        close([sum(row), sum(x * x for x in row) / n], [0, 1], mpf(10) ** -30)
    # Row t of the block's result depends on row j of the memory only for j ≤ t, and on token t alone.
    changed = [inputs["M"][0][:-1] + [[x + 1 for x in inputs["M"][0][-1]]]]
    before, after = (lm2_code.block(a, **inputs | {"M": M}, **attributes)[0] for M in (inputs["M"], changed))
    close(before[:-1], after[:-1])
    assert before[-1] != after[-1]
    # The gates' mean over time is not causal.
    inputs, attributes = lm2_code_case("lm2-ref.step/odd-extents")
    later = [inputs["X"][0][:-1] + [[x + 1 for x in inputs["X"][0][-1]]]]
    (before, _), (after, _) = (lm2_code.step(a, **inputs | {"X": X}, **attributes) for X in (inputs["X"], later))
    assert before[0][0] != after[0][0]


def test_reference_code_rollouts_can_be_split():
    inputs, attributes = lm2_code_case("inf-ref.rollout/sticky-reset")
    Z, C = inf_code.rollout(a, **inputs, **attributes)
    by_segment = ("X_query", "X_new", "b")
    first, rest = ({key: inputs[key][part] for key in by_segment} for part in (slice(3), slice(3, None)))
    Z_first, _ = inf_code.rollout(a, **inputs | first, **attributes)
    Z_rest, C_rest = inf_code.rollout(a, **inputs | rest, **attributes)  # the reset comes exactly here
    close(Z_first + Z_rest, Z)
    close(C_rest, C)
    endless = attributes | {"reset": 0}
    Z, C = inf_code.rollout(a, **inputs, **endless)
    Z_first, C_first = inf_code.rollout(a, **inputs | first, **endless)
    Z_rest, C_rest = inf_code.rollout(a, **inputs | rest, C_0=C_first, **endless)
    close(Z_first + Z_rest, Z)
    close(C_rest, C)

    inputs, attributes = lm2_code_case("lm2-ref.rollout/layers")
    E_next, M_S = lm2_code.rollout(a, **inputs, **attributes)
    of_layers = {key: tensor for key, tensor in inputs.items() if key != "M_0"}
    first, rest = ({key: tensor[part] for key, tensor in of_layers.items()} for part in (slice(2), slice(2, None)))
    E_first, M = lm2_code.rollout(a, **first, M_0=inputs["M_0"], **attributes)
    E_rest, M = lm2_code.rollout(a, **rest, M_0=M, **attributes)
    close(E_first + E_rest, E_next)
    close(M, M_S)


def test_refined_solution_is_the_solution():
    F, right, ridge = drawn(12, 30), drawn(12, 2, seed="right"), mpf("0.001")
    close(refined_solution(F, ridge, right), a.ridge_system(F, ridge, right))
