"""What passes and what fails, by the committed cases. No array library is needed."""

import json
import math
import re

import harness_conformance as harness
import plants
import pytest
from harness_conformance import fixtures
from harness_conformance.catalogue import EQUATIONS
from harness_conformance.judgement import judge

JUDGED = ["lm2.align", "lm2.attention.weights", "lm2.attention.weights.vjp", "lm2.memory.step.vjp", "inf.regression.coefficients",
          "inf.attention.density", "inf.layer", "base.txl.encoding"]
ASKED = [case.in_dtype(dtype) for id in JUDGED for case in harness.cases(id) for dtype in case.judged]


@pytest.mark.parametrize("case", ASKED, ids=str)
def test_golden_values_rounded_once_conform(case):
    case.assert_conforms(plants.right(case))


@pytest.mark.parametrize("case", ASKED, ids=str)
def test_a_planted_fault_of_every_kind_fails_by_its_name(case):
    for what, outputs in plants.faulty(case).items():
        with pytest.raises(AssertionError) as failure:
            case.assert_conforms(outputs)
        text = str(failure.value)
        assert text.startswith(f"{case} fails\n") and text.endswith(f"the case catches: {case.note}"), what
        assert [each.passed for each in judge(case, outputs)].count(False) == 1, what
        expected = {"nan": "found NaN at [", "infinite": "found -Infinity at [", "shape": "found shape [", "dtype": "found dtype ", "missing": "found nothing, expected [",
                    "misnamed": "is that meant?"}.get(what, "expected")
        assert expected in text, what


@pytest.mark.parametrize("case", ASKED, ids=str)
def test_the_last_double_within_the_tolerance_passes_and_the_next_one_fails(case):
    for name in plants.judged(case):
        if case.outputs[name]["judge"] == "entries":
            golden, bounds, outputs = case.values(f"golden.{name}"), plants.bounds(case, name), plants.right(case)
            for entry in {0, len(golden) - 1, plants.chosen(case, name, len(golden))}:
                inside, outside = plants.edges(golden[entry], bounds[entry])
                case.assert_conforms(plants.with_entry(case, outputs, name, entry, inside))
                with pytest.raises(AssertionError, match=re.escape(f"{name}{fixtures.index_text(case.outputs[name]['shape'], entry)}: found")):
                    case.assert_conforms(plants.with_entry(case, outputs, name, entry, outside))


def test_what_is_zero_whatever_the_rounding_must_be_exactly_zero():
    case = harness.case("lm2.attention.weights/top-1")
    entry = plants.bounds(case, "A").index(0)
    with pytest.raises(AssertionError, match="expected exactly 0"):
        case.assert_conforms(plants.with_entry(case, plants.right(case), "A", entry, 5e-324))


def test_a_column_is_judged_as_a_whole():
    case = next(case for case in harness.cases("inf.regression.coefficients") if case.outputs["C"]["judge"] == "columns")
    shape, axis = case.outputs["C"]["shape"], case.outputs["C"]["axis"]
    golden, rho = case.values("golden.C"), case.values("rho.f64.C")
    stride = math.prod(shape[axis + 1:])
    norm = math.sqrt(sum(golden[i * stride] ** 2 for i in range(shape[axis])))
    bound = 8 * max(rho[0], 2.0**-53 * norm)
    outputs = {"C": plants.Tensor("F64", shape, golden)}
    case.assert_conforms(plants.with_entry(case, outputs, "C", 0, golden[0] + 0.9 * bound))
    with pytest.raises(AssertionError, match=re.escape(f"C[{','.join(':' if i == axis else '0' for i in range(len(shape)))}]: found")):
        case.assert_conforms(plants.with_entry(case, outputs, "C", 0, golden[0] + 1.1 * bound))


def test_an_output_that_a_dtype_does_not_judge_is_not_looked_at():
    case, name = next((case.in_dtype(dtype), name) for case in harness.cases("*.vjp") for name, output in case.outputs.items()
                      for dtype in output.get("not_judged", {}) if dtype in case.judged)
    outputs = plants.right(case)
    outputs[name] = plants.Tensor("F64", outputs[name].shape, [1e6] * len(outputs[name].values))
    case.assert_conforms(outputs)


def test_nested_lists_tuples_and_a_single_output_will_do():
    case = harness.case("lm2.align/tiny-two-to-three")
    (b, r, d), values = case.outputs["Y"]["shape"], iter(case.values("golden.Y"))
    rows = [[[next(values) for _ in range(d)] for _ in range(r)] for _ in range(b)]
    for outputs in rows, (rows,), {"Y": rows, "what else there is": "a text"}:
        harness.assert_conforms("lm2.align", "tiny-two-to-three", outputs if outputs is not rows else plants.Tensor("F64", (b, r, d), case.values("golden.Y")))


def test_the_dtype_is_that_of_the_narrowest_output_unless_it_is_said():
    case = harness.case("lm2.align/pool-7-to-3").in_dtype("f32")
    harness.assert_conforms("lm2.align", case.name, plants.right(case))
    with pytest.raises(AssertionError, match="found dtype F32, expected F64"):
        harness.assert_conforms("lm2.align", case.name, plants.right(case), dtype="f64")


def test_an_output_that_is_not_shown_may_be_omitted():
    case = harness.case("inf.layer/typical") if any(c.name == "typical" for c in harness.cases("inf.layer")) else harness.cases("inf.layer")[0]
    outputs = {name: output for name, output in plants.right(case).items() if name != "mu"}
    case.assert_conforms(outputs, omitted=["mu"])
    with pytest.raises(AssertionError, match='output "mu": found nothing'):
        case.assert_conforms(outputs)


@pytest.mark.parametrize("expected, asked", [
    ("found the equation 'lm2.algin', which the catalogue does not have; nearest: lm2.align", lambda: harness.cases("lm2.algin")),
    ("found no golden case 'lm2.align/pool-7-to-4'; nearest: lm2.align/pool-7-to-3", lambda: harness.assert_conforms("lm2.align", "pool-7-to-4", {})),
    ("expected EQUATION/NAME", lambda: harness.case("lm2.align")),
    ("found lm2.align/pool-7-to-3, expected a case of lm2.gate.input", lambda: harness.assert_conforms("lm2.gate.input", harness.case("lm2.align/pool-7-to-3"), {})),
    ("dtype: found 'float32', expected one of f64, f32, bf16, f16", lambda: harness.case("lm2.align/pool-7-to-3").in_dtype("float32")),
    ("lm2.align: found 2 outputs, expected 1: Y", lambda: harness.assert_conforms("lm2.align", "pool-7-to-3", (1.0, 2.0))),
    ("omitted: found 'Z', expected one of Y", lambda: harness.assert_conforms("lm2.align", "pool-7-to-3", {}, omitted=["Z"])),
])
def test_a_question_that_makes_no_sense_is_one_clear_error(expected, asked):
    with pytest.raises(ValueError, match=re.escape(expected)):
        asked()


def test_a_dtype_in_which_the_case_is_not_judged_is_refused_with_the_reason():
    case = next(case for case in harness.cases() if case.not_judged)
    dtype, reason = next(iter(case.not_judged.items()))
    with pytest.raises(ValueError, match=re.escape(f"{case.id} is not judged in {dtype}: {reason}")):
        case.in_dtype(dtype)


@pytest.mark.parametrize("output, expected", [
    ([[1.0, 2.0], [3.0]], "found lists of unequal lengths, expected a tensor"),
    ("text", "found str, expected an array, or nested lists of numbers"),
    (None, "found NoneType, expected an array, or nested lists of numbers"),
    (plants.Tensor("int64", (2, 3, 5), [0] * 30), "found dtype int64, expected F64"),
])
def test_what_is_no_tensor_fails_by_its_kind(output, expected):
    with pytest.raises(AssertionError, match=re.escape(f'output "Y": {expected}')):
        harness.assert_conforms("lm2.align", "pool-7-to-3", {"Y": output})


def test_a_damaged_file_is_named(tmp_path, monkeypatch):
    folder = tmp_path / "lm2.align"
    folder.mkdir()
    case = harness.case("lm2.align/pool-7-to-3")
    (folder / "pool-7-to-3.json").write_bytes(case.file.with_suffix(".json").read_bytes())
    (folder / "pool-7-to-3.safetensors").write_bytes(case.file.read_bytes()[:-1] + b"x")
    (folder / "torn.json").write_text('{"equation": ')
    monkeypatch.setattr(fixtures, "FOLDER", tmp_path)
    fixtures._cases_of.cache_clear()
    try:
        with pytest.raises(harness.FixtureError, match=r"torn\.json: JSONDecodeError"):
            harness.cases("lm2.align")
        (folder / "torn.json").unlink()
        with pytest.raises(harness.FixtureError, match=r"pool-7-to-3\.safetensors: checksum: found"):
            harness.case("lm2.align/pool-7-to-3").values("golden.Y")
    finally:
        fixtures._cases_of.cache_clear()


def test_every_committed_case_is_there_and_its_outputs_are_in_the_order_of_the_catalogue():
    listed = json.loads((fixtures.FOLDER / "manifest.json").read_text(encoding="utf-8"))["cases"]
    found = harness.cases()
    assert {case.id for case in found} == set(listed)
    for case in found:
        assert list(case.outputs) == [name for name in EQUATIONS[case.equation].outputs if name in case.outputs], case.id
