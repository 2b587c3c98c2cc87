import { button, createItem, element, showChoices, showFiles, showQuote, showReactions, showText } from './view.js';

// The list of messages. Each is shown as the gateway has it, with the visitor's changes that are not confirmed yet.
export function createMessages({ list, scroller, empty, latest, changes, addressOf, openMenu, react, press, retry, discard, onRemoved }) {
  const shown = new Map();
  const deleted = new Set(); // A history that was read before a deletion must not bring the message back.
  let nearEnd = true;
  scroller.addEventListener('scroll', () => { nearEnd = atEnd(); if (nearEnd) latest.hidden = true; }, { passive: true });

  function atEnd() { return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80; }
  function toEndIfNear() { if (nearEnd) toEnd(); }
  function toEnd() { scroller.scrollTop = scroller.scrollHeight; latest.hidden = true; }

  function show(message, from, status, fresh) {
    const key = from + '/' + message.id;
    if (shown.has(key)) return shown.get(key);
    const follow = atEnd() || from === 'user';
    const { item, parts } = createItem(message, from, more => openMenu(entry, more));
    item.classList.toggle('fresh', fresh);
    const entry = { item, parts, message, from, status: '', reason: '' };
    shown.set(key, entry);
    place(item);
    mark(entry, status);
    render(entry);
    empty.hidden = true;
    if (follow) toEnd(); else latest.hidden = false;
    return entry;
  }

  // The state of the gateway with the visitor's changes that it has not confirmed.
  function stateOf(entry) {
    let now = entry.message;
    for (const change of changes.all()) {
      if (change.message === now.id && (change.side || 'user') === entry.from) now = made(now, change);
    }
    return now;
  }

  function made(message, { path, text, emoji, remove, token }) {
    if (path === '/edits') return { ...message, text, edited: message.edited || Date.now() };
    if (path === '/deletions') return { ...message, deleted: true };
    if (path === '/presses') return { ...message, pressed: token };
    const others = (message.reactions || []).filter(one => one.emoji !== emoji || one.from !== 'user');
    return { ...message, reactions: remove ? others : [...others, { emoji, from: 'user' }] };
  }

  function render(entry) {
    const now = stateOf(entry);
    entry.item.classList.toggle('leaving', Boolean(now.deleted));
    showText(entry.parts.text, now.text);
    const quoted = now.replyTo === undefined ? undefined : find(now.replyTo) || null;
    showQuote(entry.parts.quote, quoted && stateOf(quoted), quoted?.from === 'user' ? 'You' : 'Reply', () => goTo(quoted));
    showChoices(entry.parts.choices, now.buttons, now.pressed, token => press(entry, token));
    showReactions(entry.parts.reactions, now.reactions, (emoji, isMine) => react(entry, emoji, isMine));
    mark(entry, entry.status, entry.reason);
  }

  // A message with those that quote it.
  function refresh(entry) {
    render(entry);
    for (const other of shown.values()) if (other.message.replyTo === entry.message.id) render(other);
    toEndIfNear();
  }

  function find(id) { return shown.get('gateway/' + id) || shown.get('user/' + id); }

  function goTo(entry) {
    if (!entry) return;
    entry.item.scrollIntoView({ block: 'center', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    entry.item.classList.remove('pointed');
    requestAnimationFrame(() => entry.item.classList.add('pointed'));
    entry.item.querySelector('.more').focus({ preventScroll: true });
  }

  // Takes a state of the gateway, unless the page has a newer one.
  function update(entry, message) {
    if ((message.version || 0) < (entry.message.version || 0)) return;
    const before = JSON.stringify(entry.message);
    entry.message = { ...message, time: message.time || entry.message.time };
    if (JSON.stringify(entry.message) !== before) refresh(entry);
  }

  function erase(from, id) {
    deleted.add(from + '/' + id);
    remove(from, id);
  }

  function remove(from, id) {
    const entry = shown.get(from + '/' + id);
    if (!entry) return;
    shown.delete(from + '/' + id);
    const [before, after] = [entry.item.previousElementSibling, entry.item.nextElementSibling];
    const hadFocus = entry.item.contains(document.activeElement);
    entry.item.remove();
    if (before?.classList.contains('day') && (!after || after.classList.contains('day'))) before.remove();
    else if (after) group(after);
    for (const other of shown.values()) if (other.message.replyTo === id) render(other);
    onRemoved(entry, hadFocus);
    empty.hidden = list.childElementCount > 0;
  }

  // What arrives goes to the end: the clocks of page and gateway may differ, so times do not decide.
  function place(item) {
    list.append(item);
    group(item);
  }

  // The gateway knows the order of what it has; what it does not have comes after that.
  function arrange(first) {
    const known = new Set(first);
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    list.replaceChildren();
    for (const entry of [...first, ...[...shown.values()].filter(entry => !known.has(entry))]) place(entry.item);
    focused?.focus({ preventScroll: true });
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

  function mark(entry, status, reason = '') {
    const { item, parts: { meta, files }, message, from } = entry;
    [entry.status, entry.reason] = [status, reason];
    const now = stateOf(entry);
    // The gateway serves a file when it has the message.
    showFiles(files, now.files, from === 'gateway' || status === 'sent' ? addressOf : null, toEndIfNear);
    const date = new Date(message.time);
    const time = element('time', '', date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }));
    time.dateTime = date.toISOString();
    const waiting = changes.all().filter(change => change.message === message.id && (change.side || 'user') === from);
    const waits = waiting.length > 0;
    meta.replaceChildren(time, ...(now.edited ? [element('span', 'edited', 'edited')] : []),
      ...(waits ? [element('span', '', waiting.some(change => change.path === '/presses') ? 'Sending…' : 'Saving…')] : []));
    if (from !== 'user') return;
    item.dataset.state = status;
    if (!waits) meta.append(element('span', '', { sending: 'Sending…', sent: 'Sent', failed: reason || 'Not sent' }[status] || ''));
    if (status !== 'failed') return;
    meta.append(button('Retry', () => retry(entry)), button('Discard', () => discard(entry)));
  }

  return {
    show, stateOf, made, render, refresh, update, erase, remove, arrange, mark, atEnd, toEnd, toEndIfNear,
    get: (from, id) => shown.get(from + '/' + id),
    isDeleted: (from, id) => deleted.has(from + '/' + id),
  };
}
