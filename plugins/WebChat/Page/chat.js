'use strict';

// A message that has not been confirmed is kept in localStorage with its id and posted again until it is: the same id is never stored twice.
(() => {
  const prefix = new URL('.', document.currentScript.src).pathname.replace(/\/$/, ''); // A proxy may have put the gateway beneath a path of its own.
  const quietLimit = 40_000; // The gateway sends a heartbeat every 15 s: silence means that the connection is dead.
  const postLimit = 20_000;
  const mostStreams = 3; // A browser opens six connections to a server without TLS: a stream in every page would leave none for the rest.
  const pollEvery = 2_000;
  const $ = id => document.getElementById(id);
  const [list, scroller, empty, banner, state, form, input, send, latest] =
    ['messages', 'scroller', 'empty', 'banner', 'state', 'composer', 'text', 'send', 'latest'].map($);

  // ---- what is kept in the browser
  const store = {
    read(key) { try { return localStorage.getItem(key); } catch { return null; } },
    write(key, value) { try { localStorage.setItem(key, value); } catch { /* Private mode or full: the page works, without memory. */ } },
  };

  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  }

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
  const outboxKey = 'webchat.outbox.' + conversation;
  const unsaved = new Map(); // What localStorage would not take.

  function outbox() {
    let kept = [];
    try { kept = JSON.parse(store.read(outboxKey)) || []; } catch { /* Not ours: start again. */ }
    const known = new Set(kept.map(message => message.id));
    return kept.concat([...unsaved.values()].filter(message => !known.has(message.id)));
  }

  function keep(message) {
    unsaved.set(message.id, message);
    store.write(outboxKey, JSON.stringify(outbox().filter(other => other.id !== message.id).concat(message).sort((a, b) => a.time - b.time)));
  }

  function forget(id) {
    unsaved.delete(id);
    store.write(outboxKey, JSON.stringify(outbox().filter(other => other.id !== id)));
  }

  // ---- the list
  const shown = new Map();

  function atEnd() { return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80; }
  function toEnd() { scroller.scrollTop = scroller.scrollHeight; latest.hidden = true; }

  function show(message, from, status, fresh) {
    const key = from + '/' + message.id;
    if (shown.has(key)) return shown.get(key);
    const follow = atEnd() || from === 'user';
    const item = document.createElement('li');
    item.className = 'message' + (from === 'user' ? ' mine' : '') + (fresh ? ' fresh' : '');
    item.dataset.id = message.id;
    item.dataset.time = message.time;
    const who = document.createElement('span');
    who.className = 'sr';
    who.textContent = from === 'user' ? 'You: ' : 'Reply: ';
    const bubble = document.createElement('div');
    bubble.className = 'bubble';
    bubble.dir = 'auto';
    bubble.textContent = message.text;
    const meta = document.createElement('p');
    meta.className = 'meta';
    item.append(who, bubble, meta);
    const entry = { item, meta, message, from };
    shown.set(key, entry);
    place(item);
    mark(entry, status);
    empty.hidden = true;
    if (follow) toEnd(); else latest.hidden = false;
    return entry;
  }

  // What arrives goes to the end: the clocks of page and gateway may differ, so times do not decide.
  function place(item) {
    list.append(item);
    group(item);
  }

  // The gateway knows the order of what it has; what it does not have comes after that.
  function arrange(first) {
    const known = new Set(first);
    list.replaceChildren();
    for (const entry of [...first, ...[...shown.values()].filter(entry => !known.has(entry))]) place(entry.item);
  }

  // Messages of one side within three minutes belong together; a new day says so.
  function group(item) {
    if (item.classList.contains('day')) return;
    let before = item.previousElementSibling;
    const time = new Date(Number(item.dataset.time));
    const other = before && new Date(Number(before.dataset.time));
    if (!(before && before.classList.contains('day')) && (!other || other.toDateString() !== time.toDateString())) {
      const day = document.createElement('li');
      day.className = 'day';
      day.dataset.time = time.setHours(0, 0, 0, 0);
      day.textContent = time.toDateString() === new Date().toDateString() ? 'Today' : time.toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
      item.before(day);
      before = day;
    }
    const same = before && !before.classList.contains('day') && before.classList.contains('mine') === item.classList.contains('mine')
      && Number(item.dataset.time) - Number(before.dataset.time) < 180_000;
    item.classList.toggle('follows', Boolean(same));
  }

  function mark(entry, status, reason) {
    const { item, meta, message, from } = entry;
    const date = new Date(message.time);
    const time = document.createElement('time');
    time.dateTime = date.toISOString();
    time.textContent = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    meta.replaceChildren(time);
    if (from !== 'user') return;
    item.dataset.state = status;
    const word = document.createElement('span');
    word.textContent = { sending: 'Sending…', sent: 'Sent', failed: reason || 'Not sent' }[status];
    meta.append(word);
    if (status !== 'failed') return;
    meta.append(button('Retry', () => { mark(entry, 'sending'); post(entry); }),
      button('Discard', () => { forget(message.id); shown.delete(from + '/' + message.id); item.remove(); input.focus(); }));
  }

  function button(label, action) {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = label;
    made.addEventListener('click', action);
    return made;
  }

  // ---- sending, one after another so that the order stays
  let line = Promise.resolve();

  function post(entry) {
    line = line.then(() => postNow(entry)).then(toEndIfNear, toEndIfNear);
  }

  let nearEnd = true;
  scroller.addEventListener('scroll', () => { nearEnd = atEnd(); if (nearEnd) latest.hidden = true; }, { passive: true });
  function toEndIfNear() { if (nearEnd) toEnd(); }

  async function postNow(entry) {
    const { id, text } = entry.message;
    if (!outbox().some(message => message.id === id)) { mark(entry, 'sent'); return; }
    try {
      const response = await fetch(prefix + '/messages', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ conversation, id, text }),
        signal: AbortSignal.timeout(postLimit),
      });
      const answer = await objectOf(response);
      if (response.ok && answer.id === id) { forget(id); mark(entry, 'sent'); return; }
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
    for (const message of outbox()) {
      const entry = show(message, 'user', 'sending', false);
      if (entry.refused) continue; // Trying again by itself would only be refused again.
      mark(entry, 'sending');
      post(entry);
    }
  }

  form.addEventListener('submit', event => {
    event.preventDefault();
    const text = input.value;
    if (!text.trim()) return;
    if (text.length > longest) {
      banner.hidden = false;
      banner.textContent = `Too long: ${text.length} characters, and ${longest} are allowed. Shorten it or send it in parts.`;
      return;
    }
    if (banner.textContent.startsWith('Too long')) banner.hidden = true;
    asked++;
    const message = { id: newId(), text, time: Date.now() };
    keep(message);
    const entry = show(message, 'user', 'sending', true);
    input.value = '';
    grow();
    input.focus();
    post(entry);
  });

  input.addEventListener('keydown', event => {
    // 229: an input method still composes; some browsers say so in no other way when Enter takes what it offers.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });

  function grow() {
    send.disabled = !input.value.trim();
    input.style.height = 'auto';
    input.style.height = input.scrollHeight + 2 + 'px';
    toEndIfNear();
  }

  input.addEventListener('input', grow);
  latest.addEventListener('click', () => { toEnd(); input.focus(); });
  window.addEventListener('resize', toEndIfNear);

  // ---- receiving
  let lastReply = null;
  let longest = Infinity;
  let asked = 0; // What this page has sent since the last reply.
  let stopping = false;
  let attempt = 0;
  let wake = () => {};
  let cut = () => {};

  function say(name, words, alert) {
    state.dataset.state = name;
    state.textContent = words;
    banner.hidden = !alert;
    if (alert && banner.textContent !== alert) banner.textContent = alert;
  }

  function announceLoss() {
    if (stopping) say('stopping', 'Stopping', 'The gateway is stopping. This page reconnects by itself when it is back; what you write is kept.');
    else say('lost', 'Reconnecting…', 'The connection is lost. Reconnecting; what you write is kept and sent then.');
  }

  function onEvent({ name, data, id }) {
    if (name === 'stopping') {
      stopping = true;
      announceLoss();
    } else if (name === 'message') {
      const reply = JSON.parse(data);
      show({ id: reply.id, text: reply.text, time: reply.time }, 'gateway', '', true);
      lastReply = id || reply.id;
      // An answer to what another page or device of this conversation has said: show that as well.
      if (asked === 0) { clearTimeout(syncing); syncing = setTimeout(() => sync(2), 400); }
      asked = 0;
    }
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
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (let part; !(part = await reader.read()).done;) {
        clearTimeout(timer);
        timer = setTimeout(cut, quietLimit);
        text += part.value;
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
          const event = parse(text.slice(0, end));
          if (event) onEvent(event);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  function parse(block) {
    const event = { name: 'message', data: [], id: null };
    for (const row of block.split('\n')) {
      const colon = row.indexOf(':');
      if (colon <= 0) continue;
      const value = row.slice(colon + 1).replace(/^ /, '');
      const field = row.slice(0, colon);
      if (field === 'data') event.data.push(value);
      else if (field === 'event') event.name = value;
      else if (field === 'id') event.id = value;
    }
    return event.data.length ? { ...event, data: event.data.join('\n') } : null;
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
    const entries = history.messages.map(message => {
      if (message.from === 'user') forget(message.id);
      const entry = show(message, message.from, 'sent', false);
      if (message.from === 'user' && entry.item.dataset.state !== 'sent') mark(entry, 'sent');
      return entry;
    });
    longest = history.maxTextLength || Infinity;
    const order = history.messages.map(message => message.from + '/' + message.id).join(' ');
    const isNew = order !== arranged;
    arranged = order;
    if (isNew) {
      const follow = atEnd() || !lastReply;
      arrange(entries);
      if (follow) toEnd();
    }
    empty.hidden = list.childElementCount > 0;
    lastReply = history.lastReply;
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

  for (const message of outbox()) show(message, 'user', 'sending', false);
  grow();
  stayConnected();
})();
