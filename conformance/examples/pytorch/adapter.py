"""The adapter between lm2_memory.py and Harness: what is called what, and which way round weights are stored."""

import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../impl/python"))
from harness_conformance import protocol
from harness_conformance.autograd import gradients

from lm2_memory import Lm2Memory

DTYPES = {"f64": torch.float64, "f32": torch.float32}


def module(width, attributes, weights):
    if attributes["causal"]:
        raise protocol.Unsupported("causal")
    memory = Lm2Memory(width, attributes["heads"], attributes["top_k"])
    layers = {
        "W_Q": memory.query, "W_K": memory.key, "W_V": memory.value,
        "W_out": memory.output_gate, "W_in": memory.input_gate, "W_forget": memory.forget_gate,
    }
    for name, weight in weights.items():
        # Harness multiplies x W; nn.Linear stores the transpose. Set as weight.data, autograd would not see it.
        del layers[name].weight
        layers[name].weight = weight.T
    return memory


def attention_weights(inputs, attributes):
    return {"A": module(inputs["Q"].shape[-1], attributes, {}).attention_weights(inputs["Q"], inputs["K"])}


def step(inputs, attributes):
    if inputs["M"].dim() == 4 or attributes["source"] != "retrieved":
        raise protocol.Unsupported("matrix slots, source=bank")
    weights = {name: tensor for name, tensor in inputs.items() if name.startswith("W_")}
    out, bank = module(inputs["E"].shape[-1], attributes, weights)(inputs["E"], inputs["E_attn"], inputs["M"])
    return {"E_next": out, "M_next": bank}


EQUATIONS = {"lm2.attention.weights": attention_weights, "lm2.memory.step": step}
GRADIENTS = [f"{equation}.vjp" for equation in EQUATIONS]


@torch.no_grad()
def run(command):
    dtype = DTYPES[command["dtype"]]
    inputs = {
        name: torch.frombuffer(bytearray(data), dtype=dtype).reshape(shape)
        for name, (_, shape, data) in protocol.read_safetensors(command["input"]).items()
    }

    def forward(**inputs):
        return EQUATIONS[command["equation"].removesuffix(".vjp")](inputs, command["attributes"])

    # Through autograd, which asks TopKSoftmax for its own backward pass.
    outputs = gradients(forward, inputs, command["outputs"]) if command["equation"] in GRADIENTS else forward(**inputs)
    protocol.write_safetensors(command["output"], {
        name: (protocol.SAFETENSORS_DTYPES[command["dtype"]], tuple(value.shape), value.contiguous().numpy().tobytes())
        for name, value in outputs.items()
    })


protocol.serve(
    about={"name": "my-lm2", "language": f"PyTorch {torch.__version__}", "dtypes": list(DTYPES), "equations": [*EQUATIONS, *GRADIENTS]},
    run=run,
)
