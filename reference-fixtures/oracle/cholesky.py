"""Solution of a symmetric positive definite system in whatever precision its entries have."""


def solve(A, right, sqrt, dot):
    """X with A X = right; A as its lower triangle (row i has i+1 entries), right [N,e].

    ValueError where A is not positive definite.
    """
    return substituted(factor(A, sqrt, dot), right, dot)


def factor(A, sqrt, dot):
    """The lower triangle L with L Lᵀ = A."""
    lower = []
    for i in range(len(A)):
        row = []
        for j in range(i):
            row.append((A[i][j] - dot(zip(row, lower[j][:j]))) / lower[j][j])
        pivot = A[i][i] - dot((x, x) for x in row)
        if not pivot > 0:
            raise ValueError(f"the matrix is not positive definite: pivot {i}")
        row.append(sqrt(pivot))
        lower.append(row)
    return lower


def substituted(lower, right, dot):
    """X with L Lᵀ X = right."""
    n = len(lower)
    upper_columns = [[lower[k][i] for k in range(i + 1, n)] for i in range(n)]
    solutions = []
    for column in zip(*right):
        forward = []
        for i in range(n):
            forward.append((column[i] - dot(zip(lower[i][:i], forward))) / lower[i][i])
        backward = []  # x_{n-1} first
        for i in reversed(range(n)):
            backward.append((forward[i] - dot(zip(upper_columns[i], reversed(backward)))) / lower[i][i])
        solutions.append(backward[::-1])
    return [list(row) for row in zip(*solutions)]
