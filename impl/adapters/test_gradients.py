#!/usr/bin/env python3
"""Tests of the backward passes: NumPy's by hand against differences of NumPy's own forward pass, and against PyTorch's autograd.

    /usr/bin/python3 impl/adapters/test_gradients.py

Prints each failure, then "N passed, N failed"; exit code 1 if any failed.
"""

import contextlib
import dataclasses
import importlib
import json
import pathlib
import sys
import traceback
import unittest.mock

import numpy as np
import torch

ADAPTERS = pathlib.Path(__file__).resolve().parent
CASES = ADAPTERS.parents[1] / "reference-fixtures" / "cases"

sys.path.insert(0, str(ADAPTERS.parent / "python"))

from harness_conformance import catalogue
from harness_conformance.autograd import gradients
from harness_conformance.protocol import read_safetensors


def modules_of(folder, *names):
    """Modules of one adapter. Each has an lm2, a blocks and so on, which must not be found by the other."""
    before, path = set(sys.modules), str(ADAPTERS / folder)
    sys.path.insert(0, path)
    found = [importlib.import_module(name) for name in names]
    sys.path.remove(path)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(path):
            del sys.modules[name]
    return found


_, BY_NUMPY, LM2, INF, BASELINES = modules_of("python-numpy", "adapter", "catalogue", "lm2", "infinity_former", "baselines")
(BY_TORCH,) = modules_of("python-torch", "equations")
FORWARD = BY_NUMPY.EQUATIONS
BACKWARD = {id: FORWARD[id] for id in catalogue.GRADIENTS if id in FORWARD}

TOLERANCE = 1e-9

# Where PyTorch's own backward pass has too few digits: of σ it is y(1 − y), of softmax p(g − Σ p g) with one p nearly 1.
TORCH_LOSES_DIGITS = {"inf.smooth.gate/overflowing", "lm2.gate.forget/overflowing-float64",
                      "inf.attention.density_moments/scores-of-thousands"}


@dataclasses.dataclass
class Case:
    """What one equation is asked, in float64: inputs, attributes, and cotangents of its outputs."""

    id: str
    name: str
    flags: list
    inputs: dict
    attributes: dict
    cotangents: dict

    def __str__(self):
        return f"{self.id}/{self.name}" + (f", {self.attributes['bptt']}" if "bptt" in self.attributes else "")

    @property
    def kind(self):
        """Which options it takes, and whether there is a batch."""
        return ("batch" in self.flags, str({name: array.ndim for name, array in self.inputs.items()}),
                str({name: value if isinstance(value, str) else bool(value) for name, value in self.attributes.items()}))

    @property
    def forward_attributes(self):
        return {name: value for name, value in self.attributes.items() if name != "bptt"}

    def by_hand(self, dtype=np.float64):
        tensors = {name: array.astype(dtype) for name, array in {**self.inputs, **self.cotangents}.items()}
        BACKWARD[f"{self.id}.vjp"].check(tensors, self.attributes)
        with np.errstate(all="ignore"):  # what overflows is asked for in the forward pass's own cases
            return BACKWARD[f"{self.id}.vjp"](tensors, self.attributes, np.dtype(dtype))

    def loss(self, inputs):
        outputs = FORWARD[self.id](inputs, self.forward_attributes, np.dtype(np.longdouble))
        return sum(np.sum(self.cotangents[f"grad_{name}"] * array) for name, array in outputs.items())


def committed_cases(id):
    """The committed inputs with drawn cotangents; of what carries a state through segments, with either bptt."""
    for file in sorted((CASES / id).glob("*.json")):
        case = json.loads(file.read_text(encoding="utf-8"))
        random = np.random.default_rng(len(file.name))
        inputs = {name.removeprefix("input."): np.frombuffer(data, "<f8").reshape(shape).copy()
                  for name, (_, shape, data) in read_safetensors(file.with_suffix(".safetensors")).items() if name.startswith("input.")}
        cotangents = {f"grad_{name}": random.standard_normal(output["shape"]) for name, output in case["outputs"].items()}
        for bptt in ("full", "truncated") if id.endswith(".rollout") else (None,):
            yield Case(id, case["name"], case["flags"], inputs, {**case["attributes"], **({"bptt": bptt} if bptt else {})}, cotangents)


def small_cases(id):
    """The tiny committed cases and the smallest of every kind, some again with other numbers. No ties: a kink has no slope."""
    smallest = {}
    for case in sorted(committed_cases(id), key=lambda case: sum(array.size for array in case.inputs.values())):
        if not {"extreme", "ill-conditioned", "tie"} & set(case.flags):
            smallest.setdefault((case.name, case.attributes.get("bptt")) if "tiny" in case.flags else case.kind, case)
    yield from smallest.values()
    for case in list(smallest.values())[:3]:
        random = np.random.default_rng(len(case.name))
        drawn = {name: random.standard_normal(array.shape) for name, array in case.inputs.items() if f"grad_{name}" in case.by_hand()}
        drawn = {name: np.abs(array) + 0.05 if domain_of(id, name) == ">0" else array for name, array in drawn.items()}
        yield dataclasses.replace(case, name=f"{case.name}, drawn", inputs={**case.inputs, **drawn})


def domain_of(id, name):
    return next(tensor.get("domain") for tensor in catalogue.EQUATIONS[id].inputs if tensor["name"] == name)


def scales(grads):
    """What an error of each gradient is measured by: its largest entry or, where all of it cancels, a part of the largest of any."""
    largest = {name: np.abs(array).max() for name, array in grads.items()}
    return {name: max(own, 1e-4 * max(largest.values())) or 1 for name, own in largest.items()}


# Differences of the forward pass

def refined_solve(A, b):
    """np.linalg.solve, which knows no longdouble, with its residual in longdouble."""
    x = 0
    for _ in range(4):
        x = x + SOLVE(A.astype(np.float64), (b - A @ x if np.ndim(x) else b).astype(np.float64))
    return x


SOLVE = np.linalg.solve


class Held:
    """What a function of a module returned, or was given as its arguments of these numbers, at the point of differentiation, held at
    every call but the first `free` ones."""

    def __init__(self, module, name, arguments=(), free=0):
        self._function, self._arguments, self._free = getattr(module, name), arguments, free
        self._held, self._calls, self._recording = [], 0, True

    def __call__(self, *arguments, **others):
        call, self._calls = self._calls, self._calls + 1
        if not self._arguments:
            if self._recording:
                self._held.append(self._function(*arguments, **others))
            return self._held[call]
        if self._recording:
            self._held.append({place: arguments[place] for place in self._arguments})
        elif call >= self._free:
            arguments = [self._held[call].get(place, argument) for place, argument in enumerate(arguments)]
        return self._function(*arguments, **others)

    def again(self):
        self._calls, self._recording = 0, False


def constants_inside(case):
    """[(module, name, Held)] of what the gradient takes as a constant though the forward pass computes it."""
    held = [(INF, "sticky_positions", Held(INF, "sticky_positions"))] if case.attributes.get("sticky") else []
    if case.attributes.get("bptt") == "truncated":
        module, name, state = {
            "lm2.memory.rollout": (LM2, "memory_step", (2,)), "inf.rollout": (INF, "layer", (2,)), "base.infini.rollout": (BASELINES, "infini_segment", (6, 7))}[case.id]
        # Without a first memory, the first segment has none to read, and the layer is first called for the second.
        first_is_input = case.id != "inf.rollout" or "C_0" in case.inputs
        held.append((module, name, Held(module, name, state, free=int(first_is_input))))
    return held


def differences(case):
    """{grad_x: {index: ∂ℓ/∂x[index]}}: central, in longdouble, extrapolated twice to a step of 0; some entries of large tensors."""
    inputs = {name: array.astype(np.longdouble) for name, array in case.inputs.items()}
    most = max(3, 40 // len(inputs))
    random, held = np.random.default_rng(1), constants_inside(case)
    with contextlib.ExitStack() as patches:
        patches.enter_context(unittest.mock.patch("numpy.linalg.solve", refined_solve))
        for module, name, replacement in held:
            patches.enter_context(unittest.mock.patch.object(module, name, replacement))
        case.loss(inputs)

        def loss(array, index, value):
            before, array[index] = array[index], value
            for _, _, replacement in held:
                replacement.again()
            found = case.loss(inputs)
            array[index] = before
            return found

        def slope(array, index, h, positive):
            x = array[index]
            h *= x if positive else 1
            return (loss(array, index, x + h) - loss(array, index, x - h)) / (2 * h)

        found = {}
        for gradient in BACKWARD[f"{case.id}.vjp"].known.outputs:
            array = inputs.get(gradient.removeprefix("grad_"))
            if array is None:
                continue
            entries = list(np.ndindex(array.shape))
            chosen = random.permutation(len(entries))[:most]
            found[gradient], positive = {}, domain_of(case.id, gradient.removeprefix("grad_")) == ">0"
            for index in (entries[i] for i in chosen):
                by_h, by_half, by_quarter = (slope(array, index, np.longdouble(2) ** power, positive) for power in (-12, -13, -14))
                once, twice = (4 * by_half - by_h) / 3, (4 * by_quarter - by_half) / 3
                found[gradient][index] = (16 * twice - once) / 15
    return found


def worst_against_differences(case):
    """The largest error of an entry as a share of its tensor's largest, and where it is."""
    by_hand, worst = case.by_hand(), (0.0, "nowhere")
    wanted = differences(case)
    assert by_hand.keys() == wanted.keys(), f"{case}: found {sorted(by_hand)}, expected {sorted(wanted)}"
    for gradient, entries in wanted.items():
        scale = scales(by_hand)[gradient]
        for index, value in entries.items():
            worst = max(worst, (float(abs(by_hand[gradient][index] - value) / scale),
                                f"{case}: {gradient}{list(index)}: found {by_hand[gradient][index]:.12g}, expected {value:.12g}"))
    return worst


# PyTorch's autograd

def by_autograd(case):
    forward = catalogue.EQUATIONS[case.id]
    attributes = {name: tuple(value) if isinstance(value, list) else value for name, value in case.attributes.items()}

    def call(**inputs):
        outputs = BY_TORCH.FUNCTIONS[case.id](**inputs, **attributes)
        return dict(zip(forward.outputs, outputs if isinstance(outputs, tuple) else (outputs,)))

    asked = [name for name in catalogue.GRADIENTS[f"{case.id}.vjp"].outputs if name.removeprefix("grad_") in case.inputs]
    tensors = {name: torch.tensor(array) for name, array in {**case.inputs, **case.cotangents}.items()}
    return {name: tensor.numpy() for name, tensor in gradients(call, tensors, asked).items()}


def worst_against_autograd(case):
    by_hand, by_torch, worst = case.by_hand(), by_autograd(case), (0.0, "nowhere")
    assert by_hand.keys() == by_torch.keys(), f"{case}: found {sorted(by_hand)}, expected {sorted(by_torch)}"
    for gradient, wanted in by_torch.items():
        found = by_hand[gradient]
        assert found.shape == wanted.shape, f"{case}: {gradient} has shape {found.shape}, expected {wanted.shape}"
        error = np.abs(found - wanted) / scales(by_torch)[gradient]
        index = np.unravel_index(error.argmax(), error.shape)
        worst = max(worst, (float(error[index]),
                            f"{case}: {gradient}{list(map(int, index))}: found {found[index]:.12g}, expected {wanted[index]:.12g}"))
    return worst


# The tests

def agrees_with_differences(id):
    for case in small_cases(id):
        error, where = worst_against_differences(case)
        assert error <= TOLERANCE, where


def agrees_with_autograd(id):
    for case in committed_cases(id):
        if f"{case.id}/{case.name}" not in TORCH_LOSES_DIGITS:
            error, where = worst_against_autograd(case)
            assert error <= TOLERANCE, where


def is_exactly_zero_without_cotangents(id):
    for case in committed_cases(id):
        found = dataclasses.replace(case, cotangents={name: np.zeros_like(array) for name, array in case.cotangents.items()}).by_hand()
        assert not any(array.any() for array in found.values()), f"{case}: {[name for name, array in found.items() if array.any()]}"


def computes_in_float32(id):
    for case in small_cases(id):
        wanted, found = case.by_hand(), case.by_hand(np.float32)
        for name, array in found.items():
            assert array.dtype == np.float32, f"{case}: {name} was computed in {array.dtype}"
            error = np.abs(array - wanted[name]).max() / scales(wanted)[name]
            assert error <= 1e-2, f"{case}: {name} is off by {error:.2g} of its largest entry"


def every_gradient_by_autograd_is_finite(id):
    for case in committed_cases(id):
        for name, array in by_autograd(case).items():
            assert np.isfinite(array).all(), f"{case}: {name}"
            assert array.shape == case.inputs[name.removeprefix("grad_")].shape, f"{case}: {name} has shape {array.shape}"


class SquareWithAWrongBackwardPass(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(context, grad_y):
        return 3 * grad_y * context.saved_tensors[0]


def asks_a_hand_written_backward_pass(_):
    inputs = {"x": torch.tensor([2.0]), "unread": torch.tensor([5.0]), "grad_y": torch.tensor([7.0])}
    found = gradients(lambda x, unread: {"y": SquareWithAWrongBackwardPass.apply(x)}, inputs, ["grad_x", "grad_unread"])
    assert found == {"grad_x": torch.tensor([42.0]), "grad_unread": torch.tensor([0.0])}, found


def main():
    only, passed, failed = sys.argv[1] if len(sys.argv) > 1 else "", 0, 0
    torch.set_num_threads(1)
    by_hand = [id.removesuffix(".vjp") for id in BACKWARD]
    for test, ids in ((agrees_with_differences, by_hand), (agrees_with_autograd, by_hand), (is_exactly_zero_without_cotangents, by_hand),
                      (computes_in_float32, by_hand), (asks_a_hand_written_backward_pass, ["torch.autograd.Function"]),
                      (every_gradient_by_autograd_is_finite, [id.removesuffix(".vjp") for id in catalogue.GRADIENTS])):
        for id in ids:
            if only in id:
                try:
                    test(id)
                    passed += 1
                except Exception as failure:
                    failed += 1
                    print(f"{id} {test.__name__}: {failure if isinstance(failure, AssertionError) else traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
