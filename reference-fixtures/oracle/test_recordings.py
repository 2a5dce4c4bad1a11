"""Tests of `check_recordings.py` on recordings that the oracle makes; `test_oracle.py` runs them."""

import contextlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import check_recordings
import safetensors
import synthetic_recordings as made
from nested import each, flat
from recorded_program import Program

ORACLE = pathlib.Path(__file__).resolve().parent


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="recordings-") as path:
        yield pathlib.Path(path)


MEMORIES = {
    "inf_sort": dict(version="sorting", gradient=True, d_model=4),
    "inf_sort_widths": dict(version="sorting", d_model=3, mu_0=0.5, batch=1, n_heads=1, head_size=4, qlen=3),
    "inf_sort_documents": dict(version="sorting", length=6, klens=[6, 6, 4, 6], segments=4, new_doc_segments=[2], attn_num_basis=6, tau=0.4),
    "inf_sort_unpadded": dict(version="sorting", padding=False, ridge_penalty=0.25, kl_regularizer=False, sigma_0=None, nb_samples=4),
    "inf_gpt2": dict(version="gpt2", gradient=True, mu_0=0.5),
    "inf_gpt2_moments": dict(version="gpt2", affines=False, sigmas=[0.05]),
    "inf_gpt2_reset": dict(version="gpt2", segments=5, mem_threshold=8, batch=1),
    "inf_gpt2_sticky": dict(version="gpt2", sticky_memories=True, num_bins=128),
    "inf_gpt2_convolved": dict(version="gpt2", mask=True, mask_type="cnn", segments=2),
    "inf_gpt2_masked": dict(version="gpt2", mask=True, mask_type="affine", segments=2),
    "inf_gpt2_finite": dict(version="gpt2", infinite_memory=False, segments=2),
    "inf_gpt2_sparsemax": dict(version="gpt2", attn_func="sparsemax", segments=2),
    "inf_gpt2_kept": dict(version="gpt2", state=made.Drawn("state")(2, 4, 4), segments=1),
    "inf_grounded": dict(version="document_grounded", batch=1, new_doc_segments=[1]),
}
MODULES = {
    "lm2": dict(gradient=True),
    "lm2_one_head": dict(num_heads=1, batch=1, steps=3, attention_mlp_layers=1),
    "lm2_topk": dict(use_topk=True, topk=2, num_blocks=2),
    "lm2_shared_bank": dict(batch_of_memory=1),
    "lm2_masked": dict(hidden=((2, 0), (3, 1))),
    "lm2_dropout": dict(dropped=0.5, steps=1),
}
OTHERS = {
    "inf_G_l5": lambda path, name: made.ridge_operator(path, name, 5),
    "inf_G_l6": lambda path, name: made.ridge_operator(path, name, 6, ridge=0.5, sigmas=[0.02], num_basis=5),
    "inf_continuous_softmax": lambda path, name: made.continuous(path, name, "softmax"),
    "inf_continuous_sparsemax": lambda path, name: made.continuous(path, name, "sparsemax", sigmas=[0.005, 0.01], num_basis=6),
    "inf_kl_sorting": lambda path, name: made.densities(path, name, "sorting", 0.5),
    "inf_kl_gpt2": lambda path, name: made.densities(path, name, "gpt2", 0.5),
    "inf_kl_gpt2_mean": lambda path, name: made.densities(path, name, "gpt2", -1),
    "inf_kl_grounded": lambda path, name: made.densities(path, name, "document_grounded", -1),
    "layer_in_pieces": made.sum_of_pieces,
}
MAKERS = OTHERS
MAKERS |= {name: lambda path, name, of=of: made.long_term_memory(path, name, **of) for name, of in MEMORIES.items()}
MAKERS |= {name: lambda path, name, of=of: made.lm2_module(path, name, **of) for name, of in MODULES.items()}


def one_entry_off(tensors):
    """In every result, the largest entry by a thousandth; integers by one, and what was drawn not at all."""
    for name, tensor in tensors.items():
        if name.startswith("f64") and ".sticky.b." not in name:
            largest = max(map(abs, flat(tensor)))
            tensors[name] = _changed(tensor, largest)


def _changed(tensor, largest):
    done = []

    def change(x):
        if abs(x) == largest and not done:
            done.append(x)
            return x + 1 if isinstance(x, int) else x * (1 + 1e-3)
        return x

    return each(change, tensor)


def test_recordings_of_every_kind_pass_and_every_wrong_tensor_of_them_fails():
    with folder() as path:
        for name, make in MAKERS.items():
            recording = make(path, name)
            lines, passed, failed, unchecked = check_recordings.checked(recording)
            assert passed > 1 or "kl" in name, f"{name}: {passed} passed"
            assert (failed, unchecked) == (0, 0), "\n".join(lines)
            made.rewritten(recording, one_entry_off)
            lines, *_ = check_recordings.checked(recording)
            accused = {match[1] for line in lines if (match := re.match(r"FAIL .*?: tensor ([^ :,]+)", line))}
            results = safetensors.decode(recording.read_bytes())
            # What the softmax does not see of the keys' bias is 0, and recorded are roundings.
            wrong = {key for key in results if key.startswith("f64") and ".sticky.b." not in key and "key_proj.bias" not in key}
            assert wrong <= accused, f"{name}: {sorted(wrong - accused)} pass although wrong"


def _one(make=MAKERS["inf_sort_widths"], name="inf_sort_widths"):
    """A recording in a folder that goes away, and a function that says what a change of its tensors gives."""

    def after(change=None, said=None, content=None):
        with folder() as path:
            recording = make(path, name)
            if change:
                made.rewritten(recording, change)
            if said:
                description = json.loads(recording.with_suffix(".json").read_text())
                said(description)
                recording.with_suffix(".json").write_text(json.dumps(description))
            if content is not None:
                recording.write_bytes(content(recording.read_bytes()))
            return check_recordings.checked(recording)

    return after


def _says(result, *parts):
    lines, _, failed, _ = result
    assert failed and any(line.startswith("FAIL") and all(part in line for part in parts) for line in lines), "\n".join(lines)


def test_truncated_recording_is_rejected_in_a_line():
    after = _one()
    for length in (0, 5, 40, 3000):
        _says(after(content=lambda content, length=length: content[:length]), "inf_sort_widths", "found", "expected")


def test_recording_that_is_no_safetensors_file_is_rejected_in_a_line():
    for content in (b"\x08" + bytes(7) + b"not json", b"\x02" + bytes(7) + b"[]", b'\x11' + bytes(7) + b'{"a": {"b": "c"}}'):
        _says(_one()(content=lambda _, content=content: content), "inf_sort_widths", "header")


def test_missing_or_broken_description_is_rejected_by_name():
    with folder() as path:
        recording = MAKERS["inf_sort_widths"](path, "inf_sort_widths")
        for text in ("{", "[]", '{"hyperparameters": 3}', None):
            recording.with_suffix(".json").unlink(missing_ok=True)
            if text is not None:
                recording.with_suffix(".json").write_text(text)
            _says(check_recordings.checked(recording), "inf_sort_widths.json")


def test_missing_input_is_named_and_what_is_before_it_checked():
    lines, passed, *_ = result = _one()(lambda tensors: tensors.pop("in.q.s1"))
    _says(result, "in.q.s1", "found nothing")
    assert passed > 10


def test_missing_parameter_is_named():
    _says(_one()(lambda tensors: tensors.pop("param.proj_key.weight")), "param.proj_key.weight", "found nothing", "expected")


def test_missing_intermediates_leave_the_rest_compared():
    def without(tensors):
        for name in list(tensors):
            if name.startswith("f64") and name.split(".")[1] in ("B", "r", "keys", "G_inf", "positions_inf"):
                del tensors[name]

    def unnamed(description):
        description["tensors"] = {}

    lines, passed, failed, unchecked = _one()(without, unnamed)
    assert passed > 10 and not failed and not unchecked, "\n".join(lines)


def test_wrong_shapes_are_named_with_found_and_expected():
    def turned(name):
        return lambda tensors: tensors.update({name: made.transposed(tensors[name])})

    for name in ("f64.context.s1", "in.k.s1", "param.attn_out.weight", "f64.B.s0"):
        _says(_one()(turned(name)), name, "found shape", "expected")


def test_mu_and_sigma_exchanged_fail():
    def exchanged(tensors):
        tensors["f64.mu.s1"], tensors["f64.sigma_sq.s1"] = tensors["f64.sigma_sq.s1"], tensors["f64.mu.s1"]

    result = _one()(exchanged)
    _says(result, "f64.mu.s1", "times what is allowed")
    _says(result, "f64.sigma_sq.s1", "times what is allowed")


def test_what_is_not_finite_is_left_out_only_where_the_recording_says_so():
    def not_a_number(tensors):
        tensors["f64.kl.s1"] = each(lambda x: float("nan"), tensors["f64.kl.s1"])

    _says(_one()(not_a_number), "f64.kl.s1", "not finite")
    _, _, failed, unchecked = _one()(not_a_number, lambda description: description.update(nonfinite_tensors=["f64.kl.s1"]))
    assert (failed, unchecked) == (0, 1)


def test_hyperparameters_are_read():
    """Each changes what is expected: a recording that states another value fails."""
    for name, value in (("tau", 0.6), ("ridge_penalty", 2), ("sigmas", [0.02, 0.05]), ("sigma_0", 0.1), ("n_heads", 2), ("padding", False)):
        result = _one()(said=lambda description, name=name, value=value: description["hyperparameters"].update({name: value}))
        assert result[2], name


def test_wrong_kind_of_hyperparameter_is_named():
    for value in ("half", None, [1]):
        _says(_one()(said=lambda d, value=value: d["hyperparameters"].update(ridge_penalty=value)), "ridge_penalty", "found", "expected")


def test_tensor_of_an_unknown_name_is_taken_for_the_known_one_like_it():
    def renamed(tensors):
        tensors["f64.weights_of_the_basis.s1"] = tensors.pop("f64.r.s1")

    lines, passed, failed, unchecked = _one()(renamed, lambda description: description.update(tensors={}))
    assert not failed and not unchecked, "\n".join(lines)

    def wrong(tensors):
        renamed(tensors)
        one_entry_off(tensors)

    _says(_one()(wrong, lambda description: description.update(tensors={})), "f64.weights_of_the_basis.s1")


def test_result_that_nothing_explains_is_not_called_passed():
    def strange(tensors):
        tensors["f64.strange.s0"] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]

    lines, passed, failed, unchecked = _one()(strange)
    assert unchecked == 1 and not failed and "f64.strange.s0" in "\n".join(lines)


def test_kind_that_is_not_known_is_not_called_passed():
    with folder() as path:
        recording = made.write(path, "else", "elsewhere.py", {}, {"in.something": [1.0], "f64.something": [2.0]})
        lines, passed, failed, unchecked = check_recordings.checked(recording)
        assert (passed, failed, unchecked) == (0, 0, 1) and "no kind of recording that is known" in lines[0]
        assert _exit_code(path) == 5


def test_exit_code_tells_failed_from_not_checked():
    with folder() as path:
        MAKERS["inf_kl_gpt2"](path, "inf_kl_gpt2")
        assert _exit_code(path) == 0
        made.write(path, "else", "elsewhere.py", {}, {"f64.something": [2.0]})
        assert _exit_code(path) == 5
        (path / "broken.safetensors").write_bytes(b"")
        assert _exit_code(path) == 1
    assert _exit_code(path) == 2


def _exit_code(path):
    return subprocess.run([sys.executable, ORACLE / "check_recordings.py", path], capture_output=True).returncode


# A program that answers what it is asked with the oracle's formulas, wrong by a factor where told so.
PROGRAM = f"""
import json, sys
sys.path.insert(0, {str(ORACLE)!r})
import safetensors
from arithmetic import Exact
from case import Case
from equations import EQUATIONS
from gradients import evaluate
from nested import each
factor = float(sys.argv[1])
for line in sys.stdin:
    c = json.loads(line)
    if c["cmd"] == "start":
        answer = {{"status": "ok", "protocol": 1, "name": "oracle", "dtypes": ["f64"], "equations": sorted(EQUATIONS)}}
    else:
        case = Case(c["equation"], "", "", (), "", c["attributes"], safetensors.decode(open(c["input"], "rb").read()))
        outputs = {{name: each(lambda x: float(x) * factor, x) for name, x in evaluate(case, Exact()).items()}}
        open(c["output"], "wb").write(safetensors.encode(outputs))
        answer = {{"status": "ok"}}
    print(json.dumps({{"id": c["id"]}} | answer), flush=True)
"""


def test_program_is_asked_for_the_same_recordings():
    with folder() as path:
        recording = made.lm2_module(path, "lm2_asked", steps=1)
        script = path / "program.py"
        script.write_text(PROGRAM)
        for factor, right in ((1.0, True), (1 + 1e-12, False)):
            with Program(f"{sys.executable} {script} {factor}") as program:
                lines, passed, failed, _ = check_recordings.checked(recording, program)
            assert passed >= 6 and not failed if right else failed >= 6, "\n".join(lines)


def test_program_that_cannot_be_started_is_an_error_of_the_command_line():
    for command in ("no-such-program", f"{sys.executable} -c pass"):
        with folder() as path, contextlib.redirect_stderr(io.StringIO()) as words:
            MAKERS["inf_kl_gpt2"](path, "inf_kl_gpt2")
            try:
                check_recordings.main([str(path), "--exec", command])
            except SystemExit as end:
                assert end.code == 2 and "--exec" in words.getvalue()
            else:
                raise AssertionError(command)
