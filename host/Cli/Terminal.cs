using System.Globalization;
using System.Text;
using PluginGateway.Posix;
using Spectre.Console;

namespace PluginGateway.Cli;

/// <summary>Output of a command. Not <see cref="System.Console"/>, which a plugin can lock or replace while <c>check</c> loads it.</summary>
/// <param name="writer">Destination of the text.</param>
/// <param name="width">Columns; tables keep to it.</param>
/// <param name="colour">True when colour may be used.</param>
internal sealed class Terminal(TextWriter writer, int width, bool colour)
{
    private const int NarrowestWidth = 60;
    private const int WidthOfNoTerminal = 100;

    public TextWriter Writer { get; } = writer;

    /// <summary>Console for tables.</summary>
    public IAnsiConsole Console => field ??= AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
        ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Out = new ConsoleOutput(Writer, Math.Max(width, NarrowestWidth), colour),
    });

    /// <summary>Standard output or standard error.</summary>
    public static Terminal Of(int descriptor) => new(new DescriptorWriter(descriptor), WidthOf(descriptor), Descriptor.WantsColour(descriptor));

    public void WriteLine(string line) => Writer.Write(line + "\n");

    private static int WidthOf(int descriptor)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns))
            return columns;
        return Descriptor.Columns(descriptor) ?? WidthOfNoTerminal;
    }

    /// <summary>Spectre's own would ask System.Console for the width, which then reconfigures the terminal.</summary>
    private sealed class ConsoleOutput(TextWriter writer, int width, bool isTerminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => width;

        public int Height => 50;

        public void SetEncoding(Encoding encoding)
        {
            // The output is UTF-8 already.
        }
    }

    private sealed class DescriptorWriter(int descriptor) : TextWriter(CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write([value]);

        public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

        public override void Write(string? value) => Write(value.AsSpan());

        public override void Write(ReadOnlySpan<char> buffer)
        {
            var bytes = new byte[Encoding.GetByteCount(buffer)];
            Encoding.GetBytes(buffer, bytes);
            Descriptor.Write(descriptor, bytes);
        }
    }
}
