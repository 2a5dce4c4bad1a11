namespace Harness.Tensors;

/// <summary>Work on an engine whose tensor is not known where the work is written.</summary>
public interface IEngineWork<out TResult>
{
    /// <summary>Does it.</summary>
    TResult Run<T>(IEngine<T> engine)
        where T : class, ITensor<T>;
}
