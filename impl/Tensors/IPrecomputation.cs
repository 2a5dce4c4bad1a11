namespace Harness.Tensors;

/// <summary>Tensors that depend on sizes and attributes alone: grids, tables of angles, regression operators.</summary>
/// <remarks>Precomputations that are equal give the same tensors, so that an engine may keep them: implement equality by value.</remarks>
public interface IPrecomputation
{
    /// <summary>Computes the tensors.</summary>
    T[] Compute<T>(IEngine<T> engine)
        where T : class, ITensor<T>;
}
