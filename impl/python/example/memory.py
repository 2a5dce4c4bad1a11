"""LM2's memory, as a model has it, with one mistake in it. This stands for your code, which knows nothing of Harness."""

import torch
import torch.nn.functional as F
from torch import nn


def split(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def attention_weights(q, k, heads):
    return (split(q, heads) @ split(k, heads).transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1)


def align(x, slots):
    x = x.transpose(1, 2)
    x = F.adaptive_avg_pool1d(x, slots) if x.shape[-1] > slots else F.interpolate(x, slots, mode="linear")
    return x.transpose(1, 2)


class Memory(nn.Module):
    """Tokens [batch, tokens, width] read a bank [batch, slots, width] by cross-attention, and write to it through gates."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width, bias=False)
        self.output_gate, self.input_gate, self.forget_gate = (nn.Linear(width, width, bias=False) for _ in range(3))

    def forward(self, tokens, attended, bank):
        key, value = self.key_value(bank).chunk(2, dim=-1)
        weights = attention_weights(self.query(tokens), key, self.heads)
        memory = (weights @ split(value, self.heads)).transpose(1, 2).flatten(2)
        written = align(torch.sigmoid(self.input_gate(tokens)) * torch.tanh(memory), bank.shape[1])
        forget = align(torch.sigmoid(self.forget_gate(memory)), bank.shape[1])
        return attended + torch.sigmoid(self.output_gate(memory)) * memory, written + forget * bank
