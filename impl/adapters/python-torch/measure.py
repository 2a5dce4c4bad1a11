"""Times and memory of repeated calls: state carried, device synchronised, inputs in place."""

import ctypes
import gc
import platform
import re
import time

import torch

from harness_protocol import Unsupported

# mallopt's names for its options (glibc's malloc.h).
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_freed_memory():
    """Has glibc keep what tensors free, as PyTorch's CUDA allocator does.

    Otherwise every large tensor is new memory from the system, and touching it for the first time takes longer than computing it:
    basis expectations of 512 tokens and functions in 12 heads 42 ms instead of 12. PyTorch's tuning guide has tcmalloc for it.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(M_TRIM_THRESHOLD, 2**30)
        libc.mallopt(M_MMAP_THRESHOLD, 2**30)


def timed_calls(function, inputs, carry, stream, samples, device):
    """The seconds of samples calls of function(**inputs) after stream untimed ones. carry: {output: input of the next call}."""
    state = dict(inputs)

    def call():
        outputs = function(**state)
        state.update({target: outputs[source] for source, target in carry.items()})

    seconds = []
    with torch.inference_mode():
        for _ in range(stream):
            call()
        for _ in range(samples):
            synchronise(device)
            begin = time.perf_counter()
            call()
            synchronise(device)
            seconds.append(time.perf_counter() - begin)
    return seconds


def synchronise(device):
    """Waits for what was asked of the device; a CPU is never behind."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def memory_watch(device):
    """What tells the peak of memory on this device, from here on."""
    if device.type == "cuda":
        return DevicePeak(device)
    if platform.libc_ver()[0] == "glibc":
        return ProcessPeak()
    raise Unsupported("measuring on a CPU: memory is read from Linux's /proc and given back by glibc's malloc_trim")


class DevicePeak:
    """Peak of PyTorch's CUDA allocator."""

    def __init__(self, device):
        self._device = device
        gc.collect()
        torch.cuda.empty_cache()

    def reset(self):
        """Forgets the peak so far; what is held now still counts."""
        torch.cuda.reset_peak_memory_stats(self._device)

    def peak_bytes(self):
        return torch.cuda.max_memory_allocated(self._device)


class ProcessPeak:
    """Growth of the process's peak of resident memory."""

    def __init__(self):
        gc.collect()
        # What earlier work freed goes back to the system; else new tensors would fill it, and no growth would show.
        ctypes.CDLL(None).malloc_trim(0)
        self.reset()
        self._before = _peak_resident_bytes()

    def reset(self):
        """Forgets the peak so far; what is held now still counts."""
        try:
            with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
                file.write("5")
        except OSError:
            pass  # forbidden in some containers: the growth of the old peak is then a lower bound

    def peak_bytes(self):
        return _peak_resident_bytes() - self._before


def _peak_resident_bytes():
    with open("/proc/self/status", encoding="ascii") as file:
        return int(re.search(r"^VmHWM:\s+(\d+) kB", file.read(), re.MULTILINE)[1]) * 1024
