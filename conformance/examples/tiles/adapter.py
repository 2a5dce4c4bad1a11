"""The adapter between tiled.py and Harness."""

import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../impl/python"))
from harness_conformance import protocol
from harness_conformance.autograd import gradients

from tiled import TILE, feed_forward

DTYPES = {"f64": torch.float64, "f32": torch.float32}
TILES = {"multiple_of": TILE}


def swiglu(z, W_gate, W_up, W_down):
    return {"y": feed_forward(z, W_gate, W_up, W_down)}


@torch.no_grad()
def run(command):
    inputs = {
        name: torch.frombuffer(bytearray(data), dtype=DTYPES[command["dtype"]]).reshape(shape)
        for name, (_, shape, data) in protocol.read_safetensors(command["input"]).items()
    }
    outputs = gradients(swiglu, inputs, command["outputs"]) if command["equation"].endswith(".vjp") else swiglu(**inputs)
    protocol.write_safetensors(command["output"], {
        name: (protocol.SAFETENSORS_DTYPES[command["dtype"]], tuple(value.shape), value.contiguous().numpy().tobytes())
        for name, value in outputs.items()
    })


protocol.serve(
    about={
        "name": "tiles", "language": f"PyTorch {torch.__version__}", "dtypes": list(DTYPES), "equations": ["block.swiglu", "block.swiglu.vjp"],
        "constraints": {"block.swiglu": {"T": TILES, "d": TILES, "f": TILES}},
    },
    run=run,
)
