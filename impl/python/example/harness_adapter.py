"""What of memory.py computes which equation."""

from harness_conformance import equation, module, serve
from memory import Memory, attention_weights


@module("lm2.memory.step",
        weights={"W_Q": "query.weight.T", "W_K": "key_value.weight[:d].T", "W_V": "key_value.weight[d:].T",
                 "W_out": "output_gate.weight.T", "W_in": "input_gate.weight.T", "W_forget": "forget_gate.weight.T"},
        filled={"query.bias": 0},
        constraints={"causal": False, "source": "retrieved", "M": {"rank": 3}})
def memory(d, heads):
    return Memory(width=d, heads=heads)


@equation("lm2.attention.weights", constraints={"causal": False})
def weights(Q, K, heads):
    return attention_weights(Q, K, heads)


serve()
