using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PluginGateway.Posix;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Reader of the frames from the other side. Only the thread that reads the channel.</summary>
internal sealed class Incoming(int descriptor)
{
    private const int FirstRoom = 16 * 1024;
    private const int KeptRoom = 256 * 1024;
    private const int YieldsBeforeSleep = 10;

    private byte[] _room = new byte[FirstRoom];
    private int _length;
    private int _taken;

    /// <summary>Waits for a frame. False: the connection has ended.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="body">Its body, until the next frame is asked for.</param>
    /// <exception cref="ProtocolException">What comes is no frame.</exception>
    public bool Next(out FrameHead head, out FrameReader body)
    {
        while (!TryTake(out head, out body))
        {
            MakeRoom();
            if (!Fill()) return false;
        }

        return true;
    }

    private bool TryTake(out FrameHead head, out FrameReader body)
    {
        head = default;
        body = default;
        var bytes = _room.AsSpan(_taken, _length - _taken);
        if (bytes.Length < Frame.LengthBytes) return false;
        var length = LengthOf(bytes);
        if (bytes.Length - Frame.LengthBytes < length) return false;
        var frame = bytes.Slice(Frame.LengthBytes, length);
        _taken += Frame.LengthBytes + length;
        head = new FrameHead((FrameKind)frame[0], (RemoteOperation)frame[1], BinaryPrimitives.ReadInt32LittleEndian(frame[2..]));
        body = new FrameReader(frame[Frame.HeadLength..]);
        return true;
    }

    /// <summary>Makes room for the whole frame whose beginning has been read.</summary>
    private void MakeRoom()
    {
        _length -= _taken;
        if (_taken > 0) _room.AsSpan(_taken, _length).CopyTo(_room);
        _taken = 0;
        var needed = _length < Frame.LengthBytes ? FirstRoom : Frame.LengthBytes + LengthOf(_room);
        if (needed > _room.Length) Array.Resize(ref _room, needed);
        else if (_length == 0 && _room.Length > KeptRoom) _room = new byte[FirstRoom];
    }

    private bool Fill()
    {
        while (true)
        {
            var count = Receive(_room.AsSpan(_length));
            if (count < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted) continue;
            if (count <= 0) return false;
            _length += count;
            return true;
        }
    }

    /// <summary>Waits for bytes. At first the thread only yields for a moment: a side that has just sent a frame often sends another, and waking a
    /// sleeping thread takes longer.</summary>
    private int Receive(Span<byte> room)
    {
        for (var i = 0; i < YieldsBeforeSleep; i++)
        {
            var count = LibC.ReceiveNow(descriptor, room);
            if (count >= 0 || Marshal.GetLastPInvokeError() != Errno.WouldBlock) return count;
            Thread.Yield();
        }

        return LibC.Receive(descriptor, room);
    }

    private static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length is >= Frame.HeadLength and <= Frame.MaxLength
            ? length
            : throw new ProtocolException($"A frame of {length} bytes; {Frame.HeadLength} to {Frame.MaxLength} are allowed.");
    }
}
