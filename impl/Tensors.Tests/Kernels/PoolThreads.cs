using System.Runtime.CompilerServices;

namespace Harness.Tensors.Tests.Kernels;

/// <summary>The test runner keeps as many threads of the pool busy as a small machine starts at once; without more of them no
/// other thread would ever come to help, and the tests of parallel kernels would show nothing.</summary>
internal static class PoolThreads
{
    [ModuleInitializer]
    internal static void AddSome() => ThreadPool.SetMinThreads(workerThreads: 16, completionPortThreads: 1);
}
