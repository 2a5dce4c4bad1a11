"""Equation id → the function that computes it, the shapes of its inputs, the names of its outputs in the function's order."""

from typing import Callable, NamedTuple

import infinity_former as inf
import lm2


class Equation(NamedTuple):
    """inputs as signatures.check reads them; an equation without inputs takes dtype and device instead."""

    function: Callable
    inputs: str
    outputs: str


_LM2_WEIGHTS = "W_Q[d,d] W_K[d,d] W_V[d,d] W_out[d,d] W_in[d,d] W_forget[d,d]"
_INF_WEIGHTS = "W_Q[e,e] W_K[e,e] W_V[e,e] W_O[e,e] w_mu[N] w_sigma[N] b_mu[] b_sigma[] W_conv?[e,e,3] b_conv?[e]"

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
        lm2.rollout, f"E[S,B,T,d] E_attn[S,B,T,d] M_0[B,R,d]|[B,N,d,d] {_LM2_WEIGHTS.replace('[d,d]', '[d,d]|[S,d,d]')}", "E_next M_S"),
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
}
