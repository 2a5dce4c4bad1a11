using System.Runtime.ExceptionServices;

namespace Harness.Tensors.Kernels;

/// <summary>
/// Loops, one after the other, whose iterations the calling thread shares with whichever threads of the pool come in time.
/// </summary>
/// <remarks>
/// The caller never waits for a thread that has not begun an iteration, so sharing costs it about a microsecond where
/// <see cref="Parallel"/>'s loops cost ten to twenty, as long as a product of 96×96 matrices takes. For the same reason a
/// loop inside a loop, or one on an exhausted pool, cannot stall. A thread that has come stays for all of the loops: waking it
/// again for each takes a virtual machine a tenth of a millisecond.
/// </remarks>
internal sealed class SharedLoop : IThreadPoolWorkItem
{
    // Iterations are numbered through: loop i has those from _ends[i - 1] to _ends[i].
    private readonly int[] _ends;
    private readonly Action<int, int> _body;
    private int _claimed;
    private int _finished;
    private ExceptionDispatchInfo? _failure;

    private SharedLoop(int[] ends, Action<int, int> body) => (_ends, _body) = (ends, body);

    private int Count => _ends[^1];

    /// <summary>Calls <paramref name="body"/> with 0 … count − 1, in any order, on at most so many threads. If calls throw, one
    /// of the exceptions is thrown after all iterations have ended.</summary>
    public static void Run(int count, int threads, Action<int> body) => Run([count], threads, (_, i) => body(i));

    /// <summary>The same for several loops, each of which begins when the one before has ended. Calls
    /// <paramref name="body"/> with the loop and the iteration in it.</summary>
    public static void Run(ReadOnlySpan<int> counts, int threads, Action<int, int> body)
    {
        var ends = new int[counts.Length];
        var end = 0;
        for (var i = 0; i < counts.Length; i++)
            ends[i] = end += counts[i];

        var loop = new SharedLoop(ends, body);
        for (var helper = 1; helper < Math.Min(threads, loop.Count); helper++)
            ThreadPool.UnsafeQueueUserWorkItem(loop, preferLocal: false);
        loop.Execute();
        loop.WaitUntilFinished(loop.Count);
        loop._failure?.Throw();
    }

    /// <summary>Takes iterations until none is left.</summary>
    public void Execute()
    {
        var current = 0;
        while (Interlocked.Increment(ref _claimed) - 1 is var claimed && claimed < Count)
        {
            while (claimed >= _ends[current])
                current++;
            var start = current == 0 ? 0 : _ends[current - 1];
            // Who holds an iteration of an earlier loop is running it: this cannot last longer than that.
            WaitUntilFinished(start);
            try
            {
                _body(current, claimed - start);
            }
            catch (Exception exception)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
            }
            Interlocked.Increment(ref _finished);
        }
    }

    private void WaitUntilFinished(int iterations)
    {
        var wait = default(SpinWait);
        while (Volatile.Read(ref _finished) < iterations)
            wait.SpinOnce(sleep1Threshold: -1);
    }
}
