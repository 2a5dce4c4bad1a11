using Harness.Tensors.Numerics;

namespace Harness.Tensors;

/// <summary>The engines of one kind, one for every number format, of which one is chosen at run time.</summary>
public interface IEngines
{
    /// <summary>The name in results: <c>managed</c>, <c>torch</c>, <c>torch-tf32</c>.</summary>
    string Name { get; }

    /// <summary>What computes, and on which device; for reports.</summary>
    string Description { get; }

    /// <summary>Does something on the engine of a format.</summary>
    TResult Use<TResult>(FloatFormat format, IEngineUse<TResult> use);
}

/// <summary>Something to do on an engine that is only known at run time.</summary>
public interface IEngineUse<out TResult>
{
    /// <summary>Does it.</summary>
    TResult Run<T>(IEngine<T> engine)
        where T : class, ITensor<T>;
}
