namespace Harness.Tensors;

/// <summary>Something done on an engine whose tensor is not known where it is written.</summary>
public interface IEngineUse<out TResult>
{
    /// <summary>Does it.</summary>
    TResult Run<T>(IEngine<T> engine)
        where T : class, ITensor<T>;
}
