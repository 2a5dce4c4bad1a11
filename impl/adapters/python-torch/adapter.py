#!/usr/bin/env python3
"""The equations of the catalogue in PyTorch (1.13 or later), behind the adapter protocol.

    harness verify --exec "python3 impl/adapters/python-torch/adapter.py --device cuda"
"""

import argparse
import ctypes
import functools
import os
import pathlib
import platform
import re
import sys
import time

try:
    import torch
except ImportError as failure:
    sys.exit(f"the PyTorch adapter cannot start with {sys.executable}: {failure}. It needs torch "
             "(Debian: apt install python3-torch, and run it with /usr/bin/python3).")

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python"))

from harness_conformance.autograd import gradients
from harness_conformance.catalogue import EQUATIONS, GRADIENTS
from harness_conformance.measure import keep_freed_memory, memory_watch, synchronise, timed_calls
from harness_conformance.protocol import SAFETENSORS_DTYPES, Unsupported, read_safetensors, serve, write_safetensors

from equations import FUNCTIONS
from precomputed import forget

DTYPES = {"f64": torch.float64, "f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


def main():
    options = _options()
    keep_freed_memory()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = options.tf32
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    if int(torch.__version__.split(".")[0]) >= 2:  # PyTorch 1.13 has no such switch, and says so by an AssertionError
        torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    about = {
        "name": "pytorch, TF32" if options.tf32 else "pytorch",
        "version": torch.__version__,
        "language": f"Python {platform.python_version()}{_emulated(options.device, options.dtype)}",
        "device": _device_name(options.device),
        "dtypes": options.dtype,
        "equations": [*FUNCTIONS, *GRADIENTS],
    }
    if options.device.type == "cuda":  # 16 bits throughout: what the file has in float32 is rounded on the way in
        about["precision"] = {"sums": "f32", "regression": "dtype", "positions": "dtype", "state": "dtype"}
    serve(about, functools.partial(run, options.device), functools.partial(measure, options.device))
    # Taking PyTorch down in order can last longer than the 5 seconds that the protocol gives, on a busy machine.
    sys.stderr.flush()
    os._exit(0)


def run(device, command):
    """Computes command["equation"] once and writes its outputs in the dtype asked for."""
    call, inputs = _prepared(device, command)
    with torch.inference_mode():
        synchronise(device)
        begin = time.perf_counter()
        outputs = call(**inputs)
        synchronise(device)
        seconds = time.perf_counter() - begin
    for name, shape in command["outputs"].items():
        if name not in outputs:
            raise ValueError(f"output {name} is not one of {', '.join(outputs)}")
        if list(outputs[name].shape) != shape:
            raise ValueError(f"output {name} has shape {list(outputs[name].shape)}, asked for {shape}")
        if not torch.isfinite(outputs[name]).all():
            raise ValueError(f"output {name} holds NaN or ±∞")
    dtypes = {name: EQUATIONS[command["equation"]].dtype_of(name, command["dtype"]) for name in outputs}
    write_safetensors(command["output"], {
        name: (SAFETENSORS_DTYPES[dtypes[name]], tensor.shape, _bytes(tensor.to(DTYPES[dtypes[name]]))) for name, tensor in outputs.items()
    })
    return {"seconds": seconds}


def measure(device, command):
    """Times command["equation"], the state carried from call to call."""
    if _compute_dtype(device, command["dtype"]) != DTYPES[command["dtype"]]:
        raise Unsupported(f"measuring {command['dtype']} on a CPU: it is computed in float32, whose time it would be")
    forget()
    memory = memory_watch(device)
    call, inputs = _prepared(device, command)
    memory.reset()
    seconds = timed_calls(call, inputs, command["carry"], command["stream"], command["samples"], device)
    return {"seconds": seconds, "peak_bytes": memory.peak_bytes(), "device": _device_name(device)}


def _prepared(device, command):
    """The equation as a function from tensors to named outputs, its attributes filled in, and its inputs on the device."""
    equation = EQUATIONS[command["equation"]]
    attributes = {name: tuple(value) if isinstance(value, list) else value for name, value in command["attributes"].items()}
    dtype = _compute_dtype(device, command["dtype"])
    tensors = {}
    for name, (stored, shape, data) in read_safetensors(command["input"]).items():
        its = equation.dtype_of(name, command["dtype"])
        if stored != SAFETENSORS_DTYPES[its]:
            raise ValueError(f"tensor {name} is {stored}, expected {SAFETENSORS_DTYPES[its]}")
        tensors[name] = torch.frombuffer(bytearray(data), dtype=DTYPES[its]).reshape(shape).to(device, dtype)
    extents = equation.check({name: tuple(tensor.shape) for name, tensor in tensors.items()}, attributes)
    for tensor in equation.inputs:
        if tensor["name"] in tensors and tensor.get("domain", "").startswith("index "):
            symbol = tensor["domain"].split()[1]
            _check_indices(tensor["name"], tensors[tensor["name"]], int(symbol) if symbol.isdigit() else extents[symbol])
    if not equation.inputs:
        attributes |= {"dtype": dtype, "device": device}
    forward = EQUATIONS[equation.id.removesuffix(".vjp")]
    function = FUNCTIONS[forward.id]

    def call(**inputs):
        outputs = function(**inputs, **attributes)
        return dict(zip(forward.outputs, outputs if isinstance(outputs, tuple) else (outputs,)))

    if equation.id not in GRADIENTS:
        return call, tensors
    asked = [name for name in equation.outputs if name.removeprefix("grad_") in tensors]
    return lambda **inputs: gradients(call, inputs, asked), tensors


def _check_indices(name, tensor, extent):
    """Not left to indexing: on a GPU one that is out of range ends the process."""
    wrong = tensor[(tensor != tensor.floor()) | (tensor < 0) | (tensor >= extent)]
    if wrong.numel():
        raise ValueError(f"tensor {name} holds {wrong[0].item()}, expected whole numbers 0…{extent - 1}")


def _compute_dtype(device, name):
    """On a CPU 16-bit numbers are computed with in float32, outputs rounded once: many kernels exist for CUDA only."""
    return torch.float32 if device.type == "cpu" and name in ("bf16", "f16") else DTYPES[name]


def _bytes(tensor):
    stored = tensor.cpu().contiguous()
    return ctypes.string_at(stored.data_ptr(), stored.numel() * stored.element_size())


def _options():
    parser = argparse.ArgumentParser(description="the equations of the catalogue in PyTorch, behind the adapter protocol")
    parser.add_argument("--device", type=_device, default=torch.device("cpu"), help="cpu, cuda or cuda:1 [default: cpu]")
    parser.add_argument("--dtype", type=_dtypes, help="which dtypes to offer [default: all of f64,f32,bf16,f16 that the device has]")
    parser.add_argument("--tf32", action="store_true", help="allow TF32 in float32 products, and say so in the name")
    options = parser.parse_args()
    device = options.device
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        sys.exit(f"--device {device}: there is no such device; PyTorch {torch.__version__} sees {torch.cuda.device_count()} CUDA devices")
    if device.type == "cuda":
        # Otherwise "cuda:1" would compute on 1 while PyTorch's own calls without a device meant 0.
        torch.cuda.set_device(device)
    if options.tf32 and device.type == "cpu":
        parser.error("--tf32 needs --device cuda")
    if options.dtype is None:
        options.dtype = [name for name in DTYPES if name != "bf16" or device.type == "cpu" or torch.cuda.is_bf16_supported()]
    return options


def _device(text):
    if not re.fullmatch(r"cpu|cuda(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text} is not cpu, cuda or cuda:N")
    return torch.device(text)


def _dtypes(text):
    names = text.split(",")
    for name in names:
        if name not in DTYPES:
            raise argparse.ArgumentTypeError(f"{name} is not one of {','.join(DTYPES)}")
    return names


def _device_name(device):
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def _emulated(device, dtypes):
    narrow = [name for name in dtypes if _compute_dtype(device, name) != DTYPES[name]]
    return f", {' and '.join(narrow)} in float32" if narrow else ""


if __name__ == "__main__":
    main()
