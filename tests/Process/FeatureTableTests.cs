using System.Globalization;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What each adapter can do, as its DLL declares it, each with the test that proves it, and with the test in which the real executable does
/// it where a platform is needed: the table in README.md is made from this.</summary>
public sealed class FeatureTableTests
{
    private const string Begin = "<!-- features: made by tests/Process/FeatureTableTests.cs -->", End = "<!-- end of features -->";

    private static readonly string[] Plugins = ["WebChat", "Telegram", "Feishu", "Irc"];

    /// <summary>A feature, how it is declared (null: not at all), and the test that proves it, by plugin.</summary>
    private static readonly (string Feature, Func<JsonElement, string?> Declared, Dictionary<string, string> Tests)[] Features =
    [
        ("longest text", Longest, new()
        {
            ["WebChat"] = "A_text_of_the_declared_length_fits_into_one_event_however_it_is_escaped",
            ["Telegram"] = "A_text_of_the_declared_length_is_taken_and_one_of_more_is_refused_for_good",
            ["Feishu"] = "No_request_is_larger_than_the_platform_takes_and_nothing_is_lost_between_them",
        }),
        ("edits", Has("IEditMessages"),
            new() { ["Telegram"] = DoneTwice, ["Feishu"] = "A_text_is_edited_twenty_times_and_then_refused_with_a_hint" }),
        ("deletions", Has("IDeleteMessages"), new() { ["Telegram"] = DoneTwice, ["Feishu"] = "A_message_is_recalled_once_and_is_gone_then" }),
        ("reactions", Has("IReactToMessages"), new() { ["Telegram"] = DoneTwice, ["Feishu"] = "Our_reaction_is_one_and_replaces_ours_only" }),
        ("typing", Has("IShowTyping"), new()
        {
            ["Telegram"] = "Typing_is_shown_in_the_topic",
            ["Feishu"] = "Typing_is_a_reaction_on_the_last_message_until_the_bot_has_spoken"
        }),
        ("files sent", Files, new()
        {
            ["Telegram"] = "A_file_goes_whole_in_its_form_with_the_text_as_its_caption",
            ["Feishu"] = "Files_go_out_by_their_kind_and_once_each"
        }),
        ("files received", Has("IFetchAttachments"), new()
        {
            ["Telegram"] = "A_file_is_fetched_only_when_asked_for_and_not_above_the_limit",
            ["Feishu"] = "What_hangs_on_a_message_is_fetched_and_never_more_than_is_allowed",
        }),
        ("HTTP: page or webhook", Has("IServeHttp"), new()
        {
            ["WebChat"] = "The_page_is_served_from_the_assembly",
            ["Telegram"] = "By_webhook_updates_are_brought_with_the_secret_and_what_comes_while_it_is_away_comes_later",
            ["Feishu"] = "Echo_answers_over_the_http_callback_and_nobody_else_is_heard_there",
        }),
        ("received replies have what they quote", Of("webchat", "telegram", "feishu", "irc"), new()
        {
            ["WebChat"] = "A_message_that_answers_another_quotes_it_as_the_history_has_it",
            ["Telegram"] = "A_quote_has_what_is_answered_or_the_part_that_was_marked",
            ["Feishu"] = "The_thread_and_the_name_come_from_around_the_event",
            ["Irc"] = "A_message_that_answers_another_names_it_where_the_client_says_so",
        }),
        ("forwards, commands, places", Of("telegram"), new() { ["Telegram"] = "A_forward_has_its_origin" }),
        ("reactions received", Of("telegram"), new() { ["Telegram"] = "A_reaction_tells_who_added_and_removed_what" }),
        ("silent, without link previews", Of("telegram"), new() { ["Telegram"] = SilentOnTelegram }),
        ("edits received", Of("telegram", "feishu"), new()
        {
            ["Telegram"] = "An_edit_is_an_event_of_its_own",
            ["Feishu"] = "An_edit_is_read_from_the_platform_with_its_author_and_what_cannot_be_read_is_passed_over",
        }),
        ("members received", Of("telegram", "feishu"), new()
        {
            ["Telegram"] = "Who_comes_or_leaves_is_said_but_the_bot_itself",
            ["Feishu"] = "A_change_of_members_tells_who_made_it_and_of_whom",
        }),
        ("deletions received", Of("feishu"), new() { ["Feishu"] = "A_recall_tells_which_message_and_nobody" }),
        ("liveness probe", Has("IProbeConnection"), new()
        {
            ["WebChat"] = "It_is_alive_while_the_log_is_open", ["Telegram"] = "A_probe_asks_who_we_are_and_knows_whether_polls_are_answered",
            ["Feishu"] = "A_probe_proves_both_directions_and_a_silent_platform_neither", ["Irc"] = "A_probe_proves_both_directions",
        }),
        ("validation of settings", Has("IValidateSettings"), new()
        {
            ["WebChat"] = "Every_problem_of_the_settings_is_named", ["Telegram"] = "Every_problem_is_named_at_once_and_no_value_shown",
            ["Feishu"] = "A_problem_is_named_by_its_setting_and_shows_no_value", ["Irc"] = "Every_problem_is_named_at_once",
        }),
        (
        "redelivery of unacknowledged messages", static adapter => adapter.GetProperty("inbound").GetString() == "NonReplayable" ? null : "yes", new()
        {
            ["WebChat"] = "A_posted_message_is_answered_only_after_the_inbox_has_it",
            ["Telegram"] = "An_update_is_acknowledged_only_when_it_is_durable_and_the_cursor_lies_beside_it",
            ["Feishu"] = "What_is_refused_comes_again_and_is_taken_then",
        }),
        ("idempotent sends", static adapter => adapter.GetProperty("idempotency").GetString() == "Native" ? "yes" : null, new()
        {
            ["WebChat"] = "The_same_key_is_delivered_once_also_after_a_restart_and_side_by_side",
            ["Feishu"] = "A_message_is_sent_with_the_gateways_key_and_the_same_key_is_the_same_message",
        }),
    ];

    /// <summary>The features that need a platform to be seen, and the tests in which the real executable does it against a peer, by plugin.</summary>
    private static readonly Dictionary<string, Dictionary<string, string>> Seen = new()
    {
        ["longest text"] = new()
        {
            ["Telegram"] = "Echo_answers_in_private_in_a_topic_and_in_parts_that_telegram_takes",
            ["Feishu"] = "Echo_answers_over_the_long_connection_in_private_in_a_group_and_in_a_thread_at_the_platforms_pace"
        },
        ["edits"] = new() { ["Telegram"] = ChangedOnTelegram, ["Feishu"] = ChangedOnFeishu },
        ["deletions"] = new() { ["Telegram"] = ChangedOnTelegram, ["Feishu"] = ChangedOnFeishu },
        ["reactions"] = new() { ["Telegram"] = ChangedOnTelegram, ["Feishu"] = ChangedOnFeishu },
        ["typing"] = new()
        {
            ["Telegram"] = "On_telegram_a_backend_hears_a_voice_message_shows_typing_edits_its_draft_reacts_and_answers_in_the_topic_with_a_file",
            ["Feishu"] = "On_feishu_a_backend_hears_a_voice_message_edits_its_draft_reacts_and_answers_in_the_thread_with_a_file",
        },
        ["files sent"] = new() { ["Telegram"] = FilesOnTelegram, ["Feishu"] = FilesOnFeishu },
        ["files received"] = new() { ["Telegram"] = FilesOnTelegram, ["Feishu"] = FilesOnFeishu },
        ["received replies have what they quote"] = new()
        {
            ["Telegram"] = ToldOnTelegram,
            ["Feishu"] = "On_feishu_a_handler_is_given_what_is_quoted_also_where_it_is_the_bots_own_and_the_id_alone_where_nothing_more_is_told",
            ["Irc"] = "On_irc_a_reply_names_what_it_answers",
        },
        ["forwards, commands, places"] = new() { ["Telegram"] = ToldOnTelegram },
        ["reactions received"] = new() { ["Telegram"] = EventsOnTelegram },
        ["edits received"] = new()
        {
            ["Telegram"] = EventsOnTelegram,
            ["Feishu"] = EventsOnFeishu,
        },
        ["members received"] = new() { ["Telegram"] = EventsOnTelegram, ["Feishu"] = EventsOnFeishu },
        ["deletions received"] = new() { ["Feishu"] = EventsOnFeishu },
        ["silent, without link previews"] = new() { ["Telegram"] = SilentOnTelegram },
        ["liveness probe"] = new() { ["Telegram"] = Probed, ["Feishu"] = Probed, ["Irc"] = Probed },
        ["redelivery of unacknowledged messages"] = new()
        {
            ["Telegram"] = "Nothing_is_lost_and_nothing_said_twice_whatever_goes_wrong_while_people_write",
            ["Feishu"] = "Every_message_is_answered_once_whatever_breaks",
        },
        ["idempotent sends"] = new() { ["Feishu"] = "Every_message_is_answered_once_whatever_breaks" },
    };

    private const string ChangedOnTelegram = "On_telegram_a_program_edits_reacts_to_and_deletes_what_it_sent_and_reacts_to_what_people_said";
    private const string ChangedOnFeishu = "On_feishu_a_program_edits_reacts_to_and_recalls_what_it_sent_and_reacts_to_what_people_said";
    private const string FilesOnTelegram = "On_telegram_files_come_back_byte_for_byte_and_go_out_from_a_shell_and_from_a_program";
    private const string FilesOnFeishu = "On_feishu_files_come_back_byte_for_byte_and_go_out_from_a_shell_and_from_a_program";
    private const string ToldOnTelegram = "On_telegram_a_handler_is_given_what_is_quoted_where_a_message_came_from_commands_and_places";
    private const string SilentOnTelegram = "On_telegram_a_program_and_a_shell_deliver_without_a_sound_and_a_program_without_previews_of_links";
    private const string EventsOnTelegram = "On_telegram_a_handler_is_given_edits_reactions_and_who_comes_and_goes";
    private const string EventsOnFeishu = "On_feishu_a_handler_is_given_edits_recalls_and_who_comes_and_goes";
    private const string Probed = "Idle_connections_are_probed_status_shows_what_was_proved_and_three_failures_replace_the_connection";
    private const string DoneTwice = "A_message_is_edited_deleted_and_reacted_to_and_doing_it_twice_is_doing_it_once";

    /// <summary>With GATEWAY_TESTS_WRITE=1 it writes the table instead.</summary>
    [Fact]
    public void The_table_in_the_readme_says_what_the_adapters_declare_and_each_of_it_has_a_test()
    {
        var declared = Plugins.ToDictionary(static plugin => plugin, Declaration);
        var (sources, peers) = (Sources("tests"), Sources("tests/Peers"));
        foreach (var (feature, isDeclared, tests) in Features)
        {
            Assert.Equal(Plugins.Where(plugin => isDeclared(declared[plugin]) is not null).Order(StringComparer.Ordinal),
                tests.Keys.Order(StringComparer.Ordinal));
            Assert.All(tests.Values, test => Assert.True(Holds(sources, test), $"'{feature}': there is no test '{test}'"));
            if (!Seen.TryGetValue(feature, out var seen)) continue;
            // WebChat is its own platform.
            Assert.Equal(
                tests.Keys.Where(static plugin => plugin != "WebChat").Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
            Assert.All(seen.Values, test => Assert.True(Holds(peers, test), $"'{feature}': tests/Peers has no test '{test}'"));
        }

        string[] table =
        [
            Begin, $"| | {string.Join(" | ", Plugins)} |", $"|---|{string.Concat(Plugins.Select(static _ => "---|"))}",
            .. Rows(feature => string.Join(" | ", Plugins.Select(plugin => feature(declared[plugin]) ?? ""))), End,
        ];
        var readme = Path.Combine(Repository.Root, "README.md");
        var lines = File.ReadAllLines(readme);
        var (from, to) = (Array.IndexOf(lines, Begin), Array.IndexOf(lines, End));
        Assert.True(from >= 0 && to > from, $"README.md has no '{Begin}' with an '{End}' behind it");
        if (Environment.GetEnvironmentVariable("GATEWAY_TESTS_WRITE") == "1")
            File.WriteAllLines(readme, [.. lines[..from], .. table, .. lines[(to + 1)..]]);
        else Assert.Equal(table, lines[from..(to + 1)]);
    }

    /// <summary>Lists the features; neighbours of which every adapter has the same share a row.</summary>
    private static List<string> Rows(Func<Func<JsonElement, string?>, string> cells)
    {
        var rows = new List<(string Names, string Cells)>();
        foreach (var (feature, declared, _) in Features)
        {
            var row = cells(declared);
            if (rows is [.., var last] && last.Cells == row) rows[^1] = ($"{last.Names}, {feature}", row);
            else rows.Add((feature, row));
        }

        return [.. rows.Select(static row => $"| {row.Names} | {row.Cells} |")];
    }

    private static string[] Sources(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText)];

    private static bool Holds(string[] sources, string test) => sources.Any(source => source.Contains($" {test}(", StringComparison.Ordinal));

    private static JsonElement Declaration(string plugin)
    {
        var command = Command.Run(Path.GetTempPath(), "inspect", plugin, "--json");
        Assert.True(command.ExitCode == 0, command.Said);
        return JsonDocument.Parse(command.Output).RootElement.GetProperty("adapter");
    }

    private static Func<JsonElement, string?> Has(string capability) =>
        adapter => adapter.GetProperty("capabilities").EnumerateArray().Any(name => name.GetString() == capability) ? "yes" : null;

    /// <summary>A feature that no DLL declares, of these platforms.</summary>
    private static Func<JsonElement, string?> Of(params string[] platforms) =>
        adapter => platforms.Contains(adapter.GetProperty("platform").GetString()) ? "yes" : null;

    private static string? Longest(JsonElement adapter) =>
        adapter.GetProperty("maxTextLength").GetInt32() is > 0 and var length ? string.Create(CultureInfo.InvariantCulture,
            $"{length} {(adapter.GetProperty("textUnit").GetString() == "Utf8Bytes" ? "bytes" : "UTF-16 units")}") : null;

    private static string? Files(JsonElement adapter) =>
        adapter.GetProperty("maxAttachments").GetInt32() > 0
        ? string.Create(CultureInfo.InvariantCulture, $"up to {adapter.GetProperty("maxAttachmentBytes").GetInt64() / (1024 * 1024)} MiB")
        : null;
}
