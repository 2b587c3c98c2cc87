using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using PluginGateway.Logging;
using Spectre.Console;

namespace PluginGateway.Cli;

/// <summary>Where a command writes what it has to say. Not <see cref="System.Console"/>, which a plugin can lock or replace while <c>check</c> loads it.</summary>
internal sealed partial class Terminal
{
    private const int NarrowestWidth = 60;
    private const int WidthOfNoTerminal = 100;

    /// <summary>Writes to <paramref name="writer"/>.</summary>
    public Terminal(TextWriter writer, int width, bool colour)
    {
        Writer = writer;
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        Console.Profile.Width = Math.Max(width, NarrowestWidth);
        Console.Profile.Capabilities.Unicode = true;
    }

    public TextWriter Writer { get; }

    /// <summary>For tables.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Standard output or standard error.</summary>
    public static Terminal Of(int descriptor) => new(new DescriptorWriter(descriptor), WidthOf(descriptor), Descriptor.WantsColour(descriptor));

    public void WriteLine(string line) => Writer.Write(line + "\n");

    private static int WidthOf(int descriptor)
    {
        if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns)) return columns;
        const ulong GetWindowSize = 0x5413;
        return OperatingSystem.IsLinux() && ioctl(descriptor, GetWindowSize, out var size) == 0 && size.Columns > 0 ? size.Columns : WidthOfNoTerminal;
    }

    [LibraryImport("libc")]
    private static partial int ioctl(int descriptor, ulong request, out WindowSize size);

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
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
