using Spectre.Console.Rendering;

namespace Harness.Cli.Terminals;

/// <summary>What stays on its line, however wide the terminal is: where a line is broken something foreign would begin the next.</summary>
internal sealed class Unwrapped(IRenderable inner, int width) : IRenderable
{
    /// <inheritdoc/>
    public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, width);

    /// <inheritdoc/>
    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => inner.Render(options, width);
}
