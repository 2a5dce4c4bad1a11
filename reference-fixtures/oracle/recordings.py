"""A recording of the authors' code: NAME.safetensors, and NAME.json with what it says of itself; and the layouts its tensors have."""

import json
import math

import safetensors
from nested import each, flat, of_shape


class Unfit(Exception):
    """What a recording says cannot be: one line with the tensor or hyperparameter, what was found and what was expected."""


class Unknown(Exception):
    """What a recording says is not known here, or cannot be judged: the reason in one line."""


class Recording:
    """The tensors of one file by name, and what its JSON says. Remembers which of them were used, and which compared."""

    def __init__(self, path):
        try:
            content = safetensors.read(path.read_bytes())
        except (OSError, ValueError, MemoryError) as failure:
            raise Unfit(f"{path.name}: {failure}") from None
        self.name = path.stem
        self.said = _said(path.with_suffix(".json"))
        self.hyperparameters = self.said.get("hyperparameters", {})
        self.types = {name: kind for name, (kind, _, _) in content.items()}
        self.shapes = {name: shape for name, (_, shape, _) in content.items()}
        self.tensors = {name: tensor for name, (_, _, tensor) in content.items()}
        self.used, self.compared = set(), set()

    def __contains__(self, name):
        return name in self.tensors

    def __getitem__(self, name):
        """An input, parameter or state."""
        if name not in self.tensors:
            raise Unfit(f"tensor {name}: found nothing, expected it")
        self.used.add(name)
        if not all(map(math.isfinite, flat(self.tensors[name]))):
            raise Unfit(f"tensor {name}: found what is not finite, expected finite numbers")
        return each(float, self.tensors[name])

    def get(self, name):
        return self[name] if name in self.tensors else None

    def fitting(self, name, *shape):
        """The tensor, of that shape; None stands for any extent."""
        tensor = self[name]
        found = self.shapes[name]
        if len(found) != len(shape) or any(e is not None and e != f for e, f in zip(shape, found)):
            raise Unfit(f"tensor {name}: found shape {found}, expected [{', '.join('any' if e is None else str(e) for e in shape)}]")
        return tensor

    def says(self, name, kind=(int, float), otherwise=Unfit):
        """A hyperparameter of that kind; `otherwise` where there is none."""
        value = self.hyperparameters.get(name)
        if value is None and otherwise is not Unfit:
            return otherwise
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            raise Unfit(f"hyperparameter {name}: found {value!r}, expected {' or '.join(k.__name__ for k in kinds)}")
        return value

    def positive(self, name, kind=(int, float), otherwise=Unfit):
        """The same where only a number above 0 can be."""
        value = self.says(name, kind, otherwise)
        if value is not None and not 0 < value < math.inf:
            raise Unfit(f"hyperparameter {name}: found {value!r}, expected a positive number")
        return value

    def origin(self):
        """The file of the authors' code that it is of, in small letters."""
        upstream = self.said.get("upstream", {})
        return str(upstream.get("file", "")).lower() if isinstance(upstream, dict) else ""

    def words(self):
        """Its origin and its names, in small letters: what kind of recording it is."""
        return f"{self.origin()} {self.name} {self.said.get('case', '')}".lower()

    def steps(self, *prefixes):
        """0 … S-1, as far as tensors of one of the prefixes go: `in.k.s2`."""
        found = [int(name[len(p) :]) for name in self.tensors for p in prefixes if name.startswith(p) and name[len(p) :].isdigit()]
        return range(max(found, default=-1) + 1)

    def meaning(self, name):
        described = self.said.get("tensors", {}).get(name, {})
        return str(described.get("meaning", "")) if isinstance(described, dict) else ""

    def contradictions(self):
        """Where file and JSON differ, in a line each."""
        declared = self.said.get("tensors", {})
        for name, entry in declared.items():
            if name not in self.tensors:
                yield f"tensor {name}: found nothing, expected it, since {self.name}.json names it"
            elif isinstance(entry, dict) and entry.get("shape", self.shapes[name]) != self.shapes[name]:
                yield f"tensor {name}: found shape {self.shapes[name]}, expected {entry['shape']}, as {self.name}.json says"
            elif isinstance(entry, dict) and entry.get("dtype", self.types[name]) != self.types[name]:
                yield f"tensor {name}: found {self.types[name]}, expected {entry['dtype']}, as {self.name}.json says"

    def is_said_to_be_nonfinite(self, name):
        return name in (self.said.get("nonfinite_tensors") or ())

    def results(self):
        """The names of what the code computed."""
        return [name for name in self.tensors if name.startswith(("f64.", "f64p.", "f32."))]


def _said(path):
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as failure:
        raise Unfit(f"{path.name}: {failure}") from None
    if not isinstance(said, dict) or not isinstance(said.get("hyperparameters", {}), dict) or not isinstance(said.get("tensors", {}), dict):
        raise Unfit(f"{path.name}: found no object with hyperparameters and tensors, expected one")
    return said


def is_view(found, ours):
    """Whether a shape is ours with neighbouring axes joined, or axes of extent 1 more or less."""
    if not math.prod(found):
        return not math.prod(ours)
    found, ours = ([n for n in shape if n != 1] for shape in (found, ours))
    i = 0
    for extent in found:
        product = 1
        while i < len(ours) and product < extent:
            product *= ours[i]
            i += 1
        if product != extent:
            return False
    return i == len(ours)


def transposed(X):
    return [list(column) for column in zip(*X)]


def batch_first(X):
    """[L,B,e] → [B,L,e], and back."""
    return [list(rows) for rows in zip(*X)]


def merged_heads(X):
    """[B,H,P,dh] → [B,P,H·dh]."""
    return [[[x for part in parts for x in part] for parts in zip(*heads)] for heads in X]


def split_heads(X, heads):
    """[B,P,H·dh] → [B,H,P,dh]."""
    width = len(X[0][0]) // heads
    return [[[row[h * width : (h + 1) * width] for row in rows] for h in range(heads)] for rows in X]


def shaped(X, *shape):
    return of_shape(list(shape), iter(flat(X)))


def broadcast(X, batch):
    """A state of batch 1 becomes that of the whole batch."""
    return X * batch if len(X) == 1 else X
