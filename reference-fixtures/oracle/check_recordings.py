#!/usr/bin/env python3
"""Compares the oracle's formulas with recordings of the authors' code.

    check_recordings.py DIR

DIR holds the recordings (NAME.safetensors with NAME.json). Exit codes: 1 a comparison failed, 2 nothing can be compared. Every comparison feeds recorded
inputs of one equation to the oracle and compares with the recorded result; how large an error is allowed says `recordings.py`. Here are
the comparisons of the paper profile, where an equation of the two coincides; those of the reference-code profile, which must coincide
everywhere, are in `check_recordings_code.py`.
"""

import json
import pathlib
import sys

import check_recordings_code as code
import infinity_former as inf
import lm2
import safetensors
from nested import flat
from recordings import EXPECTATION, NETWORK, OPERATOR, Comparison, Recording, a, batch_first, exact, merged_heads, shaped, transposed


def basis(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    mu_j, sigma_j = t["f64.basis_mu"], t["f64.basis_sigma"]
    centres, widths = inf.basis_grid(a, len(mu_j), [0.01, 0.05])
    compare(f"{name}: inf.basis.grid mu_j", centres, recording["f64.basis_mu"], EXPECTATION)
    compare(f"{name}: inf.basis.grid sigma_j", widths, recording["f64.basis_sigma"], EXPECTATION)
    psi = inf.basis_evaluate(a, t["in.t"], mu_j, sigma_j)
    compare(f"{name}: inf.basis.evaluate", psi, recording["f64.evaluate"], EXPECTATION)
    mu, var = [[t["in.mu"]]], [[t["in.sigma_sq"]]]
    ((r,),) = inf.attention_basis_expectation(a, mu, var, mu_j, sigma_j)
    compare(f"{name}: inf.attention.basis_expectation", r, recording["f64.integrate_psi_gaussian"], EXPECTATION)
    # The Jacobian is a covariance: E[φ psi] = Cov(φ, psi) + E[φ] E[psi].
    ((J,),) = inf.attention_expectation_jacobian(a, mu, var, mu_j, sigma_j)
    densities = list(zip(t["in.mu"], t["in.sigma_sq"], J, r))
    first = [[c + m * x for c, x in zip(J_q[0], r_q)] for m, _, J_q, r_q in densities]
    second = [[c + (m * m + v) * x for c, x in zip(J_q[1], r_q)] for m, v, J_q, r_q in densities]
    jacobian = f"{name}: inf.attention.expectation_jacobian"
    compare(f"{jacobian}, t", first, recording["f64.integrate_t_times_psi_gaussian"], EXPECTATION)
    compare(f"{jacobian}, t²", second, recording["f64.integrate_t2_times_psi_gaussian"], EXPECTATION)


def continuous_softmax(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    mu_j, sigma_j = inf.basis_grid(a, 16, [0.01, 0.05])
    var = [-1 / (2 * second) for _, second in t["in.theta"]]
    mu = [first * v for (first, _), v in zip(t["in.theta"], var)]
    ((r,),) = inf.attention_basis_expectation(a, [[mu]], [[var]], mu_j, sigma_j)
    compare(f"{name}: inf.attention.basis_expectation from theta", r, recording["f64.r"], EXPECTATION)
    ((J,),) = inf.attention_expectation_jacobian(a, [[mu]], [[var]], mu_j, sigma_j)
    gradient = [[a.dot(row, cotangent) for row in rows] for rows, cotangent in zip(J, t["in.cotangent"])]
    recorded = recording["f64.grad.theta_custom"]
    compare(f"{name}: inf.attention.expectation_jacobian through the cotangent", gradient, recorded, NETWORK)


def operator(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    for padding in ("f64.pad1", "f64.pad0"):
        psi = inf.basis_evaluate(a, t[f"{padding}.positions"], t[f"{padding}.basis_mu"], t[f"{padding}.basis_sigma"])
        compare(f"{name}: inf.basis.evaluate, {padding}", transposed(psi), recording[f"{padding}.F"], EXPECTATION)
        G = inf.regression_operator(a, psi, hyperparameters["ridge"])
        compare(f"{name}: inf.regression.operator, {padding}", G, recording[f"{padding}.G_full"], OPERATOR)
        kept = middle(G, len(recording[f"{padding}.G"]))
        compare(f"{name}: inf.regression.operator, {padding}, kept rows", kept, recording[f"{padding}.G"], OPERATOR)
        C = inf.regression_coefficients(a, [transposed(x) for x in t["in.x"]], t[f"{padding}.G"])
        compare(f"{name}: inf.regression.coefficients, {padding}", C, recording[f"{padding}.B"], NETWORK)


def middle(rows, count):
    first = (len(rows) - count) // 2
    return rows[first : first + count]


def update(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    ridge, samples, length = hyperparameters["ridge_penalty"], hyperparameters["nb_samples"], hyperparameters["length"]
    mu_j, sigma_j = t["basis_mu"], t["basis_sigma"]
    for prefix in ("f64", "f64p"):
        G = inf.regression_operator(a, inf.basis_evaluate(a, t[f"{prefix}.positions_inf"], mu_j, sigma_j), ridge)
        G = middle(G, samples + length)
        compare(f"{name}: inf.regression.operator, {prefix}.G_inf", G, recording[f"{prefix}.G_inf"], OPERATOR)
        for s in range(1, hyperparameters["segments"]):
            past = inf.signal_evaluate(a, t[f"{prefix}.B.s{s - 1}"], t[f"{prefix}.samples"])
            joined = [old + transposed(new) for old, new in zip(past, t[f"in.x.s{s}"])]
            C = inf.regression_coefficients(a, joined, G)
            compare(f"{name}: resample and regress, {prefix}.B.s{s}", C, recording[f"{prefix}.B.s{s}"], OPERATOR)


def long_term_memory(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    heads, B = hyperparameters["n_heads"], hyperparameters["batch"]
    mu_j, sigma_j = t["basis_mu"], t["basis_sigma"]
    N, e = len(mu_j), heads * hyperparameters["head_size"]
    sorting = "d_model" in hyperparameters
    W_K, W_V, W_O = (transposed(t[f"param.{W}.weight"]) for W in ("proj_key", "proj_value", "attn_out"))
    for s in range(hyperparameters["segments"]):
        step = f"f64.{{}}.s{s}".format
        here = f"{name}, segment {s}: "
        q = batch_first(t[f"in.q.s{s}"]) if sorting else merged_heads(t[f"in.q.s{s}"])
        L = len(q[0])
        identity = [[a.number(float(i == j)) for j in range(e)] for i in range(e)]
        Q, K, V = inf.attention_project(a, q, t[step("B")], identity, W_K, W_V)
        compare(f"{here}inf.attention.project K", K, merged_heads(recording[step("keys")]), NETWORK)
        compare(f"{here}inf.attention.project V", V, merged_heads(recording[step("values")]), NETWORK)
        S = inf.attention_scores(a, Q, K, heads)
        if "param.mu.weight" in t:
            compare(f"{here}inf.attention.scores", S, recording[step("scores")], NETWORK)
            w_mu, w_sigma, zero = t["param.mu.weight"][0], t["param.sigma.weight"][0], a.number(0.0)
            mu, var = inf.attention_density(a, S, w_mu, w_sigma, zero, zero, hyperparameters["sigma_sq_clamp_min"])
            which = "inf.attention.density"
        else:
            mu, var = inf.attention_density_moments(a, S, mu_j, sigma_j)
            which = "inf.attention.density_moments"
        compare(f"{here}{which} mu", mu, recording[step("mu")], NETWORK)
        if which == "inf.attention.density":
            compare(f"{here}{which} var", var, recording[step("sigma_sq")], NETWORK)
        else:  # var is the difference E[t²] - mu², so the code's error is relative to E[t²]
            second = [v + m * m for v, m in zip(flat(var), flat(mu))]
            recorded = [v + m * m for v, m in zip(recording[step("sigma_sq")], recording[step("mu")])]
            compare(f"{here}{which} var + mu²", second, recorded, NETWORK)
        mu, var = (shaped(t[step(x)], B, heads, L) for x in ("mu", "sigma_sq"))
        r = inf.attention_basis_expectation(a, mu, var, mu_j, sigma_j)
        compare(f"{here}inf.attention.basis_expectation", r, recording[step("r")], EXPECTATION * 4)
        context = inf.attention_context(a, shaped(t[step("r")], B, heads, L, N), V, W_O)
        recorded = recording[step("context")]
        compare(f"{here}inf.attention.context", context, batch_first(recorded) if sorting else recorded, NETWORK)
        if hyperparameters["mu_0"] is None:
            kl = inf.regulariser_kl(a, mu, var, hyperparameters["sigma_0"])
            compare(f"{here}inf.regulariser.kl", kl, recording[step("kl")], NETWORK)
        if step("sticky.p") in t:
            sticky(compare, here, t, recording, step, s, B, heads, L)


def sticky(compare, here, t, recording, step, s, B, heads, L):
    # The code's outer edges are -1e-6 and 1+1e-6: the bins at the ends differ, and the others by one factor.
    mu = shaped(t[step("sticky.attn_past_mu")], B, heads, L)
    var = [[[sd * sd for sd in row] for row in h] for h in shaped(t[step("sticky.attn_past_sd")], B, heads, L)]
    recorded = recording[step("sticky.p")]
    ours = []
    for p, q in zip(inf.sticky_histogram(a, mu, var, len(recorded[0])), recorded):
        factor = a.sum(q[1:-1]) / a.sum(p[1:-1])
        ours.append([q[0], *(x * factor for x in p[1:-1]), q[-1]])
    # A bin is a sum of H·L differences of Φ, each off by 2⁻⁵³ at its own size of about 1, however small the bin.
    allowed = heads * L * 2.0**-53 / max(flat(recording[step("sticky.p_unnormalised")]))
    compare(f"{here}inf.sticky.histogram, inner bins", ours, recorded, allowed)
    psi = inf.basis_evaluate(a, t[step("sticky.ts")], t["basis_mu"], t["basis_sigma"])
    compare(f"{here}inf.basis.evaluate, batched", psi, recording[step("sticky.samples")], EXPECTATION)
    past = inf.signal_evaluate(a, t[f"f64.B.s{s - 1}"], psi)
    compare(f"{here}inf.signal.evaluate, batched", [transposed(x) for x in past], recording[step("sticky.old_vectors")], NETWORK)


def lm2_memory(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    top_k = hyperparameters["topk"] if hyperparameters["use_topk"] else 0
    for s in range(hyperparameters["steps"]):
        step = f"f64.{{}}.s{s}".format
        here = f"{name}, step {s}: "
        memory = t["in.memory.s0"] if s == 0 else t[f"f64.next_memory.s{s - 1}"]
        A = lm2.attention_weights(a, t[step("q")], t[step("k")], hyperparameters["num_heads"], True, top_k)
        recorded = recording[step("att_topk" if top_k else "att_prob")]
        compare(f"{here}lm2.attention.weights", A, recorded, NETWORK)
        E_mem = lm2.attention_retrieve(a, exact(recorded), t[step("v")])
        compare(f"{here}lm2.attention.retrieve", E_mem, recording[step("attended")], NETWORK)
        M = lm2.bank_update(a, t[step("input_gate")], t[step("layernorm2")], t[step("forget_gate")], memory)
        compare(f"{here}lm2.bank.update", M, recording[step("next_memory")], NETWORK)
        skipped = lm2.readout_skip(a, t[f"in.inputs.s{s}"], t[step("next_memory")])
        compare(f"{here}lm2.readout.skip", skipped, recording[step("output")], NETWORK)


KINDS = {
    "inf_basis_": (basis, code.basis),
    "inf_continuous_softmax_": (continuous_softmax, code.continuous_softmax),
    "inf_G_": (operator, code.operator),
    "inf_update_": (update, code.update),
    "inf_ltm_": (long_term_memory, code.long_term_memory),
    "inf_sticky_": (long_term_memory, code.long_term_memory),
    "lm2_": (lm2_memory, code.lm2_memory),
}


def refuse(sentence):
    print(sentence, file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        refuse("usage: check_recordings.py DIR")
    folder = pathlib.Path(sys.argv[1])
    if not folder.is_dir():
        refuse(f"check_recordings.py: found {'a file' if folder.exists() else 'nothing'} at '{folder}', expected a folder of recordings")
    recordings = sorted(folder.glob("*.safetensors"))
    if not recordings:
        refuse(f"check_recordings.py: found no NAME.safetensors in '{folder}', expected recordings")
    comparison = Comparison()
    for path in recordings:
        checks = next((functions for prefix, functions in KINDS.items() if path.stem.startswith(prefix)), None)
        if checks is None:
            comparison.failed += 1
            print(f"FAIL {path.stem}: no comparison for this kind of recording")
            continue
        recording = Recording(safetensors.decode(path.read_bytes()))
        hyperparameters = json.loads(path.with_suffix(".json").read_text())["hyperparameters"]
        for check in checks:
            check(comparison, path.stem, recording, hyperparameters)
        left = recording.not_compared()
        gradients = sum(".grad." in key for key in left)
        print(f"     {path.stem}: not compared: {gradients} gradients, {len(left) - gradients} other tensors")
    print(f"{comparison.passed} passed, {comparison.failed} failed")
    sys.exit(1 if comparison.failed else 0)
