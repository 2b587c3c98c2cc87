// A bot as others write it, for the tests of the fake Bot API: grammY or Telegraf, long polling. It answers what it is told, and says on stdout what it saw.
// Usage: node telegram-bot.mjs grammy|telegraf API-URL TOKEN
const [library, apiRoot, token] = process.argv.slice(2);
const tell = (line) => process.stdout.write(line + '\n');
const png = Buffer.concat([Buffer.from([0x89]), Buffer.from('PNG\r\n\x1a\n and so on')]);
const explain = (error) => {
    const answer = error.response ?? error; // Telegraf keeps the envelope, grammY its parts
    return `error ${answer.error_code} ${answer.description}${answer.parameters?.retry_after ? ` retry_after=${answer.parameters.retry_after}` : ''}`;
};

// What both do alike, given the library's own calls.
const serve = async (text, chat, api, photo) => {
    if (text === '/photo') await api.sendPhoto(chat, photo(png), { caption: 'a picture' });
    else if (text === '/edit') {
        const message = await api.sendMessage(chat, 'draft', { parse_mode: 'HTML' });
        if (library === 'grammy') await api.editMessageText(chat, message.message_id, 'final');
        else await api.editMessageText(chat, message.message_id, undefined, 'final');
        await api.setMessageReaction(chat, message.message_id, [{ type: 'emoji', emoji: '👍' }]);
    } else if (text === '/delete') {
        const message = await api.sendMessage(chat, 'not for long');
        await api.deleteMessage(chat, message.message_id);
    } else if (text === '/type') await api.sendChatAction(chat, 'typing');
    else if (text.startsWith('/send ')) {
        try { await api.sendMessage(text.slice(6), 'hello'); tell('sent'); } catch (error) { tell(explain(error)); }
    } else await api.sendMessage(chat, text);
};

const load = async (api, fileId) => {
    const file = await api.getFile(fileId);
    const response = await fetch(`${apiRoot}/file/bot${token}/${file.file_path}`);
    tell(`got ${(await response.arrayBuffer()).byteLength} bytes`);
};

process.on('unhandledRejection', (error) => { tell(explain(error)); process.exit(1); });
if (library === 'grammy') {
    const { Bot, InputFile } = await import('grammy');
    const bot = new Bot(token, { client: { apiRoot } });
    bot.on('message:text', (context) => serve(context.message.text, context.chat.id, bot.api, (bytes) => new InputFile(bytes, 'a.png')));
    bot.on('message:document', (context) => load(bot.api, context.message.document.file_id));
    await bot.start({ onStart: (me) => tell(`ready ${me.username}`) });
} else {
    const { Telegraf } = await import('telegraf');
    const bot = new Telegraf(token, { telegram: { apiRoot } });
    bot.on('message', async (context) => {
        if (context.message.text) await serve(context.message.text, context.chat.id, context.telegram, (bytes) => ({ source: bytes, filename: 'a.png' }));
        else if (context.message.document) await load(context.telegram, context.message.document.file_id);
    });
    await bot.launch(() => tell(`ready ${bot.botInfo.username}`));
}
