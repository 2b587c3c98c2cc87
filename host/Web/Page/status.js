'use strict';

// Asks for the status every two seconds while somebody looks. Everything shown is text: names and reasons come from plugins and platforms.
(() => {
  const every = 2_000;
  const $ = id => document.getElementById(id);
  const tones = {
    ready: 'good', connected: 'good', starting: 'warn', degraded: 'warn', loading: 'warn', connecting: 'warn', waiting: 'warn', stopping: 'warn',
    parked: 'bad', quarantined: 'bad', disabled: 'quiet', stopped: 'quiet', running: 'good', detached: 'bad',
  };
  const stages = { notEntered: 'its thread has not run yet', entered: 'blocked before its first await', awaiting: 'awaiting' };

  function make(tag, className, ...content) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...content.filter(part => part !== null && part !== undefined));
    return element;
  }

  function badge(word) {
    const made = make('span', 'badge', word[0].toUpperCase() + word.slice(1));
    made.dataset.tone = tones[word] || 'quiet';
    return made;
  }

  function duration(seconds) {
    if (seconds < 10) return Math.max(0, Math.round(seconds * 10) / 10) + ' s';
    if (seconds < 60) return Math.floor(seconds) + ' s';
    if (seconds < 3600) return Math.floor(seconds / 60) + ' min';
    if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
    return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
  }

  const number = value => value.toLocaleString('en').replaceAll(',', '\u202f');
  const since = (utc, now) => duration((now - Date.parse(utc)) / 1000);
  const ago = (utc, now) => utc ? since(utc, now) + ' ago' : 'never';

  function figures(pairs) {
    const list = make('dl', 'figures');
    for (const [name, value, hot] of pairs) list.append(make('div', hot ? 'hot' : '', make('dt', '', name), make('dd', '', String(value))));
    return list;
  }

  function unit(item, now, isAdapter) {
    const made = make('li', 'unit', make('div', 'top', make('h3', '', item.id), make('span', 'plugin', item.plugin), badge(item.state)));
    made.dataset.id = item.id;
    made.dataset.state = item.state;
    const next = item.reconnect && `Attempt ${item.reconnect.attempt} in ${duration((Date.parse(item.reconnect.dueUtc) - now) / 1000)}.`;
    const sentence = item.reason && item.reason.replace(/[^.!?]$/, '$&.');
    const reason = [sentence, next].filter(Boolean).join(' ');
    if (reason) {
      const line = make('p', 'reason', reason);
      if (item.code) line.append(' ', make('code', '', item.code));
      made.append(line);
    }
    if (item.accountChange) made.append(make('p', 'reason', item.accountChange + '.'));
    const hanging = item.abandonedCalls.length;
    const shown = [['for', since(item.sinceUtc, now)], ['instance', item.generation]];
    if (item.account) shown.push(['account', [item.account.name, item.account.id].filter(Boolean).join(' \u00b7 ')]);
    if (isAdapter) shown.push(['last in', ago(item.lastInboundUtc, now)], ['last out', ago(item.lastOutboundUtc, now)], ['sending', item.sendsInFlight], ['owed', item.owed]);
    const away = Object.entries(item.discarded || {});
    if (away.length) shown.push(['turned away', away.map(([cause, count]) => `${number(count)} ${cause}`).join(', ')]);
    shown.push(['abandoned calls', hanging, hanging > 0]);
    made.append(figures(shown));
    if (hanging) {
      made.append(make('ul', 'hanging', ...item.abandonedCalls.map(call =>
        make('li', '', `${call.operation} of instance ${call.generation}, overdue for ${since(call.sinceUtc, now)}: ${stages[call.stage] || call.stage}`))));
    }
    return made;
  }

  const mostTurns = 20;

  async function stop(id, button) {
    button.disabled = true;
    await fetch(`api/turns/${id}/stop`, { method: 'POST', signal: AbortSignal.timeout(10_000) }).catch(() => {});
    ask();
  }

  function turn(item, now) {
    const button = make('button', '', 'Stop');
    button.type = 'button';
    button.disabled = item.state === 'detached';
    button.setAttribute('aria-label', `Stop turn ${item.id}`);
    button.addEventListener('click', () => stop(item.id, button));
    const shown = [['attempt', item.attempt], ['handler', item.handler]];
    if (item.sinceUtc) shown.unshift(['for', since(item.sinceUtc, now)]);
    if (item.reason) shown.push(['waits', item.reason]);
    return make('li', 'unit', make('div', 'top', make('h3', '', String(item.id)), make('span', 'plugin', item.session), badge(item.state), button), figures(shown));
  }

  function turns(all, now) {
    $('turns').hidden = all.length === 0;
    $('turns-list').replaceChildren(...all.slice(0, mostTurns).map(item => turn(item, now)));
  }

  function balance(title, parts, apart) {
    const card = make('div', 'card balance', make('h3', '', title));
    for (const [name, value, hot] of parts) card.append(make('p', hot && value > 0 ? 'hot' : '', make('b', '', number(value)), make('span', '', name)));
    if (apart) card.append(make('span', 'apart', apart));
    return card;
  }

  function messages(all) {
    if (!all) return [make('p', 'empty', 'Not known yet.')];
    const { inbound, outbound, exact } = all;
    const shown = [
      balance('In', [['accepted', inbound.accepted], ['handled', inbound.handled], ['pending', inbound.pending], ['parked', inbound.parked, true], ['dropped', inbound.dropped]],
        `${number(inbound.duplicates)} duplicates, ${number(inbound.refused)} refused, ${number(inbound.discarded)} discarded`),
      balance('Out', [['owed', outbound.owed], ['delivered', outbound.delivered], ['pending', outbound.pending], ['bounced', outbound.bounced, true], ['rejected', outbound.rejected, true], ['parked', outbound.parked, true], ['withdrawn', outbound.withdrawn]],
        'owed = delivered + pending + bounced + rejected + parked + withdrawn'),
    ];
    if (!exact) shown.push(make('p', 'broken', 'The balance does not hold. Please report it, with the log.'));
    return shown;
  }

  function lastStop(stop, now) {
    const late = stop.adapters.filter(adapter => adapter.outcome !== 'closed');
    return [
      make('p', '', `${stop.reason}, ${ago(stop.startedUtc, now)}; took ${duration(stop.durationSeconds)}, exit code ${stop.exitCode}.`),
      make('p', '', `Left for this start: ${number(stop.owed.inboundPending)} in, ${number(stop.owed.outboundPending)} out.`),
      ...late.map(adapter => make('p', '', `${adapter.id} (${adapter.plugin}) ${adapter.outcome} after ${duration(adapter.usedSeconds)}${adapter.detail ? ': ' + adapter.detail : ''}`)),
    ];
  }

  function link(href, words) {
    const made = make('a', '', words);
    made.href = href;
    return made;
  }

  function show(status, now) {
    const word = status.state;
    $('state').textContent = word[0].toUpperCase() + word.slice(1);
    $('state').dataset.tone = tones[word] || 'bad';
    document.title = (word === 'ready' ? '' : word + ' · ') + 'Gateway';
    $('reasons').hidden = status.reasons.length === 0;
    $('reasons').replaceChildren(...status.reasons.map(reason => make('li', '', reason)));
    $('adapters').replaceChildren(...status.adapters.map(item => unit(item, now, true)));
    $('handlers').replaceChildren(...status.handlers.map(item => unit(item, now, false)));
    $('messages').replaceChildren(...messages(status.messages));
    $('last').hidden = !status.lastShutdown;
    if (status.lastShutdown) $('last-text').replaceChildren(...lastStop(status.lastShutdown, now));
    const hasChat = status.adapters.some(item => item.plugin === 'WebChat' && item.state !== 'disabled');
    if ($('links').childElementCount === 0) $('links').append(...(hasChat ? [link('chat', 'Chat')] : []), link('metrics', 'Metrics'), link('status', 'JSON'));
    $('facts').textContent = `plugin-gateway ${status.version}, pid ${status.pid}`;
  }

  let heard = 0;
  let clockOffset = 0;

  function fail(words) {
    $('banner').textContent = words;
    $('banner').hidden = false;
    $('state').textContent = 'Unknown';
    $('state').dataset.tone = 'quiet';
  }

  async function ask() {
    if (document.hidden) return;
    try {
      const response = await fetch('status', { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
      if (!response.ok) {
        const refusal = await response.json().catch(() => ({}));
        fail(response.status === 503 ? 'The gateway is stopping. What you see is from before.' : refusal.message || 'The status was refused.');
        return;
      }
      const date = Date.parse(response.headers.get('Date'));
      if (date && Math.abs(date - Date.now()) > 5_000) clockOffset = date - Date.now(); // Ages by the gateway's clock.
      show(await response.json(), Date.now() + clockOffset);
      const running = await fetch('api/turns', { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
      if (running.ok) turns((await running.json()).turns, Date.now() + clockOffset);
      heard = Date.now();
      $('banner').hidden = true;
    } catch {
      fail('The gateway does not answer. What you see is from before; asking again.');
    }
  }

  async function refresh() {
    await ask();
    setTimeout(refresh, every);
  }

  setInterval(() => { if (heard) $('age').textContent = `· updated ${duration((Date.now() - heard) / 1000)} ago`; }, 1_000);
  document.addEventListener('visibilitychange', ask);
  refresh();
})();
