#!/usr/bin/env python3
"""Tests of the oracle by identities that its formulas do not use, and of the tolerances by an ordinary implementation.

    /usr/bin/python3 test_oracle.py

Prints each failure, then "N passed, N failed"; exit code 1 if any failed.
"""

import math
import operator
import sys
import traceback
from fractions import Fraction

from mpmath import mp, mpf

import dtypes
import generate
import infinity_former as inf
import lm2
import safetensors
import test_oracle_blocks
import test_oracle_code
import test_oracle_gradients
import test_recordings
from cholesky import solve
from equations import EQUATIONS, evaluate
from identities import BASIS, DENSITY, a, close, drawn, normal, over_the_line
from machine import Machine
from nested import each
from tolerance import rounded_up, share_of_tolerance, to_float64


def test_expectation_agrees_with_quadrature():
    mu, var = DENSITY
    (((r,),),) = inf.attention_basis_expectation(a, [[[mu]]], [[[var]]], *BASIS)
    for value, m, s in zip(r, *BASIS):
        pieces = [m + i * s for i in (-8, -3, 0, 3, 8)] + [mu - 1, mu, mu + 1]
        close([value], [over_the_line(lambda t: normal(t, mu, var) * normal(t, m, s * s), *pieces)], mpf(10) ** -20)


def test_jacobian_is_the_derivative_by_theta():
    mu, var = DENSITY
    theta = mu / var, -1 / (2 * var)

    def r(first, second, j):
        v = -1 / (2 * second)
        return inf.attention_basis_expectation(a, [[[first * v]]], [[[v]]], *BASIS)[0][0][0][j]

    (((J,),),) = inf.attention_expectation_jacobian(a, [[[mu]]], [[[var]]], *BASIS)
    for j in range(3):
        with mp.workdps(80):
            by_first = mp.diff(lambda x: r(x, theta[1], j), theta[0])
            by_second = mp.diff(lambda x: r(theta[0], x, j), theta[1])
        close([J[0][j], J[1][j]], [by_first, by_second], mpf(10) ** -20)


def test_divergence_agrees_with_quadrature():
    mu, var = DENSITY
    for mu_0, mean in ((0.6, mpf(0.6)), (None, mu)):
        (((kl,),),) = inf.regulariser_kl(a, [[[mu]]], [[[var]]], sigma_0=0.3, mu_0=mu_0)

        def integrand(t):
            ratio = -((t - mu) ** 2) / (2 * var) + (t - mean) ** 2 / (2 * mpf(0.3) ** 2) + mp.log(mpf(0.3) ** 2 / var) / 2
            return normal(t, mu, var) * ratio

        close([kl], [over_the_line(integrand, mu - 2, mu - mpf("0.5"), mu, mu + mpf("0.5"), mu + 2)], mpf(10) ** -20)


def test_histogram_agrees_with_quadrature():
    mu, var = [[[mpf("0.1"), mpf("0.7")]]], [[[mpf("0.02"), mpf("0.3")]]]
    (p,) = inf.sticky_histogram(a, mu, var, 5)
    both = list(zip(mu[0][0], var[0][0]))
    masses = [mp.quad(lambda t: sum(normal(t, m, v) for m, v in both), [mpf(j) / 5, mpf(j + 1) / 5]) for j in range(5)]
    close(p, [m / sum(masses) for m in masses], mpf(10) ** -20)
    close([sum(p)], [1])


def test_positions_follow_the_histogram():
    p = [[mpf(x) for x in (0.1, 0, 0.4, 0.3, 0.2)]]
    M = 40
    (t,) = inf.sticky_positions(a, p, [[(mpf(m) - 0.5) / M for m in range(M, 0, -1)]])
    assert t == sorted(t)
    counts = [sum(j <= x * 5 < j + 1 for x in t) for j in range(5)]
    assert all(abs(count - M * q) <= 1 for count, q in zip(counts, p[0])), counts


def test_operator_and_coefficients_solve_the_normal_equations():
    psi, X, ridge = drawn(7, 4), drawn(1, 7, 3), mpf("0.4")
    G = inf.regression_operator(a, psi, ridge)
    (C,) = inf.regression_coefficients(a, X, G)
    A = [[sum(row[i] * row[j] for row in psi) + ridge * (i == j) for j in range(4)] for i in range(4)]
    left = [[sum(A[i][j] * C[j][c] for j in range(4)) for c in range(3)] for i in range(4)]
    right = [[sum(psi[p][i] * X[0][p][c] for p in range(7)) for c in range(3)] for i in range(4)]
    close(left, right)


def test_memory_update_is_resample_join_regress():
    C, X_new, mu_j, sigma_j = drawn(2, 4, 3), drawn(2, 5, 3), drawn(4, low=0.0), drawn(4, low=0.1)
    t_past, t_joint = inf.memory_positions(a, 6, 5, 0.7)
    past = inf.signal_evaluate(a, C, inf.basis_evaluate(a, t_past, mu_j, sigma_j))
    G = inf.regression_operator(a, inf.basis_evaluate(a, t_joint, mu_j, sigma_j), 0.5)
    expected = inf.regression_coefficients(a, [x + y for x, y in zip(past, X_new)], G)
    close(inf.memory_update(a, C, X_new, t_past, t_joint, mu_j, sigma_j, 0.5), expected)


def test_smooth_gate_is_the_padded_convolution():
    X, W, b = drawn(1, 5, 2), drawn(2, 2, 3), drawn(2)
    padded = [[mpf(0)] * 2, *X[0], [mpf(0)] * 2]
    y = [[b[o] + sum(W[o][c][k] * padded[i + k][c] for k in range(3) for c in range(2)) for o in range(2)] for i in range(5)]
    close(inf.smooth_gate(a, X, W, b)[0], [[x / (1 + mp.exp(-z)) for x, z in zip(*rows)] for rows in zip(X[0], y)])


def test_attention_rows_sum_to_one_and_hide_the_future():
    A = lm2.attention_weights(a, drawn(2, 5, 6), drawn(2, 5, 6, seed="K"), heads=2, causal=True, top_k=0)
    for heads in A:
        for rows in heads:
            for i, row in enumerate(rows):
                close([sum(row)], [1])
                assert all(w == 0 for w in row[i + 1 :]) and all(w > 0 for w in row[: i + 1])


def test_align_keeps_constants_and_lines():
    for T in range(1, 8):
        for R in range(1, 8):
            close(lm2.align(a, [[[mpf(3)]] * T], R)[0], [[mpf(3)]] * R)
    # Inside the tokens, half-pixel interpolation reproduces a straight line sampled at the centres of T and of R equal cells.
    line = [[mpf(2 * t + 1) / 10] for t in range(5)]
    close(lm2.align(a, [line], 15)[0][1:-1], [[mpf(2 * r + 1) / 30] for r in range(1, 14)])


def test_bank_update_that_keeps_everything_returns_the_bank():
    M, zeros, ones = drawn(1, 4, 3), [[[mpf(0)] * 3] * 6], [[[mpf(1)] * 3] * 6]
    close(lm2.bank_update(a, zeros, drawn(1, 6, 3), ones, M), M)


def test_rollouts_can_be_split():
    case = generate.CASES["inf.rollout/smooth-sticky-batch"]
    inputs = {name: each(mpf, tensor) for name, tensor in case.inputs.items()}
    Z, C = inf.rollout(a, **inputs, **case.attributes)
    Z_first, C_first = inf.rollout(a, **inputs | {"X": inputs["X"][:2], "u": inputs["u"][:2]}, **case.attributes)
    rest = inputs | {"X": inputs["X"][2:], "u": inputs["u"][2:], "C_0": C_first}
    Z_rest, C_rest = inf.rollout(a, **rest, **case.attributes)
    close(C_rest, C)
    close(Z_first + Z_rest, Z)


def test_golden_values_are_correctly_rounded():
    for numerator, denominator in ((1, 3), (-2, 3), (1, 3 << 1070), (2**60 + 1, 2**7), (1, 1 << 1076), (3, 1 << 1075)):
        expected = float(Fraction(numerator, denominator)) if numerator > 0 else -float(Fraction(-numerator, denominator))
        assert to_float64(mpf(numerator) / denominator) == expected, (numerator, denominator)


def test_tolerances_are_rounded_up_to_four_digits():
    assert rounded_up(1.23401e-17) == 1.235e-17 and rounded_up(0.0) == 0.0 and rounded_up(2.5) == 2.5


def test_formats_know_their_numbers():
    assert dtypes.F16.largest == 65504 and dtypes.F16.holds(2049.0) is False and dtypes.F16.holds(2048.0)
    assert dtypes.BF16.holds(255.0) and not dtypes.BF16.holds(257.0) and not dtypes.F32.holds(2.0**-127)


def test_safetensors_survive_the_round_trip():
    tensors = {"scalar": 1.5, "vector": [1.0, -2.0], "cube": [[[0.1], [0.2]], [[0.3], [5e-324]]]}
    content = safetensors.encode(tensors)
    assert int.from_bytes(content[:8], "little") % 8 == 0 and safetensors.decode(content) == tensors


def test_cases_have_unique_names_and_enough_of_them():
    cases = [case for module in generate.MODULES for case in module.all_cases()]
    assert len(cases) == len(generate.CASES)
    for equation in EQUATIONS:
        mine = [case for case in cases if case.equation == equation]
        assert len(mine) >= 9, f"{equation}: {len(mine)} cases"
        with_inputs = [case for case in mine if case.inputs]
        assert 3 * sum(case.family != "dtype-exact" for case in with_inputs) >= len(with_inputs), equation


def test_an_ordinary_implementation_passes_every_case():
    failures, count = [], 0
    for case_id, case in generate.CASES.items():
        if case.is_of_published_size:
            continue
        stored = stored_tensors(case_id)
        for dtype in dtypes.ALL:
            if f"rho.{dtype.name}.{EQUATIONS[case.equation].outputs[0]}" not in stored:
                continue
            count += 1
            for name, result in evaluate(case, Machine(dtype)).items():
                share = stored_share(case, dtype, name, result, stored)
                if not share <= 1:
                    failures.append(f"{case_id} {dtype.name} {name}: {share:.3g} of the tolerance")
    assert not failures, "\n".join(failures)
    assert count > 900


def test_an_ordinary_regression_passes_at_the_published_sizes():
    """In float64 without an arithmetic in between, which would take minutes."""

    def psi(positions, case):
        basis = list(zip(case.inputs["mu_j"], case.inputs["sigma_j"]))
        return [[math.exp(-(((t - m) / s) ** 2) / 2) / (s * math.sqrt(2 * math.pi)) for m, s in basis] for t in positions]

    def dot(xs, ys):
        return sum(map(operator.mul, xs, ys))

    for case_id, case in generate.CASES.items():
        if not case.is_of_published_size:
            continue
        assert case.equation == "inf-ref.memory.update"
        (C,), (X_new,), t_past = (case.inputs[key] for key in ("C", "X_new", "t_past"))
        past = psi(t_past[0] if isinstance(t_past[0], list) else t_past, case)
        kept = [*([dot(row, column) for column in zip(*C)] for row in past), *X_new]
        F = list(zip(*psi(case.inputs["t_padded"], case)))
        side = (len(F[0]) - len(kept)) // 2
        right = [[dot(row[side:-side], column) for column in zip(*kept)] for row in F]
        A = [[dot(F[i], F[j]) for j in range(i + 1)] for i in range(len(F))]
        for i, row in enumerate(A):
            row[i] += case.attributes["ridge"]
        C_next = [solve(A, right, math.sqrt, lambda pairs: math.fsum(x * y for x, y in pairs))]
        share = stored_share(case, dtypes.F64, "C_next", C_next, stored_tensors(case_id))
        assert share <= 1, f"{case_id}: {share:.3g} of the tolerance"


def stored_tensors(case_id):
    return safetensors.decode((generate.FOLDER / f"{case_id}.safetensors").read_bytes())


def stored_share(case, dtype, name, result, stored):
    return share_of_tolerance(case, dtype, result, stored[f"golden.{name}"], stored[f"rho.{dtype.name}.{name}"], name)


def main():
    passed = failed = 0
    modules = test_oracle_blocks, test_oracle_code, test_oracle_gradients, test_recordings
    for name, test in [*globals().items(), *(item for module in modules for item in vars(module).items())]:
        if name.startswith("test_") and callable(test):
            try:
                test()
                passed += 1
            except Exception:
                failed += 1
                print(f"{name}:\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
