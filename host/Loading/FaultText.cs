using System.Diagnostics;
using System.Reflection;
using System.Text;
using PluginGateway.Configuration.Secrets;

namespace PluginGateway.Loading;

/// <summary>Text of a plugin's exception for its author: types, messages and stacks of the exception and its causes, bounded and redacted, and the
/// first frame of the plugin's own assembly. Text only: the exception would keep the plugin in memory.</summary>
/// <param name="Title">Type and message.</param>
/// <param name="Stack">Its frames, its causes and theirs, a line each.</param>
/// <param name="Frame">For example <c>MyAdapter.ConnectAsync in MyAdapter.cs:41</c>; null: no frame of the plugin's own assembly is known.</param>
internal sealed record FaultText(string Title, string Stack, string? Frame)
{
    public const int MaxStack = 4096;

    /// <summary>Largest stack text in a worker: more is kept there, because the gateway cuts after it has redacted.</summary>
    private const int MaxStackInWorker = 3 * MaxStack / 2;

    private const int MaxFrame = 300, MostLevels = 8, MostFrames = 20, MaxMessage = 1000;

    /// <summary>Largest number of frames for which lines of source are looked up: an endless recursion has too many.</summary>
    private const int MostFramesWithLines = 500;

    private static readonly string[] Machinery = ["System.Runtime.CompilerServices", "System.Runtime.ExceptionServices", "PluginGateway.Guard"];

    /// <summary>Reads an exception. Runs plugin code (<see cref="Exception.Message"/>), which may hang: only on a thread whose call is being watched.
    /// Throws nothing.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="isOwn">True for the plugin's own assembly; null: for the one that was loaded as the plugin.</param>
    public static FaultText? Of(Exception exception, Predicate<Assembly>? isOwn = null) =>
        Read(exception, isOwn ?? PluginContexts.IsMain, readsMessages: true);

    /// <summary>Reads an exception without entering plugin code: messages of the framework's own types only. For a thread without a watched
    /// call.</summary>
    public static FaultText? WithoutMessages(Exception exception) => Read(exception, PluginContexts.IsMain, readsMessages: false);

    /// <summary>Bounds and redacts text from another process, which may have done neither.</summary>
    public static FaultText Received(string title, string stack, string? frame) => new(
        PluginText.FirstLine(title), Cut(PluginText.Redact(Cut(stack, 4 * MaxStack)), MaxStack),
        frame is null ? null : Cut(PluginText.FirstLine(frame), MaxFrame));

    private static FaultText? Read(Exception exception, Predicate<Assembly> isOwn, bool readsMessages)
    {
        try
        {
            return new Reader(isOwn, readsMessages).Read(exception);
        }
        catch (Exception)
        {
            // An unreadable stack must not cause another fault.
            return null;
        }
    }

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..most];

    /// <summary>Walks through an exception and its causes, one after another: a chain may be thousands deep, or a circle.</summary>
    private sealed class Reader(Predicate<Assembly> isOwn, bool readsMessages)
    {
        private readonly StringBuilder _stack = new();
        private readonly HashSet<Exception> _seen = new(ReferenceEqualityComparer.Instance);
        private readonly Stack<Exception> _waiting = new();
        private string? _frame;

        public FaultText Read(Exception exception)
        {
            var title = TitleOf(exception);
            Visit(exception);
            while (_waiting.TryPop(out var cause))
            {
                if (!_seen.Add(cause)) continue;
                if (_seen.Count > MostLevels)
                {
                    _stack.Append("... more causes\n");
                    break;
                }

                _stack.Append("caused by ").Append(TitleOf(cause)).Append('\n');
                Visit(cause);
            }

            var most = PluginText.IsWorker ? MaxStackInWorker : MaxStack;
            var frame = _frame is null ? null : Cut(PluginText.Redact(_frame), MaxFrame);
            return new(PluginText.FirstLine(title), Cut(PluginText.Redact(_stack.ToString()), most).TrimEnd('\n'), frame);
        }

        private void Visit(Exception exception)
        {
            _seen.Add(exception);
            AppendFrames(exception);
            if (exception is AggregateException many)
            {
                for (var i = Math.Min(many.InnerExceptions.Count, MostLevels) - 1; i >= 0; i--) _waiting.Push(many.InnerExceptions[i]);
            }
            else if (exception.InnerException is { } inner)
            {
                _waiting.Push(inner);
            }
        }

        private string TitleOf(Exception exception)
        {
            // The causes of an aggregate are listed after it.
            if (exception is AggregateException) return ExceptionText.TypeOf(exception);
            if (!readsMessages && PluginContexts.NameOf(exception.GetType().Assembly) is not null) return ExceptionText.TypeOf(exception);
            var text = ExceptionText.Read(exception);
            return text.Message is { } message ? $"{text.Type}: {Cut(message, MaxMessage).ReplaceLineEndings(" ").Trim()}"
                : $"{text.Type} {text.MessageOrProblem}";
        }

        /// <summary>Appends the frames; not by <see cref="Exception.StackTrace"/>, which a plugin can override.</summary>
        private void AppendFrames(Exception exception)
        {
            var bare = new StackTrace(exception, fNeedFileInfo: false);
            var frames = (bare.FrameCount > MostFramesWithLines ? bare : new StackTrace(exception, fNeedFileInfo: true)).GetFrames();
            var told = 0;
            foreach (var frame in frames)
            {
                if (frame.GetMethod() is not { } method || IsMachinery(method)) continue;
                if (told++ == MostFrames)
                {
                    _stack.Append("... more frames\n");
                    break;
                }

                var text = $"{NameOf(method)}{PlaceOf(frame)}";
                _stack.Append("at ").Append(text).Append('\n');
                if (_frame is null && isOwn(method.Module.Assembly)) _frame = text;
            }
        }

        private static bool IsMachinery(MethodBase method) => method.DeclaringType?.Namespace is { } name && Array.IndexOf(Machinery, name) >= 0;

        /// <summary>Returns a method's name in the source: the compiler moves the body of an asynchronous method, a lambda or a local function
        /// elsewhere and leaves the name in angle brackets.</summary>
        private static string NameOf(MethodBase method)
        {
            var (type, name) = (method.DeclaringType, method.Name);
            if (WrittenName(type?.Name) is { } moved && name == "MoveNext") (type, name) = (type!.DeclaringType, moved);
            else if (WrittenName(name) is { } outer) name = outer;
            while (type?.DeclaringType is { } around && type.Name.StartsWith('<')) type = around;
            return type is null ? name : $"{type.Name}.{name}";
        }

        private static string? WrittenName(string? name)
        {
            if (name is null || !name.StartsWith('<')) return null;
            var inside = name.TrimStart('<');
            return inside.IndexOf('>', StringComparison.Ordinal) is > 0 and var end ? inside[..end] : null;
        }

        /// <summary>Returns the file without its folder, which is one of the machine that built it.</summary>
        private static string PlaceOf(StackFrame frame)
        {
            if (frame.GetFileName() is not { Length: > 0 } file) return "";
            return $" in {file[(file.LastIndexOfAny(['/', '\\']) + 1)..]}:{frame.GetFileLineNumber()}";
        }
    }
}
