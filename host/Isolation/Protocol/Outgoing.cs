using System.Runtime.InteropServices;
using PluginGateway.Posix;
using PluginGateway.Threads;

namespace PluginGateway.Isolation.Protocol;

/// <summary>Queue of frames to send. The thread that posts a frame sends it, without ever waiting for the socket; bytes that the socket does not
/// take at once are left to a thread of its own. A peer that reads nothing for too long breaks the connection.</summary>
internal sealed class Outgoing(int descriptor, string name, int capacity, TimeSpan patience, Action<string> broken)
{
    private const int FirstCapacity = 4096;
    private const int KeptCapacity = 1024 * 1024;

    private readonly object _gate = new();
    private byte[] _waiting = new byte[FirstCapacity];
    private byte[] _batch = new byte[FirstCapacity];
    private int _waitingLength;
    private int _batchLength;
    private int _batchSent;
    private bool _isSending;
    private bool _isLeftToPusher;
    private bool _hasPusher;
    private bool _closed;

    /// <summary>Sends a frame or queues it. False: the connection is closed, or the queue is full.</summary>
    /// <param name="frame">Copied.</param>
    /// <param name="mayWait">True: waits for room.</param>
    public bool Post(ReadOnlySpan<byte> frame, bool mayWait)
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            // An empty queue accepts a frame of any length.
            while (!_closed && _waitingLength > 0 && _waitingLength + (long)frame.Length > capacity)
            {
                if (!mayWait) return false;
                // Also a plugin's thread, which the plugin may interrupt: whether there is room is looked at again.
                UninterruptibleLock.Wait(_gate);
            }

            if (_closed) return false;
            Queue(frame);
            if (_isSending) return true;
            _isSending = true;
        }

        if (!Push()) LeaveToPusher();
        return true;
    }

    /// <summary>Takes no more frames. When it returns the descriptor is not in use any more.</summary>
    public void Close()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _closed = true;
            Monitor.PulseAll(_gate);
            while (_isSending) UninterruptibleLock.Wait(_gate);
        }
    }

    private void Queue(ReadOnlySpan<byte> frame)
    {
        var needed = _waitingLength + frame.Length;
        if (needed > _waiting.Length) Array.Resize(ref _waiting, Math.Max(needed, 2 * _waiting.Length));
        frame.CopyTo(_waiting.AsSpan(_waitingLength));
        _waitingLength = needed;
    }

    /// <summary>Sends the waiting batches. False: the socket takes no more for now.</summary>
    private bool Push()
    {
        while (TakeBatch())
        {
            while (_batchSent < _batchLength)
            {
                var count = LibC.Send(descriptor, _batch.AsSpan(_batchSent, _batchLength - _batchSent));
                if (count > 0)
                {
                    _batchSent += count;
                    continue;
                }

                var error = Marshal.GetLastPInvokeError();
                if (error == Errno.WouldBlock) return false;
                if (error == Errno.Interrupted) continue;
                // The reader of this connection sees its end and says so.
                LibC.Shutdown(descriptor);
                Give();
                return true;
            }
        }

        return true;
    }

    /// <summary>Takes the next batch; false: there is none, and the sending thread ends.</summary>
    private bool TakeBatch()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_batchSent < _batchLength) return true;
            if (_waitingLength == 0 || _closed)
            {
                _isSending = false;
                Monitor.PulseAll(_gate);
                return false;
            }

            if (_batch.Length > KeptCapacity) _batch = new byte[FirstCapacity];
            (_batch, _waiting) = (_waiting, _batch);
            (_batchLength, _batchSent, _waitingLength) = (_waitingLength, 0, 0);
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    private void Give()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            _closed = true;
            _isSending = false;
            Monitor.PulseAll(_gate);
        }
    }

    private void LeaveToPusher()
    {
        using (UninterruptibleLock.Enter(_gate))
        {
            if (_closed)
            {
                _isSending = false;
                Monitor.PulseAll(_gate);
                return;
            }

            _isLeftToPusher = true;
            Monitor.PulseAll(_gate);
            if (_hasPusher) return;
            _hasPusher = true;
        }

        LoopThread.Start($"{name} writer", PushForEver);
    }

    private void PushForEver()
    {
        while (true)
        {
            using (UninterruptibleLock.Enter(_gate))
            {
                while (!_isLeftToPusher && !_closed) UninterruptibleLock.Wait(_gate);
                if (!_isLeftToPusher) return;
                _isLeftToPusher = false;
            }

            var waited = 0;
            while (true)
            {
                var sent = _batchSent;
                if (Push()) break;
                if (_batchSent > sent) waited = 0;
                if (IsClosed())
                {
                    Give();
                    return;
                }

                var began = Environment.TickCount64;
                Span<LibC.Polled> polled = [new LibC.Polled { Descriptor = descriptor, Wanted = LibC.Polled.Writable }];
                LibC.Poll(polled, 500);
                if (polled[0].Seen == 0) waited += (int)Math.Min(1000, Environment.TickCount64 - began);
                if (waited < patience.TotalMilliseconds) continue;
                broken($"it has not read for {patience.TotalSeconds:0.#} s what was sent to it");
                Give();
                return;
            }
        }
    }

    private bool IsClosed()
    {
        using (UninterruptibleLock.Enter(_gate)) return _closed;
    }
}
