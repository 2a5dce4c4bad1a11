"""The cases of `lm2.decoder.*`, `inf.transformer.*` and their counterparts in the authors' code: where the mistakes are in how the parts are put together."""

from case import Case, Draw
from cases_baselines import identity, txl_weights, zeros
from cases_blocks import LLAMA_BASE, self_attention_weights
from cases_lm2_memory import ALL_WEIGHTS, bank_shape
from cases_lm2_reference_code import block_weights, gate_weights


def all_cases():
    yield from decoder_block()
    yield from code_decoder_layer()
    yield from decoder_stack()
    yield from transformer_block()
    yield from code_layer()
    yield from transformer_stack()


def stacked(weights, S):
    """The weights of S blocks, each name with a leading S; `weights` draws those of one."""
    blocks = [weights() for _ in range(S)]
    return {name: [block[name] for block in blocks] for name in blocks[0]}


def decoder_weights(draw, d, f, heads, kv_heads, weight):
    inputs = {name: draw.tensor(d, low=0.5, high=1.5) for name in ("w_1", "w_2")}
    inputs |= self_attention_weights(draw, d, heads, kv_heads, weight)
    inputs |= {name: draw.tensor(d, d, low=-weight, high=weight) for name in ALL_WEIGHTS}
    mlp = {"W_gate": (d, f), "W_up": (d, f), "W_down": (f, d)}
    return inputs | {name: draw.tensor(*shape, low=-weight, high=weight) for name, shape in mlp.items()}


def decoder_attributes(heads, kv_heads=None, memory_heads=1, top_k=0, causal=False, source="retrieved", base=LLAMA_BASE, eps=1e-5):
    return {
        "heads": heads, "kv_heads": kv_heads or heads, "memory_heads": memory_heads, "top_k": top_k, "causal": causal,
        "source": source, "base": base, "eps": eps,
    }


def plain_decoder_weights():
    """Width 2: the self-attention and the memory read what they see, every gate is ½, the MLP adds nothing."""
    one, nothing = identity(2), zeros(2, 2)
    return {
        "w_1": [1.0, 1.0], "w_2": [1.0, 1.0], "W_q": one, "W_k": one, "W_v": one, "W_o": one, "W_Q": one, "W_K": one, "W_V": one,
        "W_out": nothing, "W_in": nothing, "W_forget": nothing, "W_gate": one, "W_up": one, "W_down": nothing,
    }


def decoder_block():
    equation = "lm2.decoder.block"

    def drawn(
        name, note, flags, family, B, T, d, f, rows=0, slots=0, heads=1, kv_heads=None, reach=1.5, weight=1.0, **attributes
    ):
        draw = Draw(f"{equation}/{name}", family)
        attributes = decoder_attributes(heads, kv_heads, **attributes)
        inputs = {
            "x": draw.tensor(B, T, d, low=-reach, high=reach),
            "M": draw.tensor(*bank_shape(B, rows, slots, d), low=-1.5, high=1.5),
            **decoder_weights(draw, d, f, heads, attributes["kv_heads"], weight),
        }
        return Case(equation, name, note, flags, family, attributes, inputs)

    yield Case(
        equation, "tiny",
        "E = (3,4)/4 = E_attn, E_mem = (1,0) gated by ½: y = (3,4) + (.75,1) + (.5,0) = (4.25, 5), with E_attn twice (5, 6); "
        "M_next = ½tanh(1) + ½ = .8807970779….",
        ("tiny",), "dtype-exact", decoder_attributes(1, eps=3.5),
        {"x": [[[3.0, 4.0]]], "M": [[[1.0, 0.0]]], **plain_decoder_weights()},
    )
    yield Case(
        equation, "tiny-mlp",
        "x = (3,4), eps 3.5, E_attn = 0, a bank of zeros: y = x + W_down silu(.75, 1)⊙(.75, 1), so y_1 = 3 + .75²σ(.75) = 3.3820….",
        ("tiny",), "dtype-exact", decoder_attributes(1, eps=3.5),
        {
            "x": [[[3.0, 4.0]]], "M": [[[0.0, 0.0]]],
            **plain_decoder_weights(), "W_v": zeros(2, 2), "W_down": identity(2),
        },
    )
    yield drawn(
        "typical", "Post-norm for pre-norm, or E_attn entering twice.", ("typical",), "dtype-exact", 1, 4, 8, 6, rows=5, heads=2,
    )
    yield drawn(
        "causal-bank", "The published reading: T = R, the readout from the old bank.",
        ("typical",), "full-24", 1, 5, 4, 6, rows=5, causal=True, source="bank",
    )
    yield drawn(
        "heads-apart", "The memory's heads for the self-attention's: 4 and 2.",
        ("typical",), "full-24", 1, 4, 8, 5, rows=6, heads=4, memory_heads=2,
    )
    yield drawn(
        "grouped", "Grouped heads: h mod G.", ("typical",), "full-53", 1, 4, 8, 5, rows=3, heads=4, kv_heads=2, source="bank",
    )
    yield drawn(
        "matrix-slots", "Matrix slots: two slots of width 4 are 8 rows, and M_next has their shape again.",
        ("typical",), "full-24", 1, 4, 4, 6, slots=2, heads=2, memory_heads=4, source="bank",
    )
    yield drawn(
        "matrix-slots-causal", "Matrix slots with causal: T = N·d.",
        ("batch",), "full-53", 2, 4, 2, 3, slots=2, causal=True,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents; the memory reads x for E.",
        ("odd-extents", "batch"), "full-53", 2, 5, 12, 7, rows=3, heads=3, memory_heads=2,
    )
    yield drawn(
        "base-2", "A base that is not handed on, or no rotation.", ("odd-extents",), "full-24", 1, 7, 6, 3, rows=2, base=2.0,
    )
    yield drawn(
        "eps-of-another-model", "eps = 1/1000 in both norms, of small tokens.",
        ("typical",), "full-53", 1, 3, 4, 4, rows=3, eps=0.001, reach=0.0625, weight=0.25,
    )
    yield drawn(
        "top-2", "Top-k of the memory, not of the self-attention.", ("batch",), "full-24", 2, 4, 4, 5, rows=6, top_k=2,
    )
    yield drawn("saturated", "Saturated gates, hard attention.", ("extreme",), "full-24", 1, 4, 4, 6, rows=5, heads=2, weight=4.0)
    yield drawn(
        "small-weights", "Tokens that outweigh what is added to them, so that bfloat16 can be judged.",
        ("batch",), "dtype-exact", 2, 3, 4, 4, rows=3, heads=2, weight=0.25, reach=3.0,
    )
    yield drawn(
        "small-weights-bank", "The same, reading the bank.",
        ("odd-extents",), "dtype-exact", 1, 5, 4, 3, rows=2, heads=2, kv_heads=1, weight=0.25, reach=3.0, source="bank",
    )
    yield drawn(
        "one-token", "One token, one row.", ("extreme", "batch"), "full-53", 3, 1, 4, 2, rows=1, heads=2, kv_heads=1, source="bank",
    )


def code_decoder_layer():
    equation = "lm2-ref.decoder.layer"

    def drawn(
        name, note, flags, family, B, n, f, heads=1, kv_heads=None, dh=2, reach=1.5, weight=0.75, one_memory=False, own_layers=False,
        memory_heads=1, top_k=0, blocks=1, mlp_layers=2, memory_eps=1e-5, base=LLAMA_BASE, eps=1e-5,
    ):
        draw = Draw(f"{equation}/{name}", family)
        kv_heads = kv_heads or heads
        inputs = {"x": draw.tensor(B, n, n, low=-reach, high=reach), "M": draw.tensor(*([] if one_memory else [B]), n, n, low=-1.5, high=1.5)}
        inputs |= {norm: draw.tensor(n, low=0.5, high=1.5) for norm in ("w_pre", "w_post")}
        shapes = {"W_q": (n, heads * dh), "W_k": (n, kv_heads * dh), "W_v": (n, kv_heads * dh), "W_o": (heads * dh, n)}
        shapes |= {"W_gate": (n, f), "W_up": (n, f), "W_down": (f, n)}
        inputs |= {name: draw.tensor(*shape, low=-weight, high=weight) for name, shape in shapes.items()}
        of_block = block_weights(draw, n, weight)
        inputs |= {f"{name[:2]}{name[2:].upper()}" if name[2:] in ("q", "k", "v") else name: tensor for name, tensor in of_block.items()}
        inputs |= gate_weights(draw, n, weight, *draw.tensor(2))
        if own_layers:
            inputs |= {"W_mlp": draw.tensor(mlp_layers, n, n, low=-weight, high=weight), "b_mlp": draw.tensor(mlp_layers, n)}
        attributes = {
            "heads": heads, "kv_heads": kv_heads, "memory_heads": memory_heads, "top_k": top_k, "blocks": blocks, "mlp_layers": mlp_layers,
            "memory_eps": memory_eps, "base": base, "eps": eps,
        }
        return Case(equation, name, note, flags, family, attributes, inputs)

    yield Case(
        equation, "tiny",
        "E = 3/4 is what attention gives; the memory's norms give their shifts, so E = 1 in it, and gates ½: M_next = ½ tanh 1 + ½·2 = 1.380797…, "
        "y = 3 + ¾ + 1.380797…. The paper's output gate adds 2 g_out.",
        ("tiny",), "dtype-exact",
        {
            "heads": 1, "kv_heads": 1, "memory_heads": 1, "top_k": 0, "blocks": 1, "mlp_layers": 2, "memory_eps": 2.0**-6,
            "base": LLAMA_BASE, "eps": 7.0,
        },
        {
            "x": [[[3.0]]], "M": [[[2.0]]], "w_pre": [1.0], "w_post": [1.0],
            "W_q": [[1.0, 0.0]], "W_k": [[1.0, 0.0]], "W_v": [[1.0, 0.0]], "W_o": [[1.0], [0.0]],
            "W_Q": [[1.0]], "b_Q": [0.0], "W_K": [[1.0]], "b_K": [0.0], "W_V": [[1.0]], "b_V": [0.0],
            "w_1": [1.0], "b_1": [0.5], "W_mlp": [[1.0]], "b_mlp": [0.0], "w_2": [1.0], "b_2": [1.0],
            "w": [1.0], "W_i": [[0.0, 0.0]], "b_i": [0.0, 0.0], "W_m": [[0.0, 0.0]], "b_m": [0.0, 0.0], "b_forget": 0.0, "b_input": 0.0,
            "W_gate": [[1.0]], "W_up": [[1.0]], "W_down": [[0.0]],
        },
    )
    yield drawn("typical", "x or E for tokens of the memory; the memory from before the update added.", ("typical",), "full-24", 1, 4, 5, heads=2)
    yield drawn("grouped-batch", "Grouped heads; the memory's heads for the self-attention's.", ("batch",), "full-53", 2, 4, 3, heads=4, kv_heads=2, memory_heads=2)
    yield drawn("odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", 2, 5, 7, heads=3, kv_heads=1)
    yield drawn("top-2-two-blocks", "Attributes of the memory not handed on.", ("typical",), "full-24", 1, 4, 3, top_k=2, blocks=2, mlp_layers=1, memory_heads=2)
    yield drawn("base-2", "A base or an eps that is not handed on, or the two eps exchanged.", ("typical",), "full-53", 1, 4, 3, dh=4, base=2.0, eps=0.25, memory_eps=0.0625)
    yield drawn(
        "one-memory", "A memory of batch 1, as at the start; layers with weights of their own.",
        ("batch",), "full-24", 2, 3, 4, one_memory=True, own_layers=True, heads=2,
    )
    yield drawn(
        "small-weights", "Tokens that outweigh what is added to them, so that bfloat16 can be judged.",
        ("batch",), "dtype-exact", 2, 3, 2, weight=0.25, reach=3.0, memory_eps=2.0**-4,
    )
    yield drawn(
        "small-weights-grouped", "The same with grouped heads.",
        ("typical",), "dtype-exact", 1, 4, 2, heads=2, kv_heads=1, weight=0.25, reach=3.0, memory_eps=2.0**-4,
    )


def decoder_stack():
    equation = "lm2.decoder.stack"

    def drawn(
        name, note, flags, family, S, B, T, V, d, f, rows,
        heads=1, kv_heads=None, bank="threaded", weight=0.75, ids=None, **attributes,
    ):
        draw = Draw(f"{equation}/{name}", family)
        attributes = decoder_attributes(heads, kv_heads, **attributes) | {"bank": bank}
        inputs = {
            "ids": ids or some_ids(draw, B, T, V),
            "W_emb": draw.tensor(V, d, low=-1.5, high=1.5),
            "M_0": draw.tensor(*([S] if bank == "per_block" else []), B, rows, d, low=-1.5, high=1.5),
            **stacked(lambda: decoder_weights(draw, d, f, heads, attributes["kv_heads"], weight), S),
            "w_final": draw.tensor(d, low=0.5, high=1.5),
            "W_logits": draw.tensor(d, V),
        }
        return Case(equation, name, note, flags, family, attributes, inputs)

    two_blocks = {name: [weight, weight] for name, weight in plain_decoder_weights().items()}
    two_blocks |= {"W_v": zeros(2, 2, 2), "w_final": [1.0, 1.0], "W_logits": [[1.0, 0.0], [0.0, 2.0]]}
    table = [[9.0, 9.0], [2.0, 4.0]]
    yield Case(
        equation, "tiny-one-block",
        "Row 1 is (2,4) and half the bank's (2,0) is added: (3,4), over 4 with eps 3.5, gives (.75, 2); without the norm (3, 8).",
        ("tiny",), "dtype-exact", decoder_attributes(1, eps=3.5) | {"bank": "threaded"},
        {
            "ids": [[1.0]], "W_emb": table, "M_0": [[[2.0, 0.0]]],
            **two_blocks, **{name: two_blocks[name][:1] for name in plain_decoder_weights()},
        },
    )
    yield Case(
        equation, "tiny-threaded",
        "The first block leaves ½tanh(2) + 1 = 1.4820… in the bank, which the second reads: x = (3.7410…, 4); "
        "read anew from M_0 it is (4, 4).",
        ("tiny",), "dtype-exact", decoder_attributes(1, eps=3.5) | {"bank": "threaded"},
        {"ids": [[1.0]], "W_emb": table, "M_0": [[[2.0, 0.0]]], **two_blocks},
    )
    yield Case(
        equation, "tiny-per-block",
        "Banks (2,0) and (0,-8): x = (2,4) + (1,0) + (0,-4) = (3,0), each bank its own M_next.",
        ("tiny",), "dtype-exact", decoder_attributes(1, eps=11.5) | {"bank": "per_block"},
        {"ids": [[1.0]], "W_emb": table, "M_0": [[[[2.0, 0.0]]], [[[0.0, -8.0]]]], **two_blocks},
    )
    yield drawn(
        "threaded", "A bank for each block instead of one through all.", ("typical",), "dtype-exact", 2, 1, 4, 5, 4, 4, 3,
    )
    yield drawn(
        "per-block", "The bank of the block before.", ("typical",), "dtype-exact", 2, 1, 4, 5, 4, 4, 3, bank="per_block",
    )
    yield drawn(
        "threaded-bank-causal", "The published reading, three blocks: T = R.",
        ("typical",), "full-24", 3, 1, 4, 6, 4, 5, 4, heads=2, causal=True, source="bank",
    )
    yield drawn(
        "per-block-equal-extents", "S = B = T = R: only the values tell the axes apart.",
        ("batch",), "full-53", 2, 2, 2, 3, 4, 3, 2, heads=2, bank="per_block",
    )
    yield drawn(
        "odd-extents-batch", "Prime extents; weights of another block, the bank of another batch element.",
        ("odd-extents", "batch"), "full-53", 3, 2, 5, 7, 6, 5, 3, heads=3, memory_heads=2,
    )
    yield drawn(
        "grouped-per-block", "Grouped heads, top-k, heads of the memory: attributes not handed on.",
        ("batch",), "full-24", 2, 2, 3, 4, 8, 3, 4, heads=4, kv_heads=2, memory_heads=2, top_k=2, bank="per_block", source="bank",
    )
    yield drawn(
        "base-and-eps", "base 2 and eps ½ in every norm, the final one included.",
        ("typical",), "full-53", 2, 1, 5, 4, 4, 3, 2, heads=1, base=2.0, eps=0.5,
    )
    yield drawn(
        "repeated-ids", "The first and the last row of the table, each twice: rows counted from 1, or a scaled embedding.",
        ("typical",), "full-24", 1, 1, 4, 7, 4, 4, 2, heads=2, ids=[[0.0, 6.0, 6.0, 0.0]],
    )
    yield drawn("one-token", "One token, one row, one block.", ("extreme", "batch"), "full-53", 1, 3, 1, 3, 2, 3, 1)
    yield drawn(
        "small-weights", "Tokens that outweigh what is added to them, so that bfloat16 can be judged.",
        ("batch",), "dtype-exact", 2, 2, 3, 5, 4, 4, 3, heads=2, weight=0.25,
    )
    yield drawn(
        "deep", "Six blocks, one bank.",
        ("rollout", "odd-extents"), "full-24", 6, 1, 3, 5, 4, 3, 2, heads=2, kv_heads=1, source="bank",
    )


def some_ids(draw, B, T, V):
    """Whole numbers 0 … V - 1, as floating-point numbers hold them."""
    return [[float(draw.random.randrange(V)) for _ in range(T)] for _ in range(B)]


def transformer_weights(draw, e, f, N, heads, smooth, mixed=False):
    """Weights of one block, without w_mu …: the densities stay where they can be told apart, as in the cases of inf.layer."""
    inputs = txl_weights(draw, e, heads)
    inputs |= {name: draw.tensor(e, e) for name in ("W_K", "W_V", "W_O")}
    inputs |= {name: draw.tensor(N, low=-0.5, high=0.5) for name in ("w_mu", "w_sigma")} | {"b_mu": 0.25, "b_sigma": -3.5}
    if smooth:
        inputs |= {"W_conv": draw.tensor(e, e, 3, low=-0.75, high=0.75), "b_conv": draw.tensor(e, low=-0.75, high=0.75)}
    inputs |= {"w_1": draw.tensor(e, low=0.5, high=1.5), "b_1": draw.tensor(e, low=-0.5, high=0.5)}
    reach = 0.25 if mixed else 1.0
    inputs |= {"W_up": draw.tensor(e, f), "b_up": draw.tensor(f), "W_down": draw.tensor(f, e, low=-reach, high=reach), "b_down": draw.tensor(e)}
    inputs |= {"w_2": draw.tensor(e, low=0.5, high=1.5), "b_2": draw.tensor(e, low=-0.5, high=0.5)}
    if mixed:  # what bfloat16 leaves of two norms is judged beside their biases
        inputs |= {"b_sigma": -1.5, "w_2": draw.tensor(e, low=0.25, high=0.5), "b_2": draw.tensor(e, low=0.5, high=1.0)}
    return inputs


def long_term_attributes(
    heads, N, widths, M, ridge=2.0, tau=0.75, floor=0.0, smooth=False, sticky=False, bins=8, eps=1e-5
):
    return {
        "heads": heads, "count": N, "widths": widths, "ridge": ridge, "samples": M, "tau": tau,
        "variance_floor": floor, "smooth": smooth, "sticky": sticky, "bins": bins, "eps": eps,
    }


def plain_transformer_weights():
    """Width 2, one basis function: the short-term memory and the MLP add nothing, the long-term query is 0."""
    one, nothing = identity(2), zeros(2, 2)
    return {
        "W_q": nothing, "W_k": one, "W_v": nothing, "W_r": one, "bias_u": zeros(1, 2), "bias_v": zeros(1, 2), "W_o": one,
        "W_K": one, "W_V": one, "W_O": one, "w_mu": [0.5], "w_sigma": [0.25], "b_mu": 0.0, "b_sigma": 0.0,
        "w_1": [1.0, 1.0], "b_1": [0.0, 0.0], "W_up": one, "b_up": [0.0, 0.0], "W_down": nothing, "b_down": [0.0, 0.0],
        "w_2": [1.0, 1.0], "b_2": [0.0, 0.0],
    }


def code_layer():
    equation = "inf-ref.transformer.layer"

    def drawn(
        name, note, flags, family, B, T, L, N, e, f, M, widths, C=0, heads=1, pre_norm=False, affine=True, start=True, smooth=False,
        linear_mask=False, sticky=False, density="softmax", bins=8, eps=1e-5, mixed=False,
    ):
        draw = Draw(f"{equation}/{name}", family)
        wide = draw.wide() if mixed else draw
        inputs = {"x": draw.tensor(B, T, e, low=-1.5, high=1.5)}
        if C:
            inputs["cache"] = draw.tensor(B, C, e, low=-1.5, high=1.5)
        inputs["X_new"] = draw.tensor(B, L, e, low=-1.5, high=1.5)
        if start:
            inputs["C"] = wide.tensor(B, N, e)
        weights = transformer_weights(draw, e, f, N, heads, smooth, mixed)
        inputs |= {name: weight for name, weight in weights.items() if name not in ("b_mu", "b_sigma", *(() if affine else ("w_mu", "w_sigma")))}
        if linear_mask:
            inputs |= {"W_mask": draw.tensor(L, L), "b_mask": draw.tensor(L)}
        if sticky:
            inputs["b"] = [[float(draw.random.randrange(bins)) for _ in range(M)] for _ in range(B)]
        attributes = {
            "heads": heads, "count": N, "widths": widths, "affine": affine, "variance_floor": 2.0**-10, "density": density, "ridge": 1.0,
            "samples": M, "tau": 0.75, "smooth": smooth, "linear_mask": linear_mask, "sticky": sticky, "bins": bins, "pre_norm": pre_norm, "eps": eps,
        }
        return Case(equation, name, note, flags, family, attributes, inputs)

    yield drawn("first-segment", "One token reads the two that were stored.", ("tiny",), "full-53", 1, 1, 2, 2, 4, 2, 2, [0.25], start=False)
    yield drawn("typical", "The memory read before it takes X_new in.", ("typical",), "full-24", 1, 3, 4, 6, 4, 5, 6, [0.1, 0.25], C=3, heads=2)
    yield drawn(
        "pre-norm", "The long-term memory's queries without the norm, or X_new with it.",
        ("typical",), "full-24", 1, 3, 4, 6, 4, 5, 6, [0.1, 0.25], C=3, heads=2, pre_norm=True,
    )
    yield drawn("no-cache", "No cache yet.", ("extreme", "batch"), "full-53", 2, 3, 4, 5, 4, 3, 5, [0.2], heads=2)
    yield drawn(
        "pre-norm-no-cache", "The same with norms before.",
        ("extreme", "batch"), "full-53", 2, 2, 4, 5, 4, 3, 5, [0.2], heads=2, pre_norm=True, start=False,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents; more queries than tokens that are stored.",
        ("odd-extents", "batch"), "full-53", 2, 5, 2, 5, 6, 7, 5, [0.2], C=3, heads=3,
    )
    yield drawn(
        "moments-sparsemax", "Densities by moments, a parabola.",
        ("typical",), "full-24", 1, 3, 4, 6, 4, 5, 6, [0.1, 0.25], C=2, heads=2, affine=False, density="sparsemax", pre_norm=True,
    )
    yield drawn(
        "smooth-sticky", "Attributes that are not handed on.",
        ("batch",), "full-53", 2, 2, 4, 5, 4, 3, 5, [0.2], C=2, heads=2, smooth=True, sticky=True, eps=0.5,
    )
    yield drawn(
        "linear-mask", "The mask on tokens that are stored alone.",
        ("typical",), "full-24", 1, 3, 4, 5, 4, 4, 5, [0.2], C=3, heads=2, linear_mask=True, pre_norm=True, eps=0.25,
    )
    yield drawn("mixed", "Coefficients of 24 bits.", ("typical",), "dtype-exact", 1, 2, 4, 4, 4, 2, 7, [0.375], C=2, heads=2, mixed=True)
    yield drawn("mixed-batch", "The same in a batch, without a cache.", ("batch",), "dtype-exact", 2, 2, 4, 4, 4, 2, 7, [0.375], heads=2, mixed=True)
    yield drawn("mixed-pre-norm", "The same with norms before.", ("typical",), "dtype-exact", 1, 2, 4, 4, 4, 2, 7, [0.375], C=2, heads=2, mixed=True, pre_norm=True)
    yield drawn("mixed-one-token", "The same for one token.", ("extreme",), "dtype-exact", 1, 1, 4, 4, 4, 2, 5, [0.375], C=2, heads=2, mixed=True)


def transformer_block():
    equation = "inf.transformer.block"

    def drawn(
        name, note, flags, family, B, L, N, e, f, M, widths, C=0, heads=1, smooth=False, sticky=False, reach=1.5, mixed=False, **attributes
    ):
        draw = Draw(f"{equation}/{name}", family)
        wide = draw.wide() if mixed else draw
        inputs = {"x": draw.tensor(B, L, e, low=-reach, high=reach)}
        if C:
            inputs["cache"] = draw.tensor(B, C, e, low=-reach, high=reach)
        inputs |= {"X_new": draw.tensor(B, L, e, low=-1.5, high=1.5), "C_0": wide.tensor(B, N, e)}
        inputs |= transformer_weights(draw, e, f, N, heads, smooth, mixed)
        if sticky:
            inputs["u"] = draw.tensor(B, M, low=0.0, high=0.99)
        attributes = long_term_attributes(heads, N, widths, M, smooth=smooth, sticky=sticky, **attributes)
        return Case(equation, name, note, flags, family, attributes, inputs)

    tiny = {"x": [[[3.0, 1.0]]], "X_new": [[[3.0, 1.0]]], "C_0": [[[2.0, 0.0]]], **plain_transformer_weights()}
    yield Case(
        equation, "tiny-post-norm",
        "mu = ½, var = ln 2, r = N(½; 0, ln 2 + ¼) = .3597999648…: x + Z_ltm = (3 + 2r, 1), halves of the difference 1 + r, "
        "LN twice with eps 1: ±.8056…, then y = ±.6273….",
        ("tiny",), "dtype-exact", long_term_attributes(1, 1, [0.5], 1, ridge=1.0, tau=0.5, eps=1.0), tiny,
    )
    yield Case(
        equation, "tiny-short-term",
        "Without the long-term memory (W_O = 0), values doubled: LN of (9,3) with eps 7 is ±¾, of which the second LN makes ±3/11.",
        ("tiny",), "dtype-exact", long_term_attributes(1, 1, [0.5], 1, ridge=1.0, tau=0.5, eps=7.0),
        tiny | {"W_O": zeros(2, 2), "W_v": [[2.0, 0.0], [0.0, 2.0]]},
    )
    yield drawn(
        "typical", "Pre-norm for post-norm; x missing from the first sum.",
        ("typical",), "dtype-exact", 1, 4, 5, 4, 6, 6, [0.125], heads=2,
    )
    yield drawn(
        "cache", "The long-term memory reading the cache, or queries of its own.",
        ("typical",), "dtype-exact", 1, 3, 4, 4, 5, 6, [0.1875], C=4, heads=2,
    )
    yield drawn(
        "cache-24", "X_new and x exchanged: the streaming layer stores what leaves the cache.",
        ("typical",), "full-24", 1, 4, 6, 4, 5, 6, [0.1, 0.25], C=4, heads=2,
    )
    yield drawn(
        "smooth", "The query smoothed as well.", ("typical",), "full-24", 1, 4, 5, 4, 4, 5, [0.2], C=2, smooth=True,
    )
    yield drawn(
        "sticky", "Sticky positions, with a clamp.",
        ("typical",), "full-53", 1, 4, 6, 4, 4, 6, [0.1, 0.2], heads=2, sticky=True, floor=0.01, tau=0.6,
    )
    yield drawn(
        "floor", "A clamp that binds: the floor left out.",
        ("typical",), "full-24", 1, 3, 4, 4, 3, 5, [0.2], heads=2, floor=0.0625,
    )
    yield drawn(
        "smooth-sticky-batch", "Both, with a batch and a cache.",
        ("batch",), "full-53", 2, 3, 6, 4, 5, 5, [0.1, 0.2], C=3, heads=2, smooth=True, sticky=True, bins=5,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents; the two LayerNorms' weights exchanged.",
        ("odd-extents", "batch"), "full-53", 2, 5, 7, 6, 11, 3, [0.2], C=3, heads=3,
    )
    yield drawn(
        "eps-of-another-model", "eps = ¼ in both norms.", ("typical",), "full-24", 1, 3, 4, 4, 3, 4, [0.25], eps=0.25, reach=0.25,
    )
    yield drawn(
        "long-cache", "Thirteen cached entries for one token.", ("extreme",), "full-53", 1, 1, 4, 4, 3, 4, [0.2], C=13, heads=2,
    )
    yield drawn("one-token", "One token, no cache.", ("extreme", "batch"), "full-24", 2, 1, 3, 2, 3, 3, [0.25])
    yield drawn(
        "saturated", "Large tokens: hard short-term attention, saturated means.",
        ("extreme",), "full-24", 1, 3, 5, 4, 4, 5, [0.2], C=2, heads=2, reach=12.0,
    )
    yield drawn(
        "mixed", "Samples of a seventh, coefficients of 24 bits: a regression, positions or a memory in 16 bits.",
        ("typical",), "dtype-exact", 1, 3, 4, 4, 3, 7, [0.375], heads=2, tau=0.7, reach=3.0, mixed=True,
    )
    yield drawn(
        "mixed-cache", "The same with a cache and a batch.",
        ("batch",), "dtype-exact", 2, 2, 3, 4, 4, 5, [0.5], C=2, heads=2, tau=0.6, reach=3.0, mixed=True,
    )
    yield drawn(
        "mixed-smooth", "Stored tokens that the gate has rounded.",
        ("odd-extents",), "dtype-exact", 1, 3, 5, 6, 3, 5, [0.375], heads=3, smooth=True, reach=3.0, mixed=True,
    )


def transformer_stack():
    equation = "inf.transformer.stack"

    def drawn(
        name, note, flags, family, S, B, L, V, N, e, f, M, widths, C=0, heads=1, smooth=False, sticky=False, ids=None, mixed=False, seed="", **attributes
    ):
        draw = Draw(f"{equation}/{name}{seed}", family)
        wide = draw.wide() if mixed else draw
        inputs = {"ids": ids or some_ids(draw, B, L, V), "W_emb": draw.tensor(V, e, low=-1.5, high=1.5)}
        if C:
            inputs["cache"] = draw.tensor(S, B, C, e, low=-1.5, high=1.5)
        inputs |= {"X_new": draw.tensor(S, B, L, e, low=-1.5, high=1.5), "C_0": wide.tensor(S, B, N, e)}
        inputs |= stacked(lambda: transformer_weights(draw, e, f, N, heads, smooth, mixed), S)
        if sticky:
            inputs["u"] = draw.tensor(S, B, M, low=0.0, high=0.99)
        inputs["W_logits"] = draw.tensor(e, V, low=0.25 if mixed else -1.0)
        attributes = long_term_attributes(heads, N, widths, M, smooth=smooth, sticky=sticky, **attributes)
        return Case(equation, name, note, flags, family, attributes, inputs)

    def tiny(S):
        return {
            "ids": [[1.0]], "W_emb": [[9.0, 9.0], [5.0, 1.0]], "X_new": [[[[3.0, 1.0]]]] * S, "C_0": [[[[0.0, 0.0]]]] * S,
            **{name: [weight] * S for name, weight in plain_transformer_weights().items()},
            "W_logits": [[1.0, 2.0], [0.0, 4.0]],
        }

    attributes = long_term_attributes(1, 1, [0.5], 1, ridge=1.0, tau=0.5, eps=5.0)
    yield Case(
        equation, "tiny-one-block",
        "Row 1 is (5,1), the memory is empty: LN with eps 5 gives ±2/3, and again ±2/7; logits (2/7, -4/7), without a final norm.",
        ("tiny",), "dtype-exact", attributes, tiny(1),
    )
    yield Case(
        equation, "tiny-two-blocks",
        "The second block's input is (2/7, -2/7): hidden holds (5,1) and that, not the outputs.",
        ("tiny",), "dtype-exact", attributes, tiny(2),
    )
    yield drawn(
        "typical", "hidden of the blocks' outputs; weights of another block.",
        ("typical",), "dtype-exact", 2, 1, 3, 5, 4, 4, 4, 4, [0.1875], heads=2,
    )
    yield drawn(
        "caches", "One cache for all blocks.", ("typical",), "dtype-exact", 2, 1, 3, 4, 4, 4, 3, 4, [0.25], C=3, heads=2,
    )
    yield drawn(
        "caches-24", "X_new taken from the blocks' inputs, not from the tensor.",
        ("typical",), "full-24", 3, 1, 3, 6, 4, 4, 4, 5, [0.1, 0.25], C=2, heads=2,
    )
    yield drawn(
        "equal-extents", "S = B = L = C: only the values tell the axes apart.",
        ("batch",), "full-53", 2, 2, 2, 3, 4, 4, 3, 3, [0.2], C=2, heads=2,
    )
    yield drawn(
        "smooth", "The convolution of the first block for all.",
        ("typical",), "full-24", 2, 1, 4, 4, 4, 2, 3, 4, [0.2], smooth=True,
    )
    yield drawn(
        "smooth-sticky-batch", "u of another block or batch element.",
        ("batch",), "full-53", 2, 2, 3, 5, 6, 4, 3, 5, [0.1, 0.2], C=2, heads=2, smooth=True, sticky=True, bins=5,
    )
    yield drawn(
        "odd-extents-batch", "Prime extents.", ("odd-extents", "batch"), "full-53", 3, 2, 5, 7, 3, 6, 5, 2, [0.25], C=3, heads=3,
    )
    yield drawn(
        "eps-and-floor", "eps ¼ and a clamp: attributes not handed on.",
        ("typical",), "full-24", 2, 1, 3, 4, 4, 4, 3, 4, [0.25], eps=0.25, floor=0.0625, tau=0.5, ridge=1.0,
    )
    yield drawn(
        "repeated-ids", "The first and the last row of the table, each twice: rows counted from 1, or a scaled embedding.",
        ("typical",), "full-24", 1, 1, 4, 7, 3, 4, 3, 3, [0.25], ids=[[0.0, 6.0, 6.0, 0.0]],
    )
    yield drawn("one-token", "One token, one block.", ("extreme", "batch"), "full-53", 1, 3, 1, 3, 3, 2, 3, 3, [0.25])
    yield drawn("deep", "Five blocks.", ("rollout", "odd-extents"), "full-53", 5, 1, 3, 5, 3, 4, 3, 3, [0.25], C=2, heads=2)
    yield drawn(
        "mixed", "Samples of a seventh, coefficients of 24 bits: a regression, positions or a memory in 16 bits.",
        ("typical",), "dtype-exact", 2, 1, 3, 5, 4, 4, 3, 7, [0.375], heads=2, tau=0.7, mixed=True, seed="0",
    )
    yield drawn(
        "mixed-caches", "The same with caches and a batch.",
        ("batch",), "dtype-exact", 2, 2, 2, 4, 3, 4, 3, 5, [0.5], C=2, heads=2, tau=0.6, mixed=True, seed="0",
    )
    yield drawn(
        "mixed-smooth", "Stored tokens that the gate has rounded.",
        ("odd-extents",), "dtype-exact", 1, 1, 3, 5, 5, 6, 3, 5, [0.375], heads=3, smooth=True, mixed=True,
    )
