// Stands between a client and a server on this machine, so that a test can kill, stop or cut off a real process without losing the server's memory.
// Usage: node relay.mjs TARGET_PORT [LISTEN_PORT]. stdout: `listening PORT`. stdin: `reset` resets every connection.
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';

const [target, listen] = process.argv.slice(2).map(Number);
const sockets = new Set();
const keep = (socket, other) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => { sockets.delete(socket); other.destroy(); });
};
const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect(target, '127.0.0.1');
    upstream.setNoDelay();
    keep(client, upstream);
    keep(upstream, client);
    client.pipe(upstream).pipe(client);
});
server.listen(listen || 0, '127.0.0.1', () => process.stdout.write(`listening ${server.address().port}\n`));
createInterface({ input: process.stdin }).on('line', (order) => {
    if (order === 'reset') for (const socket of sockets) socket.resetAndDestroy();
}).on('close', () => process.exit(0));
