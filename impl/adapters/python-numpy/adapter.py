"""Lets Harness judge the NumPy implementation beside this file: conformance/PROTOCOL.md, through the package in impl/python."""

import pathlib
import platform
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))

import baseline_gradients  # noqa: F401  registers its equations, as all of these do
import baselines  # noqa: F401
import block_gradients  # noqa: F401
import blocks  # noqa: F401
import infinity_former  # noqa: F401
import infinity_former_gradients  # noqa: F401
import infinity_former_reference_code  # noqa: F401
import lm2  # noqa: F401
import lm2_gradients  # noqa: F401
import lm2_reference_code  # noqa: F401
import transformer_gradients  # noqa: F401
import transformers  # noqa: F401
from catalogue import EQUATIONS
from harness_conformance.measure import memory_watch, timed_calls
from harness_conformance.protocol import SAFETENSORS_DTYPES, Unsupported, read_safetensors, serve, write_safetensors

# NumPy's linear algebra has no 16-bit types: those runs compute in float32 throughout, and float16 results are rounded once, at the end.
# What is float32 in a 16-bit run by the precision contract (positions, regression, state) is not rounded at all.
COMPUTES_IN = {"f64": np.float64, "f32": np.float32, "bf16": np.float32, "f16": np.float32}
ANSWERS_IN = {"f64": ("F64", "<f8"), "f32": ("F32", "<f4"), "bf16": ("F32", "<f4"), "f16": ("F16", "<f2")}


def read_inputs(command):
    """The tensors of the input file, exact in the format that the run computes in."""
    return {name: to_array(*tensor).astype(COMPUTES_IN[command["dtype"]])
            for name, tensor in read_safetensors(command["input"]).items()}


def to_array(dtype, shape, data):
    if dtype == "BF16":  # the upper half of a float32
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    return np.frombuffer(data, {"F64": "<f8", "F32": "<f4", "F16": "<f2"}[dtype]).reshape(shape)


def compute(command, inputs):
    """{output: array}, all in the dtype that the run computes in."""
    dtype = np.dtype(COMPUTES_IN[command["dtype"]])
    outputs = EQUATIONS[command["equation"]](inputs, command["attributes"], dtype)
    for name, array in outputs.items():
        if array.dtype != dtype:
            raise TypeError(f"{name} was computed in {array.dtype}, expected {dtype}")
    return outputs


def run(command):
    inputs = read_inputs(command)
    EQUATIONS[command["equation"]].check(inputs, command["attributes"])
    start = time.perf_counter()
    outputs = compute(command, inputs)
    seconds = time.perf_counter() - start
    for name, shape in command["outputs"].items():
        if outputs[name].shape != tuple(shape):
            raise ValueError(f"{name} came out as {list(outputs[name].shape)}, expected {shape}")
    write_safetensors(command["output"], {name: _stored(command, name, array) for name, array in outputs.items()})
    return {"seconds": seconds}


def _stored(command, name, array):
    stored, numpy_dtype = ANSWERS_IN[EQUATIONS[command["equation"]].known.dtype_of(name, command["dtype"])]
    return stored, array.shape, array.astype(numpy_dtype).tobytes()


def measure(command):
    if command["dtype"] not in ("f64", "f32"):
        raise Unsupported(f"measuring {command['dtype']}: NumPy has no such arithmetic, it would be float32's time")
    memory = memory_watch()
    inputs = read_inputs(command)
    EQUATIONS[command["equation"]].check(inputs, command["attributes"])
    seconds = timed_calls(lambda **inputs: compute(command, inputs), inputs, command["carry"], command["stream"], command["samples"])
    return {"seconds": seconds, "peak_bytes": memory.peak_bytes(), "device": "cpu"}


if __name__ == "__main__":
    serve({
        "name": "numpy",
        "version": np.__version__,
        "language": f"Python {platform.python_version()}, NumPy {np.__version__}",
        "device": "cpu",
        "dtypes": list(SAFETENSORS_DTYPES),
        "equations": sorted(EQUATIONS),
    }, run, measure)
