using Harness.Architectures.Baselines;
using Harness.Tensors;

namespace Harness.Architectures.Streaming;

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
        return RelativeAttention.Attend(x, entries, encodings, weights, weights.BiasU.Shape[0]);
    }
}
