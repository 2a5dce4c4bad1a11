using System.Collections.Immutable;
using System.Numerics;

namespace Harness.Perf.Forms;

/// <summary>A sum of products of symbols with exact coefficients, multiplied out: equal polynomials have equal text.</summary>
/// <remarks>A symbol may also divide, as c does in L/c.</remarks>
internal sealed class Polynomial
{
    private static readonly Fraction One = new(1, 1);

    // From the symbols of a term and their exponents to its coefficient, none of them 0.
    private readonly Dictionary<Term, Fraction> _terms;

    private Polynomial(IEnumerable<(Term Term, Fraction Coefficient)> terms) =>
        _terms = terms.GroupBy(each => each.Term, each => each.Coefficient)
            .Select(group => (group.Key, Sum: group.Aggregate((left, right) => left + right)))
            .Where(each => !each.Sum.Numerator.IsZero)
            .ToDictionary(each => each.Key, each => each.Sum);

    /// <summary>A symbol.</summary>
    public static Polynomial Symbol(string name) => new([(Term.Of(name), One)]);

    /// <summary>A constant.</summary>
    private static Polynomial Constant(Fraction value) => new([(Term.Empty, value)]);

    /// <summary>
    /// The polynomial of least degree in one symbol, 2 at most, that has these values: a constant, or that of the first two or three places.
    /// It need not have the values at the others.
    /// </summary>
    /// <param name="symbol">The symbol.</param>
    /// <param name="places">What it stands for, all different.</param>
    /// <param name="values">The value at each.</param>
    public static Polynomial Through(Polynomial symbol, IReadOnlyList<long> places, IReadOnlyList<BigInteger> values)
    {
        Fraction Steepness(int from, int to) => new(values[to] - values[from], places[to] - places[from]);
        if (values.All(value => value == values[0]))
            return Constant(new Fraction(values[0], 1));
        var first = symbol - Constant(new Fraction(places[0], 1));
        var slope = Steepness(0, 1);
        var line = Constant(new Fraction(values[0], 1)) + Constant(slope) * first;
        if (Enumerable.Range(1, places.Count - 1).All(i => Steepness(0, i) == slope))
            return line;
        var bend = (Steepness(1, 2) + new Fraction(-1, 1) * slope) * new Fraction(1, places[2] - places[0]);
        return line + Constant(bend) * first * (symbol - Constant(new Fraction(places[1], 1)));
    }

    public static implicit operator Polynomial(int constant) => new([(Term.Empty, new Fraction(constant, 1))]);

    public static Polynomial operator +(Polynomial left, Polynomial right) => new([.. left.Terms, .. right.Terms]);

    public static Polynomial operator -(Polynomial left, Polynomial right) => left + -1 * right;

    public static Polynomial operator *(Polynomial left, Polynomial right) => new(
        from a in left.Terms
        from b in right.Terms
        select (a.Term.Times(b.Term), a.Coefficient * b.Coefficient));

    /// <summary>Division by a constant or by a single term.</summary>
    public static Polynomial operator /(Polynomial left, Polynomial right)
    {
        var (term, coefficient) = right.Terms.Single();
        return left * new Polynomial([(term.Inverse(), new Fraction(coefficient.Denominator, coefficient.Numerator))]);
    }

    /// <summary>The highest power of a symbol.</summary>
    public int Degree(string symbol) => Terms.Max(each => (int?)each.Term.Exponent(symbol)) ?? 0;

    /// <summary>The value, exactly.</summary>
    /// <exception cref="ArithmeticException">It is not whole: a symbol does not divide what it should.</exception>
    public BigInteger Evaluate(IReadOnlyDictionary<string, BigInteger> values)
    {
        var sum = new Fraction(0, 1);
        foreach (var (term, coefficient) in Terms)
            sum += coefficient * term.Evaluate(values);
        return sum.IsWhole ? sum.Numerator : throw new ArithmeticException($"{this} is {sum}, expected a whole number.");
    }

    /// <summary>The largest degrees first.</summary>
    public override string ToString() => Text(name => name);

    /// <summary>The same with numbers in place of the symbols.</summary>
    public string Substituted(IReadOnlyDictionary<string, BigInteger> values) => Text(name => $"{values[name]}");

    private IEnumerable<(Term Term, Fraction Coefficient)> Terms => _terms.Select(each => (each.Key, each.Value));

    private string Text(Func<string, string> spell)
    {
        if (_terms.Count == 0)
            return "0";
        var ordered = _terms.OrderByDescending(each => each.Key.TotalDegree).ThenBy(each => each.Key.ToString(), StringComparer.Ordinal);
        return string.Join(" + ", ordered.Select(each => each.Key.Text(each.Value, spell))).Replace("+ -", "− ", StringComparison.Ordinal);
    }

    /// <summary>Symbols in alphabetical order with their exponents, none of them 0.</summary>
    private sealed class Term(ImmutableSortedDictionary<string, int> exponents) : IEquatable<Term>
    {
        private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

        private readonly string _key = string.Join('·', exponents.Select(each => $"{each.Key}^{each.Value}"));

        public static Term Empty { get; } = new(ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal));

        public int TotalDegree => exponents.Values.Sum();

        public static Term Of(string name) => new(Empty.Exponents.Add(name, 1));

        public int Exponent(string symbol) => exponents.GetValueOrDefault(symbol);

        public Term Times(Term other) => new(other.Exponents
            .Aggregate(exponents, (product, each) => product.SetItem(each.Key, product.GetValueOrDefault(each.Key) + each.Value))
            .RemoveRange(exponents.Keys.Where(name => Exponent(name) + other.Exponent(name) == 0)));

        public Term Inverse() => new(exponents.ToImmutableSortedDictionary(each => each.Key, each => -each.Value, StringComparer.Ordinal));

        public Fraction Evaluate(IReadOnlyDictionary<string, BigInteger> values) => exponents.Aggregate(One, (product, each) =>
            product * (each.Value > 0
                ? new Fraction(BigInteger.Pow(values[each.Key], each.Value), 1)
                : new Fraction(1, BigInteger.Pow(values[each.Key], -each.Value))));

        public string Text(Fraction coefficient, Func<string, string> spell)
        {
            var above = exponents.Where(each => each.Value > 0).Select(each => Power(spell(each.Key), each.Value)).ToArray();
            var below = exponents.Where(each => each.Value < 0).Select(each => $"/{Power(spell(each.Key), -each.Value)}");
            var product = coefficient == One && above.Length > 0 ? string.Join('·', above) : string.Join('·', [$"{coefficient}", .. above]);
            return product + string.Concat(below);
        }

        public bool Equals(Term? other) => other?._key == _key;

        public override bool Equals(object? obj) => Equals(obj as Term);

        public override int GetHashCode() => _key.GetHashCode(StringComparison.Ordinal);

        public override string ToString() => _key;

        private ImmutableSortedDictionary<string, int> Exponents => exponents;

        private static string Power(string text, int exponent) => exponent == 1 ? text : text + string.Concat($"{exponent}".Select(digit => Superscripts[digit - '0']));
    }
}
