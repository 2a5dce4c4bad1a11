using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Properties;

/// <summary>What holds for positions as angles.</summary>
internal static class PositionProperties
{
    public static IEnumerable<Property> All =>
    [
        new("block.rope", "norms",
            "Every pair of entries that turn together keeps its length.", Norms),
        new("block.rope", "relative",
            "The product of a rotated query and a rotated key depends on the distance of their positions, not on the positions.", Relative),
        new("base.txl.encoding", "unit-circle",
            "The sine and the cosine of every angle lie on the unit circle.", UnitCircle),
    ];

    // |y² − y*²| ≤ 2|y|b + b² for an entry y within b of the correct one y*, whose pair has the length of x's.
    private static void Norms(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var (x, y, bounds) = (trial.Inputs["x"], trial.Run()["y"], trial.Bounds["y"]);
        var isInterleaved = trial.Attributes.Text("pairs") == "interleaved";
        Pairs(y.Shape, 3, isInterleaved, (left, right) =>
        {
            var found = Square(y.Values[left]) + Square(y.Values[right]);
            var expected = Square(x.Values[left]) + Square(x.Values[right]);
            var allowed = SquareError(y, bounds, left) + SquareError(y, bounds, right) + Math.ScaleB(found + expected, -51);
            Require.That(Math.Abs(found - expected) <= allowed, $"Found a pair of squared length {found:G9}, expected {expected:G9} within {allowed:G3}.");
        });
    }

    private static void Relative(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var queries = trial.Inputs["x"];
        var keys = context.Normal(queries.Shape);
        var offset = context.Random.Next(20);
        var (scores, errors) = Scores(offset);
        var (shiftedScores, shiftedErrors) = Scores(offset + context.Random.Next(1, 100));
        Require.Within("q·k", shiftedScores, scores, errors.Plus(shiftedErrors));

        // The products of all queries with all keys of a head, in float64, and how far honest ones may be from the correct.
        (TensorData Scores, TensorData Errors) Scores(int offset)
        {
            var attributes = trial.Attributes.With("offset", offset);
            (TensorData Y, TensorData Bounds) Rotate(TensorData x)
            {
                var inputs = new Dictionary<string, TensorData> { ["x"] = x };
                return (context.Call(attributes, inputs)["y"], context.Bounds(attributes, inputs)["y"]);
            }

            var (q, k) = (Rotate(queries), Rotate(keys));
            var (tokens, width) = (queries.Shape[2], queries.Shape[3]);
            var shape = queries.Shape.With(3, tokens);
            var (products, allowed) = (new double[shape.Count], new double[shape.Count]);
            for (var i = 0; i < products.Length; i++)
            {
                var (row, column) = (i / tokens * width, (i / tokens / tokens * tokens + i % tokens) * width);
                for (var j = 0; j < width; j++)
                {
                    var (left, right) = (q.Y.Values[row + j], k.Y.Values[column + j]);
                    var (leftBound, rightBound) = (q.Bounds.Values[row + j], k.Bounds.Values[column + j]);
                    products[i] += left * right;
                    allowed[i] += Math.Abs(left) * rightBound + Math.Abs(right) * leftBound + leftBound * rightBound
                        + Math.ScaleB(Math.Abs(left * right), -48);
                }
            }

            return (new TensorData(shape, products), new TensorData(shape, allowed));
        }
    }

    private static void UnitCircle(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var (r, bounds) = (trial.Run()["R"], trial.Bounds["R"]);
        Pairs(r.Shape, 1, isInterleaved: false, (sine, cosine) =>
        {
            var found = Square(r.Values[sine]) + Square(r.Values[cosine]);
            var allowed = SquareError(r, bounds, sine) + SquareError(r, bounds, cosine) + Math.ScaleB(1, -51);
            Require.That(Math.Abs(found - 1) <= allowed, $"Found a squared length of {found:G9}, expected 1 within {allowed:G3}.");
        });
    }

    // The indices of an entry of the first half of the axis and of its partner in the second, or of neighbours.
    private static void Pairs(Shape shape, int axis, bool isInterleaved, Action<int, int> check)
    {
        var half = shape[axis] / 2;
        for (var row = 0; row < shape.Count / shape[axis]; row++)
        {
            for (var j = 0; j < half; j++)
            {
                var first = row * shape[axis] + (isInterleaved ? 2 * j : j);
                check(first, first + (isInterleaved ? 1 : half));
            }
        }
    }

    private static double SquareError(TensorData y, TensorData bounds, int i) =>
        2 * Math.Abs(y.Values[i]) * bounds.Values[i] + Square(bounds.Values[i]);

    private static double Square(double x) => x * x;
}
