// An adapter for Harness. It answers 'unsupported' to everything but lm2.gate.input; HarnessProtocol.cs speaks the protocol.
//
// The next equation:
//   1. `harness list 'lm2.gate.*'` prints ids, shapes, attributes and definitions;
//      `harness explain lm2.gate.output/tiny-width-2` prints a case that can be checked by hand.
//   2. Write it as a function over tensors, and add a line to Equations below: call your own implementation there. What is not in
//      that table is never asked for.
//   3. Build, and `harness verify --exec "…" --equation lm2.gate.output`; a failure says which entry is wrong, and how far.
//
// A gradient is an equation like the others: lm2.gate.input.vjp gets a cotangent grad_g_in beside E and W_in, and gives grad_E and grad_W_in.
//
// Console.WriteLine goes to stderr here: stdout is for answers alone.

using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using HarnessProtocol;

var about = new About(
    Name: "my-adapter",
    Version: "0.1",
    Language: RuntimeInformation.FrameworkDescription,
    Device: "cpu",
    Dtypes: ["f64", "f32"],
    Equations: Equations<double>().Keys);

new Adapter(about, Run).Serve();

// The inputs come in the run's dtype, and the outputs are written in it.
static JsonObject? Run(JsonObject command)
{
    if ((string)command["dtype"]! == "f64")
        Compute<double>(command);
    else
        Compute<float>(command);
    return null;
}

static void Compute<T>(JsonObject command)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    var inputs = Safetensors.Read<T>((string)command["input"]!);
    var outputs = Equations<T>()[(string)command["equation"]!](inputs, command["attributes"]!.AsObject());
    Safetensors.Write((string)command["output"]!, outputs);
}

// What this adapter computes, by id. An attribute is read like this: (int)attributes["heads"]!.
static Dictionary<string, Equation<T>> Equations<T>()
    where T : unmanaged, IBinaryFloatingPointIeee754<T> => new()
    {
        ["lm2.gate.input"] = (inputs, attributes) => new() { ["g_in"] = Gate(inputs["E"], inputs["W_in"]) },
        // The next one, say lm2.gate.output, goes here.
    };

// σ(X W)
static Tensor<T> Gate<T>(Tensor<T> x, Tensor<T> w)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    var y = Product(x, w);
    return y with { Values = [.. y.Values.Select(Sigmoid)] };
}

// X W for X [..., n] and W [n, m].
static Tensor<T> Product<T>(Tensor<T> x, Tensor<T> w)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    var (n, m) = (w.Shape[0], w.Shape[1]);
    var rows = x.Values.Length / n;
    var y = new T[rows * m];
    for (var row = 0; row < rows; row++)
    {
        for (var k = 0; k < n; k++)
        {
            for (var column = 0; column < m; column++)
                y[row * m + column] += x.Values[row * n + k] * w.Values[k * m + column];
        }
    }

    return new Tensor<T>([.. x.Shape[..^1], m], y);
}

// The exponent is never positive, so that nothing overflows.
static T Sigmoid<T>(T x)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    var e = T.Exp(-T.Abs(x));
    return x > T.Zero ? T.One / (T.One + e) : e / (T.One + e);
}

/// <summary>Computes the outputs, by name, from the inputs, by name, and the attributes.</summary>
internal delegate Dictionary<string, Tensor<T>> Equation<T>(Dictionary<string, Tensor<T>> inputs, JsonObject attributes)
    where T : unmanaged;
