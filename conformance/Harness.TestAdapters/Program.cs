using Harness.TestAdapters;

// test-adapter [--log FOLDER] [FAULT | FAULT CASE …]: an adapter that is honest but for its faults. A single FAULT is one of those in
// ProgramFaults, or one of those in CaseFaults, which then shows in every run; with a CASE (EQUATION/CASE) it shows in that one alone.
// TEST_ADAPTER, where it is set, stands for all of them: a program may behave otherwise without having been changed.
var rest = (Environment.GetEnvironmentVariable("TEST_ADAPTER")?.Split(' ') ?? args).AsSpan();
string? log = null;
if (rest is ["--log", _, ..])
{
    log = rest[1];
    rest = rest[2..];
}

using var conversation = new Conversation(log);
if (rest.Length <= 1 && ProgramFaults.Find(rest.Length == 1 ? rest[0] : "honest") is { } program)
    return program(conversation);

var faults = new Dictionary<string, CaseFault>();
for (var i = 0; i < rest.Length; i += 2)
{
    if (CaseFaults.Find(rest[i]) is not { } fault)
    {
        Console.Error.WriteLine($"test-adapter: found the fault '{rest[i]}', expected one of {string.Join(", ", ProgramFaults.Names.Concat(CaseFaults.Names))}");
        return 2;
    }

    faults[i + 1 < rest.Length ? rest[i + 1] : "*"] = fault;
}

return Serving.Serve(conversation, (command, answer) =>
{
    var name = (string?)command["cmd"] == "run" ? (string?)command["case"] : null;
    if (name is not null && (faults.GetValueOrDefault(name) ?? faults.GetValueOrDefault("*")) is { } fault)
        fault(conversation, command, answer);
    else
        conversation.Send(answer());
});
