using Harness.Tensors;

namespace Harness.Architectures.Blocks;

/// <summary>The rows of a table that belong to token ids.</summary>
internal static class Embedding
{
    /// <summary>ids [B,T], whole numbers below V, and W_emb [V,d] → [B,T,d].</summary>
    public static T Rows<T>(T ids, T wEmb)
        where T : class, ITensor<T>
    {
        var rows = Array.ConvertAll(ids.ToArray(), id => T.Slice(wEmb, 0, (int)id, 1));
        return T.Reshape(T.Concat(0, rows), [.. ids.Shape.Extents, wEmb.Shape[1]]);
    }
}
