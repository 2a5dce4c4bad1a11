"""Tensors of any array library, from and to (dtype, shape, bytes) and plain doubles.

PyTorch and NumPy are asked by name; of another library (JAX, MLX, CuPy, …) only what the array API has: asarray, dtypes by their names,
.dtype, .shape, .reshape and .tolist(). No library is imported here: whoever has its arrays has imported it.
"""

import ctypes
import math
import struct
import sys

from .protocol import SAFETENSORS_DTYPES, Unsupported

NAMES = {"f64": "float64", "f32": "float32", "bf16": "bfloat16", "f16": "float16"}
STORED = {NAMES[dtype]: stored for dtype, stored in SAFETENSORS_DTYPES.items()}
_CODES = {"F64": "d", "F32": "f", "F16": "e"}

# The libraries that a program may have imported, those that bring NumPy with them first.
_LIBRARIES = ("torch", "jax.numpy", "mlx.core", "cupy", "numpy")


def imported_library():
    """The array library that the program uses: the first of PyTorch, JAX, MLX, CuPy and NumPy that it has imported; None if none."""
    return next((sys.modules[name] for name in _LIBRARIES if name in sys.modules), None)


def to_doubles(stored, data):
    """The values of a safetensors tensor, exactly, as a list of float."""
    if stored == "BF16":  # the upper half of a float32
        halves = struct.unpack(f"<{len(data) // 2}H", data)
        return list(struct.unpack(f"<{len(halves)}f", struct.pack(f"<{len(halves)}I", *(half << 16 for half in halves))))
    code = _CODES[stored]
    return list(struct.unpack(f"<{len(data) // struct.calcsize(code)}{code}", data))


def dtype_in(library, dtype):
    """A library's own f64, f32, bf16 or f16. NumPy, whose linear algebra has no 16-bit types, has float32 for the last two.

    Raises Unsupported if the library has no such dtype.
    """
    name = "float32" if library.__name__ == "numpy" and dtype in ("bf16", "f16") else NAMES[dtype]
    if not hasattr(library, name):
        raise Unsupported(f"dtype {dtype}: {library.__name__} has no {name}")
    return getattr(library, name)


def to_array(library, dtype, shape, values, device=None):
    """An array of a library.

    library  the module: torch, numpy, jax.numpy, …
    dtype    f64, f32, bf16 or f16, of which the library makes its own by dtype_in
    values   doubles that are exact in the dtype, or the bytes of a safetensors tensor of this dtype
    device   a torch.device, or None
    """
    is_stored = isinstance(values, (bytes, bytearray, memoryview))
    own = dtype_in(library, dtype)
    if library.__name__ == "torch":
        if is_stored:
            return library.frombuffer(bytearray(values), dtype=own).reshape(tuple(shape)).to(device)
        return library.tensor(values, dtype=library.float64).to(device, own).reshape(tuple(shape))
    if is_stored:
        values = to_doubles(SAFETENSORS_DTYPES[dtype], values)
    make = getattr(library, "asarray", None) or library.array
    array = make(values, dtype=own).reshape(tuple(shape))
    if library.__name__ != "numpy" and dtype_of(array) != SAFETENSORS_DTYPES[dtype]:  # JAX makes float32 of float64 unless told not to
        raise Unsupported(f"dtype {dtype}: {library.__name__} made {array.dtype} of it (JAX: set JAX_ENABLE_X64=1)")
    return array


def dtype_of(array):
    """The safetensors dtype of an array; None where that is no floating-point type of the protocol."""
    return STORED.get(str(array.dtype).rpartition(".")[2])


def to_plain(value):
    """(dtype, shape, doubles) of an array, a number, or nested lists of numbers, which count as float64.

    The dtype is F64, F32, BF16 or F16, or the library's name of what is neither, such as int64. ValueError if it is no tensor.
    """
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        flat = value.detach() if hasattr(value, "detach") else value
        return dtype_of(value) or str(value.dtype), tuple(int(extent) for extent in value.shape), flat.reshape((-1,)).tolist()
    shape, level = [], value
    while isinstance(level, (list, tuple)):
        shape.append(len(level))
        level = level[0] if level else 0.0
    values = [value]
    for extent in shape:
        if not all(isinstance(each, (list, tuple)) and len(each) == extent for each in values):
            raise ValueError("found lists of unequal lengths, expected a tensor")
        values = [entry for each in values for entry in each]
    if not all(isinstance(entry, (int, float)) and not isinstance(entry, bool) for entry in values):
        strange = next(entry for entry in values if not isinstance(entry, (int, float)) or isinstance(entry, bool))
        raise ValueError(f"found {type(strange).__name__}, expected an array, or nested lists of numbers")
    return "F64", tuple(shape), [float(entry) for entry in values]


def to_stored(value):
    """(dtype, shape, bytes) of an array, as write_safetensors takes it. ValueError if it is no floating-point tensor."""
    library = type(value).__module__.partition(".")[0]
    if library == "torch" and dtype_of(value):
        held = value.detach().cpu().contiguous()
        return dtype_of(value), tuple(held.shape), ctypes.string_at(held.data_ptr(), held.numel() * held.element_size())
    if library == "numpy" and dtype_of(value) and hasattr(value, "astype"):
        return dtype_of(value), value.shape, value.astype(value.dtype.newbyteorder("<")).tobytes()
    stored, shape, values = to_plain(value)
    if stored not in SAFETENSORS_DTYPES.values():
        raise ValueError(f"found dtype {stored}, expected one of {', '.join(STORED)}")
    wide = "F64" if stored == "F64" else "F32"  # which holds 16 bits exactly
    return wide, shape, struct.pack(f"<{math.prod(shape)}{_CODES[wide]}", *values)
