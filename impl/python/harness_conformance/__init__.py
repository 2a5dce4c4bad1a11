"""Conformance tests of memory-augmented transformers (LM2, ∞-former) from Python.

    assert_conforms("lm2.align", "pool-7-to-3", outputs, dtype="f32")    # a golden case, judged here: no .NET

    @equation("lm2.gate.input")                                          # an adapter for `harness verify`
    def gate(E, W_in):
        return torch.sigmoid(E @ W_in)

    serve()

README.md has a worked example. Nothing but the standard library is needed; array libraries are used where the program has imported them.
"""

from .adapters import equation, module, serve
from .fixtures import Case, FixtureError, case, cases
from .judgement import assert_conforms
from .protocol import Unsupported

__all__ = ["Case", "FixtureError", "Unsupported", "assert_conforms", "case", "cases", "equation", "module", "serve"]
__version__ = "0.1.0"
