"""Adapters out of decorators: a function or a module is said to compute an equation, serve() answers for it.

    @equation("lm2.attention.weights")
    def weights(Q, K, heads, top_k):                # tensors and attributes by the catalogue's names
        ...

    @module("lm2.gate.input", weights={"W_in": "linear.weight.T"})
    def gate(d):                                    # extents and attributes by the catalogue's names
        return Gate(width=d)

    if __name__ == "__main__":
        serve()

What a function does not take is stated as a constraint: an attribute has its default, an optional tensor is never given, an output that is
not among its outputs is not shown. So nothing is asked that it could not answer. Under PyTorch the gradient ID.vjp is offered with every
equation that has one, through autograd, which asks a torch.autograd.Function for its own backward pass.
"""

from __future__ import annotations

import argparse
import copy
import difflib
import inspect
import os
import pathlib
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from . import arrays, measure
from .catalogue import EQUATIONS, Equation
from .fixtures import Case, cases, known_equation
from .judgement import name_outputs
from .protocol import SAFETENSORS_DTYPES, Unsupported, read_safetensors
from .protocol import serve as serve_protocol
from .protocol import write_safetensors
from .weights import AdapterError, Weights

REGISTERED: dict[str, Offer] = {}

# What decorators say that cannot be, with its place. serve() and pytest name all of it at once, without a stack trace.
MISTAKES: list[str] = []

# Set by the pytest plugin: what pytest imports shall not serve.
is_under_pytest = False


def equation(id: str, *, outputs: Iterable[str] | None = None, constraints: dict[str, Any] | None = None,
             dtypes: Iterable[str] = ("f64", "f32"), gradient: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Says that a function computes an equation; the function stays as it is.

    The function takes tensors and attributes as keywords, of an equation without tensors dtype and device too if it names them, and
    returns the one output, a tuple in the catalogue's order, or all by name.

    outputs      the names of what it returns, where that is not what the catalogue has: fewer, or intermediates of the wiring besides
    constraints  what it takes alone, as in {"heads": [4, 8], "d": {"multiple_of": 16}} (conformance/PROTOCOL.md, Constraints)
    dtypes       what it computes in, of f64, f32, bf16 and f16. In 16 bits NumPy gets float32
    gradient     False if it has no backward pass

    What cannot be, such as a name that the equation does not have, is told by serve() and by pytest.
    """

    @_telling
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        offer = Offer(id, constraints, dtypes, gradient)
        taken, takes_all = parameters(function)
        offer.takes_bptt = takes_all or "bptt" in taken
        if not takes_all:
            names = {**dict.fromkeys(offer.tensors), **dict.fromkeys(offer.attributes)}
            extra = {"dtype", "device"} if not offer.tensors else set()
            for name, is_needed in taken.items():
                if is_needed and name not in names and name not in extra and name != "bptt":
                    raise AdapterError(f"{id}: {_name(function)} takes {name!r}, expected {_one_of(name, names)}")
            offer.leave_out(names.keys() - taken.keys(), f"an argument of {_name(function)}")
        offer.show(outputs)

        def prepare(extents, attributes, dtype, device):
            given = {name: value for name, value in attributes.items() if takes_all or name in taken}
            if not offer.tensors:
                given |= {name: value for name, value in {"dtype": dtype, "device": device}.items() if name in taken}
            return lambda **tensors: function(**tensors, **given)

        offer.prepare = prepare
        REGISTERED[id] = offer
        return function

    return register


def module(id: str, *, weights: dict[str, str], inputs: Iterable[str] | None = None, outputs: Iterable[str] | None = None,
           constraints: dict[str, Any] | None = None, filled: dict[str, float] | None = None, dtypes: Iterable[str] = ("f64", "f32"),
           gradient: bool = True) -> Callable[[Any], Any]:
    """Says that a torch.nn.Module computes an equation; the module stays as it is.

    What is decorated is a function, or a class, whose arguments are extents (d, N, …) and attributes (heads, …) by the catalogue's names,
    and which gives a module; or a module, whose sizes are then built in: the extents that its weights tell are stated as constraints.

    weights  {equation's tensor: where it goes}, where being "PARAMETER", "PARAMETER.T", "PARAMETER[0]" or "PARAMETER[d:2*d].T":
             nn.Linear stores the transpose of what the equations multiply by, a fused projection holds several tensors as slices
    inputs   what forward() is called with, in order: names of tensors and attributes; by default all tensors that are no weights
    filled   {parameter: number} for parameters that the equation does not have, as in {"query.bias": 0, "norm.weight": 1}
    the rest as for equation()

    What cannot be, such as a name that the equation does not have, is told by serve() and by pytest.
    """

    @_telling
    def register(target: Any) -> Any:
        offer = Offer(id, constraints, dtypes, gradient)
        what = f"a parameter of {type(target).__name__}, by weights," if _is_module(target) else f"an argument of {_name(target)}"
        for name in weights:
            if name not in offer.tensors:
                raise AdapterError(f"{id}: weights: found {name!r}, expected {_one_of(name, offer.tensors)}")
        called = [name for name in offer.tensors if name not in weights] if inputs is None else list(inputs)
        for name in called:
            if name not in offer.tensors and name not in offer.attributes:
                raise AdapterError(f"{id}: inputs: found {name!r}, expected {_one_of(name, [*offer.tensors, *offer.attributes])}")
        mapped = Weights(id, weights, filled or {})
        built: dict[str, bool] = {}
        if _is_module(target):
            offer.constraints = {**_extents_of(offer, mapped.shapes(target)), **offer.constraints}
        else:
            built, takes_all = parameters(target)
            known = [*offer.extents, *offer.attributes]
            for name, is_needed in built.items():
                if is_needed and name not in known:
                    raise AdapterError(f"{id}: {_name(target)} takes {name!r}, expected an extent or attribute: {_one_of(name, known)}")
            if takes_all:
                raise AdapterError(f"{id}: {_name(target)} takes **keywords, expected extents and attributes by name: {', '.join(known)}")
        offer.leave_out({*offer.tensors, *offer.attributes} - {*weights, *called, *built}, what)
        offer.show(outputs)

        def prepare(extents, attributes, dtype, device):
            values = {**extents, **attributes}
            made = copy.deepcopy(target) if _is_module(target) else target(**{name: values[name] for name in built if name in values})
            if not _is_module(made):
                raise AdapterError(f"{id}: {_name(target)} gave {type(made).__name__}, expected a torch.nn.Module")
            made = made.to(device=device, dtype=dtype).eval()
            call = mapped.bind(made, {name: value for name, value in values.items() if isinstance(value, int)})
            return lambda **tensors: call({name: tensors[name] for name in weights if name in tensors},
                                          [attributes[name] if name in offer.attributes else tensors.get(name) for name in called])

        offer.prepare = prepare
        REGISTERED[id] = offer
        return target

    return register


def _telling(register):
    caller = sys._getframe(2)
    place = f"{pathlib.Path(caller.f_code.co_filename).name}:{caller.f_lineno}"

    def tell(target):
        try:
            return register(target)
        except AdapterError as failure:
            MISTAKES.append(f"{place}: {failure}")
            return target

    return tell


class Offer:
    """One equation that is offered, and what of it.

    prepare  prepare(extents, attributes, dtype, device) gives a function of the named tensors
    """

    def __init__(self, id: str, constraints: dict[str, Any] | None, dtypes: Iterable[str], gradient: bool) -> None:
        try:
            self.known: Equation = known_equation(id)
        except ValueError as failure:
            raise AdapterError(str(failure)) from None
        self.id = id
        self.tensors = {tensor["name"]: tensor for tensor in self.known.inputs}
        self.attributes = {attribute["name"]: attribute for attribute in self.known.attributes}
        self.extents = {symbol for tensor in self.known.inputs for text in tensor["shapes"] for symbol in re.findall(r"[A-Za-z]\w*", text)}
        self.extents |= {bound[1] for attribute in self.known.attributes if (bound := re.match(r"\w+=([A-Za-z]\w*)", attribute["rule"]))}
        self.constraints = dict(constraints or {})
        self.gradient = gradient
        self.dtypes = tuple(dtypes)
        self.outputs: list[str] = []
        self.takes_bptt = False
        self.prepare: Callable[..., Callable[..., Any]]
        for dtype in self.dtypes:
            if dtype not in SAFETENSORS_DTYPES:
                raise AdapterError(f"{id}: dtypes: found {dtype!r}, expected some of {', '.join(SAFETENSORS_DTYPES)}")
        names = [*self.attributes, *self.tensors, *self.known.outputs, *sorted(self.extents)]
        for name in self.constraints:
            if name not in names:
                raise AdapterError(f"{id}: constraints: found {name!r}, expected {_one_of(name, names)}")

    def leave_out(self, names: set[str], where: str) -> None:
        """States that tensors and attributes are not taken; where says where they could be."""
        for name in [name for name in [*self.tensors, *self.attributes] if name in names and name not in self.constraints]:
            if name in self.tensors:
                if not self.tensors[name].get("optional"):
                    raise AdapterError(f"{self.id}: tensor {name} has no place, expected {name} as {where}")
                self.constraints[name] = False
                continue
            attribute = self.attributes[name]
            bound = re.match(r"\w+=([A-Za-z]\w*)", attribute["rule"])
            if bound and any(bound[1] in re.findall(r"\w+", text) for tensor in self.tensors.values() for text in tensor["shapes"]):
                continue  # as the count of bases, which the shape of a tensor says
            if "default" in attribute:
                self.constraints[name] = attribute["default"]
            elif name == "bptt":
                self.constraints[name] = "full"
            elif attribute["required"]:
                raise AdapterError(f"{self.id}: attribute {name} ({attribute['rule']}) has no default: take it as {where}, "
                                   f"or say what is built in, as in constraints={{{name!r}: …}}")
            elif not any(name in other["rule"].partition(" needs ")[2].split() for other in self.attributes.values()):
                self.constraints[name] = None

    def show(self, outputs: Iterable[str] | None) -> None:
        """States which outputs are given, in order."""
        shown = [name for name in self.known.outputs if self.constraints.get(name) is not False]
        self.outputs = shown if outputs is None else list(outputs)
        known = [*self.known.outputs, *self.known.intermediates]
        for name in self.outputs:
            if name not in known:
                raise AdapterError(f"{self.id}: outputs: found {name!r}, expected {_one_of(name, known)}")
        for name in self.known.outputs:
            if name not in self.outputs:
                self.constraints[name] = False
        if not set(self.outputs) & set(self.known.outputs):
            raise AdapterError(f"{self.id}: outputs: found {', '.join(self.outputs) or 'none'}, expected some of {', '.join(self.known.outputs)}")

    def misfit(self, case: Case) -> str | None:
        """Why a golden case is outside the constraints; None if it is not."""
        extents = self.known.check({name: shape for name, shape in case.shapes.items() if name in self.tensors}, case.attributes)
        values = {**extents, **case.attributes}
        if case.attributes.get("bptt", "full") != "full" and "bptt" not in self.attributes and not self.takes_bptt:
            return f"bptt is {case.attributes['bptt']}"
        for name, wanted in self.constraints.items():
            if name in self.known.outputs:
                # Of what is not shown the cotangent is zero.
                if wanted is False and f"grad_{name}" in case.shapes and any(case.values(f"input.grad_{name}")):
                    return f"{name} is not shown, and its cotangent is not zero"
                continue
            if name in self.tensors:
                if isinstance(wanted, bool) and (name in case.shapes) != wanted:
                    return f"{name} is {'given' if name in case.shapes else 'not given'}"
                if isinstance(wanted, dict) and name in case.shapes and len(case.shapes[name]) != wanted["rank"]:
                    return f"{name} has rank {len(case.shapes[name])}"
            elif (name in values or wanted is not None) and not _allows(wanted, values.get(name), values):
                return f"{name} is {values.get(name)}"
        return None

    def question(self, dtype: str, attributes: dict[str, Any], tensors: dict[str, Any], library: Any, device: Any) -> Callable[..., dict[str, Any]]:
        """The equation, or its gradient where there are cotangents that it does not know, as a function from tensors to named outputs."""
        asked, own = None, tensors
        if self.id + ".vjp" in EQUATIONS and any(name.startswith("grad_") and name not in self.tensors for name in tensors):
            gradient = EQUATIONS[self.id + ".vjp"]
            asked = [name for name in gradient.outputs if name.removeprefix("grad_") in tensors]
            own = {name: tensor for name, tensor in tensors.items() if name in self.tensors}
            attributes = {name: value for name, value in attributes.items() if name in self.attributes or name == "bptt"}
        extents = self.known.check({name: tuple(tensor.shape) for name, tensor in own.items()}, attributes)
        self._check_indices(own, extents)
        attributes = {name: tuple(value) if isinstance(value, list) else value for name, value in attributes.items()}
        compute = self.prepare(extents, attributes, arrays.dtype_in(library, dtype), device)

        def call(**inputs):
            returned = compute(**inputs)
            try:
                outputs = name_outputs(self.id, self.outputs, returned)
            except ValueError as failure:
                raise AdapterError(str(failure)) from None
            if not set(self.outputs) <= set(outputs):
                raise AdapterError(f"{self.id}: found the outputs {', '.join(map(str, outputs))}, expected {', '.join(self.outputs)}")
            return outputs

        if asked is None:
            return call
        from .autograd import gradients  # which needs PyTorch

        def own_outputs(**inputs):
            return {name: output for name, output in call(**inputs).items() if name in self.known.outputs}

        return lambda **inputs: gradients(own_outputs, inputs, asked)

    def _check_indices(self, tensors, extents):
        """Not left to indexing: on a GPU one that is out of range ends the process."""
        for name, tensor in tensors.items():
            domain = self.tensors[name].get("domain", "")
            if domain.startswith("index "):
                symbol = domain.split()[1]
                extent = int(symbol) if symbol.isdigit() else extents[symbol]
                wrong = next((value for value in arrays.to_plain(tensor)[2] if value != int(value) or not 0 <= value < extent), None)
                if wrong is not None:
                    raise ValueError(f"tensor {name} holds {wrong:g}, expected whole numbers 0…{extent - 1}")

    def check(self) -> None:
        """Tries what can be tried before anything is asked. AdapterError if a module cannot be built, or its weights are not where they are said to be."""
        fitting = [case for case in cases(self.id) if self.misfit(case) is None]
        library = sys.modules.get("torch")
        if fitting and library:
            smallest = min(fitting, key=lambda case: sum(len(shape) and max(shape) for shape in case.shapes.values()))
            extents = self.known.check(smallest.shapes, smallest.attributes)
            self.prepare(extents, smallest.attributes, library.float64, library.device("cpu"))


def offered(library: Any) -> dict[str, Offer]:
    """What is registered, by id, with the gradients that autograd gives."""
    offers = dict(REGISTERED)
    for id, offer in REGISTERED.items():
        if library.__name__ == "torch" and offer.gradient and f"{id}.vjp" in EQUATIONS:
            offers.setdefault(f"{id}.vjp", offer)
    return offers


def serve(arrays_of: Any = None, *, name: str | None = None, version: str = "", precision: dict[str, str] | None = None) -> None:
    """Answers the harness for everything that is registered, until it is told to stop.

    arrays_of  the module whose arrays the functions take: torch, numpy, jax.numpy, …; by default the one that the program has imported
    name       what to call it in tables; by default the program's file
    precision  what it keeps of float32 in 16-bit runs, as {"state": "dtype"} (conformance/PROTOCOL.md, 16 bits)

    Takes --device (cpu, cuda, cuda:N; PyTorch alone) from the command line. What cannot be ends the program with one line. Where pytest
    has imported the file it returns at once.
    """
    if is_under_pytest:
        return
    library = arrays_of or arrays.imported_library()
    file = pathlib.Path(sys.argv[0])
    if library is None:
        sys.exit(f"{file.name}: found no array library, expected one that is imported (torch, numpy, jax.numpy, …), or serve(its module)")
    if MISTAKES:
        sys.exit("\n".join(MISTAKES))
    if not REGISTERED:
        sys.exit(f"{file.name}: found nothing that is decorated, expected @equation(…) or @module(…) before serve()")
    parser = argparse.ArgumentParser(prog=file.name, description="an adapter for `harness verify --exec`")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:1, with PyTorch [default: cpu]")
    is_torch = library.__name__ == "torch"
    try:
        device = device_of(library, parser.parse_args().device)
        for offer in REGISTERED.values():
            offer.check()
    except AdapterError as failure:
        sys.exit(f"{file.name}: {failure}")
    offers = offered(library)
    about = {
        "name": name or file.stem,
        "version": version,
        "language": f"Python {platform.python_version()}, {library.__name__.partition('.')[0]} {_version(library)}",
        "device": library.cuda.get_device_name(device) if is_torch and device.type == "cuda" else "cpu",
        "dtypes": [dtype for dtype in SAFETENSORS_DTYPES if any(dtype in offer.dtypes for offer in offers.values())],
        "equations": list(offers),
        "constraints": {id: offer.constraints for id, offer in REGISTERED.items() if offer.constraints},
    }
    if precision:
        about["precision"] = precision
    about["constraints"] |= {f"{id}.vjp": {"bptt": "full"} for id, offer in REGISTERED.items() if not offer.takes_bptt
                             and f"{id}.vjp" in offers and f"{id}.vjp" not in REGISTERED and any(attribute["name"] == "bptt" for attribute in EQUATIONS[f"{id}.vjp"].attributes)}
    if is_torch:
        measure.keep_freed_memory()

    def run(command):
        call, inputs = prepared(command)
        with measure.without_gradients(device):
            measure.synchronise(device)
            begin = time.perf_counter()
            outputs = call(**inputs)
            measure.synchronise(device)
            seconds = time.perf_counter() - begin
        write_safetensors(command["output"], {each: _stored(each, outputs[each]) for each in outputs})
        return {"seconds": seconds}

    def timed(command):
        if library.__name__ not in ("torch", "numpy"):
            raise Unsupported(f"measuring with {library.__name__}")
        if library.__name__ == "numpy" and command["dtype"] not in ("f64", "f32"):
            raise Unsupported(f"measuring {command['dtype']}: NumPy has no such arithmetic, it would be float32's time")
        memory = measure.memory_watch(device)
        call, inputs = prepared(command)
        memory.reset()
        seconds = measure.timed_calls(call, inputs, command["carry"], command["stream"], command["samples"], device)
        return {"seconds": seconds, "peak_bytes": memory.peak_bytes(), "device": about["device"]}

    def prepared(command):
        offer, known = offers[command["equation"]], EQUATIONS[command["equation"]]
        if command["dtype"] not in offer.dtypes:
            raise Unsupported(f"dtype {command['dtype']}")
        tensors = {}
        for each, (stored, shape, data) in read_safetensors(command["input"]).items():
            its = known.dtype_of(each, command["dtype"])
            if stored != SAFETENSORS_DTYPES[its]:
                raise ValueError(f"tensor {each} is {stored}, expected {SAFETENSORS_DTYPES[its]}")
            tensors[each] = arrays.to_array(library, its, shape, data, device)
        known.check({each: tuple(tensor.shape) for each, tensor in tensors.items()}, command["attributes"])
        return offer.question(command["dtype"], command["attributes"], tensors, library, device), tensors

    serve_protocol(about, run, timed)
    if is_torch:
        # Taking PyTorch down in order can last longer than the 5 seconds that the protocol gives, on a busy machine.
        sys.stderr.flush()
        os._exit(0)


def collect(load: Callable[[], None]) -> dict[str, Offer]:
    """What a file registers that load() imports. AdapterError if it says what cannot be."""
    REGISTERED.clear()
    MISTAKES.clear()
    load()
    if MISTAKES:
        raise AdapterError("\n".join(MISTAKES))
    for offer in REGISTERED.values():
        offer.check()
    return dict(REGISTERED)


def device_of(library: Any, text: str) -> Any:
    """The torch.device of that name; None for the CPU of another library. AdapterError if there is none."""
    if library.__name__ != "torch":
        if text != "cpu":
            raise AdapterError(f"--device {text}: found {library.__name__}, expected PyTorch, with which alone devices are chosen")
        return None
    if not re.fullmatch(r"cpu|cuda(:\d+)?", text):
        raise AdapterError(f"--device: found {text!r}, expected cpu, cuda or cuda:N")
    device = library.device(text)
    if device.type == "cuda":
        if (device.index or 0) >= library.cuda.device_count():
            raise AdapterError(f"--device {text}: there is no such device; PyTorch {library.__version__} sees {library.cuda.device_count()} CUDA devices")
        library.cuda.set_device(device)
    return device


def parameters(function: Callable[..., Any]) -> tuple[dict[str, bool], bool]:
    """{name: whether it has no default} of a function's arguments, and whether it takes any others."""
    signature = inspect.signature(function).parameters.values()
    named = {each.name: each.default is each.empty for each in signature if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
    return named, any(each.kind is each.VAR_KEYWORD for each in signature)


def _extents_of(offer, shapes):
    """The extents that a module's weights have."""
    extents: dict[str, int] = {}
    for name, shape in shapes.items():
        fitting = [text for text in offer.tensors[name]["shapes"] if text.count(",") + bool(text.strip("[]")) == len(shape)]
        if not fitting:
            raise AdapterError(f"{offer.id}: weights: {name} has shape {list(shape)} in the module, expected {' or '.join(offer.tensors[name]['shapes'])}")
        for axis, extent in zip(fitting[0].strip("[]").split(","), shape):
            if axis in offer.extents and extents.setdefault(axis, extent) != extent:
                raise AdapterError(f"{offer.id}: weights: {name} {fitting[0]} has shape {list(shape)} in the module, expected {axis} = {extents[axis]}")
    return extents


def _allows(wanted, value, values):
    if isinstance(wanted, dict):
        return (value is not None and wanted.get("min", value) <= value <= wanted.get("max", value)
                and value % wanted.get("multiple_of", 1) == 0)
    if isinstance(wanted, str) and wanted in values and not isinstance(value, str):
        return value == values[wanted]
    if isinstance(wanted, (list, tuple)) and not isinstance(value, (list, tuple)):
        return value in wanted
    return list(value) == list(wanted) if isinstance(wanted, (list, tuple)) else value == wanted


def _stored(name, output):
    try:
        return arrays.to_stored(output)
    except ValueError as failure:
        raise ValueError(f"output {name}: {failure}") from None


def _is_module(target):
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(target, torch.nn.Module)


def _version(library):
    return getattr(sys.modules[library.__name__.partition(".")[0]], "__version__", "")


def _name(function):
    return getattr(function, "__name__", type(function).__name__)


def _one_of(name, names):
    near = [each for each in names if each.lower() == str(name).lower()] or difflib.get_close_matches(str(name), names, 1, 0.6)
    return f"one of {', '.join(names)}{f' (is {near[0]} meant?)' if near else ''}"
