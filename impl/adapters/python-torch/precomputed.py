"""Tensors that depend on sizes and attributes alone (grids, operators, interpolation weights) are computed once."""

import functools

import torch

_caches = []


def precomputed(function):
    """Remembers what function returned for its last few arguments, dtype and device among them."""
    # A tensor made in inference mode cannot take part in training later, so what is kept is always made outside of it.
    cached = functools.lru_cache(maxsize=16)(torch.inference_mode(False)(function))
    _caches.append(cached)
    return cached


def forget():
    """Frees everything, so that a measurement of memory counts what its own sizes need and nothing else."""
    for cached in _caches:
        cached.cache_clear()
