"""Decorators: what they take, what they state of it, what they refuse; and a whole adapter at the other end of the protocol."""

import json
import pathlib
import re
import subprocess
import sys
import textwrap

import harness_conformance as harness
import numpy as np
import pytest
import torch
from harness_conformance import adapters, arrays
from harness_conformance.judgement import judge
from harness_conformance.protocol import read_safetensors, write_safetensors
from torch import nn

PACKAGE = pathlib.Path(harness.__file__).resolve().parents[1]
STEP = {"W_Q": "query.weight.T", "W_K": "key_value.weight[:d].T", "W_V": "key_value.weight[d:2*d].T"}


@pytest.fixture(autouse=True)
def nothing_registered():
    adapters.REGISTERED.clear()
    adapters.MISTAKES.clear()
    yield
    adapters.REGISTERED.clear()
    adapters.MISTAKES.clear()


def answers(id, case, library=torch):
    """The judgements on a golden case, asked of what is registered."""
    offer = adapters.offered(library)[id]
    assert offer.misfit(case) is None
    tensors = case.inputs(library)
    return judge(case, offer.question(case.dtype, case.attributes, tensors, library, torch.device("cpu") if library is torch else None)(**tensors),
                 [name for name in case.outputs if offer.constraints.get(name) is False])


def passes(id, library=torch, dtypes=("f64", "f32")):
    offer, asked = adapters.offered(library)[id], 0
    for case in harness.cases(id):
        for dtype in dtypes:
            if dtype in case.judged and offer.misfit(case) is None:
                assert all(each.passed for each in answers(id, case.in_dtype(dtype), library)), (str(case), dtype)
                asked += 1
    assert asked
    return asked


class Projections(nn.Module):
    """Q, K and V, the last two fused, with biases that the equation does not have."""

    def __init__(self, width):
        super().__init__()
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width, bias=False)

    def forward(self, tokens, bank):
        return (self.query(tokens), *self.key_value(bank).chunk(2, dim=-1))


def projections(**changes):
    return harness.module("lm2.attention.project", **{"weights": STEP, "filled": {"query.bias": 0}, "inputs": ["E", "M"], **changes})


def test_a_function_of_tensors_passes_in_pytorch_and_numpy():
    @harness.equation("lm2.gate.input", dtypes=("f64", "f32", "bf16", "f16"))
    def gate(E, W_in):
        if isinstance(E, torch.Tensor):
            return torch.sigmoid(E @ W_in)
        e = np.exp(-np.abs(E @ W_in))
        return np.where(E @ W_in > 0, 1, e) / (1 + e)

    assert not adapters.MISTAKES
    assert passes("lm2.gate.input") and passes("lm2.gate.input", np, ("f64", "f32", "f16"))


def test_attributes_come_as_keywords_and_those_not_taken_are_stated():
    @harness.equation("lm2.attention.weights", constraints={"causal": False})
    def weights(Q, K, heads):
        def split(x):
            return x.unflatten(-1, (heads, -1)).transpose(1, 2)

        q, k = split(Q), split(K)
        return {"A": (q @ k.mT * q.shape[-1] ** -0.5).softmax(-1)}

    assert not adapters.MISTAKES
    assert adapters.REGISTERED["lm2.attention.weights"].constraints == {"causal": False, "top_k": 0}
    passes("lm2.attention.weights")
    passes("lm2.attention.weights.vjp")


def test_gradients_are_offered_under_pytorch_alone_and_not_where_there_are_none():
    for id, gradient in ("lm2.gate.input", True), ("lm2.gate.output", False):
        harness.equation(id, gradient=gradient)(lambda **tensors: None)
    assert set(adapters.offered(torch)) == {"lm2.gate.input", "lm2.gate.input.vjp", "lm2.gate.output"}
    assert set(adapters.offered(np)) == {"lm2.gate.input", "lm2.gate.output"}


def test_a_gradient_of_ones_own_goes_before_that_of_autograd():
    harness.equation("lm2.gate.input")(lambda **tensors: None)
    harness.equation("lm2.gate.input.vjp")(lambda E, W_in, grad_g_in: (torch.zeros_like(E), torch.zeros_like(W_in)))
    case = min(harness.cases("lm2.gate.input.vjp"), key=lambda case: case.name != "typical")
    assert not any(each.passed for each in answers("lm2.gate.input.vjp", case))


def test_a_module_is_given_its_weights_transposed_sliced_and_with_biases_filled():
    @projections()
    def made(d):
        return Projections(d)

    assert not adapters.MISTAKES
    passes("lm2.attention.project")
    passes("lm2.attention.project.vjp")


def test_a_module_as_it_is_states_its_sizes():
    made = Projections(8)
    before = {name: tensor.clone() for name, tensor in made.state_dict().items()}
    places = {**STEP, "W_K": "key_value.weight[:8].T", "W_V": "key_value.weight[8:].T"}
    projections(weights=places)(made)
    assert not adapters.MISTAKES
    assert adapters.REGISTERED["lm2.attention.project"].constraints == {"d": 8}
    passes("lm2.attention.project")
    assert all((tensor == before[name]).all() for name, tensor in made.state_dict().items()), "the module stays as it is"


def test_outputs_that_are_not_shown_are_stated_and_intermediates_may_be():
    harness.equation("inf.layer", outputs=["Z_ltm", "C_next", "scores"])(lambda **given: None)
    assert not adapters.MISTAKES
    assert adapters.REGISTERED["inf.layer"].constraints == {"mu": False, "var": False}


def test_gradients_are_asked_where_the_cotangents_of_what_is_not_shown_are_zero():
    harness.equation("inf.layer", outputs=["Z_ltm", "C_next"])(lambda **given: None)
    offer = adapters.offered(torch)["inf.layer.vjp"]
    for case in harness.cases("inf.layer.vjp"):
        assert (offer.misfit(case) is None) == (not any(case.values("input.grad_mu")) and not any(case.values("input.grad_var"))), case.id


@pytest.mark.parametrize("takes", [lambda M_0, E, **rest: None, lambda *, bptt="full", **rest: None])
def test_who_takes_bptt_is_asked_truncated_gradients_too(takes):
    harness.equation("lm2.memory.rollout")(takes)
    assert {case.attributes["bptt"] for case in harness.cases("lm2.memory.rollout.vjp") if adapters.offered(torch)["lm2.memory.rollout.vjp"].misfit(case) is None} == {"full", "truncated"}


def test_an_equation_without_tensors_gets_dtype_and_device():
    @harness.equation("lm2.bank.identity_vector")
    def identity(*, dtype, device, **sizes):
        seen.append((dtype, device))
        return torch.eye(sizes["rows"], sizes["width"], dtype=dtype)[None].expand(sizes["batch"], -1, -1)

    seen, case = [], harness.cases("lm2.bank.identity_vector")[0].in_dtype("f32")
    try:
        answers("lm2.bank.identity_vector", case)
    except KeyError:
        pass  # what the sizes are called is no matter here
    assert seen == [(torch.float32, torch.device("cpu"))]
    adapters.REGISTERED["lm2.bank.identity_vector"].prepare({}, case.attributes, arrays.dtype_in(np, "bf16"), None)
    assert arrays.dtype_in(np, "bf16") is np.float32


@pytest.mark.parametrize("expected, decorate", [
    ("found the equation 'lm2.gate.imput', which the catalogue does not have; nearest: lm2.gate.input",
     lambda: harness.equation("lm2.gate.imput")(lambda E: E)),
    ("takes 'W_inn', expected one of E, W_in (is W_in meant?)", lambda: harness.equation("lm2.gate.input")(lambda E, W_inn: E)),
    ("tensor W_in has no place, expected W_in as an argument of", lambda: harness.equation("lm2.gate.input")(lambda E: E)),
    ("attribute causal (causal needs T=R) has no default: take it as an argument of", lambda: harness.equation("lm2.attention.weights")(lambda Q, K: Q)),
    ("outputs: found 'g', expected one of g_in", lambda: harness.equation("lm2.gate.input", outputs=["g"])(lambda E, W_in: E)),
    ("constraints: found 'dd', expected one of E, W_in, g_in,", lambda: harness.equation("lm2.gate.input", constraints={"dd": 8})(lambda E, W_in: E)),
    ("dtypes: found 'float32', expected some of f64, f32, bf16, f16", lambda: harness.equation("lm2.gate.input", dtypes=["float32"])(lambda E, W_in: E)),
    ("weights: found 'W_q', expected one of E, M, W_Q, W_K, W_V (is W_Q meant?)", lambda: projections(weights={"W_q": "query.weight"})(Projections)),
    ("inputs: found 'X', expected one of", lambda: projections(inputs=["X"])(lambda d: Projections(d))),
    ("takes 'width', expected an extent or attribute: one of", lambda: projections()(Projections)),
    ("W_V: found 'key_value.weight[', expected PARAMETER", lambda: projections(weights={**STEP, "W_V": "key_value.weight["})(lambda d: Projections(d))),
    ("found no index in the brackets", lambda: projections(weights={**STEP, "W_V": "key_value.weight[d:*]"})(lambda d: Projections(d))),
    ("tensor W_V has no place", lambda: projections(weights={"W_Q": "query.weight.T", "W_K": "key_value.weight.T"})(lambda d: Projections(d))),
    ("weights: W_Q: found 'query.wieght', expected a parameter of Projections: query.weight, query.bias, key_value.weight (is query.weight meant?)",
     lambda: projections(weights={**STEP, "W_Q": "query.wieght.T", "W_K": "key_value.weight[:8].T"})(Projections(8))),
])
def test_what_a_decorator_says_that_cannot_be_is_one_line_with_its_place(expected, decorate):
    decorate()
    assert len(adapters.MISTAKES) == 1 and "\n" not in adapters.MISTAKES[0]
    assert re.match(r"test_adapters\.py:\d+: ", adapters.MISTAKES[0]) and expected in adapters.MISTAKES[0], adapters.MISTAKES[0]


@pytest.mark.parametrize("expected, changes", [
    ("found 'query.wieght', expected a parameter of Projections: query.weight, query.bias, key_value.weight (is query.weight meant?)",
     {"weights": {**STEP, "W_Q": "query.wieght.T"}}),
    ("filled: found 'query.bais', expected a parameter", {"filled": {"query.bais": 0}}),
    ("found nothing for the parameter query.bias [2], expected a tensor of the equation, or a number, as in filled={'query.bias': 0}", {"filled": {}}),
    ("found only 2 of 8 entries for the parameter key_value.weight [4,2]".replace("4,2", "4, 2"), {"weights": {**STEP, "W_K": "key_value.weight[:1].T", "W_V": "key_value.weight[0:1].T"}}),
    ("key_value.weight[:e].T: found e, expected extents and whole attributes: ", {"weights": {**STEP, "W_K": "key_value.weight[:e].T"}}),
    ("key_value.weight[9].T: index 9 is out of bounds", {"weights": {**STEP, "W_K": "key_value.weight[9].T"}}),
    ("key_value.weight[::2]: found a step, expected a:b", {"weights": {**STEP, "W_K": "key_value.weight[::2]"}}),
    ("key_value.weight[d/2]: found 'd / 2', expected numbers, extents", {"weights": {**STEP, "W_K": "key_value.weight[d/2]"}}),
    ("key_value.weight[0].T: found shape [2], expected two axes to exchange", {"weights": {**STEP, "W_K": "key_value.weight[0].T"}}),
])
def test_a_mapping_that_does_not_fit_the_module_is_told_before_anything_is_asked(expected, changes):
    projections(**changes)(lambda d: Projections(d))
    assert not adapters.MISTAKES
    offer = adapters.REGISTERED["lm2.attention.project"]
    case = min(harness.cases("lm2.attention.project"), key=lambda case: case.shapes["W_Q"])
    assert case.shapes["W_Q"] == (2, 2)
    with pytest.raises(adapters.AdapterError, match=re.escape(expected)):
        offer.prepare({"d": 2, "B": 1, "T": 2, "R": 2}, {}, torch.float64, torch.device("cpu"))


def test_a_weight_of_another_shape_is_named_with_both_shapes():
    projections(weights={**STEP, "W_K": "key_value.weight[:1].T", "W_V": "key_value.weight[1:].T"})(lambda d: Projections(d))
    with pytest.raises(adapters.AdapterError, match=re.escape("W_K [2, 2] does not fit key_value.weight[:1].T of shape [2, 1]")):
        answers("lm2.attention.project", min(harness.cases("lm2.attention.project"), key=lambda case: case.shapes["W_Q"]))


@pytest.mark.parametrize("returned, expected", [
    (lambda E: (E, E), "lm2.gate.input: found 2 outputs, expected 1: g_in"),
    (lambda E: {"g": E}, "lm2.gate.input: found the outputs g, expected g_in"),
])
def test_outputs_that_are_too_many_or_misnamed_are_told(returned, expected):
    harness.equation("lm2.gate.input")(lambda E, W_in: returned(E))
    with pytest.raises(adapters.AdapterError, match=re.escape(expected)):
        answers("lm2.gate.input", harness.cases("lm2.gate.input")[0])


@pytest.mark.parametrize("constraints, fits", [
    ({"d": 8}, lambda case: case.shapes["E"][-1] == 8),
    ({"d": [4, 8]}, lambda case: case.shapes["E"][-1] in (4, 8)),
    ({"d": {"min": 3, "max": 8, "multiple_of": 2}}, lambda case: 3 <= case.shapes["E"][-1] <= 8 and case.shapes["E"][-1] % 2 == 0),
    ({"T": "R"}, lambda case: case.shapes["E"][1] == (case.shapes["M"][1] if len(case.shapes["M"]) == 3 else case.shapes["M"][1] * case.shapes["M"][2])),
    ({"M": {"rank": 3}}, lambda case: len(case.shapes["M"]) == 3),
    ({"heads": 2, "causal": False}, lambda case: case.attributes["heads"] == 2 and not case.attributes["causal"]),
    ({"source": "bank"}, lambda case: case.attributes["source"] == "bank"),
])
def test_golden_cases_outside_the_constraints_are_not_asked(constraints, fits):
    harness.equation("lm2.memory.step", constraints=constraints)(lambda **given: None)
    offer = adapters.REGISTERED["lm2.memory.step"]
    found = [case for case in harness.cases("lm2.memory.step") if offer.misfit(case) is None]
    assert found == [case for case in harness.cases("lm2.memory.step") if fits(case)] and found


def test_arrays_of_any_library_go_to_bytes_and_back():
    class Namespace:  # as much of the array API as is asked for, over NumPy
        __name__ = "some.library"
        float32, float64 = np.float32, np.float64
        asarray = staticmethod(lambda values, dtype: np.asarray(values, dtype=dtype))

    values = [1.5, -2.0, 0.0, 2.0**-20, 3.0, -0.25]
    for library in torch, np, Namespace():
        for dtype in ("f64", "f32"):
            stored, shape, data = arrays.to_stored(arrays.to_array(library, dtype, (2, 3), values))
            assert (stored, shape, arrays.to_doubles(stored, data)) == (dtype.upper(), (2, 3), values)
            assert arrays.to_plain(arrays.to_array(library, dtype, (2, 3), bytes(data))) == (dtype.upper(), (2, 3), values)
    with pytest.raises(harness.Unsupported, match="dtype bf16: some.library has no bfloat16"):
        arrays.to_array(Namespace(), "bf16", (2, 3), values)
    half = arrays.to_array(torch, "bf16", (), [-0.375])
    assert half.dtype == torch.bfloat16 and arrays.to_doubles(*arrays.to_stored(half)[::2]) == [-0.375]


def program(tmp_path, text):
    file = tmp_path / "my_adapter.py"
    file.write_text(f"import sys\nsys.path.insert(0, {str(PACKAGE)!r})\nfrom harness_conformance import equation, module, serve\n" + textwrap.dedent(text), encoding="utf-8")
    return [sys.executable, str(file)]


@pytest.mark.parametrize("library", ["numpy as xp", "torch as xp"])
def test_a_program_answers_the_protocol(tmp_path, library):
    command = program(tmp_path, f"""
        import {library}

        @equation("lm2.gate.input")
        def gate(E, W_in):
            print("a library that prints")
            return 1 / (1 + xp.exp(-(E @ W_in)))

        serve(name="gates", version="2")
    """)
    case = harness.case("lm2.gate.input/typical").in_dtype("f32")
    write_safetensors(tmp_path / "in", {name: arrays.to_stored(array) for name, array in case.inputs(np).items()})
    asked = {"equation": case.equation, "dtype": "f32", "attributes": case.attributes, "input": str(tmp_path / "in"), "output": str(tmp_path / "out"),
             "outputs": {"g_in": case.outputs["g_in"]["shape"]}}
    lines = [{"id": 0, "cmd": "start"}, {"id": 1, "cmd": "run", **asked}, {"id": 2, "cmd": "run", **asked, "equation": "lm2.align"},
             {"id": 3, "cmd": "run", **asked, "input": "nowhere"}, {"id": 4, "cmd": "measure", **asked, "carry": {}, "stream": 2, "samples": 3}, {"id": 5, "cmd": "stop"}]
    done = subprocess.run(command, input="".join(json.dumps(line) + "\n" for line in lines), capture_output=True, text=True, timeout=120)
    start, run, other, missing, measured, stop = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 0 and stop == {"id": 5, "status": "ok"}
    assert (start["name"], start["version"], start["dtypes"]) == ("gates", "2", ["f64", "f32"])
    assert ("lm2.gate.input.vjp" in start["equations"]) == ("torch" in library)
    assert run["status"] == "ok" and run["seconds"] >= 0 and "a library that prints" in done.stderr
    case.assert_conforms({name: plain for name, plain in _arrays(tmp_path / "out").items()})
    assert other["status"] == "unsupported" and missing["status"] == "error"
    assert measured["status"] == "ok" and len(measured["seconds"]) == 3 and measured["peak_bytes"] >= 0


def _arrays(file):
    return {name: np.frombuffer(data, {"F64": "<f8", "F32": "<f4"}[dtype]).reshape(shape) for name, (dtype, shape, data) in read_safetensors(file).items()}


@pytest.mark.parametrize("text, expected", [
    ("import numpy\nserve()", "my_adapter.py: found nothing that is decorated, expected @equation(…) or @module(…) before serve()"),
    ("equation('lm2.gate.input')(lambda E, W_in: E)\nserve()", "my_adapter.py: found no array library, expected one that is imported (torch, numpy, jax.numpy, …), or serve(its module)"),
    ("import numpy\nequation('lm2.gate.imput')(lambda E: E)\nequation('lm2.align')(lambda X: X)\nserve()",
     "my_adapter.py:5: found the equation 'lm2.gate.imput', which the catalogue does not have; nearest: lm2.gate.input, lm2.gate.output, lm2.gate.input.vjp\n"
     "my_adapter.py:6: lm2.align: attribute rows (rows=R) has no default: take it as an argument of <lambda>, or say what is built in, as in constraints={'rows': …}"),
    ("import numpy\nequation('lm2.gate.input')(lambda E, W_in: E)\nsys.argv.append('--device=cuda')\nserve()", "my_adapter.py: --device cuda: found numpy, expected PyTorch, with which alone devices are chosen"),
    ("import torch\nequation('lm2.gate.input')(lambda E, W_in: E)\nsys.argv.append('--device=gpu')\nserve()", "my_adapter.py: --device: found 'gpu', expected cpu, cuda or cuda:N"),
    ("import torch\nmodule('lm2.gate.input', weights={'W_in': 'wieght.T'})(lambda d: torch.nn.Linear(d, d, bias=False))\nserve()",
     "my_adapter.py: lm2.gate.input: weights: W_in: found 'wieght', expected a parameter of Linear: weight (is weight meant?)"),
])
def test_a_program_that_cannot_be_ends_with_lines_and_no_stack_trace(tmp_path, text, expected):
    done = subprocess.run(program(tmp_path, text), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", expected)


def test_without_any_array_library_cases_are_read_and_judged(tmp_path):
    file = tmp_path / "plain.py"
    file.write_text(textwrap.dedent(f"""
        import sys
        sys.modules.update(numpy=None, torch=None)
        sys.path.insert(0, {str(PACKAGE)!r})
        import harness_conformance as harness
        case = harness.case("lm2.gate.forget/tiny-width-2") if any(c.name == "tiny-width-2" for c in harness.cases("lm2.gate.forget")) else harness.cases("lm2.gate.forget")[0]
        name, output = next(iter(case.outputs.items()))
        class Plain:
            dtype, shape = "float64", output["shape"]
            reshape = lambda self, _: self
            tolist = lambda self: case.values("golden." + name)
        case.assert_conforms(Plain())
        try:
            case.inputs()
        except ValueError as failure:
            print(failure)
    """), encoding="utf-8")
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("found no array library, expected one that is imported")
