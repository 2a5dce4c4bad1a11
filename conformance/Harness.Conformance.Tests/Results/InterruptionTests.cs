using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Results;

/// <summary>Runs that end before their time, and go on later: as processes, because that is what a signal ends.</summary>
public sealed class InterruptionTests(InterruptionTests.WholeRun whole) : IClassFixture<InterruptionTests.WholeRun>, IDisposable
{
    // As <signal.h> numbers them.
    private const int HangUp = 1;
    private const int Interrupt = 2;
    private const int Quit = 3;
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Stop = 19;

    private readonly TemporaryFolder _folder = new();
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly AdapterLog _log = new();

    private string Results => Path.Combine(_folder, "results.json");

    private string Journal => Path.Combine(_folder, "results.json.partial");

    public void Dispose()
    {
        _folder.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("very-slow")]
    [InlineData("hangs")]
    [InlineData("starts-nameless-child")]
    public async Task A_killed_run_leaves_nothing_but_a_journal_that_goes_on(string fault)
    {
        using (var harness = Start(Command(Results), ownGroup: false, fault, _log))
        {
            Wait(() => fault == "hangs" ? _log.Cases.Count == 2 : IsUnderWay);
            Signal(harness.Id, Kill);
            Ended(harness);
        }

        Wait(() => _log.FindLeftovers().Count == 0);
        Directory.EnumerateFiles(_folder).Should().Equal(Journal);

        await GoesOnWithWhatIsMissing();
    }

    // A terminal interrupts the whole group, and so does 'timeout'.
    [Theory]
    [InlineData(Interrupt, true)]
    [InlineData(Interrupt, false)]
    [InlineData(Terminate, true)]
    [InlineData(Terminate, false)]
    [InlineData(HangUp, true)]
    [InlineData(HangUp, false)]
    [InlineData(Quit, true)]
    [InlineData(Quit, false)]
    public async Task An_interrupted_run_says_so_and_goes_on_later(int signal, bool group)
    {
        using (var harness = Start(Command(Results), ownGroup: group, "very-slow", _log))
        {
            var output = harness.StandardOutput.ReadToEndAsync();
            Wait(() => IsUnderWay);
            Signal(group ? -harness.Id : harness.Id, signal);
            Ended(harness);
            harness.ExitCode.Should().Be(130);
            (await output).TrimEnd().Split('\n')[^1].Should().MatchRegex(
                $@"^interrupted after \d+ checks, which {Journal} keeps: the same command with --resume goes on$");
        }

        _log.FindLeftovers().Should().BeEmpty("this run could still clean up itself");
        File.Exists(Results).Should().BeFalse();
        await GoesOnWithWhatIsMissing();
    }

    [Theory]
    [InlineData(Terminate, Terminate)]
    [InlineData(Interrupt, Interrupt)]
    [InlineData(HangUp, Quit)]
    public async Task A_second_signal_ends_the_run_at_once_and_the_watch_cleans_up(int first, int second)
    {
        using (var harness = Start(Command(Results), ownGroup: true, "very-slow", _log))
        {
            Wait(() => IsUnderWay);
            Signal(-harness.Id, first);
            _ = SendSignal(-harness.Id, second);
            Ended(harness);
            harness.ExitCode.Should().Be(130);
        }

        Wait(() => _log.FindLeftovers().Count == 0);
        Directory.EnumerateFiles(_folder).Should().Equal(Journal);
        await GoesOnWithWhatIsMissing();
    }

    [Theory]
    [InlineData(HangUp)]
    [InlineData(Terminate)]
    public void A_signal_before_the_first_check_is_an_interruption_too(int signal)
    {
        using (var harness = Start(Command(Results), ownGroup: true, "hangs-at-start", _log))
        {
            Wait(() => _log.Environments.Count > 0);
            Signal(-harness.Id, signal);
            Ended(harness);
            harness.ExitCode.Should().Be(130);
        }

        Wait(() => _log.FindLeftovers().Count == 0);
        Directory.EnumerateFiles(_folder).Should().BeEmpty();
    }

    // A run of adapters that answer rightly passes, whatever becomes of what only matters if it is killed.
    [Theory]
    [InlineData(Terminate)]
    [InlineData(HangUp)]
    [InlineData(Kill)]
    [InlineData(Stop)]
    public async Task A_watch_that_is_ended_or_stopped_changes_no_verdict(int signal)
    {
        using var harness = Start(Command(Results), ownGroup: false, "very-slow", _log);
        var output = harness.StandardOutput.ReadToEndAsync();
        var error = harness.StandardError.ReadToEndAsync();
        Wait(() => IsUnderWay);
        Signal(WatchOf(harness)!.Value, signal);
        Ended(harness);
        (await error).Should().BeEmpty();
        harness.ExitCode.Should().Be(0, await output);
        _log.FindLeftovers().Should().BeEmpty();
        Checks(Results).Select(check => check.ToJsonString()).Should().Equal(whole.Checks.Select(check => check.ToJsonString()));
    }

    [Theory]
    [InlineData(Kill)]
    [InlineData(Stop)]
    public void A_watch_that_was_killed_or_stopped_is_replaced_and_the_new_one_cleans_up(int signal)
    {
        using (var harness = Start(Command(Results), ownGroup: false, "hangs", _log))
        {
            Wait(() => _log.Cases.Count == 2);
            var first = WatchOf(harness)!.Value;
            Signal(first, signal);
            Wait(() => WatchOf(harness) is { } second && second != first);
            Signal(harness.Id, Kill);
            Ended(harness);
        }

        Wait(() => _log.FindLeftovers().Count == 0);
    }

    [Fact]
    public async Task Without_resume_the_journal_of_an_interrupted_run_is_refused()
    {
        await File.WriteAllTextAsync(Journal, "");
        var (code, _, error) = await Run(Command(Results));
        code.Should().Be(2);
        error.Should().Be($"harness: --json: found {Journal} of an interrupted run, expected none: --resume continues it; delete it to start anew.\n");
    }

    private bool IsUnderWay => File.Exists(Journal) && File.ReadLines(Journal).Count() > 4;

    // What was answered before is not asked again, and the results are those of a run that was never interrupted.
    private async Task GoesOnWithWhatIsMissing()
    {
        var answered = File.ReadLines(Journal).Skip(1).Where(line => line.EndsWith('}'))
            .Select(line => JsonNode.Parse(line)!["check"]!).Where(check => (string)check["verdict"]! != "not_judged")
            .Select(check => $"{check["id"]} {check["dtype"]}").ToArray();
        using var log = new AdapterLog();
        var (code, output, error) = await Run([.. Command(Results), "--resume"], log);
        error.Should().BeEmpty();
        code.Should().Be(0, output);
        log.Cases.Should().NotIntersectWith(answered);
        log.FindLeftovers().Should().BeEmpty();
        (log.Cases.Count + answered.Length).Should().Be(
            whole.Checks.Count(check => (string)check["verdict"]! != "not_judged"));
        Checks(Results).Select(check => check.ToJsonString()).Should().Equal(whole.Checks.Select(check => check.ToJsonString()));
        File.Exists(Journal).Should().BeFalse("the results are complete");
    }

    private static JsonObject[] Checks(string results)
    {
        var implementation = JsonNode.Parse(File.ReadAllText(results))!["implementations"]![0]!;
        var checks = implementation["checks"]!.AsArray().Select(check => check!.AsObject()).ToArray();
        ((int)implementation["planned"]!).Should().Be(checks.Length);
        foreach (var check in checks)
            check.Remove("milliseconds");
        return checks;
    }

    // The same program all the time, or its results would not be taken over.
    private static string[] Command(string results) =>
    [
        "verify", "--exec", CommandLine.Exec(), "--env", "TEST_ADAPTER", "--timeout", "60",
        "--case", "lm2.gate.*", "--dtype", "f64", "--seed", "1", "--jobs", "2", "--json", results, "--fixtures", RepositoryFixtures.Folder,
    ];

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments, AdapterLog? log = null)
    {
        using var harness = Start(arguments, ownGroup: false, "honest", log);
        var output = harness.StandardOutput.ReadToEndAsync();
        var error = harness.StandardError.ReadToEndAsync();
        Ended(harness);
        return (harness.ExitCode, await output, await error);
    }

    // setsid makes a group of its own, to be signalled without the tests. env undoes what a shell's background jobs inherit, and what
    // nohup does: that signals are ignored.
    private static Process Start(string[] arguments, bool ownGroup, string fault, AdapterLog? log)
    {
        string[] adapter = log is null ? [fault] : ["--log", log.Folder, fault];
        string[] command =
            ["env", "--default-signal=INT,TERM,HUP,QUIT", .. ownGroup ? ["setsid"] : Array.Empty<string>(), .. BuiltPrograms.Harness(arguments)];
        return BuiltPrograms.Start(new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TEST_ADAPTER"] = string.Join(' ', adapter) },
        })!;
    }

    private static int? WatchOf(Process harness)
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                // After the name, which may hold anything: the state, and the parent.
                var status = File.ReadAllText($"{folder}/stat");
                if (status[status.LastIndexOf(')')..].Split(' ')[2] == $"{harness.Id}"
                    && File.ReadAllText($"{folder}/cmdline").Contains("watch-adapters", StringComparison.Ordinal))
                {
                    return int.Parse(Path.GetFileName(folder));
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }
        }

        return null;
    }

    // What never ends would be all that is known of a whole run of tests.
    private static void Ended(Process harness)
    {
        var hasEnded = harness.WaitForExit(Longest);
        if (!hasEnded)
            harness.Kill(entireProcessTree: true);
        hasEnded.Should().BeTrue("the harness ends by itself, and not after {0}", Longest);
    }

    private static void Wait(Func<bool> condition) =>
        SpinWait.SpinUntil(
            () =>
            {
                Thread.Sleep(10);
                return condition();
            },
            Longest).Should().BeTrue();

    private static void Signal(int process, int signal) => SendSignal(process, signal).Should().Be(0);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);

    /// <summary>A run that nobody interrupts.</summary>
    public sealed class WholeRun : IAsyncLifetime
    {
        /// <summary>What it found, times apart.</summary>
        public IReadOnlyList<JsonObject> Checks { get; private set; } = [];

        public async Task InitializeAsync()
        {
            var results = Path.GetTempFileName();
            (await Run(Command(results))).Code.Should().Be(0);
            Checks = InterruptionTests.Checks(results);
            File.Delete(results);
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }
}
