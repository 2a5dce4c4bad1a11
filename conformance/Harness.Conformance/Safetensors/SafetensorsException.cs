using System.Text;

namespace Harness.Conformance.Safetensors;

/// <summary>
/// The one failure of reading or writing a safetensors file: what is malformed, unreadable or absent, in which file, at which
/// tensor. The message reads <c>file: tensor "name": what was found; what was expected</c> and always fits on one line,
/// whatever an adapter chose as names. A failure of the file system is kept as the inner exception.
/// </summary>
public sealed class SafetensorsException : Exception
{
    internal SafetensorsException(string file, string? tensor, string reason, Exception? inner = null)
        : base(tensor is null ? $"{file}: {reason}" : $"{file}: tensor {Quote(tensor)}: {reason}", inner)
    {
        File = file;
        Tensor = tensor;
        Reason = reason;
    }

    /// <summary>The file as the caller named it.</summary>
    public string File { get; }

    /// <summary>The tensor at fault, in full; null when the fault is the file's.</summary>
    public string? Tensor { get; }

    /// <summary>What was found and what was expected.</summary>
    public string Reason { get; }

    /// <summary>A piece of the file's text, made fit for a message: quoted, on one line, and short.</summary>
    internal static string Quote(string text)
    {
        // Names come from files of strangers and can be as long as the header; 80 characters still identify one.
        const int Longest = 80;
        var quoted = new StringBuilder("\"");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            bool plain = c == ' ' || !(char.IsControl(c) || char.IsSeparator(c) || char.IsSurrogate(c) || c is '"' or '\\');
            _ = plain ? quoted.Append(c) : quoted.Append($"\\u{(int)c:x4}");
        }

        return quoted.Append(text.Length > Longest ? "…\"" : "\"").ToString();
    }
}
