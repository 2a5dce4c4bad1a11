"""Shapes of inputs, written as in the catalogue: "E[B,T,d] W_Q[d,d]|[S,d,d] u?[B,M]"; "|" separates alternatives, "?" means optional."""

import re


def check(signature, shapes, sizes):
    """Raises ValueError unless shapes {name: tuple} fit. sizes {symbol: extent} are given; others are bound where they first occur."""
    sizes = {**sizes, **{number: int(number) for number in re.findall(r"\b\d+\b", signature)}}
    declared = re.findall(r"(\w+)(\??)((?:\|?\[[^]]*\])+)", signature)
    for name, optional, alternatives in declared:
        if name in shapes:
            sizes = _bind(name, alternatives, shapes[name], sizes)
        elif not optional:
            raise ValueError(f"tensor {name} is missing")
    for name in shapes.keys() - {name for name, _, _ in declared}:
        raise ValueError(f"tensor {name} is not an input, expected {signature or 'none'}")


def _bind(name, alternatives, shape, sizes):
    for text in re.findall(r"\[([^]]*)\]", alternatives):
        symbols = text.split(",") if text else []
        bound = dict(sizes)
        if len(symbols) == len(shape) and all(bound.setdefault(*pair) == pair[1] for pair in zip(symbols, shape)):
            return bound
    known = ", ".join(f"{symbol} = {extent}" for symbol, extent in sizes.items() if re.search(rf"\b{symbol}\b", alternatives))
    raise ValueError(f"tensor {name} has shape {list(shape)}, expected {alternatives}{' with ' if known else ''}{known}")
