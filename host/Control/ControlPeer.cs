using System.Globalization;
using PluginGateway.Posix;
using PluginGateway.Supervision;

namespace PluginGateway.Control;

/// <summary>Check of a client of the control socket: code of an adapter, in this process or in a worker, is refused. An adapter has no key, and would
/// only take time from the operator.</summary>
internal sealed class ControlPeer(Supervisor supervisor)
{
    /// <summary>Returns false for the gateway's own process and for processes of a worker; true also if the process is unknown.</summary>
    public bool MayConnect(int pid)
    {
        if (pid == Environment.ProcessId) return false;
        if (pid <= 0) return true;
        var (group, session) = PlaceOf(pid);
        foreach (var unit in supervisor.Snapshot.Units)
        {
            if (unit.WorkerId > 0 && (unit.WorkerId == pid || unit.WorkerId == group || unit.WorkerId == session)) return false;
        }

        return true;
    }

    private static (int Group, int Session) PlaceOf(int pid)
    {
        if (ProcFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")) is not { } stat) return default;
        // Field 2 is the name in brackets and may itself hold spaces and brackets; state, parent, group and session follow the last one.
        var name = stat.LastIndexOf(')');
        if (name < 0 || name + 2 > stat.Length) return default;
        var fields = stat[(name + 2)..].Split(' ', 5);
        return fields.Length < 5 ? default : (Number(fields[2]), Number(fields[3]));
    }

    private static int Number(string field) => int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
