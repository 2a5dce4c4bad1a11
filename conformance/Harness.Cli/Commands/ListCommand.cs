using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Harness.Cli.Options;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Cli.Commands;

/// <summary><c>harness list</c>: the catalogue, derived from the annotations of the equations.</summary>
internal static class ListCommand
{
    // It goes to a terminal or a file, never into a page, so that ∞ and § need no escapes.
    private static readonly JsonWriterOptions Json = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(Terminal terminal)
    {
        var glob = new Argument<string>("equation") { Description = "A glob over ids, such as 'inf.*'", DefaultValueFactory = _ => "*" };
        var json = new Option<bool>("--json") { Description = "The whole catalogue for programs: shapes, domains, attributes, defaults" };
        var profile = SharedOptions.Profile("Only those of the profile paper or reference-code [default: all]");
        var gradients = SharedOptions.Gradients();
        var command = new Command("list", "The equations and their gradients: id, signature, definition, source") { glob, profile, gradients, json };
        command.SetAction(parsed =>
        {
            var chosen = EquationCatalogue.Matching("*", SharedOptions.ResolveProfile(parsed.GetValue(profile) ?? "all"), SharedOptions.ResolveGradients(parsed.GetValue(gradients))).ToArray();
            var equations = chosen.Where(equation => Globs.Match(parsed.GetValue(glob)!, equation.Id)).ToArray();
            if (equations.Length == 0)
                throw new UsageException($"'{parsed.GetValue(glob)}' matches none of the {chosen.Length} equations; 'harness list' shows them.{SharedOptions.NearEquation(parsed.GetValue(glob)!)}");
            if (parsed.GetValue(json))
                WriteJson(equations, terminal);
            else
                WriteText(equations, terminal);
            return ExitCode.Passed;
        });
        return command;
    }

    private static void WriteText(Equation[] equations, Terminal terminal)
    {
        foreach (var equation in equations)
        {
            terminal.Markup($"[bold]{equation.Id}[/]  [dim]{equation.Source}[/]");
            terminal.Line($"    {equation.Signature}");
            terminal.Line($"    {equation.Definition}");
        }

        terminal.Line();
        var gradients = equations.Count(equation => equation.Differentiated is not null);
        terminal.Line($"{equations.Length - gradients} equations and {gradients} gradients, catalogue {EquationCatalogue.Version}");
    }

    private static void WriteJson(Equation[] equations, Terminal terminal)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Json))
        {
            writer.WriteStartObject();
            writer.WriteString("catalogue", EquationCatalogue.Version);
            writer.WriteStartArray("equations");
            foreach (var equation in equations)
                WriteEquation(writer, equation);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        terminal.Raw($"{Encoding.UTF8.GetString(stream.ToArray())}\n");
    }

    private static void WriteEquation(Utf8JsonWriter writer, Equation equation)
    {
        writer.WriteStartObject();
        writer.WriteString("id", equation.Id);
        if (equation.Differentiated is { } differentiated)
            writer.WriteString("gradient_of", differentiated.Id);
        writer.WriteString("profile", ProfileName.Of(equation.Profile));
        writer.WriteString("source", equation.Source);
        writer.WriteString("definition", equation.Definition);
        WriteTensors(writer, "inputs", equation.Inputs);
        writer.WriteStartArray("attributes");
        foreach (var attribute in equation.Attributes)
            WriteAttribute(writer, attribute);
        writer.WriteEndArray();
        WriteTensors(writer, "outputs", equation.Outputs);
        if (equation.Wiring is { } wiring)
            WriteStatements(writer, "wiring", wiring.Statements);
        writer.WriteEndObject();
    }

    private static void WriteTensors(Utf8JsonWriter writer, string name, IReadOnlyList<TensorSpec> tensors)
    {
        writer.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensor.Name);
            writer.WriteStartArray("shapes");
            foreach (var shape in tensor.Shapes)
                writer.WriteStringValue(shape.Text);
            writer.WriteEndArray();
            if (tensor.Like is not null)
                writer.WriteString("like", tensor.Like);
            if (tensor.Shapes.FirstOrDefault(shape => shape.Where is not null)?.Where is var (symbol, extent))
                writer.WriteString("where", $"{symbol}={extent}");
            if (tensor.IsOptional)
                writer.WriteBoolean("optional", true);
            if (tensor.IsConstant)
                writer.WriteBoolean("constant", true);
            if (tensor.With is not null)
                writer.WriteString("with", tensor.With);
            if (tensor.When is not null)
                writer.WriteString("when", tensor.When.ToString());
            if (tensor.Domain.Text.Length > 0)
                writer.WriteString("domain", tensor.Domain.Text);
            if (tensor.Kind is { } kind)
                writer.WriteString("kind", kind.ToString().ToLowerInvariant());
            if (tensor.Columns is not null)
                writer.WriteString("judged_by_columns_along", tensor.Columns);
            if (tensor.Part != PrecisionPart.Tensors)
                writer.WriteString("precision", tensor.Part.ToString().ToLowerInvariant());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteAttribute(Utf8JsonWriter writer, AttributeSpec attribute)
    {
        writer.WriteStartObject();
        writer.WriteString("name", attribute.Name);
        writer.WriteString("type", attribute.Type.ToString().ToLowerInvariant());
        writer.WriteBoolean("required", attribute.IsRequired);
        if (attribute.Default is not null)
        {
            writer.WritePropertyName("default");
            writer.WriteRawValue(AttributeValues.ToJson(attribute.Default));
        }

        writer.WriteString("rule", attribute.Text);
        if (attribute.Kind is { } kind)
            writer.WriteString("kind", kind.ToString().ToLowerInvariant());
        if (attribute.Otherwise is var (other, when))
            writer.WriteString("otherwise", $"{other.ToString().ToLowerInvariant()} when {when}");
        writer.WriteEndObject();
    }

    private static void WriteStatements(Utf8JsonWriter writer, string name, IReadOnlyList<WiringStatement> statements)
    {
        writer.WriteStartArray(name);
        foreach (var statement in statements)
        {
            writer.WriteStartObject();
            WriteStatement(writer, statement);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteStatement(Utf8JsonWriter writer, WiringStatement statement)
    {
        switch (statement)
        {
            case WiringCall call:
                WriteWords(writer, "outputs", call.Targets);
                writer.WriteString("equation", call.Equation);
                WriteWords(writer, "inputs", call.Arguments);
                writer.WriteStartObject("attributes");
                foreach (var attribute in call.Attributes)
                    writer.WriteString(attribute.Name, attribute.Value);
                writer.WriteEndObject();
                break;
            case WiringAssignment assignment:
                writer.WriteString("name", assignment.Target.ToString());
                writer.WriteString("value", assignment.Value.ToString());
                break;
            case WiringLoop loop:
                writer.WriteString("for", loop.Variable);
                writer.WriteString("in", loop.Extent);
                WriteStatements(writer, "do", loop.Body);
                break;
            case WiringBranch branch:
                writer.WriteString("if", branch.Condition.ToString());
                WriteStatements(writer, "then", branch.Then);
                WriteStatements(writer, "else", branch.Otherwise);
                break;
        }
    }

    private static void WriteWords<T>(Utf8JsonWriter writer, string name, IReadOnlyList<T> words)
    {
        writer.WriteStartArray(name);
        foreach (var word in words)
            writer.WriteStringValue(word!.ToString());
        writer.WriteEndArray();
    }
}
