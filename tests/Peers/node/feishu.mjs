// The vendor's own SDK against a server, for the tests: proves that the server is like the platform.
// Usage: FEISHU_SECRET=... node feishu.mjs ws|client|callback ADDRESS APP_ID    (callback: FEISHU_ENCRYPT_KEY and FEISHU_VERIFICATION_TOKEN)
// stdout: what happens, one JSON object a line. Ends when stdin ends.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { createReadStream, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as Lark from '@larksuiteoapi/node-sdk';

const [mode, domain, appId] = process.argv.slice(2);
const appSecret = process.env.FEISHU_SECRET;
const tell = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const loggerLevel = Lark.LoggerLevel.fatal;

const dispatcher = (options) => new Lark.EventDispatcher({ loggerLevel, ...options }).register({
    'im.message.receive_v1': async (data) => {
        const text = JSON.parse(data.message.content).text;
        tell({ event: 'message', id: data.message.message_id, text });
        if (text === 'fail') throw new Error('as asked');
    },
    'card.action.trigger': async (data) => {
        const { action, context, operator } = data;
        tell({ event: 'press', text: [action.value.token, context.open_chat_id, context.open_message_id, operator.open_id].join(' ') });
        return action.value.token === 'quiet' ? {} : { toast: { type: 'info', content: `${action.value.token} ü` } };
    },
});

const longConnection = async () => {
    const client = new Lark.WSClient({
        appId, appSecret, domain, loggerLevel,
        onReady: () => tell({ event: 'ready' }),
        onError: (error) => tell({ event: 'error', text: String(error?.message ?? error) }),
        onReconnecting: () => tell({ event: 'reconnecting' }),
        onReconnected: () => tell({ event: 'reconnected' }),
    });
    await client.start({ eventDispatcher: dispatcher({}) });
};

const callback = () => {
    const options = { encryptKey: process.env.FEISHU_ENCRYPT_KEY, verificationToken: process.env.FEISHU_VERIFICATION_TOKEN };
    const server = createServer();
    server.on('request', Lark.adaptDefault('/hook', dispatcher(options), { autoChallenge: true }));
    server.listen(0, '127.0.0.1', () => tell({ event: 'listening', text: String(server.address().port) }));
};

const calls = async () => {
    const client = new Lark.Client({ appId, appSecret, domain, loggerLevel });
    const messages = client.im.v1.message;
    const text = (value) => JSON.stringify({ text: value });
    const card = (value) => JSON.stringify({ config: { update_multi: true }, elements: [{ tag: 'markdown', content: value }] });
    const done = (name, answer) => { tell({ event: name, text: String(answer?.code) }); return answer; };
    const sent = done('create', await messages.create({ params: { receive_id_type: 'chat_id' }, data: { receive_id: 'oc_sdk', msg_type: 'text', content: text('one'), uuid: 'u1' } }));
    const again = done('create', await messages.create({ params: { receive_id_type: 'chat_id' }, data: { receive_id: 'oc_sdk', msg_type: 'text', content: text('one'), uuid: 'u1' } }));
    tell({ event: 'same', text: String(sent.data.message_id === again.data.message_id) });
    const id = sent.data.message_id;
    done('reply', await messages.reply({ path: { message_id: id }, data: { msg_type: 'text', content: text('two') } }));
    done('update', await messages.update({ path: { message_id: id }, data: { msg_type: 'text', content: text('one, edited') } }));
    const shown = done('create', await messages.create({ params: { receive_id_type: 'chat_id' }, data: { receive_id: 'oc_sdk', msg_type: 'interactive', content: card('**c**') } }));
    done('patch', await messages.patch({ path: { message_id: shown.data.message_id }, data: { content: card('**d**') } }));
    const reaction = done('react', await client.im.v1.messageReaction.create({ path: { message_id: id }, data: { reaction_type: { emoji_type: 'SMILE' } } }));
    const list = done('reactions', await client.im.v1.messageReaction.list({ path: { message_id: id } }));
    tell({ event: 'listed', text: String(list.data.items.length) });
    done('unreact', await client.im.v1.messageReaction.delete({ path: { message_id: id, reaction_id: reaction.data.reaction_id } }));
    const path = join(tmpdir(), `feishu-${process.pid}.txt`);
    writeFileSync(path, 'a file');
    const file = await client.im.v1.file.create({ data: { file_type: 'stream', file_name: 'a.txt', file: createReadStream(path) } });
    const image = await client.im.v1.image.create({ data: { image_type: 'message', image: createReadStream(path) } });
    tell({ event: 'uploaded', text: String(Boolean(file?.file_key && image?.image_key)) });
    const resource = await client.im.v1.messageResource.get({ path: { message_id: id, file_key: file.file_key }, params: { type: 'file' } });
    await resource.writeFile(path);
    tell({ event: 'downloaded', text: 'true' });
    done('delete', await messages.delete({ path: { message_id: id } }));
    tell({ event: 'done' });
};

if (mode === 'ws') await longConnection();
else if (mode === 'callback') callback();
else await calls();
createInterface({ input: process.stdin }).on('close', () => process.exit(0));
