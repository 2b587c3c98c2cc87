namespace PluginGateway.Posix;

/// <summary>A copy of a descriptor, used only as long as it is the file that it was: code in this process can close any number, and the next file
/// that is opened gets it.</summary>
internal sealed class KeptDescriptor
{
    private readonly int _original;
    private readonly Func<int, bool>? _isSame;

    /// <param name="descriptor">The descriptor to copy.</param>
    /// <param name="remember">Gives a check whether a number means the same file as this one does now; null where the system does not tell files
    /// apart.</param>
    public KeptDescriptor(int descriptor, Func<int, Func<int, bool>?>? remember)
    {
        _original = descriptor;
        Number = Descriptor.Duplicate(descriptor);
        _isSame = Number < 0 ? null : remember?.Invoke(Number);
    }

    /// <summary>Number of the copy; negative: the original was not open.</summary>
    public int Number { get; private set; }

    /// <summary>Returns the number to write to, after a check of the file behind it: the copy, or a new copy if the original still means that file.
    /// Negative: neither does. One thread at a time.</summary>
    public int Current()
    {
        if (_isSame is null || (Number >= 0 && _isSame(Number))) return Number;
        return Number = _isSame(_original) ? Descriptor.Duplicate(_original) : -1;
    }
}
