using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Harness.Perf.Results;

/// <summary>How perf results are spelled: what is null is left out when written, and so need not be there when read; all else must be.</summary>
internal static class PerfSpelling
{
    private static readonly JsonSerializerOptions Indented = Options(isIndented: true);
    private static readonly JsonSerializerOptions OneLine = Options(isIndented: false);

    /// <summary>As a file for people too.</summary>
    public static JsonTypeInfo<PerfFile> File { get; } = (JsonTypeInfo<PerfFile>)Indented.GetTypeInfo(typeof(PerfFile));

    /// <summary>As one line.</summary>
    public static JsonTypeInfo<T> Line<T>() => (JsonTypeInfo<T>)OneLine.GetTypeInfo(typeof(T));

    private static JsonSerializerOptions Options(bool isIndented) => new(PerfContext.Default.Options)
    {
        WriteIndented = isIndented,
        TypeInfoResolver = PerfContext.Default.WithAddedModifier(type =>
        {
            foreach (var property in type.Properties)
            {
                if (property.IsSetNullable)
                    property.IsRequired = false;
            }
        }),
    };
}
