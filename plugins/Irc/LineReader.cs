namespace PluginGateway.Plugins.Irc;

/// <summary>Cuts a stream into lines.</summary>
internal sealed class LineReader(Stream stream)
{
    /// <summary>IRCv3: 8,191 bytes of tags and 512 of message. A server that sends more without a line end does not speak IRC.</summary>
    public const int LongestLine = 16 * 1024;

    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    private readonly byte[] _buffer = new byte[LongestLine];
    private bool _isFirst = true;
    private int _start;
    private int _end;

    /// <summary>Reads the next line with a command; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">A line is too long.</exception>
    public async ValueTask<IrcLine?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (TryCut(out var line))
            {
                if (line is not null) return line;
            }

            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }

            if (_end == _buffer.Length) throw new InvalidDataException($"The server sent {LongestLine} bytes without a line end.");
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0) return null;
            _end += read;
            // A byte order mark before the first line is no part of it.
            if (_isFirst && _end >= Mark.Length)
            {
                _isFirst = false;
                if (_buffer.AsSpan(0, _end).StartsWith(Mark)) _start = Mark.Length;
            }
        }
    }

    private bool TryCut(out IrcLine? line)
    {
        var bytes = _buffer.AsSpan(_start, _end - _start);
        var length = bytes.IndexOf((byte)'\n');
        line = length < 0 ? null : IrcLine.Parse(LineBytes.Decode(bytes[..length].TrimEnd((byte)'\r')));
        if (length >= 0) _start += length + 1;
        return length >= 0;
    }
}
