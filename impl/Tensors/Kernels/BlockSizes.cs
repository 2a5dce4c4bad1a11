namespace Harness.Tensors.Kernels;

/// <summary>How a product is cut for the caches, in elements.</summary>
internal static class BlockSizes
{
    /// <summary>Depth of a block: NR columns of B of this depth (16 KB) stay in the first-level cache. It is also the length
    /// of the multiply-add chains, so another value means other last bits.</summary>
    public const int KC = 256;

    /// <summary>Rows of a block of A: MC·KC elements stay in the second-level cache. A multiple of every MR.</summary>
    public const int MC = 192;

    /// <summary>Columns of a block of B: KC·NC elements stay in the last-level cache. A multiple of every NR.</summary>
    public const int NC = 2048;
}
