using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>An adapter with a fault in every other case. Each costs it that case, with what was found, and no other.</summary>
public sealed class CaseFaultTests(CaseFaultTests.Run run) : IClassFixture<CaseFaultTests.Run>
{
    // Fault, verdict, reason (with wildcards), words on stderr (likewise).
    private static readonly (string Fault, Verdict Verdict, string? Reason, string? Words)[] Expected =
    [
        // It ends.
        ("crashes", Verdict.Errored, "exited with code 3", "index out of range in my_kernel"),
        ("crashes-with-child-on-its-pipes", Verdict.Errored, "exited with code 3", "index out of range in my_kernel"),
        ("aborts", Verdict.Errored, "exited with code 134 (aborted)", "*assertion failed: rows > 0*"),
        ("segfaults", Verdict.Errored, "exited with code 139 (segmentation fault)", null),
        ("is-killed", Verdict.Errored, "exited with code 137 (killed, perhaps for lack of memory)", null),

        // It does not answer.
        ("crashes-with-nameless-child-on-its-pipes", Verdict.Errored, "exited with code 3", null),
        ("hangs", Verdict.TimedOut, "no answer within 8 s (it read the command and wrote to stderr alone: is stdout flushed after each answer?)", "iterating until convergence"),
        ("hangs-with-child-on-its-pipes", Verdict.TimedOut, "no answer within 8 s (it read the command and wrote nothing: is stdout flushed after each answer?)", null),
        ("closes-stdout", Verdict.Errored, "closed its stdout, and went on running", null),

        // It answers something else.
        ("wrong-id", Verdict.Errored, "answer: found id 123456789, expected *", null),
        ("no-id", Verdict.Errored, "answer: found '{*}', expected an object with an integer \"id\"", null),
        ("text-as-id", Verdict.Errored, "answer: found '{*}', expected an object with an integer \"id\"", null),
        ("no-status", Verdict.Errored, "answer: found '{*}', expected a \"status\"", null),
        ("odd-status", Verdict.Errored, "answer: found status \"fine\", expected ok, unsupported or error", null),
        ("no-json", Verdict.Errored, "stdout: found 'loss = 0.25', expected an answer in JSON (stdout is for answers alone: print to stderr)", null),
        ("no-text", Verdict.Errored, "stdout: found '*', expected an answer in JSON, and every byte of it in UTF-8", null),
        ("latin-1", Verdict.Errored, "stdout: found '{*\"d\uFFFDfaut\"}', expected an answer in JSON, and every byte of it in UTF-8", null),
        ("no-object", Verdict.Errored, "answer: found '[1, 2]', expected an object with an integer \"id\"", null),
        ("half-an-answer", Verdict.Errored, "exited with code 0; it wrote 5 bytes and no end of line: an answer ends with \\n", null),
        ("answer-without-an-end", Verdict.Errored, "exited with code 0; it wrote * bytes and no end of line: an answer ends with \\n", null),
        ("previous-id", Verdict.TimedOut, "no answer within 8 s (answers with id * came, expected id *)", null),
        ("number-as-reason", Verdict.Errored, "answer: \"reason\": found 5, expected a text", null),
        ("number-as-output", Verdict.Errored, "run: \"output\": found 5, expected a text", null),
        ("null-as-output", Verdict.Errored, "run: \"output\": found null, expected a text", null),
        ("text-as-seconds", Verdict.Errored, "run: \"seconds\": found \"NaN\", expected a finite number that is not negative", null),
        ("negative-seconds", Verdict.Errored, "run: \"seconds\": found -1, expected a finite number that is not negative", null),
        ("endless-seconds", Verdict.Errored, "run: \"seconds\": found 1e999, expected a finite number that is not negative", null),
        ("half-a-character", Verdict.Errored, "answer: found half of a character (a lone surrogate) in '{*}', expected text in Unicode", null),
        ("too-long-line", Verdict.Errored, "stdout: found '{*' … (1048577 characters) and more, expected an answer of at most 1048576 bytes", null),
        ("endless-line", Verdict.Errored, "stdout: found 'xxx*xxx' … (1048577 characters) and more, expected an answer of at most 1048576 bytes", null),

        // It refuses.
        ("error", Verdict.Errored, "LinAlgError: singular", "the matrix is singular"),
        ("error-without-reason", Verdict.Errored, "the adapter answered with an error, and no reason", null),
        ("floods-stderr", Verdict.Errored, "talked too much", "[10737* bytes before this] *computing*the last of a gigabyte"),
        ("error-with-long-reason", Verdict.Errored, "rrr*rrr… (1000000 characters)", null),
        ("unsupported", Verdict.Unsupported, "top_k", null),
        ("unsupported-with-long-reason", Verdict.Unsupported, "rrr*rrr… (1000000 characters)", null),
        ("unsupported-without-reason", Verdict.Unsupported, null, null),

        // It writes something else.
        ("no-output", Verdict.Errored, "output: *out.safetensors*cannot be read*", null),
        ("output-lost", Verdict.Errored, "output: *out.safetensors*cannot be read*", null),
        ("removes-its-folder", Verdict.Errored, "output: *out.safetensors*cannot be read*", null),
        ("clears-its-folder", Verdict.Errored, "output: *out.safetensors*cannot be read*", null),
        ("replaces-its-folder-by-link", Verdict.Errored, "output: '*' is a link to '*', expected the scratch folder", null),
        ("replaces-its-folder-by-file", Verdict.Errored, "output: *out.safetensors*cannot be read*", null),
        ("output-without-a-name", Verdict.Errored, "output: found 'out*.safetensors', expected a path: *", null),
        ("output-with-a-long-name", Verdict.Errored, "output: *xxx*xxx*", null),
        ("empty-output", Verdict.Errored, "output: *file has 0 bytes; expected at least 8*", null),
        ("truncated-output", Verdict.Errored, "output: *truncated*", null),
        ("claims-10-GB", Verdict.Errored, "output: *header length is 10737418240; expected at most *", null),
        ("has-10-GB", Verdict.Errored, "output: *file has 10737418240 bytes; expected at most *", null),
        ("output-is-folder", Verdict.Errored, "output: *out.safetensors*cannot be read*", null),
        ("output-is-pipe", Verdict.Errored, "output: *cannot be read: found a pipe, expected a file*", null),
        ("output-is-link", Verdict.Errored, "output: '*' is a link to '*', expected a file", null),
        ("output-outside", Verdict.Errored, "output: found '/etc/hostname', expected a path inside *harness-adapter-*", null),
        ("output-outside-by-dots", Verdict.Errored, "output: found '../../etc/hostname', expected a path inside *harness-adapter-*", null),
        ("output-through-linked-folder", Verdict.Errored, "output: '*' is a link to '/etc', expected a file", null),
        ("wrong-name", Verdict.Failed, "output \"*\": found nothing, expected *", null),
        ("wrong-shape", Verdict.Failed, "output \"*\": found shape *, expected *", null),
        ("wrong-values", Verdict.Failed, "*: found *, expected *: * times the tolerance", "using the fallback kernel"),
        ("nan", Verdict.Failed, "output \"*\": found NaN at *", null),
        ("overwrites-its-inputs", Verdict.Failed, "changed its input \"*\" at [*]: found *, expected * as it was given: inputs are there to be read", null),
        ("writes-its-output-over-its-inputs", Verdict.Failed, "overwrote its inputs: found no \"*\" in in.safetensors after the answer: inputs are there to be read", null),
        ("empties-its-inputs", Verdict.Failed, "overwrote its inputs: *: inputs are there to be read", null),
        ("writes-f32", Verdict.Errored, "output \"*\": found dtype F32, expected F64", null),
        ("writes-i64", Verdict.Errored, "output \"*\": found dtype I64, expected F64", null),
        ("omits-every-output", Verdict.Unsupported, "every output is omitted", null),
        ("omits-what-it-writes", Verdict.Errored, "omitted: found \"*\", which is among the outputs as well, expected what is not there", null),
        ("omits-what-there-is-not", Verdict.Errored, "omitted: found \"grad_nothing\", expected outputs of lm2.*: *", null),
        ("omits-twice", Verdict.Errored, "omitted: found \"grad_nothing\" twice, expected each once", null),
        ("text-as-omitted", Verdict.Errored, "run: \"omitted\": found \"grad_nothing\", expected a list of texts", null),
        ("number-among-omitted", Verdict.Errored, "run: \"omitted\": found [\"grad_nothing\",5], expected a list of texts", null),
        ("status-twice", Verdict.Errored, "answer: found a member twice in '{*}', expected each once", null),
    ];

    // What looks odd and is within the protocol.
    private static readonly string[] Allowed =
    [
        "answers-in-pieces", "byte-order-mark", "longest-line", "output-elsewhere", "nests-folders", "writes-a-name-that-is-no-text",
        "leaves-closed-folder", "starts-nameless-child", "removes-its-inputs",
    ];

    public static TheoryData<string> Faults => [.. Expected.Select(expected => expected.Fault)];

    public static TheoryData<string> Oddities => [.. Allowed];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_costs_its_case_and_the_reason_says_what_was_found(string fault)
    {
        var expected = Expected.Single(each => each.Fault == fault);
        var check = run.CheckOf(fault);
        Matches(check.Reason, expected.Reason);
        check.Verdict.Should().Be(expected.Verdict);
        Matches(check.Words, expected.Words);
    }

    [Fact]
    public void No_reason_is_longer_than_people_read() =>
        Expected.Max(each => run.CheckOf(each.Fault).Reason?.Length).Should().BeLessThan(2200);

    [Theory]
    [MemberData(nameof(Oddities))]
    public void What_the_protocol_allows_passes(string oddity) => run.CheckOf(oddity).Verdict.Should().Be(Verdict.Passed);

    [Fact]
    public void Every_case_between_two_faults_passes()
    {
        run.Between.Should().HaveCountGreaterThan(40);
        run.Between.Where(check => check.Verdict != Verdict.Passed).Select(check => $"{check.Id}: {check.Reason}").Should().BeEmpty();
    }

    [Fact]
    public void Every_case_is_asked_once()
    {
        // Where answers are wrong, the equation is asked again, to find out why; where those of a gradient are, what it is the gradient of.
        CheckResult[] checks = [.. run.Between, .. Expected.Select(expected => run.CheckOf(expected.Fault))];
        var wrong = checks.Where(check => check.Verdict == Verdict.Failed).Select(check => check.Equation).ToHashSet();
        var once = checks.Where(check => !wrong.Contains(check.Equation) && !wrong.Contains(check.Equation + GradientSignature.Suffix)).Select(check => $"{check.Id} {check.Format}").ToArray();
        once.Should().HaveCountGreaterThan(60);
        run.Asked.Where(once.Contains).Should().BeEquivalentTo(once);
    }

    private static void Matches(string? found, string? expected)
    {
        if (expected is null)
            found.Should().BeNull();
        else
            found.Should().Match(expected);
    }

    /// <summary>The run that all look at: it takes longer than looking.</summary>
    public sealed class Run
    {
        private readonly Dictionary<string, string> _caseOf = [];
        private readonly Dictionary<string, CheckResult> _checks;

        public Run()
        {
            var options = new VerifyOptions { EquationGlob = "lm2.*", CaseGlob = "*", Formats = [FloatFormat.Float64], Jobs = 1 };

            // What has no inputs has none to be overwritten, and entries that are exact.
            var cases = RepositoryFixtures.Set.Cases
                .Where(golden => golden.Equation.Id.StartsWith("lm2.", StringComparison.Ordinal) && golden.Judged.Contains(FloatFormat.Float64) && golden.Inputs.Count > 0)
                .Select(golden => golden.Id)
                .ToArray();
            string[] faults = [.. Expected.Select(expected => expected.Fault), .. Allowed];
            for (var i = 0; i < faults.Length; i++)
                _caseOf[faults[i]] = cases[2 * i + 1];

            var report = AdapterRun.Verify(
                [.. _caseOf.SelectMany(each => new[] { each.Key, each.Value })], out var asked, options,
                adapter => adapter with { RunTimeout = TimeSpan.FromSeconds(8) });
            Asked = asked.Cases;
            _checks = report.Checks.ToDictionary(check => check.Id);
            var faulty = _caseOf.Values.ToHashSet();
            Between = [.. report.Checks.Where(check => !faulty.Contains(check.Id) && check.Verdict != Verdict.NotJudged)];
        }

        public IReadOnlyList<CheckResult> Between { get; }

        public IReadOnlyList<string> Asked { get; }

        public CheckResult CheckOf(string fault) => _checks[_caseOf[fault]];
    }
}
