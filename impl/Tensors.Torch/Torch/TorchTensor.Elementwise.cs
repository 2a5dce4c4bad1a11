using Harness.Tensors.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

public sealed partial class TorchTensor
{
    /// <inheritdoc/>
    public static TorchTensor operator +(TorchTensor left, TorchTensor right) =>
        Binary("+", left, right, (a, b) => a.add(b, left._engine.One));

    /// <inheritdoc/>
    public static TorchTensor operator -(TorchTensor left, TorchTensor right) => Binary("-", left, right, (a, b) => a.sub(b));

    /// <inheritdoc/>
    public static TorchTensor operator *(TorchTensor left, TorchTensor right) => Binary("*", left, right, (a, b) => a.mul(b));

    /// <inheritdoc/>
    public static TorchTensor operator /(TorchTensor left, TorchTensor right) => Binary("/", left, right, (a, b) => a.div(b));

    /// <inheritdoc/>
    public static TorchTensor operator +(TorchTensor left, DoubleDouble right) =>
        Constant("+", left, right, (a, b) => a.add(b, left._engine.One));

    /// <inheritdoc/>
    public static TorchTensor operator *(TorchTensor left, DoubleDouble right) => Constant("*", left, right, (a, b) => a.mul(b));

    /// <inheritdoc/>
    /// <remarks>On a GPU libtorch multiplies by the constant's reciprocal: two roundings instead of one.</remarks>
    public static TorchTensor operator /(TorchTensor left, DoubleDouble right) => Constant("/", left, right, (a, b) => a.div(b));

    /// <inheritdoc/>
    public static TorchTensor operator -(TorchTensor value) => Pick("Negate", value, a => a.neg());

    /// <inheritdoc/>
    public static TorchTensor Exp(TorchTensor x) => Compute("Exp", x.Shape, x, a => a.exp());

    /// <inheritdoc/>
    public static TorchTensor Log(TorchTensor x) => Compute("Log", x.Shape, x, a => a.log());

    /// <inheritdoc/>
    public static TorchTensor Sqrt(TorchTensor x) => Compute("Sqrt", x.Shape, x, a => a.sqrt());

    /// <inheritdoc/>
    public static TorchTensor Tanh(TorchTensor x) => Compute("Tanh", x.Shape, x, a => a.tanh());

    /// <inheritdoc/>
    public static TorchTensor Sigmoid(TorchTensor x) => Compute("Sigmoid", x.Shape, x, a => a.sigmoid());

    /// <inheritdoc/>
    /// <remarks>libtorch's own takes x itself beyond 20, where e⁻²⁰/20 = 1e-10 is missing.</remarks>
    public static TorchTensor Softplus(TorchTensor x) =>
        Compute("Softplus", x.Shape, x, a => a.relu().add(a.abs().neg().exp().log1p(), x._engine.One));

    /// <inheritdoc/>
    public static TorchTensor Erf(TorchTensor x) => Compute("Erf", x.Shape, x, a => a.erf());

    /// <inheritdoc/>
    public static TorchTensor Clamp(TorchTensor x, DoubleDouble low, DoubleDouble high)
    {
        using var floor = x._engine.Constant(low);
        using var ceiling = x._engine.Constant(high);
        return Pick("Clamp", x, a => a.clamp(floor, ceiling));
    }

    private static TorchTensor Binary(string operation, TorchTensor left, TorchTensor right, Func<Tensor, Tensor, Tensor> compute) =>
        Compute(operation, ShapeRules.Elementwise(operation, left.Shape, right.Shape), left, right, compute);

    private static TorchTensor Constant(string operation, TorchTensor left, DoubleDouble right, Func<Tensor, Scalar, Tensor> compute)
    {
        using var constant = left._engine.Constant(right);
        return Compute(operation, left.Shape, left, a => compute(a, constant));
    }
}
