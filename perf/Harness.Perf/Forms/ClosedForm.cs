namespace Harness.Perf.Forms;

/// <summary>What a segment costs, as formulas in the papers' symbols.</summary>
/// <param name="Operations">Floating-point operations.</param>
/// <param name="Transcendental">Those of them that evaluate exp, tanh, σ, softplus or erf.</param>
/// <param name="Moved">Numbers read and written.</param>
internal sealed record ClosedForm(Polynomial Operations, Polynomial Transcendental, Polynomial Moved)
{
    /// <summary>Numbers that the next segment needs of those before.</summary>
    public Polynomial State { get; init; } = 0;

    /// <summary>Operations when the layer is made.</summary>
    public Polynomial Setup { get; init; } = 0;

    public static ClosedForm operator +(ClosedForm left, ClosedForm right) => new(
        left.Operations + right.Operations, left.Transcendental + right.Transcendental, left.Moved + right.Moved);

    public static ClosedForm operator *(int times, ClosedForm form) =>
        new(times * form.Operations, times * form.Transcendental, times * form.Moved);
}
