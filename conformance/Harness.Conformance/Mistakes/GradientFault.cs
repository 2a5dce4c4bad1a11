namespace Harness.Conformance.Mistakes;

/// <summary>What kind of mistake a wrong gradient comes from.</summary>
internal enum GradientFault
{
    /// <summary>A constant factor is missing, or there twice.</summary>
    Scale,

    /// <summary>The cotangent is taken as 1, ignored, or that of another output.</summary>
    Cotangent,

    /// <summary>The cotangent of a state that is handed on is ignored.</summary>
    StateIgnored,

    /// <summary>What everything was divided by is taken as a constant.</summary>
    Normaliser,

    /// <summary>A softmax's δ is that of another row.</summary>
    WrongRow,

    /// <summary>A softmax's δ is taken before the top-k is.</summary>
    BeforeTopK,

    /// <summary>What was not among the k largest gets a gradient.</summary>
    TopKForgotten,

    /// <summary>What was hidden or cut off gets a gradient.</summary>
    MaskForgotten,

    /// <summary>Query heads that share keys and values are not added up.</summary>
    HeadsNotSummed,

    /// <summary>A shared weight's gradient is not added up over the batch.</summary>
    BatchNotSummed,

    /// <summary>A shared weight's gradient is not added up over the steps.</summary>
    StepsNotSummed,

    /// <summary>What was repeated is not added up.</summary>
    BroadcastNotReduced,

    /// <summary>A factor of a product, or a slope, is missing.</summary>
    FactorMissing,

    /// <summary>A matrix product's adjoint reads a matrix, or gives one, the wrong way round.</summary>
    NotTransposed,

    /// <summary>A gate's slope is that of another gate.</summary>
    OtherGate,

    /// <summary>The slope of tanh is taken from its input.</summary>
    TanhOfInput,

    /// <summary>The slope of softplus is taken as 1.</summary>
    SoftplusAsOne,

    /// <summary>A variance is differentiated as a standard deviation, or the other way round.</summary>
    VarianceChain,

    /// <summary>An interpolation's adjoint gathers where it must scatter.</summary>
    Gathered,

    /// <summary>A pooling's adjoint does not divide.</summary>
    PoolingNotDivided,

    /// <summary>A term that projects a layer norm's gradient is missing.</summary>
    LayerNormTerm,

    /// <summary>A rotation's adjoint turns the same way again.</summary>
    RotationNotInverted,

    /// <summary>The second term of silu′ or gelu′ is missing.</summary>
    SecondTerm,

    /// <summary>A solution's adjoint is not solved, or otherwise than it must be.</summary>
    NotSolved,

    /// <summary>λ is missing in a solution's adjoint.</summary>
    RidgeMissing,

    /// <summary>State is detached where the gradient goes back through all segments.</summary>
    Detached,

    /// <summary>State is not detached where the gradient is truncated.</summary>
    NotDetached,

    /// <summary>The gradient goes through the memory after the update, where the one before was read.</summary>
    NewMemory,

    /// <summary>A value that the adjoint reads was overwritten.</summary>
    Overwritten,

    /// <summary>A sum is accumulated in a narrower format.</summary>
    NarrowSum,

    /// <summary>A convolution's adjoint is not flipped.</summary>
    NotFlipped,

    /// <summary>A part's gradient is misplaced by one, or exchanged with another.</summary>
    Misplaced,

    /// <summary>A sign is wrong.</summary>
    Sign,

    /// <summary>One of the ways to an input is left out.</summary>
    PathDropped,

    /// <summary>It is the right gradient of a wrong formula.</summary>
    WrongFormula,
}
