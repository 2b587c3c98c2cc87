using Microsoft.Extensions.Logging.Abstractions;
using PluginGateway.Cli.Service;
using PluginGateway.Control;
using PluginGateway.Instance;
using PluginGateway.Store;
using PluginGateway.Store.Files;

namespace PluginGateway.Cli.Messages;

/// <summary>The way to the store for commands: over the control socket while the gateway runs; the store itself, under the instance lock, while it is
/// down.</summary>
internal static class StoreAccess
{
    /// <summary>Longest wait for the store when no gateway runs: no other request has to wait behind this one.</summary>
    public static readonly TimeSpan PatienceWhenDown = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(10);

    /// <param name="options">Options of the command line.</param>
    /// <param name="wiring">Services of the command.</param>
    /// <param name="readsOnly">True when the command only reads: the store may be on a read-only disk.</param>
    /// <param name="verbOf">Creates the verb on the store, which no gateway has open.</param>
    /// <param name="execute">The command. It gets a function that executes a request and returns JSON or an error sentence.</param>
    public static int Open(
        CliOptions options, CommandWiring wiring, bool readsOnly, Func<MessageStore, IControlVerb> verbOf,
        Func<Func<ControlRequest, (string? Result, string? Error)>, int> execute)
    {
        var dataDirectory = wiring.DataDirectory(options, DataUse.Store);
        var path = StoreFile.In(dataDirectory);
        try
        {
            using var instance = InstanceLock.IsHeld(dataDirectory) || !Directory.Exists(dataDirectory)
                ? null
                : InstanceLock.TryAcquire(dataDirectory);
            if (instance is null && Directory.Exists(dataDirectory)) return execute(asked => AskGateway(dataDirectory, asked));
            if (!File.Exists(path)) return MessageOutput.Fail(
                wiring, options.Json, $"There is no store in '{dataDirectory}': no gateway has run there yet. Another data directory: --data DIR");
            return Execute(path);
        }
        catch (Exception problem)
            when (readsOnly && File.Exists(path) && problem is IOException or UnauthorizedAccessException or StoreException { Code: StoreCode.Io })
        {
            return ExecuteOnCopy();
        }
        catch (StoreException problem)
        {
            return MessageOutput.Fail(wiring, options.Json, problem.Message);
        }

        int Execute(string database)
        {
            var store = MessageStore.Open(new StoreOptions(database), wiring.Clock, NullLogger.Instance);
            var verb = verbOf(store);
            var code = execute(asked => verb.Execute(asked) is { Result: var result, Error: var error } ? (result, error) : default);
            store.Close(CloseTime);
            return code;
        }

        int ExecuteOnCopy()
        {
            var folder = ReadOnlySource.Copy(path);
            try
            {
                return Execute(Path.Combine(folder, Path.GetFileName(path)));
            }
            catch (StoreException problem)
            {
                return MessageOutput.Fail(wiring, options.Json, problem.Message);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static (string? Result, string? Error) AskGateway(string dataDirectory, ControlRequest request)
    {
        var response = ControlClient.Ask(dataDirectory, request.Verb, request.Arguments, ControlClient.Patience);
        return response.Answered
            ? (response.Result, response.Error)
            : (null, $"control.sock gives no answer ({response.Error}); see: plugin-gateway status --data '{dataDirectory}'");
    }
}
