"""Identities of the blocks and baselines (`blocks.py`, `baselines.py`, `transformers.py`); `test_oracle.py` runs them."""

from mpmath import mp, mpf

import baselines
import blocks
import generate
import infinity_former as inf
import transformers
from identities import a, close, drawn
from nested import each, flat, shape_of


def times(X, W):
    return [[sum(u * w for u, w in zip(row, column, strict=True)) for column in zip(*W)] for row in X]


def plus(X, Y):
    return [[[u + v for u, v in zip(*rows)] for rows in zip(*pair)] for pair in zip(X, Y, strict=True)]


def zero(X):
    return each(lambda _: mpf(0), X)


def test_rms_norm_has_the_root_mean_square_it_says():
    x, eps = drawn(1, 1, 7), 0.3
    (((y),),) = blocks.rms_norm(a, x, [mpf(1)] * 7, eps)
    mean = sum(u * u for u in x[0][0]) / 7
    close([sum(u * u for u in y) / 7], [mean / (mean + mpf(eps))])
    close([u * v for u in x[0][0] for v in y], [v * u for u in y for v in x[0][0]])  # parallel to x


def test_layer_norm_has_its_mean_and_variance():
    x, eps = drawn(1, 2, 7), 0.3
    y = blocks.layer_norm(a, x, [mpf(2)] * 7, [mpf(5)] * 7, eps)
    for row, normalised in zip(x[0], y[0]):
        variance = sum(u * v for i, u in enumerate(row) for j, v in enumerate(row) if i != j) / -49
        variance += sum(u * u for u in row) * 6 / 49
        close([sum(normalised) / 7], [5])
        close([sum((v - 5) ** 2 for v in normalised) / 7], [4 * variance / (variance + mpf(eps))])
    shifted = [[[u + 3 for u in row] for row in x[0]]]
    close(blocks.layer_norm(a, shifted, [mpf(2)] * 7, [mpf(5)] * 7, eps), y)


def test_rotation_is_complex_and_scores_know_only_distances():
    q, k, h, base = drawn(1, 1, 5, 6), drawn(1, 1, 5, 6, seed="k"), 3, 50.0
    turned = blocks.rotary_embedding(a, q, base, 4)
    for i, (x, y) in enumerate(zip(q[0][0], turned[0][0])):
        for j in range(h):
            z = mp.mpc(x[j], x[j + h]) * mp.expj((4 + i) / mpf(base) ** (mpf(2 * j) / 6))
            close([y[j], y[j + h]], [z.real, z.imag])

    def scores(offset):
        Q, K = (blocks.rotary_embedding(a, x, base, offset)[0][0] for x in (q, k))
        return [[sum(u * v for u, v in zip(row, other)) for other in K] for row in Q]

    close(scores(1000), scores(0))
    close([sum(u * u for u in row) for row in turned[0][0]], [sum(u * u for u in row) for row in q[0][0]])


def test_interleaved_pairs_are_halves_in_another_order():
    x, h = drawn(2, 1, 3, 8), 4
    gathered = each_row(lambda row: row[::2] + row[1::2], x)
    turned = blocks.rotary_embedding(a, gathered, 20.0, 5)
    interleaved = each_row(lambda row: [u for pair in zip(row[:h], row[h:]) for u in pair], turned)
    close(blocks.rotary_embedding(a, x, 20.0, 5, pairs="interleaved"), interleaved)


def test_scaling_stretches_long_waves_alone():
    x, factor, scaled = drawn(1, 1, 4, 12), 8, {"scaled": True, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_length": 40.0}
    turned = blocks.rotary_embedding(a, x, 100.0, 3, **scaled)
    plain = blocks.rotary_embedding(a, x, 100.0, 3)
    for i, (row, of_plain) in enumerate(zip(turned[0][0], plain[0][0])):
        close([row[0], row[6]], [of_plain[0], of_plain[6]])  # fits 40/2π > 4 times
        for j in (3, 4, 5):  # fits less than once: as if the position were an eighth
            z = mp.mpc(x[0][0][i][j], x[0][0][i][j + 6]) * mp.expj((3 + i) / mpf(factor) / mpf(100) ** (mpf(j) / 6))
            close([row[j], row[j + 6]], [z.real, z.imag])
        for j in (1, 2):  # Llama's own words: (1 - smooth) f/factor + smooth f, smooth from the wavelength
            f = mpf(100) ** (-mpf(j) / 6)
            smooth = (40 / (2 * mp.pi / f) - 1) / 3
            z = mp.mpc(x[0][0][i][j], x[0][0][i][j + 6]) * mp.expj((3 + i) * ((1 - smooth) * f / factor + smooth * f))
            close([row[j], row[j + 6]], [z.real, z.imag])


def each_row(function, x):
    return [[[function(row) for row in rows] for rows in heads] for heads in x]


def test_geglu_of_both_signs_differs_by_the_bilinear_layer():
    # gelu(x) - gelu(-x) = x, in either form.
    z, W_gate, W_up, W_down = drawn(1, 3, 4), drawn(4, 5), drawn(4, 5, seed="up"), drawn(5, 4)
    hidden = [[g * u for g, u in zip(*rows)] for rows in zip(times(z[0], W_gate), times(z[0], W_up))]
    for form in ("erf", "tanh"):
        negative = blocks.geglu(a, z, each(lambda w: -w, W_gate), W_up, W_down, form)
        close(plus(blocks.geglu(a, z, W_gate, W_up, W_down, form), each(lambda y: -y, negative)), [times(hidden, W_down)])


def test_biases_are_those_of_a_constant_feature():
    x, W_q, W_k, W_v, W_o = self_attention(8, 8)
    b_q, b_k, b_v, b_o = (drawn(8, seed=f"b_{name}") for name in "qkvo")
    how = {"heads": 2, "kv_heads": 2, "rope": True, "base": 50.0}
    y = blocks.attention_causal(a, x, W_q, W_k, W_v, W_o, **how, b_q=b_q, b_k=b_k, b_v=b_v, b_o=b_o, qkv_bias=True, output_bias=True)
    extended = [[row + [mpf(1)] for row in rows] for rows in x]
    of_feature = blocks.attention_causal(a, extended, W_q + [b_q], W_k + [b_k], W_v + [b_v], W_o, **how)
    close(y, [[[u + c for u, c in zip(row, b_o)] for row in rows] for rows in of_feature])


def test_layer_norm_without_a_bias_has_a_bias_of_zeros():
    x, w = drawn(2, 2, 5), drawn(5)
    close(blocks.layer_norm(a, x, w, eps=0.1, bias=False), blocks.layer_norm(a, x, w, [mpf(0)] * 5, 0.1))


def test_swiglu_of_both_signs_differs_by_the_bilinear_layer():
    # silu(x) - silu(-x) = x.
    z, W_gate, W_up, W_down = drawn(1, 3, 4), drawn(4, 5), drawn(4, 5, seed="up"), drawn(5, 4)
    negative = each(lambda w: -w, W_gate)
    both = [blocks.swiglu(a, z, W_gate, W_up, W_down), each(lambda y: -y, blocks.swiglu(a, z, negative, W_up, W_down))]
    hidden = [[g * u for g, u in zip(*rows)] for rows in zip(times(z[0], W_gate), times(z[0], W_up))]
    close(plus(*both), [times(hidden, W_down)])


def self_attention(d, of_keys):
    return drawn(1, 5, d), drawn(d, d, seed="q"), drawn(d, of_keys, seed="k"), drawn(d, of_keys, seed="v"), drawn(d, d, seed="o")


def test_causal_attention_is_the_double_loop_over_distances():
    x, W_q, W_k, W_v, W_o = self_attention(8, 4)
    y = blocks.attention_causal(a, x, W_q, W_k, W_v, W_o, heads=4, kv_heads=2, rope=True, base=10000.0)
    q, k, v = (times(x[0], W) for W in (W_q, W_k, W_v))
    for i in range(5):
        read = []
        for h, g in enumerate((0, 0, 1, 1)):
            first, second = mp.mpc(*q[i][2 * h : 2 * h + 2]), [mp.mpc(*k[j][2 * g : 2 * g + 2]) for j in range(i + 1)]
            weights = [mp.exp((first * mp.conj(second[j]) * mp.expj(i - j)).real / mp.sqrt(2)) for j in range(i + 1)]
            read += [sum(w * v[j][2 * g + c] for j, w in enumerate(weights)) / sum(weights) for c in range(2)]
        close(y[0][i], times([read], W_o)[0])


def test_grouped_heads_are_repeated_heads():
    x, W_q, W_k, W_v, W_o = self_attention(12, 6)
    grouped = blocks.attention_causal(a, x, W_q, W_k, W_v, W_o, heads=4, kv_heads=2, rope=False, base=2.0)
    W_k, W_v = ([row[:3] * 2 + row[3:] * 2 for row in W] for W in (W_k, W_v))
    close(blocks.attention_causal(a, x, W_q, W_k, W_v, W_o, heads=4, kv_heads=4, rope=False, base=2.0), grouped)


def test_attention_over_a_cache_continues_attention_without():
    x, W_q, W_k, W_v, W_o = self_attention(6, 6)
    whole, K, V = baselines.attention_softmax(a, x, W_q, W_k, W_v, W_o, heads=2)
    past, rest = [x[0][:2]], [x[0][2:]]
    _, K_past, V_past = baselines.attention_softmax(a, past, W_q, W_k, W_v, W_o, heads=2)
    y, K_next, V_next = baselines.attention_softmax(a, rest, W_q, W_k, W_v, W_o, 2, K_past, V_past)
    close([y, K_next, V_next], [[whole[0][2:]], K, V])
    close(whole, blocks.attention_causal(a, x, W_q, W_k, W_v, W_o, heads=2, kv_heads=2, rope=False, base=2.0))


def test_encodings_turn_by_their_frequencies():
    R = baselines.txl_encoding(a, 9, 6)
    for i in range(3):
        step = mp.expj(mp.exp(-mp.log(10000) * i / 3))
        close([[row[3 + i], row[i]] for row in R], [[(step**p).real, (step**p).imag] for p in range(9)])


def relative_attention(d, heads):
    names = ("W_q", "W_k", "W_v", "W_r", "W_o")
    biases = {name: drawn(heads, d // heads, seed=name) for name in ("bias_u", "bias_v")}
    return {name: drawn(d, d, seed=name) for name in names} | biases


def test_relative_attention_without_positions_is_plain_attention():
    x, cache = drawn(2, 3, 6), drawn(2, 4, 6)
    weights = relative_attention(6, 2) | {"W_r": [[mpf(0)] * 6] * 6, "bias_u": [[mpf(0)] * 3] * 2}
    y = baselines.txl_relative(a, x, **weights, heads=2, cache=cache)
    plain = {name: weights[name] for name in ("W_q", "W_k", "W_v", "W_o")}
    _, K, V = baselines.attention_softmax(a, cache, **plain, heads=2)
    close(y, baselines.attention_softmax(a, x, **plain, heads=2, K_cache=K, V_cache=V)[0])


def test_relative_attention_is_the_shift_of_the_published_code():
    x, cache, weights, d = drawn(1, 3, 4), drawn(1, 2, 4), relative_attention(4, 1), 4
    y = baselines.txl_relative(a, x, **weights, heads=1, cache=cache)
    entries, T, n = cache[0] + x[0], 3, 5
    q, k, v = times(x[0], weights["W_q"]), times(entries, weights["W_k"]), times(entries, weights["W_v"])
    r = times(baselines.txl_encoding(a, n, d)[::-1], weights["W_r"])  # from the largest distance down to 0
    (bias_u,), (bias_v,) = weights["bias_u"], weights["bias_v"]
    content = [[sum((s + t) * u for s, t, u in zip(row, bias_u, other)) for other in k] for row in q]
    positions = [[sum((s + t) * u for s, t, u in zip(row, bias_v, other)) for other in r] for row in q]
    # A zero before each row, the entries read as n + 1 rows of T, the first of them dropped, read again as T rows of n.
    entrywise = [u for row in positions for u in [mpf(0), *row]][T:]
    shifted = [entrywise[i * n : (i + 1) * n] for i in range(T)]
    for i in range(T):
        share = [mp.exp((content[i][j] + shifted[i][j]) / mp.sqrt(d)) for j in range(n - T + i + 1)]
        close([y[0][i]], times(times([[w / sum(share) for w in share]], v[: len(share)]), weights["W_o"]))


def test_compression_keeps_constants_and_means_are_convolutions():
    X, constant = drawn(2, 6, 2), [[[mpf(3), mpf(-2)]] * 6]
    for method in ("mean", "max"):
        close(baselines.compressive_compress(a, constant, 3, method), [[[mpf(3), mpf(-2)]] * 2])
    share = [[[mpf(i == o) / 3] * 3 for i in range(2)] for o in range(2)]
    bias = [mpf(1), mpf(4)]
    convolved = baselines.compressive_compress(a, X, 3, "conv", share, bias)
    means = baselines.compressive_compress(a, X, 3, "mean")
    close(convolved, [[[u + c for u, c in zip(row, bias)] for row in rows] for rows in means])
    from_second = [[[mpf(o == 0 and i == 1 and t == 2) for t in range(3)] for i in range(2)] for o in range(2)]
    last = baselines.compressive_compress(a, X, 3, "conv", from_second, [mpf(0)] * 2)
    close(last, [[[row[1], mpf(0)] for row in rows[2::3]] for rows in X])
    # The maximum is the limit of ln Σ e^(sx)/s.
    soft = [[[mp.log(sum(mp.exp(400 * u) for u in c)) / 400 for c in zip(*rows[i : i + 3])] for i in (0, 3)] for rows in X]
    close(baselines.compressive_compress(a, X, 3, "max"), soft, mpf("0.005"))


def test_compressed_entries_are_the_oldest_entries():
    x, past, weights = drawn(2, 3, 4), drawn(2, 5, 4), relative_attention(4, 2)
    whole = baselines.txl_relative(a, [p + rows for p, rows in zip(past, x)], **weights, heads=2)
    for K in range(6):
        parts = {"compressed": [rows[:K] for rows in past], "cache": [rows[K:] for rows in past]}
        given = {name: part for name, part in parts.items() if part[0]}
        close(baselines.compressive_attention(a, x, **given, **weights, heads=2), [rows[5:] for rows in whole])


def memory_segment(eps=0.1, **changed):
    d, f = 4, 5
    weights = {"w_1": drawn(d, seed="w_1"), "w_2": drawn(d, seed="w_2"), "W_q": drawn(d, d, seed="q"), "W_k": drawn(d, 2, seed="k")}
    weights |= {"W_v": drawn(d, 2, seed="v"), "W_o": drawn(d, d, seed="o"), "W_gate": drawn(d, f, seed="gate")}
    weights |= {"W_up": drawn(d, f, seed="up"), "W_down": drawn(f, d), "x": drawn(1, 3, d), "m": drawn(1, 2, d)}
    return baselines.rmt_segment(a, **weights | changed, heads=2, kv_heads=1, eps=eps)


def test_memory_tokens_read_a_segment_as_a_set_and_tokens_its_past():
    x = drawn(1, 3, 4)
    y, m_next = memory_segment()
    permuted, m_permuted = memory_segment(x=[[x[0][2], x[0][0], x[0][1]]])
    close(m_permuted, m_next)  # nothing tells positions apart
    close(permuted[0][2], memory_segment(x=[[x[0][0], x[0][2], x[0][1]]])[0][0][2])
    close(memory_segment(x=[x[0][:2]])[0][0], y[0][:2])
    assert shape_of(y) == [1, 3, 4] and shape_of(m_next) == [1, 2, 4]
    # What the memory carries on has seen x, unless there is no attention: then every token keeps to itself.
    other = drawn(1, 3, 4, seed="other")
    assert all(abs(u - v) > 0.001 for u, v in zip(flat(memory_segment(x=other)[1]), flat(m_next)))
    silent = {"W_o": [[mpf(0)] * 4] * 4}
    alone = memory_segment(**silent)
    close(memory_segment(**silent, x=other)[1], alone[1])
    close(memory_segment(**silent, m=[x[0][:2]])[1], [alone[0][0][:2]])


def test_memory_segment_normalises_first():
    # Without eps, what either half adds to its input does not depend on the input's size.
    x, m = drawn(1, 3, 4), drawn(1, 2, 4)

    def added(scale, silent):
        before = each(lambda u: scale * u, x)
        after, _ = memory_segment(1e-60, **silent, x=before, m=each(lambda u: scale * u, m))
        return plus(after, each(lambda u: -u, before))

    for silent in ({"W_o": [[mpf(0)] * 4] * 4}, {"W_down": [[mpf(0)] * 4] * 5}):
        close(added(3, silent), added(1, silent))


def of_case(case_id):
    case = generate.CASES[case_id]
    return {name: each(mpf, tensor) for name, tensor in case.inputs.items()}, case.attributes


def test_decoder_block_that_retrieves_nothing_is_a_llama_block():
    inputs, attributes = of_case("lm2.decoder.block/odd-extents-batch")
    inputs["W_V"] = zero(inputs["W_V"])
    y, M_next = transformers.decoder_block(a, **inputs, **attributes)
    eps = attributes["eps"]
    E = blocks.rms_norm(a, inputs["x"], inputs["w_1"], eps)
    attention = {name: inputs[name] for name in ("W_q", "W_k", "W_v", "W_o")}
    attended = blocks.attention_causal(a, E, **attention, heads=3, kv_heads=3, rope=True, base=attributes["base"])
    x_1 = plus(inputs["x"], attended)
    z = blocks.rms_norm(a, x_1, inputs["w_2"], eps)
    close(y, plus(x_1, blocks.swiglu(a, z, inputs["W_gate"], inputs["W_up"], inputs["W_down"])))
    close(M_next, each(lambda u: u / 2, inputs["M"]))  # nothing is written, half is forgotten


def test_decoder_memory_reads_normalised_tokens():
    inputs, attributes = of_case("lm2.decoder.block/odd-extents-batch")
    small = attributes | {"eps": 1e-60}
    _, M_next = transformers.decoder_block(a, **inputs, **small)
    larger = inputs | {"x": each(lambda u: 3 * u, inputs["x"])}
    close(transformers.decoder_block(a, **larger, **small)[1], M_next)


def test_decoder_stack_is_a_chain_of_blocks():
    for name in ("threaded-bank-causal", "grouped-per-block"):
        inputs, attributes = of_case(f"lm2.decoder.stack/{name}")
        of_block = {key: value for key, value in attributes.items() if key != "bank"}
        logits, M_next = transformers.decoder_stack(a, **inputs, **attributes)
        x = [[inputs["W_emb"][int(i)] for i in row] for row in inputs["ids"]]
        banks, M = [], inputs["M_0"]
        for s in range(len(inputs["w_1"])):
            weights = {key: inputs[key][s] for key in transformers.DECODER_WEIGHTS}
            bank = inputs["M_0"][s] if attributes["bank"] == "per_block" else M
            x, M = transformers.decoder_block(a, x, bank, **weights, **of_block)
            banks.append(M)
        close(M_next, banks if attributes["bank"] == "per_block" else M)
        final = blocks.rms_norm(a, x, inputs["w_final"], attributes["eps"])
        close(logits, [times(rows, inputs["W_logits"]) for rows in final])


def test_transformer_block_shares_its_query_with_the_layer():
    inputs, attributes = of_case("inf.transformer.block/smooth-sticky-batch")
    _, C_next, mu, var = transformers.transformer_block(a, **inputs, **attributes)
    names = ("X_new", "W_K", "W_V", "W_O", "w_mu", "w_sigma", "b_mu", "b_sigma", "W_conv", "b_conv", "u")
    layer = {name: inputs[name] for name in names} | {key: value for key, value in attributes.items() if key != "eps"}
    _, *rest = inf.layer(a, inputs["x"], C=inputs["C_0"], W_Q=inputs["W_q"], **layer)
    close([C_next, mu, var], rest)


def test_transformer_block_that_attends_to_nothing_normalises_twice():
    inputs, attributes = of_case("inf.transformer.block/smooth-sticky-batch")
    silent = {name: zero(inputs[name]) for name in ("W_o", "W_O", "W_down", "b_down")}
    once = blocks.layer_norm(a, inputs["x"], inputs["w_1"], inputs["b_1"], attributes["eps"])
    twice = blocks.layer_norm(a, once, inputs["w_2"], inputs["b_2"], attributes["eps"])
    close(transformers.transformer_block(a, **inputs | silent, **attributes)[0], twice)
    # Equal entries have no variance: the first LayerNorm leaves b_1, from which b_down = -b_1 makes 0, and the second leaves b_2.
    silent |= {"x": each(lambda _: mpf(3), inputs["x"]), "b_down": each(lambda u: -u, inputs["b_1"])}
    close(transformers.transformer_block(a, **inputs | silent, **attributes)[0], [[inputs["b_2"]] * 3] * 2)


def test_transformer_block_normalises_last():
    inputs, attributes = of_case("inf.transformer.block/odd-extents-batch")
    ones = inputs | {"w_2": [mpf(1)] * 6, "b_2": [mpf(0)] * 6}
    y, *_ = transformers.transformer_block(a, **ones, **attributes)
    close([[sum(row) for row in rows] for rows in y], [[mpf(0)] * 5] * 2)
    assert all(1 - mpf(10) ** -3 < sum(u * u for u in row) / 6 < 1 for rows in y for row in rows)


def test_transformer_stack_is_a_chain_of_blocks():
    inputs, attributes = of_case("inf.transformer.stack/smooth-sticky-batch")
    logits, hidden, C_next = transformers.transformer_stack(a, **inputs, **attributes)
    x = [[inputs["W_emb"][int(i)] for i in row] for row in inputs["ids"]]
    for s in range(2):
        close(hidden[s], x)
        block = {key: value[s] for key, value in inputs.items() if key not in ("ids", "W_emb", "W_logits")}
        x, C, _, _ = transformers.transformer_block(a, x, **block, **attributes)
        close(C_next[s], C)
    close(logits, [times(rows, inputs["W_logits"]) for rows in x])
