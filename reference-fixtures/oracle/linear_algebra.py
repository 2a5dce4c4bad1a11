"""Matrix products of nested lists. Matrices act from the right (X W), so a weight is [in, out]."""


def product(a, X, W):
    """X W for X [P,K], W [K,C]."""
    columns = list(zip(*W))
    return [[a.dot(row, column) for column in columns] for row in X]


def product_transposed(a, X, Y):
    """X Yᵀ for X [P,K], Y [C,K]."""
    return [[a.dot(x, y) for y in Y] for x in X]


def plus(X, Y):
    """X + Y for X, Y [B,P,d]."""
    return [[[u + v for u, v in zip(*rows)] for rows in zip(x, y, strict=True)] for x, y in zip(X, Y, strict=True)]


def join(*parts):
    """[B,P,d] each → one after the other along P."""
    return [[row for part in of_batch for row in part] for of_batch in zip(*parts, strict=True)]


def head(X, h, heads):
    """Columns h·dh … (h+1)·dh - 1 of X [P,d], dh = d/heads."""
    width = len(X[0]) // heads
    return [row[h * width : (h + 1) * width] for row in X]


def concatenate(parts):
    """[P,dh] per head → [P,d]."""
    return [[x for part in rows for x in part] for rows in zip(*parts)]


def scores(a, Q, K, heads):
    """Q_h K_hᵀ/√dh per head: Q [P,d], K [R,d] → [H,P,R]."""
    scale = a.reciprocal_root(len(Q[0]) // heads)
    return [
        [[x * scale for x in row] for row in product_transposed(a, head(Q, h, heads), head(K, h, heads))] for h in range(heads)
    ]
