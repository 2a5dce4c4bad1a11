"""The long-term attention of an ∞-former that sorts: what such models have built in is built in."""

import torch
from torch import nn


class LongTermAttention(nn.Module):
    HEADS, BASES, WIDTHS, SAMPLES, TAU, RIDGE = 4, 512, (0.01, 0.05), 512, 0.75, 1.0

    def __init__(self, width):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.mean, self.spread = nn.Linear(self.BASES, 1), nn.Linear(self.BASES, 1)

    def basis(self, like):
        """Centres and widths of the basis functions, each centre with every width."""
        widths = torch.tensor(self.WIDTHS, dtype=like.dtype)
        centres = torch.linspace(0, 1, self.BASES // len(widths), dtype=like.dtype)
        return centres.repeat_interleave(len(widths)), widths.repeat(len(centres))

    def functions(self, positions):
        centres, widths = self.basis(positions)
        return torch.exp(-((positions[:, None] - centres) / widths) ** 2 / 2) / (widths * (2 * torch.pi) ** 0.5)

    def update(self, memory, new):
        """What the memory holds, sampled and pushed into [0, τ], and the new tokens behind it, as coefficients of the same functions."""
        past = torch.arange(1, self.SAMPLES + 1, dtype=memory.dtype) / self.SAMPLES
        ahead = torch.arange(1, new.shape[1] + 1, dtype=memory.dtype) / new.shape[1]
        f = self.functions(torch.cat([self.TAU * past, self.TAU + (1 - self.TAU) * ahead])).T
        regression = torch.linalg.solve(f @ f.T + self.RIDGE * torch.eye(self.BASES, dtype=f.dtype), f)
        return regression @ torch.cat([self.functions(past) @ memory, new], dim=1)

    def forward(self, tokens, new, memory):
        def split(x):
            return x.unflatten(-1, (self.HEADS, -1)).transpose(1, 2)

        q, k, v = split(self.query(tokens)), split(self.key(memory)), split(self.value(memory))
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        mu = torch.sigmoid(self.mean(scores))
        variance = nn.functional.softplus(self.spread(scores))
        centres, widths = self.basis(scores)
        spread = variance + widths ** 2
        r = torch.exp(-(mu - centres) ** 2 / (2 * spread)) / (2 * torch.pi * spread) ** 0.5
        return self.output((r @ v).transpose(1, 2).flatten(2)), self.update(memory, new)
