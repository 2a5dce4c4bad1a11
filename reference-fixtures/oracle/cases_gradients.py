"""The cases of the gradient equations: inputs of the forward cases, cotangents drawn for them.

Of each equation some forward cases are taken that differ most in flags, attributes, inputs given and extents, none on a kink. They are
given a cotangent for every output; further ones, of the same inputs, a cotangent for one output only, cotangents that are 0, and
cotangents scaled by 2⁻¹². Where a state is carried, gradients through all segments and truncated ones alternate; long cases have both.
"""

from arithmetic import Exact
from case import Case, Draw
from equations import EQUATIONS, evaluate
from gradients import GRADIENT_EQUATIONS
from nested import each, flat, shape_of

TAKEN = 6
LARGEST = 300  # entries of all inputs
SEGMENTS = 5  # of a long rollout
UPSTREAM = 2.0**-12

# A selection sits on a kink; σ'(x) = y(1 - y), or a difference of probabilities, keeps no digit in float64; how many digits are left
# of a difference hangs on the variance being centred or not. Of one row or function a softmax gives 1 whatever its scores are, and a
# divergence has no slope where it is least: every gradient vanishes. At scores of hundreds exp(S - LSE), which fused kernels compute
# again, has lost the digits that a softmax keeps. What overflows in a norm shows forward. Eight draws of the noise
# of one angle alone may be small by chance.
LEFT_OUT = {
    "block.rope/tiny-scaled-between",
    "block.rms_norm/squares-beyond-float16",
    "block.rms_norm/sum-beyond-float16",
    "block.layer_norm/squares-beyond-float16",
    "block.layer_norm/sum-beyond-float16",
    "block.attention.causal/saturated",
    "lm2-ref.gates/tiny-not-causal",
    "lm2-ref.gates/saturated",
    "lm2-ref.step/closed-gates",
    "inf-ref.attention.density/overflowing",
    "inf-ref.attention.density_moments/large-scores",
    "inf-ref.attention.density_moments/sharp",
    "inf.attention.density_moments/sharp",
    "inf-ref.attention.density_moments/one-function",
    "inf.attention.density_moments/one-function",
    "lm2.attention.weights/single-row",
    "lm2.attention.weights/scores-of-thousands-top-2",
    "inf-ref.regulariser.kl/tiny-gpt2-positive",
    "inf-ref.regulariser.kl/tiny-document-grounded",
}
# Whatever else is taken.
CERTAIN = {
    "base.attention.softmax": ["cache-24", "cache"],
    "base.txl.relative": ["cache-24"],
    "block.attention.causal": ["grouped"],
    "block.geglu": ["equal-extents", "equal-extents-tanh"],
    "base.rmt.segment": ["grouped"],
    "inf.memory.update": ["ill-conditioned"],
    "inf-ref.memory.update": ["dialogue-widths"],
    "lm2.attention.weights": ["top-2-causal"],
    "lm2.gate.output": ["saturated"],
    "lm2.gate.input": ["saturated"],
    "lm2.gate.forget": ["saturated"],
    "lm2.memory.step": ["top-1-causal", "more-tokens-than-rows"],
    "lm2.decoder.stack": ["grouped-per-block"],
    "lm2-ref.block": ["two-heads-top-2"],
    "lm2-ref.step": ["identity-memory"],
    "inf.transformer.block": ["smooth-sticky-batch"],
}
# Beside those: each shows a mistake that none of the others does, and that fresh inputs meet now and then only.
BESIDE = {
    "block.gelu": ["tail"],
    "block.layer_norm": ["mean-of-14-deviations"],
    "inf.regulariser.kl": ["mean-of-zero"],
    "inf.rollout": ["smooth-from-nothing"],
    "lm2.align": ["pool-7-to-3", "pool-11-to-7"],
}
# Those of which a part is positions or regression, or which repeat others: what is taken besides, for 16 bits.
IN_16_BITS = {
    "lm2.memory.rollout": ["small-weights", "small-weights-reflect"],
    "lm2.decoder.block": ["small-weights", "small-weights-bank"],
    "lm2.decoder.stack": ["small-weights"],
    "lm2-ref.rollout": ["small-weights", "small-weights-layers"],
    "inf.regression.coefficients": ["mixed"],
    "inf.attention.density_moments": ["mixed", "mixed-narrow"],
    "inf.memory.update": ["mixed", "mixed-batched-positions"],
    "inf.layer": ["mixed", "mixed-batch", "mixed-smooth"],
    "inf.rollout": ["mixed", "mixed-from-nothing", "mixed-smooth"],
    "inf.transformer.block": ["mixed", "mixed-cache", "mixed-smooth"],
    "inf.transformer.stack": ["mixed", "mixed-caches", "mixed-smooth"],
    "inf-ref.attention.density_moments": ["mixed", "mixed-narrow"],
    "inf-ref.attention.softmax": ["mixed", "mixed-narrow"],
    "inf-ref.attention.sparsemax": ["mixed", "mixed-narrow"],
    "inf-ref.memory.update": ["mixed", "mixed-one-sample"],
    "inf-ref.layer": ["mixed", "mixed-first-segment", "mixed-moments-sticky"],
    "inf-ref.read": ["mixed-batch", "mixed-one-query", "mixed-narrow"],
    "inf-ref.transformer.layer": ["mixed-batch", "mixed-pre-norm", "mixed-one-token"],
    "inf-ref.rollout": ["mixed", "mixed-from-nothing", "mixed-sticky"],
}
# Of these an entry's draws of the noise were all small by chance, and honest arithmetic took most of its tolerance: other cotangents.
REDRAWN = {"block.attention.causal.vjp/scaled", "lm2.memory.step.vjp/more-tokens-than-rows-only-e-next"}
# What came to these equations later is taken besides, so that the cases before it stay as they are.
LATER = {
    "lm2-ref.attention": [
        "tiny-mask", "tiny-dropout", "mask", "mask-batch", "mask-two-heads-top-2", "dropout", "mask-and-dropout", "dropout-top-2",
    ],
    "lm2-ref.block": ["layers", "layers-exact", "layers-two-blocks", "masked"],
    "lm2-ref.step": ["masked", "one-memory", "one-identity"],
    "lm2-ref.rollout": ["one-identity", "masked", "layers-of-layers"],
    "block.layer_norm": ["tiny-without-bias", "without-bias", "without-bias-mean-not-zero", "without-bias-odd-extents"],
    "block.rope": [
        "tiny-interleaved", "interleaved", "interleaved-offset-batch", "interleaved-odd-extents", "tiny-scaled", "scaled",
        "scaled-as-in-llama", "scaled-interleaved-batch", "scaled-narrow-band", "scaled-all-long", "scaled-up",
    ],
    "block.attention.causal": [
        "tiny-biases", "biases", "biases-rope", "biases-grouped-batch", "output-bias", "interleaved", "interleaved-exact", "scaled",
    ],
}


def all_cases(forward):
    """`forward`: the cases of the equations."""
    for equation, derived in GRADIENT_EQUATIONS.items():
        cases = [case for case in forward if case.equation == derived.of and _suits(case)]
        yield from _of_equation(equation, derived, cases)


def _suits(case):
    return "tie" not in case.flags and not case.is_of_published_size and case.id not in LEFT_OUT and not _normalises_pairs(case)


def _normalises_pairs(case):
    """A normalised pair is (1, -1) but for eps: next to nothing comes back through it, and how much hangs on the formula."""
    return case.equation.startswith("inf.transformer.") and shape_of(case.inputs["b_2"])[-1] == 2


def _of_equation(equation, derived, cases):
    besides = [case for case in cases if case.name in IN_16_BITS.get(derived.of, []) + LATER.get(derived.of, [])]
    taken = _taken(derived.of, [case for case in cases if case not in besides])
    shapes = {case.id: {name: shape_of(y) for name, y in evaluate(case, Exact()).items()} for case in taken + besides}
    full = [case for case in taken if case.family != "dtype-exact"] or taken
    modes = {"full": "the state passes its gradient on", "truncated": "the state that enters a segment is a constant"}
    for i, case in enumerate(taken + besides):
        bptt = [None] if not derived.carries else list(modes) if _segments(case) >= SEGMENTS else [list(modes)[i % 2]]
        for mode in bptt:
            name, note = (f"{case.name}-{mode}", f"{modes[mode]}.") if mode else (case.name, "every output has a cotangent.")
            yield _case(equation, case, shapes, name, note, bptt=mode)
    mode = "full" if derived.carries else None
    outputs = EQUATIONS[derived.of].outputs
    if len(outputs) > 1:
        for i, output in enumerate(outputs):
            case = full[i % len(full)]
            slug = output.lower().replace("_", "-")
            yield _case(equation, case, shapes, f"{case.name}-only-{slug}", f"only {output} has a cotangent.", only=output, bptt=mode)
    yield _case(equation, taken[-1], shapes, f"{taken[-1].name}-zero", "cotangents of 0: every gradient is exactly 0.", factor=0.0, bptt=mode)
    case = full[-1]
    yield _case(equation, case, shapes, f"{case.name}-scaled", "cotangents of 2⁻¹²: a gradient that ignores them.", factor=UPSTREAM, bptt=mode)


def _taken(of, cases):
    """The certain ones, a long one, one for 16 bits, then always the one that shows most of what none before it does, the smaller first."""
    chosen = [case for case in cases if case.name in CERTAIN.get(of, [])]
    long = [case for case in cases if _segments(case) >= SEGMENTS]
    if long:
        chosen.append(min(long, key=_size))
    if of not in IN_16_BITS:
        chosen += [case for case in cases if case.name == "typical" and case.family == "dtype-exact"]
    others = sorted((case for case in cases if case not in chosen), key=_size)
    small = [case for i, case in enumerate(others) if _size(case) <= LARGEST or len(chosen) + i < TAKEN]
    seen = {feature for case in chosen for feature in _features(case)}
    while small and len(chosen) < TAKEN:
        exact = sum(case.family == "dtype-exact" for case in chosen)
        allowed = [case for case in small if exact < TAKEN // 2 or case.family != "dtype-exact"] or small
        best = max(allowed, key=lambda case: (len(_features(case) - seen), -_size(case)))
        chosen.append(best)
        small.remove(best)
        seen |= _features(best)
    return [case for case in cases if case.name in BESIDE.get(of, []) and case not in chosen] + chosen


def _features(case):
    extents = {(name, tuple(extent == 1 for extent in shape_of(tensor))) for name, tensor in case.inputs.items()}
    return {*case.flags, case.family, *((key, str(value)) for key, value in case.attributes.items()), *extents}


def _size(case):
    return sum(len(flat(tensor)) for tensor in case.inputs.values())


def _segments(case):
    """Of a rollout, which carries tokens [S,B,T,d]."""
    first = next(iter(case.inputs.values()))
    return len(first) if "rollout" in case.flags and case.equation.endswith(".rollout") else 0


def _case(equation, forward, shapes, name, note, only=None, factor=1.0, bptt=None):
    id = f"{equation}/{name}"
    draw = Draw(f"{id}, again" if id in REDRAWN else id, forward.family)
    inputs = dict(forward.inputs)
    for output, shape in shapes[forward.id].items():
        share = factor if only in (None, output) else 0.0
        inputs[f"grad_{output}"] = each(lambda x: x * share, draw.tensor(*shape, low=-2.0, high=2.0))
    attributes = forward.attributes | ({"bptt": bptt} if bptt else {})
    note = f"Gradients of {forward.name}: {note}"
    return Case(equation, name, note, forward.flags, forward.family, attributes, inputs)
