#!/usr/bin/env python3
"""Writes or checks the golden fixtures: ../cases/<equation>/<name>.json, .safetensors, and ../cases/manifest.json.

    generate.py                 write everything, remove what is stale
    generate.py --check         compare with the committed files, byte for byte; exit code 1 on any difference
    generate.py --fast          only a few cases of every equation (with or without --check)
    generate.py --only 'GLOB'   only the cases whose id matches, e.g. 'inf.regression.*' or '*.vjp/*'

Needs mpmath. What is written does not depend on the number of workers.
"""

import argparse
import fnmatch
import functools
import hashlib
import itertools
import json
import multiprocessing
import pathlib
import sys

import cases_baselines
import cases_blocks
import cases_gradients
import cases_infinity_former
import cases_infinity_former_attention
import cases_infinity_former_memory
import cases_infinity_former_reference_code
import cases_infinity_former_reference_code_attention
import cases_lm2
import cases_lm2_memory
import cases_lm2_reference_code
import cases_transformers
import safetensors
from equations import CATALOGUE
from gradients import equation_of, is_gradient
from nested import flat, shape_of
from tolerance import judge


FORMAT = 1
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "cases"
WORKERS = 2
FAST_PER_EQUATION = 2

MODULES = (
    cases_lm2,
    cases_lm2_memory,
    cases_infinity_former,
    cases_infinity_former_attention,
    cases_infinity_former_memory,
    cases_blocks,
    cases_baselines,
    cases_transformers,
    cases_lm2_reference_code,
    cases_infinity_former_reference_code,
    cases_infinity_former_reference_code_attention,
)
# Those of the forward equations.
CASES = {case.id: case for module in MODULES for case in module.all_cases()}


@functools.cache
def gradient_cases():
    """Takes seconds: what cotangents are drawn for must be evaluated."""
    return {case.id: case for case in cases_gradients.all_cases(list(CASES.values()))}


def rendered(case):
    """The two files of a case: the text of its .json, the bytes of its .safetensors, in that order."""
    judgement = judge(case)
    if "f64" in judgement.not_judged:
        raise ValueError(f"{case.id}: not judged in float64: {judgement.not_judged['f64']}")
    tensors = {f"input.{name}": tensor for name, tensor in case.inputs.items()}
    tensors |= {f"golden.{name}": tensor for name, tensor in judgement.golden.items()}
    for dtype, rho in judgement.rho.items():
        tensors |= {f"rho.{dtype}.{name}": tensor for name, tensor in rho.items()}
    content = safetensors.encode(tensors)
    description = {
        "format": FORMAT,
        "catalogue": CATALOGUE["catalogue"],
        "equation": case.equation,
        "name": case.name,
        "note": case.note,
        "flags": list(case.flags),
        "family": case.family,
        "attributes": case.attributes,
        "inputs": {name: shape_of(tensor) for name, tensor in case.inputs.items()},
        "outputs": {name: _output(case, judgement, name, tensor) for name, tensor in judgement.golden.items()},
        "judged": list(judgement.rho),
        "not_judged": judgement.not_judged,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return _text(description), content


def _output(case, judgement, name, tensor):
    axis = equation_of(case).columns.get(name)
    judged = {"judge": "entries"} if axis is None else {"judge": "columns", "axis": axis}
    faint = {dtype: reasons[name] for dtype, reasons in judgement.faint.items() if name in reasons}
    return {"shape": shape_of(tensor)} | judged | ({"not_judged": faint} if faint else {})


def _text(value):
    """JSON with an indent of two spaces, lists of numbers on one line."""
    return _indented(value, "") + "\n"


def _indented(value, indent):
    if isinstance(value, dict) and value:
        inner = indent + "  "
        members = (f"{inner}{json.dumps(key)}: {_indented(member, inner)}" for key, member in value.items())
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    return json.dumps(value, ensure_ascii=False)


def manifest_text(hashes):
    return _text({"format": FORMAT, "catalogue": CATALOGUE["catalogue"], "cases": dict(sorted(hashes.items()))})


def chosen(arguments, cases):
    ids = list(cases)
    if arguments.fast:
        by_equation = itertools.groupby(ids, key=lambda i: cases[i].equation)
        ids = [case_id for _, group in by_equation for case_id in _few([cases[i] for i in group])]
    return [case_id for case_id in ids if fnmatch.fnmatchcase(case_id, arguments.only)]


def _few(cases):
    """The first of a forward equation, the smallest one of a gradient, whose first are the longest."""
    if is_gradient(cases[0]):
        return [min(cases, key=lambda case: sum(len(flat(tensor)) for tensor in case.inputs.values())).id]
    return [case.id for case in cases[:FAST_PER_EQUATION]]


def render_all(ids, cases):
    """(id, json text, safetensors bytes) of every case, in order."""
    with multiprocessing.Pool(WORKERS) as pool:
        for case_id, files in zip(ids, pool.imap(rendered, [cases[i] for i in ids])):
            yield case_id, *files


def write(ids, cases):
    for case_id, text, content in render_all(ids, cases):
        path = FOLDER / case_id
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(path.name + ".json").write_text(text)
        path.with_name(path.name + ".safetensors").write_bytes(content)
    for path in sorted(strays(cases)):
        path.unlink()
    present = [case_id for case_id in cases if (FOLDER / f"{case_id}.json").exists()]
    hashes = {case_id: hashlib.sha256((FOLDER / f"{case_id}.json").read_bytes()).hexdigest() for case_id in present}
    (FOLDER / "manifest.json").write_text(manifest_text(hashes))
    print(f"{len(ids)} cases written, {len(present)} in the manifest")


def strays(cases):
    """Files below cases/ that belong to no case."""
    expected = {FOLDER / "manifest.json"}
    expected |= {FOLDER / f"{case_id}{suffix}" for case_id in cases for suffix in (".json", ".safetensors")}
    return {path for path in FOLDER.rglob("*") if path.is_file()} - expected


def check(ids, cases):
    """Compares and prints every difference; the number of failures."""
    failed, hashes = 0, {}
    for case_id, text, content in render_all(ids, cases):
        hashes[case_id] = hashlib.sha256(text.encode()).hexdigest()
        differences = [
            *_difference(FOLDER / f"{case_id}.json", text.encode()),
            *_difference(FOLDER / f"{case_id}.safetensors", content),
        ]
        failed += bool(differences)
        print(*differences, sep="\n", end="\n" if differences else "")
    problems = [f"{path.relative_to(FOLDER)}: belongs to no case" for path in sorted(strays(cases))]
    manifest = FOLDER / "manifest.json"
    if len(ids) == len(cases):
        problems += _difference(manifest, manifest_text(hashes).encode())
    else:
        listed = json.loads(manifest.read_text())["cases"] if manifest.exists() else {}
        problems += [f"manifest.json: the hash of {i} differs" for i in ids if listed.get(i) != hashes[i]]
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{len(ids) - failed} passed, {failed + len(problems)} failed")
    return failed + len(problems)


def _difference(path, expected):
    if not path.exists():
        return [f"{path.relative_to(FOLDER)}: missing; run generate.py"]
    found = path.read_bytes()
    if found == expected:
        return []
    first = next((i for i, pair in enumerate(zip(found, expected)) if pair[0] != pair[1]), min(len(found), len(expected)))
    return [f"{path.relative_to(FOLDER)}: differs from byte {first} on ({len(found)} bytes found, {len(expected)} expected)"]


def main():
    parser = argparse.ArgumentParser(description="Writes or checks the golden fixtures.")
    parser.add_argument("--check", action="store_true", help="compare with the committed files instead of writing")
    parser.add_argument("--fast", action="store_true", help="only a few cases of every equation")
    parser.add_argument("--only", default="*", metavar="GLOB", help="only the cases whose id matches")
    arguments = parser.parse_args()
    cases = CASES | gradient_cases()
    ids = chosen(arguments, cases)
    if not ids:
        parser.error(f"no case matches {arguments.only}")
    if arguments.check:
        sys.exit(1 if check(ids, cases) else 0)
    write(ids, cases)


if __name__ == "__main__":
    main()
