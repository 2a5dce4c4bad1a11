using Harness.Architectures.Baselines;
using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>The weights of <see cref="RelativeAttention"/>, for the layers that attend with it.</summary>
/// <param name="WQ">W_q [d,d].</param>
/// <param name="WK">W_k [d,d].</param>
/// <param name="WV">W_v [d,d].</param>
/// <param name="WR">W_r [d,d].</param>
/// <param name="BiasU">bias_u [H,dh].</param>
/// <param name="BiasV">bias_v [H,dh].</param>
/// <param name="WO">W_o [d,d].</param>
/// <typeparam name="T">The tensor.</typeparam>
public sealed record RelativeWeights<T>(T WQ, T WK, T WV, T WR, T BiasU, T BiasV, T WO)
    where T : class, ITensor<T>;

/// <summary><see cref="RelativeAttention"/> step after step: the encodings of the distances are made once.</summary>
internal sealed class RelativeReader<T>(RelativeWeights<T> weights)
    where T : class, ITensor<T>
{
    private T? _farthestFirst;

    /// <summary>x [B,T,d] reads the entries [B,C+T,d], which end with it.</summary>
    public T Read(T x, T entries)
    {
        var count = entries.Shape[1];
        if (_farthestFirst is null || _farthestFirst.Shape[0] < count)
            _farthestFirst = RelativeAttention.FarthestFirst(x.Engine, count, x.Shape[2]);
        var encodings = T.Slice(_farthestFirst, 0, _farthestFirst.Shape[0] - count, count);
        return RelativeAttention.Attend(
            x, entries, encodings, weights.WQ, weights.WK, weights.WV, weights.WR, weights.BiasU, weights.BiasV, weights.WO,
            weights.BiasU.Shape[0]);
    }
}
