using System.Collections.Concurrent;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;
using Harness.Conformance.Tests.Properties;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Answer = System.Collections.Generic.IReadOnlyDictionary<string, Harness.Conformance.Implementations.TensorData>;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>An implementation whose answer depends on more than the question: on earlier ones, on chance, on what is asked at the same time, on the rest of the batch.</summary>
/// <param name="Equation">The equation that is wrong.</param>
/// <param name="Name">The mistake in a few words.</param>
/// <param name="Create">Makes one that has not been asked anything.</param>
internal sealed record StateMistake(string Equation, string Name, Func<Func<EquationRequest, Answer>> Create)
{
    private static readonly ReferenceImplementation Reference = new();

    // Every one that chance decides about has chances of its own.
    private static int Started;

    /// <summary>How often every check is asked until it is found.</summary>
    public int Repeat { get; init; } = 1;

    public static IReadOnlyList<StateMistake> All { get; } = [.. Memories, .. Chances, .. Companies];

    public IImplementation Start() => new Running(this, Create());

    public override string ToString() => $"{Equation}: {Name}";

    // What is left of earlier calls.
    private static IEnumerable<StateMistake> Memories =>
    [
        new("lm2.gate.input", "the weight is kept by its shape", () => KeepsInput("W_in")),
        new("lm2.attention.project", "the first W_Q of a shape is converted once", () => KeepsInput("W_Q")),
        new("block.swiglu", "W_down is kept by its shape", () => KeepsInput("W_down")),
        new("lm2.gate.forget", "the weight of the last call is used if shapes agree", () => UsesLast("W_forget")),
        new("lm2.memory.step", "the bank of the last call is used if shapes agree", () => UsesLast("M")),
        new("lm2.align", "answers are cached by shape", () => Cached(Shapes)),
        new("inf.memory.update.vjp", "answers are cached by shape", () => Cached(Shapes)),
        new("lm2.attention.retrieve", "answers are cached by the sum of the inputs", () => Cached(request =>
            $"{Shapes(request)} {request.Inputs.Values.Sum(input => Math.Round(input.Values.Sum(), 6)):G9}")),
        new("inf.layer", "answers are cached by shape", () => Cached(Shapes)),
        new("block.gelu", "the last answer is returned once more", () =>
        {
            var last = new ConcurrentDictionary<string, Answer>();
            return request =>
            {
                var right = Right(request);
                var before = last.GetValueOrDefault(Shapes(request));
                last[Shapes(request)] = right;
                return before ?? right;
            };
        }),
        new("lm2.bank.update", "the bank is updated in place", () => request =>
        {
            var right = Right(request);
            if (right["M_next"].Values.Length == request.Inputs["M"].Values.Length)
                right["M_next"].Values.CopyTo(request.Inputs["M"].Values, 0);
            return right;
        }),
        new("lm2.readout.skip", "the residual is added in place", () => request =>
        {
            var right = Right(request);
            right.Values.First().Values.CopyTo(request.Inputs["E_attn"].Values, 0);
            return right;
        }),
        new("lm2.gate.output", "answers are added to the buffer of the last one of that shape", Accumulates),
        new("lm2.gate.input.vjp", "gradients are added to those of the last call", Accumulates),
        new("block.swiglu.vjp", "gradients are added to those of the last call", Accumulates),
        new("block.layer_norm", "running statistics in a norm", () =>
        {
            var mean = 0.0;
            return request => Spoiled(request, (value, _) => value - mean, after: right => mean = 0.9 * mean + 0.1 * right.Values.First().Values.Average());
        }),
        new("block.rms_norm", "running statistics of variance", () =>
        {
            var scale = 1.0;
            return request => Spoiled(request, (value, _) => value * scale, after: right => scale = 0.99 * scale + 0.01 * right.Values.First().Values.Max(Math.Abs));
        }),
        new("block.rope", "the position counter is not reset", () =>
        {
            var position = 0;
            return request => Right(request with
            {
                Attributes = request.Attributes.With("offset", request.Attributes.Integer("offset") + (Interlocked.Add(ref position, request.Inputs["x"].Shape[2]) - request.Inputs["x"].Shape[2]) % 7),
            });
        }),
        new("base.attention.softmax", "the cache of keys is not emptied", () => UsesLast("K_cache")),
        new("lm2.memory.rollout", "a rollout starts from the bank that the last one ended with", () =>
        {
            TensorData? bank = null;
            return request =>
            {
                var right = bank is { } left && left.Shape == request.Inputs["M_0"].Shape ? Right(request.With("M_0", left)) : Right(request);
                bank = right.Values.Last();
                return right;
            };
        }),
        new("lm2.attention.weights", "k of top-k is that of the first call", () => KeepsAttribute("top_k", request => request.Attributes.Integer("top_k") <= request.Inputs["K"].Shape[1])),
        new("inf.sticky.histogram", "a workspace larger than needed is not cleared", () => Leftovers),
        new("base.compressive.compress", "a workspace larger than needed is not cleared", () => Leftovers),
        new("lm2.decoder.block", "the first call of all leaves the last entry unwritten", () =>
        {
            var calls = 0;
            return request => Interlocked.Increment(ref calls) > 1 ? Right(request) : Spoiled(request, (value, i) => i == 0 ? 0 : value);
        }),
        new("lm2.gate.output.vjp", "every sixteenth call is wrong", () =>
        {
            var calls = 0;
            return request => Interlocked.Increment(ref calls) % 16 > 0 ? Right(request) : Spoiled(request, (value, _) => value * 1.5);
        }),
        new("inf.attention.scores", "what was graph-captured is replayed with the first call's scores", () => KeepsInput("K")),
    ];

    // What shows now and then.
    private static IEnumerable<StateMistake> Chances =>
    [
        new("lm2.gate.input", "two outputs change places, one call in five", () => Swaps(0.2)),
        new("lm2.align", "two outputs change places, one call in fifty", () => Swaps(0.02)) { Repeat = 6 },
        new("lm2.memory.step.vjp", "two outputs change places, one call in fifty", () => Swaps(0.02)) { Repeat = 6 },
        new("block.swiglu", "the padding is not initialised", () => Now(0.3, (value, i) => i == 0 ? 1e30 : value)),
        new("lm2.attention.retrieve", "dropout is left on", () => Now(0.5, (value, i) => i % 3 == 1 ? 0 : value)),
        new("inf.layer", "a sum loses a term, one call in ten", () => Now(0.1, (value, _) => value * 0.97)),
        new("base.txl.relative", "stale shared memory is read, one call in ten", () => Now(0.1, (value, i) => i == 0 ? value + 1e-3 : value)),
        new("lm2.attention.weights.vjp", "atomics without a fence lose an addition, one call in ten", () => Now(0.1, (value, i) => i == 0 ? 0 : value)),
    ];

    // What depends on who else is there: other calls at the same time, other elements of the batch.
    private static IEnumerable<StateMistake> Companies =>
    [
        new("lm2.gate.forget", "inputs go through a buffer that all threads share", () =>
        {
            EquationRequest? shared = null;
            return request =>
            {
                shared = request;
                Thread.SpinWait(2000);
                Thread.Yield();
                return Right(shared is { } read && Shapes(read) == Shapes(request) ? read : request);
            };
        }),
        new("lm2.bank.rows", "outputs go through a buffer that all threads share", () =>
        {
            Answer? shared = null;
            return request =>
            {
                shared = Right(request);
                Thread.SpinWait(2000);
                Thread.Yield();
                return shared.Values.First().Shape == Right(request).Values.First().Shape ? shared : Right(request);
            };
        }),
        new("block.gelu", "a call made while another is being answered takes its scale", () =>
        {
            var inside = 0;
            return request =>
            {
                var others = Interlocked.Increment(ref inside) - 1;
                Thread.SpinWait(2000);
                Thread.Yield();
                var answer = Spoiled(request, (value, _) => value * (1 + others));
                Interlocked.Decrement(ref inside);
                return answer;
            };
        }),
        new("block.layer_norm", "a batch norm for a layer norm", () => request => Batched(request, (value, mean) => value - mean)),
        new("lm2.attention.weights", "the softmax is normalised over the batch", () => request => Batched(request, (value, mean) => value / (mean + 1))),
        new("lm2.memory.step", "the bank of the first element is everyone's", () => OfTheFirst("M")),
        new("base.compressive.attention", "the cache of the first element is everyone's", () => OfTheFirst("cache")),
        new("inf.attention.context", "the first element's input is everyone's", () => request => OfTheFirst(request.Inputs.Keys.First())(request)),
        new("lm2.readout.gated", "the gate is that of the element before", () => request =>
            Right(Batches.InputAxis(Known(request), "g_out", request.Inputs["g_out"].Shape) is var axis && request.Inputs["g_out"].Shape[axis] is var count
                ? request.With("g_out", request.Inputs["g_out"].Pick(axis, [.. Enumerable.Range(0, count).Select(b => (b + 1) % count)])) : request)),
        new("block.rms_norm", "the last element of a batch of three or more is not written", () => request =>
            request.Inputs["x"].Shape[0] < 3 ? Right(request) : Spoiled(request, (value, i) => i >= request.Inputs["x"].Values.Length / request.Inputs["x"].Shape[0] * 2 ? 0 : value)),
        new("lm2.gate.input", "the scale of a quantised input is the whole batch's", () => request =>
        {
            var step = request.Inputs["E"].Values.Max(Math.Abs) / 127;
            return step > 0 ? Right(request.With("E", request.Inputs["E"].Map(request, value => Math.Round(value / step) * step))) : Right(request);
        }),
    ];

    /// <summary>Sums in another order at every call: honest, and not repeatable.</summary>
    public static StateMistake Honest { get; } = new("lm2.gate.input", "sums in another order at every call", () =>
    {
        var random = new Random(1);
        return request =>
        {
            lock (random)
            {
                int[] order = [.. Enumerable.Range(0, request.Inputs["W_in"].Shape[0])];
                random.Shuffle(order);
                return Right(request.With("E", request.Inputs["E"].Pick(2, order)).With("W_in", request.Inputs["W_in"].Pick(0, order)));
            }
        };
    });

    private static Answer Right(EquationRequest request) => Reference.Run(request)!;

    private static Equation Known(EquationRequest request) => EquationCatalogue.Find(request.Equation)!;

    private static string Shapes(EquationRequest request) => $"{request.Format} {request.Attributes} {string.Join(' ', request.Inputs.Select(input => $"{input.Key} {input.Value.Shape}"))}";

    private static Func<EquationRequest, Answer> KeepsInput(string name)
    {
        var kept = new ConcurrentDictionary<string, TensorData>();
        return request => request.Inputs.TryGetValue(name, out var input)
            ? Right(request.With(name, kept.GetOrAdd($"{request.Format} {input.Shape}", _ => input with { Values = [.. input.Values] }))) : Right(request);
    }

    private static Func<EquationRequest, Answer> KeepsAttribute(string name, Func<EquationRequest, bool> isValid)
    {
        object? first = null;
        return request => request with { Attributes = request.Attributes.With(name, first ??= request.Attributes.Find(name)!) } is var kept && isValid(kept) ? Right(kept) : Right(request);
    }

    private static Func<EquationRequest, Answer> UsesLast(string name)
    {
        TensorData? last = null;
        return request =>
        {
            if (!request.Inputs.TryGetValue(name, out var input))
                return Right(request);
            var used = last is { } kept && kept.Shape == input.Shape ? kept : input;
            last = input with { Values = [.. input.Values] };
            return Right(request.With(name, used.Map(request, value => value)));
        };
    }

    private static Func<EquationRequest, Answer> Cached(Func<EquationRequest, string> key)
    {
        var answers = new ConcurrentDictionary<string, Answer>();
        return request => answers.GetOrAdd(key(request), _ => Right(request));
    }

    private static Func<EquationRequest, Answer> Accumulates()
    {
        var buffers = new ConcurrentDictionary<string, Answer>();
        return request => buffers.AddOrUpdate(Shapes(request), _ => Right(request), (_, left) => Right(request).ToDictionary(
            output => output.Key, output => output.Value.Plus(left[output.Key])));
    }

    private static Func<EquationRequest, Answer> Leftovers
    {
        get
        {
            double[] workspace = [];
            return request =>
            {
                var (right, left) = (Right(request), workspace);
                var first = right.Values.First();
                if (first.Values.Length > left.Length)
                    workspace = [.. first.Values];
                return first.Values.Length < left.Length ? Spoiled(request, (value, i) => i == 0 ? value + left[first.Values.Length] + 0.01 : value) : right;
            };
        }
    }

    private static Func<EquationRequest, Answer> Swaps(double probability)
    {
        var random = new Random(Interlocked.Increment(ref Started));
        return request =>
        {
            var right = Right(request);
            lock (random)
            {
                if (random.NextDouble() >= probability)
                    return right;
            }

            var values = right.Values.First().Values;
            (values[0], values[^1]) = (values[^1], values[0]);
            return right;
        };
    }

    private static Func<EquationRequest, Answer> Now(double probability, Func<double, int, double> spoil)
    {
        var random = new Random(Interlocked.Increment(ref Started));
        return request =>
        {
            lock (random)
                return random.NextDouble() < probability ? Spoiled(request, spoil) : Right(request);
        };
    }

    private static Func<EquationRequest, Answer> OfTheFirst(string name) => request =>
        request.Inputs.TryGetValue(name, out var input) && Batches.InputAxis(Known(request), name, input.Shape) is >= 0 and var axis
            ? Right(request.With(name, input.Pick(axis, new int[input.Shape[axis]]))) : Right(request);

    // With the mean over the batch of every entry, where it has several elements.
    private static Answer Batched(EquationRequest request, Func<double, double, double> spoil)
    {
        var right = Right(request);
        var first = right.Values.First();
        var count = first.Shape[0];
        var size = first.Values.Length / count;
        return count == 1 ? right : Spoiled(request, (value, i) => spoil(value, Enumerable.Range(0, count).Average(b => first.Values[b * size + i % size])));
    }

    // The first output spoiled.
    private static Dictionary<string, TensorData> Spoiled(EquationRequest request, Func<double, int, double> spoil, Action<Answer>? after = null)
    {
        var right = Right(request);
        var name = right.Keys.First();
        var spoiled = new Dictionary<string, TensorData>(right) { [name] = right[name].Map(request, spoil) };
        after?.Invoke(right);
        return spoiled;
    }

    private sealed class Running(StateMistake mistake, Func<EquationRequest, Answer> answer) : IImplementation
    {
        public string Name => mistake.Name;

        public Answer? Run(EquationRequest request) => request.Equation == mistake.Equation ? answer(request) : Reference.Run(request);
    }
}
