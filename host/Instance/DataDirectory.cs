using PluginGateway.Posix;

namespace PluginGateway.Instance;

/// <summary>Paths in the data directory.</summary>
internal static class DataDirectory
{
    /// <summary>Creates the directory for the owner only. An existing one keeps its mode, which may be the operator's choice.</summary>
    public static void Prepare(string path) => Directory.CreateDirectory(path, OwnerOnly.Folder);

    public static string Lock(string path) => Path.Combine(path, "gateway.lock");

    public static string PidFile(string path) => Path.Combine(path, "gateway.pid");

    public static string ControlSocket(string path) => Path.Combine(path, "control.sock");

    public static string ControlKey(string path) => Path.Combine(path, "control.key");

    public static string AdapterOverrides(string path) => Path.Combine(path, "adapters.json");

    public static string CrashLoopLog(string path) => Path.Combine(path, "starts.json");

    public static string ShutdownReport(string path) => Path.Combine(path, "shutdown.json");
}
