"""Outputs of a golden case, right ones and ones with a fault planted: nested lists and doubles, so that no array library is needed."""

import math
import struct
import zlib

from harness_conformance.catalogue import EQUATIONS
from harness_conformance.judgement import ACCEPTED, FORMATS
from harness_conformance.protocol import SAFETENSORS_DTYPES

CODES = {"f64": "d", "f32": "f", "f16": "e"}


class Tensor:
    """As much of an array as judgement looks at."""

    def __init__(self, dtype, shape, values):
        self.dtype, self.shape, self.values = {"F64": "float64", "F32": "float32", "BF16": "bfloat16", "F16": "float16"}.get(dtype, dtype), tuple(shape), values

    def reshape(self, _):
        return self

    def tolist(self):
        return list(self.values)


def rounded(value, dtype):
    """The nearest number of a format."""
    if dtype == "bf16":
        (bits,) = struct.unpack("<I", struct.pack("<f", value))
        bits = (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000
        return struct.unpack("<f", struct.pack("<I", bits))[0]
    return struct.unpack(f"<{CODES[dtype]}", struct.pack(f"<{CODES[dtype]}", value))[0]


def right(case):
    """The golden values rounded once, stored as the case's dtype is."""
    known = EQUATIONS[case.equation]
    return {name: Tensor(SAFETENSORS_DTYPES[known.dtype_of(name, case.dtype)], output["shape"],
                         [rounded(value, known.dtype_of(name, case.dtype)) for value in case.values(f"golden.{name}")])
            for name, output in case.outputs.items()}


def judged(case):
    return [name for name, output in case.outputs.items() if case.dtype not in output.get("not_judged", {})]


def bounds(case, name):
    """The tolerance of every entry that is judged by itself, out of the README's formula."""
    roundoff, smallest = FORMATS[EQUATIONS[case.equation].dtype_of(name, case.dtype)]
    return [0.0 if rho == 0 and golden == 0 else 8 * max(rho, roundoff * abs(golden), smallest)
            for rho, golden in zip(case.values(f"rho.{case.dtype}.{name}"), case.values(f"golden.{name}"))]


def chosen(case, what, extent):
    """A number below extent that hangs on the case alone."""
    return zlib.crc32(f"{case} {what}".encode()) % extent


def edges(golden, bound):
    """The doubles farthest from golden that are within the bound, and the nearest that are not, above it."""
    inside = golden + bound
    while inside - golden > bound:
        inside = math.nextafter(inside, -math.inf)
    while math.nextafter(inside, math.inf) - golden <= bound:
        inside = math.nextafter(inside, math.inf)
    return inside, math.nextafter(inside, math.inf)


def with_entry(case, outputs, name, entry, value):
    """The same outputs, one entry replaced; in F64, which every dtype may be answered in."""
    values = list(outputs[name].values)
    values[entry] = value
    return {**outputs, name: Tensor("F64", outputs[name].shape, values)}


def faulty(case):
    """{what: outputs} of every kind of fault; in each exactly one output is wrong."""
    outputs, name = right(case), judged(case)[-1]
    tensor = outputs[name]
    entry = chosen(case, "entry", len(tensor.values))
    wrong = {"large": with_entry(case, outputs, name, entry, (abs(tensor.values[entry]) + 1) * 1e3)}
    for what, value in ("nan", math.nan), ("infinite", -math.inf):
        wrong[what] = with_entry(case, outputs, name, entry, value)
    wrong["shape"] = {**outputs, name: Tensor("F64", (*tensor.shape, 1), tensor.values)}
    narrow = next(dtype for dtype in ("F16", "BF16") if dtype not in ACCEPTED[case.dtype])
    wrong["dtype"] = {**outputs, name: Tensor(narrow, tensor.shape, [1.0] * len(tensor.values))}
    wrong["missing"] = {other: output for other, output in outputs.items() if other != name}
    wrong["misnamed"] = {**wrong["missing"], name.lower() + "." if name.lower() == name else name.lower(): tensor}
    if case.outputs[name]["judge"] == "entries":
        bound = bounds(case, name)[entry]
        wrong["outside"] = with_entry(case, outputs, name, entry, edges(case.values(f"golden.{name}")[entry], bound)[1])
    return wrong
