"""Equation id → the function that computes it, the shapes of its inputs, the names of its outputs in the function's order."""

import re
from typing import Callable, NamedTuple

import baselines
import blocks
import infinity_former as inf
import infinity_former_reference_code as inf_ref
import lm2
import lm2_reference_code as lm2_ref
import models


class Equation(NamedTuple):
    """inputs as signatures.check reads them; an equation without inputs takes dtype and device instead."""

    function: Callable
    inputs: str
    outputs: str


_LM2_WEIGHTS = "W_Q[d,d] W_K[d,d] W_V[d,d] W_out[d,d] W_in[d,d] W_forget[d,d]"
_INF_WEIGHTS = "W_Q[e,e] W_K[e,e] W_V[e,e] W_O[e,e] w_mu[N] w_sigma[N] b_mu[] b_sigma[] W_conv?[e,e,3] b_conv?[e]"

_CAUSAL_WEIGHTS = "W_q[d,H*dh] W_k[d,G*dh] W_v[d,G*dh] W_o[H*dh,d]"
_MLP_WEIGHTS = "W_gate[d,f] W_up[d,f] W_down[f,d]"
_RELATIVE_WEIGHTS = "W_q[d,d] W_k[d,d] W_v[d,d] W_r[d,H*dh] bias_u[H,dh] bias_v[H,dh] W_o[d,d]"
_DECODER_WEIGHTS = f"w_1[d] w_2[d] {_CAUSAL_WEIGHTS} {_LM2_WEIGHTS} {_MLP_WEIGHTS}"
_TRANSFORMER_WEIGHTS = (
    f"{_RELATIVE_WEIGHTS.replace('d,', 'e,').replace(',d]', ',e]')} {_INF_WEIGHTS.replace('W_Q[e,e] ', '')} u?[B,M] "
    "w_1[e] b_1[e] W_up[e,f] b_up[f] W_down[f,e] b_down[e] w_2[e] b_2[e]")

_REF_ATTENTION_WEIGHTS = "W_q[n,n] b_q[n] W_k[n,n] b_k[n] W_v[n,n] b_v[n]"
_REF_BLOCK_WEIGHTS = f"{_REF_ATTENTION_WEIGHTS} w_1[n] b_1[n] W_mlp[n,n] b_mlp[n] w_2[n] b_2[n]"
_REF_GATE_WEIGHTS = "w[n] W_i[n,2*n] b_i[2*n] W_m[n,2*n] b_m[2*n] b_forget[] b_input[]"
_REF_WEIGHTS = f"{_REF_BLOCK_WEIGHTS} {_REF_GATE_WEIGHTS}"
_REF_INF_WEIGHTS = "W_Q[e,e] W_K[e,e] W_V[e,e] W_O[e,e] w_mu?[N] w_sigma?[N] W_conv?[e,e,3] b_conv?[e]"


def _stacked(signature):
    """With a leading S in every shape."""
    return re.sub(r"\[(\w*)", lambda shape: f"[S,{shape[1]}" if shape[1] else "[S", signature)


def _shared_or_stacked(signature):
    """With a second alternative for every shape, a leading S."""
    return re.sub(r"\[[^]]*\]", lambda shape: f"{shape[0]}|{_stacked(shape[0])}", signature)


EQUATIONS = {
    "lm2.bank.identity_matrix": Equation(lm2.identity_matrix, "", "M"),
    "lm2.bank.identity_vector": Equation(lm2.identity_vector, "", "M"),
    "lm2.bank.rows": Equation(lm2.rows, "M[B,N,d,d]", "rows"),
    "lm2.attention.project": Equation(lm2.project, "E[B,T,d] M[B,R,d] W_Q[d,d] W_K[d,d] W_V[d,d]", "Q K V"),
    "lm2.attention.weights": Equation(lm2.attention_weights, "Q[B,T,d] K[B,R,d]", "A"),
    "lm2.attention.retrieve": Equation(lm2.retrieve, "A[B,H,T,R] V[B,R,d]", "E_mem"),
    "lm2.gate.output": Equation(lm2.output_gate, "E_mem[B,T,d] W_out[d,d]", "g_out"),
    "lm2.gate.input": Equation(lm2.input_gate, "E[B,T,d] W_in[d,d]", "g_in"),
    "lm2.gate.forget": Equation(lm2.forget_gate, "E_mem[B,T,d] W_forget[d,d]", "g_forget"),
    "lm2.align": Equation(lm2.align, "X[B,T,d]", "Y"),
    "lm2.readout.gated": Equation(lm2.gated_readout, "g_out[B,T,d] E_mem[B,T,d] M[B,R,d]", "E_gated"),
    "lm2.readout.skip": Equation(lm2.skip, "E_attn[B,T,d] E_gated[B,T,d]", "E_next"),
    "lm2.bank.update": Equation(lm2.update, "g_in[B,T,d] E_mem[B,T,d] g_forget[B,T,d] M[B,R,d]", "M_next"),
    "lm2.memory.step": Equation(lm2.step, f"E[B,T,d] E_attn[B,T,d] M[B,R,d]|[B,N,d,d] {_LM2_WEIGHTS}", "E_next M_next"),
    "lm2.memory.rollout": Equation(
        lm2.rollout, f"E[S,B,T,d] E_attn[S,B,T,d] M_0[B,R,d]|[B,N,d,d] {_shared_or_stacked(_LM2_WEIGHTS)}", "E_next M_S"),
    "lm2.memory.reflect": Equation(
        lm2.reflected, "E_next[B,T,d] M_next[B,R,d]|[B,N,d,d] W_Q[d,d] W_K[d,d] W_V[d,d] W_in[d,d] W_forget[d,d]", "M_reflected"),
    "inf.smooth.gate": Equation(inf.smooth_gate, "X[B,L,e] W_conv[e,e,3] b_conv[e]", "X_s"),
    "inf.basis.grid": Equation(inf.grid, "", "mu_j sigma_j"),
    "inf.basis.evaluate": Equation(inf.evaluate_basis, "t[P]|[B,P] mu_j[N] sigma_j[N]", "psi"),
    "inf.positions.segment": Equation(inf.segment_positions, "", "t"),
    "inf.regression.operator": Equation(inf.regression_operator, "psi[P,N]", "G"),
    "inf.regression.coefficients": Equation(inf.coefficients, "X[B,P,e] G[P,N]", "C"),
    "inf.signal.evaluate": Equation(inf.evaluate_signal, "C[B,N,e] psi[P,N]|[B,P,N]", "X_bar"),
    "inf.attention.project": Equation(inf.project, "X[B,L,e] C[B,N,e] W_Q[e,e] W_K[e,e] W_V[e,e]", "Q K V"),
    "inf.attention.scores": Equation(inf.scores, "Q[B,L,e] K[B,N,e]", "S"),
    "inf.attention.density": Equation(inf.density, "S[B,H,L,N] w_mu[N] w_sigma[N] b_mu[] b_sigma[]", "mu var"),
    "inf.attention.density_moments": Equation(inf.density_moments, "S[B,H,L,N] mu_j[N] sigma_j[N]", "mu var"),
    "inf.attention.basis_expectation": Equation(inf.basis_expectation, "mu[B,H,L] var[B,H,L] mu_j[N] sigma_j[N]", "r"),
    "inf.attention.expectation_jacobian": Equation(inf.expectation_jacobian, "mu[B,H,L] var[B,H,L] mu_j[N] sigma_j[N]", "J"),
    "inf.attention.context": Equation(inf.context, "r[B,H,L,N] V[B,N,e] W_O[e,e]", "Z_ltm"),
    "inf.attention.combine": Equation(inf.combine, "Z_stm[B,L,e] Z_ltm[B,L,e]", "Z"),
    "inf.memory.positions": Equation(inf.memory_positions, "", "t_past t_joint"),
    "inf.memory.update": Equation(inf.update, "C[B,N,e] X_new[B,L,e] t_past[M]|[B,M] t_joint[P] mu_j[N] sigma_j[N]", "C_next"),
    "inf.sticky.histogram": Equation(inf.sticky_histogram, "mu[B,H,L] var[B,H,L]", "p"),
    "inf.sticky.positions": Equation(inf.sticky_positions, "p[B,D] u[B,M]", "t_past"),
    "inf.regulariser.kl": Equation(inf.regulariser_kl, "mu[B,H,L] var[B,H,L]", "kl"),
    "inf.layer": Equation(inf.layer, f"X_query[B,L,e] X_new[B,L,e] C[B,N,e] {_INF_WEIGHTS} u?[B,M]", "Z_ltm C_next mu var"),
    "inf.rollout": Equation(inf.rollout, f"X[S,B,L,e] C_0?[B,N,e] {_INF_WEIGHTS} u?[S,B,M]", "Z_ltm C_S"),
    "block.rms_norm": Equation(blocks.rms_norm, "x[B,T,d] w[d]", "y"),
    "block.layer_norm": Equation(blocks.layer_norm, "x[B,T,d] w[d] b[d]", "y"),
    "block.rope": Equation(blocks.rotate, "x[B,H,T,dh]", "y"),
    "block.swiglu": Equation(blocks.swiglu, f"z[B,T,d] {_MLP_WEIGHTS}", "y"),
    "block.attention.causal": Equation(blocks.causal_attention, f"x[B,T,d] {_CAUSAL_WEIGHTS}", "y"),
    "lm2.decoder.block": Equation(models.decoder_block, f"x[B,T,d] M[B,R,d]|[B,N,d,d] {_DECODER_WEIGHTS}", "y M_next"),
    "lm2.decoder.stack": Equation(
        models.decoder_stack, f"ids[B,T] W_emb[V,d] M_0[B,R,d]|[S,B,R,d] {_stacked(_DECODER_WEIGHTS)} w_final[d] W_logits[d,V]",
        "logits M_next"),
    "base.txl.encoding": Equation(baselines.encoding, "", "R"),
    "base.txl.relative": Equation(baselines.relative, f"x[B,T,d] cache?[B,C,d] {_RELATIVE_WEIGHTS}", "y"),
    "base.attention.softmax": Equation(
        baselines.softmax_attention, "x[B,T,d] K_cache?[B,C,d] V_cache?[B,C,d] W_q[d,d] W_k[d,d] W_v[d,d] W_o[d,d]", "y K_next V_next"),
    "base.compressive.compress": Equation(baselines.compress, "X[B,K*c,d] W_conv?[d,d,c] b_conv?[d]", "Y"),
    "base.compressive.attention": Equation(
        baselines.compressive_attention, f"x[B,T,d] cache?[B,C,d] compressed?[B,K,d] {_RELATIVE_WEIGHTS}", "y"),
    "base.rmt.segment": Equation(
        baselines.recurrent_segment, f"x[B,T,d] m[B,K,d] w_1[d] w_2[d] {_CAUSAL_WEIGHTS} {_MLP_WEIGHTS}", "y m_next"),
    "inf.transformer.block": Equation(
        models.transformer_block, f"x[B,L,e] cache?[B,C,e] X_new[B,L,e] C_0[B,N,e] {_TRANSFORMER_WEIGHTS}", "y C_next mu var"),
    "inf.transformer.stack": Equation(
        models.transformer_stack,
        f"ids[B,L] W_emb[V,e] cache?[S,B,C,e] X_new[S,B,L,e] C_0[S,B,N,e] {_stacked(_TRANSFORMER_WEIGHTS)} W_logits[e,V]",
        "logits hidden C_next"),
    "lm2-ref.attention": Equation(lm2_ref.attention, f"X[B,n,n] M[B,n,n] {_REF_ATTENTION_WEIGHTS}", "attended"),
    "lm2-ref.block": Equation(lm2_ref.block, f"X[B,n,n] M[B,n,n] {_REF_BLOCK_WEIGHTS}", "E"),
    "lm2-ref.gates": Equation(lm2_ref.gates, f"X[B,n,n] M[B,n,n] {_REF_GATE_WEIGHTS}", "g_in g_forget"),
    "lm2-ref.step": Equation(lm2_ref.step, f"X[B,n,n] M[B,n,n] {_REF_WEIGHTS}", "E_next M_next"),
    "lm2-ref.rollout": Equation(lm2_ref.rollout, f"X[S,B,n,n] M_0[B,n,n] {_shared_or_stacked(_REF_WEIGHTS)}", "E_next M_S"),
    "inf-ref.positions.first": Equation(inf_ref.first_positions, "", "t t_padded"),
    "inf-ref.positions.recurrent": Equation(inf_ref.recurrent_positions, "", "t_past t_joint t_padded"),
    "inf-ref.regression.operator": Equation(inf_ref.regression_operator, "psi[P,N]", "G"),
    "inf-ref.memory.update": Equation(inf_ref.update, "C[B,N,e] X_new[B,L,e] t_past[M]|[B,M] t_padded[P] mu_j[N] sigma_j[N]", "C_next"),
    "inf-ref.attention.density": Equation(inf_ref.density, "S[B,H,T,N] w_mu[N] w_sigma[N]", "mu var"),
    "inf-ref.attention.density_moments": Equation(inf.density_moments, "S[B,H,T,N] mu_j[N] sigma_j[N]", "mu var"),
    "inf-ref.attention.softmax": Equation(inf.expectation_and_jacobian, "mu[B,H,T] var[B,H,T] mu_j[N] sigma_j[N]", "r J"),
    "inf-ref.attention.sparsemax": Equation(inf_ref.sparsemax, "mu[B,H,T] var[B,H,T] mu_j[N] sigma_j[N]", "r J"),
    "inf-ref.sticky.histogram": Equation(inf_ref.sticky_histogram, "mu[B,H,T] var[B,H,T]", "p"),
    "inf-ref.sticky.positions": Equation(inf_ref.sticky_positions, "b[B,M]", "t_past"),
    "inf-ref.regulariser.kl": Equation(inf_ref.regulariser_kl, "mu[B,H,T] var[B,H,T]", "kl"),
    "inf-ref.layer": Equation(
        inf_ref.layer, f"X_query[B,T,e] X_new[B,L,e] C?[B,N,e] {_REF_INF_WEIGHTS} b?[B,M]", "Z_ltm C_next mu var"),
    "inf-ref.rollout": Equation(
        inf_ref.rollout, f"X_query[S,B,T,e] X_new[S,B,L,e] C_0?[B,N,e] {_REF_INF_WEIGHTS} b?[S,B,M]", "Z_ltm C_S"),
}
