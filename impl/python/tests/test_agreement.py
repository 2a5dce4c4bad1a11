"""This judgement against that of the harness program (HARNESS says how it is started), of the same answers to all golden cases of some equations."""

import json
import os
import shlex
import struct
import subprocess

import harness_conformance as harness
import plants
from harness_conformance.fixtures import FOLDER
from harness_conformance.judgement import judge
from harness_conformance.protocol import write_safetensors

EQUATIONS = ["lm2.align", "lm2.attention.weights", "lm2.gate.input.vjp", "inf.regression.coefficients", "inf.attention.density", "inf.layer", "lm2.memory.step.vjp"]
CASES = ",".join(f"{id}/*" for id in EQUATIONS)
DTYPES = ["f64", "f32", "bf16", "f16"]
KINDS = ["right", "outside", "large", "nan", "infinite", "shape", "missing", "misnamed", "dtype"]


def program(*arguments):
    return subprocess.run([*shlex.split(os.environ["HARNESS"]), *arguments, "--fixtures", str(FOLDER)], capture_output=True, text=True)


def stored(tensor):
    dtype = {"float64": "F64", "float32": "F32", "bfloat16": "BF16", "float16": "F16"}[tensor.dtype]
    if dtype == "BF16":
        return dtype, tensor.shape, b"".join(struct.pack("<f", value)[2:] for value in tensor.values)
    return dtype, tensor.shape, struct.pack(f"<{len(tensor.values)}{ {'F64': 'd', 'F32': 'f', 'F16': 'e'}[dtype]}", *tensor.values)


def test_both_say_the_same_of_every_case(tmp_path):
    folder = tmp_path / "exported"
    done = program("export-inputs", str(folder), "--seed", "1", "--case", CASES, "--dtype", ",".join(DTYPES))
    assert done.returncode == 0, done.stdout + done.stderr
    answers = {}
    for line in (folder / "commands.jsonl").read_text(encoding="utf-8").splitlines():
        command = json.loads(line)
        if command["cmd"] == "run":
            case = harness.case(command["case"]).in_dtype(command["dtype"])
            # One kind for each question: the program looks for the cause of every failure, which takes its time.
            kind = KINDS[len(answers) % len(KINDS)]
            outputs = plants.right(case) if kind == "right" else plants.faulty(case).get(kind, plants.right(case))
            write_safetensors(folder / command["output"], {name: stored(tensor) for name, tensor in outputs.items()})
            answers[case.id, case.dtype] = kind, judge(case, outputs)
    results = folder / "results.json"
    done = program("verify", "--outputs", str(folder), "--case", CASES, "--dtype", ",".join(DTYPES), "--json", str(results))
    assert done.returncode == 1, done.stdout + done.stderr
    told = {(check["id"], check["dtype"]): check for check in json.loads(results.read_text(encoding="utf-8"))["implementations"][0]["checks"]
            if check["kind"] == "golden" and check["verdict"] != "not_judged"}
    assert told.keys() == answers.keys() and len(told) > 100
    for key, (kind, found) in answers.items():
        check = told[key]
        if kind == "dtype":  # which the program refuses before it compares anything
            assert check["verdict"] == "errored" and any(each.fault == check["reason"] for each in found), key
            continue
        assert (check["verdict"] == "passed") == all(each.passed for each in found), key
        for each, output in zip(found, check["outputs"], strict=True):
            assert (each.name, each.fault) == (output["name"], output["fault"]), key
            assert [(worst.index, worst.found, worst.expected, worst.error, worst.allowed) for worst in each.worst] == [
                (worst["index"], worst["got"], worst["expected"], worst["error"], worst["allowed"]) for worst in output["worst"]], key
        if check["verdict"] == "failed":
            assert check["reason"] in {str(each) for each in found if not each.passed}, key
