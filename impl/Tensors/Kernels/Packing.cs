using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Harness.Tensors.Kernels;

/// <summary>Copies a slice of a matrix into the order in which the micro-kernel reads it.</summary>
internal static unsafe class Packing
{
    /// <summary>
    /// <c>panel[p·width + i] = source[p·depthStride + i·lineStride]</c> for p &lt; depth and i &lt; lines. Lines are rows of A
    /// or columns of B; the panel's lines from <paramref name="lines"/> to <paramref name="width"/> are zero.
    /// </summary>
    public static void Pack<T>(T* source, nint depthStride, nint lineStride, int depth, int lines, int width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var isWhole = lines == width && Vector128<T>.IsSupported && width >= Vector128<T>.Count;
        if (isWhole && lineStride == 1)
            Copy(source, depthStride, depth, width, panel);
        else if (isWhole && depthStride == 1)
            Transpose(source, lineStride, depth, width, panel);
        else
            Gather(source, depthStride, lineStride, depth, lines, width, panel);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather<T>(T* source, nint depthStride, nint lineStride, int depth, int lines, int width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var p = 0; p < depth; p++)
        {
            var line = source;
            for (var i = 0; i < lines; i++)
            {
                panel[i] = *line;
                line += lineStride;
            }
            for (var i = lines; i < width; i++)
                panel[i] = T.Zero;
            source += depthStride;
            panel += width;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<T>(T* source, nint depthStride, int depth, nint width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Where the width is no multiple of the vector, the last one repeats some lines.
        var last = width - Vector128<T>.Count;
        for (var p = 0; p < depth; p++)
        {
            for (nint i = 0; i < last; i += Vector128<T>.Count)
                Vector128.Load(source + i).Store(panel + i);
            Vector128.Load(source + last).Store(panel + last);
            source += depthStride;
            panel += width;
        }
    }

    /// <summary>Squares of vectors: lines in, depths out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose<T>(T* source, nint lineStride, int depth, nint width, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        nint side = Vector128<T>.Count;
        var squares = depth / (int)side;
        for (nint i = 0; i < width; i += side)
        {
            i = nint.Min(i, width - side);
            var line = source + i * lineStride;
            var target = panel + i;
            for (var square = 0; square < squares; square++)
            {
                if (typeof(T) == typeof(double))
                    Transpose2((double*)line, lineStride, (double*)target, width);
                else
                    Transpose4((float*)line, lineStride, (float*)target, width);
                line += side;
                target += side * width;
            }
        }
        var done = squares * (int)side;
        Gather(source + done, 1, lineStride, depth - done, (int)width, (int)width, panel + done * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose2(double* source, nint stride, double* target, nint targetStride)
    {
        Vector128.Create(source[0], source[stride]).Store(target);
        Vector128.Create(source[1], source[stride + 1]).Store(target + targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* source, nint stride, float* target, nint targetStride)
    {
        var stride3 = 3 * stride;
        var (xy01, xy23) = (Interleave(source, source + stride), Interleave(source + 2, source + stride + 2));
        var (zw01, zw23) = (Interleave(source + 2 * stride, source + stride3), Interleave(source + 2 * stride + 2, source + stride3 + 2));
        Lower(xy01, zw01).Store(target);
        Upper(xy01, zw01).Store(target + targetStride);
        Lower(xy23, zw23).Store(target + 2 * targetStride);
        Upper(xy23, zw23).Store(target + 3 * targetStride);
    }

    /// <summary>x[0], y[0], x[1], y[1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Interleave(float* x, float* y) =>
        Vector128.Shuffle(Vector128.Create(*(double*)x, *(double*)y).AsSingle(), Vector128.Create(0, 2, 1, 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Lower<T>(Vector128<T> x, Vector128<T> y)
        where T : unmanaged =>
        Vector128.Create(x.AsDouble()[0], y.AsDouble()[0]).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Upper<T>(Vector128<T> x, Vector128<T> y)
        where T : unmanaged =>
        Vector128.Create(x.AsDouble()[1], y.AsDouble()[1]).As<double, T>();
}
