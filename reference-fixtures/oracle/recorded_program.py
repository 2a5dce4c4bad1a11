"""A program that speaks the adapter protocol (conformance/PROTOCOL.md), asked for equations in float64."""

import json
import pathlib
import shlex
import subprocess
import tempfile

import safetensors
from equations import CATALOGUE
from nested import shape_of
from recordings import Unfit

KINDS = {"flag": bool, "integer": int, "number": float, "numbers": lambda values: [float(x) for x in values]}


class Unsupported(Exception):
    """The program does not do this; the message is its reason, if it gave one."""


class Program:
    """Started once, asked one question at a time, stopped at the end of a `with`."""

    def __init__(self, command):
        self.command = command

    def __enter__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="recordings-")
        self.asked = 0
        try:
            self.process = subprocess.Popen(
                shlex.split(self.command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
            )
            scratch = {"protocol": 1, "catalogue": CATALOGUE["catalogue"], "scratch": self.scratch.name}
            self.equations = set(self._answer("start", scratch).get("equations", ()))
        except (OSError, ValueError, Unsupported) as failure:
            self.scratch.cleanup()
            raise Unfit(f"--exec '{self.command}': {failure}, expected a program that speaks the adapter protocol") from None
        except Unfit:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.process.stdin.close()
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.scratch.cleanup()

    def run(self, case, outputs):
        """The outputs of a case by name, each of the shape it must have."""
        if case.equation not in self.equations:
            raise Unsupported
        given, answered = (pathlib.Path(self.scratch.name) / f"{name}.safetensors" for name in ("in", "out"))
        given.write_bytes(safetensors.encode(case.inputs))
        answered.unlink(missing_ok=True)
        command = {
            "case": "recorded", "equation": case.equation, "dtype": "f64", "attributes": attributes_of(case), "input": str(given),
            "output": str(answered), "outputs": outputs,
        }
        answer = self._answer("run", command)
        try:
            tensors = safetensors.decode(pathlib.Path(answer.get("output", answered)).read_bytes())
        except (OSError, ValueError) as failure:
            raise Unfit(f"{case.equation}: the program's answer: {failure}") from None
        for name, shape in outputs.items():
            if name not in tensors or shape_of(tensors[name]) != shape:
                found = f"shape {shape_of(tensors[name])}" if name in tensors else "nothing"
                raise Unfit(f"{case.equation}: the program's {name}: found {found}, expected shape {shape}")
        return tensors

    def _answer(self, name, members):
        self.asked += 1
        try:
            self.process.stdin.write(json.dumps({"id": self.asked, "cmd": name} | members) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline() or "null")
        except (OSError, ValueError) as failure:
            raise Unfit(f"--exec '{self.command}': {failure}, expected an answer to '{name}'") from None
        status = answer.get("status") if isinstance(answer, dict) else None
        if status == "unsupported":
            raise Unsupported(answer.get("reason", ""))
        if status != "ok":
            raise Unfit(f"--exec '{self.command}': found {answer!r:.300}, expected an answer to '{name}'")
        return answer


def attributes_of(case):
    """As the protocol writes them: those that have a value, whole numbers without a point, other numbers with one."""
    (description,) = (d for d in CATALOGUE["equations"] if d["id"] == case.equation)
    kinds = {a["name"]: KINDS.get(a["type"], str) for a in description["attributes"]}
    return {name: kinds[name](value) for name, value in case.attributes.items() if value is not None}
