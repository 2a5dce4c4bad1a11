using Harness.Conformance.Protocol;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>How long a program is waited for that is to end by itself.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public void A_program_that_has_just_ended_is_not_taken_for_an_idle_one()
    {
        var mark = ProcessMark.Create();
        using var process = ChildProcess.Start(["sh", "-c", "while :; do :; done"], AdapterEnvironment.For([], "/", mark), mark);
        SpinWait.SpinUntil(() => ProcessTree.Effort(mark).Worked > TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)).Should().BeTrue();
        var deadline = new Deadline(Limit, mark);
        process.Kill();
        process.WaitForExit(TimeSpan.FromMinutes(1)).Should().BeTrue();
        while (deadline.Left > deadline.Longest - Limit)
            Thread.Sleep(10);
        deadline.IsOver().Should().BeFalse("what it did has gone with it");
    }
}
