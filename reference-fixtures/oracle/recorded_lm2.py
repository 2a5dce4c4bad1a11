"""Recordings of LM2's memory module: steps one after the other, each from the recorded memory before it, and their gradients."""

import re
from dataclasses import dataclass

import lm2
import lm2_reference_code as code
from arithmetic import value_of
from blocks import layer_norm
from functions import sigmoid, softmax
from linear_algebra import plus, product, scores
from nested import each, flat, shape_of
from recorded_judgement import LM2, Evaluated, gradient_of
from recordings import Unfit, broadcast, shaped, transposed
from tape import is_zero

WEIGHTS = {
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


@dataclass(frozen=True)
class Module:
    """What a recording says of its module: attributes alone."""

    heads: int
    top_k: int
    blocks: int
    mlp_layers: int
    eps: float


def module_of(recording):
    return Module(
        heads=recording.positive("num_heads", int, 1),
        top_k=recording.positive("topk", int) if recording.says("use_topk", bool, False) else 0,
        blocks=recording.positive("num_blocks", int, 1),
        mlp_layers=recording.says("attention_mlp_layers", int, 2),
        eps=recording.positive("layernorm_eps", otherwise=1e-5),
    )


def affine(a, X, W, b):
    """X Wᵀ + b for X [B,P,K], W [C,K] as the code stores it."""
    columns = transposed(W)
    return [[[value + shift for value, shift in zip(row, b, strict=True)] for row in product(a, x, columns)] for x in X]


def relu(a, x):
    """With a slope of 0 at 0."""
    return a.at_least(x, a.number(0.0))


def memory_step(module):
    """The formula of one step: every tensor that the code computes, by its recorded name; parameters as the code stores them.

    `hidden` [B,H,T,M]: non-zero where a row is hidden besides those of later time. `dropped`: what the probabilities are multiplied by.
    """

    def pieces(a, inputs, memory, hidden=None, dropped=None, **t):
        named, M, X, batch = {}, memory, inputs, len(inputs)
        for block in range(module.blocks):
            of_block = attended_memory(a, module, X, M, hidden, dropped, t)  # a memory of batch 1 is that of the whole batch
            M = of_block["layernorm2"]
            named |= of_block
            if module.blocks > 1:
                named |= {f"block{block}.{name}": tensor for name, tensor in of_block.items()}
        n = len(memory[0])
        X = [[row * n if len(row) == 1 else row for row in x] for x in X]  # the code's broadcasting
        named |= gates(a, X, memory, t)
        M_next = lm2.bank_update(a, named["input_gate"], M, named["forget_gate"], broadcast(memory, batch))
        return named | {"next_memory": M_next, "output": plus(X, M_next)}

    return pieces


def attended_memory(a, module, X, M, hidden, dropped, t):
    """One block: the tokens read the memory, and a residual MLP follows."""
    projections = ("q", X, "query_proj"), ("k", M, "key_proj"), ("v", M, "value_proj")
    named = {name: affine(a, Y, t[f"param.{p}.weight"], t[f"param.{p}.bias"]) for name, Y, p in projections}
    S = [scores(a, q, k, module.heads) for q, k in zip(named["q"], broadcast(named["k"], len(X)))]
    P = [[_probabilities(a, S_h, hidden and hidden[b][h]) for h, S_h in enumerate(S_b)] for b, S_b in enumerate(S)]
    named |= {"scores": S, "att_prob": P}
    if dropped:
        P = [[[[p * m for p, m in zip(*rows)] for rows in zip(*heads)] for heads in zip(*batch)] for batch in zip(P, dropped)]
        named["att_dropped"] = P
    if module.top_k:
        kept = [[[_kept(a, row, module.top_k) for row in h] for h in b] for b in P]
        zero, one = a.number(0.0), a.number(1.0)
        chosen = [[[[j in k for j in range(len(row))] for row, k in zip(*rows)] for rows in zip(*heads)] for heads in zip(P, kept)]
        named["topk_mask"] = each(lambda is_kept: one if is_kept else zero, chosen)
        P = shaped([p if is_kept else zero for p, is_kept in zip(flat(P), flat(chosen))], *shape_of(P))
        named["att_topk"] = P
    named["attended"] = lm2.attention_retrieve(a, P, broadcast(named["v"], len(X)))
    norm = "attended_memory_layernorm"
    named["layernorm1"] = layer_norm(a, plus(broadcast(M, len(X)), named["attended"]), t[f"param.{norm}.weight"], t[f"param.{norm}.bias"], module.eps)
    Y = named["layernorm1"]
    for i in range(module.mlp_layers):
        own = i if f"param.attention_mlp.{i}.weight" in t else 0
        named[f"mlp{i}.linear"] = affine(a, Y, t[f"param.attention_mlp.{own}.weight"], t[f"param.attention_mlp.{own}.bias"])
        Y = named[f"mlp{i}.relu"] = [[[relu(a, x) for x in row] for row in y] for y in named[f"mlp{i}.linear"]]
    named["layernorm2"] = layer_norm(a, plus(named["layernorm1"], Y), t[f"param.{norm}2.weight"], t[f"param.{norm}2.bias"], module.eps)
    return named


def _kept(a, row, k):
    """Where the k largest entries stand; entries of 0 may be among the recorded ones as well."""
    positive = [j for j, p in enumerate(row) if not is_zero(getattr(p, "value", p))]
    return {positive[i] for i in a.largest([row[j] for j in positive], k)} if len(positive) > k else set(positive)


def _probabilities(a, S, hidden):
    """Softmax of each row [T,M] over the rows of the memory up to its own time that are not hidden."""
    zero, P = a.number(0.0), []
    for i, row in enumerate(S):
        seen = [j for j in range(min(i + 1, len(row))) if not (hidden and value_of(hidden[i][j]))]
        weights = dict(zip(seen, softmax(a, [row[j] for j in seen]) if seen else ()))
        P.append([weights.get(j, zero) for j in range(len(row))])
    return P


def gates(a, X, M, t):
    """Both gates, from the tokens' mean over time and the memory as it came in."""
    w, n = t["param.input_gate_projector.w"], len(M[0])
    pooled = [[a.sum(column) / len(x) for column in zip(*([relu(a, c * u) for c, u in zip(w, row)] for row in x))] for x in X]
    W_i, b_i = t["param.input_gate_projector.linear.weight"], t["param.input_gate_projector.linear.bias"]
    (from_inputs,) = affine(a, [pooled], W_i, b_i)
    W_m, b_m = t["param.memory_gate_projector.linear.weight"], t["param.memory_gate_projector.linear.bias"]
    from_memory = affine(a, each(a.tanh, M), W_m, b_m)
    logits = [[[u + v for u, v in zip(row, own)] for row in rows] for rows, own in zip(broadcast(from_memory, len(X)), from_inputs)]
    return {
        "gate.pooled_inputs": pooled, "gate.from_inputs": from_inputs, "gate.from_memory": from_memory,
        "input_gate": [[[sigmoid(a, x + t["param.input_bias"]) for x in row[:n]] for row in rows] for rows in logits],
        "forget_gate": [[[sigmoid(a, x + t["param.forget_bias"]) for x in row[n:]] for row in rows] for rows in logits],
    }


def masks(recording, s, shape):
    """What hides rows of the memory, and what the probabilities are multiplied by, as [B,H,T,M]; None where there is none."""
    hidden = dropped = None
    for name in recording.tensors:
        bare = re.sub(r"\.s\d+$", "", name)
        is_dropout = ("drop" in bare or "keep" in bare) and (bare.startswith("in.") or "mask" in bare)
        is_mask = bare.startswith("in.") and "mask" in bare
        if name not in (bare, f"{bare}.s{s}") or bare.startswith("f32.") or not (is_dropout or is_mask):
            continue
        mask = _expanded(recording, name, shape)
        recording.compared.add(name)  # drawn at random: an input
        if is_dropout:
            dropped = _scaled(recording, name, mask)
        else:
            hidden = mask
    return hidden, dropped


def _expanded(recording, name, shape):
    """A mask of fewer axes, or of extents of 1, in the shape of the probabilities."""
    mask, found = recording[name], recording.shapes[name]
    own = [1] * (4 - len(found)) + found
    if len(found) == 3 and found[0] == shape[0] and shape[0] != shape[1]:
        own = [found[0], 1, *found[1:]]
    if len(own) != 4 or any(o not in (1, e) for o, e in zip(own, shape)):
        raise Unfit(f"tensor {name}: found shape {found}, expected one that extends to {shape}")
    entries = shaped(mask, *own)
    for axis in range(4):
        entries = _repeated(entries, axis, shape[axis])
    return entries


def _repeated(X, axis, extent):
    if axis:
        return [_repeated(x, axis - 1, extent) for x in X]
    return X * extent if len(X) == 1 else X


def _scaled(recording, name, mask):
    """Dropout's mask with its factor 1/(1 - p), which it has already unless all it has are zeros and ones."""
    if any(x not in (0.0, 1.0) for x in flat(mask)) or all(flat(mask)):
        return mask
    said = recording.hyperparameters.get("attn_drop")
    found = re.match(r"\s*(0?\.\d+|0)", str(said))
    if not found:
        raise Unfit(f"hyperparameter attn_drop: found {said!r}, expected the share that tensor {name} drops")
    factor = 1 / (1 - float(found[1]))
    return each(lambda x: x * factor, mask)


def module(judge):
    recording = judge.recording
    attributes = module_of(recording)
    parameters = {name: recording[name] for name in recording.tensors if name.startswith("param.")}
    steps = recording.steps("in.inputs.s")
    batch, T = len(recording.fitting("in.inputs.s0", None, None, None)), recording.shapes["in.inputs.s0"][1]
    n = len(recording.fitting("in.memory.s0", None, None, None)[0])
    _require_shapes(recording, parameters, attributes, n, steps, batch, T)
    formula = memory_step(attributes)
    first = recording.fitting("in.memory.s0", batch if recording.shapes["in.memory.s0"][0] > 1 else 1, n, n)
    ours, spread = first, 0.0
    for s in steps:
        hidden, dropped = masks(recording, s, [batch, attributes.heads, T, n])
        constants = {name: mask for name, mask in (("hidden", hidden), ("dropped", dropped)) if mask}
        X = recording.fitting(f"in.inputs.s{s}", batch, T, None)
        recorded = (key for key in (f"in.memory.s{s}", f"f64.next_memory.s{s - 1}") if key in recording)
        key = next(recorded, None)
        M = ours if key is None else recording.fitting(key, len(first) if key.endswith("memory.s0") and not s else batch, n, n)
        # What rounding has done to the state up to here counts for float32, whose own state is not looked at, and is small for float64.
        step = Evaluated(formula, {"inputs": X, "memory": M} | parameters | constants, {"memory": spread})
        for prefix in ("f64", "f32"):
            judge.compare_all(step, prefix, f".s{s}", {"topk_mask": lambda mask: _where_it_matters(recording, s, mask, step)}, LM2)
        gradients_of_step(judge, s, formula, step, constants)
        ask_for_step(judge, attributes, s, X, M, parameters, constants)
        ours, spread = step.values["next_memory"], 0.0 if judge.program else step.spreads["next_memory"]
    through_all_steps(judge, steps, formula, first, parameters, attributes, batch, T, n)


def _where_it_matters(recording, s, mask, step):
    """Our mask of the largest entries, but the recorded one where the probability is 0 and any choice is right."""
    key = f"f64.topk_mask.s{s}"
    recorded = flat(recording.tensors.get(key, mask))
    probabilities = flat(step.values.get("att_dropped", step.values["att_prob"]))
    chosen = [ours if p else 1.0 if theirs else 0.0 for ours, theirs, p in zip(flat(mask), recorded, probabilities)]
    return shaped(chosen, *shape_of(mask))


def _require_shapes(recording, parameters, attributes, n, steps, batch, T):
    if n % attributes.heads:
        raise Unfit(f"hyperparameter num_heads: found {attributes.heads}, expected a divisor of {n}")
    width = recording.shapes["in.inputs.s0"][2]
    for name in WEIGHTS.values():
        rows = 2 * n if "_projector.linear" in name else n
        columns = (width if name == "query_proj.weight" else n,) if name.endswith(".weight") and "layernorm" not in name else ()
        shape = () if name in ("forget_bias", "input_bias") else (rows, *columns)
        recording.fitting(f"param.{name}", *shape)
    if attributes.top_k > n:
        raise Unfit(f"hyperparameter topk: found {attributes.top_k}, expected at most {n}")
    if T > n:
        raise Unfit(f"tensor in.inputs.s0: found {T} tokens, expected {n}, as the memory has rows")


def gradients_of_step(judge, s, formula, step, constants):
    """Of the sum of cotangent · output of one step alone."""
    recording = judge.recording
    cotangents = {name: recording.get(f"in.cotangent_{name}.s{s}") for name in ("output", "next_memory")}
    cotangents = {name: c for name, c in cotangents.items() if c is not None}
    prefixes = [p for p in ("f64", "f32") if any(k.startswith(f"{p}.grad.") and k.endswith(f".s{s}") for k in recording.tensors)]
    if not prefixes or judge.program:
        return
    if not cotangents:
        raise Unfit(f"tensor in.cotangent_output.s{s}: found nothing, expected it, since there are gradients")
    by_input = _gradient(formula, ("output", "next_memory"), cotangents, step, constants)
    for prefix in prefixes:
        for name in by_input.values:
            judge.compare(f"{prefix}.grad.{name}.s{s}", by_input, name, stated=LM2)


def _gradient(formula, outputs, cotangents, evaluated, constants):
    for name, cotangent in cotangents.items():
        if shape_of(cotangent) != shape_of(evaluated.values[name]):
            raise Unfit(f"tensor in.cotangent_{name}: found shape {shape_of(cotangent)}, expected {shape_of(evaluated.values[name])}")
    varied = {name: tensor for name, tensor in evaluated.inputs.items() if name not in constants}
    outputs = tuple(name for name in outputs if name in cotangents)
    gradient = gradient_of(lambda tape, **numbers: formula(tape, **numbers, **constants_of(tape, constants)), outputs, cotangents, tuple(varied))
    return Evaluated(gradient, varied, evaluated.input_spreads)


def constants_of(a, constants):
    """`hidden` is looked at, not computed with."""
    return {name: tensor if name == "hidden" else each(a.number, tensor) for name, tensor in constants.items()}


def through_all_steps(judge, steps, formula, first, parameters, attributes, batch, T, n):
    """Of the sum over the steps, the memory carried from one to the next."""
    recording = judge.recording
    if judge.program or not any(k.startswith(("f64.bptt.", "f32.bptt.")) for k in recording.tensors):
        return
    inputs = {f"inputs.s{s}": recording[f"in.inputs.s{s}"] for s in steps} | {"memory.s0": first} | parameters
    of_step = [dict(zip(("hidden", "dropped"), masks(recording, s, [batch, attributes.heads, T, n]))) for s in steps]
    of_step = [{name: mask for name, mask in masks_of.items() if mask} for masks_of in of_step]
    names = ("output", "next_memory")
    given = ((f"{name}.s{s}", f"in.cotangent_{name}.s{s}") for s in steps for name in names)
    cotangents = {name: recording[key] for name, key in given if key in recording}

    def rollout(a, **t):
        named, M = {}, t["memory.s0"]
        weights = {name: tensor for name, tensor in t.items() if name.startswith("param.")}
        for s in steps:
            step = formula(a, t[f"inputs.s{s}"], M, **weights, **constants_of(a, of_step[s]))
            M = step["next_memory"]
            named |= {f"{name}.s{s}": step[name] for name in names}
        return named

    def loss(a, **t):
        named = rollout(a, **t)
        return {"loss": [a.sum([a.dot([a.number(x) for x in flat(c)], flat(named[name])) for name, c in cotangents.items()])]}

    total = Evaluated(loss, inputs)
    by_input = Evaluated(gradient_of(rollout, tuple(cotangents), cotangents, tuple(inputs)), inputs)
    for prefix in ("f64", "f32"):
        judge.compare(f"{prefix}.bptt.loss", total, "loss", stated=LM2)
        for name in by_input.values:
            judge.compare(f"{prefix}.bptt.grad.{name}", by_input, name, stated=LM2)


def _turned(name, X):
    """[out,in] as the code stores a weight ↔ [in,out]; what is no matrix stays."""
    return transposed(X) if code.RANKS[name] == 2 else X


def ask_for_step(judge, attributes, s, X, M, parameters, constants):
    """The catalogue's equations of the module, for the same recorded inputs."""
    recording = judge.recording
    W = {ours: _turned(ours, parameters[f"param.{theirs}"]) for ours, theirs in WEIGHTS.items()}
    given = {"X": X, "M": broadcast(M, len(X))} | constants
    reading = {"heads": attributes.heads, "top_k": attributes.top_k}
    all_of = reading | {"blocks": attributes.blocks, "mlp_layers": attributes.mlp_layers, "eps": attributes.eps}

    def of(names):
        return given | {name: W[name] for name in names}

    judge.ask("lm2-ref.step", of(W), all_of, {"E_next": f"f64.output.s{s}", "M_next": f"f64.next_memory.s{s}"}, LM2)
    if not judge.program:
        return  # the step has these as its parts
    if attributes.blocks == 1:
        judge.ask("lm2-ref.attention", of(ATTENTION), reading, {"attended": f"f64.attended.s{s}"}, LM2)
    judge.ask("lm2-ref.block", of(BLOCK), all_of, {"E": f"f64.layernorm2.s{s}"}, LM2)
    gates_of = {name: tensor for name, tensor in of(GATES).items() if name not in constants}
    judge.ask("lm2-ref.gates", gates_of, {}, {"g_in": f"f64.input_gate.s{s}", "g_forget": f"f64.forget_gate.s{s}"}, LM2)
    outputs = ("E_next", "output"), ("M_next", "next_memory")
    cotangents = {f"grad_{ours}": recording.get(f"in.cotangent_{theirs}.s{s}") for ours, theirs in outputs}
    if all(c is not None for c in cotangents.values()):
        targets = {"grad_X": f"f64.grad.inputs.s{s}"} | ({"grad_M": f"f64.grad.memory.s{s}"} if len(M) == len(X) else {})
        for ours, theirs in WEIGHTS.items():
            targets[f"grad_{ours}"] = (f"f64.grad.param.{theirs}.s{s}", lambda X, ours=ours: _turned(ours, X))
        judge.ask("lm2-ref.step.vjp", of(W) | cotangents, all_of, targets, LM2)
