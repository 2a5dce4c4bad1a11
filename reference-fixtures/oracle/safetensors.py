"""Reading and writing of safetensors files: written are float64 tensors, read those of any common type."""

import json
import math
import struct

from nested import flat, of_shape, shape_of

_CODES = {"F64": "d", "F32": "f", "F16": "e", "I64": "q", "I32": "i", "I16": "h", "I8": "b", "U8": "B", "BOOL": "?"}


def encode(tensors, types=None):
    """The bytes of a file: name → nested lists of numbers, in the order given; `types`: name → type where it is not F64."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        entries = flat(tensor)
        kind = (types or {}).get(name, "F64")
        start = len(data)
        data += struct.pack(f"<{len(entries)}{_CODES[kind]}", *entries)
        header[name] = {"dtype": kind, "shape": shape_of(tensor), "data_offsets": [start, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def decode(content):
    """Name → nested lists of numbers."""
    return {name: tensor for name, (_, _, tensor) in read(content).items()}


def read(content):
    """Name → type, shape and nested lists of numbers. What is no such file is a ValueError that says why."""
    if len(content) < 8:
        raise ValueError(f"found {len(content)} bytes, expected a length of 8 bytes first")
    (length,) = struct.unpack_from("<Q", content)
    if length > len(content) - 8:
        raise ValueError(f"found {len(content)} bytes, expected a header of {length} and the tensors")
    try:
        header = json.loads(content[8 : 8 + length])
        entries = {name: (e["dtype"], [int(n) for n in e["shape"]], *map(int, e["data_offsets"])) for name, e in _tensors(header)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as failure:
        raise ValueError(f"the header cannot be read: {type(failure).__name__}: {failure}") from None
    return {name: (entry[0], entry[1], _tensor(name, *entry, content[8 + length :])) for name, entry in entries.items()}


def _tensors(header):
    return ((name, entry) for name, entry in header.items() if name != "__metadata__")


def _tensor(name, kind, shape, first, end, data):
    if kind not in _CODES:
        raise ValueError(f"tensor {name}: found type {kind}, expected one of {', '.join(_CODES)}")
    if not 0 <= first <= end <= len(data):
        raise ValueError(f"tensor {name}: found bytes {first} to {end}, expected them among the {len(data)} of the file")
    expected = math.prod(shape) * struct.calcsize(_CODES[kind])
    if min(shape, default=0) < 0 or end - first != expected:
        raise ValueError(f"tensor {name}: found {end - first} bytes for shape {shape} of {kind}, expected {expected}")
    count = (end - first) // struct.calcsize(_CODES[kind])
    return of_shape(shape, iter(struct.unpack(f"<{count}{_CODES[kind]}", data[first:end])))
