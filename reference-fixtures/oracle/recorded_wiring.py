"""Recordings of the layers around the memories: LM2's decoder, GPT-2's block, the sorting model's Transformer-XL layer.

Each is recorded in pieces under names of its own. So a piece is compared with what the parts of such a layer make of the pieces before it:
sums, projections, norms, activations, attention, a feed-forward net, a memory. The first such relation that holds for at least half of a
tensor's entries is taken for what the recording says, and then holds for all of them or the comparison fails. A piece that no relation fits
is not compared.
"""

import itertools
import math
import re

import blocks
import functions
import recorded_lm2
import recorded_memory
from arithmetic import value_of
from functions import silu
from linear_algebra import concatenate, head, product
from nested import each, flat, shape_of
from recorded_basis import basis_of
from recorded_judgement import Evaluated
from recordings import Unfit, shaped, split_heads, transposed
from wiring_floats import Floats

NEAR = 1e-6  # of a tensor's largest entry, as wide as float32 casts on the way
LEAD = 7  # entries looked at before a whole tensor is

STEP = re.compile(r"\.[a-z]+\d+$")
MEMORY = re.compile(r"(.*\.)?(query_proj\.weight)$")
LONG_TERM = re.compile(r"(.*\.)?(proj_key\.weight)$")


def wiring(judge):
    recording = judge.recording
    if judge.program:
        judge.leave("is not asked: the recording is of a whole layer in pieces, and the catalogue has no such equation")
        return
    for prefix in ("f64", "f64p", "f32"):
        names = [name for name in recording.tensors if name.startswith(f"{prefix}.") and ".grad." not in name]
        if names:
            search(judge, prefix, names)


def search(judge, prefix, targets):
    recording = judge.recording
    pieces = {name: recording.tensors[name] for name in recording.tensors if name.startswith("in.")}
    parameters = {name: tensor for name, tensor in recording.tensors.items() if name.startswith("param.")}
    relations = Relations(recording, parameters)
    for name in targets:
        if not _is_numeric(recording, name):
            continue
        found = relations.explaining(name, pieces)
        pieces[name] = recording.tensors[name]
        if found is None:
            continue
        what, formula, operands = found
        for operand in operands:
            recording.used.add(operand)
        inputs = {operand: each(float, recording.tensors[operand]) for operand in operands}
        shape = recording.shapes[name]
        evaluated = Evaluated(lambda a, **t: {"y": shaped(formula(a, t), *shape)}, inputs)
        judge.compare(name, evaluated, "y")


def _is_numeric(recording, name):
    entries = flat(recording.tensors[name])
    return bool(entries) and all(map(math.isfinite, entries)) and recording.types[name].startswith("F")


class Relations:
    """What the parts of a layer make of tensors, by floats for the search."""

    def __init__(self, recording, parameters):
        self.recording, self.parameters = recording, parameters
        self.heads = recording.says("n_heads" if "n_heads" in recording.hyperparameters else "num_heads", int, None)
        self.heads = self.heads or recording.says("n_head", int, None) or recording.says("num_attention_heads", int, 1)
        self.norms = [
            (w, w[: -len("weight")] + "bias" if w[: -len("weight")] + "bias" in parameters else None)
            for w, x in parameters.items()
            if w.endswith("weight") and len(shape_of(x)) == 1
        ]
        self.linears = [(w, w[: -len("weight")] + "bias") for w, x in parameters.items() if w.endswith("weight") and len(shape_of(x)) == 2]
        self.cache = {}
        self.coefficients = []  # what was found to be the memory of a segment

    def explaining(self, name, pieces):
        """(what, formula of the operands by name, operands) of the relation that gives a tensor, or None.

        The operands are of its own step, but for what a memory has of the one before.
        """
        target = self.recording.tensors[name]
        step = STEP.search(name)
        near = {n: x for n, x in pieces.items() if not STEP.search(n) or step and n.endswith(step[0])}
        for candidate in self.candidates(target, near, pieces):
            if _fits(flat(target), candidate[3]):
                if candidate[0].endswith(": B"):
                    self.coefficients.append(name)
                return candidate[:3]
        return None

    def candidates(self, target, pieces, of_all_steps):
        entries = flat(target)
        shape = shape_of(target)
        for name, tensor in pieces.items():
            yield from self._copies(name, tensor, shape)
        singles, seen = [], set()  # what a sum may be of
        for name, tensor in pieces.items():
            for single in self._singles(name, tensor):
                yield single
                if len(single[3]) == len(entries) and tuple(single[3][:3]) not in seen:
                    seen.add(tuple(single[3][:3]))
                    singles.append(single)
        same = [(name, _copy_of(name), (name,), flat(tensor)) for name, tensor in pieces.items() if len(flat(tensor)) == len(entries)]
        yield from self._sums(entries, same + singles, same)
        for (n, x), (m, y) in itertools.product(pieces.items(), repeat=2):
            if len(flat(x)) == len(flat(y)) == len(entries) and n != m:
                yield _elementwise(f"{n} ⊙ {m}", lambda a, u, v: u * v, n, m, x, y)
                yield _elementwise(f"silu({n}) ⊙ {m}", lambda a, u, v: silu(a, u) * v, n, m, x, y)
        yield from self._products(pieces, shape)
        yield from self._memories(of_all_steps, shape)
        yield from self._normed_sums(entries, same + singles, same)

    def _copies(self, name, tensor, shape):
        if len(flat(tensor)) == math.prod(shape):
            yield f"{name}", _copy_of(name), (name,), flat(tensor)
            if len(shape_of(tensor)) == 3:
                yield f"{name}, axes exchanged", lambda a, t: transposed(t[name]), (name,), flat(transposed(tensor))
            if len(shape_of(tensor)) == 4:
                yield f"heads of {name}", lambda a, t: _exchanged(t[name]), (name,), flat(_exchanged(tensor))
        found = shape_of(tensor)
        if len(found) == len(shape) and found[-1] > shape[-1] and found[:-1] == shape[:-1] and found[-1] % shape[-1] == 0:
            for part in range(found[-1] // shape[-1]):
                low, high = part * shape[-1], (part + 1) * shape[-1]
                yield f"part {part} of {name}", _slice_of(name, low, high), (name,), flat(_sliced(tensor, low, high))

    def _singles(self, name, tensor):
        """Projections, activations, norms, nets and attention of a tensor, and of what norms make of it."""
        if name not in self.cache:
            self.cache[name] = list(self._made(name, tensor))
        return self.cache[name]

    def _made(self, name, tensor):
        rows = _rows(tensor)
        if rows is None:
            return
        sources = [(name, (name,), _copy_of(name), rows)]
        for w, b in self.norms:
            if len(self.parameters[w]) == len(rows[0]):
                for what, formula in _norms(name, w, b, self._eps()):
                    operands = tuple(x for x in (name, w, b) if x)
                    values = self._evaluated(formula, operands, tensor, name)
                    yield what, formula, operands, flat(values)
                    sources.append((what, operands, formula, _rows(values)))
        for what, operands, source, source_rows in sources:
            for title, function in ACTIVATIONS:
                formula = _activated(source, function)
                yield f"{title}({what})", formula, operands, flat(self._evaluated(formula, operands, tensor, name))
            for title, more, formula in self._maps(source, source_rows, tensor):
                everything = (*operands, *more)
                try:
                    values = self._evaluated(formula, everything, tensor, name)
                except (ValueError, IndexError, TypeError, ZeroDivisionError):
                    continue
                yield f"{title} of {what}", formula, everything, flat(values)

    def _eps(self):
        h = self.recording.hyperparameters
        said = [h[key] for key in ("rms_norm_eps", "layernorm_eps", "layer_norm_epsilon", "layer_norm_eps") if isinstance(h.get(key), float)]
        return said or [1e-5, 1e-6]

    def _maps(self, source, rows, tensor):
        for w, b in self.linears:
            W = self.parameters[w]
            for turned in (True, False):
                if (len(W[0]) if turned else len(W)) != len(rows[0]):
                    continue
                own = (w, b) if b in self.parameters else (w,)
                formula = _linear(source, w, own[1] if len(own) > 1 else None, turned)
                yield f"{w}{'' if turned else ' [in,out]'}", own, formula
                yield from self._heads_of(w, own, formula, len(W) if turned else len(W[0]), shape_of(tensor))
        yield from self._nets(source)
        yield from self._attentions(source, tensor)

    def _heads_of(self, w, own, formula, columns, shape):
        """A projection of [B,P,·] in heads [B,H,P,dh], and its thirds so and as they are."""
        if len(shape) != 3:
            return
        for low, high in ((0, columns), *((i * columns // 3, (i + 1) * columns // 3) for i in range(3) if columns % 3 == 0)):

            def part(a, t, low=low, high=high):
                return shaped(_sliced(formula(a, t), low, high), *shape[:2], high - low)

            yield f"columns {low} to {high} by {w}", own, part
            if (high - low) % self.heads == 0:
                yield f"heads of columns {low} to {high} by {w}", own, lambda a, t, part=part: split_heads(part(a, t), self.heads)

    def _group(self, *suffixes):
        """Parameters that go together by their names' endings, as many sets as there are."""
        for name in self.parameters:
            if name.endswith(suffixes[0]):
                stem = name[: -len(suffixes[0])]
                if all(f"{stem}{suffix}" in self.parameters for suffix in suffixes):
                    yield tuple(f"{stem}{suffix}" for suffix in suffixes)

    def _nets(self, source):
        for gate, up, down in self._group("gate_proj.weight", "up_proj.weight", "down_proj.weight"):

            def swiglu(a, t, names=(gate, up, down)):
                return blocks.swiglu(a, [_rows(source(a, t))], *(transposed(t[n]) for n in names))

            yield "SwiGLU", (gate, up, down), swiglu
        for names in self._group("c_fc.weight", "c_fc.bias", "c_proj.weight", "c_proj.bias"):

            def gelu_net(a, t, names=names):
                hidden = _affine(a, _rows(source(a, t)), t[names[0]], t[names[1]])
                return _affine(a, blocks.gelu(a, [hidden], "tanh")[0], t[names[2]], t[names[3]])

            yield "GELU net", names, gelu_net
        for names in self._group("CoreNet.0.weight", "CoreNet.0.bias", "CoreNet.3.weight", "CoreNet.3.bias"):

            def relu_net(a, t, names=names):
                hidden = each(lambda x: recorded_lm2.relu(a, x), _affine(a, _rows(source(a, t)), transposed(t[names[0]]), t[names[1]]))
                return _affine(a, hidden, transposed(t[names[2]]), t[names[3]])

            yield "ReLU net", names, relu_net

    def _attentions(self, source, tensor):
        if len(shape_of(tensor)) != 3:
            return
        heads = self.heads
        for names in self._group("c_attn.weight", "c_attn.bias", "c_proj.weight", "c_proj.bias"):

            def causal(a, t, names=names):
                X = source(a, t)
                return [_affine(a, _attended(a, _affine(a, x, t[names[0]], t[names[1]]), heads), t[names[2]], t[names[3]]) for x in X]

            def merged(a, t, names=names[:2]):
                return [_attended(a, _affine(a, x, t[names[0]], t[names[1]]), heads) for x in source(a, t)]

            yield "causal attention", names, causal
            yield "causal attention before its projection", names[:2], merged
        h = self.recording.hyperparameters
        kv = h.get("num_key_value_heads", heads)
        base = h.get("rope_theta", 10000.0)
        for names in self._group("q_proj.weight", "k_proj.weight", "v_proj.weight", "o_proj.weight"):
            if isinstance(kv, int) and isinstance(base, (int, float)) and "memory" not in names[0]:

                def llama(a, t, names=names):
                    return blocks.attention_causal(a, source(a, t), *(transposed(t[n]) for n in names), heads, kv, True, base)

                yield "causal attention with rotary positions", names, llama

    def _sums(self, entries, parts, same):
        leads, scale = _leads(entries), max(map(abs, entries))
        wanted = [entries[i] for i in leads]
        for n, pool in ((2, parts), (3, same + parts[len(same) : 60])):
            values = [[part[3][i] for i in leads] for part in pool]
            for chosen in itertools.combinations(range(len(pool)), n):
                if chosen[0] >= len(same):
                    break
                near = [abs(sum(terms) - w) <= NEAR * scale for w, *terms in zip(wanted, *(values[c] for c in chosen))]
                if 2 * sum(near) > len(near):
                    yield _sum([pool[c] for c in chosen], len(entries))

    def _normed_sums(self, entries, parts, same):
        pairs = [[same[i], parts[j]] for i in range(len(same)) for j in range(i + 1, len(parts))]
        norms = [(w, b, len(self.parameters[w])) for w, b in self.norms if b and len(entries) % len(self.parameters[w]) == 0]
        eps = self._eps()[0]
        for chosen in (*pairs, *map(list, itertools.combinations(same, 3))):
            for w, b, d in norms:
                begin = flat(blocks.layer_norm(Floats(), [[_added(chosen, d)]], self.parameters[w], self.parameters[b], eps))
                if sum(abs(x - y) <= NEAR * max(1.0, abs(y)) for x, y in zip(begin, entries)) * 2 < d:
                    continue
                total = _sum(chosen, len(entries))
                operands = tuple(dict.fromkeys((*total[2], w, b)))

                def normed(a, t, of=total, w=w, b=b, d=d):
                    return blocks.layer_norm(a, [_in_rows(of[1](a, t), d)], t[w], t[b], eps)

                values = normed(Floats(), {**{o: self.recording.tensors[o] for o in operands}})
                yield f"{w} of {total[0]}", normed, operands, flat(values)

    def _products(self, pieces, shape):
        """Scores q kᵀ/√d and softmax, weights times values, per head."""
        if len(shape) not in (3, 4):
            return
        ranked = {n: x for n, x in pieces.items() if len(shape_of(x)) == len(shape) and isinstance(_first(x), float)}
        for (n, x), (m, y) in itertools.product(ranked.items(), repeat=2):
            p, q = shape_of(x), shape_of(y)
            if p[:-2] != q[:-2] or p[:-2] != shape[:-2]:
                continue
            if p[-1] == q[-1] and [p[-2], q[-2]] == shape[-2:]:
                for scaled, causal in itertools.product((True, False), repeat=2):
                    formula = _scored(n, m, scaled, causal)
                    yield f"{n} · {m}ᵀ", formula, (n, m), flat(formula(Floats(), {n: x, m: y}))
            if p[-1] == q[-2] and [p[-2], q[-1]] == shape[-2:]:

                def weighted(a, t, n=n, m=m):
                    return _per_matrix(lambda X, Y: product(a, X, Y), t[n], t[m])

                yield f"{n} · {m}", weighted, (n, m), flat(weighted(Floats(), {n: x, m: y}))

    def _memories(self, pieces, shape):
        """LM2's module of tokens and a memory; the long-term memory of stored vectors and queries."""
        for name in self.parameters:
            if (found := MEMORY.match(name)) and len(shape) == 3:
                yield from self._module(found[1] or "", pieces, shape)
        for name in self.parameters:
            if found := LONG_TERM.match(name):
                yield from self._long_term(found[1] or "", pieces, shape)
        for names in self._group("qkv_net.weight", "r_net.weight", "o_net.weight"):
            yield from self._relative(names, pieces, shape)

    def _module(self, stem, pieces, shape):
        own = {f"param.{theirs}": f"{stem}{theirs}" for theirs in recorded_lm2.WEIGHTS.values()}
        if any(theirs not in self.parameters for theirs in own.values()):
            return
        module = recorded_lm2.module_of(self.recording)
        formula = recorded_lm2.memory_step(module)
        for (n, x), (m, memory) in itertools.product(pieces.items(), repeat=2):
            if n == m or shape_of(x) != shape or len(shape_of(memory)) != 3 or shape_of(memory)[1:] != [shape[1], shape[1]]:
                continue
            for output in ("next_memory", "output"):

                def step(a, t, n=n, m=m, output=output):
                    return formula(a, t[n], t[m], **{ours: t[theirs] for ours, theirs in own.items()})[output]

                operands = (n, m, *own.values())
                key = (stem, n, m, output)
                if key not in self.cache:
                    self.cache[key] = flat(step(Floats(), {o: self.recording.tensors[o] for o in operands}))
                yield f"memory step of {n} and {m}: {output}", step, operands, self.cache[key]


    def _long_term(self, stem, pieces, shape):
        try:
            memory = recorded_memory.memory_of(self.recording)
            mu_j, sigma_j = basis_of(self.recording)
        except Unfit:
            return
        formula = recorded_memory.segment(memory)
        own = {f"param.{name[len(stem) :]}": name for name in self.parameters if name.startswith(stem)}
        e, N = len(self.parameters[f"{stem}proj_key.weight"]), len(mu_j)
        shapes = {n: shape_of(x) for n, x in pieces.items()}
        stored = [n for n, s in shapes.items() if len(s) == 3 and s[-1] == e]
        queries = [n for n, s in shapes.items() if len(s) == 4 and s[1] * s[3] == e] or stored
        states = [None, *(n for n in self.coefficients if shapes[n][1:] == [N, e])]
        for k, q, C in itertools.product(stored, queries, states):
            operands = tuple(n for n in (k, q, C, *own.values()) if n)

            def read(a, t, k=k, q=q, C=C):
                given = {"in.k": t[k], "in.q": t[q]} | ({"C": t[C]} if C else {}) | {ours: t[theirs] for ours, theirs in own.items()}
                return formula(a, mu_j=[a.number(float(x)) for x in mu_j], sigma_j=[a.number(float(x)) for x in sigma_j], **given)

            yield from self._outputs(f"long-term memory of {k} read by {q}", read, operands, (k, q, C), shape)

    def _relative(self, names, pieces, shape):
        biases = [n for n in (*self.parameters, *pieces) if n.endswith(("r_w_bias", "r_r_bias"))]
        u, v = (next((n for n in biases if n.endswith(end)), None) for end in ("r_w_bias", "r_r_bias"))
        if u is None or v is None:
            return
        d = len(self.parameters[names[0]][0])
        tokens = [n for n, x in pieces.items() if len(shape_of(x)) == 3 and shape_of(x)[-1] == d]
        shapes = {n: shape_of(x) for n, x in pieces.items()}
        encodings = [n for n, s in shapes.items() if s[-1:] == [d] and (len(s) == 2 or len(s) == 3 and s[1] == 1)]
        for x, r, cache in itertools.product(tokens, encodings, [None, *tokens]):
            length = len(pieces[x]) + (len(pieces[cache]) if cache else 0)
            if len(pieces[r]) != length or cache and len(pieces[cache][0]) != len(pieces[x][0]):
                continue
            operands = tuple(dict.fromkeys(n for n in (x, r, cache, u, v, *names) if n))

            def relative(a, t, x=x, r=r, cache=cache):
                return relative_attention(a, t[x], t[r], t[cache] if cache else [], t[u], t[v], *(t[n] for n in names))

            yield from self._outputs(f"relative attention of {x}", relative, operands, (x, r, cache), shape)

    def _outputs(self, what, formula, operands, key, shape):
        """Each tensor that a formula gives by name, where it has as many entries."""
        if (what, key) not in self.cache:
            self.cache[what, key] = formula(Floats(), {**{o: self.recording.tensors[o] for o in operands}})
        for output, tensor in self.cache[what, key].items():
            if len(flat(tensor)) == math.prod(shape):
                yield f"{what}: {output}", (lambda a, t, output=output: formula(a, t)[output]), operands, flat(tensor)

    def _evaluated(self, formula, operands, tensor, name):
        return formula(Floats(), {o: tensor if o == name else self.parameters[o] for o in operands})


def relative_attention(a, x, r, cache, u, v, W_qkv, W_r, W_o):
    """The sorting model's attention over [cache ‖ x] [·,B,d] with encodings r, by name, [i,j,B,H] and [i,B,H·dh] as the code has them.

    The code casts its scores to float32 on their way to the softmax, in a float64 model as well.
    """
    heads, entries = len(u), cache + x
    T, J, B = len(x), len(entries), len(x[0])
    qkv = [[_affine(a, [row], transposed(W_qkv))[0] for row in rows] for rows in entries]
    keys_r = _affine(a, [row[0] if isinstance(row[0], list) else row for row in r], transposed(W_r))
    width = len(qkv[0][0]) // 3
    dh, scale = width // heads, a.reciprocal_root(width // heads)
    range_h = [slice(h * dh, (h + 1) * dh) for h in range(heads)]
    named = {"AC": [], "BD": [], "scores": [], "att_prob": [], "attn_vec": []}
    for i in range(T):
        per_b = []
        for b in range(B):
            row = qkv[J - T + i][b][:width]
            per_h = []
            for h, part in enumerate(range_h):
                with_u = [p + s for p, s in zip(row[part], u[h])]
                with_v = [p + s for p, s in zip(row[part], v[h])]
                seen = J - T + i + 1
                AC = [a.dot(with_u, qkv[j][b][width:][part]) for j in range(J)]
                BD = [a.dot(with_v, keys_r[J - 1 - (seen - 1 - j)][part]) for j in range(seen)]
                S = [(p + s) * scale for p, s in zip(AC, BD)]
                P = functions.softmax(a, [cast(a, s) for s in S]) + [a.number(0.0)] * (J - seen)
                vec = [a.dot(P, [qkv[j][b][2 * width :][k] for j in range(J)]) for k in range(part.start, part.stop)]
                per_h.append((AC, S, P, vec))
            per_b.append(per_h)
        for name, place in (("AC", 0), ("att_prob", 2)):
            named[name].append([[[per_b[b][h][place][j] for h in range(heads)] for b in range(B)] for j in range(J)])
        named["attn_vec"].append([[x for h in range(heads) for x in per_b[b][h][3]] for b in range(B)])
    named = {name: tensor for name, tensor in named.items() if tensor}
    named["attn_out"] = [_affine(a, rows, transposed(W_o)) for rows in named["attn_vec"]]
    return named


def cast(a, x):
    """x as float32 has it."""
    return a.number(recorded_memory.float32(value_of(x)))


def _first(x):
    return _first(x[0]) if isinstance(x, list) and x else x


def _copy_of(name):
    return lambda a, t: t[name]


def _sliced(X, low, high):
    return X[low:high] if not isinstance(X[0], list) else [_sliced(x, low, high) for x in X]


def _slice_of(name, low, high):
    return lambda a, t: _sliced(t[name], low, high)


def _exchanged(X):
    """[B,H,P,d] ↔ [B,P,H,d]."""
    return [transposed(x) for x in X]


def _rows(X):
    """All rows of the last axis."""
    if not isinstance(X, list) or not X or not isinstance(X[0], list):
        return None
    return X if not isinstance(X[0][0], list) else [row for x in X for row in _rows(x)]


def _in_rows(X, width):
    entries = flat(X)
    return [entries[i : i + width] for i in range(0, len(entries), width)]


def _affine(a, X, W, b=None):
    """X W + b for W [in,out]."""
    Y = product(a, X, W)
    return Y if b is None else [[y + shift for y, shift in zip(row, b, strict=True)] for row in Y]


def _linear(source, w, b, turned):
    return lambda a, t: _affine(a, _rows(source(a, t)), transposed(t[w]) if turned else t[w], t[b] if b else None)


def _norms(name, w, b, epsilons):
    for eps in dict.fromkeys(epsilons):
        if b:
            yield f"LayerNorm {w} of {name}", lambda a, t, eps=eps: _shaped_as(t[name], blocks.layer_norm(a, [_rows(t[name])], t[w], t[b], eps))
        else:
            yield f"RMSNorm {w} of {name}", lambda a, t, eps=eps: _shaped_as(t[name], blocks.rms_norm(a, [_rows(t[name])], t[w], eps))


def _shaped_as(like, X):
    return shaped(X, *shape_of(like))


def _activated(source, function):
    return lambda a, t: function(a, source(a, t))


ACTIVATIONS = (
    ("relu", lambda a, X: each(lambda x: recorded_lm2.relu(a, x), X)),
    ("silu", lambda a, X: each(lambda x: silu(a, x), X)),
    ("gelu", lambda a, X: blocks.gelu(a, [_rows(X)], "tanh")),
    ("sigmoid", lambda a, X: each(lambda x: functions.sigmoid(a, x), X)),
    ("tanh", lambda a, X: each(a.tanh, X)),
    ("softmax", lambda a, X: [functions.softmax(a, row) for row in _rows(X)]),
)


def _attended(a, qkv, heads):
    """Causal attention of one batch element from its queries, keys and values side by side."""
    q, k, v = (_sliced(qkv, i * len(qkv[0]) // 3, (i + 1) * len(qkv[0]) // 3) for i in range(3))
    return concatenate([blocks.attention_over_past(a, *(head(x, h, heads) for x in (q, k, v))) for h in range(heads)])


def _added(parts, count):
    return [sum(entries) for entries in zip(*(part[3][:count] for part in parts))]


def _sum(parts, count):
    operands = tuple(dict.fromkeys(o for part in parts for o in part[2]))
    formulas = [part[1] for part in parts]

    def total(a, t):
        return [a.sum(entries) for entries in zip(*(flat(formula(a, t)) for formula in formulas))]

    return " + ".join(part[0] for part in parts), total, operands, _added(parts, count)


def _elementwise(what, function, n, m, x, y):
    def formula(a, t):
        return [function(a, u, v) for u, v in zip(flat(t[n]), flat(t[m]))]

    return what, formula, (n, m), formula(Floats(), {n: x, m: y})


def _per_matrix(f, X, Y):
    return f(X, Y) if not isinstance(X[0][0], list) else [_per_matrix(f, x, y) for x, y in zip(X, Y)]


def _scored(n, m, scaled, causal):
    def formula(a, t):
        def of(X, Y):
            S = [[a.dot(x, y) for y in Y] for x in X]
            S = [[s * a.reciprocal_root(len(X[0])) for s in row] for row in S] if scaled else S
            if not causal:
                return S
            past, zero = len(Y) - len(X), a.number(0.0)
            weights = [functions.softmax(a, row[: past + i + 1]) for i, row in enumerate(S)]
            return [w + [zero] * (len(Y) - len(w)) for w in weights]

        return _per_matrix(of, t[n], t[m])

    return formula


def _leads(entries):
    """Places spread over a tensor at which it is not small."""
    scale = max(map(abs, entries))
    places = [i for i, x in enumerate(entries) if abs(x) > scale / 10] or [0]
    return places[:: max(1, len(places) // LEAD)][:LEAD]


def _lead_fits(entries, leads, value):
    scale = max(map(abs, entries))
    return 2 * sum(abs(entries[i] - value(i)) <= NEAR * scale for i in leads) > len(leads)


def _fits(entries, values):
    if len(entries) != len(values) or not any(entries):
        return False
    scale = max(map(abs, entries))
    return _lead_fits(entries, _leads(entries), values.__getitem__) and 2 * sum(
        abs(x - y) <= NEAR * scale for x, y in zip(entries, values)
    ) > len(entries)
