// A person on IRC, for the tests: does what stdin says, one JSON object a line, and tells on stdout what is seen, the same way.
// Usage: node user.mjs HOST PORT NICK
import { createInterface } from 'node:readline';
import IRC from 'irc-framework';

const [host, port, nick] = process.argv.slice(2);
const tell = (what) => process.stdout.write(JSON.stringify(what) + '\n');

const client = new IRC.Client();
client.on('registered', (event) => tell({ event: 'registered', nick: event.nick }));
client.on('join', (event) => tell({ event: 'join', nick: event.nick, target: event.channel }));
client.on('part', (event) => tell({ event: 'part', nick: event.nick, target: event.channel }));
client.on('quit', (event) => tell({ event: 'quit', nick: event.nick, text: event.message }));
client.on('kick', (event) => tell({ event: 'kick', nick: event.kicked, target: event.channel }));
client.on('nick', (event) => tell({ event: 'nick', nick: event.nick, text: event.new_nick }));
client.on('privmsg', (event) => tell({ event: 'privmsg', nick: event.nick, target: event.target, text: event.message, id: event.tags.msgid }));
client.on('tagmsg', (event) => tell({ event: 'tagmsg', nick: event.nick, target: event.target, tags: event.tags }));
client.on('notice', (event) => tell({ event: 'notice', nick: event.nick, target: event.target, text: event.message }));
client.on('ctcp response', (event) => tell({ event: 'ctcp', nick: event.nick, text: event.message }));
client.on('close', () => { tell({ event: 'close' }); process.exit(0); });

client.connect({ host, port: Number(port), nick, username: nick, gecos: nick, auto_reconnect: false });

const orders = createInterface({ input: process.stdin });
orders.on('line', (line) => {
    const order = JSON.parse(line);
    if (order.do === 'join') client.join(order.target);
    else if (order.do === 'say') client.say(order.target, order.text);
    else if (order.do === 'raw') client.raw(order.text);
    else if (order.do === 'quit') client.quit(order.text);
});
orders.on('close', () => process.exit(0));
