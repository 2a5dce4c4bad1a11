"""The catalogue's equation ids, the formula of each, and how its outputs are judged."""

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
    """`outputs` in the order the formula returns them; `columns` names those judged norm-wise, with the axis of the column."""

    formula: object
    outputs: tuple
    columns: dict = field(default_factory=dict)
    judged_in_16_bits: bool = True


def evaluate(case, arithmetic):
    """The outputs of a case in an arithmetic, by name."""
    equation = EQUATIONS[case.equation]
    inputs = {name: each(arithmetic.number, tensor) for name, tensor in case.inputs.items()}
    results = equation.formula(arithmetic, **inputs, **case.attributes)
    return dict(zip(equation.outputs, results if len(equation.outputs) > 1 else [results], strict=True))


EQUATIONS = {
    "lm2.bank.identity_matrix": Equation(lm2.bank_identity_matrix, ("M",)),
    "lm2.bank.identity_vector": Equation(lm2.bank_identity_vector, ("M",)),
    "lm2.bank.rows": Equation(lm2.bank_rows, ("rows",)),
    "lm2.attention.project": Equation(lm2.attention_project, ("Q", "K", "V")),
    "lm2.attention.weights": Equation(lm2.attention_weights, ("A",)),
    "lm2.attention.retrieve": Equation(lm2.attention_retrieve, ("E_mem",)),
    "lm2.gate.output": Equation(lm2.gate_output, ("g_out",)),
    "lm2.gate.input": Equation(lm2.gate_input, ("g_in",)),
    "lm2.gate.forget": Equation(lm2.gate_forget, ("g_forget",)),
    "lm2.align": Equation(lm2.align, ("Y",)),
    "lm2.readout.gated": Equation(lm2.readout_gated, ("E_gated",)),
    "lm2.readout.skip": Equation(lm2.readout_skip, ("E_next",)),
    "lm2.bank.update": Equation(lm2.bank_update, ("M_next",)),
    "lm2.memory.step": Equation(lm2.memory_step, ("E_next", "M_next")),
    "lm2.memory.rollout": Equation(lm2.memory_rollout, ("E_next", "M_S"), judged_in_16_bits=False),
    "lm2.memory.reflect": Equation(lm2.memory_reflect, ("M_reflected",)),
    "inf.smooth.gate": Equation(inf.smooth_gate, ("X_s",)),
    "inf.basis.grid": Equation(inf.basis_grid, ("mu_j", "sigma_j")),
    "inf.basis.evaluate": Equation(inf.basis_evaluate, ("psi",)),
    "inf.positions.segment": Equation(inf.positions_segment, ("t",), judged_in_16_bits=False),
    "inf.regression.operator": Equation(inf.regression_operator, ("G",), {"G": 1}, judged_in_16_bits=False),
    "inf.regression.coefficients": Equation(inf.regression_coefficients, ("C",), {"C": 1}, judged_in_16_bits=False),
    "inf.signal.evaluate": Equation(inf.signal_evaluate, ("X_bar",)),
    "inf.attention.project": Equation(inf.attention_project, ("Q", "K", "V")),
    "inf.attention.scores": Equation(inf.attention_scores, ("S",)),
    "inf.attention.density": Equation(inf.attention_density, ("mu", "var")),
    "inf.attention.density_moments": Equation(inf.attention_density_moments, ("mu", "var"), judged_in_16_bits=False),
    "inf.attention.basis_expectation": Equation(inf.attention_basis_expectation, ("r",)),
    "inf.attention.expectation_jacobian": Equation(inf.attention_expectation_jacobian, ("J",)),
    "inf.attention.context": Equation(inf.attention_context, ("Z_ltm",)),
    "inf.attention.combine": Equation(inf.attention_combine, ("Z",)),
    "inf.memory.positions": Equation(inf.memory_positions, ("t_past", "t_joint"), judged_in_16_bits=False),
    "inf.memory.update": Equation(inf.memory_update, ("C_next",), {"C_next": 1}, judged_in_16_bits=False),
    "inf.sticky.histogram": Equation(inf.sticky_histogram, ("p",)),
    "inf.sticky.positions": Equation(inf.sticky_positions, ("t_past",), judged_in_16_bits=False),
    "inf.regulariser.kl": Equation(inf.regulariser_kl, ("kl",)),
    "inf.layer": Equation(inf.layer, ("Z_ltm", "C_next", "mu", "var"), {"C_next": 1}, judged_in_16_bits=False),
    "inf.rollout": Equation(inf.rollout, ("Z_ltm", "C_S"), {"C_S": 1}, judged_in_16_bits=False),
    "block.rms_norm": Equation(blocks.rms_norm, ("y",)),
    "block.layer_norm": Equation(blocks.layer_norm, ("y",)),
    "block.rope": Equation(blocks.rotary_embedding, ("y",)),
    "block.swiglu": Equation(blocks.swiglu, ("y",)),
    "block.attention.causal": Equation(blocks.attention_causal, ("y",)),
    "base.txl.encoding": Equation(baselines.txl_encoding, ("R",)),
    "base.txl.relative": Equation(baselines.txl_relative, ("y",)),
    "base.attention.softmax": Equation(baselines.attention_softmax, ("y", "K_next", "V_next")),
    "base.compressive.compress": Equation(baselines.compressive_compress, ("Y",)),
    "base.compressive.attention": Equation(baselines.compressive_attention, ("y",)),
    "base.rmt.segment": Equation(baselines.rmt_segment, ("y", "m_next")),
    "lm2.decoder.block": Equation(transformers.decoder_block, ("y", "M_next"), judged_in_16_bits=False),
    "lm2.decoder.stack": Equation(transformers.decoder_stack, ("logits", "M_next"), judged_in_16_bits=False),
    "inf.transformer.block": Equation(
        transformers.transformer_block, ("y", "C_next", "mu", "var"), {"C_next": 1}, judged_in_16_bits=False
    ),
    "inf.transformer.stack": Equation(
        transformers.transformer_stack, ("logits", "hidden", "C_next"), {"C_next": 2}, judged_in_16_bits=False
    ),
    "lm2-ref.attention": Equation(lm2_code.attention, ("attended",)),
    "lm2-ref.block": Equation(lm2_code.block, ("E",)),
    "lm2-ref.gates": Equation(lm2_code.gates, ("g_in", "g_forget")),
    "lm2-ref.step": Equation(lm2_code.step, ("E_next", "M_next")),
    "lm2-ref.rollout": Equation(lm2_code.rollout, ("E_next", "M_S"), judged_in_16_bits=False),
    "inf-ref.positions.first": Equation(inf_code.positions_first, ("t", "t_padded"), judged_in_16_bits=False),
    "inf-ref.positions.recurrent": Equation(
        inf_code.positions_recurrent, ("t_past", "t_joint", "t_padded"), judged_in_16_bits=False
    ),
    "inf-ref.regression.operator": Equation(inf_code.regression_operator, ("G",), {"G": 1}, judged_in_16_bits=False),
    "inf-ref.memory.update": Equation(inf_code.memory_update, ("C_next",), {"C_next": 1}, judged_in_16_bits=False),
    "inf-ref.attention.density": Equation(inf_code_attention.density, ("mu", "var")),
    "inf-ref.attention.density_moments": Equation(inf_code_attention.density_moments, ("mu", "var"), judged_in_16_bits=False),
    "inf-ref.attention.softmax": Equation(inf_code_attention.softmax_expectation, ("r", "J"), judged_in_16_bits=False),
    "inf-ref.attention.sparsemax": Equation(inf_code_attention.sparsemax_expectation, ("r", "J"), judged_in_16_bits=False),
    "inf-ref.sticky.histogram": Equation(inf_code.sticky_histogram, ("p",)),
    "inf-ref.sticky.positions": Equation(inf_code.sticky_positions, ("t_past",), judged_in_16_bits=False),
    "inf-ref.regulariser.kl": Equation(inf_code_attention.regulariser_kl, ("kl",)),
    "inf-ref.layer": Equation(inf_code.layer, ("Z_ltm", "C_next", "mu", "var"), {"C_next": 1}, judged_in_16_bits=False),
    "inf-ref.rollout": Equation(inf_code.rollout, ("Z_ltm", "C_S"), {"C_S": 1}, judged_in_16_bits=False),
}
