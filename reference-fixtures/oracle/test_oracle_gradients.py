#!/usr/bin/env python3
"""Tests of the gradients by differences of the formulas, which know nothing of adjoints; `test_oracle.py` runs them.

    /usr/bin/python3 test_oracle_gradients.py          as test_oracle.py does: small cases of every equation
    /usr/bin/python3 test_oracle_gradients.py --all    every committed case but those of the published sizes (minutes)

The formulas are evaluated with 70 digits for this, at steps of 1e-23: what a central difference leaves out is of the order of 1e-46.
"""

import itertools
import random
import sys
import traceback

from mpmath import mp, mpf

import cases_gradients
import dtypes
import equations
import generate
import gradients
import safetensors
import tape
from arithmetic import Exact
from equations import CATALOGUE, DESCRIPTIONS, EQUATIONS
from gradients import GRADIENT_EQUATIONS, SUFFIX
from identities import close
from machine import Machine
from nested import each, flat, of_shape, shape_of
from tolerance import share_of_tolerance

DIGITS = 70
STEP = mpf(10) ** -23
CLOSE = mpf(10) ** -24  # of the largest term of the sum that is compared
NOISE = mpf(10) ** -35  # of the largest term of ℓ, or of 1: what a difference leaves where the derivative is 0
KINK = 1e-12  # of a selection's margin: nearer to one a case is not differentiated
SMALL = 160  # entries of all inputs
DIRECTIONS = 2
PLANTED = 1 + mpf(10) ** -15


class Held(Exact):
    """Exact arithmetic that replays what its first evaluation held constant: sampled positions, and carried states if truncated."""

    def __init__(self, truncated):
        super().__init__()
        self.truncated = truncated
        self.held = []
        self.replaying = None

    def restarted(self):
        self.replaying = iter(self.held)
        return self

    def constant(self, X):
        if self.replaying is not None:
            return next(self.replaying)
        self.held.append(X)
        return X

    def carried(self, X):
        return self.constant(X) if self.truncated else X


def drawn_like(tensor, source):
    return each(lambda _: source.choice((-1, 1)) * mpf(source.uniform(0.5, 1.5)), tensor)


class Derivative:
    """One case with drawn cotangents: its gradients by the tape, and differences of Σ ⟨cotangent, output⟩."""

    def __init__(self, case, truncated=False, seed=""):
        self.case = case
        self.equation = EQUATIONS[case.equation]
        self.derived = GRADIENT_EQUATIONS[case.equation + SUFFIX]
        self.inputs = {name: each(mpf, tensor) for name, tensor in case.inputs.items()}
        self.truncated = truncated
        self.source = random.Random(f"{case.id}{truncated}{seed}")
        self.arithmetic = Held(truncated)
        self.cotangents = {name: drawn_like(y, self.source) for name, y in self.outputs(self.inputs).items()}
        self.exact = Exact()
        self.gradient = self.gradients(self.exact)

    def outputs(self, inputs):
        results = self.equation.formula(self.arithmetic, **inputs, **self.case.attributes)
        return dict(zip(self.equation.outputs, results if len(self.equation.outputs) > 1 else [results], strict=True))

    def terms(self, inputs):
        self.arithmetic.restarted()
        outputs = self.outputs(inputs)
        return [g * y for name in outputs for g, y in zip(flat(self.cotangents[name]), flat(outputs[name]), strict=True)]

    def kink(self):
        """Why no difference is taken: a selection is exchanged too near by. None where none is."""
        nearest = min((decision.margin for decision in self.exact.decisions), default=1)
        return f"a selection has a margin of {nearest:.0e}" if nearest < KINK else None

    def gradients(self, arithmetic):
        return gradients.gradients(
            arithmetic, self.equation.formula, self.equation.outputs, self.inputs, self.case.attributes, self.cotangents,
            self.derived.inputs, self.truncated,
        )

    def difference(self, direction):
        """Central difference along `direction`, input → tensor, and the largest term of ℓ."""
        with mp.workdps(DIGITS):
            plus, minus = (
                self.terms(self.inputs | {name: added(self.inputs[name], slope, step) for name, slope in direction.items()})
                for step in (STEP, -STEP)
            )
            return sum(p - m for p, m in zip(plus, minus)) / (2 * STEP), max(map(abs, plus))

    def problem(self, direction):
        """Along a direction, whose entries are relative to those of the inputs that are not 0: None, or how far ⟨gradient, direction⟩
        is from the difference."""
        direction = {
            name: of_shape(shape_of(slope), (d * abs(x) if x else d for d, x in zip(flat(slope), flat(self.inputs[name]))))
            for name, slope in direction.items()
        }
        by_difference, size = self.difference(direction)
        terms = [g * d for name, slope in direction.items() for g, d in zip(flat(self.gradient[name]), flat(slope), strict=True)]
        allowed = CLOSE * max(map(abs, terms)) + NOISE * max(size, 1)
        error = abs(sum(terms) - by_difference)
        if error <= allowed:
            return None
        return f"{self.case.id}{', truncated' if self.truncated else ''}: off by {mp.nstr(error, 3)}, {mp.nstr(allowed, 3)} are allowed"

    def along_random_directions(self):
        for _ in range(DIRECTIONS):
            yield self.problem({name: drawn_like(self.inputs[name], self.source) for name in self.gradient})

    def entry_by_entry(self):
        for name, tensor in self.gradient.items():
            shape, count = shape_of(tensor), len(flat(tensor))
            for i in range(count):
                problem = self.problem({name: of_shape(shape, (mpf(i == j) for j in range(count)))})
                yield problem and f"{problem}, entry {i} of {name}"


def added(X, direction, step):
    return of_shape(shape_of(X), (x + step * d for x, d in zip(flat(X), flat(direction), strict=True)))


def differentiable_cases():
    return [case for case in generate.CASES.values() if case.equation + SUFFIX in GRADIENT_EQUATIONS and not case.is_of_published_size]


def size_of(case):
    return sum(len(flat(tensor)) for tensor in case.inputs.values())


def by_equation(cases):
    return {equation: list(group) for equation, group in itertools.groupby(cases, key=lambda case: case.equation)}


def derivatives(cases):
    """Every case that is not on a kink, those that carry a state also truncated."""
    for case in cases:
        derivative = Derivative(case)
        if derivative.kink():
            print(f"{case.id}: not differentiated, {derivative.kink()}")
            continue
        yield derivative
        if derivative.derived.carries:
            yield Derivative(case, truncated=True)


def problems_along_random_directions(cases):
    return [problem for derivative in derivatives(cases) for problem in derivative.along_random_directions() if problem]


def test_gradients_are_the_differences_along_random_directions():
    chosen = []
    for equation, cases in by_equation(differentiable_cases()).items():
        chosen += [case for case in cases if size_of(case) <= SMALL] or [min(cases, key=size_of)]
    assert {case.equation + SUFFIX for case in chosen} == set(GRADIENT_EQUATIONS)
    problems = problems_along_random_directions(chosen)
    assert not problems, "\n".join(problems)


def test_gradients_of_the_tiny_cases_are_the_differences_entry_by_entry():
    problems = []
    for equation, cases in by_equation(differentiable_cases()).items():
        tiny = [case for case in cases if "tiny" in case.flags and "tie" not in case.flags] or [min(cases, key=size_of)]
        problems += [problem for derivative in derivatives(tiny) for problem in derivative.entry_by_entry() if problem]
    assert not problems, "\n".join(problems)


def test_an_error_of_1e_15_in_any_adjoint_rule_is_found():
    """Each rule in turn, at small cases whose tape uses it."""
    smallest = []
    for equation, cases in by_equation(differentiable_cases()).items():
        smallest += sorted((case for case in cases if "tie" not in case.flags), key=size_of)[:3]
    places = [(tape.RULES, rule, i) for rule, operands in tape.RULES.items() for i in range(len(operands))]
    places += [(tape.TENSOR_RULES, rule, None) for rule in tape.TENSOR_RULES]
    using = {place[1:]: [] for place in places}
    for case in smallest:
        with Watched(places) as watched:
            Derivative(case)
        for place in watched.used:
            using[place].append(case)
    missed = []
    for rules, *place in places:
        with Watched([(rules, *place)], factor=PLANTED):
            if not any(next(filter(None, Derivative(case).along_random_directions()), None) for case in using[tuple(place)]):
                missed.append(f"{place}, used by {len(using[tuple(place)])} cases")
    assert not missed, "\n".join(missed)


def test_an_error_of_1e_15_in_the_sum_of_uses_is_found():
    gathered = Exact.gathered
    Exact.gathered = lambda self, uses: gathered(self, uses) * (PLANTED if sum(map(len, uses)) > 1 else 1)
    try:
        assert problems_along_random_directions([generate.CASES["lm2.memory.step/typical"]])
    finally:
        Exact.gathered = gathered


def test_gradients_that_reach_nothing_are_exactly_zero():
    case = generate.CASES["lm2.readout.gated/bank-pooled"]
    assert all(g == 0 for g in flat(Derivative(case).gradient["E_mem"])), "source = bank reads no E_mem"
    gradient = Derivative(generate.CASES["lm2.attention.weights/causal"]).gradient
    assert any(g != 0 for g in flat(gradient["K"]))
    for name in ("typical", "batch"):  # softmax does not see what all its scores have in common
        gradient = Derivative(generate.CASES[f"lm2-ref.attention/{name}"]).gradient
        assert all(g == 0 for g in gradient["b_k"]) and all(g != 0 for g in gradient["b_q"])
    derivative = Derivative(generate.CASES["inf.rollout/from-nothing"])
    derivative.cotangents = {name: each(lambda g: mpf(0), g) for name, g in derivative.outputs(derivative.inputs).items()}
    assert all(g == 0 for g in flat(list(derivative.gradients(Exact()).values())))


def test_a_truncated_rollout_gives_the_first_state_the_gradient_of_the_first_segment():
    case = generate.CASES["lm2.memory.rollout/typical"]
    truncated = Derivative(case, truncated=True)
    first = {"E": truncated.inputs["E"][0], "E_attn": truncated.inputs["E_attn"][0], "M": truncated.inputs["M_0"]}
    weights = {name: tensor for name, tensor in truncated.inputs.items() if name.startswith("W_")}
    cotangents = {"E_next": truncated.cotangents["E_next"][0]}
    attributes = {name: value for name, value in case.attributes.items() if name != "reflect"}
    step = EQUATIONS["lm2.memory.step"]
    gradient = gradients.gradients(Exact(), step.formula, step.outputs, first | weights, attributes, cotangents, ("E", "M"))
    close(truncated.gradient["M_0"], gradient["M"])
    close(truncated.gradient["E"][0], gradient["E"])


def test_16_bits_round_each_use_but_a_reduction_once():
    """256 + 1 is no number of bfloat16; 256 + 1 + 1 is one."""

    def at_one_place(a, x):
        return [x * a.number(1.0) for _ in range(3)]

    def at_three(a, x):
        first = x * a.number(1.0)
        second = x * a.number(1.0)
        return [first, second, x * a.number(1.0)]

    def results(formula):
        for seed in range(20):
            machine = Machine(dtypes.BF16)
            machine.random = random.Random(seed)
            cotangents = {"y": [machine.number(g) for g in (256.0, 1.0, 1.0)]}
            yield gradients.gradients(machine, formula, ("y",), {"x": 1.0}, {}, cotangents, ("x",))["x"].v

    assert set(results(at_one_place)) == {258.0} and set(results(at_three)) == {256.0, 258.0}


def test_an_ordinary_backward_pass_passes_every_case():
    failures, count = [], 0
    for case_id, case in generate.gradient_cases().items():
        stored = safetensors.decode((generate.FOLDER / f"{case_id}.safetensors").read_bytes())
        for dtype in dtypes.ALL:
            prefix = f"rho.{dtype.name}."
            rho = {name.removeprefix(prefix): tensor for name, tensor in stored.items() if name.startswith(prefix)}
            if not rho:
                continue
            count += 1
            results = gradients.evaluate(case, Machine(dtype))
            for name in rho:
                share = share_of_tolerance(case, dtype, results[name], stored[f"golden.{name}"], rho[name], name)
                if not share <= 1:
                    failures.append(f"{case_id} {dtype.name} {name}: {share:.3g} of the tolerance")
    assert not failures, "\n".join(failures)
    assert count > 1000


def test_the_catalogue_derives_the_same_gradient_equations():
    listed = {description["id"]: description for description in CATALOGUE["equations"] if "gradient_of" in description}
    assert sorted(listed) == sorted(GRADIENT_EQUATIONS)
    for description in DESCRIPTIONS:
        if (gradient := description["id"] + SUFFIX) not in listed:
            continue
        found, derived = listed[gradient], GRADIENT_EQUATIONS[gradient]
        assert found["gradient_of"] == derived.of == description["id"]
        inputs = [tensor["name"] for tensor in description["inputs"]] + [f"grad_{tensor['name']}" for tensor in description["outputs"]]
        assert [tensor["name"] for tensor in found["inputs"]] == inputs, gradient
        assert [tensor["name"] for tensor in found["outputs"]] == [f"grad_{name}" for name in derived.inputs], gradient
        optional = {f"grad_{tensor['name']}" for tensor in description["inputs"] if tensor.get("optional")}
        assert {tensor["name"] for tensor in found["outputs"] if tensor.get("optional")} == optional & {f"grad_{name}" for name in derived.inputs}, gradient
        assert equations.columns_of(found) == derived.columns, gradient
        attributes = [attribute["name"] for attribute in description["attributes"]] + ["bptt"] * derived.carries
        assert [attribute["name"] for attribute in found["attributes"]] == attributes, gradient
        wide = {tensor["name"] for tensor in found["inputs"] + found["outputs"] if "precision" in tensor}
        assert wide == derived.wide - {f"grad_{tensor['name']}" for tensor in description["inputs"] if tensor.get("constant")}, gradient


def test_gradient_cases_are_enough():
    """What a gradient must be asked for, so that each class of mistake shows in some case."""
    cases = by_equation(generate.gradient_cases().values())
    assert len(cases) == len(GRADIENT_EQUATIONS)
    for equation, mine in cases.items():
        of = EQUATIONS[GRADIENT_EQUATIONS[equation].of]
        assert len(mine) >= 8, f"{equation}: {len(mine)} cases"
        assert 3 * sum(case.family != "dtype-exact" for case in mine) >= len(mine), equation
        reaching = [{output for output in of.outputs if any(flat(case.inputs[f"grad_{output}"]))} for case in mine]
        assert set() in reaching, f"{equation}: no cotangent of 0"
        assert set(of.outputs) in reaching, f"{equation}: never all cotangents at once"
        for output in of.outputs:
            assert {output} in reaching, f"{equation}: never the cotangent of {output} alone"
        assert any(0 < max(cotangents(case)) <= 2 * cases_gradients.UPSTREAM for case in mine), f"{equation}: no small cotangent"
        for case in mine:
            entries = cotangents(case)
            assert max(entries) == 0 or len(entries) == 1 or len(set(entries)) > 1, f"{case.id}: all cotangents are {max(entries)}"
            assert entries != [1.0], case.id
        for symbol in ("B", "H"):
            extents = {extent(case, symbol) for case in mine} - {None}
            assert not extents or max(extents) > 1, f"{equation}: {symbol} is always 1"
        for attribute in ("heads", "memory_heads"):
            assert attribute not in mine[0].attributes or any(case.attributes[attribute] > 1 for case in mine), f"{equation}: {attribute} is always 1"
        if "kv_heads" in mine[0].attributes:
            assert any(case.attributes["kv_heads"] < case.attributes["heads"] for case in mine), f"{equation}: no grouped heads"
        if extent(mine[0], "T") and extent(mine[0], "R"):
            assert any(extent(case, "T") != extent(case, "R") for case in mine), f"{equation}: always as many tokens as rows"
        if GRADIENT_EQUATIONS[equation].carries:
            long = {case.attributes["bptt"] for case in mine if len(next(iter(case.inputs.values()))) >= 5}
            assert long == {"full", "truncated"}, f"{equation}: 5 segments only with bptt {long}"
        caches = {tensor["name"] for tensor in INPUTS[GRADIENT_EQUATIONS[equation].of] if "cache" in tensor["name"]}
        assert all(any(cache in case.inputs for case in mine) for cache in caches), f"{equation}: no cache"
    for gate in ("output", "input", "forget"):
        assert any("extreme" in case.flags for case in cases[f"lm2.gate.{gate}.vjp"]), f"lm2.gate.{gate}.vjp: not saturated"
    assert any("ill-conditioned" in case.flags for case in cases["inf.memory.update.vjp"])


def cotangents(case):
    """The sizes of all of them."""
    return [abs(g) for output in EQUATIONS[GRADIENT_EQUATIONS[case.equation].of].outputs for g in flat(case.inputs[f"grad_{output}"])]


INPUTS = {description["id"]: description["inputs"] for description in DESCRIPTIONS}


def extent(case, symbol):
    """That of an axis which some input of the case has, by its symbol in the catalogue."""
    for tensor in INPUTS[GRADIENT_EQUATIONS[case.equation].of]:
        shape = shape_of(case.inputs[tensor["name"]]) if tensor["name"] in case.inputs else None
        for axes in ([axis for axis in text.strip("[]").split(",") if axis] for text in tensor["shapes"]):
            if shape is not None and len(axes) == len(shape) and symbol in axes:
                return shape[axes.index(symbol)]
    return None


class Watched:
    """Rules of the tape that note their use and err by a factor, as long as the context lasts."""

    def __init__(self, places, factor=1):
        self.places = places
        self.factor = factor
        self.used = set()

    def __enter__(self):
        self.before = dict(tape.RULES), dict(tape.TENSOR_RULES)
        for rules, rule, i in self.places:
            if i is None:
                rules[rule] = self._watched(rules[rule], (rule, i))
            else:
                operands = rules[rule]
                rules[rule] = (*operands[:i], self._watched(operands[i], (rule, i)), *operands[i + 1 :])
        return self

    def __exit__(self, *_):
        tape.RULES.update(self.before[0])
        tape.TENSOR_RULES.update(self.before[1])

    def _watched(self, rule, place):
        def watched(*operands):
            self.used.add(place)
            contribution = rule(*operands)
            if isinstance(contribution, tuple):  # of a sum or a product: the adjoint, and what it is multiplied with
                return contribution[0] * self.factor, contribution[1]
            return each(lambda g: g * self.factor, contribution)

        return watched


def main():
    failed = 0
    tests = [test for name, test in globals().items() if name.startswith("test_")]
    if sys.argv[1:] == ["--all"]:

        def everything():
            problems = problems_along_random_directions(differentiable_cases())
            assert not problems, "\n".join(problems)

        tests.append(everything)
    for test in tests:
        try:
            test()
        except Exception:
            failed += 1
            print(f"{test.__name__}:\n{traceback.format_exc()}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
