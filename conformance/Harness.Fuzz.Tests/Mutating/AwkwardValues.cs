namespace Harness.Fuzz.Tests.Mutating;

/// <summary>Values that readers forget about, as JSON spells them.</summary>
internal static class AwkwardValues
{
    // Rare, because they are slow to write and to read.
    private const int OneIn = 200;

    private static readonly string Long = $"\"{new string('x', 1 << 20)}\"";
    private static readonly string Deep = $"{new string('[', 5000)}{new string(']', 5000)}";
    private static readonly string DeepEnough = $"{new string('[', 60)}{new string(']', 60)}";

    private static readonly string[] Words = ["null", "true", "false", "[]", "{}", "[null]", "[[]]", "{\"\":null}", DeepEnough, "NaN", "Infinity", "undefined", "", "0x10"];

    private static readonly string[] Numbers =
    [
        "0", "-0", "-0.0", "1", "-1", "2", "0.5", "1e999", "-1e999", "1e308", "5e-324", "1e-400", "2147483647", "2147483648", "-2147483648", "4294967296",
        "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e18", "100000000000000000000000000000000000000",
    ];

    private static readonly string[] Texts =
    [
        "\"\"", "\" \"", "\"NaN\"", "\"Infinity\"", "\"-Infinity\"", "\"0\"", "\"1e999\"", "\"null\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\u0000\"", "\"\\u001b[31m\"",
        "\"\\u001b]8;;http://example.com\\u0007\"", "\"a\\rb\"", "\"\\n::error::forged\"", "\"\\n9 passed, 0 failed, 0 unsupported, 0 errored\\n\"", "\"\\u202e\\u2066\"",
        "\"\\u2028\"", "\"\\u009b31m\"", "\"\\ufeff\"", "\"\\ufffe\"", "\"\\u0007\"", "\"[x\"", "\"[/]\"", "\"[red]\"", "\"]]>\"", "\"<script>alert(1)</script>\"", "\"&amp;\"",
        "\"| a | b |\"", "\"@everyone\"", "\"`\"", "\"../../../etc/passwd\"", "\"/dev/zero\"", "\"a/b\\\\c\"", "\"%s%n{0}\"", "\"passed\"", "\"failed\"", "\"crashed\"",
        "\"PASSED\"", "\"not_judged\"", "\"unsupported\"", "\"f8\"", "\"f64\"", "\"F64\"", "\"bf16\"", "\"lm2.unheard.of\"", "\"nodots\"", "\"x/y\"", "\"1/1\"", "\"1/2\"", "\"2/2\"",
        "\"0/0\"", "\"3/2\"", "\"1/1000000000\"", "\"lower\"", "\"higher\"", "\"sideways\"", "\"s\"", "\"managed\"", "\"1970-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00+14:00\"",
        "\"9999-12-31T23:59:59Z\"", "\"2026-02-30T00:00:00Z\"", "\"*\"", "\"[\"", "\"columns along axis 7\"", "\"[0,0,0,0]\"", "\"[99]\"",
    ];

    /// <summary>Any of them.</summary>
    public static string Draw(Random random) => random.Next(OneIn) switch
    {
        0 => Long,
        1 => Deep,
        < OneIn / 4 => Words[random.Next(Words.Length)],
        < OneIn / 2 => Number(random),
        _ => Text(random),
    };

    /// <summary>A number.</summary>
    public static string Number(Random random) => Numbers[random.Next(Numbers.Length)];

    /// <summary>A text, in quotes.</summary>
    public static string Text(Random random) => Texts[random.Next(Texts.Length)];
}
