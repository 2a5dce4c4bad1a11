using System.Text;

namespace Harness.Conformance.Writing;

/// <summary>Writes a file so that a reader sees the old one or the whole new one, never a part, whatever happens in between.</summary>
public static class WholeFile
{
    /// <summary>Writes a file, replaced if it exists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fill">Writes the content; if it fails, nothing has changed.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static void Write(string path, Action<Stream> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);

        // In the same folder, because a rename is atomic only within a file system.
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = File.Create(temporary))
                fill(stream);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a text in UTF-8, without a byte order mark.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static void Write(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
