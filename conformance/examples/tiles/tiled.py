"""A gated feed-forward network out of 16×16 tiles, as kernels for tensor cores are: every extent is a multiple of 16."""

import torch

TILE = 16


def matmul(a, b):
    """[..,k] by [k,n], a tile of the result after the other."""
    rows = a.flatten(0, -2)
    (m, k), n = rows.shape, b.shape[1]
    if m % TILE or k % TILE or n % TILE:
        raise ValueError(f"{m}×{k} by {k}×{n}: every extent has to be a multiple of {TILE}")
    tiles = [[sum(rows[i:i + TILE, p:p + TILE] @ b[p:p + TILE, j:j + TILE] for p in range(0, k, TILE)) for j in range(0, n, TILE)]
             for i in range(0, m, TILE)]
    return torch.cat([torch.cat(row, dim=1) for row in tiles]).unflatten(0, a.shape[:-1])


def feed_forward(z, gate, up, down):
    return matmul(torch.nn.functional.silu(matmul(z, gate)) * matmul(z, up), down)
