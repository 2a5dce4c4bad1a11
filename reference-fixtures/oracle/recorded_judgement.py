"""Judges a recording: how far a tensor may be from the oracle's, and what came of comparing.

The recorded code rounded too. Its error is allowed for twice over: by what is stated with the recordings (STATED, relative to a tensor's
largest entry, times SLACK, since a statement is rounded and made for some of the tensors only), and by the model that gives the fixtures
their tolerances: the formula again with every operation's result moved by a rounding, from the same recorded inputs on. What has float32
has the same in proportion to its roundoff. A program's answer is allowed its own rounding besides.
"""

import functools
import math

import dtypes
import equations
from arithmetic import Exact, NotJudgeable, Perturbed, value_of
from case import Case
from gradients import SUFFIX, evaluate, gradients
from nested import each, flat, shape_of
from recorded_program import Unsupported
from recordings import Unknown, is_view
from tolerance import MAGNIFICATION, MAGNIFIED, SAFE_MARGIN

RUNS = 3
FACTOR = 8
SLACK = 4
RECOGNISED = 1e-6  # of a tensor's largest entry: how far the half of it may be that is nearest

# The code's own error against 50 digits; that of a ridge operator is in proportion to the condition, and stated at two of them.
LM2 = 4e-16
EXPECTATION = 2e-16
BINS = 1.2e-15
OPERATOR = max(3e-15 / 76, 4e-13 / 1.5e4)

ROUNDOFF = {"f64": 2.0**-53, "f32": 2.0**-24}


class Rounded(Perturbed):
    """Takes every decision as it was taken in 50 digits; whether one was near is asked where a comparison fails."""

    def _replay(self, decide):
        return next(self.decisions).choice


class Evaluated:
    """Named tensors that a formula gives for inputs by name: `values` in 50 digits, `spread` of each as float64 would have it.

    `spreads`: of inputs that are not recorded but computed themselves.
    """

    def __init__(self, formula, inputs, spreads=None):
        self.formula, self.inputs = formula, inputs
        basis = {name: _rounding(inputs[name]) for name in ("mu_j", "sigma_j") if name in inputs}
        self.input_spreads = basis | (spreads or {})
        exact = Exact()
        self.values = formula(exact, **{name: each(exact.number, tensor) for name, tensor in inputs.items()})
        self.decisions = exact.decisions

    def is_near_another(self, roundoff):
        """Whether a rank or the side of a maximum is within SAFE_MARGIN roundings of another, which the code may have found.

        What is 0 without any rounding is 0 in the code too: such a tie counts among ranks alone.
        """
        ties = (d for d in self.decisions if d.margin or isinstance(d.choice, frozenset))
        return any(decision.margin < SAFE_MARGIN * roundoff for decision in ties)

    @functools.cached_property
    def spreads(self):
        for dtype, magnification in ((MAGNIFIED, MAGNIFICATION), (dtypes.F64, 1.0)):
            try:
                return self._spreads(dtype, magnification)
            except NotJudgeable as failure:
                reason = failure
        raise Unknown(f"not judged: {reason}")

    def _spreads(self, dtype, magnification):
        squares = {name: [0.0] * len(flat(tensor)) for name, tensor in self.values.items()}
        for run in range(RUNS):
            arithmetic = Rounded(dtype, f"recordings/{run}", self.decisions)
            results = self.formula(arithmetic, **{name: self._number(arithmetic, name, magnification) for name in self.inputs})
            for name, tensor in results.items():
                targets = flat(self.values[name])
                for i, (value, target) in enumerate(zip(flat(tensor), targets, strict=True)):
                    squares[name][i] += float(value_of(value) - target) ** 2 / RUNS
        return {name: math.sqrt(max(entries, default=0.0)) / magnification for name, entries in squares.items()}

    def _number(self, arithmetic, name, magnification):
        spread = self.input_spreads.get(name, 0.0) * magnification * math.sqrt(3)

        def moved(x):
            return arithmetic.number(float(x) + (spread * (2 * arithmetic.random.random() - 1) if spread else 0.0))

        return each(moved, self.inputs[name])


def _rounding(tensor):
    """What rounding its entries once does: the basis that a float32 run has is not the recorded one of float64."""
    return ROUNDOFF["f64"] * max(map(abs, map(float, tensor))) / math.sqrt(3)


def gradient_of(formula, outputs, cotangents, asked):
    """The formula of the gradients of Σ cotangent · output by the inputs `asked`, of a formula that gives its outputs by name."""

    def of_arithmetic(a, **inputs):
        def tuple_of(tape, **numbers):
            named = formula(tape, **numbers)
            return [named[name] for name in outputs] if len(outputs) > 1 else named[outputs[0]]

        numbers = {name: each(a.number, cotangents[name]) for name in outputs}
        values = {name: each(value_of, tensor) for name, tensor in inputs.items()}
        return gradients(a, tuple_of, outputs, values, {}, numbers, tuple(name for name in asked if name in inputs))

    return of_arithmetic


class Judge:
    """`program`: what answers the equations of the catalogue instead of the oracle; then nothing else is compared."""

    def __init__(self, recording, program=None):
        self.recording = recording
        self.program = program
        self.passed = self.failed = self.unchecked = 0
        self.lines = []
        self.worst = (0.0, "")
        self.known = []  # named tensors that may be recorded under names that are not known

    def fail(self, line):
        self.failed += 1
        self.lines.append(f"FAIL {self.recording.name}: {line}")

    def leave(self, line):
        self.unchecked += 1
        self.lines.append(f"---- {self.recording.name}: {line}")

    def compare_all(self, evaluated, prefix, suffix, layouts=None, stated=0.0):
        """Every tensor that is recorded as PREFIX.NAME SUFFIX."""
        self.known.append((prefix, suffix, evaluated, layouts or {}))
        for name in evaluated.values:
            self.compare(f"{prefix}.{name}{suffix}", evaluated, name, (layouts or {}).get(name), stated)

    def compare(self, key, evaluated, name, layout=None, stated=0.0, spread=0.0):
        """A recorded tensor with one that was evaluated, where it is recorded; `layout` puts ours as it is recorded."""
        if self.program or key not in self.recording.tensors:
            return
        value = evaluated.values[name]
        self._judge(key, layout(value) if layout else value, max(evaluated.spreads[name], spread), stated, "", evaluated)

    def compare_one_of(self, key, choices):
        """A recorded tensor with the nearest of several evaluations, (evaluated, name, stated)."""
        if self.program or key not in self.recording.tensors:
            return
        fitting = [c for c in choices if self.share(key, c[0].values[c[1]], c[0].spreads[c[1]], c[2]) <= 1]
        evaluated, name, stated = (fitting or choices)[0]
        self.compare(key, evaluated, name, None, stated)

    def share(self, key, value, spread, stated, own=0.0):
        """The largest error as a share of what is allowed; infinite where the shapes do not fit or a number is not finite."""
        recorded, ours = flat(self.recording.tensors[key]), [float(x) for x in flat(value)]
        if len(recorded) != len(ours) or not all(map(math.isfinite, recorded + ours)):
            return math.inf
        unit = _roundoff(key) / ROUNDOFF["f64"]
        stored = ROUNDOFF["f32" if self.recording.types[key] == "F32" else "f64"]
        scale = max(map(abs, recorded), default=0.0)
        allowed = unit * (stated * SLACK * scale + FACTOR * spread) + stored * scale + own
        error = max((abs(x - float(y)) for x, y in zip(ours, recorded)), default=0.0)
        return error / allowed if allowed else math.inf if error else 0.0

    def _judge(self, key, value, spread, stated, by, evaluated, own=0.0):
        recording = self.recording
        recording.compared.add(key)
        found, expected = recording.shapes[key], shape_of(value)
        if not is_view(found, expected):
            self.fail(f"tensor {key}{by}: found shape {found}, expected {expected}")
            return
        if not all(map(math.isfinite, flat(recording.tensors[key]))):
            if not recording.is_said_to_be_nonfinite(key):
                self.fail(f"tensor {key}{by}: found what is not finite, expected finite numbers")
            elif not by:
                self.leave(f"tensor {key}: is not finite, as {recording.name}.json says")
            return
        share = self.share(key, value, spread, stated, own)
        if share > 1 and evaluated.is_near_another(_roundoff(key)):
            self.leave(f"tensor {key}{by}: not judged, a rank or the side of a maximum is nearer to another than {SAFE_MARGIN} roundings")
            return
        if share > 1:
            self.fail(f"tensor {key}{by}: {self._furthest(key, value)}, {share:.2g} times what is allowed")
            return
        self.passed += 1
        self.worst = max(self.worst, (share, key))

    def _furthest(self, key, value):
        pairs = list(zip(flat(self.recording.tensors[key]), map(float, flat(value))))
        i = max(range(len(pairs)), key=lambda i: abs(pairs[i][0] - pairs[i][1]))
        shape = self.recording.shapes[key]
        index = [i // math.prod(shape[axis + 1 :]) % extent for axis, extent in enumerate(shape)]
        return f"at {index} found {pairs[i][0]!r}, expected {pairs[i][1]!r}"

    def finish(self):
        """What came of it; of the oracle first what is recorded and was not compared, perhaps for its name."""
        if self.program is None:
            self._compare_the_rest()
        unused = [k for k in self.recording.tensors if k.startswith(("in.", "param.")) and k not in self.recording.used]
        notes = f", not used: {', '.join(unused)}" if unused else ""
        verdict = f"{self.passed} tensors compared, the furthest {self.worst[1]} at {self.worst[0]:.2g} of what is allowed{notes}"
        self.lines.append(f"{'FAIL' if self.failed else '----' if self.unchecked else 'ok  '} {self.recording.name}: {verdict}")

    def _compare_the_rest(self):
        for key in self.recording.results():
            if key not in self.recording.compared:
                self._recognise(key)
        left = [key for key in self.recording.results() if key not in self.recording.compared]
        if left:
            self.leave(f"not compared: {', '.join(left)}")

    def _recognise(self, key):
        """Compares a tensor of an unknown name with the nearest that is known of its step, where one is near."""
        shape, nearest = self.recording.shapes[key], (RECOGNISED, None)
        for prefix, suffix, evaluated, layouts in self.known:
            if not key.startswith(f"{prefix}.") or not key.endswith(suffix):
                continue
            for name, value in evaluated.values.items():
                value = layouts[name](value) if name in layouts else value
                if is_view(shape, shape_of(value)):
                    distance = _typical_distance(self.recording.tensors[key], value)
                    nearest = min(nearest, (distance, (value, evaluated, name)), key=lambda n: n[0])
        if nearest[1]:
            value, evaluated, name = nearest[1]
            self._judge(key, value, evaluated.spreads[name], 0.0, f", which is taken for {name}", evaluated)

    def ask(self, equation, inputs, attributes, targets, stated=0.0):
        """An equation of the catalogue for recorded inputs. `targets`: output → recorded name, or that and what puts ours in its layout."""
        targets = {output: t if isinstance(t, tuple) else (t, None) for output, t in targets.items()}
        targets = {output: target for output, target in targets.items() if target[0] in self.recording.tensors}
        if not targets:
            return
        inputs = {name: tensor for name, tensor in inputs.items() if tensor is not None}
        inputs = {name: each(float, tensor) for name, tensor in inputs.items()}
        if reason := unaskable(equation, inputs):
            if self.program:
                self.leave(f"{equation} cannot be asked: {reason}")
            return
        attributes = {a["name"]: attributes.get(a["name"], a.get("default")) for a in described(equation)["attributes"]}
        case = Case(equation, "recorded", "", (), "full-53", attributes, inputs)
        evaluated = Evaluated(lambda a: evaluate(case, a), {})
        answers = None
        if self.program:
            try:
                answers = self.program.run(case, {output: shape_of(evaluated.values[output]) for output in evaluated.values})
            except Unsupported as reason:
                self.leave(f"{equation} is not supported by the program{f': {reason}' if str(reason) else ''}")
                return
        for output, (key, layout) in targets.items():
            value = evaluated.values[output] if answers is None else answers[output]
            spread = evaluated.spreads[output]
            own = 0.0 if answers is None else FACTOR * spread + ROUNDOFF["f64"] * max(map(abs, map(float, flat(value))), default=0.0)
            self._judge(key, layout(value) if layout else value, spread, stated, f", by {equation} {output}", evaluated, own)


def _roundoff(key):
    return ROUNDOFF["f32" if key.startswith("f32.") else "f64"]


def _typical_distance(recorded, value):
    """The median difference relative to the largest entry: small where two tensors are the same but for a few entries."""
    recorded, value = flat(recorded), list(map(float, flat(value)))
    scale = max(map(abs, value), default=0.0)
    return sorted(abs(x - y) for x, y in zip(recorded, value))[len(value) // 2] / scale if scale else math.inf


def described(equation):
    """What the catalogue says of an equation, or of the one that it is the gradient of."""
    return next((d for d in equations.DESCRIPTIONS if d["id"] == equation.removesuffix(SUFFIX)), None)


def unaskable(equation, inputs):
    """Why the catalogue's equation does not take inputs of these shapes; None where it does."""
    description = described(equation)
    if description is None:
        return "the catalogue has no such equation"
    sizes = {}
    for tensor in description["inputs"]:
        if tensor["name"] not in inputs:
            if not tensor.get("optional"):
                return f"it needs {tensor['name']}"
            continue
        found = shape_of(inputs[tensor["name"]])
        if not any(_fits(found, text, sizes) for text in tensor["shapes"]):
            return f"{tensor['name']} has shape {found}, and it takes {' or '.join(tensor['shapes'])}"
    known = {tensor["name"] for tensor in description["inputs"] + description["outputs"]}
    strange = [name for name in inputs if name.removeprefix("grad_") not in known]
    return f"it has no {', '.join(strange)}" if strange else None


def _fits(found, text, sizes):
    symbols = [s for s in text.strip("[]").split(",") if s]
    if len(symbols) != len(found):
        return False
    bound = dict(sizes)
    for symbol, extent in zip(symbols, found):
        if symbol.isidentifier() and bound.setdefault(symbol, extent) != extent or symbol.isdigit() and int(symbol) != extent:
            return False
    sizes.update(bound)
    return True
