namespace PluginGateway.Tests.Contract;

/// <summary>Payloads of six platforms, invented, in the form that the platforms' documents give. A secret in them has <c>SECRET</c> in it.</summary>
internal static class PaperPayloads
{
    public static readonly string[] Discord =
    [
        """
        { "op": 0, "s": 41, "t": "MESSAGE_CREATE", "d": { "id": "1101", "channel_id": "2201", "guild_id": "3301", "content": "<@9001> summarise this",
          "author": { "id": "501", "username": "ann", "global_name": "Ann" }, "timestamp": "2026-11-30T11:59:58.123000+00:00",
          "mentions": [{ "id": "9001", "username": "gateway", "bot": true }],
          "attachments": [{ "id": "7", "filename": "voice-message.ogg", "content_type": "audio/ogg", "size": 4711, "duration_secs": 2.5, "url": "https://cdn.example/7" }],
          "message_reference": { "message_id": "1099" },
          "referenced_message": { "id": "1099", "content": "A long text", "author": { "id": "502", "username": "ben" } } } }
        """,
        """
        { "op": 0, "s": 42, "t": "INTERACTION_CREATE", "d": { "id": "1201", "application_id": "9001", "type": 3, "token": "aW50SECRET", "channel_id": "2201",
          "guild_id": "3301", "locale": "de", "member": { "user": { "id": "501", "username": "ann", "global_name": "Ann" } },
          "message": { "id": "1102" }, "data": { "custom_id": "AbCdEfGhIjKlMnOpQrStUv", "component_type": 2 } } }
        """,
        """
        { "op": 0, "s": 43, "t": "MESSAGE_UPDATE", "d": { "id": "1101", "channel_id": "2201", "guild_id": "3301", "content": "<@9001> shorter",
          "author": { "id": "501", "username": "ann" }, "edited_timestamp": "2026-11-30T12:00:01.000000+00:00" } }
        """,
        """
        { "op": 0, "s": 44, "t": "MESSAGE_REACTION_ADD", "d": { "user_id": "501", "channel_id": "2201", "message_id": "1102", "guild_id": "3301",
          "emoji": { "id": "77", "name": "party" } } }
        """,
    ];

    public static readonly string[] Slack =
    [
        """
        { "type": "event_callback", "event_id": "Ev01", "team_id": "T01", "authorizations": [{ "user_id": "U0BOT" }], "event": { "type": "message",
          "channel": "C01", "channel_type": "channel", "user": "U501", "text": "<@U0BOT> summarise this", "ts": "1764503998.000100",
          "thread_ts": "1764503000.000001", "files": [{ "id": "F1", "name": "a.pdf", "mimetype": "application/pdf", "size": 10, "url_private": "https://files.example/F1" }] } }
        """,
        """
        { "type": "block_actions", "trigger_id": "13.37.SECRET", "response_url": "https://hooks.example/actions/T01/1/SECRET", "user": { "id": "U501", "username": "ann" },
          "channel": { "id": "C01", "name": "general" }, "message": { "ts": "1764504000.000200", "thread_ts": "1764503000.000001" },
          "state": { "values": { "b1": { "size": { "type": "static_select", "selected_option": { "value": "L" } } },
            "b2": { "note": { "type": "plain_text_input", "value": "today" } } } },
          "actions": [{ "action_id": "AbCdEfGhIjKlMnOpQrStUv", "value": "AbCdEfGhIjKlMnOpQrStUv", "action_ts": "1764504001.5" }] }
        """,
        """
        { "type": "event_callback", "event_id": "Ev03", "event": { "type": "message", "subtype": "message_changed", "channel": "C01", "channel_type": "channel",
          "message": { "user": "U501", "text": "shorter", "ts": "1764503998.000100", "edited": { "user": "U501", "ts": "1764504002.000000" } } } }
        """,
        """
        { "type": "event_callback", "event_id": "Ev04", "event": { "type": "reaction_added", "user": "U501", "reaction": "thumbsup",
          "item": { "type": "message", "channel": "C01", "ts": "1764504000.000200" }, "event_ts": "1764504003.000000" } }
        """,
    ];

    public static readonly string[] Matrix =
    [
        """
        { "next_batch": "s72_1", "rooms": { "join": { "!room:example.org": { "summary": { "m_joined_member_count": 3 }, "timeline": { "events": [
          { "type": "m.room.message", "event_id": "$m1", "sender": "@ann:example.org", "origin_server_ts": 1764503998000, "content": { "msgtype": "m.text",
            "body": "bot: summarise this", "m.mentions": { "user_ids": ["@bot:example.org"] },
            "m.relates_to": { "rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": { "event_id": "$m0" } } } },
          { "type": "m.room.message", "event_id": "$m2", "sender": "@ann:example.org", "origin_server_ts": 1764504001000, "content": { "msgtype": "m.text",
            "body": "* shorter", "m.new_content": { "msgtype": "m.text", "body": "shorter" }, "m.relates_to": { "rel_type": "m.replace", "event_id": "$m1" } } },
          { "type": "m.reaction", "event_id": "$m3", "sender": "@ann:example.org", "origin_server_ts": 1764504002000, "content": {
            "m.relates_to": { "rel_type": "m.annotation", "event_id": "$out", "key": "👍" } } },
          { "type": "m.room.redaction", "event_id": "$m4", "sender": "@ann:example.org", "origin_server_ts": 1764504003000, "redacts": "$m1", "content": {} } ] },
          "ephemeral": { "events": [{ "type": "m.receipt", "content": { "$out": { "m.read": { "@ann:example.org": { "ts": 1764504004000 } } } } }] } } } } }
        """,
    ];

    public static readonly string[] WhatsApp =
    [
        Notification("""
          { "from": "491700000001", "id": "wamid.1", "timestamp": "1764503998", "type": "text", "text": { "body": "summarise this" },
            "context": { "from": "491700000099", "id": "wamid.0" } }
          """),
        Notification("""
          { "from": "491700000001", "id": "wamid.2", "timestamp": "1764504000", "type": "interactive", "context": { "from": "491700000099", "id": "wamid.out" },
            "interactive": { "type": "button_reply", "button_reply": { "id": "AbCdEfGhIjKlMnOpQrStUv", "title": "Yes" } } }
          """),
        Notification("""
          { "from": "491700000001", "id": "wamid.3", "timestamp": "1764504001", "type": "reaction", "reaction": { "message_id": "wamid.out", "emoji": "👍" } }
          """),
        Notification("""
          { "from": "491700000001", "id": "wamid.4", "timestamp": "1764504002", "type": "reaction", "reaction": { "message_id": "wamid.out", "emoji": "" } }
          """),
        Notification("""
          { "from": "491700000001", "id": "wamid.5", "timestamp": "1764504003", "type": "audio", "audio": { "id": "media1", "mime_type": "audio/ogg; codecs=opus", "voice": true } }
          """),
        """
        { "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": { "messaging_product": "whatsapp",
          "statuses": [{ "id": "wamid.out", "status": "delivered", "timestamp": "1764504004", "recipient_id": "491700000001" },
            { "id": "wamid.out", "status": "read", "timestamp": "1764504005", "recipient_id": "491700000001" },
            { "id": "wamid.out2", "status": "failed", "timestamp": "1764504006", "recipient_id": "491700000001", "errors": [{ "code": 131047, "title": "Re-engagement message" }] }] } }] }] }
        """,
    ];

    public static readonly string[] Teams =
    [
        Activity("""
          "type": "message", "id": "1764503998000", "text": "<at>Bot</at> summarise this", "replyToId": "1764503000000",
          "entities": [{ "type": "mention", "text": "<at>Bot</at>", "mentioned": { "id": "28:bot", "name": "Bot" } }]
          """),
        Activity("""
          "type": "invoke", "name": "adaptiveCard/action", "id": "f:1", "replyToId": "1764504000000",
          "value": { "action": { "type": "Action.Execute", "verb": "press", "data": { "token": "AbCdEfGhIjKlMnOpQrStUv", "size": "L" } } }
          """),
        Activity("""
          "type": "messageUpdate", "id": "1764503998000", "text": "**shorter**", "textFormat": "markdown", "channelData": { "eventType": "editMessage" }
          """),
        Activity("""
          "type": "messageReaction", "id": "f:2", "replyToId": "1764504000000", "reactionsAdded": [{ "type": "like" }],
          "reactionsRemoved": [{ "type": "heart" }]
          """),
        Activity("""
          "type": "event", "name": "application/vnd.microsoft.readReceipt", "id": "f:3", "value": { "lastReadMessageId": "1764504000000" }
          """),
    ];

    public static readonly string[] Mail =
    [
        """
        1700/41
        From: "Ann" <ann@example.org>
        To: bot@gateway.example
        Subject: Report
        Date: Mon, 30 Nov 2026 11:59:58 +0000
        Message-ID: <m1@example.org>
        In-Reply-To: <m0@gateway.example>
        References: <root@example.org>
         <m0@gateway.example>
        Authentication-Results: mx.gateway.example; dkim=pass; dmarc=pass header.from=example.org
        Content-Type: multipart/mixed; boundary="x"

        --x
        Content-Type: text/plain; charset=utf-8

        summarise this
        --x
        Content-Type: application/pdf
        Content-Disposition: attachment; filename="a.pdf"

        JVBERi0=
        --x--
        """,
        """
        1700/42
        From: Forger <boss@example.org>
        Subject: Urgent
        Date: Mon, 30 Nov 2026 12:00:00 +0000
        Message-ID: <m2@example.net>
        Authentication-Results: mx.gateway.example; dmarc=fail

        pay this
        """,
        """
        1700/43
        From: MAILER-DAEMON@example.org
        Subject: Undelivered
        Date: Mon, 30 Nov 2026 12:00:01 +0000
        Message-ID: <d1@example.org>
        Content-Type: multipart/report; report-type=delivery-status; boundary="y"

        --y
        Content-Type: text/plain

        It failed.
        --y
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.org
        Original-Message-ID: <t1-0@gateway.example>
        Final-Recipient: rfc822; ann@example.org
        Action: failed
        Diagnostic-Code: smtp; 550 no such mailbox
        --y--
        """,
        """
        1700/44
        From: ann@example.org
        Subject: Read
        Date: Mon, 30 Nov 2026 12:00:02 +0000
        Message-ID: <r1@example.org>
        Content-Type: multipart/report; report-type=disposition-notification; boundary="z"

        --z
        Content-Type: message/disposition-notification

        Final-Recipient: rfc822; ann@example.org
        Original-Message-ID: <t1-1@gateway.example>
        Disposition: manual-action/MDN-sent-manually; displayed
        --z--
        """,
    ];

    private static string Notification(string message) => $$"""
        { "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": { "messaging_product": "whatsapp",
          "metadata": { "display_phone_number": "491700000099", "phone_number_id": "106540000000001" },
          "contacts": [{ "profile": { "name": "Ann" }, "wa_id": "491700000001" }], "messages": [{{message}}] } }] }] }
        """;

    private static string Activity(string members) => $$"""
        { {{members}}, "timestamp": "2026-11-30T11:59:58.5Z", "serviceUrl": "https://smba.example/emea/", "channelId": "msteams", "locale": "de-DE",
          "from": { "id": "29:ann", "name": "Ann", "aadObjectId": "00000000-0000-0000-0000-000000000501" }, "recipient": { "id": "28:bot", "name": "Bot" },
          "conversation": { "id": "19:channel@thread.tacv2;messageid=1764503000000", "conversationType": "channel", "tenantId": "t-1", "name": "General" } }
        """;
}
