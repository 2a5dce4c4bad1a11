namespace Harness.Conformance.Safetensors;

/// <summary>What a reader accepts. A file beyond it is refused before anything of its size is allocated.</summary>
public sealed record SafetensorsLimits
{
    /// <summary>The header's limit, 100 MB: the format's own, in reading and writing.</summary>
    internal const int MaxHeaderBytes = 100_000_000;

    /// <summary>The largest file that is read, in bytes; 1 GiB unless told. Memory stays within a small multiple of it.</summary>
    public int MaxFileBytes { get; init; } = 1 << 30;

    /// <summary>What the limit consists of, to follow the number in a message.</summary>
    internal string Because { get; init; } = "";

    /// <summary>Refuse NaN and infinity in F64, F32, F16 and BF16 tensors.</summary>
    public bool RequireFinite { get; init; }
}
