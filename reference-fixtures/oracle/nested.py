"""Tensors as nested lists: a matrix is a list of rows, a scalar is the number itself."""


def shape_of(x):
    return [len(x), *shape_of(x[0])] if isinstance(x, (list, tuple)) else []


def each(f, x):
    """f applied to every entry, in row-major order."""
    return [each(f, y) for y in x] if isinstance(x, (list, tuple)) else f(x)


def flat(x):
    """The entries in row-major order."""
    if not isinstance(x, (list, tuple)):
        return [x]
    return [entry for y in x for entry in flat(y)]


def of_shape(shape, entries):
    """Nested lists of that shape, filled in row-major order from an iterator."""
    return [of_shape(shape[1:], entries) for _ in range(shape[0])] if shape else next(entries)
