using PluginGateway;

namespace Misbehaving;

public static partial class Sins
{
    /// <summary>Row 7, before the first await and in the task.</summary>
    private static IEnumerable<(string Name, Deed Deed)> Throwing() =>
        new (string Name, Func<Exception> Make)[]
        {
            ("throws", static () => new IOException("plainly thrown")),
            ("throws-cancelled", static () => new OperationCanceledException("cancelled by nobody")),
            ("throws-own", static () => new OwnException()),
            ("message-throws", static () => new ThrowingMessage()),
            ("message-null", static () => new NullMessage()),
            ("message-huge", static () => new IOException(new string('x', 2_000_000))),
            ("message-hangs", static () => new HangingMessage()),
            ("throws-fault", static () => new PluginException(new PluginFault("own-code", "a fault with a code of its own"))),
            ("throws-nested",
                static () => Enumerable.Range(0, 20_000).Aggregate(new Exception("the cause"), static (cause, _) => new AggregateException(cause))),
            ("throws-circle", static () =>
            {
                var circle = new IOException("round and round");
                typeof(Exception).GetField("_innerException", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!
                    .SetValue(circle, circle);
                return circle;
            }),
            ("throws-aggregate", static () => new AggregateException(new HangingString(), new IOException("inner"))),
        }.SelectMany(static sin => new (string, Deed)[]
        {
            (sin.Name, (_, _) => throw sin.Make()),
            ($"{sin.Name}-async", async (_, _) =>
            {
                await Task.Yield();
                throw sin.Make();
            }),
        });

    private sealed class OwnException : Exception
    {
        public override string Message => "of my own assembly";
    }

    private sealed class ThrowingMessage : Exception
    {
        public override string Message => throw new InvalidOperationException("even my message throws");

        public override string? StackTrace => throw new InvalidOperationException("my stack too");

        public override string ToString() => throw new InvalidOperationException("and my text");
    }

    private sealed class NullMessage : Exception
    {
        public override string Message => null!;

        public override string? StackTrace => null;

        public override string ToString() => null!;
    }

    private sealed class HangingMessage : Exception
    {
        public override string Message
        {
            get
            {
                Forever();
                return "";
            }
        }
    }

    /// <summary>Hangs only where the host should never look.</summary>
    private sealed class HangingString : Exception
    {
        public override string? StackTrace
        {
            get
            {
                Forever();
                return "";
            }
        }

        public override string ToString()
        {
            Forever();
            return "";
        }

        public override System.Collections.IDictionary Data
        {
            get
            {
                Forever();
                return base.Data;
            }
        }
    }
}
