using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Harness.Conformance.Implementations;
using Harness.Conformance.Safetensors;
using Harness.Tensors;

namespace Harness.TestAdapters;

/// <summary>Answers a <c>run</c>, in its way.</summary>
/// <param name="conversation">With whom.</param>
/// <param name="command">The command.</param>
/// <param name="answer">How an honest adapter would answer it.</param>
internal delegate void CaseFault(Conversation conversation, JsonObject command, Func<JsonObject> answer);

/// <summary>Faults in the answer to one <c>run</c>.</summary>
internal static class CaseFaults
{
    private const long TenGigabytes = 10L << 30;
    private const long OneGigabyte = 1L << 30;

    // The longest line that the protocol allows.
    private const int LongestLine = 1 << 20;

    // Twice what a path can hold.
    private const int Deep = 4096;

    private const int Stdin = 0;
    private const int Stdout = 1;

    // As <signal.h> numbers them.
    private const int Kill = 9;
    private const int SegmentationFault = 11;

    private static readonly Dictionary<string, CaseFault> Faults = new()
    {
        // Ending.
        ["crashes"] = (_, _, _) =>
        {
            Console.Error.WriteLine("index out of range in my_kernel");
            Environment.Exit(3);
        },
        ["aborts"] = (_, _, _) => Environment.FailFast("assertion failed: rows > 0"),
        ["segfaults"] = (_, _, _) => Native.Die(SegmentationFault),
        ["is-killed"] = (_, _, _) => Native.Die(Kill),
        ["crashes-with-child-on-its-pipes"] = (_, _, _) =>
        {
            Native.LeaveChild("");
            Console.Error.WriteLine("index out of range in my_kernel");
            Environment.Exit(3);
        },
        ["crashes-after-answer"] = (conversation, _, answer) =>
        {
            conversation.Send(answer());
            Environment.Exit(3);
        },

        ["crashes-when-asked-again"] = WhenAskedAgain(_ => Environment.Exit(3)),
        ["dies-when-asked-again"] = WhenAskedAgain(_ => Native.Die(SegmentationFault)),
        ["closes-stdin-when-asked-again"] = WhenAskedAgain(_ =>
        {
            Native.Close(Stdin);
            Thread.Sleep(Timeout.Infinite);
        }),
        ["removes-its-folder-when-asked-again"] = WhenAskedAgain(folder => Directory.Delete(folder, recursive: true)),
        ["clears-its-folder-when-asked-again"] = WhenAskedAgain(Clear),
        ["empties-its-inputs-when-asked-again"] = WhenAskedAgain(folder => File.WriteAllText(Path.Combine(folder, "in.safetensors"), "")),
        ["answers-without-being-asked-again"] = (conversation, _, answer) =>
        {
            var honest = answer();
            conversation.Send(honest);
            Native.AwaitCommand();
            conversation.Send(With(honest, "id", (long)honest["id"]! + 1));
            Thread.Sleep(Timeout.Infinite);
        },
        ["answers-the-next-one-too"] = (conversation, _, answer) =>
        {
            var honest = answer();
            conversation.Send(honest.ToJsonString() + "\n" + With(honest, "id", (long)honest["id"]! + 1).ToJsonString() + "\n");
        },

        // Not answering.
        ["hangs"] = (_, _, _) =>
        {
            Console.Error.WriteLine("iterating until convergence");
            Thread.Sleep(Timeout.Infinite);
        },
        ["hangs-with-child-on-its-pipes"] = (_, _, _) =>
        {
            Native.LeaveChild("");
            Thread.Sleep(Timeout.Infinite);
        },
        ["closes-stdin"] = (conversation, _, answer) =>
        {
            Native.Close(Stdin);
            conversation.Send(answer());
            Thread.Sleep(Timeout.Infinite);
        },
        ["closes-stdout"] = (_, _, _) =>
        {
            Native.Close(Stdout);
            Thread.Sleep(Timeout.Infinite);
        },

        // Answering something else.
        ["wrong-id"] = (conversation, _, answer) => conversation.Send(With(answer(), "id", 123456789)),
        ["no-id"] = (conversation, _, answer) => conversation.Send(With(answer(), "id", null)),
        ["text-as-id"] = (conversation, _, answer) => conversation.Send(With(answer(), "id", "1")),
        ["no-status"] = (conversation, _, answer) => conversation.Send(With(answer(), "status", null)),
        ["odd-status"] = (conversation, _, answer) => conversation.Send(With(answer(), "status", "fine")),
        ["no-json"] = (conversation, _, _) => conversation.Send("loss = 0.25\n"),
        ["no-text"] = (conversation, _, _) => conversation.Send([0xff, 0xfe, 0x00, (byte)'\n']),
        ["no-object"] = (conversation, _, _) => conversation.Send("[1, 2]\n"),
        ["half-an-answer"] = (conversation, _, answer) =>
        {
            conversation.Send(answer().ToJsonString()[..5]);
            Environment.Exit(0);
        },
        ["answer-without-an-end"] = (conversation, _, answer) =>
        {
            conversation.Send(answer().ToJsonString());
            Environment.Exit(0);
        },
        ["latin-1"] = (conversation, command, _) => conversation.Send(
            Encoding.Latin1.GetBytes($$"""{"id": {{command["id"]}}, "status": "error", "reason": "défaut"}""" + "\n")),
        ["previous-id"] = (conversation, command, answer) =>
        {
            conversation.Send(With(answer(), "id", (long)command["id"]! - 1));
            Thread.Sleep(Timeout.Infinite);
        },
        ["number-as-reason"] = (conversation, command, _) => conversation.Send(With(Refusal(command, "error", null), "reason", 5)),
        ["number-as-output"] = WithOutput((_, answer) => answer["output"] = 5),
        ["null-as-output"] = WithOutput((_, answer) => answer["output"] = null),
        ["text-as-seconds"] = WithOutput((_, answer) => answer["seconds"] = "NaN"),
        ["negative-seconds"] = WithOutput((_, answer) => answer["seconds"] = -1),
        ["endless-seconds"] = (conversation, command, answer) =>
            conversation.Send(With(answer(), "seconds", 12345).ToJsonString().Replace("12345", "1e999", StringComparison.Ordinal) + "\n"),
        ["status-twice"] = (conversation, command, _) => conversation.Send($$"""{"id": {{command["id"]}}, "status": "error", "status": "ok"}""" + "\n"),
        ["half-a-character"] = (conversation, command, _) => conversation.Send($$"""{"id": {{command["id"]}}, "status": "error", "reason": "\ud83d"}""" + "\n"),
        ["answers-in-pieces"] = (conversation, _, answer) =>
        {
            foreach (var letter in answer().ToJsonString() + "\r\n")
                conversation.Send(letter.ToString());
        },
        ["byte-order-mark"] = (conversation, _, answer) => conversation.Send($"\uFEFF{answer().ToJsonString()}\n"),
        ["longest-line"] = (conversation, _, answer) => conversation.Send(Padded(answer(), LongestLine)),
        ["too-long-line"] = (conversation, _, answer) => conversation.Send(Padded(answer(), LongestLine + 1)),
        ["endless-line"] = (conversation, _, _) => Repeat(() => conversation.Send(new string('x', 1 << 16))),
        ["floods-stdout"] = (conversation, _, answer) =>
        {
            conversation.Send(answer());
            Repeat(() => conversation.Send("step done\n"));
        },
        ["floods-stderr"] = (conversation, _, answer) =>
        {
            using var stderr = Console.OpenStandardError();
            var chunk = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("still computing\n", 1 << 12)));
            for (long written = 0; written < OneGigabyte; written += chunk.Length)
                stderr.Write(chunk);
            Console.Error.WriteLine("the last of a gigabyte");
            var honest = answer();
            honest["status"] = "error";
            honest["reason"] = "talked too much";
            conversation.Send(honest);
        },
        ["error"] = (conversation, command, _) =>
        {
            Console.Error.WriteLine("the matrix is singular");
            conversation.Send(Refusal(command, "error", "LinAlgError: singular"));
        },
        ["error-without-reason"] = (conversation, command, _) => conversation.Send(Refusal(command, "error", null)),
        ["error-with-long-reason"] = (conversation, command, _) => conversation.Send(Refusal(command, "error", new string('r', 1_000_000))),
        ["unsupported"] = (conversation, command, _) => conversation.Send(Refusal(command, "unsupported", "top_k")),
        ["unsupported-with-long-reason"] = (conversation, command, _) => conversation.Send(Refusal(command, "unsupported", new string('r', 1_000_000))),
        ["unsupported-without-reason"] = (conversation, command, _) => conversation.Send(Refusal(command, "unsupported", null)),
        ["unsupported-in-f32"] = (conversation, command, answer) => conversation.Send(
            (string?)command["dtype"] == "f32" ? Refusal(command, "unsupported", "f32 here") : answer()),
        ["unsupported-if-causal"] = (conversation, command, answer) => conversation.Send(
            (bool?)command["attributes"]!["causal"] == true ? Refusal(command, "unsupported", "causal") : answer()),

        // Writing something else.
        ["no-output"] = (conversation, command, _) => conversation.Send(Ok(command)),
        ["empty-output"] = WithFile(path => File.WriteAllBytes(path, [])),
        ["truncated-output"] = WithOutput(path =>
        {
            using var stream = File.OpenWrite(path);
            stream.SetLength(stream.Length - 1);
        }),
        ["claims-10-GB"] = WithFile(path =>
        {
            var length = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)TenGigabytes);
            File.WriteAllBytes(path, [.. length, .. "{}"u8]);
        }),
        ["has-10-GB"] = WithOutput(path =>
        {
            // Sparse: it takes no room on the disk.
            using var stream = File.OpenWrite(path);
            stream.SetLength(TenGigabytes);
        }),
        ["output-is-folder"] = WithFile(path => Directory.CreateDirectory(path)),
        ["output-is-link"] = WithOutput(path =>
        {
            File.Move(path, $"{path}.elsewhere");
            File.CreateSymbolicLink(path, $"{path}.elsewhere");
        }),
        ["output-is-pipe"] = WithFile(path => System.Diagnostics.Process.Start("mkfifo", path).WaitForExit()),
        ["output-outside"] = WithOutput((_, answer) => answer["output"] = "/etc/hostname"),
        ["output-outside-by-dots"] = WithOutput((_, answer) => answer["output"] = "../../etc/hostname"),
        ["output-through-linked-folder"] = WithOutput((path, answer) =>
        {
            var folder = Path.Combine(Path.GetDirectoryName(path)!, "folder");
            Directory.CreateSymbolicLink(folder, "/etc");
            answer["output"] = Path.Combine(folder, "hostname");
        }),
        ["output-elsewhere"] = WithOutput((path, answer) =>
        {
            var elsewhere = Path.Combine(Path.GetDirectoryName(path)!, "elsewhere.safetensors");
            File.Move(path, elsewhere, overwrite: true);
            answer["output"] = elsewhere;
        }),
        ["output-lost"] = WithOutput(File.Delete),
        ["removes-its-folder"] = WithOutput(path => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true)),
        ["clears-its-folder"] = WithOutput(path => Clear(Path.GetDirectoryName(path)!)),
        ["removes-its-folder-after-answer"] = (conversation, command, answer) =>
        {
            conversation.Send(answer());
            Directory.Delete(Path.GetDirectoryName((string)command["output"]!)!, recursive: true);
        },
        ["replaces-its-folder-by-link"] = WithOutput(path =>
        {
            var folder = Path.GetDirectoryName(path)!;
            Directory.Move(folder, $"{folder}.moved");
            Directory.CreateSymbolicLink(folder, $"{folder}.moved");
        }),
        ["replaces-its-folder-by-file"] = WithOutput(path =>
        {
            var folder = Path.GetDirectoryName(path)!;
            Directory.Move(folder, $"{folder}.moved");
            File.WriteAllText(folder, "");
        }),
        ["closes-its-folder"] = WithOutput(path => Native.Forbid(Path.GetDirectoryName(path)!)),
        ["nests-folders"] = WithOutput(path => Native.Nest(Path.GetDirectoryName(path)!, Deep)),
        ["writes-a-name-that-is-no-text"] = WithOutput(path => Native.CreateNamelessFile(Path.GetDirectoryName(path)!)),
        ["leaves-closed-folder"] = WithOutput(path =>
        {
            var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(path)!, "closed", "inner")).FullName;
            File.WriteAllText(Path.Combine(folder, "file"), "");
            Native.Forbid(Path.Combine(folder, "file"));
            Native.Forbid(folder);
            Native.Forbid(Path.GetDirectoryName(folder)!);
        }),
        ["output-without-a-name"] = WithOutput((_, answer) => answer["output"] = "out\0.safetensors"),
        ["output-with-a-long-name"] = WithOutput((_, answer) => answer["output"] = new string('x', 100_000)),
        ["starts-nameless-child"] = WithOutput(_ => Native.LeaveNamelessChild("</dev/null >/dev/null 2>&1")),
        ["crashes-with-nameless-child-on-its-pipes"] = (_, _, _) =>
        {
            Native.LeaveNamelessChild("");
            Environment.Exit(3);
        },
        ["wrong-shape"] = WithValues(value => new TensorData(Shape.Create([.. value.Shape.Extents.ToArray(), 1]), value.Values)),
        ["wrong-values"] = WithValues(value => new TensorData(value.Shape, [.. value.Values.Select(entry => entry + 1)]), words: "using the fallback kernel"),
        ["nan"] = WithValues(value => new TensorData(value.Shape, [.. value.Values.Select(_ => double.NaN)])),
        ["writes-f32"] = WithValues(value => value, type: "F32"),
        ["writes-i64"] = (conversation, command, _) =>
        {
            // The same bytes as F64, and the same length of the name.
            Reference.Write(command, Reference.Compute(command, out var _), "F64");
            var path = (string)command["output"]!;
            var bytes = File.ReadAllBytes(path);
            File.WriteAllBytes(path, Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace("\"F64\"", "\"I64\"", StringComparison.Ordinal)));
            conversation.Send(Ok(command));
        },
        ["fewer-outputs"] = WithOutputs((_, outputs) => outputs.Remove(outputs.Keys.Last())),
        ["more-outputs"] = WithOutputs((_, outputs) =>
        {
            // Of whole numbers, of a constant, and of what was not given.
            foreach (var name in new[] { "grad_ids", "grad_t", "grad_K_cache" })
                outputs[name] = new TensorData([2], [1, double.NaN]);
        }),
        ["nan-at-zeros"] = WithValues(value => new TensorData(value.Shape, [.. value.Values.Select(entry => entry == 0 ? double.NaN : entry)])),

        // Omitting outputs.
        ["omits-one"] = WithOutputs((answer, outputs) =>
        {
            answer["omitted"] = new JsonArray(outputs.Keys.Last());
            outputs.Remove(outputs.Keys.Last());
        }),
        ["omits-one-and-spoils-the-others"] = WithOutputs((answer, outputs) =>
        {
            answer["omitted"] = new JsonArray(outputs.Keys.Last());
            outputs.Remove(outputs.Keys.Last());
            foreach (var (name, value) in outputs.ToArray())
                outputs[name] = new TensorData(value.Shape, [.. value.Values.Select(entry => entry + 1)]);
        }),
        ["omits-every-output"] = (conversation, command, _) =>
            conversation.Send(With(Ok(command), "omitted", new JsonArray([.. command["outputs"]!.AsObject().Select(output => JsonValue.Create(output.Key))]))),
        ["omits-what-it-writes"] = WithOutputs((answer, outputs) => answer["omitted"] = new JsonArray(outputs.Keys.First())),
        ["omits-what-there-is-not"] = WithOutputs((answer, _) => answer["omitted"] = new JsonArray("grad_nothing")),
        ["omits-twice"] = WithOutputs((answer, _) => answer["omitted"] = new JsonArray("grad_nothing", "grad_nothing")),
        ["text-as-omitted"] = WithOutputs((answer, _) => answer["omitted"] = "grad_nothing"),
        ["number-among-omitted"] = WithOutputs((answer, _) => answer["omitted"] = new JsonArray("grad_nothing", 5)),
        ["overwrites-its-inputs"] = (conversation, command, answer) =>
        {
            var honest = answer();
            var path = (string)command["input"]!;
            SafetensorsFile.Write(path, [.. SafetensorsFile.Read(path).Select(input =>
                StoredTensor.FromDoubles(input.Key, input.Value.DType, [.. input.Value.Shape], Array.ConvertAll(input.Value.ToDoubles(), value => value + 1)))]);
            conversation.Send(honest);
        },
        ["writes-its-output-over-its-inputs"] = (conversation, command, answer) =>
        {
            var honest = answer();
            File.Copy((string)command["output"]!, (string)command["input"]!, overwrite: true);
            conversation.Send(honest);
        },
        ["empties-its-inputs"] = (conversation, command, answer) =>
        {
            var honest = answer();
            File.WriteAllText((string)command["input"]!, "");
            conversation.Send(honest);
        },
        ["removes-its-inputs"] = (conversation, command, answer) =>
        {
            var honest = answer();
            File.Delete((string)command["input"]!);
            conversation.Send(honest);
        },
        ["wrong-name"] = (conversation, command, _) =>
        {
            Reference.Write(command, Reference.Compute(command, out var _).ToDictionary(output => $"my_{output.Key}", output => output.Value));
            conversation.Send(Ok(command));
        },
    };

    /// <summary>What there is.</summary>
    public static IEnumerable<string> Names => Faults.Keys;

    /// <summary>A fault by name.</summary>
    public static CaseFault? Find(string name) => Faults.GetValueOrDefault(name);

    private static JsonObject Ok(JsonObject command) => new() { ["id"] = command["id"]!.DeepClone(), ["status"] = "ok" };

    private static JsonObject Refusal(JsonObject command, string status, string? reason)
    {
        var answer = With(Ok(command), "status", status);
        return reason is null ? answer : With(answer, "reason", reason);
    }

    // Null removes the field.
    private static JsonObject With(JsonObject answer, string name, JsonNode? value)
    {
        answer.Remove(name);
        if (value is not null)
            answer[name] = value;
        return answer;
    }

    private static string Padded(JsonObject answer, int length)
    {
        answer["x"] = "";
        answer["x"] = new string('x', length - answer.ToJsonString().Length);
        return answer.ToJsonString() + "\n";
    }

    private static void Clear(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
            File.Delete(file);
    }

    private static void Repeat(Action action)
    {
        while (true)
            action();
    }

    // Answers, and does the rest to its folder as soon as the next command is there, which it has not read.
    private static CaseFault WhenAskedAgain(Action<string> spoil) => (conversation, command, answer) =>
    {
        conversation.Send(answer());
        Native.AwaitCommand();
        spoil(Path.GetDirectoryName((string)command["output"]!)!);
    };

    // Writes something else instead of the output.
    private static CaseFault WithFile(Action<string> write) => (conversation, command, _) =>
    {
        write((string)command["output"]!);
        conversation.Send(Ok(command));
    };

    // Does something to the right output.
    private static CaseFault WithOutput(Action<string> spoil) =>
        WithOutput((path, _) => spoil(path));

    private static CaseFault WithOutput(Action<string, JsonObject> spoil) => (conversation, command, answer) =>
    {
        var honest = answer();
        spoil((string)command["output"]!, honest);
        conversation.Send(honest);
    };

    // Changes which outputs there are, and what the answer says of them.
    private static CaseFault WithOutputs(Action<JsonObject, Dictionary<string, TensorData>> spoil) => (conversation, command, _) =>
    {
        var (answer, outputs) = (Ok(command), new Dictionary<string, TensorData>(Reference.Compute(command, out var _)));
        spoil(answer, outputs);
        Reference.Write(command, outputs);
        conversation.Send(answer);
    };

    // Changes the right values.
    private static CaseFault WithValues(
        Func<TensorData, TensorData> spoil, string? type = null, string? words = null) => (conversation, command, _) =>
    {
        if (words is not null)
            Console.Error.WriteLine(words);
        Reference.Write(command, Reference.Compute(command, out var _).ToDictionary(output => output.Key, output => spoil(output.Value)), type);
        conversation.Send(Ok(command));
    };
}
