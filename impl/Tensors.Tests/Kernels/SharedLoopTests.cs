using Harness.Tensors.Kernels;

namespace Harness.Tensors.Tests.Kernels;

public sealed class SharedLoopTests
{
    [Theory]
    [InlineData(0, 2)]
    [InlineData(1, 4)]
    [InlineData(1000, 1)]
    [InlineData(1_000_000, 7)]
    public void Every_iteration_runs_once(int count, int threads)
    {
        var runs = new int[count];

        SharedLoop.Run(count, threads, i => Interlocked.Increment(ref runs[i]));

        runs.Count(run => run != 1).Should().Be(0);
    }

    [Fact]
    public void One_thread_is_the_callers()
    {
        var threads = new HashSet<int>();

        SharedLoop.Run(50, threads: 1, _ =>
        {
            // Time for a helper, were there one, to come.
            Thread.Sleep(1);
            lock (threads)
                threads.Add(Environment.CurrentManagedThreadId);
        });

        threads.Should().Equal(Environment.CurrentManagedThreadId);
    }

    [Fact]
    public void Other_threads_come_to_help()
    {
        var threads = new HashSet<int>();
        var gate = new Lock();
        using var second = new ManualResetEventSlim();

        // The first iteration lasts until another thread takes part.
        SharedLoop.Run(2, threads: 2, i =>
        {
            lock (gate)
            {
                if (threads.Add(Environment.CurrentManagedThreadId) && threads.Count == 2)
                    second.Set();
            }
            second.Wait(TimeSpan.FromSeconds(30));
        });

        threads.Should().HaveCount(2);
    }

    [Fact]
    public void A_loop_begins_when_the_one_before_has_ended()
    {
        int[] counts = [100, 0, 1, 300];
        var finished = new int[counts.Length];
        var early = 0;

        SharedLoop.Run(counts, threads: 4, (loop, i) =>
        {
            for (var before = 0; before < loop; before++)
            {
                if (Volatile.Read(ref finished[before]) < counts[before])
                    Interlocked.Increment(ref early);
            }
            Thread.SpinWait(i);
            Interlocked.Increment(ref finished[loop]);
        });

        early.Should().Be(0);
        finished.Should().Equal(counts);
    }

    [Fact]
    public void Loops_inside_loops_end()
    {
        var runs = 0;

        SharedLoop.Run(8, threads: 4, _ => SharedLoop.Run(8, threads: 4, _ => Interlocked.Increment(ref runs)));

        runs.Should().Be(64);
    }

    [Fact]
    public void An_exception_is_thrown_after_all_iterations_have_ended()
    {
        var runs = 0;
        var loop = () => SharedLoop.Run(10, threads: 3, i =>
        {
            Interlocked.Increment(ref runs);
            if (i == 4)
                throw new InvalidDataException("iteration 4");
        });

        loop.Should().Throw<InvalidDataException>().WithMessage("iteration 4");
        runs.Should().Be(10);
    }
}
