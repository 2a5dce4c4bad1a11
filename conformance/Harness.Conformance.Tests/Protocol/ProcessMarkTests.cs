using Harness.Conformance.Protocol;

namespace Harness.Conformance.Tests.Protocol;

public sealed class ProcessMarkTests
{
    [Fact]
    public async Task What_is_started_beside_an_adapter_does_not_carry_its_mark()
    {
        var mark = ProcessMark.Create();
        using var isMarked = new ManualResetEventSlim();
        var marking = Task.Run(() => mark.Inherited(() =>
        {
            isMarked.Set();
            Thread.Sleep(200);
            return true;
        }));
        isMarked.Wait();

        using var process = ChildProcess.Start(["sleep", "60"], AdapterEnvironment.For([], "/", ProcessMark.Create()), mark: null);
        await marking;

        ProcessTree.Any(mark).Should().BeFalse();
        process.Kill();
        process.WaitForExit(TimeSpan.FromMinutes(1)).Should().BeTrue();
    }
}
