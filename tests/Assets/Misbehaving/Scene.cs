using System.Text.Json;
using PluginGateway;

namespace Misbehaving;

/// <summary>Where and when a sin is committed.</summary>
public sealed class Scene
{
    private readonly IPluginLog _log;
    private readonly JsonElement _settings;
    private readonly string _sin;
    private readonly string _phase;
    private readonly bool _active;
    private int _committed;

    public Scene(AdapterContext host)
        : this(host.Settings, host.Log, host.Generation, host.DataDirectory, host.PluginDirectory) => Host = host;

    public Scene(HandlerContext host)
        : this(host.Settings, host.Log, host.Generation, host.DataDirectory, host.PluginDirectory)
    {
    }

    private Scene(PluginSettings given, IPluginLog log, int generation, string dataDirectory, string pluginDirectory)
    {
        _log = log;
        _settings = JsonElement.Parse(given.Json);
        _sin = Text("sin");
        _phase = Text("phase");
        DataDirectory = dataDirectory;
        PluginDirectory = pluginDirectory;
        Generation = generation;
        _active = generation == 1 || Text("always").Length > 0;
    }

    /// <summary>Null in a handler.</summary>
    public AdapterContext? Host { get; }

    /// <summary>The turn of a handler that sins in one.</summary>
    public Turn? Turn { get; set; }

    /// <summary>What an adapter that sins in a fetch is asked for.</summary>
    public AttachmentRequest? Fetching { get; set; }

    public string DataDirectory { get; }

    public string PluginDirectory { get; }

    public int Generation { get; }

    /// <summary>True when this generation sins in this phase.</summary>
    public bool Is(string phase) => _active && phase == _phase;

    /// <summary>What the member returns: the good result, or what becomes of it. Only the first call of a phase is a sin, so that what follows shows
    /// whether the host recovered; of turns and probes each is, and each of the fetches that answer with what is no file.</summary>
    public Task<T>? Commit<T>(string phase, T good, CancellationToken cancellationToken)
        where T : class
    {
        if (!Is(phase) || (Interlocked.Increment(ref _committed) > 1 && phase is not ("turn" or "probe") && _sin != "fetches-oddly"))
            return Task.FromResult(good);
        _log.Information($"begins {_sin} in {phase}");
        if (Sins.Tasks<T>.All.TryGetValue(_sin, out var ofTask)) return ofTask(good);
        var deed = Sins.Deeds[_sin](this, cancellationToken);
        return deed.IsCompletedSuccessfully ? Task.FromResult(good) : After(deed, good);
    }

    /// <summary>What a sin is told besides: a list of texts in the settings.</summary>
    public string[] List(string name) =>
        _settings.TryGetProperty(name, out var list) ? [.. list.EnumerateArray().Select(static item => item.GetString()!)] : [];

    /// <summary>A number in the settings, or 0.</summary>
    public double Number(string name) => _settings.TryGetProperty(name, out var number) ? number.GetDouble() : 0;

    public void Log(string what) => _log.Information(what);

    private static async Task<T> After<T>(Task deed, T good)
    {
        await deed.ConfigureAwait(false);
        return good;
    }

    private string Text(string name) => _settings.TryGetProperty(name, out var value) ? value.ToString() : "";
}
