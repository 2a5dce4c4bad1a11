"""The pytest plugin: tests by golden case and dtype, and adapters checked by the harness program.

    @pytest.mark.harness("lm2.align", dtypes=["f32"])       # an equation, or a glob over equations or cases; several are possible
    def test_align(harness_case):
        harness_case.assert_conforms(align(**harness_case.inputs(torch), **harness_case.attributes))

A file named harness_adapter.py (ini option harness_adapters: other names or globs), with @equation and @module in it, is collected like a
file of tests: every golden case within its constraints is a test. With --harness the harness program is asked besides, once for each file:
fresh inputs, properties, the protocol, and diagnosis, one test for each equation.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
from typing import Any

import pytest

from . import adapters, arrays
from .fixtures import FOLDER, Case, cases
from .judgement import describe, judge
from .protocol import SAFETENSORS_DTYPES, Unsupported

_CHECKS_SHOWN = 3


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("harness", "conformance of adapters")
    group.addoption("--harness", action="store_true", help="ask the harness program too: fresh inputs and diagnosis for every harness_adapter.py")
    group.addoption("--harness-program", metavar="COMMAND",
                    help="the program, as in 'dotnet harness.dll' [default: the environment variable HARNESS, or harness on the search path]")
    group.addoption("--harness-device", metavar="DEVICE", default="cpu", help="cpu, cuda or cuda:N, where adapters compute [default: cpu]")
    parser.addini("harness_adapters", "names or globs of the files that hold adapters", type="args", default=["harness_adapter.py"])


def pytest_configure(config: pytest.Config) -> None:
    adapters.is_under_pytest = True
    if config.getoption("harness"):
        _program(config)
    config.addinivalue_line("markers", "harness(*patterns, dtypes=('f64', 'f32')): harness_case is every golden case of these equations or cases, in these dtypes")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "harness_case" not in metafunc.fixturenames:
        return
    try:
        asked = _asked(metafunc.definition.get_closest_marker("harness"))
    except ValueError as failure:
        pytest.fail(f"{metafunc.definition.nodeid}: {failure}", pytrace=False)
    metafunc.parametrize("harness_case", asked, ids=[f"{case.id}-{case.dtype}" for case in asked])


def _asked(marker):
    if marker is None or not marker.args or set(marker.kwargs) - {"dtypes"}:
        raise ValueError('harness_case: found no @pytest.mark.harness("lm2.align"), expected one with equations or cases, and dtypes=[…] at most besides')
    dtypes = marker.kwargs.get("dtypes", ("f64", "f32"))
    dtypes = [dtypes] if isinstance(dtypes, str) else dtypes
    for dtype in dtypes:
        if dtype not in SAFETENSORS_DTYPES:
            raise ValueError(f"dtypes: found {dtype!r}, expected some of {', '.join(SAFETENSORS_DTYPES)}")
    found = {case.id: case for pattern in marker.args for case in cases(pattern)}.values()
    asked = [case.in_dtype(dtype) for case in found for dtype in dtypes if dtype in case.judged]
    if not asked:
        raise ValueError(f"found {len(found)} golden cases, none of which is judged in {', '.join(dtypes)}")
    return asked


def pytest_collect_file(file_path: pathlib.Path, parent: pytest.Collector) -> pytest.Collector | None:
    return AdapterFile.from_parent(parent, path=file_path) if _is_adapter(file_path, parent) else None


def pytest_pycollect_makemodule(module_path: pathlib.Path, parent: pytest.Collector) -> pytest.Collector | None:
    # A file that is named on the command line is taken for one of tests as well.
    return NoTests.from_parent(parent, path=module_path) if _is_adapter(module_path, parent) else None


def _is_adapter(path, parent):
    return any(fnmatch.fnmatch(path.name, pattern) for pattern in parent.config.getini("harness_adapters"))


class NoTests(pytest.File):
    """An adapter as a file of ordinary tests, of which it has none."""

    def collect(self) -> Any:
        return []


class AdapterFile(pytest.File):
    """A file with decorated functions and modules."""

    def collect(self) -> Any:
        try:
            registered = adapters.collect(self._load)
            library = arrays.imported_library()
            if library is None or not registered:
                what = "no array library, expected one that is imported: torch, numpy, jax.numpy, …" if registered else "nothing that is decorated, expected @equation(…) or @module(…)"
                raise adapters.AdapterError(f"found {what}")
            device = adapters.device_of(library, self.config.getoption("harness_device"))
        except adapters.AdapterError as failure:
            raise self.CollectError(f"{self.path.name}: {failure}") from None
        offers = adapters.offered(library)
        for id, offer in offers.items():
            fitting = [case.in_dtype(dtype) for case in cases(id) if offer.misfit(case) is None for dtype in offer.dtypes if dtype in case.judged]
            for case in fitting:
                yield GoldenItem.from_parent(self, name=f"{case.id}-{case.dtype}", case=case, offer=offer, library=library, device=device)
            if not fitting:
                yield Unexamined.from_parent(self, name=f"{id}: golden cases")
        if self.config.getoption("harness"):
            run = _Run(self.path, offers, self.config)
            for id in [*offers, None]:
                yield ProgramItem.from_parent(self, name=f"{id or 'protocol and rounding'}: harness verify", equation=id, run=run)

    def _load(self):
        # As python3 FILE has it: what lies beside the file can be imported.
        sys.path.insert(0, str(self.path.parent))
        try:
            spec = importlib.util.spec_from_file_location(str(self.path), self.path)
            module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
        finally:
            sys.path.remove(str(self.path.parent))


class _Told(Exception):
    """A failure that is told without a stack trace."""


class _Item(pytest.Item):
    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        if isinstance(excinfo.value, (_Told, adapters.AdapterError)):
            return str(excinfo.value)
        excinfo.traceback = excinfo.traceback.filter(lambda entry: pathlib.Path(entry.path).parent != pathlib.Path(__file__).parent)
        return super().repr_failure(excinfo, "short")

    def reportinfo(self) -> Any:
        return self.path, None, self.name


class GoldenItem(_Item):
    """One golden case in one dtype, asked of what is decorated."""

    def __init__(self, *, case: Case, offer: adapters.Offer, library: Any, device: Any, **rest: Any) -> None:
        super().__init__(**rest)
        self.case, self._offer, self._library, self._device = case, offer, library, device

    def runtest(self) -> None:
        tensors = self.case.inputs(self._library, self._device)
        try:
            with adapters.measure.without_gradients(self._device):
                outputs = self._offer.question(self.case.dtype, self.case.attributes, tensors, self._library, self._device)(**tensors)
        except Unsupported as reason:
            pytest.skip(f"unsupported: {reason}")
        hidden = [name for name in self.case.outputs if self._offer.constraints.get(name) is False]
        faults = [each for each in judge(self.case, outputs, hidden) if not each.passed]
        if faults:
            raise _Told(describe(self.case, faults))


class Unexamined(_Item):
    """Stands for an equation of which no golden case fits its constraints: what was not looked at is seen to be so."""

    def runtest(self) -> None:
        pytest.skip("no golden case fits the constraints; pytest --harness draws inputs within them")


class ProgramItem(_Item):
    """What the harness program says of one equation; for None, of all that belongs to no equation."""

    def __init__(self, *, equation: str | None, run: _Run, **rest: Any) -> None:
        super().__init__(**rest)
        self._equation, self._run = equation, run

    def runtest(self) -> None:
        told = self._run.results()
        implementation = told["implementations"][0]
        checks = [check for check in implementation["checks"] if self._equation == (check["equation"] if check["equation"] in self._run.equations else None)]
        bad = [check for check in checks if check["verdict"] in ("failed", "errored", "timed_out")]
        if not bad and self._equation is None and told["damage"]:
            raise _Told("\n".join([f"{len(told['damage'])} golden cases that the program cannot read, the first:", told["damage"][0]]))
        if not bad and self._equation and not any(check["verdict"] in ("passed", "partly_checked") for check in checks):
            reason = next((check["reason"] for check in checks if check["reason"]), "no check")
            raise _Told(f"nothing of {self._equation} was examined: {reason}")
        if not bad:
            return
        lines, findings = [], {}
        for each in implementation["diagnoses"]:
            if each["equation"] == self._equation:
                for finding in each["findings"]:
                    findings.setdefault(finding, []).append(each["dtype"])
        for finding, dtypes in findings.items():
            lines += [f"likely cause {self._equation} {', '.join(dtypes)}", f"    {finding}"]
        for check in bad[:_CHECKS_SHOWN]:
            lines.append(f"{check['verdict']} {check['id']} {check['dtype'] if check['kind'] != 'protocol' else ''}".rstrip())
            lines.append(f"    {check['reason']}")
            lines += [f"    the case catches: {check['note']}"] if check.get("note") else []
            lines += [f"      | {line}" for line in (check.get("words") or "").splitlines()[-8:]]
        if len(bad) > _CHECKS_SHOWN:
            lines.append(f"… and {len(bad) - _CHECKS_SHOWN} more")
        lines.append(f"again with: {shlex.join([*self._run.command, '--seed', str(told['settings']['seed'])])}")
        raise _Told("\n".join(lines))


class _Run:
    """One run of the program for an adapter file, when it is first asked for."""

    def __init__(self, path: pathlib.Path, offers: dict[str, adapters.Offer], config: pytest.Config) -> None:
        device = config.getoption("harness_device")
        adapter = [sys.executable, str(path), *(["--device", device] if device != "cpu" else [])]
        dtypes = [dtype for dtype in SAFETENSORS_DTYPES if any(dtype in offer.dtypes for offer in offers.values())]
        self.equations = set(offers)
        self.command = [*_program(config), "verify", "--exec", shlex.join(adapter), "--equation", ",".join(offers), "--dtype", ",".join(dtypes),
                        "--fixtures", str(FOLDER)]
        self._results: dict[str, Any] | None = None
        self._failure = ""

    def results(self) -> dict[str, Any]:
        if self._results is None and not self._failure:
            with tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder) / "results.json"
                # The adapter imports this package as this process does.
                environment = {**os.environ, "PYTHONPATH": os.pathsep.join(
                    [str(pathlib.Path(__file__).resolve().parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])}
                try:
                    done = subprocess.run([*self.command, "--json", str(file)], capture_output=True, text=True, env=environment)
                except OSError as failure:
                    self._failure = f"cannot start {self.command[0]!r}: {failure.strerror}"
                else:
                    if file.exists() and done.returncode in (0, 1, 3):
                        self._results = json.loads(file.read_text(encoding="utf-8"))
                    else:
                        self._failure = f"{shlex.join(self.command)} ended with {done.returncode}\n{(done.stdout + done.stderr).strip()}"
        if self._results is None:
            raise _Told(self._failure)
        return self._results


def _program(config):
    """The command that starts the harness."""
    told = config.getoption("harness_program") or os.environ.get("HARNESS")
    command = shlex.split(told) if told else ["harness"]
    if not command or not (shutil.which(command[0]) or pathlib.Path(command[0]).exists()):
        raise pytest.UsageError(f"--harness: found no program {told or 'harness'!r}, expected one on the search path, in the environment variable HARNESS, "
                                "or as --harness-program")
    return command
