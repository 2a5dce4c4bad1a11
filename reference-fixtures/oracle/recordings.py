"""What the comparisons with recordings of the authors' code share: bounds, the comparison itself, and the recordings' layouts.

The error is the largest difference relative to the tensor's largest entry. The allowed error is the recorded code's own error against
50 digits, as stated with the recordings, times SLACK: the statement is rounded, and made for some of the tensors only. For the ridge
operator it is the largest one stated.
"""

from arithmetic import Exact
from nested import each, flat, of_shape

SLACK = 4
EXPECTATION = 2e-16 * SLACK
NETWORK = 4e-16 * SLACK
OPERATOR = 4e-13

a = Exact()


class Comparison:
    def __init__(self):
        self.passed = self.failed = 0

    def __call__(self, what, ours, recorded, allowed, scale=None):
        recorded = flat(recorded)
        ours = [float(x) for x in flat(ours)]
        if len(ours) != len(recorded):
            raise ValueError(f"{what}: {len(ours)} entries against {len(recorded)} recorded")
        scale = scale or max(abs(float(x)) for x in recorded)
        error = max(abs(x - float(y)) for x, y in zip(ours, recorded)) / scale
        fits = error <= allowed
        self.passed += fits
        self.failed += not fits
        print(f"{'ok  ' if fits else 'FAIL'} {what}: {error:.1e} of {allowed:.1e}")


class Recording(dict):
    """The tensors of one file by name; remembers which of them were looked up, to be compared with."""

    def __init__(self, tensors):
        super().__init__(tensors)
        self.compared = set()

    def __getitem__(self, key):
        self.compared.add(key)
        return super().__getitem__(key)

    def not_compared(self):
        return [key for key in self if key.startswith(("f64", "f32")) and key not in self.compared]


def transposed(X):
    return [list(column) for column in zip(*X)]


def batch_first(X):
    """[L,B,e] → [B,L,e]."""
    return [list(rows) for rows in zip(*X)]


def merged_heads(X):
    """[B,H,P,dh] → [B,P,H·dh]."""
    return [[[x for part in parts for x in part] for parts in zip(*heads)] for heads in X]


def exact(X):
    return each(a.number, X)


def shaped(X, *shape):
    return of_shape(list(shape), iter(flat(X)))
