namespace Harness.TestPlugin.Rounding;

/// <summary>Stands for the libraries that a plug-in brings along and the harness does not know.</summary>
public static class SinglePrecision
{
    /// <summary>The nearest float32.</summary>
    public static double Round(double value) => (float)value;
}
