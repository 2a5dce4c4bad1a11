#nullable enable

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

// The adapter protocol of Harness, version 1 (conformance/PROTOCOL.md), with nothing but the base class library.
namespace HarnessProtocol;

/// <summary>What an adapter says of itself in its answer to <c>start</c>.</summary>
/// <param name="Name">What to call it in tables.</param>
/// <param name="Version">Its version.</param>
/// <param name="Language">The language and libraries it is written with.</param>
/// <param name="Device">What it computes on.</param>
/// <param name="Dtypes">Which of f64, f32, bf16, f16 it computes in.</param>
/// <param name="Equations">The ids of the equations it computes.</param>
/// <param name="Constraints">What of them it takes alone, as <c>{"inf.layer": {"samples": 512, "e": {"multiple_of": 16}}}</c>; null for everything.</param>
internal sealed record About(
    string Name,
    string Version,
    string Language,
    string Device,
    IReadOnlyCollection<string> Dtypes,
    IReadOnlyCollection<string> Equations,
    JsonObject? Constraints = null);

/// <summary>Thrown by a handler for what the adapter does not do; its message is shown to people.</summary>
internal sealed class UnsupportedException(string message) : Exception(message);

/// <summary>
/// Computes one command, writes its files, and returns further fields of the answer, or null for none. A field <c>omitted</c> lists outputs that
/// it does not have and has not written.
/// </summary>
internal delegate JsonObject? Handler(JsonObject command);

/// <summary>Answers commands.</summary>
/// <param name="about">The answer to <c>start</c>.</param>
/// <param name="run">Answers <c>run</c>.</param>
/// <param name="measure">Answers <c>measure</c>; without it, the answer is <c>unsupported</c>.</param>
internal sealed class Adapter(About about, Handler run, Handler? measure = null)
{
    private const int Protocol = 1;

    /// <summary>Answers the commands on stdin until <c>stop</c> or its end.</summary>
    public void Serve()
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var commands = new StreamReader(Console.OpenStandardInput(), utf8);
        using var answers = new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true };
        // Whatever a library prints must not end up among the answers.
        Console.SetOut(Console.Error);
        while (commands.ReadLine() is { } line)
        {
            var command = JsonNode.Parse(line)!.AsObject();
            answers.Write(Answer(command).ToJsonString() + "\n");
            if ((string?)command["cmd"] == "stop")
                return;
        }
    }

    /// <summary>The answer to one command.</summary>
    public JsonObject Answer(JsonObject command)
    {
        // A clone keeps the digits of the id, however many there are.
        var answer = new JsonObject { ["id"] = command["id"]!.DeepClone() };
        try
        {
            var fields = Perform(command) ?? [];
            answer["status"] = "ok";
            foreach (var (name, value) in fields)
                answer[name] = value?.DeepClone();
        }
        catch (UnsupportedException refusal)
        {
            answer["status"] = "unsupported";
            answer["reason"] = refusal.Message;
        }
        catch (Exception failure) // an adapter outlives whatever goes wrong in one case
        {
            Console.Error.WriteLine(failure);
            answer["status"] = "error";
            answer["reason"] = $"{failure.GetType().Name}: {failure.Message}";
        }

        return answer;
    }

    private JsonObject? Perform(JsonObject command) => (string?)command["cmd"] switch
    {
        "start" => Describe(),
        "run" => IfOffered(command, run),
        "measure" when measure is not null => IfOffered(command, measure),
        "stop" => null,
        var other => throw new UnsupportedException($"command {other}"),
    };

    private JsonObject Describe()
    {
        var described = new JsonObject
        {
            ["protocol"] = Protocol,
            ["name"] = about.Name,
            ["version"] = about.Version,
            ["language"] = about.Language,
            ["device"] = about.Device,
            ["dtypes"] = new JsonArray([.. about.Dtypes.Select(dtype => JsonValue.Create(dtype))]),
            ["equations"] = new JsonArray([.. about.Equations.Select(id => JsonValue.Create(id))]),
        };
        if (about.Constraints is not null)
            described["constraints"] = about.Constraints.DeepClone();
        return described;
    }

    private JsonObject? IfOffered(JsonObject command, Handler handler)
    {
        var equation = (string)command["equation"]!;
        var dtype = (string)command["dtype"]!;
        if (!about.Equations.Contains(equation))
            throw new UnsupportedException($"equation {equation}");
        if (!about.Dtypes.Contains(dtype))
            throw new UnsupportedException($"dtype {dtype}");
        return handler(command);
    }
}

/// <summary>A row-major tensor.</summary>
/// <typeparam name="T"><see cref="double"/> or <see cref="float"/>.</typeparam>
/// <param name="Shape">Its extents; none for a scalar.</param>
/// <param name="Values">Its values.</param>
internal sealed record Tensor<T>(int[] Shape, T[] Values)
    where T : unmanaged;

/// <summary>Files of named tensors: the header's length in 8 bytes, the header in JSON, the tensors' bytes.</summary>
internal static class Safetensors
{
    private const int LengthBytes = sizeof(long);

    /// <summary>All tensors of a file, each of which must hold <typeparamref name="T"/>.</summary>
    public static Dictionary<string, Tensor<T>> Read<T>(string path)
        where T : unmanaged
    {
        var content = File.ReadAllBytes(path).AsSpan();
        var headerBytes = (int)BinaryPrimitives.ReadInt64LittleEndian(content);
        var header = JsonNode.Parse(content.Slice(LengthBytes, headerBytes))!.AsObject();
        var data = content[(LengthBytes + headerBytes)..];
        var tensors = new Dictionary<string, Tensor<T>>();
        foreach (var (name, entry) in header)
        {
            if (name == "__metadata__")
                continue;
            var dtype = (string)entry!["dtype"]!;
            if (dtype != Dtype<T>())
                throw new InvalidDataException($"{name} is {dtype}, expected {Dtype<T>()}");
            int[] shape = [.. entry["shape"]!.AsArray().Select(extent => (int)extent!)];
            var (start, end) = ((int)entry["data_offsets"]![0]!, (int)entry["data_offsets"]![1]!);
            tensors[name] = new Tensor<T>(shape, MemoryMarshal.Cast<byte, T>(data[start..end]).ToArray());
        }

        return tensors;
    }

    /// <summary>Writes a file.</summary>
    public static void Write<T>(string path, IReadOnlyDictionary<string, Tensor<T>> tensors)
        where T : unmanaged
    {
        var header = new JsonObject();
        var data = new MemoryStream();
        foreach (var (name, tensor) in tensors)
        {
            var start = data.Length;
            data.Write(MemoryMarshal.AsBytes<T>(tensor.Values));
            header[name] = new JsonObject
            {
                ["dtype"] = Dtype<T>(),
                ["shape"] = new JsonArray([.. tensor.Shape.Select(extent => JsonValue.Create(extent))]),
                ["data_offsets"] = new JsonArray(start, data.Length),
            };
        }

        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        // The data begin at a multiple of 8 bytes, as the format asks.
        var padding = Enumerable.Repeat((byte)' ', (LengthBytes - text.Length % LengthBytes) % LengthBytes).ToArray();
        Span<byte> length = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length + padding.Length);
        using var file = File.Create(path);
        file.Write(length);
        file.Write(text);
        file.Write(padding);
        data.WriteTo(file);
    }

    private static string Dtype<T>() =>
        typeof(T) == typeof(double) ? "F64"
        : typeof(T) == typeof(float) ? "F32"
        : throw new NotSupportedException($"{typeof(T).Name}: this file knows F64 and F32");
}
