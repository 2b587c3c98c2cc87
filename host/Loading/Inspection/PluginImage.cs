using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PluginGateway.Posix;

namespace PluginGateway.Loading.Inspection;

/// <summary>The bytes of one DLL, read once and never mapped, with its metadata.</summary>
internal sealed class PluginImage : IDisposable
{
    private static readonly byte[] Elf = [0x7F, (byte)'E', (byte)'L', (byte)'F'];

    // Ready-to-run images for other systems than Windows carry the machine XORed with the system.
    private static readonly ushort[] Systems = [0, 0x7B79, 0x4644, 0xADC4];

    private readonly PEReader _pe;

    private PluginImage(PEReader pe, byte[] bytes)
    {
        _pe = pe;
        Metadata = pe.GetMetadataReader();
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>The DLL's metadata.</summary>
    public MetadataReader Metadata { get; }

    /// <summary>SHA-256 of the DLL, lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Opens a plugin's main DLL.</summary>
    /// <exception cref="PluginLoadException">The DLL cannot be loaded into this process.</exception>
    public static PluginImage Open(string path)
    {
        var bytes = Read(path);
        if (bytes.Length == 0) throw Refuse(LoadCode.EmptyFile, path, "is empty");
        if (bytes.AsSpan().StartsWith(Elf)) throw Refuse(LoadCode.NotAnAssembly, path, "is a native library, not a .NET assembly");
        if (bytes.Length < 2 || bytes[0] != 'M' || bytes[1] != 'Z') throw Refuse(LoadCode.NotAnAssembly, path, "does not begin like a .NET assembly");
        try
        {
            var pe = new PEReader(ImmutableCollectionsMarshal.AsImmutableArray(bytes));
            if (pe.PEHeaders.SectionHeaders.Any(section => (long)section.PointerToRawData + section.SizeOfRawData > bytes.Length))
                throw Refuse(LoadCode.NotAnAssembly, path, $"ends too early, after {bytes.Length} bytes");
            if (!pe.HasMetadata) throw Refuse(LoadCode.NotAnAssembly, path, "is a native library, not a .NET assembly");
            var image = new PluginImage(pe, bytes);
            if (!image.Metadata.IsAssembly) throw Refuse(LoadCode.NotAnAssembly, path, "is a module without an assembly");
            CheckArchitecture(pe.PEHeaders, path);
            return image;
        }
        catch (Exception exception) when (IsGarbage(exception))
        {
            throw Refuse(LoadCode.NotAnAssembly, path, "is damaged");
        }
    }

    /// <summary>Opens a library beside the main DLL; null when it does not exist or is unreadable.</summary>
    public static PluginImage? TryOpen(string path)
    {
        try
        {
            return File.Exists(path) ? Open(path) : null;
        }
        catch (PluginLoadException)
        {
            return null;
        }
    }

    /// <summary>Returns true for the exceptions that the metadata reader throws on damaged input.</summary>
    public static bool IsGarbage(Exception exception) =>
        exception is BadImageFormatException or InvalidOperationException or ArgumentException or OverflowException or IndexOutOfRangeException
        or InvalidCastException or NullReferenceException;

    /// <inheritdoc/>
    public void Dispose() => _pe.Dispose();

    private static byte[] Read(string path)
    {
        try
        {
            return RegularFile.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PluginLoadException(LoadCode.PluginNotFound, $"There is no plugin at '{path}'.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PluginLoadException(
                LoadCode.Unreadable, $"'{path}' cannot be read ({exception.Message}); give the gateway's user read access.");
        }
    }

    private static void CheckArchitecture(PEHeaders headers, string path)
    {
        var flags = headers.CorHeader!.Flags;
        var machine = headers.CoffHeader.Machine;
        if (machine == Machine.I386 && !flags.HasFlag(CorFlags.Requires32Bit) && flags.HasFlag(CorFlags.ILOnly)) return;
        var wanted = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => Machine.Amd64,
            Architecture.Arm64 => Machine.Arm64,
            _ => Machine.Unknown,
        };
        if (Systems.Any(system => (Machine)((ushort)machine ^ system) == wanted)) return;
        throw Refuse(LoadCode.WrongArchitecture, path,
            $"is built for {(Enum.IsDefined(machine) ? machine : "another processor or system")}, this gateway runs as {RuntimeInformation.ProcessArchitecture}",
            "build it for AnyCPU");
    }

    private static PluginLoadException Refuse(
        LoadCode code, string path, string what, string remedy = "copy the plugin again from its build output") =>
        new(code, $"'{path}' {what}; {remedy}.");
}
