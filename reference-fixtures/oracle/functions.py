"""The scalar functions of the specification, as operations of an arithmetic."""


def sigmoid(a, x):
    """σ(x) = 1/(1+e^-x), written for negative x as e^x/(1+e^x): the exponential of a large argument never appears."""
    return a.function(logistic, x)


def logistic(a, x):
    if x > 0:
        return 1 / (1 + a.exp(-x))
    e = a.exp(x)
    return e / (1 + e)


def silu(a, x):
    """x σ(x)."""
    return x * sigmoid(a, x)


def softplus(a, x):
    """max(x,0) + log1p(e^-|x|)."""
    tail = a.log1p(a.exp(-abs(x)))
    return x + tail if x > 0 else tail


def softmax(a, xs, given=False):
    """Softmax of one row, the maximum subtracted.

    e^(x − logsumexp x), with which kernels save the sum, is off by the rounding of that logarithm. Scores that are computed are off by as much
    themselves; `given` ones are not.
    """
    offset = a.offset(xs)
    weights = [a.exp(x - offset) for x in xs]
    total = a.scaled_by_rounding(a.sum(weights), offset) if given else a.sum(weights)
    return [a.share_of(total, w) for w in weights]


def gaussian(a, x, m, v):
    """N(x; m, v): the Gaussian density with mean m and variance v."""
    d = x - m
    return a.exp(-(d * d / (2 * v))) / a.sqrt(a.two_pi() * v)
