using System.Runtime.ExceptionServices;

namespace Harness.Tensors.Kernels;

/// <summary>
/// A loop whose iterations the calling thread shares with whichever threads of the pool come in time.
/// </summary>
/// <remarks>
/// The caller never waits for a thread that has not begun an iteration, so sharing costs it about a microsecond where
/// <see cref="Parallel"/>'s loops cost ten to twenty, as long as a product of 96×96 matrices takes. For the same reason a
/// loop inside a loop, or one on an exhausted pool, cannot stall.
/// </remarks>
internal sealed class SharedLoop : IThreadPoolWorkItem
{
    private readonly int _count;
    private readonly Action<int> _body;
    private int _claimed;
    private int _finished;
    private ExceptionDispatchInfo? _failure;

    private SharedLoop(int count, Action<int> body) => (_count, _body) = (count, body);

    /// <summary>Calls <paramref name="body"/> with 0 … count − 1, in any order, on at most so many threads. If calls throw, one
    /// of the exceptions is thrown after all iterations have ended.</summary>
    public static void Run(int count, int threads, Action<int> body)
    {
        var loop = new SharedLoop(count, body);
        for (var helper = 1; helper < Math.Min(threads, count); helper++)
            ThreadPool.UnsafeQueueUserWorkItem(loop, preferLocal: false);
        loop.Execute();

        var wait = default(SpinWait);
        while (Volatile.Read(ref loop._finished) < count)
            wait.SpinOnce(sleep1Threshold: -1);
        loop._failure?.Throw();
    }

    /// <summary>Takes iterations until none is left.</summary>
    public void Execute()
    {
        while (Interlocked.Increment(ref _claimed) is var next && next <= _count)
        {
            try
            {
                _body(next - 1);
            }
            catch (Exception exception)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
            }
            Interlocked.Increment(ref _finished);
        }
    }
}
