"""Where an equation's weights are in a torch.nn.Module: which parameter, which slice of it, which way round.

    "query.weight"  "query.weight.T"  "qkv.weight[d:2*d].T"  "mean.bias[0]"

Numbers in slices may be computed with +, -, * and // from extents and whole attributes.
"""

from __future__ import annotations

import ast
import difflib
import operator
import re
import sys
from collections.abc import Callable
from typing import Any

_OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv}


class AdapterError(ValueError):
    """What an adapter says cannot be. The message names the equation, what was found and what was expected."""


class Weights:
    """The mapping {tensor: place} of an equation, and the numbers that other parameters are filled with."""

    def __init__(self, id: str, places: dict[str, str], filled: dict[str, float]) -> None:
        self._id, self._filled = id, filled
        self._places = {name: _Place(id, name, text) for name, text in places.items()}

    def shapes(self, module: Any) -> dict[str, tuple[int, ...]]:
        """The shapes that a module of built-in sizes has for the tensors whose places are not computed from extents."""
        stored = self._stored(module)
        return {name: tuple(place.view(stored[place.path].detach(), {}).shape) for name, place in self._places.items() if not place.symbols}

    def bind(self, module: Any, sizes: dict[str, int]) -> Callable[[dict[str, Any], list[Any]], Any]:
        """call(tensors, inputs): what module(*inputs) gives with the tensors in its parameters, differentiable in both.

        AdapterError if a parameter does not exist, or some of it would have no value.
        """
        torch = sys.modules["torch"]
        stored = self._stored(module)
        reached = {path: torch.zeros(tuple(tensor.shape), dtype=torch.bool) for path, tensor in stored.items()}
        for path in self._filled:
            reached[path][...] = True
        for place in self._places.values():
            place.view(reached[place.path], sizes).fill_(True)
        for path, _ in module.named_parameters():
            if not reached[path].all():
                found = "nothing" if not reached[path].any() else f"only {int(reached[path].sum())} of {reached[path].numel()} entries"
                raise AdapterError(f"{self._id}: weights: found {found} for the parameter {path} {list(reached[path].shape)}, expected a tensor of the "
                                   f"equation, or a number, as in filled={{{path!r}: 0}}")
        constant = {path: torch.full_like(stored[path].detach(), number) for path, number in self._filled.items()}
        last: dict[str, Any] = {}

        def parameters(tensors):
            # Timed calls come with the same tensors again and again; laying them out is no part of the module's work.
            if last and last["tensors"].keys() == tensors.keys() and all(last["tensors"][name] is tensor for name, tensor in tensors.items()):
                return last["laid"]
            laid = dict(constant)
            for name, tensor in tensors.items():
                place = self._places[name]
                if place.path not in laid:
                    laid[place.path] = torch.zeros_like(stored[place.path].detach(), dtype=tensor.dtype)
                view = place.view(laid[place.path], sizes)
                if view.shape != tensor.shape:
                    raise AdapterError(f"{self._id}: weights: {name} {list(tensor.shape)} does not fit {place.text} of shape {list(view.shape)}")
                view.copy_(tensor)
            last.clear()
            if not torch.is_grad_enabled():
                last.update(tensors=tensors, laid=laid)
            return laid

        return lambda tensors, inputs: _functional_call(module, parameters(tensors), tuple(inputs))

    def _stored(self, module):
        stored = {**dict(module.named_buffers()), **dict(module.named_parameters())}
        for what, path in [*((f"weights: {name}", place.path) for name, place in self._places.items()), *(("filled", path) for path in self._filled)]:
            if path not in stored:
                near = difflib.get_close_matches(path, stored, 1, 0.5)
                raise AdapterError(f"{self._id}: {what}: found {path!r}, expected a parameter of {type(module).__name__}: "
                                   f"{', '.join(stored) or 'it has none'}{f' (is {near[0]} meant?)' if near else ''}")
        return stored


class _Place:
    def __init__(self, id, name, text):
        parts = re.fullmatch(r"([A-Za-z_][\w.]*?)((?:\[[^\[\]]+\])*)((?:\.T)?)", text)
        if not parts:
            raise AdapterError(f"{id}: weights: {name}: found {text!r}, expected PARAMETER, PARAMETER.T or PARAMETER[a:b].T")
        self.text, self.path, self._is_transposed = text, parts[1], bool(parts[3])
        self._what = f"{id}: weights: {name}: {text}"
        try:
            self._indices = [ast.parse(f"x[{each}]", mode="eval").body.slice for each in re.findall(r"\[([^\[\]]+)\]", parts[2])]
        except SyntaxError:
            raise AdapterError(f"{self._what}: found no index in the brackets, expected 0, a:b or d:2*d") from None
        self.symbols = {node.id for index in self._indices for node in ast.walk(index) if isinstance(node, ast.Name)}

    def view(self, tensor, sizes):
        """The part of a parameter that is meant."""
        unknown = self.symbols - sizes.keys()
        if unknown:
            raise AdapterError(f"{self._what}: found {', '.join(sorted(unknown))}, expected extents and whole attributes: {', '.join(sorted(sizes))}")
        for index in self._indices:
            axes = index.elts if isinstance(index, ast.Tuple) else [index]
            try:
                tensor = tensor[tuple(self._axis(axis, sizes) for axis in axes)]
            except IndexError as failure:
                raise AdapterError(f"{self._what}: {failure}; the parameter has shape {list(tensor.shape)}") from None
        if self._is_transposed and tensor.dim() != 2:
            raise AdapterError(f"{self._what}: found shape {list(tensor.shape)}, expected two axes to exchange")
        return tensor.transpose(0, 1) if self._is_transposed else tensor

    def _axis(self, node, sizes):
        if isinstance(node, ast.Slice):
            if node.step:
                raise AdapterError(f"{self._what}: found a step, expected a:b")
            return slice(*(None if each is None else self._number(each, sizes) for each in (node.lower, node.upper)))
        return self._number(node, sizes)

    def _number(self, node, sizes):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        if isinstance(node, ast.Name):
            return sizes[node.id]
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](self._number(node.left, sizes), self._number(node.right, sizes))
        raise AdapterError(f"{self._what}: found {ast.unparse(node)!r}, expected numbers, extents, +, -, * and //")


def _functional_call(module, parameters, inputs):
    torch = sys.modules["torch"]
    if hasattr(torch, "func") and hasattr(torch.func, "functional_call"):
        return torch.func.functional_call(module, parameters, inputs)
    from torch.nn.utils.stateless import functional_call  # PyTorch 1.13

    return functional_call(module, parameters, inputs)
