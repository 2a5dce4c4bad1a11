using Spectre.Console;
using Spectre.Console.Rendering;

namespace Harness.Cli.Terminals;

/// <summary>A table whose cells may hold text from anywhere.</summary>
internal sealed class TextTable
{
    private readonly Table _table = new Table().Border(TableBorder.Simple);

    /// <summary>Whether there is anything to show.</summary>
    public bool IsEmpty => _table.Rows.Count == 0;

    /// <summary>Adds a column.</summary>
    public TextTable Column(Styled title, bool isNumber = false, bool wraps = true)
    {
        var column = new TableColumn(title.ToMarkup());
        if (isNumber)
            column.RightAligned();
        if (!wraps)
            column.NoWrap();
        _table.AddColumn(column);
        return this;
    }

    /// <summary>Adds a row, with a cell for every column.</summary>
    public void Row(params Styled[] cells) => _table.AddRow(cells.Select(cell => cell.ToMarkup()));

    /// <summary>As Spectre writes it.</summary>
    public IRenderable ToRenderable() => _table;
}
