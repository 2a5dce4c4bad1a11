using Harness.TestAdapters;

// test-adapter [--log FILE] FAULT [CASE]: an adapter that is honest but for one fault. FAULT is "honest" or one of those in
// ProgramFaults; or one of those in CaseFaults, which shows in the run of CASE alone (EQUATION/CASE), or in every run.
var rest = args.AsSpan();
string? log = null;
if (rest is ["--log", _, ..])
{
    log = rest[1];
    rest = rest[2..];
}

var name = rest.Length > 0 ? rest[0] : "honest";
var atCase = rest.Length > 1 ? rest[1] : null;
using var conversation = new Conversation(log);
if (ProgramFaults.Find(name) is { } program)
    return program(conversation);
if (CaseFaults.Find(name) is not { } fault)
{
    Console.Error.WriteLine($"test-adapter: found the fault '{name}', expected one of {string.Join(", ", ProgramFaults.Names.Concat(CaseFaults.Names))}");
    return 2;
}

return Serving.Serve(conversation, (command, answer) =>
{
    if ((string?)command["cmd"] == "run" && (atCase is null || (string?)command["case"] == atCase))
        fault(conversation, command, answer);
    else
        conversation.Send(answer());
});
