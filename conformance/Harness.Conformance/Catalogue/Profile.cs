namespace Harness.Conformance.Catalogue;

/// <summary>Whose word an equation is. The two are never mixed: an implementation follows the paper or the code.</summary>
public enum Profile
{
    /// <summary>What the paper says.</summary>
    Paper,

    /// <summary>What the authors' published code computes, where that is something else: the families whose name ends in <c>-ref</c>.</summary>
    ReferenceCode,
}
