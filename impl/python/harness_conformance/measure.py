"""Times and memory of repeated calls: state carried, device synchronised, inputs in place.

A device is a torch.device; None stands for a CPU where there is no PyTorch.
"""

import contextlib
import ctypes
import gc
import platform
import re
import sys
import time

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


def timed_calls(function, inputs, carry, stream, samples, device=None):
    """The seconds of samples calls of function(**inputs) after stream untimed ones. carry: {output: input of the next call}."""
    state = dict(inputs)

    def call():
        outputs = function(**state)
        state.update({target: outputs[source] for source, target in carry.items()})

    seconds = []
    with without_gradients(device):
        for _ in range(stream):
            call()
        for _ in range(samples):
            synchronise(device)
            begin = time.perf_counter()
            call()
            synchronise(device)
            seconds.append(time.perf_counter() - begin)
    return seconds


def without_gradients(device):
    """PyTorch's inference mode where there is PyTorch."""
    return contextlib.nullcontext() if device is None else sys.modules["torch"].inference_mode()


def synchronise(device):
    """Waits for what was asked of the device; a CPU is never behind."""
    if device is not None and device.type == "cuda":
        sys.modules["torch"].cuda.synchronize(device)


def memory_watch(device=None):
    """What tells the peak of memory on this device, from here on."""
    return DevicePeak(device) if device is not None and device.type == "cuda" else ProcessPeak()


class DevicePeak:
    """Peak of PyTorch's CUDA allocator."""

    def __init__(self, device):
        self._device, self._cuda = device, sys.modules["torch"].cuda
        gc.collect()
        self._cuda.empty_cache()

    def reset(self):
        """Forgets the peak so far; what is held now still counts."""
        self._cuda.reset_peak_memory_stats(self._device)

    def peak_bytes(self):
        return self._cuda.max_memory_allocated(self._device)


class ProcessPeak:
    """Growth of the process's peak of resident memory; where the system does not let it be reset, that of the old peak: a lower bound."""

    def __init__(self):
        gc.collect()
        # What earlier work freed goes back to the system; else new tensors would fill it, and no growth would show.
        if platform.libc_ver()[0] == "glibc":
            ctypes.CDLL(None).malloc_trim(0)
        self.reset()
        self._before = _peak_resident_bytes()

    def reset(self):
        """Forgets the peak so far; what is held now still counts."""
        with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def peak_bytes(self):
        return _peak_resident_bytes() - self._before


def _peak_resident_bytes():
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return int(re.search(r"^VmHWM:\s+(\d+) kB", file.read(), re.MULTILINE)[1]) * 1024
    except OSError:
        import resource  # here, because Windows has none, and should still run

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
