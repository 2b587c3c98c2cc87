using System.IO.Pipes;

namespace PluginGateway.Tests.Logging;

/// <summary>A real pipe: one end's number for the writer, the other to read, or not to.</summary>
internal sealed class Pipe : IDisposable
{
    private readonly AnonymousPipeServerStream _reader = new(PipeDirection.In, HandleInheritability.None);

    public int WriteEnd => (int)_reader.ClientSafePipeHandle.DangerousGetHandle();

    public StreamReader Reader => new(_reader, leaveOpen: true);

    public void CloseWriteEnd() => _reader.DisposeLocalCopyOfClientHandle();

    public void Dispose() => _reader.Dispose();
}
