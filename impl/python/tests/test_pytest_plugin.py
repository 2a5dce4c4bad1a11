"""The plugin, in pytest runs of its own."""

import pathlib
import sys

import pytest

RIGHT = """
    import numpy as np
    from harness_conformance import equation, serve

    @equation("lm2.gate.input")
    def gate(E, W_in):
        return sigmoid(E @ W_in)

    def sigmoid(x):
        e = np.exp(-np.abs(x))
        return np.where(x > 0, 1, e) / (1 + e)

    serve()
"""

# As much of the program as the plugin sees of it: it writes what it was told to say.
PROGRAM = """
    import json, os, sys
    results = sys.argv[sys.argv.index("--json") + 1]
    text = os.environ["SAYS"]
    if text:
        open(results, "w").write(text)
    print(" ".join(sys.argv[1:]))
    sys.exit(int(os.environ["ENDS"]))
"""

CHECK = ('{"id": "lm2.gate.input/fresh-1", "kind": "fresh", "equation": "lm2.gate.input", "dtype": "f32", "verdict": "%s", "reason": "g_in[0]: found 1, expected 2", '
         '"note": "A note.", "words": "printed"}')
DIAGNOSIS = '{"equation": "lm2.gate.input", "dtype": "f32", "findings": ["matches something"]}'
RESULTS = '{"settings": {"seed": 7}, "damage": [], "implementations": [{"checks": [%s], "diagnoses": [%s]}]}'


def run(pytester, *arguments):
    return pytester.runpytest_subprocess("-p", "harness_conformance.pytest_plugin", "-p", "no:cacheprovider", *arguments)


@pytest.fixture(autouse=True)
def importable(pytester, monkeypatch):
    import harness_conformance

    monkeypatch.setenv("PYTHONPATH", str(pathlib.Path(harness_conformance.__file__).resolve().parents[1]))
    monkeypatch.delenv("HARNESS", raising=False)


def test_a_test_is_asked_every_case_in_every_dtype(pytester):
    pytester.makepyfile("""
        import pytest
        import numpy as np

        @pytest.mark.harness("lm2.gate.input/tiny*", "lm2.gate.output/t*", dtypes=["f32", "f16"])
        def test_gates(harness_case):
            E, W = harness_case.inputs(np).values()
            harness_case.assert_conforms(1 / (1 + np.exp(-(E @ W).astype("f8"))) + (harness_case.equation == "lm2.gate.output"))
    """)
    result = run(pytester, "-v")
    result.stdout.fnmatch_lines(["*test_gates?lm2.gate.input/tiny-*-f32? PASSED*", "*test_gates?lm2.gate.output/*-f16? FAILED*", "*lm2.gate.output/* f16 fails*",
                                 "*times the tolerance*", "*the case catches: *"])
    result.stdout.no_fnmatch_line("*judgement.py*")


@pytest.mark.parametrize("marker, expected", [
    ("", '*harness_case: found no @pytest.mark.harness("lm2.align"), expected one*'),
    ("@pytest.mark.harness('lm2.algin')", "*found the equation 'lm2.algin', which the catalogue does not have; nearest: lm2.align*"),
    ("@pytest.mark.harness('lm2.align', dtypes=['float'])", "*dtypes: found 'float', expected some of f64, f32, bf16, f16*"),
    ("@pytest.mark.harness('lm2.align', dtype='f32')", "*dtypes=* at most besides*"),
])
def test_a_marker_that_cannot_be_is_one_line(pytester, marker, expected):
    pytester.makepyfile(f"import pytest\n{marker}\ndef test_it(harness_case):\n    pass\n")
    result = run(pytester)
    assert result.parseoutcomes() == {"errors": 1}
    result.stdout.fnmatch_lines([expected])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_adapter_is_a_file_of_tests_and_its_serve_does_not_serve(pytester):
    pytester.makepyfile(harness_adapter=RIGHT)
    outcome = run(pytester).parseoutcomes()
    assert set(outcome) == {"passed"} and outcome["passed"] > 15


def test_an_adapter_may_be_named_on_the_command_line_and_imported_by_tests(pytester):
    pytester.makepyfile(harness_adapter=RIGHT, test_mine="from harness_adapter import gate\n\ndef test_gate():\n    assert gate")
    outcome = run(pytester, "harness_adapter.py", "test_mine.py").parseoutcomes()
    assert set(outcome) == {"passed"} and outcome["passed"] == run(pytester).parseoutcomes()["passed"]


def test_a_wrong_adapter_fails_with_entries_tolerance_and_note(pytester):
    pytester.makepyfile(harness_adapter=RIGHT.replace("sigmoid(E @ W_in)", "sigmoid(E @ W_in.T)"))
    result = run(pytester)
    assert result.parseoutcomes()["failed"] > 5
    result.stdout.fnmatch_lines(["lm2.gate.input/* f64 fails", "    g_in?0,*: found *, expected *: * times the tolerance", "*entry*tolerance*", "    the case catches: *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_where_the_adapter_raises_its_own_lines_are_shown(pytester):
    pytester.makepyfile(harness_adapter=RIGHT.replace("sigmoid(E @ W_in)", "E @ W_in @ W_in[1:]"))
    result = run(pytester)
    result.stdout.fnmatch_lines(["harness_adapter.py:*: in gate", "*E @ W_in @ W_in?1:?*"])
    result.stdout.no_fnmatch_line("*adapters.py*")


@pytest.mark.parametrize("change, expected", [
    (("lm2.gate.input", "lm2.gate.imput"), "*harness_adapter.py:4: found the equation 'lm2.gate.imput', which the catalogue does not have; nearest: lm2.gate.input*"),
    (("W_in)", "W)"), "*harness_adapter.py:4: lm2.gate.input: gate takes 'W', expected one of E, W_in*"),
    (("@equation", "#"), "*found nothing that is decorated*"),
])
def test_an_adapter_that_cannot_be_is_one_line(pytester, change, expected):
    pytester.makepyfile(harness_adapter=RIGHT.replace(*change))
    result = run(pytester)
    assert result.parseoutcomes() == {"errors": 1}
    result.stdout.fnmatch_lines([expected])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_equation_of_which_no_golden_case_fits_is_seen_to_be_unexamined(pytester):
    pytester.makepyfile(harness_adapter=RIGHT.replace('"lm2.gate.input"', '"lm2.gate.input", constraints={"d": 997}'))
    result = run(pytester, "-rs")
    assert result.parseoutcomes() == {"skipped": 1}
    result.stdout.fnmatch_lines(["*no golden case fits the constraints; pytest --harness draws inputs within them*"])


def test_other_files_are_adapters_where_the_configuration_says_so(pytester):
    pytester.makeini("[pytest]\nharness_adapters = conformance_*.py")
    pytester.makepyfile(conformance_gates=RIGHT, harness_adapter="raise AssertionError('not this one')")
    assert set(run(pytester).parseoutcomes()) == {"passed"}


def with_program(pytester, monkeypatch, says, ends):
    pytester.makepyfile(harness_adapter=RIGHT, program=PROGRAM)
    monkeypatch.setenv("SAYS", says)
    monkeypatch.setenv("ENDS", str(ends))
    return run(pytester, "--harness", "--harness-program", f"{sys.executable} program.py", "-k", "verify")


def test_the_program_says_what_fails_and_why(pytester, monkeypatch):
    result = with_program(pytester, monkeypatch, RESULTS % (CHECK % "failed", DIAGNOSIS), 1)
    outcome = result.parseoutcomes()
    assert (outcome["failed"], outcome["passed"]) == (1, 1)
    result.stdout.fnmatch_lines(["*lm2.gate.input: harness verify*", "likely cause lm2.gate.input f32", "    matches something", "failed lm2.gate.input/fresh-1 f32",
                                 "    g_in?0?: found 1, expected 2", "    the case catches: A note.", "      | printed", "again with: *--seed 7"])


@pytest.mark.parametrize("says, ends, expected", [
    (RESULTS % (CHECK % "unsupported", ""), 0, "nothing of lm2.gate.input was examined: *"),
    ((RESULTS % (CHECK % "passed", "")).replace('"damage": []', '"damage": ["case x: torn"]'), 3, "1 golden cases that the program cannot read, the first:"),
    ("", 2, "* ended with 2"),
])
def test_what_the_program_did_not_examine_is_never_green(pytester, monkeypatch, says, ends, expected):
    result = with_program(pytester, monkeypatch, says, ends)
    assert result.parseoutcomes()["failed"] >= 1
    result.stdout.fnmatch_lines([expected])


def test_a_program_that_is_not_there_is_one_line(pytester):
    pytester.makepyfile(harness_adapter=RIGHT)
    result = run(pytester, "--harness", "--harness-program", "no-such-harness")
    result.stderr.fnmatch_lines(["ERROR: --harness: found no program 'no-such-harness', expected one on the search path, in the environment variable HARNESS, or as --harness-program"])
