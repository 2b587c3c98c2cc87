// A server that goes wrong at one moment, for the tests. It serves whoever connects: first IRC, or the lines of the Careless adapter.
// Usage: node wedge.mjs irc|lines none|stopped|slow|half connect|send|idle|disconnect
// stdout: `listening PORT`, `ready` when a client is served, `got LINE`. stdin: `say TEXT` speaks to the client, `now` lets it go wrong when idle.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [protocol, fault, moment] = process.argv.slice(2);
const tell = (line) => process.stdout.write(line + '\n');
let client = null;
let broken = false;

const goWrong = (socket) => {
    broken = true;
    if (fault === 'stopped') process.kill(process.pid, 'SIGSTOP');
    else if (fault === 'slow') socket?.pause();
    else if (fault === 'half') socket?.end();
};

const irc = (socket, line) => {
    const [command, ...rest] = line.split(' ');
    if (command === 'USER') {
        socket.nick ??= 'bot';
        socket.write(`:wedge 001 ${socket.nick} :Welcome\r\n:wedge 005 ${socket.nick} CASEMAPPING=ascii :are supported\r\n`);
    } else if (command === 'NICK') socket.nick = rest[0];
    else if (command === 'PING') {
        socket.write(`:wedge PONG wedge :${rest.join(' ').replace(/^:/, '')}\r\n`);
        if (!socket.isServed) { socket.isServed = true; tell('ready'); }
    } else if (command === 'QUIT') socket.end('ERROR :Goodbye\r\n');
};

const lines = (socket, line) => {
    if (line === 'hello') { socket.write('welcome\n'); tell('ready'); }
    else if (line === 'bye') socket.end('bye\n');
    else socket.write('ok\n');
};

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    client = socket;
    socket.on('error', () => {});
    if (moment === 'connect') goWrong(socket);
    if (fault === 'slow' && broken) return;
    createInterface({ input: socket }).on('line', (line) => {
        tell(`got ${line.slice(0, 80)}`);
        if (moment === 'disconnect' && fault !== 'none' && (line.startsWith('QUIT') || line === 'bye')) goWrong(socket);
        if (broken) return;
        if (protocol === 'irc') irc(socket, line);
        else lines(socket, line);
    });
});
server.listen(0, '127.0.0.1', () => {
    tell(`listening ${server.address().port}`);
    // Stopped before anybody comes: the kernel still takes the connection, and nobody answers it.
    if (fault === 'stopped' && moment === 'connect') setTimeout(() => goWrong(null), 100);
});

createInterface({ input: process.stdin }).on('line', (order) => {
    if (order === 'now') goWrong(client);
    else if (order.startsWith('say ')) {
        const text = order.slice(4);
        client.write(protocol === 'irc' ? `:ann!a@h PRIVMSG ${client.nick} :${text}\r\n` : `say ${text}\n`);
        if (moment === 'send') goWrong(client);
    }
}).on('close', () => process.exit(0));
