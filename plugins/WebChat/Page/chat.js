import { createMessages } from './messages.js';
import { createOutbox, newId, store } from './store.js';
import { events } from './stream.js';
import { createUploads } from './upload.js';
import { button, createMenu, element, lineOf } from './view.js';

// A message that has not been confirmed is kept in localStorage with its id and posted again until it is: the same id is never stored twice.
// So are a change of a message and a press of a button. What is shown is the state of the gateway with the changes that it has not confirmed yet.
const prefix = new URL('.', import.meta.url).pathname.replace(/\/$/, ''); // A proxy may have put the gateway beneath a path of its own.
const quietLimit = 40_000; // The gateway sends a heartbeat every 15 s: silence means that the connection is dead.
const postLimit = 20_000;
const mostStreams = 3; // A browser opens six connections to a server without TLS: a stream in every page would leave none for the rest.
const pollEvery = 2_000;
const emojis = ['👍', '❤️', '😂', '🎉', '😮', '😢'];
const mostFiles = 10;
const $ = id => document.getElementById(id);
const [list, scroller, empty, banner, state, form, input, send, latest, typing, context, attach, picker] =
  ['messages', 'scroller', 'empty', 'banner', 'state', 'composer', 'text', 'send', 'latest', 'typing', 'context', 'attach', 'picker'].map($);

function conversationId() {
  // In the fragment it reaches no server and no log of a proxy; links of old have it in the query.
  const given = new URLSearchParams(location.hash.slice(1)).get('conversation') || new URLSearchParams(location.search).get('conversation');
  if (given) {
    history.replaceState(null, '', location.pathname + '#' + new URLSearchParams({ conversation: given }));
    return given;
  }
  const kept = store.read('webchat.conversation') || newId();
  store.write('webchat.conversation', kept);
  return kept;
}

const conversation = conversationId();
// Whoever knows the id can read along, and addresses are what proxies log.
const inConversation = { 'Chat-Conversation': encodeURIComponent(conversation) };

const outbox = createOutbox('webchat.outbox.' + conversation);
const changes = createOutbox('webchat.changes.' + conversation);

// ---- the list
const { show, get, isDeleted, stateOf, made, render, refresh, update, erase, remove, arrange, mark, atEnd, toEnd, toEndIfNear } = createMessages({
  list, scroller, empty, latest, changes,
  addressOf: file => `${prefix}/files/${encodeURIComponent(file.id)}`,
  openMenu, react, press,
  retry(entry) { mark(entry, 'sending'); post(entry); },
  discard(entry) { outbox.forget(entry.message.id); remove(entry.from, entry.message.id); input.focus(); },
  onRemoved(entry, hadFocus) {
    if (about?.entry === entry) finish();
    if (hadFocus) input.focus();
  },
});

// ---- actions on a message
const menu = createMenu($('menu'));

function openMenu(entry, opener) {
  const now = stateOf(entry);
  const isSent = entry.from === 'gateway' || entry.status === 'sent';
  const item = (label, action, className) => {
    const made = button(label, action, className);
    made.role = 'menuitem';
    return made;
  };
  const close = action => () => { menu.close(); action(); };
  const row = element('div', 'emojis', ...emojis.map(emoji => {
    const isMine = (now.reactions || []).some(one => one.emoji === emoji && one.from === 'user');
    const made = item(emoji, close(() => react(entry, emoji, isMine)), 'emoji');
    made.role = 'menuitemcheckbox';
    made.ariaChecked = String(isMine);
    made.ariaLabel = 'React with ' + emoji;
    return made;
  }));
  row.role = 'group';
  const last = item('Delete', () => {
    if (last.dataset.sure) return close(() => change(entry, '/deletions', {}))();
    last.dataset.sure = 'yes';
    last.textContent = 'Delete for everybody?';
  }, 'erase');
  menu.open(opener, ...(isSent ? [row, item('Reply', close(() => begin('reply', entry)))] : []),
    ...(now.text && navigator.clipboard ? [item('Copy text', close(() => navigator.clipboard.writeText(now.text).catch(() => {})))] : []),
    ...(isSent && entry.from === 'user' ? [...(now.text ? [item('Edit', close(() => begin('edit', entry)))] : []), last] : []));
}

function react(entry, emoji, isMine) { change(entry, '/reactions', { emoji, remove: isMine }); }

function press(entry, token) {
  endComplaint();
  change(entry, '/presses', { token });
}

function change(entry, path, body) {
  const made = { id: newId(), path, message: entry.message.id, side: entry.from, time: Date.now(), ...body };
  changes.keep(made);
  refresh(entry);
  postChange(made);
}

// What the composer is about to do beside a new message: answer one, or edit one.
let about = null;

function begin(kind, entry) {
  if (about?.kind === 'edit' && kind === 'reply') input.value = about.draft;
  const draft = about?.kind === 'edit' ? about.draft : input.value;
  about = { kind, entry, draft };
  context.hidden = false;
  $('contextName').textContent = kind === 'edit' ? 'Edit' : entry.from === 'user' ? 'Reply to yourself' : 'Reply';
  $('contextLine').textContent = lineOf(stateOf(entry));
  if (kind === 'edit') input.value = stateOf(entry).text;
  form.classList.toggle('editing', kind === 'edit');
  grow();
  input.focus();
}

function finish() {
  if (about?.kind === 'edit') input.value = about.draft;
  about = null;
  context.hidden = true;
  form.classList.remove('editing');
  grow();
}

$('contextCancel').addEventListener('click', () => { finish(); input.focus(); });

// ---- sending, one after another so that the order stays
let line = Promise.resolve();

function post(entry) {
  line = line.then(() => postNow(entry)).then(toEndIfNear, toEndIfNear);
}

async function postNow(entry) {
  const { id, text, replyTo, files } = entry.message;
  if (!outbox.has(id)) { mark(entry, 'sent'); return; }
  try {
    const response = await fetch(prefix + '/messages', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ conversation, id, text, replyTo, attachments: files?.map(file => file.id) }),
      signal: AbortSignal.timeout(postLimit),
    });
    const answer = await objectOf(response);
    if (response.ok && answer.id === id) { outbox.forget(id); mark(entry, 'sent'); return; }
    // The gateway gives each refusal a reason: what has none is the answer of something on the way, and passes.
    const isRefused = response.status >= 400 && response.status < 500 && typeof answer.reason === 'string';
    if (!isRefused) mark(entry, 'failed', answer.reason === 'stopping' ? 'Not sent: the gateway is stopping' : 'Not sent yet');
    else mark(entry, 'failed', 'Not sent: ' + (answer.message || 'refused'));
    entry.refused = isRefused;
    if (!entry.refused) resendLater();
  } catch {
    mark(entry, 'failed', 'Not sent: no connection');
    resendLater();
  }
}

function postChange(one) {
  line = line.then(() => postChangeNow(one));
}

async function postChangeNow(one) {
  const { id, path, message, text, emoji, token, remove: removes } = one;
  const isPress = path === '/presses';
  if (!changes.has(id)) return;
  const entry = get(one.side || 'user', message);
  try {
    const response = await fetch(prefix + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(isPress ? { conversation, id, token, messageId: message } : { conversation, id, message, text, emoji, remove: removes }),
      signal: AbortSignal.timeout(postLimit),
    });
    const answer = await objectOf(response);
    const isMade = response.ok && answer.id === id;
    if (!isMade && !(response.status >= 400 && response.status < 500 && typeof answer.reason === 'string')) return resendLater();
    changes.forget(id);
    if (isMade && entry && !isPress) entry.message = made(entry.message, one);
    if (isMade && path === '/deletions') erase('user', message);
    else if (entry) refresh(entry);
    if (!isMade) complain(isPress ? answer.message || 'This button was refused.' : 'Not changed: ' + (answer.message || 'refused'));
  } catch {
    resendLater();
  }
}

async function postFile(file, name) {
  const query = new URLSearchParams({ name });
  const response = await fetch(`${prefix}/files?${query}`, {
    method: 'POST',
    headers: { ...inConversation, 'Content-Type': file.type || 'application/octet-stream' },
    body: file,
  }).catch(() => { throw new Error('No connection'); });
  const answer = await objectOf(response);
  if (!response.ok || typeof answer.id !== 'string') throw new Error(answer.message || 'Not uploaded');
  return { id: answer.id, name: answer.name, type: answer.type, size: answer.size };
}

function complain(words) {
  banner.hidden = false;
  banner.textContent = words;
  banner.dataset.passing = 'yes';
}

function endComplaint() { if (banner.dataset.passing) banner.hidden = true; }

// The object that an answer holds; of anything else an empty one.
async function objectOf(response) {
  const json = await response.json().catch(() => null);
  return json && typeof json === 'object' ? json : {};
}

let later = 0;
function resendLater() {
  clearTimeout(later);
  later = setTimeout(() => { if (state.dataset.state === 'connected') resend(); }, 5_000);
}

function resend() {
  for (const one of changes.all()) postChange(one);
  for (const message of outbox.all()) {
    const entry = show(message, 'user', 'sending', false);
    if (entry.refused) continue; // Trying again by itself would only be refused again.
    mark(entry, 'sending');
    post(entry);
  }
}

form.addEventListener('submit', event => {
  event.preventDefault();
  const text = input.value;
  if (send.disabled) return;
  if (text.length > longest) {
    complain(`Too long: ${text.length} characters, and ${longest} are allowed. Shorten it or send it in parts.`);
    return;
  }
  endComplaint();
  if (about?.kind === 'edit') {
    const { entry } = about;
    finish();
    if (text !== stateOf(entry).text) change(entry, '/edits', { text });
    input.focus();
    return;
  }
  asked++;
  const message = { id: newId(), text: text.trim() ? text : '', time: Date.now(), replyTo: about?.entry.message.id };
  const files = uploads.take();
  if (files.length) message.files = files;
  outbox.keep(message);
  const entry = show(message, 'user', 'sending', true);
  input.value = '';
  finish();
  input.focus();
  post(entry);
});

input.addEventListener('keydown', event => {
  if (event.key === 'Escape' && about && !event.isComposing) finish();
  // 229: an input method still composes; some browsers say so in no other way when Enter takes what it offers.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

function grow() {
  const isEdit = about?.kind === 'edit';
  send.disabled = isEdit ? !input.value.trim() : !uploads.isReady || !(input.value.trim() || uploads.count);
  attach.disabled = isEdit;
  input.style.height = 'auto';
  input.style.height = input.scrollHeight + 2 + 'px';
  toEndIfNear();
}

input.addEventListener('input', grow);
latest.addEventListener('click', () => { toEnd(); input.focus(); });
window.addEventListener('resize', toEndIfNear);

// ---- files: chosen, dropped or pasted
const uploads = createUploads({ list: $('uploads'), post: postFile, newId, mostFiles, complain, onChange: grow });

function addFiles(files) {
  if (!files.length) return;
  if (about?.kind === 'edit') finish();
  uploads.add([...files]);
  input.focus();
}

attach.addEventListener('click', () => picker.click());
picker.addEventListener('change', () => { addFiles([...picker.files]); picker.value = ''; });
input.addEventListener('paste', event => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  addFiles(event.clipboardData.files);
});
const hasFiles = event => event.dataTransfer?.types.includes('Files');
document.addEventListener('dragover', event => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.body.classList.add('dropping');
});
document.addEventListener('dragleave', event => { if (!event.relatedTarget) document.body.classList.remove('dropping'); });
document.addEventListener('drop', event => {
  document.body.classList.remove('dropping');
  if (!hasFiles(event)) return;
  event.preventDefault();
  addFiles(event.dataTransfer.files);
});

// ---- receiving
let lastReply = null;
let reported = null; // The newest reply that is known to have been seen.
let longest = Infinity;
let asked = 0; // What this page has sent since the last reply.
let stopping = false;
let attempt = 0;
let wake = () => {};
let cut = () => {};

function say(name, words, alert) {
  state.dataset.state = name;
  state.textContent = words;
  if (alert || !banner.dataset.passing) banner.hidden = !alert;
  if (alert) delete banner.dataset.passing;
  if (alert && banner.textContent !== alert) banner.textContent = alert;
}

function announceLoss() {
  if (stopping) say('stopping', 'Stopping', 'The gateway is stopping. This page reconnects by itself when it is back; what you write is kept.');
  else say('lost', 'Reconnecting…', 'The connection is lost. Reconnecting; what you write is kept and sent then.');
}

// A report that is lost is made up for by that of the next reply.
function reportRead() {
  if (!lastReply || lastReply === reported || document.visibilityState !== 'visible') return;
  reported = lastReply;
  fetch(prefix + '/reads', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ conversation, message: reported }),
    signal: AbortSignal.timeout(postLimit),
  }).catch(() => {});
}

document.addEventListener('visibilitychange', reportRead);

function onEvent({ name, data, id }) {
  if (name === 'stopping') {
    stopping = true;
    announceLoss();
  } else if (name === 'message') {
    const reply = JSON.parse(data);
    show(reply, 'gateway', '', true);
    showTyping(0);
    lastReply = id || reply.id;
    reportRead();
    // An answer to what another page or device of this conversation has said: show that as well.
    if (asked === 0) { clearTimeout(syncing); syncing = setTimeout(() => sync(2), 400); }
    asked = 0;
  } else if (name === 'change') {
    onChange(JSON.parse(data));
  } else if (name === 'typing') {
    showTyping(Number(JSON.parse(data).seconds) || 0);
  }
}

function onChange({ message: id, from, deleted, ...now }) {
  const entry = get(from, id);
  if (deleted) erase(from, id);
  // The text of a visitor's message is in the history only.
  else if (!entry || (now.text === undefined && now.edited !== entry.message.edited)) sync(1);
  else update(entry, { ...entry.message, reactions: undefined, buttons: undefined, ...now });
}

let typingEnd = 0;
function showTyping(seconds) {
  clearTimeout(typingEnd);
  typing.hidden = !seconds;
  if (!seconds) return;
  typingEnd = setTimeout(() => showTyping(0), seconds * 1000);
  toEndIfNear();
}

let syncing = 0;
function sync(times) {
  loadHistory().catch(() => { /* The stream says when the connection is lost. */ });
  if (times > 1) syncing = setTimeout(() => sync(times - 1), 2_500);
}

// One of a few places for streams, shared by all pages of this browser; without one the page asks every few seconds. Locks are there in secure contexts only: elsewhere every page has a stream.
async function listen() {
  if (!navigator.locks) return stream();
  for (let place = 0; place < mostStreams; place++) {
    const done = await navigator.locks.request('webchat.stream.' + place, { ifAvailable: true }, lock => lock && stream().then(() => true));
    if (done) return;
  }
  await poll();
}

async function poll() {
  await loadHistory();
  stopping = false;
  attempt = 0;
  say('connected', 'Connected');
  resend();
  for (let i = 0; i < 5; i++) {
    await pause(pollEvery);
    await loadHistory();
  }
  polled = true;
}

// A fetch instead of an EventSource: it sees heartbeats, and why it was refused.
async function stream() {
  const control = new AbortController();
  cut = () => control.abort();
  let timer = setTimeout(cut, quietLimit);
  try {
    const headers = { ...inConversation, Accept: 'text/event-stream' };
    if (lastReply) headers['Last-Event-ID'] = lastReply;
    const response = await fetch(prefix + '/events', { headers, cache: 'no-store', signal: control.signal });
    if (!response.ok || !(response.headers.get('Content-Type') || '').startsWith('text/event-stream')) {
      stopping = (await objectOf(response)).reason === 'stopping';
      return;
    }

    stopping = false;
    attempt = 0;
    say('connected', 'Connected');
    resend();
    sync(1); // What changed before the stream was open.
    const heard = () => { clearTimeout(timer); timer = setTimeout(cut, quietLimit); };
    for await (const event of events(response.body, heard)) onEvent(event);
  } finally {
    clearTimeout(timer);
  }
}

let arranged = null;
let polled = false;
async function loadHistory() {
  const response = await fetch(prefix + '/history', { headers: inConversation, cache: 'no-store', signal: AbortSignal.timeout(postLimit) });
  if (!response.ok) {
    stopping = (await objectOf(response)).reason === 'stopping';
    throw new Error('history ' + response.status);
  }
  const history = await objectOf(response);
  if (history.conversation !== conversation || !Array.isArray(history.messages)) throw new Error('history of something else');
  const messages = history.messages.filter(message => !isDeleted(message.from, message.id));
  const entries = messages.map(message => {
    if (message.from === 'user') outbox.forget(message.id);
    const entry = show(message, message.from, 'sent', false);
    update(entry, message);
    if (message.from === 'user' && entry.item.dataset.state !== 'sent') mark(entry, 'sent');
    return entry;
  });
  for (const { from, id } of history.deleted || []) erase(from, id);
  for (const entry of entries) if (entry.message.replyTo !== undefined) render(entry);
  longest = history.maxTextLength || Infinity;
  uploads.limit(history.maxUploadBytes);
  const order = messages.map(message => message.from + '/' + message.id).join(' ');
  const isNew = order !== arranged;
  arranged = order;
  if (isNew) {
    const follow = atEnd() || !lastReply;
    arrange(entries);
    if (follow) toEnd();
  }
  empty.hidden = list.childElementCount > 0;
  lastReply = history.lastReply;
  reportRead();
}

function pause(milliseconds) {
  return new Promise(resolve => { const timer = setTimeout(resolve, milliseconds); wake = () => { clearTimeout(timer); resolve(); }; });
}

async function stayConnected() {
  for (let loaded = false; ;) {
    try {
      if (!loaded) { await loadHistory(); loaded = true; empty.hidden = list.childElementCount > 0; }
      await listen();
    } catch { polled = false; /* Said below. */ }
    if (polled) { polled = false; continue; } // Perhaps a place for a stream has become free.
    announceLoss();
    attempt++;
    await pause(Math.min(10_000, 500 * 2 ** Math.min(attempt, 5)) * (0.5 + Math.random() / 2));
  }
}

window.addEventListener('hashchange', () => location.reload());
window.addEventListener('online', () => wake());
window.addEventListener('offline', () => cut());
document.addEventListener('visibilitychange', () => { if (!document.hidden) wake(); });

for (const message of outbox.all()) show(message, 'user', 'sending', false);
grow();
stayConnected();
