using PluginGateway.PeerTests.Servers.Telegram;

namespace PluginGateway.PeerTests.Telegram;

/// <summary>Twelve people who write to the bot, one after another, whatever happens to it.</summary>
internal sealed class Crowd : IDisposable
{
    private const int People = 12;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly BotAccount _bot;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _enough = new();
    private volatile int _said;

    public Crowd(BotAccount bot)
    {
        _bot = bot;
        _thread = new Thread(Talk) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Everybody has said enough; how many messages that were.</summary>
    public int Finish()
    {
        _enough.Set();
        _thread.Join();
        return _said;
    }

    public void Dispose() => Finish();

    private void Talk()
    {
        do
        {
            _bot.Say(600 + (_said % People), $"message {_said}");
            _said++;
        }
        while (!_enough.Wait(Pause));
    }
}
