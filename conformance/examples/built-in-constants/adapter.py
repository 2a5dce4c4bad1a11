"""The adapter between long_term_attention.py, which stays as it is, and Harness: it says what the module has built in and does not show."""
import os
import sys
import torch
from torch.nn.utils.stateless import functional_call
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../impl/python"))
from harness_conformance import protocol
from harness_conformance.autograd import gradients
from long_term_attention import LongTermAttention as Module

DTYPES = {"f64": torch.float64, "f32": torch.float32}
CONSTRAINTS = {"inf.layer": {
    "heads": Module.HEADS, "count": Module.BASES, "widths": list(Module.WIDTHS), "samples": Module.SAMPLES, "tau": Module.TAU, "ridge": Module.RIDGE,
    "variance_floor": 0, "smooth": False, "sticky": False, "mu": False, "var": False}}
LINEAR = {"query": "W_Q", "key": "W_K", "value": "W_V", "output": "W_O"}


def layer(X_query, X_new, C, **weights):
    # Harness multiplies x W; nn.Linear stores the transpose.
    own = {f"{name}.weight": weights[ours].T for name, ours in LINEAR.items()}
    own |= {f"{name}.{part}": weights[ours][None] for name, part, ours in [
        ("mean", "weight", "w_mu"), ("mean", "bias", "b_mu"), ("spread", "weight", "w_sigma"), ("spread", "bias", "b_sigma")]}
    return dict(zip(("Z_ltm", "C_next"), functional_call(Module(C.shape[-1]), own, (X_query, X_new, C))))


@torch.no_grad()
def run(command):
    inputs = {name: torch.frombuffer(bytearray(data), dtype=DTYPES[command["dtype"]]).reshape(shape)
              for name, (_, shape, data) in protocol.read_safetensors(command["input"]).items()}
    outputs = gradients(layer, inputs, command["outputs"]) if command["equation"].endswith(".vjp") else layer(**inputs)
    protocol.write_safetensors(command["output"], {name: (protocol.SAFETENSORS_DTYPES[command["dtype"]], tuple(value.shape),
                               value.contiguous().numpy().tobytes()) for name, value in outputs.items()})


protocol.serve({"name": "sorter", "dtypes": list(DTYPES), "equations": ["inf.layer", "inf.layer.vjp"], "constraints": CONSTRAINTS}, run)
