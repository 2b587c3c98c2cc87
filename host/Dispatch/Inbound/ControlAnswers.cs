using System.Globalization;
using PluginGateway.Configuration.Options;
using PluginGateway.Store;

namespace PluginGateway.Dispatch.Inbound;

/// <summary>Answers to control words, in the language that the platform reports of the sender, otherwise in English.</summary>
internal static class ControlAnswers
{
    private static readonly Dictionary<string, Texts> Languages = new(StringComparer.Ordinal)
    {
        ["en"] = new("Stopped.", "Nothing was running.", "A new conversation begins.", "Here only an administrator may do this.",
            "Nothing is running.", "Running for {0} s.", "Waiting: {0}.",
            ["stops what is running", "begins a new conversation", "tells what is running", "lists the commands"]),
        ["de"] = new("Gestoppt.", "Es lief nichts.", "Ein neues Gespräch beginnt.", "Das darf hier nur ein Administrator.",
            "Es läuft nichts.", "Läuft seit {0} s.", "Wartend: {0}.",
            ["stoppt, was läuft", "beginnt ein neues Gespräch", "sagt, was läuft", "zeigt die Befehle"]),
        ["es"] = new("Detenido.", "No había nada en curso.", "Empieza una conversación nueva.", "Aquí solo puede hacerlo un administrador.",
            "No hay nada en curso.", "En curso desde hace {0} s.", "En espera: {0}.",
            ["detiene lo que está en curso", "empieza una conversación nueva", "dice qué está en curso", "muestra los comandos"]),
        ["fr"] = new("Arrêté.", "Rien n'était en cours.", "Une nouvelle conversation commence.", "Ici, seul un administrateur peut le faire.",
            "Rien n'est en cours.", "En cours depuis {0} s.", "En attente : {0}.",
            ["arrête ce qui est en cours", "commence une nouvelle conversation", "dit ce qui est en cours", "affiche les commandes"]),
        ["ja"] = new("停止しました。", "実行中のものはありませんでした。", "新しい会話を始めます。", "ここでは管理者だけが実行できます。",
            "実行中のものはありません。", "実行中（{0}秒）。", "待機中：{0}件。",
            ["実行中のものを停止します", "新しい会話を始めます", "実行中のものを示します", "コマンドの一覧を示します"]),
        ["pt"] = new("Parado.", "Nada estava em curso.", "Começa uma nova conversa.", "Aqui só um administrador pode fazê-lo.",
            "Nada está em curso.", "Em curso há {0} s.", "Em espera: {0}.",
            ["para o que está em curso", "começa uma nova conversa", "diz o que está em curso", "mostra os comandos"]),
        ["ru"] = new("Остановлено.", "Ничего не выполнялось.", "Начинается новый разговор.", "Здесь это может только администратор.",
            "Ничего не выполняется.", "Выполняется {0} с.", "Ожидают: {0}.",
            ["останавливает выполнение", "начинает новый разговор", "сообщает, что выполняется", "показывает команды"]),
        ["zh"] = new("已停止。", "没有正在运行的任务。", "新的对话开始了。", "在这里只有管理员可以这样做。",
            "没有正在运行的任务。", "已运行 {0} 秒。", "等待中：{0}。",
            ["停止正在运行的任务", "开始新的对话", "显示正在运行的任务", "显示命令列表"]),
    };

    /// <summary>Returns the answer to <see cref="ControlWord.New"/> by somebody who may not begin a session for everybody.</summary>
    public static string NotAllowed(string? language) => TextsOf(language).NotAllowed;

    /// <summary>Returns the answer to <see cref="ControlWord.Stop"/>.</summary>
    public static string Stopped(ControlResult result, string? language) =>
        result.Stopped.Count > 0 ? TextsOf(language).Stopped : TextsOf(language).NothingRan;

    /// <summary>Returns the answer to <see cref="ControlWord.New"/>.</summary>
    public static string Begun(string? language) => TextsOf(language).Begun;

    /// <summary>Returns the answer to <see cref="ControlWord.Status"/>.</summary>
    public static string Status(ControlResult result, string? language)
    {
        var texts = TextsOf(language);
        var running = result.RunningFor is { } time ? Fill(texts.Running, (long)time.TotalSeconds) : texts.Idle;
        return result.Waiting == 0 ? running : $"{running} {Fill(texts.Waiting, result.Waiting)}";
    }

    /// <summary>Returns the answer to <see cref="ControlWord.Help"/>: the handler's commands, then the control words.</summary>
    public static string Help(IReadOnlyList<PublishedCommand> commands, ControlWordOptions words, char prefix, string? language)
    {
        var (texts, primary) = (TextsOf(language), SenderLanguage.PrimaryOf(language));
        return string.Join('\n',
        [
            .. commands.Select(command => $"{prefix}{command.Name}: {command.Descriptions.GetValueOrDefault(primary, command.Description)}"),
            .. words.Shown.Select(word => $"{prefix}{word.Name}: {texts.Words[(int)word.Word]}"),
        ]);
    }

    private static Texts TextsOf(string? language) => SenderLanguage.Choose(Languages, language);

    private static string Fill(string text, long number) => text.Replace("{0}", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <param name="Stopped">Something was stopped.</param>
    /// <param name="NothingRan">There was nothing to stop.</param>
    /// <param name="Begun">A new session begins.</param>
    /// <param name="NotAllowed">The sender may not do this.</param>
    /// <param name="Idle">Nothing runs.</param>
    /// <param name="Running">A turn runs, with its seconds.</param>
    /// <param name="Waiting">Messages wait, with their number.</param>
    /// <param name="Words">Description of each <see cref="ControlWord"/>.</param>
    private sealed record Texts(
        string Stopped, string NothingRan, string Begun, string NotAllowed, string Idle, string Running, string Waiting, string[] Words);
}
