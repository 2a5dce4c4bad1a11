"""Recordings of the ∞-former's long-term memory: segments stored one after the other, and read by attention.

A recorded tensor of a segment is compared with what follows from the recorded state before it, so that one error is one error. `f64` has
seen the code's float32 casts of its position grids: it is computed on the recorded positions. `f64p` has not, and float32 is compared with
the chain from the first segment on.
"""

import struct
from dataclasses import dataclass

import functions
import infinity_former as inf
import infinity_former_reference_code as code
import infinity_former_reference_code_attention as attention
from linear_algebra import product
from nested import each, flat, shape_of
from recorded_basis import basis_grid, basis_of, condition, first_positions, kl_attributes, version_of, widths
from recorded_judgement import BINS, EXPECTATION, OPERATOR, Evaluated, gradient_of
from recordings import Unfit, Unknown, batch_first, merged_heads, shaped, split_heads, transposed

RESET = {"sorting": 0, "gpt2": 2048, "document_grounded": 0}  # tokens after which the code empties its memory, unless told otherwise
LINEAR = 20  # the argument from which on PyTorch's softplus is the identity; the catalogue's never is
LONGEST = 512  # of the document-grounded version, which drops what is before


@dataclass(frozen=True)
class Memory:
    """What a recording says of its memory: attributes alone, no tensors."""

    version: str
    heads: int
    ridge: float
    samples: int
    tau: float
    padding: bool
    infinite: bool
    sticky: bool
    bins: int
    expectation: str
    floor: float
    kl: dict

    @property
    def sorting(self):
        return self.version == "sorting"


def memory_of(recording):
    version = version_of(recording)
    if recording.says("spacing", str, "linear") != "linear":
        raise Unknown(f"hyperparameter spacing: found {recording.says('spacing', str)!r}, known is 'linear'")
    which = recording.says("attn_func", str, "softmax")
    if which not in ("softmax", "sparsemax"):
        raise Unknown(f"hyperparameter attn_func: found {which!r}, known are 'softmax' and 'sparsemax'")
    tau = recording.positive("tau", otherwise=0.75 if version == "sorting" else 0.5)
    if tau >= 1:
        raise Unfit(f"hyperparameter tau: found {tau!r}, expected a number between 0 and 1")
    return Memory(
        version=version,
        heads=recording.positive("n_heads", int, 1),
        ridge=recording.positive("ridge_penalty" if "ridge_penalty" in recording.hyperparameters else "ridge"),
        samples=recording.positive("nb_samples", int, 512),
        tau=tau,
        padding=recording.says("padding", bool, True),
        infinite=recording.says("infinite_memory", bool, True),
        sticky=recording.says("sticky_memories", bool, False),
        bins=recording.positive("num_bins", int, 128),
        expectation=which,
        floor=recording.positive("sigma_sq_clamp_min", otherwise=1e-6 if version == "sorting" else 1e-4),
        kl=kl_attributes(recording) if recording.says("kl_regularizer", bool, True) and "sigma_0" in recording.hyperparameters else None,
    )


def recurrent_positions(a, memory, length):
    """t_past and the positions of the recurrent regression."""
    past, joint, padded = code.positions_recurrent(a, memory.samples, length, memory.tau)
    return past, padded if memory.padding else joint


def first_coefficients(a, memory, x, mu_j, sigma_j, t=None):
    """The regression of x [B,L,e] at the middle of the first segment's positions."""
    positions = t if t is not None else first_positions(a, len(x[0]), memory.padding)
    psi = inf.basis_evaluate(a, positions, mu_j, sigma_j)
    return [code._regressed(a, psi, signal, memory.ridge) for signal in x]


def next_coefficients(a, memory, x, C, mu_j, sigma_j, t=None, bins=None):
    t_past, padded = recurrent_positions(a, memory, len(x[0]))
    if bins is not None:
        t_past = code.sticky_positions(a, bins, memory.bins)
    return code.memory_update(a, C, x, t_past, t if t is not None else padded, mu_j, sigma_j, memory.ridge)


def mask_of(a, t, x):
    """σ(mask(x)) [B,L,e] by a convolution, or by a linear map along time; None without either."""
    if "param.mask_net.weight" not in t:
        return None
    W, b = t["param.mask_net.weight"], t["param.mask_net.bias"]
    if isinstance(W[0][0], list):
        logits = [_convolved(a, signal, W, b) for signal in x]
    else:
        logits = [transposed([[y + c for y, c in zip(row, b)] for row in product(a, transposed(signal), transposed(W))]) for signal in x]
    return each(lambda y: functions.sigmoid(a, y), logits)


def _convolved(a, signal, W, b):
    """Three taps, with zeros beyond the ends."""

    def at(i):
        taps = [k for k in range(3) if 0 <= i + k - 1 < len(signal)]
        window = [u for k in taps for u in signal[i + k - 1]]
        return [a.dot([w[k] for k in taps for w in W_o], window) + b_o for W_o, b_o in zip(W, b)]

    return [at(i) for i in range(len(signal))]


def segment(memory):
    """The formula of one segment: every tensor that the code computes, by its recorded name, from inputs in their recorded layouts."""

    def pieces(a, mu_j, sigma_j, **t):
        named = {}
        B = t.get("C")
        if "in.k" in t:
            x = batch_first(t["in.k"]) if memory.sorting else t["in.k"]
            if memory.version == "document_grounded":
                x = [signal[-LONGEST:] for signal in x]
            mask = mask_of(a, t, x)
            if mask is not None:
                x = [[[u * g for u, g in zip(*rows)] for rows in zip(*pair)] for pair in zip(x, mask)]
                named |= {"mask": mask, "mask_by_channel": [transposed(m) for m in mask]}
                named |= {"k_masked": x, "x_masked": [transposed(signal) for signal in x]}
            if B is None or not memory.infinite:
                B = first_coefficients(a, memory, x, mu_j, sigma_j, t.get("positions"))
            else:
                B = next_coefficients(a, memory, x, B, mu_j, sigma_j, t.get("positions"), t.get("bins"))
        if B is None:
            raise Unfit("found a segment that stores nothing and finds no memory, expected one of them")
        named["B"] = B
        if "in.q" in t:
            named |= reading(a, memory, B, mu_j, sigma_j, t)
        return named

    return pieces


def reading(a, memory, B, mu_j, sigma_j, t):
    """Everything from the coefficients on."""
    q = t["in.q"]
    q = batch_first(q) if memory.sorting else merged_heads(q) if isinstance(q[0][0][0], list) else q
    keys, values = ([product(a, c, transposed(t[f"param.{W}.weight"])) for c in B] for W in ("proj_key", "proj_value"))
    S = inf.attention_scores(a, q, keys, memory.heads)
    named = {"keys": split_heads(keys, memory.heads), "values": split_heads(values, memory.heads), "scores": S}
    if "param.mu.weight" in t:
        mu, _ = attention.density(a, S, t["param.mu.weight"][0], t["param.sigma.weight"][0], memory.floor)
        floor, w = a.attribute(memory.floor), t["param.sigma.weight"][0]
        var = [[[a.at_least(softplus(a, a.dot(row, w)), floor) for row in h] for h in b] for b in S]
    else:
        named["scores"] = [[[functions.softmax(a, row) for row in h] for h in b] for b in S]
        mu, var = attention.density_moments(a, S, mu_j, sigma_j)
    of = {"softmax": attention.softmax_expectation, "sparsemax": attention.sparsemax_expectation}[memory.expectation]
    r, _ = of(a, mu, var, mu_j, sigma_j)
    out = transposed(t["param.attn_out.weight"])
    identity = [[a.number(float(i == j)) for j in range(len(out))] for i in range(len(out))]
    before = inf.attention_context(a, r, values, identity)
    context = [product(a, z, out) for z in before]
    named |= {"mu": mu, "sigma_sq": var, "r": r}
    named["theta"] = [[[[m / v, -1 / (2 * v)] for m, v in zip(*rows)] for rows in zip(*heads)] for heads in zip(mu, var)]
    named["context_before_out"], named["context"] = (batch_first(z) if memory.sorting else z for z in (before, context))
    if memory.kl is not None:
        named["kl"] = attention.regulariser_kl(a, mu, var, **memory.kl)
    return named


def softplus(a, x):
    """As PyTorch has it: the identity from LINEAR on."""
    return x if x > LINEAR else functions.softplus(a, x)


def float32(x):
    return struct.unpack("<f", struct.pack("<f", float(x)))[0]


def operators(judge, memory, lengths):
    """The positions, the basis at the past ones, and the operators of the first segment and of later ones."""
    recording = judge.recording
    mu_j, sigma_j = basis_of(recording)
    basis = {"mu_j": mu_j, "sigma_j": sigma_j}

    def of(t, length, name):
        def pieces(a, mu_j, sigma_j, positions=None):
            positions = t(a) if positions is None else positions
            psi = inf.basis_evaluate(a, positions, mu_j, sigma_j)
            return {"positions": positions, "psi": psi, name: code.regression_operator(a, psi, memory.ridge, length)}

        return pieces

    def compare(name, t, length, recorded):
        if not any(f"{p}.{name}" in recording for p in ("f64", "f64p", "f32")):
            return
        exact = Evaluated(of(t, length, name), basis)
        stated = OPERATOR * condition(exact.values["psi"], memory.ridge)
        for prefix in ("f64p", "f32"):
            judge.compare(f"{prefix}.{name}", exact, name, stated=stated)
        positions = recording.get(recorded) or [float32(x) for x in exact.values["positions"]]
        rounded = Evaluated(of(t, length, name), basis | {"positions": positions})
        judge.compare_one_of(f"f64.{name}", [(rounded, name, stated), (exact, name, stated)])

    first = {int(k.rsplit("len", 1)[1]) for k in recording.tensors if ".G_first.len" in k and k.rsplit("len", 1)[1].isdigit()}
    for length in sorted(first):
        compare(f"G_first.len{length}", lambda a: first_positions(a, length, memory.padding), length, "")
    if not lengths or not any(k.split(".", 1)[1] in ("G_inf", "positions_inf", "samples") for k in recording.results()):
        return
    length = recording.positive("length", int, max(lengths))
    if length % 2:
        raise Unfit(f"hyperparameter length: found {length}, expected an even one, as the code cannot store after a segment of odd length")
    names = "samples_positions", "positions_inf"
    grids = Evaluated(lambda a: dict(zip(names, recurrent_positions(a, memory, length))), {})
    judge.compare("f64p.positions_inf", grids, "positions_inf", stated=EXPECTATION)
    judge.compare("f64.positions_inf", grids, "positions_inf", stated=EXPECTATION)
    judge.compare("f32.positions_inf", grids, "positions_inf")

    def samples(a, mu_j, sigma_j):
        return {"samples": inf.basis_evaluate(a, recurrent_positions(a, memory, length)[0], mu_j, sigma_j)}

    evaluated = Evaluated(samples, basis)
    for prefix in ("f64", "f64p", "f32"):
        judge.compare(f"{prefix}.samples", evaluated, "samples", stated=EXPECTATION)
    compare("G_inf", lambda a: recurrent_positions(a, memory, length)[1], memory.samples + length, "f64.positions_inf")
    attributes = {"samples": memory.samples, "length": length, "tau": memory.tau}
    judge.ask("inf-ref.positions.recurrent", {}, attributes, {"t_padded" if memory.padding else "t_joint": "f64p.positions_inf"}, EXPECTATION)
    if "f64p.positions_inf" in recording and "f64p.G_inf" in recording:
        given = {"t": recording["f64p.positions_inf"]} | basis
        psi = Evaluated(lambda a, **given: {"psi": inf.basis_evaluate(a, **given)}, given).values["psi"]
        stated = OPERATOR * condition(psi, memory.ridge)
        kept = {"ridge": memory.ridge, "kept": memory.samples + length}
        judge.ask("inf-ref.regression.operator", {"psi": psi}, kept, {"G": "f64p.G_inf"}, stated)


def update(judge):
    """The memory's recurrence alone: in.x [B,e,L] of every segment."""
    recording = judge.recording
    memory = memory_of(recording)
    basis_grid(judge)
    steps = recording.steps("in.x.s")
    lengths = {len(recording.fitting(f"in.x.s{s}", None, None, None)[0][0]) for s in steps}
    operators(judge, memory, lengths)
    mu_j, sigma_j = basis_of(recording)

    def pieces(a, mu_j, sigma_j, x, C=None, positions=None, bins=None):
        x = [transposed(signal) for signal in x]
        if C is None or not memory.infinite:
            return {"B": first_coefficients(a, memory, x, mu_j, sigma_j, positions)}
        past = code.sticky_positions(a, bins, memory.bins) if bins else recurrent_positions(a, memory, len(x[0]))[0]
        old = inf.signal_evaluate(a, C, inf.basis_evaluate(a, past, mu_j, sigma_j))
        named = {"x_cat": [transposed(o + new) for o, new in zip(old, x)]}
        return named | {"B": next_coefficients(a, memory, x, C, mu_j, sigma_j, positions, bins)}

    fresh = starts(recording, memory, [len(recording[f"in.x.s{s}"][0][0]) for s in steps])
    state = Chain(judge, *recording.shapes["in.x.s0"][:1], len(mu_j), recording.shapes["in.x.s0"][1])
    for s in steps:
        inputs = {"mu_j": mu_j, "sigma_j": sigma_j, "x": recording[f"in.x.s{s}"]} | drawn(recording, memory, s)
        state.advance(s, pieces, inputs, fresh[s], recorded_positions(recording, memory, fresh[s], len(inputs["x"][0][0])))
        if not fresh[s] and f"f64p.B.s{s - 1}" in recording and "bins" not in inputs:
            length = len(inputs["x"][0][0])
            t = Evaluated(lambda a: dict(zip(("past", "padded"), recurrent_positions(a, memory, length))), {}).values
            given = {"C": recording[f"f64p.B.s{s - 1}"], "X_new": [transposed(x) for x in inputs["x"]]}
            given |= {"t_past": t["past"], "t_padded": t["padded"], "mu_j": mu_j, "sigma_j": sigma_j}
            judge.ask("inf-ref.memory.update", given, {"ridge": memory.ridge}, {"C_next": f"f64p.B.s{s}"})


def drawn(recording, memory, s):
    """The sampled bins of a sticky segment as [B,M]."""
    key = f"f64.sticky.b.s{s}"
    if not memory.sticky or key not in recording:
        return {}
    recording.compared.add(key)  # drawn at random: an input
    return {"bins": transposed(recording.fitting(key, memory.samples, None))}


def recorded_positions(recording, memory, is_first, length):
    """Positions of `f64`: the recorded ones of later segments, otherwise two readings: cast to float32, or not."""
    is_first = is_first or not memory.infinite
    if not is_first and "f64.positions_inf" in recording:
        return [recording.fitting("f64.positions_inf", None)]

    def exact(a):
        return {"t": first_positions(a, length, memory.padding) if is_first else recurrent_positions(a, memory, length)[1]}

    cast = [float32(x) for x in Evaluated(exact, {}).values["t"]]
    return [None, cast] if is_first else [cast, None]


def starts(recording, memory, lengths):
    """Of every segment whether it finds no memory: the first, a new document's, and in the gpt2 version one after enough tokens."""
    new = recording.says("new_doc_segments", list, [])
    threshold = recording.says("mem_threshold", int, RESET[memory.version])
    given = any(key in recording for key in ("in.B.s0", "in.B_past.s0", "in.B", "in.B_past"))
    empty, counted, fresh = not given, 0, []
    for s, length in enumerate(lengths):
        if threshold and counted >= threshold:
            empty, counted = True, 0
        fresh.append(empty or s in new)
        empty, counted = False, counted + length
    return fresh


class Chain:
    """The coefficients from segment to segment: recorded ones by prefix, and ours from the first segment on."""

    def __init__(self, judge, *shape):
        self.judge, self.shape = judge, shape
        self.ours = {}  # prefix → coefficients and their spread

    def before(self, prefix, s):
        """The state that a segment finds, and its spread."""
        recording = self.judge.recording
        if s == 0:
            key = next((key for key in ("in.B.s0", "in.B_past.s0", "in.B", "in.B_past") if key in recording), None)
            return recording.fitting(key, *self.shape) if key else None, 0.0
        if prefix != "f32" and f"{prefix}.B.s{s - 1}" in recording:
            return recording.fitting(f"{prefix}.B.s{s - 1}", *self.shape), 0.0
        return self.ours.get(prefix, (None, 0.0))

    def evaluated(self, prefix, s, formula, inputs, fresh, positions=None):
        C, spread = (None, 0.0) if fresh else self.before(prefix, s)
        given = inputs | ({"C": C} if C is not None else {}) | ({"positions": positions} if positions is not None else {})
        return Evaluated(formula, given, {"C": spread}), given

    def advance(self, s, formula, inputs, fresh, readings, layouts=None):
        """Compares what is recorded of a segment, and goes on. Returns the evaluations by prefix, each with its inputs."""
        judge, suffix, found = self.judge, f".s{s}", {}
        prefixes = {p for p in ("f64", "f64p", "f32") if any(k.startswith(f"{p}.") and k.endswith(suffix) for k in judge.recording.tensors)}
        if "f64" in prefixes:
            choices = [self.evaluated("f64", s, formula, inputs, fresh, t) for t in readings]
            keys = (f"f64.{name}{suffix}" for name in ("B", "context"))
            key = next((key for key in keys if key in judge.recording.tensors and not judge.program), None)
            name = key and key.split(".")[1]
            found["f64"] = min(choices, key=lambda c: judge.share(key, c[0].values[name], c[0].spreads[name], 0.0)) if key else choices[0]
        if "f64p" in prefixes:
            found["f64p"] = self.evaluated("f64p", s, formula, inputs, fresh)
        found["f32"] = self.evaluated("f32", s, formula, inputs, fresh)
        for prefix in prefixes:
            judge.compare_all(found[prefix][0], prefix, suffix, layouts)
        for prefix, (evaluated, _) in found.items():
            if "B" in evaluated.values:
                self.ours[prefix] = evaluated.values["B"], 0.0 if judge.program else evaluated.spreads["B"]
        return found


def long_term_memory(judge):
    recording = judge.recording
    memory = memory_of(recording)
    basis_grid(judge)
    mu_j, sigma_j = basis_of(recording)
    parameters = {name: recording[name] for name in recording.tensors if name.startswith("param.") and "proj_query" not in name}
    if "param.proj_query.weight" in recording:
        recording.used.add("param.proj_query.weight")
    steps = recording.steps("in.q.s", "in.k.s")
    time = 0 if memory.sorting else 1
    for s in steps:
        if f"in.k.s{s}" in recording:
            recording.fitting(f"in.k.s{s}", *(None,) * 3)
    lengths = [recording.shapes[f"in.k.s{s}"][time] if f"in.k.s{s}" in recording else 0 for s in steps]
    _require_widths(recording, memory, parameters, len(mu_j), steps)
    operators(judge, memory, set(lengths) - {0})
    fresh = starts(recording, memory, lengths)
    counts(judge, memory, lengths)
    first = recording.shapes.get("in.k.s0") or [None, None, None]
    state, before = Chain(judge, first[1 if memory.sorting else 0], len(mu_j), first[2]), None
    formula = segment(memory)
    for s in steps:
        inputs = {"mu_j": mu_j, "sigma_j": sigma_j} | parameters | drawn(recording, memory, s)
        inputs |= {key: recording[f"{key}.s{s}"] for key in ("in.k", "in.q") if f"{key}.s{s}" in recording}
        starts_here = fresh[s] and "in.k" in inputs
        if memory.sticky and memory.infinite and not starts_here and "in.k" in inputs and "bins" not in inputs:
            raise Unfit(f"tensor f64.sticky.b.s{s}: found nothing, expected the drawn bins of a segment that finds a memory")
        if starts_here:
            inputs.pop("bins", None)
        readings = recorded_positions(recording, memory, starts_here, min(lengths[s], LONGEST)) if "in.k" in inputs else [None]
        found = state.advance(s, formula, inputs, starts_here, readings)
        if memory.sticky and not starts_here and "bins" in inputs and "f64" in found:
            sticky(judge, memory, s, before, found, inputs)
        gradients_of_segment(judge, memory, s, formula, found)
        ask_for_segment(judge, memory, s, found)
        before = found


def _require_widths(recording, memory, parameters, N, steps):
    """Shapes that go together, or a line that says which do not."""
    e = None
    for name, tensor in parameters.items():
        shape = shape_of(tensor)
        if name in ("param.proj_key.weight", "param.proj_value.weight"):
            e = e or shape[-1]
            recording.fitting(name, e, e)
        elif name == "param.attn_out.weight":
            recording.fitting(name, None, e or shape[-1])
        elif name in ("param.mu.weight", "param.sigma.weight"):
            recording.fitting(name, 1, N)
    if e is None:
        raise Unfit("tensor param.proj_key.weight: found nothing, expected it")
    if e % memory.heads:
        raise Unfit(f"hyperparameter n_heads: found {memory.heads}, expected a divisor of the width {e}")
    for s in steps:
        if f"in.k.s{s}" in recording:
            recording.fitting(f"in.k.s{s}", None, None, e)
        if f"in.q.s{s}" in recording:
            merged = len(recording.shapes[f"in.q.s{s}"]) == 3
            recording.fitting(f"in.q.s{s}", *((None, None, e) if merged else (None, memory.heads, None, e // memory.heads)))


def counts(judge, memory, lengths):
    threshold = judge.recording.says("mem_threshold", int, RESET[memory.version])
    counted = 0
    for s, length in enumerate(lengths):
        counted = length + (0 if threshold and counted >= threshold else counted)
        total = counted
        judge.compare(f"f64.count.s{s}", Evaluated(lambda a: {"count": [a.number(float(total))]}, {}), "count")


def sticky(judge, memory, s, before, found, inputs):
    """The histogram of the densities of the forward pass before, and the samples at the drawn bins."""
    recording = judge.recording
    step = f"f64.sticky.{{}}.s{s}".format
    past = before["f64"][0] if before and "f64" in before else None
    if past is not None and "mu" in past.values:
        deviations = Evaluated(
            lambda a, mu, var: {"attn_past_mu": mu, "attn_past_sd": each(a.sqrt, var)},
            {"mu": past.values["mu"], "var": past.values["sigma_sq"]},
            {"mu": past.spreads["mu"], "var": past.spreads["sigma_sq"]} if not judge.program else {},
        )
        for name in deviations.values:
            judge.compare(step(name), deviations, name)
        shape = shape_of(past.values["mu"])
        mu, sd = (shaped(recording.get(step(name)) or deviations.values[name], *shape) for name in deviations.values)

        def histogram(a, mu, sd):
            var = each(lambda x: x * x, sd)
            p = code.sticky_histogram(a, mu, var, memory.bins)
            return {"p": p, "p_unnormalised": masses(a, mu, sd, memory.bins)}

        evaluated = Evaluated(histogram, {"mu": mu, "sd": sd}, {"mu": 0.0} if step("attn_past_mu") in recording else deviations.spreads)
        # A bin is a difference of two Φ of size 1, each as good as what is stated for bins, for every density.
        for name in evaluated.values:
            judge.compare(step(name), evaluated, name, stated=BINS, spread=shape[1] * shape[2] * 2.0**-53 / 8 if name != "p" else 0.0)
        var = each(lambda x: float(x) ** 2, sd)
        judge.ask("inf-ref.sticky.histogram", {"mu": mu, "var": var}, {"bins": memory.bins}, {"p": step("p")}, BINS)
    judge.ask("inf-ref.sticky.positions", {"b": inputs["bins"]}, {"bins": memory.bins}, {"t_past": step("ts")})
    C, spread = found["f64"][1].get("C"), found["f64"][0].input_spreads.get("C", 0.0)

    def pieces(a, bins, C, mu_j, sigma_j):
        ts = code.sticky_positions(a, bins, memory.bins)
        psi = inf.basis_evaluate(a, ts, mu_j, sigma_j)
        return {"ts": ts, "samples": psi, "old_vectors": [transposed(x) for x in inf.signal_evaluate(a, C, psi)]}

    given = {name: inputs[name] for name in ("bins", "mu_j", "sigma_j")} | {"C": C}
    judge.compare_all(Evaluated(pieces, given, {"C": spread}), "f64.sticky", f".s{s}")


def masses(a, mu, sd, bins):
    """The bins' masses before they are normalised [B,D]."""
    edges = [a.rational(x) for x in (code.Fraction(-1, 10**6), *(code.Fraction(j, bins) for j in range(1, bins)), 1 + code.Fraction(1, 10**6))]
    totals = []
    for mu_b, sd_b in zip(mu, sd):
        z = [[(edge - m) / s for edge in edges] for m, s in zip(flat(mu_b), flat(sd_b))]
        totals.append([a.sum([a.normal_mass(row[j], row[j + 1]) for row in z]) for j in range(bins)])
    return totals


def gradients_of_segment(judge, memory, s, formula, found):
    """Of the sum of cotangent · output of this segment alone: the coefficients that it finds are constants."""
    recording = judge.recording
    cotangents = {name: recording.get(f"in.cotangent_{name}.s{s}") for name in ("context", "kl")}
    for prefix in ("f64", "f64p", "f32"):
        if prefix not in found or judge.program or not any(k.startswith(f"{prefix}.grad.") and k.endswith(f".s{s}") for k in recording.tensors):
            continue
        evaluated, inputs = found[prefix]
        given = {name: c for name, c in cotangents.items() if c is not None and name in evaluated.values}
        if not given:
            judge.leave(f"{prefix}.grad.*.s{s}: found no in.cotangent_context.s{s}, expected it")
            continue
        for name, cotangent in given.items():
            if len(flat(cotangent)) != len(flat(evaluated.values[name])):
                raise Unfit(f"tensor in.cotangent_{name}.s{s}: found shape {shape_of(cotangent)}, expected {shape_of(evaluated.values[name])}")
        constants = {name: inputs[name] for name in ("C", "mu_j", "sigma_j", "positions", "bins") if name in inputs}
        varied = {name: tensor for name, tensor in inputs.items() if name not in constants}

        def of_varied(tape, **numbers):
            return formula(tape, **numbers, **{name: each(tape.number, tensor) for name, tensor in constants.items()})

        by_input = Evaluated(gradient_of(of_varied, tuple(given), given, tuple(varied)), varied)
        for name in by_input.values:
            judge.compare(f"{prefix}.grad.{name}.s{s}", by_input, name, spread=_of_state(evaluated, by_input, name))


def _of_state(evaluated, by_input, name):
    """What the spread of a state that is not recorded does to a gradient: in proportion to what it does to the coefficients."""
    spread = evaluated.input_spreads.get("C", 0.0)
    if not spread or "B" not in evaluated.values:
        return 0.0
    size = max(map(abs, map(float, flat(evaluated.values["context"]))), default=0.0)
    share = evaluated.spreads["context"] / size if size else 0.0
    return share * max(map(abs, map(float, flat(by_input.values[name]))), default=0.0)


def ask_for_segment(judge, memory, s, found):
    """The catalogue's equations for the same recorded inputs."""
    if "f64" not in found or "in.q" not in found["f64"][1]:
        return
    recording = judge.recording
    step = f"f64.{{}}.s{s}".format
    evaluated, t = found["f64"]
    B = recording.get(step("B")) or evaluated.values.get("B") or t.get("C")
    mu_j, sigma_j = t["mu_j"], t["sigma_j"]
    q = batch_first(t["in.q"]) if memory.sorting else merged_heads(t["in.q"]) if isinstance(t["in.q"][0][0][0], list) else t["in.q"]
    W_K, W_V, W_O = (transposed(t[f"param.{W}.weight"]) for W in ("proj_key", "proj_value", "attn_out"))
    identity = [[float(i == j) for j in range(len(W_K))] for i in range(len(W_K))]
    own = batch_first if memory.sorting else None
    affine = "param.mu.weight" in t
    if affine and max(map(float, flat(evaluated.values["sigma_sq"]))) > LINEAR:
        if judge.program:
            judge.leave(f"segment {s} is not asked: the code's softplus is the identity from {LINEAR} on, and the catalogue's is not")
        return

    def heads(X):
        return split_heads(X, memory.heads)

    judge.ask(
        "inf.attention.project", {"X": q, "C": B, "W_Q": identity, "W_K": W_K, "W_V": W_V}, {},
        {"K": (step("keys"), heads), "V": (step("values"), heads)},
    )
    keys, values = (merged_heads(recording.get(step(name)) or evaluated.values[name]) for name in ("keys", "values"))
    shape = len(B), memory.heads, len(q[0])
    if affine:
        judge.ask("inf.attention.scores", {"Q": q, "K": keys}, {"heads": memory.heads}, {"S": step("scores")})
        if step("scores") in recording:
            w = {"w_mu": t["param.mu.weight"][0], "w_sigma": t["param.sigma.weight"][0]}
            outputs = {"mu": step("mu"), "var": step("sigma_sq")}
            judge.ask("inf-ref.attention.density", {"S": recording[step("scores")]} | w, {"variance_floor": memory.floor}, outputs)
    mu, var = (shaped(recording.get(step(name)) or evaluated.values[name], *shape) for name in ("mu", "sigma_sq"))
    densities = {"mu": mu, "var": var}
    if all(v > 0 for v in flat(var)):
        judge.ask(f"inf-ref.attention.{memory.expectation}", densities | {"mu_j": mu_j, "sigma_j": sigma_j}, {}, {"r": step("r")}, EXPECTATION)
        if memory.kl is not None:
            judge.ask("inf-ref.regulariser.kl", densities, memory.kl, {"kl": step("kl")})
    r = shaped(recording.get(step("r")) or evaluated.values["r"], *shape, len(mu_j))
    judge.ask("inf.attention.context", {"r": r, "V": values, "W_O": W_O}, {}, {"Z_ltm": (step("context"), own)})
    if "f64p" in found:
        ask_for_layer(judge, memory, s, *found["f64p"], q, {"W_Q": identity, "W_K": W_K, "W_V": W_V, "W_O": W_O}, own)


def ask_for_layer(judge, memory, s, evaluated, t, q, weights, own):
    """`inf-ref.layer` and its gradient, on exact positions from the recorded state before the segment."""
    recording = judge.recording
    if "in.k" not in t or not memory.padding or not memory.infinite or memory.expectation != "softmax":
        return
    convolved = "param.mask_net.weight" in t and isinstance(t["param.mask_net.weight"][0][0], list)
    if "param.mask_net.weight" in t and not convolved:
        return
    stored = batch_first(t["in.k"]) if memory.sorting else t["in.k"]
    inputs = {"X_query": q, "X_new": stored, "C": t.get("C"), "b": None} | weights
    if memory.sticky:
        inputs["b"] = t.get("bins") or [[0.0] * memory.samples for _ in stored]
    affine = "param.mu.weight" in t
    if affine:
        inputs |= {"w_mu": t["param.mu.weight"][0], "w_sigma": t["param.sigma.weight"][0]}
    if convolved:
        inputs |= {"W_conv": t["param.mask_net.weight"], "b_conv": t["param.mask_net.bias"]}
    attributes = {
        "heads": memory.heads, "count": len(t["mu_j"]), "widths": widths(recording), "ridge": memory.ridge, "samples": memory.samples,
        "tau": memory.tau, "affine": affine, "variance_floor": memory.floor if affine else 0.0, "smooth": convolved,
        "sticky": memory.sticky, "bins": memory.bins if memory.sticky else None,
    }
    step = f"f64p.{{}}.s{s}".format
    judge.ask("inf-ref.layer", inputs, attributes, {"Z_ltm": (step("context"), own), "C_next": step("B")})
    context, kl = (recording.get(f"in.cotangent_{name}.s{s}") for name in ("context", "kl"))
    if context is None or not judge.program:
        return
    by_density = {"mu": each(lambda x: 0.0, evaluated.values["mu"]), "var": each(lambda x: 0.0, evaluated.values["mu"])}
    if kl is not None and memory.kl is not None:
        given = {name: evaluated.values[key] for name, key in (("mu", "mu"), ("var", "sigma_sq"))}
        formula = gradient_of(lambda a, mu, var: {"kl": attention.regulariser_kl(a, mu, var, **memory.kl)}, ("kl",), {"kl": kl}, ("mu", "var"))
        by_density = Evaluated(formula, given).values
    cotangents = {"grad_Z_ltm": batch_first(context) if memory.sorting else context} | {f"grad_{k}": v for k, v in by_density.items()}
    cotangents["grad_C_next"] = each(lambda x: 0.0, evaluated.values["B"])
    as_query = own if memory.sorting else (lambda X: split_heads(X, memory.heads)) if isinstance(t["in.q"][0][0][0], list) else None
    targets = {"grad_X_new": (step("grad.in.k"), own), "grad_X_query": (step("grad.in.q"), as_query)}
    for ours, theirs in (("W_K", "proj_key"), ("W_V", "proj_value"), ("W_O", "attn_out")):
        targets[f"grad_{ours}"] = (step(f"grad.param.{theirs}.weight"), transposed)
    judge.ask("inf-ref.layer.vjp", inputs | cotangents, attributes, targets)
