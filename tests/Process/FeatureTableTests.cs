using System.Globalization;
using System.Text.Json;
using PluginGateway.ProcessTests.Harness;

namespace PluginGateway.ProcessTests;

/// <summary>What each adapter can do, as its DLL declares it, each with the test that proves it, and with the test in which the real executable does
/// it where a platform is needed: the table in README.md is made from this.</summary>
public sealed class FeatureTableTests
{
    private const string Begin = "<!-- features: made by tests/Process/FeatureTableTests.cs -->", End = "<!-- end of features -->";

    private const string Own = "WebChat";

    private static readonly string[] Plugins = [Own, "Telegram", "Feishu", "Irc"];

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
            new()
            {
                ["WebChat"] = "An_edit_is_durable_when_it_is_sent_and_open_pages_get_the_new_text",
                ["Telegram"] = DoneTwice,
                ["Feishu"] = "A_text_is_edited_twenty_times_and_then_refused_with_a_hint",
            }),
        ("deletions", Has("IDeleteMessages"), new()
        {
            ["WebChat"] = "A_deleted_reply_is_gone_for_good_and_named_for_pages_that_show_it",
            ["Telegram"] = DoneTwice,
            ["Feishu"] = "A_message_is_recalled_once_and_is_gone_then",
        }),
        ("reactions", Has("IReactToMessages"), new()
        {
            ["WebChat"] = "A_reaction_of_the_bot_is_one_and_goes_to_messages_of_both_sides",
            ["Telegram"] = DoneTwice,
            ["Feishu"] = "Our_reaction_is_one_and_replaces_ours_only",
            ["Irc"] = "A_reaction_is_set_replaced_and_taken_back_by_its_name_and_doing_it_twice_is_doing_it_once",
        }),
        ("typing", Has("IShowTyping"), new()
        {
            ["WebChat"] = "A_reader_that_knows_replies_only_gets_no_other_event_without_a_name_and_its_position_stays",
            ["Telegram"] = "Typing_is_shown_in_the_topic",
            ["Feishu"] = "Typing_is_a_reaction_on_the_last_message_until_the_bot_has_spoken",
            ["Irc"] = "Typing_is_shown_where_the_server_has_message_tags_and_at_most_every_three_seconds_to_one_target",
        }),
        ("reactions received", Of("webchat", "telegram", "feishu", "irc"), new()
        {
            ["WebChat"] = "Reactions_of_the_visitor_are_added_and_taken_back_beside_the_bots",
            ["Feishu"] = "A_reaction_of_a_person_tells_who_added_and_removed_what_and_stands_in_the_chat_of_its_message",
            ["Telegram"] = "A_reaction_tells_who_added_and_removed_what",
            ["Irc"] = "Reactions_of_users_are_events_and_those_of_the_bot_and_of_the_past_are_not",
        }),
        ("Markdown", Of("telegram", "feishu", "irc"), new()
        {
            ["Telegram"] = "Markdown_becomes_what_telegram_can_show",
            ["Feishu"] = "Markdown_is_edited_in_its_own_form_also_by_the_next_generation",
            ["Irc"] = "Markdown_is_sent_with_codes_and_plain_text_never_and_neither_where_formatting_is_none",
        }),
        ("members received", Of("telegram", "feishu", "irc"), new()
        {
            ["Irc"] = "Users_who_come_and_leave_are_events_of_their_channel_and_a_quit_is_one_for_each_channel_where_the_user_was",
            ["Telegram"] = "Who_comes_or_leaves_is_said_but_the_bot_itself",
            ["Feishu"] = "A_change_of_members_tells_who_made_it_and_of_whom",
        }),
        ("replies to one person", static adapter => adapter.GetProperty("privateDelivery").GetString() == "None" ? null : "yes", new()
        {
            ["Telegram"] = "A_message_for_one_person_goes_to_a_person_and_never_to_a_group_or_a_channel",
            ["Feishu"] = "A_message_for_one_person_goes_to_a_person_and_never_to_a_chat",
            ["Irc"] = "A_message_for_one_person_goes_to_the_nick_and_never_to_a_channel",
        }),
        ("account in `status`", Of("telegram", "feishu", "irc"), new()
        {
            ["Telegram"] = "The_account_is_the_bot_that_getMe_tells_and_the_largest_file_that_of_the_server",
            ["Feishu"] = "The_account_is_the_bot_that_the_platform_tells",
            ["Irc"] = "The_account_is_the_one_that_the_server_has_logged_the_bot_in_to_and_its_name_the_nick",
        }),
        ("files sent", Files, new()
        {
            ["WebChat"] = "Files_are_on_disk_before_the_history_names_them_and_are_served_whole",
            ["Telegram"] = "A_file_goes_whole_in_its_form_with_the_text_as_its_caption",
            ["Feishu"] = "Files_go_out_by_their_kind_and_once_each"
        }),
        ("files received", Has("IFetchAttachments"), new()
        {
            ["WebChat"] = "An_uploaded_file_comes_with_the_message_that_names_it_and_is_handed_to_the_host",
            ["Telegram"] = "A_file_is_fetched_only_when_asked_for_and_not_above_the_limit",
            ["Feishu"] = "What_hangs_on_a_message_is_fetched_and_never_more_than_is_allowed",
        }),
        ("buttons", static adapter => adapter.GetProperty("maxButtons").GetInt32() > 0 ? "yes" : null, new()
        {
            ["WebChat"] = "Buttons_are_on_disk_with_their_reply_and_an_edit_replaces_them",
            ["Telegram"] = "A_press_has_its_button_its_person_and_a_ticket",
            ["Feishu"] = "A_press_has_its_button_and_its_person_and_its_acknowledgement_is_the_answer",
        }),
        ("edits received", Of("webchat", "telegram", "feishu"), new()
        {
            ["WebChat"] = "An_edit_is_answered_only_after_the_inbox_and_the_history_have_it",
            ["Telegram"] = "An_edit_is_an_event_of_its_own",
            ["Feishu"] = "An_edit_is_read_from_the_platform_with_its_author_and_what_cannot_be_read_is_passed_over",
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
        ("forwards received", Of("telegram", "feishu"), new()
        {
            ["Telegram"] = "A_forward_has_its_origin",
            ["Feishu"] = "Messages_that_were_forwarded_together_are_one_text_with_the_names_of_who_said_what",
        }),
        ("places received", Of("telegram", "feishu"), new()
        {
            ["Telegram"] = "People_in_a_text_a_place_an_album_and_names_are_members_of_the_message",
            ["Feishu"] = "A_place_has_its_coordinates_and_its_name",
        }),
        ("options of the platform", static adapter => adapter.GetProperty("extras").GetArrayLength() > 0 ? "yes" : null, new()
        {
            ["Telegram"] = "Options_are_on_texts_files_and_places_and_a_wrong_value_is_refused_for_good",
            ["Feishu"] = "An_answer_begins_a_thread_where_the_option_asks_for_it",
        }),
        ("places sent", Feature("Location"), new()
        {
            ["Telegram"] = "A_place_is_a_venue_if_it_has_a_name_or_an_address_and_else_a_point",
        }),
        ("commands in the menu", Has("IPublishCommands"), new()
        {
            ["Telegram"] = "The_menu_has_the_commands_for_everyone_and_for_each_language_and_an_empty_list_removes_it",
        }),
        ("commands received", Of("telegram"), new() { ["Telegram"] = "A_command_to_the_bot_has_its_name_and_the_text_behind_it" }),
        ("custom emoji and blocks received", Of("telegram"), new()
        {
            ["Telegram"] = "Who_brings_the_bot_into_a_chat_or_removes_it_is_said_and_no_change_of_rights",
        }),
        ("albums, stickers sent", Of("telegram"), new()
        {
            ["Telegram"] = "Files_that_telegram_shows_together_are_one_album_with_the_text_at_the_last",
        }),
        ("silent, without link previews", Feature("Silent"), new() { ["Telegram"] = SilentOnTelegram }),
        ("deletions received", Of("webchat", "feishu"), new()
        {
            ["WebChat"] = "A_deleted_message_is_gone_with_its_files_and_deleting_it_again_is_no_event",
            ["Feishu"] = "A_recall_tells_which_message_and_nobody",
        }),
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

    private static readonly string[] Handlers = ["Echo", "Webhook"];

    /// <summary>Features of the handlers, each with the test in which the real executable does it.</summary>
    private static readonly (string Feature, Func<JsonElement, string?> Declared, Dictionary<string, string> Tests)[] HandlerFeatures =
    [
        ("edits, deletions, reactions, members received", static handler => handler.GetProperty("events").GetArrayLength() > 0 ? "yes" : null, new()
        {
            ["Echo"] = EventsOnTelegram, ["Webhook"] = "On_telegram_a_backend_is_posted_the_events_that_it_asks_for_and_no_others",
        }),
        ("buttons sent, presses received", OfHandlers("echo", "webhook"), new()
        {
            ["Echo"] = "On_the_chat_page_a_press_is_answered_handled_once_and_shown_also_after_a_kill",
            ["Webhook"] = "On_telegram_a_backend_sends_buttons_and_is_posted_the_press",
        }),
        ("files both ways", OfHandlers("echo", "webhook"), new()
        {
            ["Echo"] = FilesOnChat, ["Webhook"] = "A_backend_gets_files_with_the_turns_token_and_answers_with_a_reaction_and_a_file",
        }),
        ("edits, deletions and reactions of its own", OfHandlers("webhook"), new()
        {
            ["Webhook"] = "On_telegram_a_backend_hears_a_voice_message_shows_typing_edits_its_draft_reacts_and_answers_in_the_topic_with_a_file",
        }),
        ("validation of settings", Has("IValidateSettings"), new() { ["Webhook"] = "Events_are_chosen_by_name" }),
    ];

    /// <summary>The features that need a platform to be seen, and the tests in which the real executable does it, against a peer, by plugin.</summary>
    private static readonly Dictionary<string, Dictionary<string, string>> Seen = new()
    {
        ["longest text"] = new()
        {
            ["Telegram"] = "Echo_answers_in_private_in_a_topic_and_in_parts_that_telegram_takes",
            ["Feishu"] = "Echo_answers_over_the_long_connection_in_private_in_a_group_and_in_a_thread_at_the_platforms_pace"
        },
        ["edits"] = new() { ["WebChat"] = ChangedOnChat, ["Telegram"] = ChangedOnTelegram, ["Feishu"] = ChangedOnFeishu },
        ["deletions"] = new() { ["WebChat"] = ChangedOnChat, ["Telegram"] = ChangedOnTelegram, ["Feishu"] = ChangedOnFeishu },
        ["reactions"] = new()
        {
            ["WebChat"] = ChangedOnChat,
            ["Telegram"] = ChangedOnTelegram,
            ["Feishu"] = ChangedOnFeishu,
            ["Irc"] = ReactionsOnIrc,
        },
        ["typing"] = new()
        {
            ["WebChat"] = "On_the_chat_page_the_typing_indicator_is_shown_while_a_backend_thinks",
            ["Telegram"] = "On_telegram_a_backend_hears_a_voice_message_shows_typing_edits_its_draft_reacts_and_answers_in_the_topic_with_a_file",
            ["Feishu"] = "On_feishu_a_backend_hears_a_voice_message_edits_its_draft_reacts_and_answers_in_the_thread_with_a_file",
            ["Irc"] = "On_irc_typing_is_shown_while_a_backend_makes_its_answer",
        },
        ["Markdown"] = new()
        {
            ["Telegram"] = ChangedOnTelegram,
            ["Feishu"] = ChangedOnFeishu,
            ["Irc"] = "On_irc_markdown_is_sent_as_formatting_and_a_code_block_beyond_the_flood_limit_goes_on_as_one",
        },
        ["files sent"] = new() { ["WebChat"] = FilesOnChat, ["Telegram"] = FilesOnTelegram, ["Feishu"] = FilesOnFeishu },
        ["files received"] = new() { ["WebChat"] = FilesOnChat, ["Telegram"] = FilesOnTelegram, ["Feishu"] = FilesOnFeishu },
        ["received replies have what they quote"] = new()
        {
            ["Telegram"] = ToldOnTelegram,
            ["Feishu"] = "On_feishu_a_handler_is_given_what_is_quoted_also_where_it_is_the_bots_own_and_the_id_alone_where_nothing_more_is_told",
            ["Irc"] = "On_irc_a_reply_names_what_it_answers",
        },
        ["forwards received"] = new() { ["Telegram"] = ToldOnTelegram, ["Feishu"] = ToldOnFeishu },
        ["places sent"] = new() { ["Telegram"] = PlaceOnTelegram },
        ["options of the platform"] = new() { ["Telegram"] = PlaceOnTelegram, ["Feishu"] = "On_feishu_a_backend_begins_a_thread" },
        ["replies to one person"] = new()
        {
            ["Telegram"] = "On_telegram_echo_answers_in_a_group_to_its_asker_alone_when_asked_to",
            ["Feishu"] = "On_feishu_echo_answers_in_a_group_to_its_asker_alone_when_asked_to",
            ["Irc"] = "On_irc_echo_answers_in_a_channel_to_its_asker_alone_when_asked_to",
        },
        ["places received"] = new() { ["Telegram"] = ToldOnTelegram, ["Feishu"] = ToldOnFeishu },
        ["reactions received"] = new()
        {
            ["WebChat"] = EventsOnChat,
            ["Telegram"] = EventsOnTelegram,
            ["Feishu"] = EventsOnFeishu,
            ["Irc"] = ReactionsOnIrc,
        },
        ["buttons"] = new()
        {
            ["WebChat"] = "On_the_chat_page_a_press_is_answered_handled_once_and_shown_also_after_a_kill",
            ["Telegram"] = "On_telegram_a_press_is_answered_handled_once_and_shown",
            ["Feishu"] = "On_feishu_a_press_is_answered_handled_once_and_shown",
        },
        ["commands in the menu"] = new() { ["Telegram"] = "On_telegram_the_menu_shows_the_commands_of_the_handler_again_after_a_reconnect" },
        ["commands received"] = new() { ["Telegram"] = ToldOnTelegram },
        ["edits received"] = new()
        {
            ["WebChat"] = EventsOnChat,
            ["Telegram"] = EventsOnTelegram,
            ["Feishu"] = EventsOnFeishu,
        },
        ["members received"] = new()
        {
            ["Telegram"] = EventsOnTelegram,
            ["Feishu"] = EventsOnFeishu,
            ["Irc"] = "On_irc_a_handler_is_given_who_comes_and_goes",
        },
        ["deletions received"] = new() { ["WebChat"] = EventsOnChat, ["Feishu"] = EventsOnFeishu },
        ["custom emoji and blocks received"] = new()
        {
            ["Telegram"] = "On_telegram_a_backend_is_told_the_format_custom_emoji_and_who_blocks_and_unblocks_the_bot",
        },
        ["albums, stickers sent"] = new() { ["Telegram"] = AlbumsOnTelegram },
        ["silent, without link previews"] = new() { ["Telegram"] = SilentOnTelegram },
        ["account in `status`"] = new()
        {
            ["Telegram"] = "On_telegram_status_shows_the_bot_and_another_one_after_an_outage_is_a_warning",
            ["Feishu"] = "On_feishu_status_shows_the_bot",
            ["Irc"] = "On_irc_status_shows_the_nick_and_the_account_where_the_server_has_logged_the_bot_in",
        },
        ["liveness probe"] = new() { ["Telegram"] = Probed, ["Feishu"] = Probed, ["Irc"] = Probed },
        ["redelivery of unacknowledged messages"] = new()
        {
            ["Telegram"] = "Nothing_is_lost_and_nothing_said_twice_whatever_goes_wrong_while_people_write",
            ["Feishu"] = "Every_message_is_answered_once_whatever_breaks",
        },
        ["idempotent sends"] = new() { ["Feishu"] = "Every_message_is_answered_once_whatever_breaks" },
    };

    private const string ChangedOnChat =
        "On_the_chat_page_a_program_edits_reacts_to_and_deletes_what_it_sent_and_reacts_to_what_was_said";
    private const string FilesOnChat = "On_the_chat_page_files_come_back_byte_for_byte_and_go_out_from_a_shell";
    private const string EventsOnChat = "On_the_chat_page_a_handler_is_given_edits_deletions_and_reactions_of_the_visitor_once";
    private const string ChangedOnTelegram = "On_telegram_a_program_edits_reacts_to_and_deletes_what_it_sent_and_reacts_to_what_people_said";
    private const string ChangedOnFeishu = "On_feishu_a_program_edits_reacts_to_and_recalls_what_it_sent_and_reacts_to_what_people_said";
    private const string FilesOnTelegram = "On_telegram_files_come_back_byte_for_byte_and_go_out_from_a_shell_and_from_a_program";
    private const string FilesOnFeishu = "On_feishu_files_come_back_byte_for_byte_and_go_out_from_a_shell_and_from_a_program";
    private const string ToldOnTelegram = "On_telegram_a_handler_is_given_what_is_quoted_where_a_message_came_from_commands_links_and_places";
    private const string ToldOnFeishu =
        "On_feishu_a_handler_is_given_what_was_forwarded_places_stickers_and_what_a_card_said_that_is_quoted";
    private const string AlbumsOnTelegram =
        "On_telegram_albums_come_and_go_stickers_too_and_what_arrived_before_an_album_in_doubt_is_not_sent_again";
    private const string SilentOnTelegram = "On_telegram_a_program_and_a_shell_deliver_without_a_sound_and_a_program_without_previews_of_links";
    private const string PlaceOnTelegram = "On_telegram_a_backend_sends_a_place_with_a_button_and_options_and_an_answer_to_one_person";
    private const string EventsOnTelegram = "On_telegram_a_handler_is_given_edits_reactions_and_who_comes_and_goes";
    private const string EventsOnFeishu = "On_feishu_a_handler_is_given_edits_recalls_reactions_and_who_comes_and_goes";
    private const string ReactionsOnIrc = "On_irc_reactions_go_both_ways_where_the_server_has_message_tags";
    private const string Probed = "Idle_connections_are_probed_status_shows_what_was_proved_and_three_failures_replace_the_connection";
    private const string DoneTwice = "A_message_is_edited_deleted_and_reacted_to_and_doing_it_twice_is_doing_it_once";

    /// <summary>With GATEWAY_TESTS_WRITE=1 it writes the table instead.</summary>
    [Fact]
    public void The_tables_in_the_readme_say_what_adapters_and_handlers_declare_and_each_of_it_has_a_test()
    {
        var declared = Plugins.ToDictionary(static plugin => plugin, Declaration);
        var (sources, peers, own) = (Sources("tests"), Sources("tests/Peers"), Sources("tests/Process"));
        foreach (var (feature, isDeclared, tests) in Features)
        {
            Assert.Equal(Plugins.Where(plugin => isDeclared(declared[plugin]) is not null).Order(StringComparer.Ordinal),
                tests.Keys.Order(StringComparer.Ordinal));
            Assert.All(tests.Values, test => Assert.True(Holds(sources, test), $"'{feature}': there is no test '{test}'"));
            if (!Seen.TryGetValue(feature, out var seen)) continue;
            // WebChat is its own platform: it is seen without a peer, and some of its features in every test.
            Assert.Equal(tests.Keys.Where(static plugin => plugin != Own).Order(StringComparer.Ordinal),
                seen.Keys.Where(static plugin => plugin != Own).Order(StringComparer.Ordinal));
            foreach (var (plugin, test) in seen)
                Assert.True(Holds(plugin == Own ? own : peers, test), $"'{feature}': the tests of the executable have no test '{test}'");
        }

        var handlers = Handlers.ToDictionary(static plugin => plugin, static plugin => Declaration(plugin, "handler"));
        foreach (var (feature, isDeclared, tests) in HandlerFeatures)
        {
            Assert.Equal(Handlers.Where(plugin => isDeclared(handlers[plugin]) is not null), tests.Keys);
            Assert.All(tests.Values, test => Assert.True(Holds(sources, test), $"'{feature}': there is no test '{test}'"));
        }

        string[] table = [Begin, .. Table(Plugins, Features, declared), "", .. Table(Handlers, HandlerFeatures, handlers), End];
        var readme = Path.Combine(Repository.Root, "README.md");
        var lines = File.ReadAllLines(readme);
        var (from, to) = (Array.IndexOf(lines, Begin), Array.IndexOf(lines, End));
        Assert.True(from >= 0 && to > from, $"README.md has no '{Begin}' with an '{End}' behind it");
        if (Environment.GetEnvironmentVariable("GATEWAY_TESTS_WRITE") == "1")
            File.WriteAllLines(readme, [.. lines[..from], .. table, .. lines[(to + 1)..]]);
        else Assert.Equal(table, lines[from..(to + 1)]);
    }

    /// <summary>Lists features by plugin; neighbours of which every plugin has the same share a row.</summary>
    private static IEnumerable<string> Table(
        string[] plugins, (string Feature, Func<JsonElement, string?> Declared, Dictionary<string, string>)[] features,
        Dictionary<string, JsonElement> declarations)
    {
        var rows = new List<(string Names, string Cells)>();
        foreach (var (feature, declared, _) in features)
        {
            var row = string.Join(" | ", plugins.Select(plugin => declared(declarations[plugin]) ?? ""));
            if (rows is [.., var last] && last.Cells == row) rows[^1] = ($"{last.Names}, {feature}", row);
            else rows.Add((feature, row));
        }

        return rows.Select(static row => $"| {row.Names} | {row.Cells} |")
            .Prepend($"|---|{string.Concat(plugins.Select(static _ => "---|"))}").Prepend($"| | {string.Join(" | ", plugins)} |");
    }

    private static string[] Sources(string folder) =>
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText)];

    private static bool Holds(string[] sources, string test) => sources.Any(source => source.Contains($" {test}(", StringComparison.Ordinal));

    private static JsonElement Declaration(string plugin) => Declaration(plugin, "adapter");

    private static JsonElement Declaration(string plugin, string role)
    {
        var command = Command.Run(Path.GetTempPath(), "inspect", plugin, "--json");
        Assert.True(command.ExitCode == 0, command.Said);
        return JsonDocument.Parse(command.Output).RootElement.GetProperty(role);
    }

    private static Func<JsonElement, string?> Has(string capability) =>
        adapter => adapter.GetProperty("capabilities").EnumerateArray().Any(name => name.GetString() == capability) ? "yes" : null;

    private static Func<JsonElement, string?> Feature(string feature) =>
        adapter => adapter.GetProperty("features").EnumerateArray().Any(name => name.GetString() == feature) ? "yes" : null;

    /// <summary>A feature that no DLL declares, of these platforms.</summary>
    private static Func<JsonElement, string?> Of(params string[] platforms) =>
        adapter => platforms.Contains(adapter.GetProperty("platform").GetString()) ? "yes" : null;

    /// <summary>A feature that no DLL declares, of these handlers.</summary>
    private static Func<JsonElement, string?> OfHandlers(params string[] names) =>
        handler => names.Contains(handler.GetProperty("name").GetString()) ? "yes" : null;

    private static string? Longest(JsonElement adapter) =>
        adapter.GetProperty("maxTextLength").GetInt32() is > 0 and var length ? string.Create(CultureInfo.InvariantCulture,
            $"{length} {(adapter.GetProperty("textUnit").GetString() == "Utf8Bytes" ? "bytes" : "UTF-16 units")}") : null;

    private static string? Files(JsonElement adapter) =>
        adapter.GetProperty("maxAttachments").GetInt32() > 0
        ? string.Create(CultureInfo.InvariantCulture, $"up to {adapter.GetProperty("maxAttachmentBytes").GetInt64() / (1024 * 1024)} MiB")
        : null;
}
