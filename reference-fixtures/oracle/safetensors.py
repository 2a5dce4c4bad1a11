"""Reading and writing of safetensors files with float64 tensors (reading: float32 and int64 as well)."""

import json
import struct

from nested import flat, of_shape, shape_of

_CODES = {"F64": "d", "F32": "f", "I64": "q"}


def encode(tensors):
    """The bytes of a file: name → nested lists of floats, in the order given."""
    header, data = {}, b""
    for name, tensor in tensors.items():
        entries = flat(tensor)
        start = len(data)
        data += struct.pack(f"<{len(entries)}d", *entries)
        header[name] = {"dtype": "F64", "shape": shape_of(tensor), "data_offsets": [start, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def decode(content):
    """Name → nested lists of numbers."""
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, end = (8 + length + offset for offset in entry["data_offsets"])
        code = _CODES[entry["dtype"]]
        entries = struct.unpack(f"<{(end - first) // struct.calcsize(code)}{code}", content[first:end])
        tensors[name] = of_shape(entry["shape"], iter(entries))
    return tensors
