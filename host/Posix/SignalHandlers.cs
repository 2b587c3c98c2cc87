using System.Runtime.InteropServices;

namespace PluginGateway.Posix;

/// <summary>Native handlers by which the runtime receives signals. A plugin can replace them (<c>signal(SIGTERM, SIG_IGN)</c>); a later check
/// restores them. One thread at a time.</summary>
internal sealed unsafe partial class SignalHandlers
{
    /// <summary>Larger than the structure of any system; the handler comes first in each.</summary>
    private const int StructureBytes = 256;

    private readonly (int Number, byte[] Action)[] _ours;

    /// <summary>Remembers the present handlers of these signals.</summary>
    public SignalHandlers(params int[] numbers) => _ours = [.. numbers.Select(static number => (number, Read(number)))];

    /// <summary>Puts back handlers that have been replaced. Returns how many.</summary>
    public int Restore()
    {
        var restored = 0;
        Span<byte> now = stackalloc byte[StructureBytes];
        foreach (var (number, action) in _ours)
        {
            fixed (byte* current = now, remembered = action)
            {
                if (sigaction(number, null, current) != 0 || *(nint*)current == *(nint*)remembered) continue;
                if (sigaction(number, remembered, null) == 0) restored++;
            }
        }

        return restored;
    }

    private static byte[] Read(int number)
    {
        var action = new byte[StructureBytes];
        fixed (byte* into = action) _ = sigaction(number, null, into);
        return action;
    }

    [LibraryImport("libc")]
    private static partial int sigaction(int number, byte* action, byte* old);
}
