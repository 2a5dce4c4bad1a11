"""Recordings of the ∞-former's pieces: the basis, continuous attention by θ, the ridge operator, the regulariser."""

import infinity_former as inf
import infinity_former_reference_code as code
import infinity_former_reference_code_attention as attention
from nested import flat
from recorded_judgement import EXPECTATION, OPERATOR, Evaluated, gradient_of
from recordings import Unfit, transposed

PREFIXES = "f64", "f64p", "f32"


def widths(recording):
    sigmas = recording.says("sigmas", list)
    if not sigmas or not all(isinstance(s, (int, float)) and s > 0 for s in sigmas):
        raise Unfit(f"hyperparameter sigmas: found {sigmas!r}, expected positive numbers")
    return sigmas


def basis_of(recording):
    """The recorded centres and deviations, or those of the grid that the hyperparameters give."""
    for prefix in ("", "f64.", "f64p.", "f64.pad1.", "f64.pad0."):
        if f"{prefix}basis_mu" in recording and f"{prefix}basis_sigma" in recording:
            mu_j = recording.fitting(f"{prefix}basis_mu", None)
            return mu_j, recording.fitting(f"{prefix}basis_sigma", len(mu_j))
    grid = Evaluated(lambda a: dict(zip(("mu_j", "sigma_j"), inf.basis_grid(a, count(recording), widths(recording)))), {})
    return grid.values["mu_j"], grid.values["sigma_j"]


def count(recording):
    return recording.positive("num_basis" if "num_basis" in recording.hyperparameters else "attn_num_basis", int)


def basis_grid(judge):
    """The recorded centres and deviations with those of the hyperparameters."""
    recording = judge.recording
    if "sigmas" not in recording.hyperparameters:
        return
    N = count(recording)
    names = "basis_mu", "basis_sigma"
    grid = Evaluated(lambda a: dict(zip(names, inf.basis_grid(a, N, widths(recording)))), {})
    for prefix in ("", *(f"{p}.{pad}" for p in PREFIXES for pad in ("", "pad1.", "pad0."))):
        for name in names:
            judge.compare(f"{prefix}{name}", grid, name, stated=EXPECTATION)
    targets = {output: f"{p}{name}" for p in ("", "f64.") for output, name in zip(("mu_j", "sigma_j"), names) if f"{p}{name}" in recording}
    if N % len(widths(recording)) == 0:
        judge.ask("inf.basis.grid", {}, {"count": N, "widths": widths(recording)}, targets, EXPECTATION)


def basis(judge):
    recording = judge.recording
    basis_grid(judge)
    mu_j, sigma_j = basis_of(recording)
    given = {"mu_j": mu_j, "sigma_j": sigma_j}

    def pieces(a, mu_j, sigma_j, t=None, mu=None, var=None, low=None, high=None):
        named = {}
        if t is not None:
            named["evaluate"] = inf.basis_evaluate(a, t, mu_j, sigma_j)
        if mu is not None:
            moments = [[_moments(a, m, v, mj, sj) for mj, sj in zip(mu_j, sigma_j)] for m, v in zip(mu, var)]
            named |= _by_power(moments, "_gaussian")
        if low is not None:
            triples = [[attention.basis_integrals(a, u, v, m, s) for m, s in zip(mu_j, sigma_j)] for u, v in zip(low, high)]
            named |= _by_power(triples, "")
        return named

    inputs = {"t": "in.t", "mu": "in.mu", "var": "in.sigma_sq", "low": "in.a", "high": "in.b"}
    inputs = {name: recording.fitting(key, None) for name, key in inputs.items() if key in recording}
    evaluated = Evaluated(pieces, given | inputs)
    for prefix in PREFIXES:
        judge.compare_all(evaluated, prefix, "", stated=EXPECTATION)
    if "t" in inputs:
        judge.ask("inf.basis.evaluate", given | {"t": inputs["t"]}, {}, {"psi": "f64.evaluate"}, EXPECTATION)
    if "mu" in inputs:
        densities = {"mu": [[inputs["mu"]]], "var": [[inputs["var"]]]} | given
        judge.ask("inf.attention.basis_expectation", densities, {}, {"r": "f64.integrate_psi_gaussian"}, EXPECTATION)
        judge.ask("inf-ref.attention.softmax", densities, {}, {"r": "f64.integrate_psi_gaussian"}, EXPECTATION)


def _by_power(triples, of):
    names = f"integrate_psi{of}", f"integrate_t_times_psi{of}", f"integrate_t2_times_psi{of}"
    return {name: [[triple[i] for triple in row] for row in triples] for i, name in enumerate(names)}


def _moments(a, m, v, mj, sj):
    """∫ N(m, v) psi, the same times t, and times t²."""
    square = sj * sj
    total = square + v
    expectation = inf.gaussian(a, m, mj, total)
    mean = (mj * v + m * square) / total
    return expectation, expectation * mean, expectation * (mean * mean + square * v / total)


def expectation_by_theta(a, theta, mu_j, sigma_j, which):
    """r and J at natural parameters [Q,2], θ = (mu/var, -1/(2var))."""
    var = [-1 / (2 * second) for _, second in theta]
    mu = [first * v for (first, _), v in zip(theta, var)]
    of = {"softmax": attention.softmax_expectation, "sparsemax": attention.sparsemax_expectation}[which]
    ((r,),), ((J,),) = of(a, [[mu]], [[var]], mu_j, sigma_j)
    return r, J


def continuous(judge):
    """Softmax or sparsemax by θ, with the hand-written backward pass and autograd's."""
    recording = judge.recording
    which = "sparsemax" if "parsemax" in recording.words() else "softmax"
    basis_grid(judge)
    mu_j, sigma_j = basis_of(recording)
    inputs = {"theta": recording.fitting("in.theta", None, 2), "mu_j": mu_j, "sigma_j": sigma_j}
    if not all(second < 0 for _, second in inputs["theta"]):
        raise Unfit("tensor in.theta: found a second parameter that is not negative, expected -1/(2 sigma_sq)")

    def forward(a, theta, mu_j, sigma_j):
        r, J = expectation_by_theta(a, theta, mu_j, sigma_j, which)
        return {"r": r, "J": J}

    cotangent = recording.fitting("in.cotangent", len(inputs["theta"]), len(mu_j)) if "in.cotangent" in recording else None
    evaluated = Evaluated(forward, inputs)
    for prefix in PREFIXES:
        judge.compare_all(evaluated, prefix, "", stated=EXPECTATION)
    if cotangent is not None:

        def custom(a, cotangent, **tensors):
            J = forward(a, **tensors)["J"]
            return {"grad.theta_custom": [[a.dot(row, c) for row in rows] for rows, c in zip(J, cotangent)]}

        by_hand = Evaluated(custom, inputs | {"cotangent": cotangent})
        basis_numbers = {"mu_j": mu_j, "sigma_j": sigma_j}

        def of_theta(tape, theta):
            return {"r": forward(tape, theta, **{k: [tape.number(x) for x in v] for k, v in basis_numbers.items()})["r"]}

        autograd = Evaluated(gradient_of(of_theta, ("r",), {"r": cotangent}, ("theta",)), {"theta": inputs["theta"]})
        for prefix in PREFIXES:
            judge.compare_all(by_hand, prefix, "", stated=EXPECTATION)
            judge.compare(f"{prefix}.grad.theta_autograd", autograd, "theta", stated=EXPECTATION)
    var = [-1 / (2 * second) for _, second in inputs["theta"]]
    mu = [first * v for (first, _), v in zip(inputs["theta"], var)]
    given = {"mu": [[mu]], "var": [[var]], "mu_j": mu_j, "sigma_j": sigma_j}
    judge.ask(f"inf-ref.attention.{which}", given, {}, {"r": "f64.r"}, EXPECTATION)


def condition(psi, ridge):
    """An upper bound of that of psiᵀpsi + λI."""
    F = [[float(x) for x in column] for column in zip(*psi)]
    return 1 + max(sum(abs(sum(map(float.__mul__, row, other))) for other in F) for row in F) / float(ridge)


def first_positions(a, length, padding):
    middle, padded = code.positions_first(a, length)
    return padded if padding else middle


def operator(judge):
    recording = judge.recording
    basis_grid(judge)
    mu_j, sigma_j = basis_of(recording)
    ridge = recording.positive("ridge" if "ridge" in recording.hyperparameters else "ridge_penalty")
    length = recording.positive("length", int)
    X = recording.fitting("in.x", None, None, length) if "in.x" in recording else None
    paddings = sorted({key.split(".")[1] for key in recording.results() if key.split(".")[1] in ("pad0", "pad1")})
    for pad in paddings or [""]:
        padded = pad != "pad0" if pad else recording.says("padding", bool, True)
        dot = f"{pad}." if pad else ""

        def pieces(a, mu_j, sigma_j, x=None):
            t = first_positions(a, length, padded)
            kept = 0 if padded and length == 1 else length  # the code's slice of a single row ends at -0
            psi = inf.basis_evaluate(a, t, mu_j, sigma_j)
            G_full = code.regression_operator(a, psi, ridge, len(t))
            side = (len(t) - kept) // 2
            G = G_full[side : side + kept]
            named = {"positions": t, "F": transposed(psi), "G_full": G_full, "G": G, "positions_kept": t[side : side + kept]}
            if x is not None and kept:
                named["B"] = inf.regression_coefficients(a, [transposed(signal) for signal in x], G)
            return {f"{dot}{name}": tensor for name, tensor in named.items()}

        inputs = {"mu_j": mu_j, "sigma_j": sigma_j} | ({"x": X} if X is not None else {})
        exact = Evaluated(pieces, inputs)
        stated = OPERATOR * condition(transposed(exact.values[f"{dot}F"]), ridge)
        for prefix in PREFIXES:
            judge.compare_all(exact, prefix, "", stated=stated)
        targets = {"t_padded" if padded else "t": f"f64.{dot}positions"}
        judge.ask("inf-ref.positions.first", {}, {"length": length}, targets, EXPECTATION)
        if f"f64.{dot}positions" in recording:
            at_recorded = {"t": recording[f"f64.{dot}positions"], "mu_j": mu_j, "sigma_j": sigma_j}
            psi = Evaluated(lambda a, **given: {"psi": inf.basis_evaluate(a, **given)}, at_recorded).values["psi"]
            judge.ask("inf-ref.regression.operator", {"psi": psi}, {"ridge": ridge, "kept": length}, {"G": f"f64.{dot}G"}, stated)
        if X is not None and f"f64.{dot}G" in recording:
            given = {"X": [transposed(x) for x in X], "G": recording[f"f64.{dot}G"]}
            judge.ask("inf.regression.coefficients", given, {}, {"C": f"f64.{dot}B"})


def regulariser(judge):
    """The KL term alone, at recorded densities, with its gradients."""
    recording = judge.recording
    mu = recording["in.mu"]
    var = recording.fitting("in.sigma_sq", *recording.shapes["in.mu"])
    if not all(v > 0 for v in flat(var)) or not 1 <= len(recording.shapes["in.mu"]) <= 3:
        raise Unfit("tensor in.sigma_sq: found what is no variances of [B,H,T] densities, expected positive numbers of one to three axes")
    attributes = kl_attributes(recording)

    def kl(a, **t):
        return {"kl": attention.regulariser_kl(a, *(of_rank_3(t[name]) for name in ("in.mu", "in.sigma_sq")), **attributes)}

    inputs = {"in.mu": mu, "in.sigma_sq": var}
    evaluated = Evaluated(kl, inputs)
    for prefix in PREFIXES:
        judge.compare_all(evaluated, prefix, "")
    cotangent = next((recording[name] for name in ("in.cotangent", "in.cotangent_kl") if name in recording), None)
    if cotangent is not None:
        by_input = Evaluated(gradient_of(kl, ("kl",), {"kl": cotangent}, tuple(inputs)), inputs)
        for prefix in PREFIXES:
            for name in inputs:
                for key in (f"{prefix}.grad.{name}", f"{prefix}.grad.{name.removeprefix('in.')}"):
                    judge.compare(key, by_input, name)
    densities = {"mu": of_rank_3(mu), "var": of_rank_3(var)}
    judge.ask("inf-ref.regulariser.kl", densities, attributes, {"kl": "f64.kl"})


def of_rank_3(X):
    """[B,H,T] of densities with fewer axes."""
    return X if isinstance(X[0], list) and isinstance(X[0][0], list) else of_rank_3([X])


def version_of(recording):
    """Which of the three published versions of the memory a recording is of."""
    known = ("document_grounded", "document_grounded"), ("docg", "document_grounded"), ("gpt2", "gpt2"), ("sort", "sorting")
    for words in (recording.origin(), recording.words()):
        for part, version in known:
            if part in words:
                return version
    raise Unfit("upstream.file: found none of sorting, finetune_gpt2 and document_grounded_generation, expected one of them")


def kl_attributes(recording):
    return {
        "version": version_of(recording),
        "sigma_0": recording.positive("sigma_0"),
        "mu_0": recording.says("mu_0", otherwise=None),
    }
