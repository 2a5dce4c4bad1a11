"""conformance/examples/pytorch with a mistake that trains without complaint: scores divided by the root of the whole width."""

import os
import runpy
import sys

example = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../conformance/examples/pytorch")
sys.path.insert(0, example)

import lm2_memory


def attention_weights(self, q, k):
    scale = q.shape[-1] ** -0.5
    return (scale * self._split(q) @ self._split(k).transpose(-1, -2)).softmax(-1)


lm2_memory.Lm2Memory.attention_weights = attention_weights
runpy.run_path(os.path.join(example, "adapter.py"), run_name="__main__")
