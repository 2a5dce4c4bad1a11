"""LM2's memory as a PyTorch module, the way a port has it. This stands for your code, which knows nothing of Harness."""

import torch
import torch.nn.functional as F
from torch import nn


class TopKSoftmax(torch.autograd.Function):
    """softmax, of which each row keeps its k largest weights as they are (0: all). The backward pass saves no scores, as in a kernel."""

    @staticmethod
    def forward(ctx, scores, k):
        kept = torch.zeros_like(scores).scatter(-1, scores.sort(dim=-1, descending=True, stable=True).indices[..., :k or None], 1)
        weights = scores.softmax(-1)
        ctx.save_for_backward(weights, kept)
        return weights * kept

    @staticmethod
    def backward(ctx, gradient):
        weights, kept = ctx.saved_tensors
        gradient = gradient * kept
        return weights * (gradient - (gradient * weights).sum(-1, keepdim=True)), None


class Lm2Memory(nn.Module):
    """Tokens [batch, tokens, width] read a bank [batch, slots, width] by cross-attention, and write to it through gates."""

    def __init__(self, width, heads, top_k=0):
        super().__init__()
        self.heads, self.top_k = heads, top_k
        self.query, self.key, self.value = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.output_gate, self.input_gate, self.forget_gate = (nn.Linear(width, width, bias=False) for _ in range(3))

    def attention_weights(self, q, k):
        scale = (q.shape[-1] // self.heads) ** -0.5
        return TopKSoftmax.apply(self._split(q) @ self._split(k).transpose(-1, -2) * scale, self.top_k)

    def forward(self, tokens, attended, bank):
        weights = self.attention_weights(self.query(tokens), self.key(bank))
        memory = (weights @ self._split(self.value(bank))).transpose(1, 2).flatten(2)
        out = attended + torch.sigmoid(self.output_gate(memory)) * memory
        written = torch.sigmoid(self.input_gate(tokens)) * torch.tanh(memory)
        forget = torch.sigmoid(self.forget_gate(memory))
        return out, self._resize(written, bank) + self._resize(forget, bank) * bank

    def _split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _resize(self, x, bank):
        tokens, slots = x.shape[1], bank.shape[1]
        x = x.transpose(1, 2)
        x = F.adaptive_avg_pool1d(x, slots) if tokens > slots else F.interpolate(x, slots, mode="linear")
        return x.transpose(1, 2)
