"""Compares the reference-code profile with recordings of the authors' code: every forward tensor of it, and the gradients.

The recorded gradients are those of the sum of cotangent · output. They are compared entry by entry with the gradient equations.

The state of `f64.*` recordings has seen positions that the code rounded to float32; `f64p.*` are without that. A whole chain of
segments is therefore compared with `f64p.*`, and `f64.*` tensors each from the recorded state before them.
"""

import itertools
import struct

import gradients
import infinity_former as inf
import infinity_former_reference_code as code
import infinity_former_reference_code_attention as attention
import lm2_reference_code as lm2_code
from equations import EQUATIONS
from gradients import GRADIENT_EQUATIONS, SUFFIX
from nested import each, flat
from recordings import EXPECTATION, NETWORK, OPERATOR, SLACK, a, batch_first, exact, merged_heads, shaped, transposed

# What was stated for comparisons through several steps or segments was measured by such a comparison, not against 50 digits: these bounds
# have no slack.
COEFFICIENTS = 1e-12
MEMORY_ATTENTION = 2e-11
LM2_CHAIN = 6.5e-16
MEMORY_FLOAT32 = 5e-3

# Nothing is stated for gradients by weights: each is a sum over all tokens and slots of products of what is stated for one step.
LM2_GRADIENT = 4e-16 * SLACK * 2
MEMORY_GRADIENT = MEMORY_ATTENTION

# The code's own error, as in recordings.py.
EXPECTATION_FROM_THETA = 8e-16 * SLACK
EXPECTATION_GRADIENT = 1e-15 * SLACK
DIVERGENCE = 5e-15 * SLACK
LM2_FLOAT32 = 3.6e-7 * SLACK
EXPECTATION_FLOAT32 = 3e-7 * SLACK
EVALUATION_FLOAT32 = 4e-6 * SLACK
SOFTMAX_FLOAT32 = 5e-7 * SLACK
GRADIENT_FLOAT32 = 4e-7 * SLACK
OPERATOR_FLOAT32 = 4e-5 * SLACK


def gradient_of(equation, inputs, attributes, cotangents):
    """The gradients of an equation by input; an output without a cotangent counts as one with zeros."""
    asked = GRADIENT_EQUATIONS[equation + SUFFIX].inputs
    of = EQUATIONS[equation]
    return gradients.gradients(a, of.formula, of.outputs, inputs, attributes, cotangents, asked)


def basis(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    mu_j, sigma_j = t["f64.basis_mu"], t["f64.basis_sigma"]
    here = f"{name}: inf-ref, integrals over [a,b] of"
    integrals = [
        [attention.basis_integrals(a, low, high, m, s) for m, s in zip(mu_j, sigma_j)] for low, high in zip(t["in.a"], t["in.b"])
    ]
    names = "integrate_psi", "integrate_t_times_psi", "integrate_t2_times_psi"
    for i, (integral, title) in enumerate(zip(names, ("psi", "t psi", "t² psi"))):
        ours = [[triple[i] for triple in row] for row in integrals]
        # Φ(β) - Φ(α) and the differences after it are off by 2⁻⁵³ at their own size of about 1, not at the integral's.
        compare(f"{here} {title}", ours, recording[f"f64.{integral}"], EXPECTATION)
        compare(f"{here} {title}, f32", ours, recording[f"f32.{integral}"], EXPECTATION_FLOAT32)
    ((r,),), _ = attention.softmax_expectation(a, [[t["in.mu"]]], [[t["in.sigma_sq"]]], mu_j, sigma_j)
    compare(f"{name}: inf-ref.attention.softmax r", r, recording["f64.integrate_psi_gaussian"], EXPECTATION)
    compare(f"{name}: inf-ref.attention.softmax r, f32", r, recording["f32.integrate_psi_gaussian"], EXPECTATION_FLOAT32)
    psi = inf.basis_evaluate(a, t["in.t"], mu_j, sigma_j)
    compare(f"{name}: inf.basis.evaluate, f32", psi, recording["f32.evaluate"], EVALUATION_FLOAT32)


def continuous_softmax(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    mu_j, sigma_j = inf.basis_grid(a, hyperparameters["num_basis"], hyperparameters["sigmas"])
    var = [-1 / (2 * second) for _, second in t["in.theta"]]
    mu = [first * v for (first, _), v in zip(t["in.theta"], var)]
    ((r,),), ((J,),) = attention.softmax_expectation(a, [[mu]], [[var]], mu_j, sigma_j)
    compare(f"{name}: inf-ref.attention.softmax r", r, recording["f64.r"], EXPECTATION_FROM_THETA)
    compare(f"{name}: inf-ref.attention.softmax r, f32", r, recording["f32.r"], SOFTMAX_FLOAT32)
    gradient = [[a.dot(row, cotangent) for row in rows] for rows, cotangent in zip(J, t["in.cotangent"])]
    compare(f"{name}: inf-ref.attention.softmax J", gradient, recording["f64.grad.theta_custom"], EXPECTATION_GRADIENT)
    compare(f"{name}: inf-ref.attention.softmax J, autograd", gradient, recording["f64.grad.theta_autograd"], EXPECTATION)
    compare(f"{name}: inf-ref.attention.softmax J, f32", gradient, recording["f32.grad.theta_custom"], GRADIENT_FLOAT32)


def operator(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    length, ridge = hyperparameters["length"], hyperparameters["ridge"]
    mu_j, sigma_j = inf.basis_grid(a, hyperparameters["num_basis"], hyperparameters["sigmas"])
    middle, padded = code.positions_first(a, length)
    compare(f"{name}: inf-ref.positions.first t_padded", padded, recording["f64.pad1.positions"], EXPECTATION)
    compare(f"{name}: inf-ref.positions.first t", middle, recording["f64.pad1.positions_kept"], EXPECTATION)
    compare(f"{name}: inf-ref.positions.first t, without padding", middle, recording["f64.pad0.positions"], EXPECTATION)
    X = [transposed(x) for x in t["in.x"]]
    for key, positions in (("pad1", padded), ("pad0", middle)):
        here = f"{name}: inf-ref.regression.operator, exact grid, {key}"
        G = code.regression_operator(a, inf.basis_evaluate(a, positions, mu_j, sigma_j), ridge, length)
        compare(here, G, recording[f"f64.{key}.G"], OPERATOR)
        compare(f"{here}, f32", G, recording[f"f32.{key}.G"], OPERATOR_FLOAT32)
        C = inf.regression_coefficients(a, X, G)
        compare(f"{here}, B", C, recording[f"f64.{key}.B"], OPERATOR)
        compare(f"{here}, B, f32", C, recording[f"f32.{key}.B"], OPERATOR_FLOAT32)
    psi = inf.basis_evaluate(a, padded, mu_j, sigma_j)
    everything = code.regression_operator(a, psi, ridge, len(padded))
    compare(f"{name}: inf-ref.regression.operator, exact grid, all rows", everything, recording["f64.pad1.G_full"], OPERATOR)


def recurrent_operator(compare, name, recording, hyperparameters, mu_j, sigma_j):
    """The recurrent operator and the first segment's, from exact positions and from the recorded ones."""
    samples, length, ridge = (hyperparameters[key] for key in ("nb_samples", "length", "ridge_penalty"))
    t_past, _, padded = code.positions_recurrent(a, samples, length, hyperparameters["tau"])
    compare(f"{name}: inf-ref.positions.recurrent t_padded", padded, recording["f64p.positions_inf"], EXPECTATION)
    compare(f"{name}: the same rounded to float32", padded, recording["f64.positions_inf"], 2.0**-24)
    compare(f"{name}: psi at t_past", inf.basis_evaluate(a, t_past, mu_j, sigma_j), recording["f64.samples"], EXPECTATION)
    G = code.regression_operator(a, inf.basis_evaluate(a, padded, mu_j, sigma_j), ridge, samples + length)
    compare(f"{name}: inf-ref.regression.operator, exact grid, G_inf", G, recording["f64p.G_inf"], OPERATOR)
    recorded = inf.basis_evaluate(a, exact(recording["f64.positions_inf"]), mu_j, sigma_j)
    G = code.regression_operator(a, recorded, ridge, samples + length)
    compare(f"{name}: inf-ref.regression.operator, recorded grid, G_inf", G, recording["f64.G_inf"], OPERATOR)
    _, padded = code.positions_first(a, length)
    G = code.regression_operator(a, inf.basis_evaluate(a, padded, mu_j, sigma_j), ridge, length)
    compare(f"{name}: inf-ref.regression.operator, first segment", G, recording[f"f64p.G_first.len{length}"], OPERATOR)


def update(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    mu_j, sigma_j = t["basis_mu"], t["basis_sigma"]
    recurrent_operator(compare, name, recording, hyperparameters, mu_j, sigma_j)
    samples, length, ridge = (hyperparameters[key] for key in ("nb_samples", "length", "ridge_penalty"))
    t_past, _, t_padded = code.positions_recurrent(a, samples, length, hyperparameters["tau"])
    psi = inf.basis_evaluate(a, code.positions_first(a, length)[1], mu_j, sigma_j)
    G = code.regression_operator(a, psi, ridge, length)
    C = inf.regression_coefficients(a, [transposed(x) for x in t["in.x.s0"]], G)
    for s in range(hyperparameters["segments"]):
        if s > 0:
            X_new = [transposed(x) for x in t[f"in.x.s{s}"]]
            recorded = [t[f"f64.B.s{s - 1}"], X_new, t_past, t["f64.positions_inf"], mu_j, sigma_j, ridge]
            ours = code.memory_update(a, *recorded)
            compare(f"{name}: inf-ref.memory.update on the recorded grid, B.s{s}", ours, recording[f"f64.B.s{s}"], COEFFICIENTS)
            past = inf.signal_evaluate(a, t[f"f64.B.s{s - 1}"], inf.basis_evaluate(a, t_past, mu_j, sigma_j))
            joined = [transposed(old + new) for old, new in zip(past, X_new)]
            compare(f"{name}: resampled past and new vectors, s{s}", joined, recording[f"f64.x_cat.s{s}"], NETWORK)
            C = code.memory_update(a, C, X_new, t_past, t_padded, mu_j, sigma_j, ridge)
        compare(f"{name}: inf-ref.memory.update chain, B.s{s}", C, recording[f"f64p.B.s{s}"], COEFFICIENTS)
        compare(f"{name}: inf-ref.memory.update chain, B.s{s}, f32", C, recording[f"f32.B.s{s}"], MEMORY_FLOAT32)


class Memory:
    """A recorded long-term memory as arguments of the oracle's equations."""

    def __init__(self, recording, hyperparameters):
        self.t = {key: exact(tensor) for key, tensor in recording.items()}
        self.hyperparameters = hyperparameters
        self.sorting = "d_model" in hyperparameters
        self.sticky = hyperparameters.get("sticky_memories", False)
        self.affine = "param.mu.weight" in self.t
        self.version = "sorting" if self.sorting else "gpt2"
        self.heads, self.batch, self.width = (
            hyperparameters["n_heads"], hyperparameters["batch"], hyperparameters["n_heads"] * hyperparameters["head_size"]
        )
        self.parameters = {
            "W_K": transposed(self.t["param.proj_key.weight"]),
            "W_V": transposed(self.t["param.proj_value.weight"]),
            "W_O": transposed(self.t["param.attn_out.weight"]),
        }
        if self.affine:
            self.parameters |= {"w_mu": self.t["param.mu.weight"][0], "w_sigma": self.t["param.sigma.weight"][0]}
        self.segments = range(hyperparameters["segments"])
        self.reset = hyperparameters.get("mem_threshold", 0)

    def _tensor(self, key):
        """[L,B,e] of the sorting version → [B,L,e]."""
        return batch_first(self.t[key]) if self.sorting else self.t[key]

    def query(self, s):
        return self._tensor(f"in.q.s{s}") if self.sorting else merged_heads(self.t[f"in.q.s{s}"])

    def stored(self, s):
        return self._tensor(f"in.k.s{s}")

    def cotangents(self, s):
        return self._tensor(f"in.cotangent_context.s{s}"), self.t[f"in.cotangent_kl.s{s}"]

    def bins(self, s):
        """The drawn bins as [B,M], or zeros where a segment began without memory."""
        key = f"f64.sticky.b.s{s}"
        samples = self.hyperparameters["nb_samples"]
        return transposed(self.t[key]) if key in self.t else [[a.number(0.0)] * samples for _ in range(self.batch)]

    def starts_empty(self, s):
        length = self.hyperparameters["length"]
        return s == 0 or bool(self.reset) and s * length % (-(-self.reset // length) * length) == 0

    def layer(self, query, stored, C, s):
        """`inf-ref.layer` with a query that is already projected."""
        return code.layer(a, **self.inputs(query, stored, C, s), **self.attributes())

    def inputs(self, query, stored, C, s):
        identity = [[a.number(float(i == j)) for j in range(self.width)] for i in range(self.width)]
        inputs = {"X_query": query, "X_new": stored, "C": C, "W_Q": identity, "b": self.bins(s) if self.sticky else None}
        return {name: tensor for name, tensor in inputs.items() if tensor is not None} | self.parameters

    def attributes(self):
        h = self.hyperparameters
        return {
            "heads": self.heads, "count": h["attn_num_basis"], "widths": h["sigmas"], "ridge": h["ridge_penalty"],
            "samples": h["nb_samples"], "tau": h["tau"], "affine": self.affine, "variance_floor": h["sigma_sq_clamp_min"] or 0.0,
            "smooth": False, "sticky": self.sticky, "bins": h.get("num_bins", 128),
        }

    def kl(self, mu, var):
        return attention.regulariser_kl(a, mu, var, **self.kl_attributes())

    def kl_attributes(self):
        return {"version": self.version, "sigma_0": self.hyperparameters["sigma_0"], "mu_0": self.hyperparameters["mu_0"]}

    def read(self, a, mu_j, sigma_j, query, C, **parameters):
        """Everything from the stored coefficients on: mu, var, r, the context before and after attn_out."""
        identity = [[a.number(float(i == j)) for j in range(self.width)] for i in range(self.width)]
        Q, K, V = inf.attention_project(a, query, C, identity, parameters["W_K"], parameters["W_V"])
        S = inf.attention_scores(a, Q, K, self.heads)
        if self.affine:
            floor = self.hyperparameters["sigma_sq_clamp_min"]
            mu, var = attention.density(a, S, parameters["w_mu"], parameters["w_sigma"], floor)
        else:
            mu, var = attention.density_moments(a, S, mu_j, sigma_j)
        r, _ = attention.softmax_expectation(a, mu, var, mu_j, sigma_j)
        before = inf.attention_context(a, r, V, identity)
        return mu, var, r, before, inf.attention_context(a, r, V, parameters["W_O"])


GRADIENTS = {
    "param.proj_key.weight": "W_K", "param.proj_value.weight": "W_V", "param.attn_out.weight": "W_O",
    "param.mu.weight": "w_mu", "param.sigma.weight": "w_sigma",
}


def long_term_memory(compare, name, recording, hyperparameters):
    memory = Memory(recording, hyperparameters)
    t = memory.t
    mu_j, sigma_j = t["basis_mu"], t["basis_sigma"]
    recurrent_operator(compare, name, recording, hyperparameters, mu_j, sigma_j)
    layout = batch_first if memory.sorting else list
    C, contexts = None, []
    for s in memory.segments:
        here = f"{name}, segment {s}: "
        query, stored = memory.query(s), memory.stored(s)

        # The whole chain from the first segment on, on exact positions.
        C_before = None if memory.starts_empty(s) else C
        Z, C, mu, var = memory.layer(query, stored, C_before, s)
        contexts.append(Z)
        kl = memory.kl(mu, var)
        for prefix, bounds in (("f64p", (COEFFICIENTS, MEMORY_ATTENTION, MEMORY_ATTENTION)), ("f32", (MEMORY_FLOAT32,) * 3)):
            for key, ours, allowed in zip(("B", "context", "kl"), (C, Z, kl), bounds):
                recorded = recording[f"{prefix}.{key}.s{s}"]
                recorded = layout(recorded) if key == "context" else recorded
                compare(f"{here}inf-ref.layer, {prefix} {key}", ours, recorded, allowed)

        stored_on_recorded_positions(compare, here, memory, recording, s, mu_j, sigma_j)
        read_from_recorded_coefficients(compare, here, memory, recording, s, mu_j, sigma_j)
        if memory.sticky and not memory.starts_empty(s):
            sticky(compare, here, memory, recording, s)
        memory_gradients(compare, here, memory, recording, s, mu_j, sigma_j)

    identity = [[a.number(float(i == j)) for j in range(memory.width)] for i in range(memory.width)]
    everything = [memory.query(s) for s in memory.segments], [memory.stored(s) for s in memory.segments]
    bins = [memory.bins(s) for s in memory.segments] if memory.sticky else None
    Z, C_S = code.rollout(a, *everything, memory.reset, b=bins, W_Q=identity, **memory.parameters, **memory.attributes())
    compare(f"{name}: inf-ref.rollout Z_ltm", Z, contexts, 0.0)
    last = memory.segments[-1]
    compare(f"{name}: inf-ref.rollout C_S", C_S, recording[f"f64p.B.s{last}"], COEFFICIENTS)


def stored_on_recorded_positions(compare, here, memory, recording, s, mu_j, sigma_j):
    equation, inputs, attributes = storing(memory, s, mu_j, sigma_j)
    C = EQUATIONS[equation].formula(a, **inputs, **attributes)
    compare(f"{here}B on the recorded grid", C, recording[f"f64.B.s{s}"], COEFFICIENTS)


def storing(memory, s, mu_j, sigma_j):
    """What makes B from the recorded state before it and from positions that the code rounded to float32: equation, inputs, attributes."""
    h, X_new = memory.hyperparameters, memory.stored(s)
    if memory.starts_empty(s):
        padded = exact([float32(t) for t in flat(code.positions_first(a, h["length"])[1])])
        G = code.regression_operator(a, inf.basis_evaluate(a, padded, mu_j, sigma_j), h["ridge_penalty"], h["length"])
        return "inf.regression.coefficients", {"X": X_new, "G": G}, {}
    t_past, _, _ = code.positions_recurrent(a, h["nb_samples"], h["length"], h["tau"])
    if memory.sticky:
        t_past = code.sticky_positions(a, memory.bins(s), h["num_bins"])
    inputs = {"C": memory.t[f"f64.B.s{s - 1}"], "X_new": X_new, "t_past": t_past, "t_padded": memory.t["f64.positions_inf"]}
    return "inf-ref.memory.update", inputs | {"mu_j": mu_j, "sigma_j": sigma_j}, {"ridge": h["ridge_penalty"]}


def float32(x):
    return struct.unpack("<f", struct.pack("<f", float(x)))[0]


def read_from_recorded_coefficients(compare, here, memory, recording, s, mu_j, sigma_j):
    """Every tensor between B and the context, from the recorded B."""
    step = f"f64.{{}}.s{s}".format
    shape = memory.batch, memory.heads, len(memory.query(s)[0])
    layout = batch_first if memory.sorting else list
    mu, var, r, before, Z = memory.read(a, mu_j, sigma_j, memory.query(s), memory.t[step("B")], **memory.parameters)
    compare(f"{here}mu", mu, recording[step("mu")], MEMORY_ATTENTION)
    compare(f"{here}sigma_sq", var, recording[step("sigma_sq")], MEMORY_ATTENTION)
    compare(f"{here}r", r, recording[step("r")], MEMORY_ATTENTION)
    compare(f"{here}context before attn_out", before, layout(recording[step("context_before_out")]), MEMORY_ATTENTION)
    compare(f"{here}context", Z, layout(recording[step("context")]), MEMORY_ATTENTION)
    compare(f"{here}kl", memory.kl(mu, var), recording[step("kl")], MEMORY_ATTENTION)
    recorded = [shaped(memory.t[step(key)], *shape) for key in ("mu", "sigma_sq")]
    compare(f"{here}inf-ref.regulariser.kl", memory.kl(*recorded), recording[step("kl")], DIVERGENCE)
    r, _ = attention.softmax_expectation(a, *recorded, mu_j, sigma_j)
    # mu/var is rounded and multiplied again, which moves mu by 2⁻⁵² mu: times the steepest slope, e^-½/√V of the peak, of N(mu; ·, V).
    narrowest = (min(flat(recorded[1])) + min(sigma_j) ** 2) ** 0.5
    allowed = EXPECTATION + 2.0**-52 * float(max(flat(recorded[0])) / narrowest * a.exp(-0.5))
    compare(f"{here}inf-ref.attention.softmax r", r, recording[step("r")], allowed)


def sticky(compare, here, memory, recording, s):
    step = f"f64.{{}}.s{s}".format
    bins = memory.hyperparameters["num_bins"]
    shape = memory.batch, memory.heads, len(memory.query(s)[0])
    mu = shaped(memory.t[step("sticky.attn_past_mu")], *shape)
    var = [[[sd * sd for sd in row] for row in h] for h in shaped(memory.t[step("sticky.attn_past_sd")], *shape)]
    p = code.sticky_histogram(a, mu, var, bins)
    # A bin is a sum of H·T differences of Φ, each off by 2⁻⁵³ at its own size of about 1, however small the bin.
    allowed = shape[1] * shape[2] * 2.0**-53 / max(flat(recording[step("sticky.p_unnormalised")]))
    compare(f"{here}inf-ref.sticky.histogram", p, recording[step("sticky.p")], allowed)
    t_past = code.sticky_positions(a, memory.bins(s), bins)
    compare(f"{here}inf-ref.sticky.positions", t_past, recording[step("sticky.ts")], 0.0)


def memory_gradients(compare, here, memory, recording, s, mu_j, sigma_j):
    """By the tokens that are stored through the whole layer, on exact positions; what lies behind B from the recorded B."""
    query, stored = memory.query(s), memory.stored(s)
    c_context, c_kl = memory.cotangents(s)
    layout = batch_first if memory.sorting else list

    def compare_all(what, gradient, prefix):
        recorded = recording[f"{prefix}.grad.in.q.s{s}"]
        recorded = layout(recorded) if memory.sorting else merged_heads(recorded)
        compare(f"{here}{what}, gradient by q, {prefix}", gradient["X_query"], recorded, MEMORY_GRADIENT)
        for key, parameter in GRADIENTS.items():
            name = f"{prefix}.grad.{key}.s{s}"
            if name in recording:
                recorded = recording[name][0] if parameter in ("w_mu", "w_sigma") else transposed(recording[name])
                compare(f"{here}{what}, gradient by {key}, {prefix}", gradient[parameter], recorded, MEMORY_GRADIENT)

    def cotangents(mu, var):
        by_density = gradient_of("inf-ref.regulariser.kl", {"mu": mu, "var": var}, memory.kl_attributes(), {"kl": c_kl})
        return {"Z_ltm": c_context} | by_density

    C_before = None if memory.starts_empty(s) else memory.t[f"f64p.B.s{s - 1}"]
    _, _, mu, var = memory.layer(query, stored, C_before, s)
    inputs = memory.inputs(query, stored, C_before, s)
    gradient = gradient_of("inf-ref.layer", inputs, memory.attributes(), cotangents(mu, var))
    compare(f"{here}inf-ref.layer, gradient by k", gradient["X_new"], layout(recording[f"f64p.grad.in.k.s{s}"]), MEMORY_GRADIENT)
    compare_all("inf-ref.layer", gradient, "f64p")

    for prefix in ("f64", "f64p"):
        tensors = {"query": query, "C": memory.t[f"{prefix}.B.s{s}"]} | memory.parameters

        def read(arithmetic, **tensors):
            basis = [[arithmetic.number(x) for x in row] for row in (mu_j, sigma_j)]
            mu, var, *_, Z = memory.read(arithmetic, *basis, **tensors)
            return Z, mu, var

        _, mu, var = read(a, **tensors)
        gradient = gradients.gradients(a, read, ("Z_ltm", "mu", "var"), tensors, {}, cotangents(mu, var), tuple(tensors))
        compare_all("what reads the recorded coefficients", gradient | {"X_query": gradient["query"]}, prefix)
        if prefix == "f64":
            equation, inputs, attributes = storing(memory, s, mu_j, sigma_j)
            (output,) = EQUATIONS[equation].outputs
            by_stored = gradient_of(equation, inputs, attributes, {output: gradient["C"]})
            what = f"{here}{equation} on the recorded grid, gradient by k"
            by_stored = by_stored["X" if equation == "inf.regression.coefficients" else "X_new"]
            compare(what, by_stored, layout(recording[f"f64.grad.in.k.s{s}"]), MEMORY_GRADIENT)


LM2_WEIGHTS = {
    "W_q": "query_proj.weight", "b_q": "query_proj.bias", "W_k": "key_proj.weight", "b_k": "key_proj.bias",
    "W_v": "value_proj.weight", "b_v": "value_proj.bias",
    "w_1": "attended_memory_layernorm.weight", "b_1": "attended_memory_layernorm.bias",
    "W_mlp": "attention_mlp.0.weight", "b_mlp": "attention_mlp.0.bias",
    "w_2": "attended_memory_layernorm2.weight", "b_2": "attended_memory_layernorm2.bias",
    "w": "input_gate_projector.w",
    "W_i": "input_gate_projector.linear.weight", "b_i": "input_gate_projector.linear.bias",
    "W_m": "memory_gate_projector.linear.weight", "b_m": "memory_gate_projector.linear.bias",
    "b_forget": "forget_bias", "b_input": "input_bias",
}
ATTENTION = "W_q", "b_q", "W_k", "b_k", "W_v", "b_v"
BLOCK = (*ATTENTION, "w_1", "b_1", "W_mlp", "b_mlp", "w_2", "b_2")
GATES = "w", "W_i", "b_i", "W_m", "b_m", "b_forget", "b_input"


def of_linear(name, tensor):
    """The code's [out,in] → [in,out]."""
    return transposed(tensor) if lm2_code.RANKS[name] == 2 else tensor


def lm2_memory(compare, name, recording, hyperparameters):
    t = {key: exact(tensor) for key, tensor in recording.items()}
    W = {ours: of_linear(ours, t[f"param.{theirs}"]) for ours, theirs in LM2_WEIGHTS.items()}
    reading = {
        "heads": hyperparameters["num_heads"],
        "top_k": hyperparameters["topk"] if hyperparameters["use_topk"] else 0,
    }
    attributes = reading | {
        "blocks": hyperparameters["num_blocks"],
        "mlp_layers": hyperparameters["attention_mlp_layers"],
        "eps": hyperparameters["layernorm_eps"],
    }
    steps = range(hyperparameters["steps"])
    for s in steps:
        here = f"{name}, step {s}: lm2-ref"
        X = t[f"in.inputs.s{s}"]
        M = t["in.memory.s0"] if s == 0 else t[f"f64.next_memory.s{s - 1}"]
        attended = lm2_code.attention(a, X, M, **{key: W[key] for key in ATTENTION}, **reading)
        compare(f"{here}.attention", attended, recording[f"f64.attended.s{s}"], NETWORK)
        E = lm2_code.block(a, X, M, **{key: W[key] for key in BLOCK}, **attributes)
        compare(f"{here}.block", E, recording[f"f64.layernorm2.s{s}"], NETWORK)
        g_in, g_forget = lm2_code.gates(a, X, M, **{key: W[key] for key in GATES})
        compare(f"{here}.gates g_in", g_in, recording[f"f64.input_gate.s{s}"], NETWORK)
        compare(f"{here}.gates g_forget", g_forget, recording[f"f64.forget_gate.s{s}"], NETWORK)
        E_next, M_next = lm2_code.step(a, X, M, **W, **attributes)
        compare(f"{here}.step E_next", E_next, recording[f"f64.output.s{s}"], NETWORK)
        compare(f"{here}.step M_next", M_next, recording[f"f64.next_memory.s{s}"], NETWORK)
        lm2_gradients(compare, here, recording, t, s, X, M, W, attributes)

    everything = [t[f"in.inputs.s{s}"] for s in steps]
    E_next, M_S = lm2_code.rollout(a, everything, t["in.memory.s0"], **W, **attributes)
    last = steps[-1]
    for s in steps:
        compare(f"{name}: lm2-ref.rollout E_next, step {s}", E_next[s], recording[f"f64.output.s{s}"], LM2_CHAIN)
        compare(f"{name}: lm2-ref.rollout E_next, step {s}, f32", E_next[s], recording[f"f32.output.s{s}"], LM2_FLOAT32)
    compare(f"{name}: lm2-ref.rollout M_S", M_S, recording[f"f64.next_memory.s{last}"], LM2_CHAIN)
    compare(f"{name}: lm2-ref.rollout M_S, f32", M_S, recording[f"f32.next_memory.s{last}"], LM2_FLOAT32)
    gradients_through_all_steps(compare, name, recording, t, everything, W, attributes)


def lm2_gradients(compare, here, recording, t, s, X, M, W, attributes):
    """Of one step alone."""
    cotangents = {"E_next": t[f"in.cotangent_output.s{s}"], "M_next": t[f"in.cotangent_next_memory.s{s}"]}
    gradient = gradient_of("lm2-ref.step", {"X": X, "M": M} | W, attributes, cotangents)
    compare(f"{here}.step, gradient by X", gradient["X"], recording[f"f64.grad.inputs.s{s}"], LM2_GRADIENT)
    compare(f"{here}.step, gradient by M", gradient["M"], recording[f"f64.grad.memory.s{s}"], LM2_GRADIENT)
    for key, theirs in (("X", "inputs"), ("M", "memory")):
        if f"f32.grad.{theirs}.s{s}" in recording:
            compare(f"{here}.step, gradient by {key}, f32", gradient[key], recording[f"f32.grad.{theirs}.s{s}"], LM2_FLOAT32)
    recorded = {key: recording[f"f64.grad.param.{theirs}.s{s}"] for key, theirs in LM2_WEIGHTS.items()}
    compare_weights(compare, f"{here}.step", gradient, recorded)


def compare_weights(compare, what, gradient, recorded):
    """Softmax does not see the bias of the keys: its gradient is 0, and what is recorded is rounding of the size of the keys' other one."""
    for key in LM2_WEIGHTS:
        scale = max(map(abs, flat(recorded["W_k"]))) if key == "b_k" else None
        compare(f"{what}, gradient by {key}", gradient[key], of_linear(key, recorded[key]), LM2_GRADIENT, scale)


def gradients_through_all_steps(compare, name, recording, t, everything, W, attributes):
    """Of the sum over the steps, the memory carried. A rollout has no cotangent for a memory between its steps, so the sum is taken over
    rollouts of one step, two steps, …, each with the cotangents of its last."""
    if "f64.bptt.loss" not in recording:
        return
    steps, loss, total = range(len(everything)), a.number(0.0), {}
    for s in steps:
        inputs = {"X": everything[: s + 1], "M_0": t["in.memory.s0"]} | W
        c_output, c_memory = t[f"in.cotangent_output.s{s}"], t[f"in.cotangent_next_memory.s{s}"]
        E_next, M = lm2_code.rollout(a, **inputs, **attributes)
        loss += a.dot(flat(c_output), flat(E_next[-1])) + a.dot(flat(c_memory), flat(M))
        cotangents = {"E_next": [each(lambda x: a.number(0.0), c_output)] * s + [c_output], "M_S": c_memory}
        for key, gradient in gradient_of("lm2-ref.rollout", inputs, attributes, cotangents).items():
            entries = flat(total.get(key, []))
            total[key] = [x + y for x, y in itertools.zip_longest(flat(gradient), entries, fillvalue=a.number(0.0))]
    compare(f"{name}: lm2-ref.rollout, Σ cotangent · output", [loss], recording["f64.bptt.loss"], LM2_CHAIN)
    what = f"{name}: lm2-ref.rollout, gradient by"
    compare(f"{what} M_0", total["M_0"], recording["f64.bptt.grad.memory.s0"], LM2_GRADIENT)
    compare(f"{what} X", total["X"], [recording[f"f64.bptt.grad.inputs.s{s}"] for s in steps], LM2_GRADIENT)
    recorded = {key: recording[f"f64.bptt.grad.param.{theirs}"] for key, theirs in LM2_WEIGHTS.items()}
    compare_weights(compare, f"{name}: lm2-ref.rollout", total, recorded)
