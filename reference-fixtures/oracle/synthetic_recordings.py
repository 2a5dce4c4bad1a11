"""Recordings as of the authors' code, but made by the oracle: what `check_recordings.py` reads, over the axes on which recordings differ.

They are put together from other pieces than those that the check uses: operators times signals where it solves, the catalogue's layers and
gradients where it has the tensors of a segment one by one.
"""

import json

import infinity_former as inf
import infinity_former_reference_code as code
import infinity_former_reference_code_attention as attention
import lm2
import lm2_reference_code as lm2_code
import safetensors
from arithmetic import Exact
from case import Draw
from functions import sigmoid
from gradients import GRADIENT_EQUATIONS, SUFFIX, gradients
from equations import EQUATIONS
from linear_algebra import product
from nested import each, flat, of_shape, shape_of
from recorded_lm2 import WEIGHTS
from recorded_memory import float32
from recordings import batch_first, merged_heads, split_heads, transposed
from tolerance import to_float64

a = Exact()
FILES = {
    "sorting": "sorting/long_term_attention.py",
    "gpt2": "finetune_gpt2/src/transformers/models/gpt2/long_term_attention.py",
    "document_grounded": "document_grounded_generation/src/long_term_attention.py",
    "lm2": "src/memory.py",
}


class Drawn:
    """Tensors of float32 numbers from a seed."""

    def __init__(self, seed):
        self.draw = Draw(f"recordings/{seed}", "full-24")

    def __call__(self, *shape, size=0.6):
        return self.draw.tensor(*shape, low=-size, high=size)


def write(folder, name, file, hyperparameters, tensors, types=None):
    """NAME.safetensors and NAME.json; float64 unless `types` says otherwise, float32 where a name says so."""
    types = {key: "F32" for key in tensors if key.startswith("f32.")} | (types or {})
    rounded = {key: each(_float64, tensor) for key, tensor in tensors.items()}
    rounded = {key: each(float32, tensor) if types.get(key) == "F32" else tensor for key, tensor in rounded.items()}
    rounded = {key: each(int, tensor) if types.get(key) == "I64" else tensor for key, tensor in rounded.items()}
    path = folder / f"{name}.safetensors"
    path.write_bytes(safetensors.encode(rounded, types))
    described = {key: {"dtype": types.get(key, "F64"), "shape": shape_of(tensor), "meaning": ""} for key, tensor in rounded.items()}
    said = {"case": name, "upstream": {"file": file, "symbol": ""}, "hyperparameters": hyperparameters, "nonfinite_tensors": [], "tensors": described}
    path.with_suffix(".json").write_text(json.dumps(said))
    return path


def _float64(x):
    return to_float64(x) if hasattr(x, "_mpf_") else float(x)


def rewritten(path, change, types=None):
    """The recording with its tensors, type, shape and entries by name, changed in place; its JSON stays as it is."""
    tensors = safetensors.read(path.read_bytes())
    values = {name: tensor for name, (_, _, tensor) in tensors.items()}
    kinds = {name: kind for name, (kind, _, _) in tensors.items()}
    change(values)
    path.write_bytes(safetensors.encode(values, {name: kinds.get(name, "F64") for name in values} | (types or {})))


def long_term_memory(folder, name, version, gradient=False, state=None, **changes):
    """Segments of a long-term memory. `changes`: hyperparameters other than the smallest ones."""
    sorting = version == "sorting"
    h = {
        "length": 4, "attn_func": "softmax", "attn_num_basis": 4, "n_heads": 2, "head_size": 2, "mask": False, "mask_type": None,
        "kl_regularizer": True, "sigma_0": 0.05, "mu_0": None if sorting else -1, "infinite_memory": True, "nb_samples": 5,
        "tau": 0.75 if sorting else 0.5, "ridge_penalty": 1 if sorting else 0.5, "sigmas": [0.05, 0.1] if sorting else [0.04, 0.08],
        "padding": True, "spacing": "linear", "sigma_sq_clamp_min": 1e-6 if sorting else 1e-4, "batch": 2, "qlen": 2, "segments": 3,
        "new_doc_segments": [], "affines": True,
    } | changes
    h["klens"] = h.get("klens", [h["length"]] * h["segments"])
    e = h["n_heads"] * h["head_size"]
    d_model = h.setdefault("d_model", e) if sorting else e
    drawn, N, H, B, T = Drawn(name), h["attn_num_basis"], h["n_heads"], h["batch"], h["qlen"]
    t = {"param.proj_query.weight": drawn(e, e), "param.proj_key.weight": drawn(e, e), "param.proj_value.weight": drawn(e, e)}
    t["param.attn_out.weight"] = drawn(d_model, e)
    if h["affines"]:
        t |= {"param.mu.weight": drawn(1, N), "param.sigma.weight": drawn(1, N, size=2.0)}
    if h["mask"]:
        t["param.mask_net.weight"] = drawn(e, e, 3) if h["mask_type"] == "cnn" else drawn(h["length"], h["length"])
        t["param.mask_net.bias"] = drawn(e if h["mask_type"] == "cnn" else h["length"])
    mu_j, sigma_j = inf.basis_grid(a, N, h["sigmas"])
    t |= {"basis_mu": mu_j, "basis_sigma": sigma_j}
    recurrent = code.positions_recurrent(a, h["nb_samples"], h["length"], h["tau"])
    grid = recurrent[2] if h["padding"] else recurrent[1]
    types = {"f64.positions_inf": "F32"}
    bins = {}
    for prefix in ("f64", "f64p", "f32"):
        rounded = prefix == "f64"
        positions = [a.number(float32(p)) for p in grid] if rounded else grid
        t[f"{prefix}.positions_inf"] = positions
        C = state and each(a.number, state)
        if state:
            t["in.B.s0"] = state
        counted = 0
        past_density = None
        for s in range(h["segments"]):
            L = h["klens"][s]
            if h.get("mem_threshold") and counted >= h["mem_threshold"]:
                C, counted = None, 0
            C = None if s in h["new_doc_segments"] else C
            for key, tensor in _segment_inputs(drawn, s, L, B, T, H, e, d_model, sorting, h).items():
                t.setdefault(key, tensor)
            x = batch_first(t[f"in.k.s{s}"]) if sorting else t[f"in.k.s{s}"]
            x = _masked(t, each(a.number, x), h)
            if C is None or not h["infinite_memory"]:
                middle, padded = code.positions_first(a, L)
                G = _operator(padded if h["padding"] else middle, mu_j, sigma_j, h["ridge_penalty"], L)
                t[f"{prefix}.G_first.len{L}"] = G
                joined = x
            else:
                past = recurrent[0]
                if h.get("sticky_memories"):
                    p = code.sticky_histogram(a, *past_density, 128)
                    bins.setdefault(s, [[float((7 * b + 31 * m) % 128) for m in range(h["nb_samples"])] for b in range(B)])
                    past = code.sticky_positions(a, bins[s], 128)
                    if rounded:
                        t |= {f"f64.sticky.p.s{s}": p, f"f64.sticky.b.s{s}": transposed(bins[s]), f"f64.sticky.ts.s{s}": past}
                        types[f"f64.sticky.b.s{s}"] = "I64"
                old = inf.signal_evaluate(a, C, inf.basis_evaluate(a, past, mu_j, sigma_j))
                G = t[f"{prefix}.G_inf"] = _operator(positions, mu_j, sigma_j, h["ridge_penalty"], h["nb_samples"] + L)
                joined = [o + n for o, n in zip(old, x)]
            C = inf.regression_coefficients(a, joined, G)
            C = each(lambda y: a.number(_float64(y)), C) if rounded else C
            counted += L
            named, past_density = _read(t, s, C, mu_j, sigma_j, version, h)
            t |= {f"{prefix}.{key}.s{s}": tensor for key, tensor in named.items() if rounded or key in ("B", "context", "kl")}
            if rounded:
                t[f"f64.count.s{s}"] = [float(counted)]
                types[f"f64.count.s{s}"] = "I64"
    if gradient:
        t |= _gradients(t, h, version, sigma_j)
    return write(folder, name, FILES[version], h, t, types)


def _segment_inputs(drawn, s, L, B, T, H, e, d_model, sorting, h):
    inputs = {
        f"in.k.s{s}": drawn(L, B, e) if sorting else drawn(B, L, e),
        f"in.q.s{s}": drawn(T, B, e) if sorting else drawn(B, H, T, e // H),
        f"in.cotangent_context.s{s}": drawn(T, B, d_model) if sorting else drawn(B, T, d_model),
    }
    return inputs | ({f"in.cotangent_kl.s{s}": drawn(B, H * T)} if h["kl_regularizer"] else {})


def _operator(positions, mu_j, sigma_j, ridge, kept):
    return code.regression_operator(a, inf.basis_evaluate(a, positions, mu_j, sigma_j), ridge, kept)


def _masked(t, x, h):
    if not h["mask"]:
        return x
    W, b = each(a.number, t["param.mask_net.weight"]), each(a.number, t["param.mask_net.bias"])
    if h["mask_type"] == "cnn":
        return inf.smooth_gate(a, x, W, b)
    time = range(len(x[0]))
    return [[[u * sigmoid(a, a.sum([W[i][j] * y[j][c] for j in time]) + b[i]) for c, u in enumerate(y[i])] for i in time] for y in x]


def _read(t, s, C, mu_j, sigma_j, version, h):
    sorting, H = version == "sorting", h["n_heads"]
    q = batch_first(t[f"in.q.s{s}"]) if sorting else merged_heads(t[f"in.q.s{s}"])
    W_K, W_V, W_O = (transposed(each(a.number, t[f"param.{name}.weight"])) for name in ("proj_key", "proj_value", "attn_out"))
    identity = each(a.number, [[float(i == j) for j in range(len(W_K))] for i in range(len(W_K))])
    Q, K, V = inf.attention_project(a, each(a.number, q), C, identity, W_K, W_V)
    S = inf.attention_scores(a, Q, K, H)
    if h["affines"]:
        w_mu, w_sigma = (each(a.number, t[f"param.{name}.weight"][0]) for name in ("mu", "sigma"))
        mu, var = attention.density(a, S, w_mu, w_sigma, h["sigma_sq_clamp_min"])
    else:
        mu, var = attention.density_moments(a, S, mu_j, sigma_j)
    of = {"softmax": attention.softmax_expectation, "sparsemax": attention.sparsemax_expectation}[h["attn_func"]]
    r, _ = of(a, mu, var, mu_j, sigma_j)
    context = inf.attention_context(a, r, V, W_O)
    named = {"keys": split_heads(K, H), "values": split_heads(V, H), "mu": flat(mu), "sigma_sq": flat(var)}
    named |= {"r": r, "B": C, "context": batch_first(context) if sorting else context}
    if h["affines"]:
        named["scores"] = S
    if h["kl_regularizer"]:
        named["kl"] = [flat(x) for x in attention.regulariser_kl(a, mu, var, version, h["sigma_0"], h["mu_0"])]
    return named, (mu, var)


def _gradients(t, h, version, sigma_j):
    """By the gradient equations of the layer and of the regulariser, on exact positions from the state of `f64p`."""
    sorting, found = version == "sorting", {}
    W = {ours: transposed(t[f"param.{theirs}.weight"]) for ours, theirs in (("W_K", "proj_key"), ("W_V", "proj_value"), ("W_O", "attn_out"))}
    e, H, T = len(W["W_K"]), h["n_heads"], h["qlen"]
    identity = [[float(i == j) for j in range(e)] for i in range(e)]
    attributes = {
        "heads": H, "count": h["attn_num_basis"], "widths": h["sigmas"], "ridge": h["ridge_penalty"], "samples": h["nb_samples"],
        "tau": h["tau"], "affine": True, "variance_floor": h["sigma_sq_clamp_min"], "smooth": False, "sticky": False, "bins": None,
    }
    layer, kl = EQUATIONS["inf-ref.layer"], EQUATIONS["inf-ref.regulariser.kl"]
    for s in range(h["segments"]):
        k, q = t[f"in.k.s{s}"], t[f"in.q.s{s}"]
        inputs = {"X_query": batch_first(q) if sorting else merged_heads(q), "X_new": batch_first(k) if sorting else k, "W_Q": identity}
        inputs |= W | {"w_mu": t["param.mu.weight"][0], "w_sigma": t["param.sigma.weight"][0]}
        if s and s not in h["new_doc_segments"]:
            inputs["C"] = each(_float64, t[f"f64p.B.s{s - 1}"])
        _, _, mu, var = layer.formula(a, **{name: each(a.number, x) for name, x in inputs.items()}, **attributes)
        context = t[f"in.cotangent_context.s{s}"]
        cotangents = {"Z_ltm": each(a.number, batch_first(context) if sorting else context)}
        of_kl = {"version": version, "sigma_0": h["sigma_0"], "mu_0": h["mu_0"]}
        given = {"kl": each(a.number, of_shape([h["batch"], H, T], iter(flat(t[f"in.cotangent_kl.s{s}"]))))}
        cotangents |= gradients(a, kl.formula, kl.outputs, {"mu": mu, "var": var}, of_kl, given, ("mu", "var"))
        asked = GRADIENT_EQUATIONS["inf-ref.layer" + SUFFIX].inputs
        by = gradients(a, layer.formula, layer.outputs, inputs, attributes, cotangents, asked)
        found[f"f64p.grad.in.k.s{s}"] = batch_first(by["X_new"]) if sorting else by["X_new"]
        found[f"f64p.grad.in.q.s{s}"] = batch_first(by["X_query"]) if sorting else split_heads(by["X_query"], H)
        for ours, theirs in (("W_K", "proj_key"), ("W_V", "proj_value"), ("W_O", "attn_out")):
            found[f"f64p.grad.param.{theirs}.weight.s{s}"] = transposed(by[ours])
        found |= {f"f64p.grad.param.{theirs}.weight.s{s}": [by[ours]] for ours, theirs in (("w_mu", "mu"), ("w_sigma", "sigma"))}
    return found


def lm2_module(folder, name, gradient=False, hidden=None, dropped=None, batch_of_memory=None, **changes):
    """Steps of LM2's memory module. `hidden`: pairs (t, j) that the additive mask hides besides; `dropped`: the share of dropout."""
    h = {
        "mem_slots": 4, "num_heads": 2, "batch": 2, "steps": 2, "num_blocks": 1, "attention_mlp_layers": 2, "use_topk": False, "topk": 2,
        "layernorm_eps": 1e-5, "attn_drop": f"{dropped or 0.9}, {'active' if dropped else 'inactive'}",
    } | changes
    drawn, n, B, H = Drawn(name), h["mem_slots"], h["batch"], h["num_heads"]
    shapes = {ours: [n, n] if lm2_code.RANKS[ours] == 2 else [n] if lm2_code.RANKS[ours] else [] for ours in WEIGHTS}
    shapes |= {"W_i": [2 * n, n], "b_i": [2 * n], "W_m": [2 * n, n], "b_m": [2 * n]}
    t = {f"param.{theirs}": drawn(*shapes[ours]) for ours, theirs in WEIGHTS.items()}
    W = {ours: t[f"param.{theirs}"] for ours, theirs in WEIGHTS.items()}
    W = {ours: each(a.number, transposed(x) if lm2_code.RANKS[ours] == 2 else x) for ours, x in W.items()}
    t["in.memory.s0"] = [[[float(i == j) for j in range(n)] for i in range(n)] for _ in range(batch_of_memory or B)]
    M = each(a.number, t["in.memory.s0"] * (B // len(t["in.memory.s0"])))
    if hidden:
        t["in.attention_mask"] = [[[[-1e30 if j > i or (i, j) in hidden else 0.0 for j in range(n)] for i in range(n)]] for _ in range(B)]
    top_k = h["topk"] if h["use_topk"] else 0
    attributes = {"heads": H, "top_k": top_k, "blocks": h["num_blocks"], "mlp_layers": h["attention_mlp_layers"], "eps": h["layernorm_eps"]}
    for s in range(h["steps"]):
        X = t[f"in.inputs.s{s}"] = drawn(B, n, n)
        for key in ("output", "next_memory"):
            t[f"in.cotangent_{key}.s{s}"] = drawn(B, n, n)
        X = each(a.number, X)
        if dropped:
            kept = Draw(f"{name}/dropout/{s}", "full-24").tensor(B, H, n, n, low=0.0, high=1.0)
            t[f"in.dropout_mask.s{s}"] = each(lambda x: float(x > dropped), kept)
        if hidden or dropped:
            E, A = _block_with_masks(t, s, X, M, W, h, hidden or (), dropped)
            t[f"f64.attended.s{s}"] = A
        else:
            reading = {key: W[key] for key in ("W_q", "b_q", "W_k", "b_k", "W_v", "b_v")}
            if h["num_blocks"] == 1:
                t[f"f64.attended.s{s}"] = lm2_code.attention(a, X, M, **reading, heads=H, top_k=top_k)
            residual = {key: W[key] for key in ("w_1", "b_1", "W_mlp", "b_mlp", "w_2", "b_2")}
            E = lm2_code.block(a, X, M, **reading, **residual, **attributes)
        gates = {key: W[key] for key in ("w", "W_i", "b_i", "W_m", "b_m", "b_forget", "b_input")}
        g_in, g_forget = lm2_code.gates(a, X, M, **gates)
        before, M = M, lm2.bank_update(a, g_in, E, g_forget, M)
        output = lm2.readout_skip(a, X, M)
        t |= {f"f64.layernorm2.s{s}": E, f"f64.input_gate.s{s}": g_in, f"f64.forget_gate.s{s}": g_forget}
        t |= {f"{p}.{key}.s{s}": x for p in ("f64", "f32") for key, x in (("next_memory", M), ("output", output))}
        if gradient:
            given = {ours: each(a.number, t[f"in.cotangent_{theirs}.s{s}"]) for ours, theirs in (("E_next", "output"), ("M_next", "next_memory"))}
            step = EQUATIONS["lm2-ref.step"]
            inputs = {"X": t[f"in.inputs.s{s}"], "M": before} | W
            by = gradients(a, step.formula, step.outputs, inputs, attributes, given, GRADIENT_EQUATIONS["lm2-ref.step" + SUFFIX].inputs)
            t |= {f"f64.grad.inputs.s{s}": by["X"], f"f64.grad.memory.s{s}": by["M"]}
            for ours, theirs in WEIGHTS.items():
                t[f"f64.grad.param.{theirs}.s{s}"] = transposed(by[ours]) if lm2_code.RANKS[ours] == 2 else by[ours]
        M = each(lambda x: a.number(_float64(x)), M)
    return write(folder, name, FILES["lm2"], h, t)


def _block_with_masks(t, s, X, M, W, h, hidden, dropped):
    """One block, its probabilities by their definition."""
    H, n = h["num_heads"], h["mem_slots"]
    Q, K, V = ([[[y + c for y, c in zip(row, b)] for row in product(a, x, U)] for x in Z] for Z, U, b in (
        (X, W["W_q"], W["b_q"]), (M, W["W_k"], W["b_k"]), (M, W["W_v"], W["b_v"])))
    P = []
    for b, S_b in enumerate(inf.attention_scores(a, Q, K, H)):
        P.append([])
        for head, S in enumerate(S_b):
            weights = [[a.number(0.0) if j > i or (i, j) in hidden else a.exp(x) for j, x in enumerate(row)] for i, row in enumerate(S)]
            P[b].append([[w / a.sum(row) for w in row] for row in weights])
            if dropped:
                factor = 1 / (1 - dropped)
                P[b][head] = [[p * (factor * m) for p, m in zip(*rows)] for rows in zip(P[b][head], t[f"in.dropout_mask.s{s}"][b][head])]
    A = lm2.attention_retrieve(a, P, V)
    normalised = lm2_code.layer_norm(a, lm2_code.plus(M, A), W["w_1"], W["b_1"], h["layernorm_eps"])
    Y = normalised
    for _ in range(h["attention_mlp_layers"]):
        Y = [[[max(y + c, a.number(0.0)) for y, c in zip(row, W["b_mlp"])] for row in product(a, y_b, W["W_mlp"])] for y_b in Y]
    return lm2_code.layer_norm(a, lm2_code.plus(normalised, Y), W["w_2"], W["b_2"], h["layernorm_eps"]), A


def ridge_operator(folder, name, length, **changes):
    h = {"length": length, "num_basis": 4, "sigmas": [0.01, 0.05], "ridge": 1} | changes
    mu_j, sigma_j = inf.basis_grid(a, h["num_basis"], h["sigmas"])
    x = Drawn(name)(2, 3, length)
    t, types = {"in.x": x}, {}
    for key, positions in zip(("pad1", "pad0"), reversed(code.positions_first(a, length))):
        psi = inf.basis_evaluate(a, positions, mu_j, sigma_j)
        G = code.regression_operator(a, psi, h["ridge"], length)
        for prefix in ("f64", "f32"):
            t |= {f"{prefix}.{key}.G": G, f"{prefix}.{key}.B": inf.regression_coefficients(a, [transposed(each(a.number, y)) for y in x], G)}
        t |= {f"f64.{key}.positions": positions, f"f64.{key}.F": transposed(psi), f"f64.{key}.basis_mu": mu_j, f"f64.{key}.basis_sigma": sigma_j}
    return write(folder, name, FILES["sorting"], h, t, types)


def continuous(folder, name, which, **changes):
    """Softmax or sparsemax at natural parameters, and the hand-written gradient."""
    h = {"num_basis": 4, "sigmas": [0.01, 0.05]} | changes
    drawn = Drawn(name)
    theta = [[m / v, -1 / (2 * v)] for m, v in ((0.25, 0.0625), (0.75, 0.0078125), (0.5, 1.0))]
    basis = inf.basis_grid(a, h["num_basis"], h["sigmas"])
    var = [-1 / (2 * a.number(second)) for _, second in theta]
    mu = [a.number(first) * v for (first, _), v in zip(theta, var)]
    of = {"softmax": attention.softmax_expectation, "sparsemax": attention.sparsemax_expectation}[which]
    ((r,),), ((J,),) = of(a, [[mu]], [[var]], *basis)
    c = drawn(len(theta), h["num_basis"])
    gradient = [[a.dot(row, each(a.number, cs)) for row in rows] for rows, cs in zip(J, c)]
    t = {"in.theta": theta, "in.cotangent": c, "f64.r": r, "f32.r": r}
    t |= {f"f64.grad.theta_{kind}": gradient for kind in ("custom", "autograd")}
    return write(folder, name, f"sorting/continuous_{which}.py", h, t)


def densities(folder, name, version, mu_0):
    """The regulariser alone."""
    h = {"sigma_0": 0.05, "mu_0": mu_0}
    mu, var = [0.25, 0.5, 0.8125], [0.0625, 0.015625, 0.25]
    (kl,), = attention.regulariser_kl(a, [[each(a.number, mu)]], [[each(a.number, var)]], version, h["sigma_0"], mu_0)
    return write(folder, name, FILES[version], h, {"in.mu": mu, "in.sigma_sq": var, "f64.kl": kl})


def sum_of_pieces(folder, name):
    """A layer around a memory, in pieces of unknown names."""
    drawn = Drawn(name)
    x, a_t, w = drawn(2, 3, 4), drawn(2, 3, 4), drawn(4)
    total = each(a.number, lm2_code.plus(each(a.number, x), each(a.number, a_t)))
    y = lm2_code.layer_norm(a, total, each(a.number, w), each(a.number, w), 1e-5)
    t = {"in.hidden.s0": x, "in.attended.s0": a_t, "param.ln_1.weight": w, "param.ln_1.bias": w, "f64.after.s0": total, "f64.normed.s0": y}
    return write(folder, name, "src/modeling_gpt2.py", {"n_heads": 2, "layer_norm_epsilon": 1e-5}, t)
