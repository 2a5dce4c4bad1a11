#!/usr/bin/env python3
"""Compares the oracle, or a program that speaks the adapter protocol, with recordings of the authors' code.

    check_recordings.py DIR                    the oracle: every recorded tensor, gradients included
    check_recordings.py DIR --exec 'COMMAND'   a program: what the equations of the catalogue give for recorded inputs

DIR holds the recordings (NAME.safetensors with NAME.json). What is in them is read there: sizes, attributes, which of the authors' versions.
Exit codes: 0 all that was compared passed, 1 something failed, a recording that cannot be read included, 2 the command line is wrong, 5
nothing failed, but a recording is of no known kind or a result of one was not compared.
"""

import pathlib
import sys
from concurrent.futures import ProcessPoolExecutor

import recorded_basis as basis
import recorded_lm2 as lm2
import recorded_memory as memory
import recorded_wiring
from recorded_judgement import Judge
from recorded_program import Program
from recordings import Recording, Unfit, Unknown

# What a recording has, and how it is compared: the first that fits.
KINDS = (
    (("in.inputs.s0", "param.query_proj.weight"), lm2.module),
    (("in.theta",), basis.continuous),
    (("in.x.s0",), memory.update),
    (("in.k.s0", "in.q.s0"), memory.long_term_memory),
    (("in.x",), basis.operator),
    (("f64.pad1.G",), basis.operator),
    (("in.mu", "in.sigma_sq", "f64.kl"), basis.regulariser),
    (("in.t",), basis.basis),
)

# Where the authors' code has the layers around their memories.
LAYERS = "modeling_gpt2", "mem_transformer", "model_memory_llama"


def checked(path, program=None):
    """What comparing one recording gave: its lines, and how many comparisons passed, failed and were not made."""
    try:
        recording = Recording(path)
    except Unfit as reason:
        return [f"FAIL {path.stem}: {reason}"], 0, 1, 0
    judge = Judge(recording, program)
    for line in recording.contradictions():
        judge.fail(line)
    kind = next((compare for names, compare in KINDS if all(name in recording for name in names)), None)
    if any(part in recording.origin() for part in LAYERS) or kind is None and any(name.startswith("param.") for name in recording.tensors):
        kind = recorded_wiring.wiring
    if kind is None:
        judge.leave("not checked: found no kind of recording that is known")
        return judge.lines, judge.passed, judge.failed, judge.unchecked
    try:
        kind(judge)
    except Unfit as reason:
        judge.fail(str(reason))
    except Unknown as reason:
        judge.leave(f"not checked: {reason}")
    except Exception as failure:  # whatever a recording holds, the others are checked
        judge.fail(f"cannot be compared: {type(failure).__name__}: {failure}")
    judge.finish()
    return judge.lines, judge.passed, judge.failed, judge.unchecked


def refuse(sentence):
    print(f"check_recordings.py: {sentence}", file=sys.stderr)
    sys.exit(2)


def all_checked(paths, command):
    if command is None:
        with ProcessPoolExecutor(2) as pool:
            yield from pool.map(checked, paths)
        return
    try:
        with Program(command) as program:
            for path in paths:
                yield checked(path, program)
    except Unfit as reason:
        refuse(reason)


def main(arguments):
    if not (len(arguments) == 1 or len(arguments) == 3 and arguments[1] == "--exec"):
        refuse("usage: check_recordings.py DIR [--exec 'COMMAND']")
    folder = pathlib.Path(arguments[0])
    if not folder.is_dir():
        refuse(f"found {'a file' if folder.exists() else 'nothing'} at '{folder}', expected a folder of recordings")
    paths = sorted({path.with_suffix(".safetensors") for kind in ("safetensors", "json") for path in folder.glob(f"*.{kind}")})
    if not paths:
        refuse(f"found no NAME.safetensors in '{folder}', expected recordings")
    passed = failed = unchecked = 0
    for lines, *counts in all_checked(paths, arguments[2] if len(arguments) == 3 else None):
        print("\n".join(lines), flush=True)
        passed, failed, unchecked = (total + count for total, count in zip((passed, failed, unchecked), counts))
    print(f"{passed} passed, {failed} failed, {unchecked} not checked")
    return 1 if failed else 5 if unchecked or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
