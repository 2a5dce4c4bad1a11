"""An adapter for Harness. It answers 'unsupported' to everything but lm2.gate.input; harness_protocol.py speaks the protocol.

The next equation:
  1. `harness list 'lm2.gate.*'` prints ids, shapes, attributes and definitions;
     `harness explain lm2.gate.output/tiny-width-2` prints a case that can be checked by hand.
  2. Write it as a function of inputs and attributes, both by name, and add it to EQUATIONS: call your own implementation there. What
     is not in that table is never asked for.
  3. `harness verify --exec "…" --equation lm2.gate.output`; a failure says which entry is wrong, and how far.

A gradient is an equation like the others: lm2.gate.input.vjp gets a cotangent grad_g_in beside E and W_in, and gives grad_E and grad_W_in.
Of a function in PyTorch, the package in impl/python gives it by autograd, and spares most of what is written here.

print() goes to stderr here: stdout is for answers alone.
"""

import platform

import numpy as np

import harness_protocol as protocol

NUMPY_DTYPES = {"f64": np.dtype("<f8"), "f32": np.dtype("<f4")}


def sigmoid(x):
    # The exponent is never positive, so that nothing overflows.
    e = np.exp(-np.abs(x))
    return np.where(x > 0, 1, e) / (1 + e)


def gate_input(inputs, attributes):
    """g_in = σ(E W_in), E [B,T,d], W_in [d,d]."""
    return {"g_in": sigmoid(inputs["E"] @ inputs["W_in"])}


EQUATIONS = {
    "lm2.gate.input": gate_input,
    # The next one, say lm2.gate.output, goes here. An attribute is read like this: attributes["heads"].
}


def run(command):
    # The inputs come in the run's dtype, and the outputs are written in it.
    dtype = NUMPY_DTYPES[command["dtype"]]
    inputs = {
        name: np.frombuffer(data, dtype).reshape(shape)
        for name, (_, shape, data) in protocol.read_safetensors(command["input"]).items()
    }
    outputs = EQUATIONS[command["equation"]](inputs, command["attributes"])
    protocol.write_safetensors(command["output"], {
        name: (protocol.SAFETENSORS_DTYPES[command["dtype"]], value.shape, value.astype(dtype).tobytes())
        for name, value in outputs.items()
    })


protocol.serve(
    about={
        "name": "my-adapter",
        "version": "0.1",
        "language": f"Python {platform.python_version()}, NumPy {np.__version__}",
        "device": "cpu",
        "dtypes": list(NUMPY_DTYPES),
        "equations": list(EQUATIONS),
    },
    run=run,
)