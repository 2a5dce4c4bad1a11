using System.Text.Json;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;

namespace Harness.Perf.Scaling;

/// <summary>What a program answers to <c>measure</c>, as far as it is a measurement.</summary>
/// <param name="Seconds">One time for each call, positive.</param>
/// <param name="PeakBytes">The largest memory held at once.</param>
internal sealed record MeasureAnswer(IReadOnlyList<double> Seconds, long PeakBytes)
{
    // No clock tells less, and no visit may last longer.
    private const double ShortestSeconds = 1e-12;
    private const double LongestSeconds = 7200;

    /// <summary>Reads an answer.</summary>
    /// <param name="answer">With a status.</param>
    /// <param name="samples">How many times were asked for.</param>
    /// <exception cref="UnsupportedRequestException">The program does not measure this.</exception>
    /// <exception cref="AdapterException">It is no measurement; the message has the answer.</exception>
    public static MeasureAnswer Read(JsonElement answer, int samples)
    {
        if (answer.GetProperty("status").GetString() != AnswerStatus.Ok)
            throw new UnsupportedRequestException($"measure: found {Short(answer)}, expected status ok");
        if (!answer.TryGetProperty("seconds", out var seconds) || seconds.ValueKind != JsonValueKind.Array || seconds.GetArrayLength() != samples)
            throw new AdapterException($"measure: found {Short(answer)}, expected \"seconds\" with {samples} times");
        if (seconds.EnumerateArray().Any(each => !(Number(each) is >= ShortestSeconds and <= LongestSeconds)))
            throw new AdapterException($"measure: found seconds {Short(seconds)}, expected positive numbers (1e-12 to {LongestSeconds} s)");
        double[] times = [.. seconds.EnumerateArray().Select(each => each.GetDouble())];

        // long.MaxValue is 2⁶³ as a number, one too many.
        return answer.TryGetProperty("peak_bytes", out var peak) && Number(peak) is >= 0 and < long.MaxValue
            ? new MeasureAnswer(times, (long)peak.GetDouble())
            : throw new AdapterException($"measure: found {(peak.ValueKind == JsonValueKind.Undefined ? "no \"peak_bytes\"" : $"peak_bytes {Short(peak)}")}, expected a number of bytes");
    }

    private static double Number(JsonElement element) => element.ValueKind == JsonValueKind.Number ? element.GetDouble() : double.NaN;

    private static string Short(JsonElement element)
    {
        const int Most = 200;
        var text = element.GetRawText();
        return text.Length <= Most ? text : $"{text[..Most]}…";
    }
}
