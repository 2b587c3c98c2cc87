using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PluginGateway.Configuration.Options;
using PluginGateway.Instance;
using PluginGateway.Posix;
using PluginGateway.Supervision;
using PluginGateway.Tests.Guard;

namespace PluginGateway.Tests.Instance;

public sealed class ServiceManagerTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _heard = [];

    [Fact]
    public void The_watchdog_is_fed_at_half_its_limit()
    {
        var manager = Manager(TimeSpan.FromSeconds(10));
        for (var tenths = 0; tenths < 200; tenths++)
        {
            manager.Beat();
            _clock.Advance(TimeSpan.FromSeconds(0.1));
        }

        Assert.Equal(Enumerable.Repeat("WATCHDOG=1", 4), _heard);
    }

    [Fact]
    public void A_supervisor_that_stalls_stops_feeding_the_watchdog()
    {
        using var clock = new StallingClock();
        var manager = new ServiceManager(Hear, TimeSpan.FromMilliseconds(200), TimeProvider.System);
        var supervisor = new Supervisor(
            clock, new ReconnectOptions(), GuardFixture.Services.Watch.Pool, NullLogger<Supervisor>.Instance, static _ => { })
        {
            OnIteration = manager.Beat
        };
        supervisor.Start();
        GuardFixture.Until(() => Heard() > 2, "the watchdog is fed");

        clock.Stall();
        var before = Heard();
        Thread.Sleep(1000);
        Assert.Equal(before, Heard());

        clock.Go();
        GuardFixture.Until(() => Heard() > before, "the watchdog is fed again");
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("x", null, null)]
    [InlineData("0", null, null)]
    [InlineData("2000000", "8", null)]
    [InlineData("2000000", "7", 2)]
    [InlineData("2000000", null, 2)]
    public void The_watchdog_is_only_for_the_process_it_names(string? limit, string? pid, int? seconds) =>
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, ServiceManager.WatchdogOf(limit, pid, own: 7));

    [Fact]
    public void A_reload_says_when_it_began_by_the_clock_the_manager_uses()
    {
        var before = Environment.TickCount64;
        Manager(null).Reloading();
        var lines = Assert.Single(_heard).Split('\n');
        Assert.Equal("RELOADING=1", lines[0]);
        var microseconds = long.Parse(lines[1]["MONOTONIC_USEC=".Length..], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(microseconds / 1000, before - 1000, Environment.TickCount64 + 1000);
    }

    [Fact]
    public void While_it_starts_it_asks_for_more_time_every_ten_seconds()
    {
        var manager = Manager(null);
        for (var seconds = 0; seconds < 30; seconds++)
        {
            manager.Starting("starting\nREADY=1");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(Enumerable.Repeat("STATUS=starting\\nREADY=1\nEXTEND_TIMEOUT_USEC=60000000", 3), _heard);
    }

    [Fact]
    public void Without_a_manager_nothing_is_said()
    {
        var manager = new ServiceManager(null, TimeSpan.FromSeconds(1), _clock);
        manager.Beat();
        manager.Ready("ready");
        Assert.False(manager.Listens);
        Assert.Null(NotifySocket.Open(null));
        Assert.Null(NotifySocket.Open("relative"));
        Assert.Null(NotifySocket.Open("/" + new string('x', 200)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_datagram_arrives_whole_and_a_manager_that_is_not_there_or_does_not_read_blocks_nobody(bool isAbstract)
    {
        using var directory = new TemporaryDirectory();
        var name = isAbstract ? $"@gw-{Guid.NewGuid():N}" : Path.Combine(directory.Path, "notify");
        using var notify = NotifySocket.Open(name)!;
        Assert.False(notify.Send("READY=1"u8));

        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));
        Assert.True(notify.Send("READY=1\nSTATUS=x"u8));
        var buffer = new byte[100];
        Assert.Equal("READY=1\nSTATUS=x", Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer)));

        var message = new byte[1000];
        var sent = 0;
        while (sent < 100_000 && notify.Send(message)) sent++;
        Assert.InRange(sent, 1, 99_999);
    }

    private ServiceManager Manager(TimeSpan? watchdog) => new(Hear, watchdog, _clock);

    private void Hear(byte[] message)
    {
        lock (_heard) _heard.Add(Encoding.UTF8.GetString(message));
    }

    private int Heard()
    {
        lock (_heard) return _heard.Count;
    }

    /// <summary>Holds whoever asks it for the time.</summary>
    private sealed class StallingClock : TimeProvider, IDisposable
    {
        private readonly ManualResetEventSlim _go = new(true);

        public void Stall() => _go.Reset();

        public void Go() => _go.Set();

        public override DateTimeOffset GetUtcNow()
        {
            _go.Wait();
            return base.GetUtcNow();
        }

        public void Dispose() => _go.Set();
    }
}
