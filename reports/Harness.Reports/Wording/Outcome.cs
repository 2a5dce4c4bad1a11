namespace Harness.Reports.Wording;

/// <summary>What a report, or a part of it, comes to. Only the first is green.</summary>
public enum Outcome
{
    /// <summary>Everything that was to be judged was judged, and is as it should be.</summary>
    Passed,

    /// <summary>What was judged passed, but not all of it was, or not by the usual tolerances.</summary>
    Qualified,

    /// <summary>A measurement could not tell.</summary>
    Undecided,

    /// <summary>Nothing was judged.</summary>
    NothingChecked,

    /// <summary>Something is wrong.</summary>
    Failed,
}

/// <summary>What one check or one conclusion says, whatever it is called.</summary>
public enum Standing
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Not answered, or not told.</summary>
    Open,

    /// <summary>A reason to act.</summary>
    Bad,
}
