using System.Numerics;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>The operator of a regression by another decomposition, in the format: F [N,P] and λ, fitted to a unit signal at every position kept.</summary>
internal abstract class FittedOperator : Variation
{
    protected FittedOperator(string equation, string name)
        : base($"{equation}/{name}")
    {
        Equations = [equation];
        Formats = [FloatFormat.Float64, FloatFormat.Float32];
    }

    public override IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
        request.Format == FloatFormat.Float64 ? Operator<double>(request) : Operator<float>(request);

    /// <summary>argmin ‖Fᵀc − x‖² + λ‖c‖² for every column x of the signals [P,K].</summary>
    protected abstract Matrix<T> Fit<T>(Matrix<T> f, T ridge, Matrix<T> signals)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>[Fᵀ; √λ I], whose normal equations are the ridge system.</summary>
    protected static Matrix<T> Augmented<T>(Matrix<T> f, T ridge)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        f.Transpose().Stack(Matrix<T>.Build.DenseDiagonal(f.RowCount, T.Sqrt(ridge)));

    private Dictionary<string, TensorData> Operator<T>(EquationRequest request)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var psi = request.Inputs["psi"];
        var (positions, functions) = (psi.Shape[0], psi.Shape[1]);
        var kept = request.Attributes.Has("kept") ? request.Attributes.Integer("kept") : positions;
        var first = (positions - kept) / 2;
        var f = Matrix<T>.Build.Dense(functions, positions, (j, p) => T.CreateTruncating(psi.Values[p * functions + j]));
        var signals = Matrix<T>.Build.Dense(positions, kept, (p, k) => p == first + k ? T.One : T.Zero);
        var c = Fit(f, T.CreateTruncating(request.Attributes.Number("ridge")), signals);
        double[] values = [.. Enumerable.Range(0, kept * functions).Select(i => double.CreateTruncating(c[i % functions, i / functions]))];
        return new Dictionary<string, TensorData> { ["G"] = new([kept, functions], values) };
    }
}

internal sealed class OperatorByQr(string equation) : FittedOperator(equation, "augmented-qr")
{
    protected override Matrix<T> Fit<T>(Matrix<T> f, T ridge, Matrix<T> signals) =>
        Augmented(f, ridge).QR().Solve(signals.Stack(Matrix<T>.Build.Dense(f.RowCount, signals.ColumnCount)));
}

internal sealed class OperatorByPseudoInverse(string equation) : FittedOperator(equation, "augmented-pseudo-inverse")
{
    protected override Matrix<T> Fit<T>(Matrix<T> f, T ridge, Matrix<T> signals) =>
        Augmented(f, ridge).PseudoInverse().SubMatrix(0, f.RowCount, 0, f.ColumnCount) * signals;
}

internal sealed class OperatorBySingularValues(string equation) : FittedOperator(equation, "singular-values")
{
    protected override Matrix<T> Fit<T>(Matrix<T> f, T ridge, Matrix<T> signals)
    {
        var svd = f.Svd();
        var damped = Matrix<T>.Build.Dense(f.RowCount, f.ColumnCount, (i, j) => i == j ? svd.S[i] / (svd.S[i] * svd.S[i] + ridge) : T.Zero);
        return svd.U * (damped * (svd.VT * signals));
    }
}
