using Harness.Conformance.Comparison;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What holds for ridge regression, wherever it happens. Solutions are judged by the norms of their columns.</summary>
internal static class RidgeProperties
{
    // λ → ∞: beside it F Fᵀ, below 10⁴ for the inputs drawn, is a relative 10⁻⁸.
    private const double LargeRidge = 1099511627776;

    public static IEnumerable<Property> All =>
    [
        new("inf.regression.operator", "normal-equations",
            "(F Fᵀ + λI) Gᵀ = F.", OperatorSolves),
        new("inf-ref.regression.operator", "normal-equations",
            "With the target 0 at the padding, (F Fᵀ + λI) Gᵀ is F at the positions that are kept.", OperatorSolves),
        new("inf.regression.operator", "row-permutation",
            "Permuting the positions permutes the operator's rows.", OperatorOfPermutedPositions),
        new("inf.regression.operator", "large-ridge",
            "λG → Fᵀ as λ → ∞.", OperatorAtLargeRidge),
        new("inf.regression.coefficients", "normal-equations",
            "With the implementation's own operator, (F Fᵀ + λI) C = F X.", CoefficientsSolve),
        new("inf.regression.coefficients", "linear",
            "The coefficients are linear in X.", CoefficientsAreLinear),
        new("inf.regression.coefficients", "row-permutation",
            "One permutation of positions and rows leaves the coefficients.", CoefficientsOfPermutedRows),
        new("inf.memory.update", "normal-equations",
            "(F Fᵀ + λI) C_next = F (X_past ‖ X_new) with F on t_joint and X_past = psi(t_past) C.", UpdateSolves),
        new("inf.memory.update", "row-permutation",
            "One permutation of samples, and one of new rows, each with their positions, leaves C_next.", UpdateOfPermutedRows),
        new("inf.memory.update", "large-ridge",
            "λC_next → F (X_past ‖ X_new) as λ → ∞.", UpdateAtLargeRidge),
    ];

    // A g − f = A(g − correct g), so that ‖A g − f‖ ≤ ‖A‖·bound.
    private static void OperatorSolves(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var equations = Equations(trial.Inputs["psi"], trial.Attributes.Number("ridge"));
        var (g, bounds) = (trial.Run()["G"], trial.Bounds["G"]);
        var padding = (trial.Inputs["psi"].Shape[0] - g.Shape[0]) / 2;
        for (var p = 0; p < g.Shape[0]; p++)
        {
            RequireNorm($"A G[{p}] − F[:,{padding + p}]", equations.Residual(Row(g, p), BasisRow(trial.Inputs["psi"], padding + p)),
                equations.Norm * bounds.Values[p]);
        }
    }

    private static void OperatorOfPermutedPositions(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var order = context.Order(trial.Inputs["psi"].Shape[0]);
        var permuted = trial.Run(("psi", trial.Inputs["psi"].Pick(0, order)))["G"];
        Require.ColumnsAgree("G", permuted, trial.Run()["G"].Pick(0, order), 1, trial.Bounds["G"].Pick(0, order));
    }

    // The error of least squares by QR or singular values of [Fᵀ; √λI] is that of a right-hand side off by 2u√‖A‖‖x‖, of which the bound, which
    // knows that side alone, has less: √‖A‖ is √λ here, not ‖F‖.
    private static double OfLeastSquares(PropertyContext context, double size) =>
        Tolerance.Bound(2 * context.Format.UnitRoundoff * Math.Sqrt(LargeRidge) * size, 0, context.Format);

    // λ A⁻¹ f − f = −F Fᵀ A⁻¹ f, and ‖A⁻¹‖ ≤ 1/λ: the correct λg is within ‖F Fᵀ‖/λ·‖f‖ of f, and an honest one λ·bound further
    // away.
    private static void OperatorAtLargeRidge(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, _) => attributes.With("ridge", LargeRidge));
        var equations = Equations(trial.Inputs["psi"], LargeRidge);
        var (g, bounds) = (trial.Run()["G"], trial.Bounds["G"]);
        for (var p = 0; p < g.Shape[0]; p++)
        {
            var f = BasisRow(trial.Inputs["psi"], p);
            RequireNorm(
                $"λG[{p}] − F[:,{p}]", equations.DistanceAtLargeRidge(Row(g, p), f),
                equations.GramNorm / LargeRidge * NormalEquations.Length(f) + LargeRidge * bounds.Values[p] + OfLeastSquares(context, size: 1));
        }
    }

    // C = GᵀX + e with ‖e‖ ≤ bound; A Gᵀ x − F x = Σ_p x_p (A g_p − f_p). The operator's own residuals are taken as they are:
    // they are its affair.
    private static void CoefficientsSolve(PropertyContext context)
    {
        var (attributes, inputs) = context.Draw("inf.regression.operator");
        var g = context.Call("inf.regression.operator", attributes, inputs)["G"];
        var trial = context.DrawJudged((own, tensors) =>
        {
            tensors["X"] = context.Normal([tensors["X"].Shape[0], g.Shape[0], tensors["X"].Shape[2]]);
            tensors["G"] = g;
            return own;
        });
        var equations = Equations(inputs["psi"], attributes.Number("ridge"));
        var residuals =
            Enumerable.Range(0, g.Shape[0]).Select(p => equations.Residual(Row(g, p), BasisRow(inputs["psi"], p))).ToArray();
        ForEachColumn(trial.Run()["C"], trial.Bounds["C"], (batch, column, c, bound) =>
        {
            var x = Column(trial.Inputs["X"], batch, column);
            var inherited = x.Zip(residuals, (value, residual) => Math.Abs((double)value) * residual).Sum();
            RequireNorm($"A C[{batch},:,{column}] − F X[{batch},:,{column}]", equations.Residual(c, equations.RightSide(x)),
                inherited + equations.Norm * bound);
        });
    }

    private static void CoefficientsAreLinear(PropertyContext context)
    {
        // Multiples of 1/16 up to 3, so that 2X − 3Y is exact in every format.
        TensorData Grid(TensorData like) => context.Tensor(like.Shape, () => context.Random.Next(-48, 49) / 16.0);
        TensorData Combine(TensorData x, TensorData y) =>
            new(x.Shape, [.. x.Values.Zip(y.Values, (left, right) => 2 * left - 3 * right)]);

        var trial = context.DrawJudged((attributes, inputs) =>
        {
            inputs["X"] = Grid(inputs["X"]);
            return attributes;
        });
        var y = Grid(trial.Inputs["X"]);
        var combined = Combine(trial.Inputs["X"], y);
        TensorData BoundsFor(TensorData x) =>
            context.Bounds(trial.Attributes, new Dictionary<string, TensorData>(trial.Inputs) { ["X"] = x })["C"];
        var (xBounds, yBounds, bounds) = (trial.Bounds["C"], BoundsFor(y), BoundsFor(combined));

        var difference = Combine(trial.Run()["C"], trial.Run(("X", y))["C"]);
        var whole = trial.Run(("X", combined))["C"];
        var norms = new TensorData(whole.Shape, [.. whole.Values.Zip(difference.Values, (left, right) => left - right)]).Norms(1);
        for (var i = 0; i < norms.Values.Length; i++)
        {
            // The right side, computed here in float64, rounds twice: by at most 2⁻⁵² of 2‖C(X)‖ + 3‖C(Y)‖, and u‖C‖ ≤ bound/8.
            RequireNorm("C(2X − 3Y) − 2C(X) + 3C(Y)", norms.Values[i],
                bounds.Values[i] + 1.25 * (2 * xBounds.Values[i] + 3 * yBounds.Values[i]));
        }
    }

    private static void CoefficientsOfPermutedRows(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var order = context.Order(trial.Inputs["G"].Shape[0]);
        var permuted = trial.Run(("X", trial.Inputs["X"].Pick(1, order)), ("G", trial.Inputs["G"].Pick(0, order)));
        Require.ColumnsAgree("C", permuted["C"], trial.Run()["C"], 1, trial.Bounds["C"]);
    }

    private static void UpdateSolves(PropertyContext context) => CheckUpdate(
        context.DrawJudged(),
        (equations, c, _, rightSide, bound) => ("A C_next − F X", equations.Residual(c, rightSide), equations.Norm * bound));

    private static void UpdateAtLargeRidge(PropertyContext context) => CheckUpdate(
        context.DrawJudged((attributes, _) => attributes.With("ridge", LargeRidge)),
        (equations, c, x, rightSide, bound) => (
            "λC_next − F X",
            equations.DistanceAtLargeRidge(c, rightSide),
            equations.GramNorm / LargeRidge * NormalEquations.Length(rightSide) + LargeRidge * bound + OfLeastSquares(context, NormalEquations.Length(x))));

    private static void UpdateOfPermutedRows(PropertyContext context)
    {
        var trial = context.DrawJudged();
        var (past, fresh) = (trial.Inputs["t_past"], trial.Inputs["X_new"]);
        var (samples, order) = (context.Order(past.Shape[^1]), context.Order(fresh.Shape[1]));
        var permuted = trial.Run(
            ("t_past", past.Pick(past.Shape.Rank - 1, samples)),
            ("X_new", fresh.Pick(1, order)),
            ("t_joint", trial.Inputs["t_joint"].Pick(0, [.. samples, .. order.Select(i => samples.Length + i)])));
        Require.ColumnsAgree("C_next", permuted["C_next"], trial.Run()["C_next"], 1, trial.Bounds["C_next"]);
    }

    private static void CheckUpdate(
        Trial trial, Func<NormalEquations, double[], DoubleDouble[], DoubleDouble[], double, (string What, double Norm, double Allowed)> judge)
    {
        var (centres, deviations) = (trial.Inputs["mu_j"].Values, trial.Inputs["sigma_j"].Values);
        var (past, c) = (trial.Inputs["t_past"], trial.Inputs["C"]);
        var samples = past.Shape[^1];
        var equations = new NormalEquations(
            Gaussian.Basis(trial.Inputs["t_joint"].Values, centres, deviations), trial.Attributes.Number("ridge"));
        ForEachColumn(trial.Run()["C_next"], trial.Bounds["C_next"], (batch, column, next, bound) =>
        {
            var positions = past.Values.AsSpan(past.Shape.Rank == 1 ? 0 : batch * samples, samples);
            var psi = Gaussian.Basis(positions, centres, deviations);
            var memory = Column(c, batch, column);
            var x = new List<DoubleDouble>();
            for (var m = 0; m < samples; m++)
                x.Add(memory.Select((value, j) => value * psi[m, j]).Aggregate((sum, term) => sum + term));
            x.AddRange(Column(trial.Inputs["X_new"], batch, column));
            var (what, norm, allowed) = judge(equations, next, x.ToArray(), equations.RightSide(x.ToArray()), bound);
            RequireNorm($"column [{batch},:,{column}] of {what}", norm, allowed);
        });
    }

    private static void ForEachColumn(TensorData c, TensorData bounds, Action<int, int, double[], double> check)
    {
        for (var batch = 0; batch < c.Shape[0]; batch++)
        {
            for (var column = 0; column < c.Shape[2]; column++)
            {
                var entries = Array.ConvertAll(Column(c, batch, column), value => (double)value);
                check(batch, column, entries, bounds.Values[batch * c.Shape[2] + column]);
            }
        }
    }

    private static NormalEquations Equations(TensorData psi, double ridge)
    {
        var exact = new DoubleDouble[psi.Shape[0], psi.Shape[1]];
        for (var i = 0; i < psi.Values.Length; i++)
            exact[i / psi.Shape[1], i % psi.Shape[1]] = psi.Values[i];
        return new NormalEquations(exact, ridge);
    }

    private static double[] Row(TensorData matrix, int row) =>
        matrix.Values[(row * matrix.Shape[1])..((row + 1) * matrix.Shape[1])];

    private static DoubleDouble[] BasisRow(TensorData psi, int row) =>
        Array.ConvertAll(Row(psi, row), value => (DoubleDouble)value);

    private static DoubleDouble[] Column(TensorData x, int batch, int column)
    {
        var entries = new DoubleDouble[x.Shape[1]];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = x.Values[(batch * x.Shape[1] + i) * x.Shape[2] + column];
        return entries;
    }

    private static void RequireNorm(string what, double norm, double allowed) =>
        Require.That(norm <= allowed, $"The norm of {what} is {norm:G3}, expected at most {allowed:G3}.");
}
