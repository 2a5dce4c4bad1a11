using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Cli.Terminals;

/// <summary>Reads the numbers of the command line: plain decimal digits, whatever the language of the machine, and nothing beside them.</summary>
internal static partial class Number
{
    /// <summary>As many seconds as timers take, and more than a person waits.</summary>
    public const double MostSeconds = 2_000_000;

    /// <summary>A whole number.</summary>
    /// <returns>It; 0 where an error was added.</returns>
    public static int Whole(ArgumentResult typed)
    {
        var text = typed.Tokens[0].Value;
        if (!WholeNumber().IsMatch(text))
            return Refuse(typed, "a whole number in decimal digits, such as 10");
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : Refuse(typed, $"a whole number from {int.MinValue} to {int.MaxValue}");
    }

    /// <summary>A number above 0.</summary>
    /// <returns>It; 0 where an error was added.</returns>
    public static double Positive(ArgumentResult typed) =>
        Real(typed) is var value && value > 0 || !IsNumber(typed) || double.IsInfinity(value) ? value : Refuse(typed, $"a positive number, at least {double.Epsilon}");

    private static double Real(ArgumentResult typed)
    {
        var text = typed.Tokens[0].Value;
        if (!DecimalNumber().IsMatch(text))
            return Refuse(typed, DecimalComma().IsMatch(text) ? $"a number with a point, as in {text.Replace(',', '.')}" : "a number in decimal digits, such as 0.5");
        var value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsFinite(value) ? value : Refuse(typed, "a smaller number");
    }

    /// <summary>A duration.</summary>
    /// <returns>Seconds; 0 where an error was added.</returns>
    public static double Seconds(ArgumentResult typed)
    {
        var seconds = Real(typed);
        return seconds is > 0 and <= MostSeconds || !IsNumber(typed) ? seconds : Refuse(typed, $"a positive number of seconds, at most {MostSeconds}");
    }

    private static int Refuse(ArgumentResult typed, string expected)
    {
        var name = typed.Parent is OptionResult option ? option.Option.Name : typed.Argument.Name;
        typed.AddError($"{name}: found '{typed.Tokens[0].Value}', expected {expected}.");
        return 0;
    }

    // What is no number has been refused already.
    private static bool IsNumber(ArgumentResult typed) => DecimalNumber().IsMatch(typed.Tokens[0].Value);

    [GeneratedRegex(@"^-?[0-9]+\z")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z")]
    private static partial Regex DecimalNumber();

    [GeneratedRegex(@"^-?[0-9]*,[0-9]+\z")]
    private static partial Regex DecimalComma();
}
