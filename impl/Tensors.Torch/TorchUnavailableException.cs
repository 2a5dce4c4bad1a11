namespace Harness.Tensors.Torch;

/// <summary>The TorchSharp engine is asked for where it cannot be had. The message says what is missing, and what to do.</summary>
public sealed class TorchUnavailableException : Exception
{
    internal TorchUnavailableException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
