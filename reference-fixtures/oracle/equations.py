"""The formula of every equation, by its id in ../catalogue.json, which says how outputs are called and judged."""

import json
import pathlib
from dataclasses import dataclass, field

import baselines
import blocks
import infinity_former as inf
import infinity_former_reference_code as inf_code
import infinity_former_reference_code_attention as inf_code_attention
import lm2
import lm2_reference_code as lm2_code
import transformers
from nested import each


@dataclass(frozen=True)
class Equation:
    """`outputs` in the order the formula returns them; `columns` names those judged norm-wise, with the axis of the column; `wide` the
    tensors that are float32 where the others have 16 bits."""

    formula: object
    outputs: tuple
    columns: dict = field(default_factory=dict)
    wide: frozenset = frozenset()


def evaluate(case, arithmetic):
    """The outputs of a case in an arithmetic, by name."""
    equation = EQUATIONS[case.equation]
    inputs = {name: each(arithmetic.number, tensor) for name, tensor in case.inputs.items()}
    results = equation.formula(arithmetic, **inputs, **case.attributes)
    return dict(zip(equation.outputs, results if len(equation.outputs) > 1 else [results], strict=True))


FORMULAS = {
    "lm2.bank.identity_matrix": lm2.bank_identity_matrix,
    "lm2.bank.identity_vector": lm2.bank_identity_vector,
    "lm2.bank.rows": lm2.bank_rows,
    "lm2.attention.project": lm2.attention_project,
    "lm2.attention.project_flat": lm2.attention_project_flat,
    "lm2.attention.weights": lm2.attention_weights,
    "lm2.attention.retrieve": lm2.attention_retrieve,
    "lm2.gate.output": lm2.gate_output,
    "lm2.gate.input": lm2.gate_input,
    "lm2.gate.forget": lm2.gate_forget,
    "lm2.align": lm2.align,
    "lm2.readout.gated": lm2.readout_gated,
    "lm2.readout.skip": lm2.readout_skip,
    "lm2.bank.update": lm2.bank_update,
    "lm2.memory.step": lm2.memory_step,
    "lm2.memory.rollout": lm2.memory_rollout,
    "lm2.memory.reflect": lm2.memory_reflect,
    "inf.smooth.gate": inf.smooth_gate,
    "inf.basis.grid": inf.basis_grid,
    "inf.basis.evaluate": inf.basis_evaluate,
    "inf.positions.segment": inf.positions_segment,
    "inf.regression.operator": inf.regression_operator,
    "inf.regression.coefficients": inf.regression_coefficients,
    "inf.signal.evaluate": inf.signal_evaluate,
    "inf.attention.project": inf.attention_project,
    "inf.attention.scores": inf.attention_scores,
    "inf.attention.density": inf.attention_density,
    "inf.attention.density_moments": inf.attention_density_moments,
    "inf.attention.basis_expectation": inf.attention_basis_expectation,
    "inf.attention.expectation_jacobian": inf.attention_expectation_jacobian,
    "inf.attention.context": inf.attention_context,
    "inf.attention.combine": inf.attention_combine,
    "inf.memory.positions": inf.memory_positions,
    "inf.memory.update": inf.memory_update,
    "inf.sticky.histogram": inf.sticky_histogram,
    "inf.sticky.positions": inf.sticky_positions,
    "inf.regulariser.kl": inf.regulariser_kl,
    "inf.layer": inf.layer,
    "inf.rollout": inf.rollout,
    "block.rms_norm": blocks.rms_norm,
    "block.layer_norm": blocks.layer_norm,
    "block.rope": blocks.rotary_embedding,
    "block.swiglu": blocks.swiglu,
    "block.geglu": blocks.geglu,
    "block.attention.causal": blocks.attention_causal,
    "block.gelu": blocks.gelu,
    "base.txl.encoding": baselines.txl_encoding,
    "base.txl.relative": baselines.txl_relative,
    "base.attention.softmax": baselines.attention_softmax,
    "base.compressive.compress": baselines.compressive_compress,
    "base.compressive.attention": baselines.compressive_attention,
    "base.rmt.segment": baselines.rmt_segment,
    "base.rmt.attention": baselines.rmt_attention,
    "base.txl.learnt": baselines.txl_learnt,
    "base.txl.layer": baselines.txl_layer,
    "base.compressive.step": baselines.compressive_step,
    "base.compressive.reconstruction": baselines.compressive_reconstruction,
    "base.blockrec.fixed": baselines.blockrec_fixed,
    "base.blockrec.lstm": baselines.blockrec_lstm,
    "base.infini.retrieve": baselines.infini_retrieve,
    "base.infini.update": baselines.infini_update,
    "base.infini.inject": baselines.infini_inject,
    "base.infini.segment": baselines.infini_segment,
    "base.infini.rollout": baselines.infini_rollout,
    "lm2.decoder.block": transformers.decoder_block,
    "lm2.decoder.stack": transformers.decoder_stack,
    "inf.transformer.block": transformers.transformer_block,
    "inf.transformer.stack": transformers.transformer_stack,
    "lm2-ref.attention": lm2_code.attention,
    "lm2-ref.block": lm2_code.block,
    "lm2-ref.gates": lm2_code.gates,
    "lm2-ref.step": lm2_code.step,
    "lm2-ref.rollout": lm2_code.rollout,
    "lm2-ref.decoder.layer": transformers.code_decoder_layer,
    "inf-ref.positions.first": inf_code.positions_first,
    "inf-ref.positions.recurrent": inf_code.positions_recurrent,
    "inf-ref.regression.operator": inf_code.regression_operator,
    "inf-ref.memory.update": inf_code.memory_update,
    "inf-ref.attention.density": inf_code_attention.density,
    "inf-ref.attention.density_moments": inf_code_attention.density_moments,
    "inf-ref.attention.softmax": inf_code_attention.softmax_expectation,
    "inf-ref.attention.sparsemax": inf_code_attention.sparsemax_expectation,
    "inf-ref.sticky.histogram": inf_code.sticky_histogram,
    "inf-ref.sticky.positions": inf_code.sticky_positions,
    "inf-ref.regulariser.kl": inf_code_attention.regulariser_kl,
    "inf-ref.smooth.linear": inf_code.smooth_linear,
    "inf-ref.read": inf_code.read,
    "inf-ref.basis.integrals": inf_code_attention.integrals,
    "inf-ref.transformer.layer": transformers.code_layer,
    "inf-ref.layer": inf_code.layer,
    "inf-ref.rollout": inf_code.rollout,
}


def _equation(description):
    outputs = description["outputs"]
    return Equation(
        FORMULAS[description["id"]],
        tuple(output["name"] for output in outputs),
        columns_of(description),
        frozenset(tensor["name"] for tensor in description["inputs"] + outputs if "precision" in tensor),
    )


def columns_of(description):
    """Output → axis of the columns by which it is judged, where it is."""
    return {
        output["name"]: output["shapes"][0].strip("[]").split(",").index(output["judged_by_columns_along"])
        for output in description["outputs"]
        if "judged_by_columns_along" in output
    }


CATALOGUE = json.loads((pathlib.Path(__file__).resolve().parent.parent / "catalogue.json").read_text())
# What the catalogue says of gradients is not read here: `gradients.py` derives them, and a test compares.
DESCRIPTIONS = [description for description in CATALOGUE["equations"] if "gradient_of" not in description]
EQUATIONS = {description["id"]: _equation(description) for description in DESCRIPTIONS}
