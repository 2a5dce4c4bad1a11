using System.Text.Json.Nodes;

namespace Harness.TestAdapters;

/// <summary>Faults of the program as a whole: how it starts, listens, stops.</summary>
internal static class ProgramFaults
{
    private static readonly Dictionary<string, Func<Conversation, int>> Faults = new()
    {
        ["honest"] = conversation => Serving.Serve(conversation, (_, answer) => conversation.Send(answer())),

        // Starting.
        ["exits-at-start"] = _ =>
        {
            Console.Error.WriteLine("cannot load libmystery.so");
            return 1;
        },
        ["hangs-at-start"] = _ =>
        {
            Console.Error.WriteLine("waiting for a device");
            Thread.Sleep(Timeout.Infinite);
            return 0;
        },
        ["does-not-answer-start"] = conversation =>
        {
            conversation.Read();
            Thread.Sleep(Timeout.Infinite);
            return 0;
        },
        ["does-not-end-its-line"] = conversation =>
        {
            conversation.Send(conversation.Answer(conversation.Read()!).ToJsonString());
            Thread.Sleep(Timeout.Infinite);
            return 0;
        },
        ["prints-banner"] = conversation =>
        {
            conversation.Send("Welcome to my library 1.2\n");
            return Serving.Serve(conversation, (_, answer) => conversation.Send(answer()));
        },
        ["wrong-version"] = conversation => Serving.Serve(conversation, "start", answer => answer["protocol"] = 2),
        ["version-as-text"] = conversation => Serving.Serve(conversation, "start", answer => answer["protocol"] = "1"),
        ["number-as-version"] = conversation => Serving.Serve(conversation, "start", answer => answer["version"] = 1.2),
        ["nothing-as-device"] = conversation => Serving.Serve(conversation, "start", answer => answer["device"] = null),
        ["text-as-dtypes"] = conversation => Serving.Serve(conversation, "start", answer => answer["dtypes"] = "f64"),
        ["ends-before-its-first-case"] = conversation => Serving.Serve(conversation, (_, answer) =>
        {
            conversation.Send(answer());
            Native.AwaitCommand();
            Environment.Exit(3);
        }),
        ["ends-once-it-has-started"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            conversation.Send(answer());
            if (conversation.IsFirst && (string?)command["cmd"] == "start")
                Environment.Exit(3);
        }),
        ["refuses-to-start"] = conversation => Serving.Serve(conversation, (command, answer) => conversation.Send(
            (string?)command["cmd"] == "start"
                ? new JsonObject { ["id"] = command["id"]!.DeepClone(), ["status"] = "error", ["reason"] = "no device" }
                : answer())),
        ["no-name"] = conversation => Serving.Serve(conversation, "start", answer => answer.Remove("name")),
        ["unknown-dtype"] = conversation => Serving.Serve(conversation, "start", answer => answer["dtypes"] = new JsonArray("f64", "int8")),
        ["equations-by-number"] = conversation => Serving.Serve(conversation, "start", answer => answer["equations"] = new JsonArray(1, 2)),
        ["half-a-surrogate"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            if ((string?)command["cmd"] == "start")
                conversation.Send("""{"id": 0, "status": "ok", "protocol": 1, "name": "\ud83d", "dtypes": ["f64"], "equations": ["lm2.align"]}""" + "\n");
            else
                conversation.Send(answer());
        }),
        ["starts-once"] = conversation =>
        {
            if (!conversation.IsFirst)
            {
                Console.Error.WriteLine("the device is busy");
                return 1;
            }

            return Serving.Serve(conversation, (command, answer) =>
            {
                if ((string?)command["cmd"] == "run")
                    Environment.Exit(3);
                conversation.Send(answer());
            });
        },

        ["is-another-after-a-restart"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            if (command["outputs"]?["g_in"]?.ToJsonString() == "[1,1,2]")
                Environment.Exit(3);
            var honest = answer();
            if ((string?)command["cmd"] == "start" && !conversation.IsFirst)
                honest["version"] = "0.2";
            conversation.Send(honest);
        }),
        ["offers-less-after-a-restart"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            if (command["outputs"]?["g_in"]?.ToJsonString() == "[1,1,2]")
                Environment.Exit(3);
            var honest = answer();
            if ((string?)command["cmd"] == "start" && !conversation.IsFirst)
                honest["equations"] = new JsonArray("lm2.gate.input");
            conversation.Send(honest);
        }),
        ["multiples-of-eight"] = conversation => Serving.Serve(conversation, (command, answer) => conversation.Send(
            (string?)command["cmd"] == "run" && command["outputs"]!["g_in"] is JsonArray shape && shape.Skip(1).Any(extent => (int)extent! % 8 != 0)
                ? Refusal(command)
                : Limited(answer(), (string?)command["cmd"], """{"lm2.gate.input": {"T": {"multiple_of": 8}, "d": {"multiple_of": 8}}}"""))),
        ["refuses-small-ones"] = conversation => Serving.Serve(conversation, (command, answer) => conversation.Send(
            (string?)command["cmd"] == "run" && command["outputs"]!["g_in"] is JsonArray shape && shape.Skip(1).Any(extent => (int)extent! % 8 != 0)
                ? Refusal(command)
                : answer())),
        ["hides-an-output"] = conversation => Serving.Serve(
            conversation, (command, answer) => conversation.Send(Limited(answer(), (string?)command["cmd"], """{"inf.attention.density_moments": {"var": false}}"""))),
        ["impossible-constraints"] = conversation => Serving.Serve(
            conversation, (command, answer) => conversation.Send(Limited(answer(), (string?)command["cmd"], """{"lm2.gate.input": {"t": 8}}"""))),
        ["long-name"] = conversation => Serving.Serve(conversation, "start", answer =>
        {
            answer["name"] = new string('n', 100_000);
            answer["device"] = new string('d', 100_000);
        }),

        // Offering less, or more.
        ["f32-only"] = conversation => Serving.Serve(conversation, "start", answer => answer["dtypes"] = new JsonArray("f32")),
        ["one-equation"] = conversation => Serving.Serve(conversation, "start", answer => answer["equations"] = new JsonArray("lm2.gate.input")),

        ["unknown-equations-alone"] = conversation => Serving.Serve(conversation, "start", answer => answer["equations"] = new JsonArray("x.of-the-future")),
        ["unknown-equations"] = conversation => Serving.Serve(
            conversation, "start", answer => answer["equations"] = new JsonArray("lm2.gate.input", "lm2.gate.ouput", "lm2.gate.Forget", "inf.basis.evaluate.vjp", "x.of-the-future")),

        // Answering.
        ["answers-twice"] = conversation => Serving.Serve(conversation, (_, answer) =>
        {
            var twice = answer();
            conversation.Send(twice);
            conversation.Send(twice);
        }),
        ["counts-from-0-always"] = conversation => Serving.Serve(conversation, (_, answer) =>
        {
            var honest = answer();
            honest["id"] = 0;
            conversation.Send(honest);
        }),
        ["ends-after-every-answer"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            conversation.Send(answer());
            if ((string?)command["cmd"] != "start")
                Environment.Exit(3);
        }),
        ["holds-answers-back"] = conversation =>
        {
            // Each answer is sent with the next command: as a program does that forgets to flush.
            JsonObject? held = null;
            return Serving.Serve(conversation, (command, answer) =>
            {
                if (held is not null)
                    conversation.Send(held);
                held = answer();
                if ((string?)command["cmd"] == "start")
                {
                    conversation.Send(held);
                    held = null;
                }
            });
        },
        ["slow"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            if ((string?)command["cmd"] == "run")
                Thread.Sleep(1);
            conversation.Send(answer());
        }),
        ["very-slow"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            if ((string?)command["cmd"] == "run")
                Thread.Sleep(100);
            conversation.Send(answer());
        }),

        // Manners.
        ["crashes-on-unknown-command"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            if ((string?)command["cmd"] == "x-unknown")
                Environment.Exit(4);
            conversation.Send(answer());
        }),
        ["refuses-unknown-fields"] = conversation => Serving.Serve(conversation, (command, answer) => conversation.Send(
            command.ContainsKey("x-future") ? Error(command, "unknown field x-future") : answer())),
        ["errs-on-what-it-does-not-know"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            var honest = answer();
            conversation.Send((string?)honest["status"] == "unsupported" ? Error(command, "no such thing") : honest);
        }),
        ["crashes-on-missing-input"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            if ((string?)command["input"] is { } input && !File.Exists(input))
                Environment.Exit(5);
            conversation.Send(answer());
        }),
        ["reads-short-lines"] = conversation => Serving.Serve(conversation, (command, answer) => conversation.Send(
            command.ToJsonString().Length > 4096 ? Error(command, "line too long") : answer())),
        ["reads-late"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            conversation.Send(answer());

            // The long command comes a few commands after this one, and is never read.
            if ((string?)command["cmd"] == "x-unknown")
                Thread.Sleep(Timeout.Infinite);
        }),
        ["ids-of-32-bits"] = conversation => Serving.Serve(conversation, (command, answer) =>
        {
            var honest = answer();
            honest["id"] = (long)(float)(long)command["id"]!;
            conversation.Send(honest);
        }),
        ["measures-once"] = conversation => Serving.Serve(conversation, "measure", answer => answer["seconds"] = new JsonArray(0.001)),
        ["text-as-peak"] = conversation => Serving.Serve(conversation, "measure", answer => answer["peak_bytes"] = "5"),
        ["text-as-times"] = conversation => Serving.Serve(conversation, "measure", answer => answer["seconds"] = new JsonArray("a", "b", "c")),
        ["cannot-measure"] = conversation => Serving.Serve(conversation, (command, answer) => conversation.Send(
            (string?)command["cmd"] == "measure"
                ? new JsonObject { ["id"] = command["id"]!.DeepClone(), ["status"] = "unsupported" }
                : answer())),

        // Stopping.
        ["fails-after-stop"] = conversation =>
        {
            Serving.Serve(conversation, (_, answer) => conversation.Send(answer()));
            Console.Error.WriteLine("cannot release the device");
            return 7;
        },
        ["refuses-to-stop"] = conversation => Serving.Serve(conversation, "stop", answer => answer["status"] = "unsupported"),
        ["ignores-stop"] = conversation =>
        {
            while (true)
            {
                if (conversation.Read() is not { } command)
                    Thread.Sleep(Timeout.Infinite);
                else if ((string?)command["cmd"] != "stop")
                    conversation.Send(conversation.Answer(command));
            }
        },
        ["answers-stop-and-stays"] = conversation =>
        {
            Serving.Serve(conversation, (_, answer) => conversation.Send(answer()));
            Thread.Sleep(Timeout.Infinite);
            return 0;
        },
        ["leaves-child"] = conversation =>
        {
            Native.LeaveChild("</dev/null >/dev/null 2>&1");
            return Serving.Serve(conversation, (_, answer) => conversation.Send(answer()));
        },
        ["leaves-nameless-child"] = conversation =>
        {
            Native.LeaveNamelessChild("</dev/null >/dev/null 2>&1");
            return Serving.Serve(conversation, (_, answer) => conversation.Send(answer()));
        },
        ["takes-its-time-to-stop"] = conversation =>
        {
            Serving.Serve(conversation, (_, answer) => conversation.Send(answer()));

            // Longer than an idle process is given, in the tests.
            for (var clock = System.Diagnostics.Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(6);)
            {
            }

            return 0;
        },
        ["leaves-child-on-its-pipes"] = conversation =>
        {
            Native.LeaveChild("");
            return Serving.Serve(conversation, (_, answer) => conversation.Send(answer()));
        },
    };

    /// <summary>What there is.</summary>
    public static IEnumerable<string> Names => Faults.Keys;

    /// <summary>A fault by name.</summary>
    public static Func<Conversation, int>? Find(string name) => Faults.GetValueOrDefault(name);

    private static JsonObject Error(JsonObject command, string reason) =>
        new() { ["id"] = command["id"]!.DeepClone(), ["status"] = "error", ["reason"] = reason };

    private static JsonObject Refusal(JsonObject command) =>
        new() { ["id"] = command["id"]!.DeepClone(), ["status"] = "unsupported", ["reason"] = "multiples of 8 alone" };

    private static JsonObject Limited(JsonObject answer, string? command, string constraints)
    {
        if (command == "start")
            answer["constraints"] = JsonNode.Parse(constraints);
        return answer;
    }
}
