"""Shapes of inputs, written as in the catalogue: "E[B,T,d] W_Q[d,d]|[S,d,d] W_q[d,H*dh] u?[B,M]".

"|" separates alternatives, "?" means optional.
"""

import math
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
        products = text.split(",") if text else []
        bound = dict(sizes)
        if len(products) == len(shape) and all(_fits(product.split("*"), extent, bound) for product, extent in zip(products, shape)):
            return bound
    known = ", ".join(f"{symbol} = {extent}" for symbol, extent in sizes.items() if re.search(rf"\b{symbol}\b", alternatives))
    raise ValueError(f"tensor {name} has shape {list(shape)}, expected {alternatives}{' with ' if known else ''}{known}")


def _fits(factors, extent, sizes):
    """Whether the product of factors can be extent; a factor not in sizes, of which there is at most one, is bound."""
    known = math.prod(sizes[symbol] for symbol in factors if symbol in sizes)
    unknown = [symbol for symbol in factors if symbol not in sizes]
    if unknown and extent % known == 0:
        sizes[unknown[0]] = extent // known
        return True
    return not unknown and extent == known
