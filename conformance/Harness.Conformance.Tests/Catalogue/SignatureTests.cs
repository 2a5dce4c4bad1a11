using System.Reflection;
using System.Runtime.CompilerServices;
using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;

namespace Harness.Conformance.Tests.Catalogue;

public sealed class SignatureTests
{
    // LM2 calls the bank M, and a method parameter is named for what it is; but for a stack's, where `bank` says whose it is.
    private static readonly Dictionary<string, string> Spelling = new() { ["M"] = "bank", ["M_0"] = "bank" };

    public static TheoryData<string> Equations => [.. EquationCatalogue.Forward.Select(equation => equation.Id)];

    [Fact]
    public void The_catalogue_holds_the_equations_of_both_papers_and_their_code_and_of_blocks_and_baselines()
    {
        EquationCatalogue.All.Select(equation => equation.Family).Distinct()
            .Should().BeEquivalentTo("lm2", "inf", "block", "base", "lm2-ref", "inf-ref");
        EquationCatalogue.All.Select(equation => equation.Id).Should().BeInAscendingOrder(StringComparer.Ordinal);
        EquationCatalogue.Matching("lm2.gate.*").Select(equation => equation.Id)
            .Should().Equal("lm2.gate.forget", "lm2.gate.forget.vjp", "lm2.gate.input", "lm2.gate.input.vjp", "lm2.gate.output", "lm2.gate.output.vjp");
        EquationCatalogue.Find("lm2.gate").Should().BeNull();
        EquationCatalogue.Find("LM2.gate.input").Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Method_and_annotation_name_the_same_things_in_the_same_order(string id)
    {
        var equation = EquationCatalogue.Find(id)!;
        var parameters = equation.Parameters.Select(parameter => Decapitalised(parameter.Name!)).ToList();
        if (equation.TakesEngine)
        {
            parameters[0].Should().Be("engine");
            parameters.RemoveAt(0);
        }

        var names = equation.Inputs.Select(input => input.Name).Concat(equation.Attributes.Select(attribute => attribute.Name));
        parameters.Should().Equal(names.Select(name => ParameterName(equation, name)));
        var results = equation.Method.ReturnParameter.GetCustomAttribute<TupleElementNamesAttribute>()?.TransformNames;
        if (equation.Outputs.Count > 1)
            results!.Select(name => Decapitalised(name!)).Should().Equal(equation.Outputs.Select(output => CamelCase(output.Name)));
        else
            results.Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Optional_tensors_are_nullable_parameters(string id)
    {
        var equation = EquationCatalogue.Find(id)!;
        var context = new NullabilityInfoContext();
        var nullable = equation.Parameters.Skip(equation.TakesEngine ? 1 : 0).Take(equation.Inputs.Count)
            .Where(parameter => context.Create(parameter).WriteState == NullabilityState.Nullable)
            .Select(parameter => Decapitalised(parameter.Name!));

        nullable.Should().Equal(equation.Inputs.Where(input => input.IsOptional).Select(input => ParameterName(equation, input.Name)));
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Every_equation_says_what_it_is_and_where_it_comes_from(string id)
    {
        var equation = EquationCatalogue.Find(id)!;

        id.Should().MatchRegex(@"^(lm2|inf|block|base|lm2-ref|inf-ref)(\.[a-z]+(_[a-z]+)*)+$");
        equation.Source.Should().NotBeNullOrWhiteSpace();
        equation.Definition.Should().NotBeNullOrWhiteSpace().And.NotContain("\n");
        equation.Signature.Should().Contain("-> ").And.NotContain("  ");
        equation.Outputs.Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("X[B,d], Y[B,d]", "inputs -> outputs")]
    [InlineData("X[B,d] -> Y[B,d] -> Z[B,d]", "inputs -> outputs")]
    [InlineData("X -> Y[B,d]", "tensor 'X'")]
    [InlineData("X[B,d -> Y[B,d]", "tensor 'X[B,d'")]
    [InlineData("X B,d] -> Y[B,d]", "X B")]
    [InlineData("X[B,,d] -> Y[B,d]", "extent ''")]
    [InlineData("X[B d] -> Y[B]", "extent 'B d'")]
    [InlineData("X[B-1] -> Y[B]", "extent 'B-1'")]
    [InlineData("X[B+T+R] -> Y[B]", "extent 'B+T+R'")]
    [InlineData("X[B*] -> Y[B]", "extent 'B*'")]
    [InlineData("X[2B] -> Y[B]", "extent '2B'")]
    [InlineData("X[B,L/2] -> Y[B]", "extent 'L/2'")]
    [InlineData("X[B,d] -> Y[B,d+2*(d/2]", "extent 'd+2*(d/2'")]
    [InlineData("X[B,d] -> Y[B,2d]", "extent '2d'")]
    [InlineData("X[B,d] -> Y[B,d-1]", "extent 'd-1'")]
    [InlineData("X[B,d] >1 -> Y[B,d]", "unknown domain '>1'")]
    [InlineData("X[B,d] in [0,1] -> Y[B,d]", "unknown domain 'in [0,1]'")]
    [InlineData("X[B,d] sometimes -> Y[B,d]", "unknown domain 'sometimes'")]
    [InlineData("X[B,N]|[B,d where N] -> Y[B,d]", "'where N'")]
    [InlineData("X[B,d] -> Y[B,e]", "extent 'e'")]
    [InlineData("X[B,d] -> Y[like Z]", "'Z'")]
    [InlineData("X[B,d] -> Y[B,d] columns N", "'N'")]
    [InlineData("X[B,d] -> ", "no output")]
    [InlineData("X[B,d] index Q -> Y[B,d]", "'index Q'")]
    [InlineData("X[B,d] ~ often -> Y[B,d]", "unknown kind 'often'")]
    [InlineData("X[B,d] ~ gates ~ shares -> Y[B,d]", "tensor 'X[B,d] ~ gates ~ shares'")]
    [InlineData("X[d] ~ weights -> Y[d]", "weights 'X' of one axis")]
    [InlineData("X?[B,d] with Z -> Y[B,d]", "'Z'")]
    [InlineData("X?[B,d] when heads -> Y[B,d]", "'when heads'")]
    [InlineData("X?[B,d] when heads is two -> Y[B,d]", "'heads is two'")]
    [InlineData("X[B,d when heads is two] -> Y[B,d]", "'heads is two'")]
    public void A_malformed_signature_is_refused_by_name(string signature, string complaint)
    {
        var create = () => Define(signature, "heads=H divides d");

        create.Should().Throw<FormatException>().Which.Message.Should()
            .StartWith("lm2.example: ").And.Contain(signature).And.Contain(complaint);
    }

    [Theory]
    [InlineData(" ", "2 parameters")]
    [InlineData("heads=H, width=d", "2 parameters")]
    [InlineData("width=H", "'heads'")]
    [InlineData("heads=", "attribute 'heads='")]
    [InlineData("heads in 0..", "unknown domain 'in 0..'")]
    [InlineData("heads in 0..Q", "'Q'")]
    [InlineData("heads >1", "attribute 'heads >1'")]
    [InlineData("heads in [0,2)", "unknown domain 'in [0,2)'")]
    [InlineData("heads divides Q", "'Q'")]
    [InlineData("heads needs u", "'u'")]
    [InlineData("heads needs d=Q", "'Q'")]
    [InlineData("heads ~ often", "unknown kind 'often'")]
    [InlineData("heads ~ base or signed when source is bank", "'source is bank'")]
    public void A_malformed_attribute_is_refused_by_name(string attributes, string complaint)
    {
        var create = () => Define("X[B,d] -> Y[B,d]", attributes);

        create.Should().Throw<FormatException>().Which.Message.Should()
            .StartWith("lm2.example: ").And.Contain(attributes).And.Contain(complaint);
    }

    [Theory]
    [InlineData(nameof(Twice), "X[B,d], X[B,d] -> Y[B,d]", "", "tensor 'X' twice")]
    [InlineData(nameof(TwoHeads), "X[B,d] -> Y[B,d]", "heads=H, heads=H", "attribute 'heads' twice")]
    [InlineData(nameof(Word), "X[B,d] -> Y[B,d]", "source", "'source'")]
    [InlineData(nameof(Long), "X[B,d] -> Y[B,d]", "heads", "System.Int64")]
    public void A_method_that_the_annotation_does_not_describe_is_refused(
        string method, string signature, string attributes, string complaint)
    {
        var create = () => Define(signature, attributes, method);

        create.Should().Throw<FormatException>().Which.Message.Should().StartWith("lm2.example: ").And.Contain(complaint);
    }

    [Fact]
    public void A_signature_in_the_grammar_is_accepted()
    {
        var equation = Define("X[B,d]|[B,N,e where d=N*e] >=0 ~ shares -> Y[like X], Z[B,d+1]", "heads=H divides d ~ central");

        var input = equation.Inputs.Should().ContainSingle().Which;
        input.Shapes.Should().HaveCount(2);
        input.Kind.Should().Be(ValueKind.Shares);
        equation.Attributes.Should().ContainSingle().Which.Kind.Should().Be(ValueKind.Central);
        equation.Signature.Should().Be("X[B,d]|[B,N,e where d=N*e] >=0; heads=H divides d -> Y[like X], Z[B,d+1]");
    }

    [Theory]
    [InlineData(true, 34)]
    [InlineData(false, 30)]
    public void The_parameters_of_records_stand_in_their_places(bool hasBias, double expected)
    {
        var equation = Define("X[B], W[B], b?[B], Z[B] -> Y[B]", "top_k, eps >0, heads", nameof(Grouped));
        var inputs = new Dictionary<string, TensorData>
        {
            ["X"] = new([1], [2]),
            ["W"] = new([1], [5]),
            ["Z"] = new([1], [7]),
        };
        if (hasBias)
            inputs["b"] = new([1], [4]);

        var outputs = EquationCall.Evaluate(equation, DenseEngine<double>.Instance, AttributeValues.None.With("top_k", 3), inputs);

        equation.Signature.Should().Be("X[B], W[B], b?[B], Z[B]; top_k, eps >0 (default 0.5), heads (default 10) -> Y[B]");
        outputs["Y"].Values.Should().Equal(expected);
    }

    [Theory]
    [InlineData(4, 8)]
    [InlineData(5, 9)]
    public void An_output_s_extent_may_be_a_formula_with_whole_quotients(int length, int padded)
    {
        var equation = EquationCatalogue.Find("inf-ref.positions.first")!;
        var shapes = InputValidator.Validate(equation, AttributeValues.None.With("length", length), new Dictionary<string, TensorData>());

        shapes["t_padded"][0].Should().Be(padded);
        equation.Signature.Should().EndWith("t_padded[L+2*(L/2)]");
    }

    [Fact]
    public void The_profile_of_an_equation_is_that_of_its_family()
    {
        EquationCatalogue.Find("inf.layer")!.Profile.Should().Be(Profile.Paper);
        EquationCatalogue.Find("inf-ref.layer")!.Profile.Should().Be(Profile.ReferenceCode);
        EquationCatalogue.Matching("inf*.layer", Profile.ReferenceCode).Select(equation => equation.Id).Should().Equal("inf-ref.layer", "inf-ref.transformer.layer");
    }

    private static Equation Define(string signature, string attributes, string method = nameof(Example)) =>
        new(
            typeof(SignatureTests).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!,
            new EquationAttribute("lm2.example", signature, "nowhere") { Definition = "Y = X", Attributes = attributes });

    private static T Example<T>(T x, int heads)
        where T : class, ITensor<T> => heads == 1 ? x : T.Reshape(x, x.Shape);

    [Parameters]
    private sealed record Map<T>(T W, T? B);

    [Parameters]
    private sealed record MapAndMore<T>(Map<T> Map, T Z);

    [Parameters]
    private sealed record Settings(int TopK, double Eps = 0.5);

    // 2·5 + 7 + 3 + 10, twice ½ and the bias if there is one.
    private static T Grouped<T>(T x, MapAndMore<T> weights, Settings settings, int heads = 10)
        where T : class, ITensor<T>
    {
        var y = x * weights.Map.W + weights.Z + settings.TopK + heads;
        return (weights.Map.B is { } b ? y + b : y) * settings.Eps * 2;
    }

    private static T Twice<T>(T x, T y)
        where T : class, ITensor<T> => x + y;

    private static T TwoHeads<T>(T x, int heads, int more)
        where T : class, ITensor<T> => T.Sum(x, heads + more);

    private static T Word<T>(T x, string source)
        where T : class, ITensor<T> => source == "" ? -x : x;

    private static T Long<T>(T x, long heads)
        where T : class, ITensor<T> => heads == 1 ? -x : x;

    private static string ParameterName(Equation equation, string name) =>
        equation.Family.StartsWith("lm2", StringComparison.Ordinal) && Spelling.TryGetValue(name, out var spelling) && equation.Attributes.All(attribute => attribute.Name != spelling)
            ? spelling
            : CamelCase(name);

    // W_Q → wQ, E_attn → eAttn, sigma_0 → sigma0.
    private static string CamelCase(string name)
    {
        var words = name.Split('_');
        return string.Concat([Decapitalised(words[0]), .. words[1..].Select(word => char.ToUpperInvariant(word[0]) + word[1..])]);
    }

    private static string Decapitalised(string word) => char.ToLowerInvariant(word[0]) + word[1..];
}
